"""The page behind the link of a message: one event, readable and takeable on a phone without login.

GET only shows, because previewers fetch links; POST acts. `?do=` of a message's button opens the sheet it names.
No search, no export, no original link from here.
"""

from starlette.responses import RedirectResponse, Response

from alerts.acks import Act, SignedLink
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.pages.response import response_box
from dashboards.pages.taps import care_box, care_calls, read_colleague, tap_box, undo, without_words
from dashboards.queries.events import EventRow, find_event
from dashboards.queries.stories import event_moments, event_stories, pulse_of
from dashboards.queries.telling import event_acts, event_alerts, list_officers, list_phones
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing

ACTS: dict[str, Act] = {
    "take": "taken", "hand_over": "handed_over", "false_alarm": "false_alarm", "release": "released",
}  # fmt: skip
SHOWN = 5


def show_event(call: Call) -> View | Response:
    """The event of the link in ten seconds' reading."""
    link = read_link(call)
    row = find_linked(call, link)
    moments = event_moments(call.conn, row.id)
    return View(
        "phone.html",
        {
            "event": row,
            "link": link,
            "stories": event_stories(call.conn, row.id, moments, call.now)[:SHOWN],
            "pulse": pulse_of(moments, call.now),
            "alerts": without_words(event_alerts(call.conn, row.id), row.topic),
            "acts": event_acts(call.conn, row.id),
            "officers": list_officers(call.conn, call.now),
            "phones": list_phones(call.conn),
            "source_names": {s.id: s.name or s.id for s in call.context.loaded.sources},
            "response": response_box(call, row),
            "action": f"/a/{call.path('token')}",
            "done": call.asked("done"),
            "wanted": call.asked("do"),
            "care": care_box(call, row.topic),
            "care_calls": care_calls(call, row.topic),
            **tap_box(call, row.id),
        },
    )


def act_on_event(call: Call) -> Response:
    """Take, hand over, release, silence, call it a false alarm, or take the last tap back, in the name of the link's
    officer. Audited."""
    link = read_link(call)
    row, act = find_linked(call, link), ACTS.get(call.form.get("act", ""))
    if call.form.get("act") == "silence":
        return silence_event(call, row.id, link.who)
    if call.form.get("act") == "undo":
        return RedirectResponse(f"/a/{call.path('token')}?done={undo(call, row.id, link.who, 'by link')}", 303)
    if act is None:
        missing("there is no such action")
    who = read_colleague(call) if act == "handed_over" else link.who
    if not who:
        return RedirectResponse(f"/a/{call.path('token')}?done=nobody", 303)
    with writing(call.context.engine) as conn:
        refused = call.context.acks.act(conn, row.id, act, who, "", call.now)
        if refused is None:
            append_audit(conn, call.now, link.who, act, row.id, "by link")
    return RedirectResponse(f"/a/{call.path('token')}?done={'refused' if refused else act}", 303)


def silence_event(call: Call, event: str, who: str) -> Response:
    """No messages about the event for two hours, unless it gets graver. Audited."""
    with writing(call.context.engine) as conn:
        silence = call.context.acks.silence(conn, event, who, "", call.now)
        if isinstance(silence, str):
            append_audit(conn, call.now, who, "silence", event, silence)
    done = "silence" if isinstance(silence, str) else "refused"
    return RedirectResponse(f"/a/{call.path('token')}?done={done}", 303)


def read_link(call: Call) -> SignedLink:
    """The link, or 404 with the reason."""
    link = call.context.acks.read_link(call.path("token"), call.now)
    if isinstance(link, Refused):
        missing(link.why)
    return link


def find_linked(call: Call, link: SignedLink) -> EventRow:
    """The event of a link, or 404."""
    row = find_event(call.conn, link.event, call.now)
    if row is None:
        missing("this event is not kept any more")
    return row
