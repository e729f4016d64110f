"""What is looked at again, and what came of it: withdrawn, corrected, erased; with the evidence copies.

Each method is one transaction. Copies are rows and not files, so that deletion, retention, backup and scrubbing
reach them as they reach everything else.
"""

import secrets
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, insert, select, update

from pipeline.model import PRIVATE_KINDS, Screened
from pipeline.recheck import EVERY, Look, Verdict
from pipeline.store.changes import note_changes
from pipeline.store.engine import reading, writing
from pipeline.store.forget import bury
from pipeline.store.intake import history_at
from pipeline.store.rows import pack_document
from pipeline.store.schema import documents, events, intake, keep, private_links, tombstones
from pipeline.store.schema_collecting import evidence, rechecks
from pipeline.store.statements import insert_or_skip, insert_or_update

log = structlog.get_logger()

LONGEST = timedelta(days=30)
OF_A_SOURCE = 12  # more of one host are not looked at in a minute
SCRUB_OWED = "scrub_owed"
GONE_RECEIPT = "gone at its source"

_wanted = (
    documents.c.id, documents.c.source, documents.c.source_kind, documents.c.title, documents.c.published,
    documents.c.url, documents.c.withdrawn, rechecks.c.missed, rechecks.c.page_hash, rechecks.c.etag,
    rechecks.c.last_modified, rechecks.c.corrected,
)  # fmt: skip
_since = func.coalesce(rechecks.c.due, documents.c.seen)
_place = func.row_number().over(
    partition_by=documents.c.source, order_by=(rechecks.c.missed.is_(None), _since, documents.c.n)
)
_waiting = func.count().over(partition_by=documents.c.source)


class SqlRechecks:
    """The tables `rechecks` and `evidence`, and what a look changes elsewhere."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due_looks(self, now: datetime, limit: int) -> list[Look]:
        """Items of news and official sources in open events, and private voices whose link is still kept: of each source
        those that have to be made sure of, then those that have waited longest; no source stands behind another's
        thousands. At most `limit` of the one and of the other, in turn."""
        with reading(self._engine) as connection:
            voices = [_make_look(row) for row in connection.execute(_fairly(_voices(now), limit)).mappings()]
            outlets = [_make_look(row) for row in connection.execute(_fairly(_outlets(now), limit)).mappings()]
        return [look for pair in zip_longest(voices, outlets) for look in pair if look is not None]

    def settle_look(self, look: Look, verdict: Verdict, now: datetime) -> bool:
        """Store what a look found; False when the item was forgotten meanwhile."""
        with writing(self._engine) as connection:
            if connection.scalar(select(documents.c.n).where(documents.c.id == look.document)) is None:
                return False
            if verdict.fate == "erased":
                _erase(connection, look.document, now)
            else:
                _note_look(connection, look, verdict, now)
        return True

    def trim_evidence(self, most_bytes: int) -> int:
        """Drop the oldest copies (hash and time stay) until all together fit; returns how many went."""
        dropped: list[str] = []
        with writing(self._engine) as connection:
            size = func.length(evidence.c.warc)
            rows = connection.execute(
                select(evidence.c.id, size).where(evidence.c.warc.is_not(None)).order_by(evidence.c.at.desc())
            )
            total = 0
            for one, length in rows.all():
                total += length
                if total > most_bytes:
                    dropped.append(one)
            for one in dropped:
                connection.execute(update(evidence).where(evidence.c.id == one).values(warc=None))
        return len(dropped)

    def take_scrub(self) -> bool:
        """True once after private posts were erased: their bytes have to leave the file too."""
        with writing(self._engine) as connection:
            return bool(connection.execute(delete(keep).where(keep.c.key == SCRUB_OWED)).rowcount)


def _outlets(now: datetime) -> Select[Any]:
    joined = documents.join(events, events.c.id == documents.c.event)
    joined = joined.outerjoin(rechecks, rechecks.c.document == documents.c.id)
    return select(*_wanted, *_order()).select_from(joined).where(
        events.c.status == "open", documents.c.url.is_not(None), ~documents.c.history,
        documents.c.source_kind.not_in(sorted(PRIVATE_KINDS)), documents.c.seen > now - LONGEST, _is_due(now),
    )  # fmt: skip


def _voices(now: datetime) -> Select[Any]:
    """A post is looked at for the first time hours after it was read: it was there then."""
    joined = documents.join(private_links, private_links.c.document == documents.c.id)
    joined = joined.outerjoin(rechecks, rechecks.c.document == documents.c.id)
    aged = rechecks.c.due.is_not(None) | (documents.c.seen <= now - EVERY)
    asked = select(*_wanted, private_links.c.sealed, *_order()).select_from(joined)
    return asked.where(private_links.c.expires > now, _is_due(now), aged)


def _order() -> tuple[ColumnElement[Any], ...]:
    return _since.label("since"), _place.label("place"), _waiting.label("waiting")


def _fairly(asked: Select[Any], limit: int) -> Select[Any]:
    """The first of every source, then the second of every source, and so on."""
    due = asked.subquery()
    columns = [column for column in due.c if column.key != "place"]
    return select(*columns).where(due.c.place <= OF_A_SOURCE).order_by(due.c.place, due.c.since).limit(limit)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return rechecks.c.due.is_(None) | (rechecks.c.due <= now)


def _make_look(row: Any) -> Look:
    values = dict(row)
    return Look(document=values.pop("id"), **values)


def _erase(connection: Connection, document: str, now: datetime) -> None:
    """As on request, but for the id alone: the same words elsewhere are another post."""
    stone = {"item": document, "at": now, "receipt": GONE_RECEIPT}
    insert_or_skip(connection, tombstones, [stone])
    bury(connection, [document])
    insert_or_update(connection, keep, [{"key": SCRUB_OWED, "value": "1"}])


def _note_look(connection: Connection, look: Look, verdict: Verdict, now: datetime) -> None:
    fate = verdict.fate
    row = {
        "document": look.document, "due": verdict.due, "looked": now,
        "missed": (look.missed or now) if fate in ("missing", "withdrawn") else None,
        "page_hash": verdict.page_hash or look.page_hash, "etag": verdict.etag, "last_modified": verdict.last_modified,
        "corrected": now if fate == "corrected" else look.corrected,
    }  # fmt: skip
    if fate == "unknown":
        row |= {"missed": look.missed, "etag": look.etag, "last_modified": look.last_modified}
    insert_or_update(connection, rechecks, [row])
    if verdict.evidence is not None:
        _put_evidence(connection, look.document, verdict, now)
    if verdict.edit is not None:
        _put_edit(connection, verdict.edit)
    if fate in ("withdrawn", "back", "corrected"):
        _mark(connection, look.document, fate, now)


def _put_evidence(connection: Connection, document: str, verdict: Verdict, now: datetime) -> None:
    copy = verdict.evidence
    if copy is None:
        return
    why = verdict.fate if verdict.fate in ("corrected", "withdrawn") else "first"
    row = {
        "id": secrets.token_hex(8), "document": document, "at": now, "why": why, "status": copy.status,
        "sha256": copy.sha256, "size": copy.size, "warc": copy.warc,
    }  # fmt: skip
    connection.execute(insert(evidence), row)


def _put_edit(connection: Connection, edit: Screened) -> None:
    """Past the sightings: the source itself may go on giving an excerpt, and that is no edit."""
    document = edit.document
    row = {"item": document.id, "body": pack_document(document), "history_at": history_at(document)}
    connection.execute(insert(intake), row)


def _mark(connection: Connection, document: str, fate: str, now: datetime) -> None:
    if fate in ("withdrawn", "back"):
        gone = now if fate == "withdrawn" else None
        connection.execute(update(documents).where(documents.c.id == document).values(withdrawn=gone))
    event = connection.scalar(select(documents.c.event).where(documents.c.id == document))
    note_changes(connection, "document", [document])
    note_changes(connection, "event", [event] if event else [])


def read_fates(connection: Connection, event: str) -> list[tuple[str, str, str, datetime]]:
    """(document, source, `withdrawn` or `corrected`, when) of the news and official items of an event, in order."""
    joined = documents.outerjoin(rechecks, rechecks.c.document == documents.c.id)
    asked = select(documents.c.id, documents.c.source, documents.c.withdrawn, rechecks.c.corrected).select_from(joined)
    asked = asked.where(documents.c.event == event, documents.c.source_kind.not_in(sorted(PRIVATE_KINDS)))
    asked = asked.where(documents.c.withdrawn.is_not(None) | rechecks.c.corrected.is_not(None))
    found: list[tuple[str, str, str, datetime]] = []
    for document, source, withdrawn, corrected in connection.execute(asked):
        found += [(document, source, "withdrawn", withdrawn)] if withdrawn else []
        found += [(document, source, "corrected", corrected)] if corrected else []
    return sorted(found, key=lambda one: one[3])
