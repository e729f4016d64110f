"""What officers said of items and events: shown beside what the machine says, counted, and what they might say next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dashboards.queries.events import EventRow, base_query, find_event, with_acts
from pipeline.store.regrouping import read_mark
from pipeline.store.schema import acks, alerts, corrections, documents, events
from pipeline.store.schema_desk import regroupings

FIELDS = ("label", "topic", "school")
NEAR, CANDIDATES = timedelta(days=14), 8
TOLD = ("first", "severity", "reach", "threshold", "reopened")


@dataclass(frozen=True, slots=True)
class Word:
    """The last word on a field of an item. `machine` is what the machine said; `agreed` when both say the same."""

    n: int
    document: str
    field: str
    machine: str
    office: str
    before: str
    at: datetime

    @property
    def agreed(self) -> bool:
        """The office confirmed the machine."""
        return self.machine == self.office


@dataclass(frozen=True, slots=True)
class Precision:
    """Events that were told and those of them called false alarms. `share` is precision in percent, None without any."""

    days: int
    told: int
    wrong: int

    @property
    def share(self) -> int | None:
        """Right ones of those told, in percent."""
        return round(100 * (self.told - self.wrong) / self.told) if self.told else None


@dataclass(frozen=True, slots=True)
class Near:
    """An event that may be the same matter: what it shares with the one that is looked at."""

    event: EventRow
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regrouping:
    """A merge or split that can be undone until `ends`; `fresh` is the event that a split made, once it was followed."""

    n: int
    event: str
    gone: str | None
    items: tuple[str, ...]
    ends: datetime
    followed: bool
    fresh: str | None


def words_on(conn: Connection, ids: Sequence[str]) -> Mapping[str, list[Word]]:
    """The last word on each field of each of `ids`, by item."""
    c = corrections.c
    query = select(c.n, c.document, c.field, c.machine, c.office, c.at).where(c.document.in_(ids), c.field.in_(FIELDS))
    return _latest(conn.execute(query.order_by(c.n)).all())


def words_in(conn: Connection, event: str, limit: int = 20) -> list[Word]:
    """The newest words on items of an event, those that were taken out of it included."""
    c = corrections.c
    mine = c.event == event
    newest = select(c.document, func.max(c.n).label("n")).where(mine, c.document.is_not(None), c.field.in_(FIELDS))
    ids = [
        row.document for row in conn.execute(newest.group_by(c.document).order_by(func.max(c.n).desc()).limit(limit))
    ]
    flat = [word for words in words_on(conn, ids).values() for word in words]
    return sorted(flat, key=lambda word: word.at, reverse=True)[:limit]


def words_of(conn: Connection, who: str, now: datetime, undo: timedelta, limit: int = 3) -> list[Word]:
    """The newest words of `who` that can still be undone."""
    c = corrections.c
    query = select(c.document, func.max(c.n)).where(c.at > now - undo, c.who == who, c.field.in_(FIELDS))
    rows = conn.execute(query.group_by(c.document).order_by(func.max(c.n).desc()).limit(limit)).all()
    words = [word for some in words_on(conn, [row.document for row in rows]).values() for word in some]
    fresh = [word for word in words if word.at > now - undo]
    return sorted(fresh, key=lambda word: word.n, reverse=True)[:limit]


def _latest(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, list[Word]]:
    found: dict[tuple[str, str], Word] = {}
    for n, document, field, machine, office, at in rows:
        before = found[(document, field)].office if (document, field) in found else machine
        found[(document, field)] = Word(n, document, field, machine, office, before, at)
    made: dict[str, list[Word]] = {}
    for word in found.values():
        made.setdefault(word.document, []).append(word)
    return made


def alert_precision(conn: Connection, since: datetime, now: datetime, days: int) -> Precision:
    """Of the events told between `since` and `now` (drills apart): how many were called a false alarm and stayed so.

    The same figure as `precision` of the briefing, which asks `alerts` and `acks` in the same way.
    """
    a = alerts.c
    told = select(a.event).where(a.at > since, a.at <= now, a.kind.in_(TOLD), a.drill.is_(False), a.event.is_not(None))
    wrong = select(acks.c.event).where(acks.c.what == "false_alarm", acks.c.undone.is_(None), acks.c.event.in_(told))
    count = func.count
    return Precision(
        days,
        conn.scalar(select(count(told.distinct().subquery().c.event))) or 0,
        conn.scalar(select(count(wrong.distinct().subquery().c.event))) or 0,
    )


def near_events(conn: Connection, row: EventRow, terms: Sequence[str], now: datetime) -> list[Near]:
    """Events of about the same days, by shared terms, place and topic; those that share nothing are left out."""
    e = events.c
    close = base_query().where(e.id != row.id, e.last_seen > row.first_seen - NEAR, e.last_seen < row.last_seen + NEAR)
    found = conn.execute(close.order_by(e.last_seen.desc()).limit(300)).all()
    ranked = []
    for other in found:
        shared = tuple(str(term) for term in other.terms[:20] if term in terms)
        weight = 2 * len(shared) + 2 * bool(row.place and other.place == row.place) + (other.topic == row.topic)
        if weight:
            ranked.append((weight, other, shared))
    best = sorted(ranked, key=lambda one: (-one[0], -one[1].last_seen.timestamp()))[:CANDIDATES]
    whole = with_acts(conn, [other for _, other, _ in best], now)
    return [Near(event, shared) for event, (_, _, shared) in zip(whole, best, strict=True)]


def fold_size(conn: Connection, event: str, items: Sequence[str]) -> tuple[int, int]:
    """How many items a split of `items` takes along with originals and copies, and how many the event has."""
    root = func.coalesce(documents.c.duplicate_of, documents.c.id)
    roots = select(root).where(documents.c.event == event, documents.c.id.in_(items))
    mine = select(func.count()).select_from(documents).where(documents.c.event == event)
    return conn.scalar(mine.where(root.in_(roots))) or 0, conn.scalar(mine) or 0


def last_regrouping(conn: Connection, event: str, now: datetime, undo: timedelta) -> Regrouping | None:
    """The newest merge or split of an event that can still be undone."""
    r = regroupings.c
    query = select(regroupings).where(r.event == event, r.undone.is_(None), r.at > now - undo).order_by(r.n.desc())
    row = conn.execute(query.limit(1)).first()
    if row is None:
        return None
    followed = row.n <= read_mark(conn)
    fresh = conn.scalar(select(corrections.c.office).where(corrections.c.n == row.n)) if not row.gone else None
    return Regrouping(
        row.n, row.event, row.gone, tuple(row.items), row.at + undo, followed, fresh if followed else None
    )


def title_of(conn: Connection, event: str, now: datetime) -> EventRow | None:
    """An event by id, by the id of one that joined it, or by its address on the dashboard."""
    key = event.strip().rstrip("/").rsplit("/", 1)[-1]
    return find_event(conn, key, now) if key else None
