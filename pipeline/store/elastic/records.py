"""Reading what changed: numbers of the change table, and the rows they speak of, as documents.

Everything is read in one transaction of the caller, so that a document is never older than the change that led to it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select, text

from pipeline.store.elastic.documents import (
    Lens,
    Projected,
    Telling,
    make_alert,
    make_case,
    make_event,
    make_item,
    make_source,
)
from pipeline.store.elastic.names import PARTS, Part, month_begin, month_end, month_of
from pipeline.store.schema import acks, alerts, cases, changes, documents, events, notifications, sources
from pipeline.store.statements import in_chunks

KINDS: Mapping[str, Part] = {
    "document": "items", "event": "events", "alert": "alerts", "case": "cases", "source": "sources",
}  # fmt: skip
TABLES: Mapping[Part, Table] = {
    "items": documents, "events": events, "alerts": alerts, "cases": cases, "sources": sources,
}  # fmt: skip
FINAL = ("sent", "dead")


@dataclass(slots=True)
class Touch:
    """What the changes of one batch say of a record: numbers of the first and the last, months it has gone from."""

    first: int
    last: int
    months: set[str | None] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Batch:
    """The next changes: up to which number, the documents as they are now, and what is not there any more."""

    upto: int
    touched: Mapping[tuple[Part, str], Touch]
    there: Sequence[Projected]
    gone: Sequence[tuple[Part, str]]


def last_change(connection: Connection) -> int:
    """The number of the last change that can be seen. On a server, transactions that took a lower number and have not
    committed are waited for: they would be overlooked otherwise."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE changes IN SHARE MODE"))
    return connection.scalar(select(func.max(changes.c.n))) or 0


def months_of_items(connection: Connection) -> list[str]:
    """The months in which items were seen, oldest first; one look at the index for each."""
    found: list[str] = []
    query = select(func.min(documents.c.seen))
    while (first := connection.scalar(query)) is not None:
        found.append(month_of(first))
        query = select(func.min(documents.c.seen)).where(documents.c.seen >= month_end(found[-1]))
    return found


def read_batch(connection: Connection, after: int, limit: int, lens: Lens) -> Batch | None:
    """At most `limit` changes after a number, None when there are none."""
    upto = last_change(connection)
    query = select(changes).where(changes.c.n > after, changes.c.n <= upto).order_by(changes.c.n).limit(limit)
    touched: dict[tuple[Part, str], Touch] = {}
    number = after
    for row in connection.execute(query).mappings():
        number = row["n"]
        _touch(touched, KINDS[row["kind"]], row["id"], number, number, row["month"] if row["gone"] else "")
    if number == after:
        return None
    _spread(connection, touched)
    there = list(read_touched(connection, touched, lens))
    found = {(one.part, one.id) for one in there}
    return Batch(number, touched, there, [key for key in touched if key not in found])


def _touch(
    touched: dict[tuple[Part, str], Touch], part: Part, key: str, first: int, last: int, month: str | None
) -> None:
    touch = touched.setdefault((part, key), Touch(first, last))
    touch.first, touch.last = min(touch.first, first), max(touch.last, last)
    if month != "":
        touch.months.add(month)


def _spread(connection: Connection, touched: dict[tuple[Part, str], Touch]) -> None:
    """An event's alerts and cases carry its topic, and alerts what was done about it: they change with it."""
    matters = {key: touch for (part, key), touch in touched.items() if part == "events"}
    for part, table in (("alerts", alerts), ("cases", cases)):
        for chunk in in_chunks(matters):
            for key, event in connection.execute(select(table.c.id, table.c.event).where(table.c.event.in_(chunk))):
                touch = matters[event]
                _touch(touched, part, key, touch.first, touch.last, "")  # type: ignore[arg-type]  # two of PARTS


def read_touched(connection: Connection, keys: Iterable[tuple[Part, str]], lens: Lens) -> Iterator[Projected]:
    """The documents of records that are there."""
    wanted: dict[Part, list[str]] = {part: [] for part in PARTS}
    for part, key in keys:
        wanted[part].append(key)
    for part, ids in wanted.items():
        for chunk in in_chunks(ids):
            table = TABLES[part]
            rows = connection.execute(select(table).where(table.c.id.in_(chunk))).mappings().all()
            yield from make_documents(connection, part, rows, lens)


def numbers_in(connection: Connection, month: str) -> list[int]:
    """The numbers of the items that were seen in a month, in order."""
    seen = documents.c.seen
    return sorted(connection.scalars(select(documents.c.n).where(seen >= month_begin(month), seen < month_end(month))))


def read_numbers(connection: Connection, numbers: Sequence[int], lens: Lens) -> list[Projected]:
    """Items by number, as far as they are still there."""
    rows = connection.execute(select(documents).where(documents.c.n.in_(numbers))).mappings().all()
    return list(make_documents(connection, "items", rows, lens))


def read_all(connection: Connection, part: Part, after: Any, limit: int, lens: Lens) -> tuple[list[Projected], Any]:
    """The next `limit` records of a part after a key, and the key to go on after; None at the end."""
    table = TABLES[part]
    order = table.c.n if part in ("items", "alerts") else table.c.id
    query = select(table).order_by(order).limit(limit)
    rows = connection.execute(query if after is None else query.where(order > after)).mappings().all()
    following = rows[-1][order.name] if len(rows) == limit else None
    return list(make_documents(connection, part, rows, lens)), following


def make_documents(connection: Connection, part: Part, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    """Rows of one part as documents. Drills are none: neither their alert nor their event."""
    yield from MAKERS[part](connection, rows, lens)


def _make_items(_connection: Connection, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    return (make_item(row, lens) for row in rows)


def _make_events(_connection: Connection, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    return (make_event(row, lens) for row in rows if row["merged_into"] != row["id"])


def _make_sources(_connection: Connection, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    return (make_source(row, lens) for row in rows)


def _make_cases(connection: Connection, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    topics = _topics(connection, {row["event"] for row in rows})
    return (make_case(row, topics.get(row["event"]), lens) for row in rows)


def _make_alerts(connection: Connection, rows: Sequence[RowMapping], lens: Lens) -> Iterator[Projected]:
    real = [row for row in rows if not row["drill"]]
    topics = _topics(connection, {row["event"] for row in real})
    messages, acts = _messages(connection, [row["id"] for row in real]), _acts(connection, real)
    for row in real:
        arrived = [sent for state, sent in messages.get(row["id"], ()) if state == "sent"]
        dead = len(messages.get(row["id"], ())) - len(arrived)
        act = next((one for one in acts.get(row["event"], ()) if one["at"] >= row["made"]), None)
        told = Telling(
            len(arrived), dead, min((one for one in arrived if one), default=None), act["at"] if act else None,
            act["what"] if act else None, topics.get(row["event"]),
        )  # fmt: skip
        yield make_alert(row, told, lens)


Maker = Callable[[Connection, Sequence[RowMapping], Lens], Iterator[Projected]]
MAKERS: Mapping[Part, Maker] = {
    "items": _make_items, "events": _make_events, "alerts": _make_alerts, "cases": _make_cases,
    "sources": _make_sources,
}  # fmt: skip


def _topics(connection: Connection, ids: Collection[str | None]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in in_chunks(one for one in ids if one):
        rows = connection.execute(select(events.c.id, events.c.topic).where(events.c.id.in_(chunk)))
        found.update((row.id, row.topic) for row in rows)
    return found


def _messages(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[str, Any]]]:
    """(state, when it arrived) of the messages that are through, by alert."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for chunk in in_chunks(ids):
        query = select(notifications.c.alert, notifications.c.state, notifications.c.sent)
        ended = query.where(notifications.c.alert.in_(chunk), notifications.c.state.in_(FINAL))
        for alert, state, sent in connection.execute(ended):
            found.setdefault(alert, []).append((state, sent))
    return found


def _acts(connection: Connection, rows: Sequence[RowMapping]) -> dict[str, list[RowMapping]]:
    """What was done about the matters of `rows`, in order. Who did it is not read."""
    found: dict[str, list[RowMapping]] = {}
    for chunk in in_chunks(row["event"] for row in rows if row["event"]):
        query = select(acks.c.event, acks.c.at, acks.c.what).where(acks.c.event.in_(chunk)).order_by(acks.c.n)
        for act in connection.execute(query).mappings():
            found.setdefault(act["event"], []).append(act)
    return found
