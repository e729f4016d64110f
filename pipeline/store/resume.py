"""Reading back what the worker needs to rebuild its memory after a start or a failed save."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select

from pipeline.ingest import Known
from pipeline.model import Alert, Event
from pipeline.store.engine import reading
from pipeline.store.rows import Stored, read_alert, read_event, read_stored
from pipeline.store.schema import alerts, arrivals, documents, events
from pipeline.store.statements import in_chunks

PAGE = 1000


def read_documents(engine: Engine, since: datetime) -> Iterator[Stored]:
    """Documents seen at or after `since` in ingest order; a page at a time, so that memory stays small."""
    with reading(engine) as connection:  # the index on `seen` says where to begin; a walk over old texts would not
        first = connection.scalar(select(func.min(documents.c.n)).where(documents.c.seen >= since))
    after = (first or 1) - 1
    while True:
        query = select(documents).where(documents.c.n > after, documents.c.seen >= since)
        with reading(engine) as connection:
            page = connection.execute(query.order_by(documents.c.n).limit(PAGE)).mappings().all()
        yield from map(read_stored, page)
        if len(page) < PAGE:
            return
        after = page[-1]["n"]


def read_told(connection: Connection, since: datetime) -> dict[str, tuple[Alert, ...]]:
    """Alerts at or after `since` by event, oldest first; drills are left out."""
    found: dict[str, list[Alert]] = defaultdict(list)
    query = select(alerts).where(alerts.c.at >= since, alerts.c.event.is_not(None), alerts.c.drill.is_(False))
    for row in connection.execute(query.order_by(alerts.c.n)).mappings():
        found[row["event"]].append(read_alert(row))
    return {event: tuple(told) for event, told in found.items()}


def read_events(connection: Connection, since: datetime) -> Iterator[Event]:
    """Events that are open or whose last item came at or after `since`; absorbed ones are left out."""
    living = (events.c.last_seen >= since) | (events.c.status == "open")
    query = select(events).where(living, events.c.merged_into.is_(None)).order_by(events.c.first_seen, events.c.id)
    for row in connection.execute(query).mappings():
        yield read_event(row)


def read_event_sources(connection: Connection, event: str) -> Iterator[tuple[str, str]]:
    """The distinct (source, source kind) of an event's documents."""
    query = select(documents.c.source, documents.c.source_kind).where(documents.c.event == event).distinct()
    yield from ((source, kind) for source, kind in connection.execute(query))


def read_known(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, Known]]:
    """Those of `ids` that are stored, with the place each was given."""
    for chunk in in_chunks(ids):
        query = select(documents.c.id, documents.c.event, documents.c.duplicate_of).where(documents.c.id.in_(chunk))
        for item, event, root in connection.execute(query):
            yield item, Known(event, root)


def read_arrivals(connection: Connection, since: datetime) -> dict[datetime, int]:
    """Stories by hour of `seen` (UTC), without copies and history."""
    query = select(arrivals.c.hour, arrivals.c.stories).where(arrivals.c.hour >= since)
    return {hour: count for hour, count in connection.execute(query)}  # noqa: C416 - typed so
