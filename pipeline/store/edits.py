"""An item that came again with another text. News and official items keep the earlier text as a version,
a private voice is replaced without a trace."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from pipeline.counts import floor_hour
from pipeline.model import Outcome
from pipeline.store.fulltext import Entry, add_entries, remove_entries
from pipeline.store.office import NOT_OURS, SILENT, Words, read_words
from pipeline.store.rollups import Cell, Rollups
from pipeline.store.rows import is_private, tag_values, text_values
from pipeline.store.schema import documents, versions
from pipeline.store.statements import in_chunks

OLD = (
    documents.c.n, documents.c.id, documents.c.source, documents.c.source_kind, documents.c.title, documents.c.text,
    documents.c.charted, documents.c.topic, documents.c.label, documents.c.event, documents.c.duplicate_of,
    documents.c.version, documents.c.seen,
)  # fmt: skip

Edit = tuple[Outcome, RowMapping]


def load_old(connection: Connection, ids: Sequence[str]) -> dict[str, RowMapping]:
    """The stored documents among `ids`."""
    found: dict[str, RowMapping] = {}
    for chunk in in_chunks(ids):
        rows = connection.execute(select(*OLD).where(documents.c.id.in_(chunk))).mappings()
        found.update((row["id"], row) for row in rows)
    return found


def save_edits(connection: Connection, edits: Sequence[Edit], rollups: Rollups) -> None:
    """Replace texts and tags; times, source, the story it copies and what the office said stay what they were."""
    if not edits:
        return
    words = read_words(connection, [old["id"] for _, old in edits])
    edits = [(_hold(one, words.get(old["id"], SILENT)), old) for one, old in edits]
    _keep_versions(connection, edits)
    remove_entries(connection, [Entry(old["n"], old["title"], old["text"]) for _, old in edits])
    values = [_new_values(outcome, old) for outcome, old in edits]
    fresh: dict[str, Any] = {name: bindparam(f"new_{name}") for name in values[0]}
    rows = [
        {"which": old["n"], **{f"new_{name}": value for name, value in row.items()}}
        for row, (_, old) in zip(values, edits, strict=True)
    ]
    connection.execute(update(documents).where(documents.c.n == bindparam("which")).values(fresh), rows)
    new = [Entry(old["n"], one.document.title, one.document.text) for one, old in edits]
    add_entries(connection, new)
    for outcome, old in edits:
        if words.get(old["id"], SILENT).ours:
            _move_count(rollups, outcome, old)


def _hold(outcome: Outcome, words: Words) -> Outcome:
    """The outcome with the office's words in it; what it called not ours goes into no event."""
    if words.ours:
        return replace(outcome, tags=words.hold(outcome.tags))
    disposition = replace(outcome.disposition, reason=NOT_OURS)
    return replace(outcome, tags=words.hold(outcome.tags), placement=None, disposition=disposition)


def _keep_versions(connection: Connection, edits: Sequence[Edit]) -> None:
    """`versions.seen` is when that text was found replaced."""
    rows = [
        {"document": old["id"], "version": old["version"], "seen": one.document.seen, "title": old["title"],
         "text": old["text"]}
        for one, old in edits
        if not is_private(old["source_kind"])
    ]  # fmt: skip
    if rows:
        connection.execute(insert(versions), rows)


def _new_values(outcome: Outcome, old: RowMapping) -> dict[str, Any]:
    placed = outcome.placement.event if outcome.placement else old["event"]
    return {
        **text_values(outcome.document), **tag_values(outcome.tags), "event": placed, "withdrawn": None,
        "reason": outcome.disposition.reason.as_json(), "version": old["version"] + 1,
    }  # fmt: skip


def _move_count(rollups: Rollups, outcome: Outcome, old: RowMapping) -> None:
    before = Cell(floor_hour(old["charted"]), old["source"], old["topic"], old["label"], old["source_kind"])
    after = before._replace(topic=outcome.tags.topics[0].topic, label=outcome.tags.sentiment.label)
    rollups.move(before, after, old["duplicate_of"] is None)
