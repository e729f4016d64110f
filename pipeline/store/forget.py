"""Deletion on request: an item leaves every table, the index and the bytes of the file, and does not come back.

    find_items -> a person confirms -> forget_items -> scrub

What stays: hourly counts, the numbers of the event, and the tombstone (hash of the link, hash of the text), which
keeps the next fetch from bringing the item back. Tombstones lie in a table and, because a backup must not undo
a deletion, also in a file that no backup contains (`save_tombstones`, `replay_tombstones`).
A running worker gives up the memory it had of an item before it reads the next ones.
"""

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, column, delete, literal_column, select, table

from pipeline.store.engine import reading, writing
from pipeline.store.erase import erase_documents
from pipeline.store.fulltext import TABLE, has_index, split_words
from pipeline.store.highlight import find_spans
from pipeline.store.query import Phrase, to_match
from pipeline.store.redact import redact_briefings
from pipeline.store.rows import unpack_document
from pipeline.store.schema import documents, intake, private_links, sightings, tombstones, versions, voice_tokens
from pipeline.store.statements import in_chunks, insert_or_skip
from pipeline.store.words_erase import forget_words

SHORTEST = 6
LOOKED_UP = 100
TRACES = (
    (intake, intake.c.item), (sightings, sightings.c.item),
    (private_links, private_links.c.document), (voice_tokens, voice_tokens.c.document),
)  # fmt: skip

_words = table(TABLE, column("rowid"))


@dataclass(frozen=True, slots=True)
class Target:
    """An item that a request may mean. `fingerprint` is the hash of its masked text."""

    item: str
    fingerprint: str
    source: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the person who asked is given: a number, the time, and how many stored items were deleted.

    0 items is an answer, too: nothing was stored, and nothing will be.
    """

    number: str
    at: datetime
    items: int


class TextTooShort(ValueError):  # noqa: N818 - says what is the matter
    """So few words would delete what nobody asked for."""


def find_items(
    engine: Engine, *, item: str | None = None, url: str | None = None, text: str | None = None
) -> list[Target]:
    """The stored and waiting items that a request means, and those with the very same text, oldest first.

    `item` is the id made from the address, `url` the stored address of an article, `text` a masked passage of
    at least six words (Han characters), looked for in texts, titles and earlier versions. Raises TextTooShort.
    """
    with reading(engine) as connection:
        found = {one.item: one for one in _find_address(connection, item, url)}
        if text is not None:
            found.update((one.item, one) for one in _find_text(connection, text))
        found.update((one.item, one) for one in _find_twins(connection, {one.fingerprint for one in found.values()}))
    return sorted(found.values(), key=lambda one: (one.seen, one.item))


def forget_items(engine: Engine, ids: Collection[str], fingerprints: Collection[str], now: datetime) -> Receipt:
    """Delete `ids` everywhere and bury `ids` and `fingerprints`, whether they are stored or not; one transaction.

    `scrub` has to follow (at once or in the night): it removes the bytes.
    """
    number = f"F-{now:%Y%m%d}-{secrets.token_hex(4)}"
    with writing(engine) as connection:
        rows = [{"item": mark, "at": now, "receipt": number} for mark in sorted({*ids, *fingerprints})]
        insert_or_skip(connection, tombstones, rows)
        return Receipt(number, now, bury(connection, ids))


def bury(connection: Connection, ids: Collection[str]) -> int:
    """Delete `ids` from all tables; returns how many stored or waiting items there were."""
    found: set[str] = set()
    for chunk in in_chunks(ids):
        found.update(connection.scalars(select(documents.c.id).where(documents.c.id.in_(chunk))))
        found.update(connection.scalars(select(intake.c.item).where(intake.c.item.in_(chunk))))
    redact_briefings(connection, ids)
    forget_words(connection, ids)
    erase_documents(connection, ids)
    for chunk in in_chunks(ids):
        for kind, key in TRACES:
            connection.execute(delete(kind).where(key.in_(chunk)))
    return len(found)


def find_buried(connection: Connection) -> set[str]:
    """Items in the tables that have a tombstone, by id or by text (after a backup was restored)."""
    marks = set(connection.scalars(select(tombstones.c.item)))
    found = {one.item for one in _read_queue(connection) if marks & {one.item, one.fingerprint}}
    for chunk in in_chunks(marks):
        stored = documents.c.id.in_(chunk) | documents.c.fingerprint.in_(chunk)
        found.update(connection.scalars(select(documents.c.id).where(stored)))
        found.update(connection.scalars(select(sightings.c.item).where(sightings.c.item.in_(chunk))))
    return found


def _find_address(connection: Connection, item: str | None, url: str | None) -> Iterator[Target]:
    if item is not None:
        yield from _read_targets(connection, documents.c.id == item)
        yield from (one for one in _read_queue(connection) if one.item == item)
    if url is not None:
        yield from _read_targets(connection, documents.c.url == url)


def _find_text(connection: Connection, text: str) -> Iterator[Target]:
    words = [word.text for word in split_words(text)]
    if len(words) < SHORTEST:
        raise TextTooShort(f"Give at least {SHORTEST} words or characters of the text, or its address.")
    if has_index(connection):
        begin = to_match(Phrase(" ".join(words[:LOOKED_UP]))).expression
        numbers = select(_words.c.rowid).where(literal_column(TABLE).op("MATCH")(begin))
        yield from _read_targets(connection, documents.c.n.in_(numbers), words)
    old = select(versions.c.document, versions.c.title, versions.c.text)
    ids = [item for item, title, body in connection.execute(old) if _holds(f"{title or ''}\n{body}", words)]
    for chunk in in_chunks(ids):
        yield from _read_targets(connection, documents.c.id.in_(chunk))
    yield from _read_queue(connection, words)


def _find_twins(connection: Connection, fingerprints: Collection[str]) -> Iterator[Target]:
    for chunk in in_chunks(fingerprints):
        yield from _read_targets(connection, documents.c.fingerprint.in_(chunk))


def _read_targets(connection: Connection, where: ColumnElement[bool], words: Sequence[str] = ()) -> Iterator[Target]:
    columns = (
        documents.c.id, documents.c.fingerprint, documents.c.source, documents.c.seen, documents.c.title,
        documents.c.text,
    )  # fmt: skip
    for item, fingerprint, source, seen, title, text in connection.execute(select(*columns).where(where)):
        if not words or _holds(title or "", words) or _holds(text, words):
            yield Target(item, fingerprint, source, seen)


def _read_queue(connection: Connection, words: Sequence[str] = ()) -> Iterator[Target]:
    for body in connection.scalars(select(intake.c.body)):
        try:
            document = unpack_document(body)
        except ValueError:  # the worker takes unreadable rows out
            continue
        if not words or _holds(document.title or "", words) or _holds(document.text, words):
            yield Target(document.id, document.fingerprint, document.source, document.seen)


def _holds(text: str, words: Sequence[str]) -> bool:
    return bool(find_spans(text, [list(words)]))
