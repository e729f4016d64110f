"""The duty log (值班日志) in one-line entries, and the hand-over (交接班记录): what was open when the watch changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from alerts.acks import read_holding
from alerts.plain import plain
from alerts.response.slips import overdue_slips
from alerts.response.wording import Pen, family
from alerts.taps import Refused
from pipeline.store.schema import acks, alerts, cases, events, notifications, officers, silences
from pipeline.store.schema_response import duty_log, handovers
from pipeline.store.shown import shown_title

FIRST_LOOK = timedelta(hours=24)
TWICE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    n: int
    at: datetime
    role: str
    event: str | None
    title: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Handover:
    """One change of watch. `body` is {matters, cases, slips, silences, told, log}: lists of plain values."""

    n: int
    at: datetime
    since: datetime
    role: str
    next: str
    words: str
    body: Mapping[str, Any]


def write_line(
    conn: Connection, words: str, role: str, pen: Pen, now: datetime, event: str | None = None
) -> Refused | None:
    """Add one line to the log."""
    said = pen.read(conn, " ".join(words.split()), event, 300)
    if isinstance(said, Refused):
        return said
    if not said:
        return Refused("an empty line is not written")
    twice = (duty_log.c.words == said) & (duty_log.c.role == plain(role, 40)) & (duty_log.c.at > now - TWICE)
    if (
        conn.scalar(select(duty_log.c.n).where(twice, duty_log.c.event.is_not_distinct_from(event)).limit(1))
        is not None
    ):
        return None  # a form that was sent twice
    conn.execute(insert(duty_log).values(at=now, role=plain(role, 40), event=event, words=said))
    return None


def read_lines(conn: Connection, begin: datetime, end: datetime, event: str | None = None) -> list[Entry]:
    """The lines of a span, in order; of one event when it is named."""
    names = (duty_log.c.n, duty_log.c.at, duty_log.c.role, duty_log.c.event, shown_title(), duty_log.c.words)
    query = select(*names).outerjoin(events, events.c.id == duty_log.c.event)
    query = query.where(duty_log.c.at >= begin, duty_log.c.at < end)
    query = query.where(duty_log.c.event.in_(family(conn, event))) if event else query
    return [Entry(*row) for row in conn.execute(query.order_by(duty_log.c.n))]


def day_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A local day as two moments; 23 or 25 hours long where clocks are changed."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    after = day + timedelta(days=1)
    return begin, datetime(after.year, after.month, after.day, tzinfo=zone)


def hand_over(conn: Connection, role: str, following: str, words: str, pen: Pen, now: datetime) -> int | Refused:
    """Store what is open now for the next watch; returns the number of the record."""
    said = pen.read(conn, words, None, 1000)
    if isinstance(said, Refused):
        return said
    to = pen.read(conn, " ".join(following.split()), None, 40)
    if isinstance(to, Refused):
        return to
    if not to:
        return Refused("say to which role the watch goes")
    before = conn.scalar(select(handovers.c.at).order_by(handovers.c.n.desc()).limit(1))
    since = before or now - FIRST_LOOK
    row = {"at": now, "since": since, "role": plain(role, 40), "next": to, "words": said}
    made = conn.execute(insert(handovers).values(body=gather_watch(conn, since, now), **row))
    return int((made.inserted_primary_key or (0,))[0])


def gather_watch(conn: Connection, since: datetime, now: datetime) -> dict[str, Any]:
    """What the next watch has to know, in plain values that can be stored. Titles are those of events, which are
    never a private voice's words."""
    return {
        "matters": _open_matters(conn, now), "cases": _open_cases(conn, now), "slips": _waiting_slips(conn, now),
        "silences": _silences(conn, now), "told": _told(conn, since, now),
        "log": [[e.at.isoformat(), e.role, e.words] for e in read_lines(conn, since, now)],
    }  # fmt: skip


def _open_matters(conn: Connection, now: datetime) -> list[list[str]]:
    """Told and open: title, level, since when, and who has it (by role; an officer's name stays inside)."""
    told = select(alerts.c.event).where(alerts.c.kind != "closed", alerts.c.drill.is_(False)).distinct()
    fits = (events.c.status == "open") & events.c.merged_into.is_(None) & events.c.id.in_(told)
    rows = (
        conn.execute(
            select(events.c.id, shown_title(), events.c.severity, events.c.first_seen)
            .where(fits)
            .order_by(events.c.last_seen.desc())
            .limit(50)
        )
        .mappings()
        .all()
    )
    return [
        [row["title"], row["severity"] or "", row["first_seen"].isoformat(), _holding_word(conn, row["id"], now)]
        for row in rows
    ]


def _holding_word(conn: Connection, event: str, now: datetime) -> str:
    """`taken`, `handed_over`, `false_alarm` … or "" when nobody has it."""
    held = read_holding(conn, event)
    if held is None or (held.expires is not None and held.expires <= now):
        return ""
    return held.what


def _open_cases(conn: Connection, now: datetime) -> list[list[str]]:
    """Department, matter, status, deadline, and whether it has passed."""
    query = select(cases.c.department, shown_title(), cases.c.status, cases.c.due)
    query = query.outerjoin(events, events.c.id == cases.c.event).where(cases.c.status != "closed")
    rows = conn.execute(query.order_by(cases.c.due).limit(100)).all()
    return [[r.department, r.title or "", r.status, r.due.isoformat(), "late" if r.due <= now else ""] for r in rows]


def _waiting_slips(conn: Connection, now: datetime) -> list[list[str]]:
    return [[slip.name, slip.department, slip.due.isoformat()] for slip in overdue_slips(conn, now)]


def _silences(conn: Connection, now: datetime) -> list[list[str]]:
    """What is silent now, until when, and why."""
    alive = (silences.c.begins <= now) & (silences.c.ends > now)
    query = select(shown_title(), silences.c.topic, silences.c.ends, silences.c.why)
    rows = conn.execute(query.outerjoin(events, events.c.id == silences.c.event).where(alive)).all()
    return [[r.title or r.topic or "", r.ends.isoformat(), r.why] for r in rows]


def _told(conn: Connection, since: datetime, now: datetime) -> list[list[str]]:
    """What was told since the last change: time, level, matter, to which roles, and whether it was taken."""
    within = (alerts.c.at >= since) & (alerts.c.at <= now) & alerts.c.drill.is_(False)
    query = select(alerts.c.id, alerts.c.at, alerts.c.severity, alerts.c.event, shown_title())
    rows = conn.execute(query.outerjoin(events, events.c.id == alerts.c.event).where(within).order_by(alerts.c.n)).all()
    roles = {row.id: row.role for row in conn.execute(select(officers.c.id, officers.c.role))}
    roles |= {row.name: row.role for row in conn.execute(select(officers.c.name, officers.c.role))}
    found = []
    for row in rows:
        sent = notifications.c.state == "sent"
        reached = conn.scalars(select(notifications.c.receiver).where(notifications.c.alert == row.id, sent)).all()
        taken = conn.scalar(
            select(acks.c.n).where(acks.c.event == row.event, acks.c.what == "taken", acks.c.undone.is_(None)).limit(1)
        )
        who = "、".join(dict.fromkeys(roles.get(one, one) for one in reached))
        found.append([row.at.isoformat(), row.severity, row.title or "", who, "taken" if taken else ""])
    return found


def list_handovers(conn: Connection, limit: int = 30) -> list[Handover]:
    """The last changes of watch, the newest first."""
    names = [handovers.c[name] for name in Handover.__slots__]
    return [Handover(*row) for row in conn.execute(select(*names).order_by(handovers.c.n.desc()).limit(limit))]


def read_handover(conn: Connection, number: int) -> Handover | None:
    """One record."""
    names = [handovers.c[name] for name in Handover.__slots__]
    row = conn.execute(select(*names).where(handovers.c.n == number)).first()
    return Handover(*row) if row else None
