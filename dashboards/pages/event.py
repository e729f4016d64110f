"""One event: the five questions of a crisis desk, its life, its stories, who was told and who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from starlette.responses import RedirectResponse, Response

from alerts.acks import Act
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.charts import TONES, Chart, Mark, Series
from dashboards.pages.cases import calendar_of
from dashboards.pages.corrections import correction_box
from dashboards.pages.response import response_box
from dashboards.pages.roster import cleaner
from dashboards.pages.taps import care_box, care_calls, read_colleague, tap_box, undo, without_words
from dashboards.pages.watch_special import watch_form
from dashboards.queries.cases import list_case_views
from dashboards.queries.events import EventRow, find_details, find_event
from dashboards.queries.evidence import copies_of, corrected_at
from dashboards.queries.spread import kind_shares, last_hour, outlet_shares, spread_path
from dashboards.queries.stories import (
    Carrier,
    StepTone,
    carriers_of,
    event_moments,
    event_stories,
    find_sealed,
    pulse_of,
    tone_steps,
)  # fmt: skip
from dashboards.queries.telling import ActRow, AlertRow, event_acts, event_alerts, list_cases, list_officers
from dashboards.queries.terms import event_terms
from dashboards.render import web_link
from pipeline.model import PRIVATE_KINDS
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.rechecks import read_fates

log = structlog.get_logger()
ACTS: dict[str, Act] = {
    "take": "taken", "hand_over": "handed_over", "false_alarm": "false_alarm", "release": "released",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LifeLine:
    """One line of the timeline: `what` is first_seen, first_outlet, alert, act or quiet; `severity` for alerts."""

    at: datetime
    what: str
    text: str
    severity: str | None = None


def show_event(call: Call) -> View | Response:
    """The event page; an event merged into another leads to that one."""
    row = find_event(call.conn, call.path("id"), call.now)
    if row is None:
        missing("there is no such event")
    if row.id != call.path("id"):
        return RedirectResponse(f"/events/{row.id}", 303)
    return View("event.html", gather_event(call, row))


def gather_event(call: Call, row: EventRow) -> dict[str, object]:
    """Everything the event page shows."""
    conn, now = call.conn, call.now
    moments = event_moments(conn, row.id)
    alerts, acts = without_words(event_alerts(conn, row.id), row.topic), event_acts(conn, row.id)
    carriers, details = carriers_of(moments), find_details(conn, row.id)
    stories = event_stories(conn, row.id, moments, now)
    steps = tone_steps(moments, ZoneInfo(call.context.loaded.school.timezone))
    return {
        "event": row,
        "care": care_box(call, row.topic),
        "care_calls": care_calls(call, row.topic),
        **tap_box(call, row.id),
        **correction_box(call, row, stories),
        **watch_form(call, row, () if row.topic == "wellbeing" else details.terms),
        "terms": () if row.topic == "wellbeing" else details.terms,
        "said": {} if row.topic == "wellbeing" else details.said,
        "stories": stories,
        "outlets": [c for c in carriers if c.source_kind not in PRIVATE_KINDS],
        "voices_from": [c for c in carriers if c.source_kind in PRIVATE_KINDS],
        "pulse": pulse_of(moments, now),
        "hour": last_hour(moments, now),
        "kind_shares": kind_shares(moments),
        "outlet_shares": outlet_shares(moments),
        "path": spread_path(carriers, PRIVATE_KINDS),
        "cloud": [] if row.topic == "wellbeing" else event_terms(conn, row.id, now, call.context.loaded.school),
        "alerts": alerts,
        "acts": acts,
        "cases": list_cases(conn, now, row.id),
        "case_clocks": list_case_views(conn, calendar_of(call, conn), call.context.loaded.cases, now, row.id),
        "officers": list_officers(conn, now),
        "life": life_lines(call, row, carriers, alerts, acts),
        "tone_chart": steps_chart(call, steps, alerts),
        "source_names": {s.id: s.name or s.id for s in call.context.loaded.sources},
        "response": response_box(call, row),
        "told": call.asked("done"),
        "copies": copies_of(conn, [s.id for s in stories if not s.private]),
        "corrected": corrected_at(conn, [s.id for s in stories if not s.private]),
    }


def life_lines(
    call: Call, row: EventRow, carriers: Sequence[Carrier], alerts: Sequence[AlertRow], acts: Sequence[ActRow]
) -> list[LifeLine]:
    """What happened, in order: first seen, first outlet, what we told, what the office did, the end."""
    say, name = call.words.say, call.words.name
    names = {s.id: s.name or s.id for s in call.context.loaded.sources}
    lines = [LifeLine(row.first_seen, "first_seen", say("first seen"))]
    outlets = [c for c in carriers if c.source_kind not in PRIVATE_KINDS]
    if outlets:
        text = say("first outlet: {name}", name=names.get(outlets[0].source, outlets[0].source))
        lines.append(LifeLine(outlets[0].first, "first_outlet", text))
    lines += [LifeLine(a.at, "alert", name("alert", a.kind), a.severity) for a in alerts]
    lines += [LifeLine(a.at, "act", f"{name('act', a.what)} · {a.who}") for a in acts]
    for _, source, fate, at in read_fates(call.conn, row.id):
        lines.append(LifeLine(at, "act", f"{name('fate', fate)} · {names.get(source, source)}"))
    if row.status == "closed":
        lines.append(LifeLine(row.last_seen, "quiet", say("last story before it was closed")))
    return sorted(lines, key=lambda line: line.at)


def steps_chart(call: Call, steps: Sequence[StepTone], alerts: Sequence[AlertRow]) -> Chart:
    """Stories over the event's life by tone, with a mark where we told somebody."""
    name, clock = call.words.name, call.clock
    labels = tuple(clock.local(s.begins).strftime("%m-%d %H:%M") for s in steps)
    series = tuple(
        Series(name("tone", tone), tone, tuple(float(getattr(s, tone)) for s in steps))
        for tone in TONES
        if tone != "unknown" or any(s.unknown for s in steps)
    )
    marks = join_marks([m for m in (mark_alert(call, a, steps, labels) for a in alerts) if m is not None])
    return Chart("stack", labels, series, steps_sentence(call, steps), marks)


def mark_alert(call: Call, alert: AlertRow, steps: Sequence[StepTone], labels: Sequence[str]) -> Mark | None:
    """The step in which an alert was made, None when it lies outside the chart."""
    before = [k for k, step in enumerate(steps) if step.begins <= alert.at]
    return Mark(labels[before[-1]], call.words.name("severity-short", alert.severity)) if before else None


def join_marks(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """One mark a step, or their words would lie upon each other: each level once, in the order of telling."""
    words: dict[str, list[str]] = {}
    for mark in marks:
        words.setdefault(mark.label, []).append(mark.text)
    return tuple(Mark(label, " ".join(dict.fromkeys(texts))) for label, texts in words.items())


def steps_sentence(call: Call, steps: Sequence[StepTone]) -> str:
    """The chart in one sentence."""
    if not steps:
        return call.words.say("No story is kept of this event any more.")
    best = max(steps, key=lambda s: s.negative + s.neutral + s.positive + s.unknown)
    total = sum(s.negative + s.neutral + s.positive + s.unknown for s in steps)
    text = "{n} stories, most of them around {when}; {bad} are negative."
    return call.words.say(text, n=total, when=call.clock.short(best.begins), bad=sum(s.negative for s in steps))


def act_on_event(call: Call) -> Response:
    """Take, hand over, release, call it a false alarm, or take the last tap back. Audited."""
    row, act = find_event(call.conn, call.path("id"), call.now), ACTS.get(call.form.get("act", ""))
    if row is not None and call.form.get("act") == "silence":
        return silence_event(call, row)
    if row is not None and call.form.get("act") == "undo":
        return RedirectResponse(f"/events/{row.id}?done={undo(call, row.id, call.who)}", 303)
    if row is None or act is None:
        missing("there is no such event or action")
    who = read_colleague(call) if act == "handed_over" else call.who
    note = cleaner(call)(call.form.get("note", ""), 500)
    if not who or isinstance(note, Refused):
        return RedirectResponse(f"/events/{row.id}?done={'refused' if who else 'nobody'}", 303)
    with writing(call.context.engine) as conn:
        refused = call.context.acks.act(conn, row.id, act, who, note, call.now)
        if refused is None:
            append_audit(conn, call.now, call.who, act, row.id, f"to {who}" if act == "handed_over" else "")
    return RedirectResponse(f"/events/{row.id}?done={'refused' if refused else act}", 303)


def silence_event(call: Call, row: EventRow) -> Response:
    """No messages about the event for two hours, unless it gets graver. Audited."""
    note = cleaner(call)(call.form.get("note", ""), 200)
    if isinstance(note, Refused):
        return RedirectResponse(f"/events/{row.id}?done=refused", 303)
    with writing(call.context.engine) as conn:
        silence = call.context.acks.silence(conn, row.id, call.who, note, call.now)
        if isinstance(silence, str):
            append_audit(conn, call.now, call.who, "silence", row.id, silence)
    return RedirectResponse(f"/events/{row.id}?done={'silence' if isinstance(silence, str) else 'refused'}", 303)


def open_original(call: Call) -> Response:
    """Lead to the original of a private voice: audited, without a referrer, the link never logged."""
    document = call.form.get("document", "")
    with writing(call.context.engine) as conn:
        sealed = find_sealed(conn, document, call.now)
        url = web_link(call.context.opener.open(sealed)) if sealed else None
        append_audit(conn, call.now, call.who, "open_original", document, "opened" if url else "gone")
    if url is None:
        missing("the link of this post is not kept any more")
    return leave_to(url)


def leave_to(url: str) -> Response:
    """An empty page that goes to `url` at once and tells it nothing about us."""
    headers = {"Refresh": f"0; url={ascii_url(url)}", "Referrer-Policy": "no-referrer"}
    return Response("", 200, headers, media_type="text/html")


def ascii_url(url: str) -> str:
    """`url` with everything outside printable ASCII percent-encoded, so that it fits a header."""
    return "".join(c if 32 < ord(c) < 127 else "".join(f"%{b:02X}" for b in c.encode()) for c in url)
