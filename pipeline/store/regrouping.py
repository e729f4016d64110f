"""Officers' words about events in the state of record: what they asked for, and what the rows of an event add up to.

A wish to merge or split is a row of `corrections`; how far the worker has followed stands in `keep`. A split's items
are in its row until it is followed; after that only the two events are named.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, case, func, insert, select, update

from pipeline.model import OUTLET_KINDS, Event, Reach
from pipeline.store.changes import note_changes
from pipeline.store.rows import Stored, event_row, read_event, read_stored
from pipeline.store.schema import corrections, documents, events, keep, voice_tokens
from pipeline.store.statements import in_chunks, insert_or_update

MARK = "regroup"
HOPS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """One wish of an officer: `gone` joins `event` (a merge), or `items` leave it (a split)."""

    n: int
    event: str
    gone: str | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What the stored items of an event add up to; times are those by which it was grouped."""

    items: int
    stories: int
    negative: int
    first: datetime
    last: datetime
    topics: Counter[str]
    reaches: tuple[Reach, ...]
    headline: str | None
    sources: frozenset[str]
    outlets: frozenset[str]


def write_order(
    connection: Connection, who: str, field: str, event: str, machine: str, office: str, now: datetime
) -> None:
    """Put a wish on record; the worker follows it before its next items."""
    row = {"at": now, "who": who, "event": event, "field": field, "machine": machine, "office": office}
    connection.execute(insert(corrections), row)


def pack_items(items: Sequence[str]) -> str:
    """The items of a split as they wait in its row."""
    return msgspec.json.encode(list(items)).decode()


def read_orders(connection: Connection) -> list[Order]:
    """The wishes that were not followed yet, in the order in which they came."""
    waiting = select(corrections).where(corrections.c.n > read_mark(connection))
    rows = connection.execute(waiting.where(corrections.c.field.in_(("merge", "split"))).order_by(corrections.c.n))
    return [read_order(row) for row in rows.mappings()]


def read_order(row: RowMapping) -> Order:
    """A waiting row of `corrections`. A merge names both events itself: its row follows what else is merged."""
    if row["field"] == "merge":
        return Order(row["n"], row["office"], row["machine"], ())
    return Order(row["n"], row["machine"], None, msgspec.json.decode(row["office"], type=tuple[str, ...]))


def read_mark(connection: Connection) -> int:
    """The number of the last correction that was followed."""
    return int(connection.scalar(select(keep.c.value).where(keep.c.key == MARK)) or 0)


def write_mark(connection: Connection, number: int) -> None:
    """Everything up to `number` has been followed. Rows of merges and splits are never deleted, so numbers grow."""
    insert_or_update(connection, keep, [{"key": MARK, "value": str(number)}])


def settle_split(connection: Connection, number: int, fresh: str) -> None:
    """The split has become the event `fresh` (empty: nothing was left to split); its list of items goes."""
    connection.execute(update(corrections).where(corrections.c.n == number).values(office=fresh))


def read_splits(connection: Connection) -> Iterator[tuple[str, str]]:
    """Pairs of events that an officer took apart and that no officer joined again."""
    done = (corrections.c.field == "split") & (corrections.c.n <= read_mark(connection)) & (corrections.c.office != "")
    query = select(corrections.c.machine, corrections.c.office).where(done).order_by(corrections.c.n)
    for old, fresh in connection.execute(query).all():
        one, other = resolve_event(connection, old), resolve_event(connection, fresh)
        if one != other:
            yield one, other


def resolve_event(connection: Connection, event: str) -> str:
    """The event that `event` is part of now."""
    for _ in range(HOPS):
        into = connection.scalar(select(events.c.merged_into).where(events.c.id == event))
        if into is None:
            return event
        event = into
    raise ValueError(f"event {event} is merged in a circle")


def find_event(connection: Connection, event: str) -> Event | None:
    """The snapshot of `event`, or of what it was merged into; None when there is none."""
    wanted = select(events).where(events.c.id == resolve_event(connection, event))
    row = connection.execute(wanted).mappings().first()
    return None if row is None else read_event(row)


def find_stories(connection: Connection, event: str, items: Sequence[str]) -> list[str]:
    """Ids of `items` in `event` with everything that tells the same story there: originals and all copies."""
    roots: set[str] = set()
    query = select(func.coalesce(documents.c.duplicate_of, documents.c.id)).where(documents.c.event == event)
    for chunk in in_chunks(items):
        roots.update(connection.scalars(query.where(documents.c.id.in_(chunk))))
    found: list[str] = []
    root = func.coalesce(documents.c.duplicate_of, documents.c.id)
    members = select(documents.c.id).where(documents.c.event == event)
    for chunk in in_chunks(sorted(roots)):
        found.extend(connection.scalars(members.where(root.in_(chunk)).order_by(documents.c.n)))
    return found


def count_items(connection: Connection, event: str) -> int:
    """How many items of `event` are stored."""
    query = select(func.count()).select_from(documents).where(documents.c.event == event)
    return connection.scalar(query) or 0


def move_items(connection: Connection, items: Sequence[str], fresh: str) -> None:
    """Documents and their voice tokens belong to `fresh` from now on."""
    for chunk in in_chunks(items):
        connection.execute(update(documents).where(documents.c.id.in_(chunk)).values(event=fresh))
        connection.execute(update(voice_tokens).where(voice_tokens.c.document.in_(chunk)).values(event=fresh))
    note_changes(connection, "document", items)


def read_members(connection: Connection, event: str, since: datetime) -> list[Stored]:
    """The documents of `event` seen at or after `since`, in ingest order."""
    query = select(documents).where(documents.c.event == event, documents.c.seen >= since).order_by(documents.c.n)
    return [read_stored(row) for row in connection.execute(query).mappings()]


def put_event(connection: Connection, event: Event, said: dict[str, object]) -> None:
    """Store the snapshot of a living event with the reason for what happened to it."""
    insert_or_update(connection, events, [{**event_row(event), "said": said, "merged_into": None}])
    note_changes(connection, "event", [event.id])


def tally_event(connection: Connection, event: str) -> Tally:
    """Add up the stored items of `event`, which has at least one."""
    mine, is_story = documents.c.event == event, documents.c.duplicate_of.is_(None)
    taken = case((documents.c.history, documents.c.charted), else_=documents.c.seen)
    numbers = select(
        func.count(), add_up(is_story), add_up(is_story & (documents.c.label == "negative")), func.min(taken),
        func.max(taken),
    ).where(mine)  # fmt: skip
    items, stories, negative, first, last = connection.execute(numbers).one()
    topics = select(documents.c.topic, func.count()).where(mine, is_story).group_by(documents.c.topic)
    public = documents.c.source_kind.in_(OUTLET_KINDS)
    titled = select(documents.c.title).where(mine, public, documents.c.title.is_not(None))
    held = select(documents.c.source, documents.c.source_kind, documents.c.reach).where(mine).distinct()
    rows = connection.execute(held).all()
    return Tally(
        items, stories, negative, first, last, Counter({row[0]: row[1] for row in connection.execute(topics)}),
        tuple(reach for _, kind, reach in rows if kind in OUTLET_KINDS and reach),
        connection.scalar(titled.order_by(documents.c.n).limit(1)), frozenset(source for source, _, _ in rows),
        frozenset(source for source, kind, _ in rows if kind in OUTLET_KINDS),
    )  # fmt: skip


def add_up(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows meet `condition`."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
