"""From a fetch to the queue: what a source brought, and its new state, in one transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy import Connection, delete, select, update

from pipeline.ingest import Waiting
from pipeline.model import Document, Screened, VoiceToken
from pipeline.store.changes import note_changes
from pipeline.store.rows import pack_document, unpack_document
from pipeline.store.schema import documents, intake, private_links, sightings, sources, tombstones, voice_tokens
from pipeline.store.statements import in_chunks, insert_many, insert_or_skip, insert_or_update

log = structlog.get_logger()


class Held(NamedTuple):
    """Whose item a known one is, of which kind that source is, and the text we have of it."""

    source: str
    kind: str
    fingerprint: str


@dataclass(slots=True)
class Known:
    """What the store already knows of the items of one batch; kept up to date while the batch is judged."""

    buried: set[str] = field(default_factory=set)
    sighted: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    held: dict[str, Held] = field(default_factory=dict)

    def is_news(self, source: str, screened: Screened) -> bool:
        """Whether the worker has to see it: unknown, or edited.

        An item that another source brought before and that is stored or waiting is only sighted. One that was
        dropped then (in a short feed entry the school is not named) is looked at again if the text is another.
        """
        item, text = screened.document.id, screened.document.fingerprint
        seen = self.sighted[item]
        if not seen:
            return True
        if item in self.held:
            return self._is_edit(self.held[item], source, screened.document, seen.get(source))
        return text not in seen.values()

    def _is_edit(self, held: Held, source: str, document: Document, before: str | None) -> bool:
        """Another text by the source that the item came from, or by one that had read exactly the text that we have.

        So an edit is found by whichever source looks first, is one edit for all of them, and an excerpt of another
        source is never taken for an edit of the full text. A private voice is edited by its own source only: another
        one may know its account by another name and would make two voices of it.
        """
        text = document.fingerprint
        if held.source == source:
            return before != text != held.fingerprint
        outlets = not document.private and held.kind == document.source_kind
        return outlets and before == held.fingerprint != text

    def take(self, source: str, document: Document) -> None:
        """Note that the worker will see `document`; an edited item stays with the source that it came from."""
        held = self.held.get(document.id) or Held(source, document.source_kind, "")
        self.held[document.id] = held._replace(fingerprint=document.fingerprint)


def enqueue(
    connection: Connection, source: str, screened: Sequence[Screened], now: datetime, link_life: timedelta
) -> int:
    """Write sightings, tokens, sealed links and queue rows; returns how many items the worker will see."""
    known = load_known(connection, screened)
    fresh: dict[str, Screened] = {}
    sighted: dict[str, dict[str, Any]] = {}
    for one in screened:
        document = one.document
        if document.id in known.buried or document.fingerprint in known.buried:
            continue
        if known.is_news(source, one):
            fresh[document.id] = one
            known.take(source, document)
        if known.sighted[document.id].get(source) != document.fingerprint:
            sighted[document.id] = _sighting(source, one, now)
            known.sighted[document.id][source] = document.fingerprint
    insert_or_update(connection, sightings, list(sighted.values()), keep=("seen",))
    _write_fresh(connection, list(fresh.values()), now + link_life)
    return len(fresh)


def load_known(connection: Connection, screened: Sequence[Screened]) -> Known:
    """Read what is known of `screened`."""
    known = Known()
    ids = [one.document.id for one in screened]
    marks = [mark for one in screened for mark in (one.document.id, one.document.fingerprint)]
    for chunk in in_chunks(marks):
        known.buried.update(connection.scalars(select(tombstones.c.item).where(tombstones.c.item.in_(chunk))))
    for chunk in in_chunks(ids):
        _load_sightings(connection, known, chunk)
    return known


def _load_sightings(connection: Connection, known: Known, chunk: list[str]) -> None:
    seen = select(sightings.c.item, sightings.c.source, sightings.c.fingerprint).where(sightings.c.item.in_(chunk))
    for item, source, fingerprint in connection.execute(seen):
        known.sighted[item][source] = fingerprint
    if not any(item in known.sighted for item in chunk):
        return
    stored = select(documents.c.id, documents.c.source, documents.c.source_kind, documents.c.fingerprint)
    for item, *held in connection.execute(stored.where(documents.c.id.in_(chunk))):
        known.held[item] = Held(*held)
    waits = select(intake.c.body).where(intake.c.item.in_(chunk)).order_by(intake.c.n)
    for body in connection.scalars(waits):
        waiting = unpack_document(body)
        known.take(waiting.source, waiting)


def _sighting(source: str, screened: Screened, now: datetime) -> dict[str, Any]:
    document = screened.document
    return {"item": document.id, "source": source, "fingerprint": document.fingerprint, "seen": now}


def _write_fresh(connection: Connection, fresh: Sequence[Screened], expires: datetime) -> None:
    write_tokens(connection, [(one.document.id, one.document.seen, one.voices, None) for one in fresh])
    links = [
        {"document": one.document.id, "sealed": one.sealed_link, "expires": expires}
        for one in fresh
        if one.sealed_link is not None
    ]
    insert_or_update(connection, private_links, links)
    rows = [
        {"item": one.document.id, "body": pack_document(one.document), "history_at": history_at(one.document)}
        for one in fresh
    ]
    if rows:
        insert_many(connection, intake, rows)


def history_at(document: Document) -> datetime | None:
    """When an item of a first fetch was published; None for what is new."""
    return document.published if document.history else None


def write_tokens(
    connection: Connection, owned: Sequence[tuple[str, datetime, Sequence[VoiceToken], str | None]]
) -> None:
    """Store the voice tokens of (document, seen, tokens, event); known ones stay as they are."""
    rows = [
        {"document": item, "day": one.key_day.isoformat(), "token": one.token, "event": event, "seen": seen}
        for item, seen, tokens, event in owned
        for one in tokens
    ]
    insert_or_skip(connection, voice_tokens, rows)


def read_waiting(connection: Connection, limit: int, history: bool) -> tuple[list[Waiting], list[int]]:
    """The first `limit` items of the queue, and the numbers of rows that nobody can read (never seen so far).

    With `history` only what first fetches brought, in the order of publishing.
    """
    joined = intake.outerjoin(private_links, private_links.c.document == intake.c.item)
    query = select(intake.c.n, intake.c.body, private_links.c.sealed).select_from(joined)
    query = query.where(intake.c.parked.is_(None))
    if history:
        query = query.where(intake.c.history_at.is_not(None)).order_by(intake.c.history_at)
    waiting: list[Waiting] = []
    broken: list[int] = []
    for n, body, sealed in connection.execute(query.order_by(intake.c.n).limit(limit)):
        try:
            waiting.append(Waiting(n, unpack_document(body), sealed))
        except msgspec.DecodeError as error:
            log.warning("intake_unreadable", n=n, error=str(error))
            broken.append(n)
    return waiting, broken


def park_waiting(connection: Connection, number: int, why: str) -> None:
    """Leave a row in the queue where the worker does not take it any more."""
    connection.execute(update(intake).where(intake.c.n == number).values(parked=why))


def delete_waiting(connection: Connection, numbers: Sequence[int]) -> None:
    """Take rows out of the queue."""
    for chunk in in_chunks(numbers):
        connection.execute(delete(intake).where(intake.c.n.in_(chunk)))


def read_voices(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, VoiceToken]]:
    """The tokens of documents: the one place where tokens are read."""
    wanted = voice_tokens.c.document, voice_tokens.c.day, voice_tokens.c.token
    for chunk in in_chunks(ids):
        for item, day, token in connection.execute(select(*wanted).where(voice_tokens.c.document.in_(chunk))):
            yield item, VoiceToken(datetime.fromisoformat(day).date(), token)


def write_source(connection: Connection, source: Mapping[str, Any]) -> None:
    """Store the state of a source; `source` has at least `id`, `next_due` and `interval_s`."""
    write_sources(connection, [source])


def write_sources(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store the states of several sources; all rows have the same columns."""
    insert_or_update(connection, sources, [dict(row) for row in rows])
    note_changes(connection, "source", [row["id"] for row in rows])
