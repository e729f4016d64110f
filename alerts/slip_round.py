"""A slip whose deadline has passed without an answer: told once to the office, and to the department's contact where the
routes lead to departments. Answered, accepted or pressed for by an order, it is not told."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from alerts.message import Style, name_matter, write_time
from alerts.model import Message
from alerts.mute import quiet_end
from alerts.outbox import Owed, add_alert
from alerts.plain import cut, plain
from alerts.response.slips import Slip, is_pressed, overdue_slips, read_slip
from alerts.settle import Desk, Settled
from alerts.tell_office import tell_office
from alerts.words import say
from pipeline.model import Alert, Event, Reason, Severity
from pipeline.store.schema import events

FRESH = timedelta(
    days=3
)  # what has been late for longer stands on the page of papers; it does not ring after an outage
LOCK_SCREEN = 40


def look_after_slips(conn: Connection, now: datetime) -> int:
    """Owe what is due at `now`; returns how many messages are owed."""
    late = (one for one in overdue_slips(conn, now) if one.due > now - FRESH and not is_pressed(conn, one.id))
    return sum(add_alert(conn, make_alert(conn, one, now), now) for one in late)


def make_alert(conn: Connection, slip: Slip, now: datetime) -> Alert:
    """One message for each deadline of a slip: a returned answer with a new deadline may be late again."""
    key = hashlib.sha256(f"slip\n{slip.id}\n{slip.due.isoformat()}".encode()).hexdigest()[:16]
    level = conn.scalar(select(events.c.severity).where(events.c.id == slip.event))
    numbers = {"slip": slip.id, "due": slip.due.isoformat(), "event_id": slip.event, "department": slip.department}
    text = f"{slip.department} has not answered in time"
    return Alert(key, now, "case", "", None, Severity(level or "notice"), (), Reason("slip_due", text, numbers))


def find_slip(conn: Connection, owed: Owed) -> Slip | None:
    """The slip of a message while it is still late by the same deadline."""
    numbers = owed.alert.reason.numbers
    slip = read_slip(conn, str(numbers.get("slip", "")))
    waits = slip is not None and slip.state in ("sent", "returned") and slip.due.isoformat() == numbers.get("due")
    return slip if waits else None


def settle_slip(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> Settled:
    """What becomes of the message; quiet hours put it off by the level of the matter."""
    slip = find_slip(conn, owed)
    if slip is None or is_pressed(conn, slip.id):
        return Settled("stale", Reason("case_moved_on", "the slip was answered, or an order presses for it"))
    end = quiet_end(now, desk.alerting, desk.zone)
    if end is not None and owed.alert.severity not in desk.alerting.breaks_quiet:
        text = f"quiet hours, put off to {end.isoformat()}"
        return Settled("deferred", Reason("quiet_hours", text, {"until": end.isoformat()}), due=end)
    people = desk.roster.on_duty(now)
    if slip.kind == "order":
        people = (*people, *(one for one in desk.roster.leaders(now) if one not in people))
    return tell_office(conn, owed, slip.event, slip.department, people, desk, now)


def write_slip(
    owed: Owed, slip: Slip, event: Event | None, doubts: list[str], style: Style, now: datetime, link: str
) -> Message:
    """The message: which slip, to whom, on what, since when it is late."""
    language = style.language
    level = say(language, "level", owed.alert.severity.value)
    frame = f"【{level}】" if language == "zh" else f"[{level}] "
    what = say(language, "line", "slip_due", department=plain(slip.department, 40))
    lines = [f"{owed.number} · {slip.name}", *doubts, *([name_matter(event, language)] if event else [])]
    lines.append(say(language, "line", "case_due", time=write_time(slip.due, style, now)))
    return Message(
        owed.number, owed.alert.id, slip.event, cut(f"{frame}{what}", LOCK_SCREEN), tuple(lines), (), link,
        severity=owed.alert.severity.value, kind="case",
    )  # fmt: skip
