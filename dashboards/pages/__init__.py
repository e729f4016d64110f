"""Every address of the dashboard and who may come there. The order is the order of the menu."""

from dashboards.call import Spot
from dashboards.pages import about, cases, desk, event, events, login, now, ops, phone, search, sources, topics, wishes

SPOTS: tuple[Spot, ...] = (
    Spot("/", now.show_now),
    Spot("/wall", now.show_wall),
    Spot("/events", events.show_events),
    Spot("/events/{id}", event.show_event),
    Spot("/events/{id}/act", event.act_on_event, "officer", "POST"),
    Spot("/events/{id}/case", cases.open_case, "officer", "POST"),
    Spot("/events/{id}/original", event.open_original, "officer", "POST"),
    Spot("/search", search.show_search),
    Spot("/topics", topics.show_topics),
    Spot("/sources", sources.show_sources),
    Spot("/cases", cases.show_cases),
    Spot("/cases/{id}/close", cases.close_case, "officer", "POST"),
    Spot("/briefings", desk.show_briefings),
    Spot("/briefings/{name}", desk.send_briefing, twin=False),
    Spot("/rules", desk.show_rules),
    Spot("/settings", desk.show_settings, "operator"),
    Spot("/audit", desk.show_audit, "operator"),
    Spot("/about", about.show_about, "public"),
    Spot("/about/forget", wishes.take_request, "public", "POST"),
    Spot("/requests", wishes.show_requests, "editor"),
    Spot("/requests/{number}", wishes.decide_request, "editor", "POST"),
    Spot("/language", login.choose, "public", "POST"),
    Spot("/login", login.show_login, "public", twin=False),
    Spot("/login", login.log_in, "public", "POST"),
    Spot("/logout", login.log_out, "viewer", "POST"),
    Spot("/setup/{token}", login.show_setup, "link", twin=False),
    Spot("/setup/{token}", login.set_up, "link", "POST"),
    Spot("/a/{token}", phone.show_event, "link", twin=False),
    Spot("/a/{token}", phone.act_on_event, "link", "POST"),
    Spot("/healthz", ops.show_health, "public", twin=False),
    Spot("/metrics", ops.show_metrics, "machine", twin=False),
)
