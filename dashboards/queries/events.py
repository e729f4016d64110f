"""Events as lists: what needs someone, what is open, what there was."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Case, ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from pipeline.model import Severity
from pipeline.store.schema import acks, alerts, cases, events
from pipeline.store.shown import CARE, title_of

MANY = 200
OPEN_LOOKBACK = timedelta(days=21)  # an open event is closed after days of silence, so older ones need no look


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as lists show it. `voices` is "<5" or the number; `heat` is stories a day since it began."""

    id: str
    title: str
    status: str
    severity: str | None
    topic: str
    place: str | None
    reach: str | None
    first_seen: datetime
    last_seen: datetime
    items: int
    stories: int
    outlets: int
    sources: int
    voices: str
    negative: int
    heat: float
    taken_by: str | None = None
    taken_at: datetime | None = None
    verdict: str | None = None
    told: int = 0
    case: str | None = None

    @property
    def negative_share(self) -> int:
        """Negative stories in percent."""
        return round(100 * self.negative / self.stories) if self.stories else 0


@dataclass(frozen=True, slots=True)
class Details:
    """What only the event page needs: the words that make it, and the last reason why it was (not) told."""

    terms: tuple[str, ...]
    said: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the event list is narrowed to; empty means everything."""

    status: str = ""
    topic: str = ""
    severity: str = ""


def veil_count(n: int) -> str:
    """A count of voices as it may be shown: under five nobody can be told apart."""
    return "<5" if n < 5 else str(n)


def open_events(conn: Connection, now: datetime, limit: int = MANY) -> list[EventRow]:
    """Open events, the gravest and then the busiest first."""
    query = base_query().where(events.c.status == "open", events.c.last_seen > now - OPEN_LOOKBACK)
    rows = conn.execute(query.order_by(severity_rank().desc(), events.c.last_seen.desc()).limit(limit)).all()
    return with_acts(conn, rows, now)


def needing_someone(rows: Iterable[EventRow]) -> list[EventRow]:
    """Of `rows`: told to somebody, not yet taken, not called a false alarm."""
    return [r for r in rows if r.told and r.status == "open" and not r.taken_by and r.verdict != "false_alarm"]


def list_events(conn: Connection, asked: Filter, now: datetime, page: int = 1, size: int = 50) -> list[EventRow]:
    """One page of events, newest sign of life first; one row more than `size` when there is a next page."""
    query = base_query()
    for column, value in ((events.c.status, asked.status), (events.c.topic, asked.topic)):
        query = query.where(column == value) if value else query
    if asked.severity == "any":
        query = query.where(events.c.severity.is_not(None))
    elif asked.severity:
        query = query.where(events.c.severity == asked.severity)
    query = query.order_by(events.c.last_seen.desc()).limit(size + 1).offset((page - 1) * size)
    return with_acts(conn, conn.execute(query).all(), now)


def find_event(conn: Connection, event: str, now: datetime) -> EventRow | None:
    """One event, following merges at most ten times."""
    for _ in range(10):
        row = conn.execute(select(events).where(events.c.id == event)).first()
        if row is None:
            return None
        if row.merged_into in (None, event):  # a drill's event is part of itself: it can be opened and is in no list
            return with_acts(conn, [row], now)[0]
        event = row.merged_into
    return None


def find_details(conn: Connection, event: str) -> Details:
    """The details of an event that exists."""
    row = conn.execute(select(events.c.terms, events.c.said).where(events.c.id == event)).one()
    return Details(tuple(str(term) for term in row.terms[:12]), dict(row.said or {}))


def count_open(conn: Connection, now: datetime) -> int:
    """How many events are open."""
    query = select(func.count()).select_from(events)
    where = and_(events.c.status == "open", is_kept(), events.c.last_seen > now - OPEN_LOOKBACK)
    return conn.scalar(query.where(where)) or 0


def base_query() -> Select[tuple[object, ...]]:
    """Events that were not merged into another."""
    return select(events).where(is_kept())


def is_kept() -> ColumnElement[bool]:
    """Not merged. Written so that SQLite does not take the index on `merged_into`, which nearly every row shares,
    but the one on `last_seen`, whose order the lists want (33,000 events: 371 ms against 9 ms)."""
    return func.coalesce(events.c.merged_into, "") == ""


def severity_rank() -> Case[int]:
    """Severity as a number for sorting, -1 when nobody was told."""
    return case({s.value: s.rank for s in Severity}, value=events.c.severity, else_=-1)


def with_acts(conn: Connection, rows: Sequence[Row[tuple[object, ...]]], now: datetime) -> list[EventRow]:
    """Rows joined with who has them, how often they were told, and their case."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    acts, told, open_cases = last_acts(conn, ids, now), count_told(conn, ids), find_cases(conn, ids)
    return [make_row(row, acts.get(row.id), told.get(row.id, 0), open_cases.get(row.id)) for row in rows]


def make_row(
    row: Row[tuple[object, ...]], act: Row[tuple[object, ...]] | None, told: int, case_id: str | None
) -> EventRow:
    """One `EventRow` from a stored event and its last act."""
    held = act is not None and act.what in {"taken", "handed_over"}
    days = max((row.last_seen - row.first_seen) / timedelta(days=1), 1 / 24)
    return EventRow(
        id=row.id, title=title_of(row.topic, row.title), status=row.status, severity=row.severity, topic=row.topic,
        place=None if row.topic == CARE else row.place,
        reach=row.reach, first_seen=row.first_seen, last_seen=row.last_seen, items=row.items, stories=row.stories,
        outlets=row.outlets, sources=row.sources, voices=veil_count(row.voices_met), negative=row.negative,
        heat=round(row.stories / days, 1), taken_by=act.who if act is not None and held else None,
        taken_at=act.at if act is not None and held else None,
        verdict=act.what if act is not None else None, told=told, case=case_id,
    )  # fmt: skip


def last_acts(conn: Connection, ids: Sequence[str], now: datetime) -> Mapping[str, Row[tuple[object, ...]]]:
    """The latest unexpired act of each event."""
    alive = or_(acks.c.expires.is_(None), acks.c.expires > now)
    newest = select(func.max(acks.c.n)).where(acks.c.event.in_(ids), acks.c.undone.is_(None)).group_by(acks.c.event)
    return {row.event: row for row in conn.execute(select(acks).where(acks.c.n.in_(newest), alive))}


def count_told(conn: Connection, ids: Sequence[str]) -> Mapping[str, int]:
    """How many alerts each event caused, `closed` notes and drills apart."""
    query = select(alerts.c.event, func.count()).where(alerts.c.event.in_(ids), alerts.c.kind != "closed")
    return dict(conn.execute(query.group_by(alerts.c.event)).all())


def find_cases(conn: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """The open case of each event."""
    query = select(cases.c.event, cases.c.id).where(cases.c.event.in_(ids), cases.c.status != "closed")
    return dict(conn.execute(query).all())
