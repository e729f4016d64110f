"""Taking documents out of every table that knows their words. Used by deletion on request and by retention.

Hourly counts and the numbers of events stay: they are about the school, not about anybody's words.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select, update

from pipeline.model import PRIVATE_KINDS
from pipeline.store.changes import note_changes, note_gone
from pipeline.store.fulltext import Entry, add_entries, remove_entries
from pipeline.store.response_erase import forget_cited
from pipeline.store.schema import corrections, documents, events, private_links, versions, voice_tokens
from pipeline.store.schema_collecting import evidence, rechecks
from pipeline.store.schema_desk import former_tags
from pipeline.store.statements import in_chunks
from pipeline.titles import make_title

TITLE = 80
READ_FOR_TERMS = 500
BELONGINGS = (
    (versions, versions.c.document), (private_links, private_links.c.document),
    (voice_tokens, voice_tokens.c.document), (corrections, corrections.c.document),
    (evidence, evidence.c.document), (rechecks, rechecks.c.document), (former_tags, former_tags.c.document),
)  # fmt: skip

_wanted = (
    documents.c.n, documents.c.id, documents.c.title, documents.c.text, documents.c.event, documents.c.duplicate_of,
    documents.c.seen,
)  # fmt: skip


def erase_documents(connection: Connection, ids: Collection[str]) -> int:
    """Delete the documents `ids` with everything that hangs on them; returns how many there were."""
    erased: list[RowMapping] = []
    forget_cited(connection, ids)
    for chunk in in_chunks(ids):
        rows = connection.execute(select(*_wanted).where(documents.c.id.in_(chunk))).mappings().all()
        remove_entries(connection, [Entry(row["n"], row["title"], row["text"]) for row in rows])
        for table, column in BELONGINGS:
            connection.execute(delete(table).where(column.in_(chunk)))
        connection.execute(delete(documents).where(documents.c.id.in_(chunk)))
        erased += rows
    for row in erased:
        if row["duplicate_of"] is None:
            _promote_copy(connection, row["id"])
    _repair_events(connection, erased)
    note_gone(connection, {row["id"]: f"{row['seen']:%Y-%m}" for row in erased})
    return len(erased)


def blank_documents(connection: Connection, rows: Sequence[RowMapping]) -> None:
    """Drop the text of `rows` (with n, id, title, text), its earlier versions and its copies; title and link stay, findable."""
    ids = [row["id"] for row in rows]
    remove_entries(connection, [Entry(row["n"], row["title"], row["text"]) for row in rows])
    for chunk in in_chunks(ids):
        connection.execute(delete(versions).where(versions.c.document.in_(chunk)))
        connection.execute(update(evidence).where(evidence.c.document.in_(chunk)).values(warc=None))
        connection.execute(update(documents).where(documents.c.id.in_(chunk)).values(text=""))
    add_entries(connection, [Entry(row["n"], row["title"], "") for row in rows])
    note_changes(connection, "document", ids)


def _promote_copy(connection: Connection, root: str) -> None:
    """The earliest copy of an erased story becomes the story, so that its matter does not lose it."""
    copies = select(documents.c.id).where(documents.c.duplicate_of == root).order_by(documents.c.n).limit(1)
    heir = connection.scalar(copies)
    if heir is None:
        return
    copies = select(documents.c.id).where(documents.c.duplicate_of == root)
    note_changes(connection, "document", connection.scalars(copies).all())
    connection.execute(update(documents).where(documents.c.id == heir).values(duplicate_of=None))
    connection.execute(update(documents).where(documents.c.duplicate_of == root).values(duplicate_of=heir))


def _repair_events(connection: Connection, erased: Sequence[RowMapping]) -> None:
    """An event must not go on carrying the headline or the words of an erased item."""
    titles: dict[str, set[str]] = {}
    for row in erased:
        if row["event"] is not None:
            titles.setdefault(row["event"], set()).add((row["title"] or "")[:TITLE])
    for event, gone in titles.items():
        found = connection.execute(select(events).where(events.c.id == event)).mappings().first()
        if found is not None:
            _repair_event(connection, found, gone)
    note_changes(connection, "event", titles)


def _repair_event(connection: Connection, event: RowMapping, gone: Collection[str]) -> None:
    left = select(documents.c.title, documents.c.text, documents.c.source_kind).where(documents.c.event == event["id"])
    rows = connection.execute(left.order_by(documents.c.n).limit(READ_FOR_TERMS)).all()
    fresh: dict[str, Any] = {"terms": [term for term in event["terms"] if _is_said(term, rows)]}
    if event["title"] in gone:
        headlines = (title for title, _, kind in rows if title and kind not in PRIVATE_KINDS)
        fresh["title"] = make_title(next(headlines, None), event["place"], None, event["topic"])
    connection.execute(update(events).where(events.c.id == event["id"]).values(fresh))


def _is_said(term: str, rows: Sequence[Any]) -> bool:
    return any(term in (title or "") or term in text for title, text, _ in rows)
