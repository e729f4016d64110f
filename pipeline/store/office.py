"""What the office said of single items, and how a shown value is moved with all that is counted from it.

The last word on a field holds: no tagger, edit or re-tagging changes it. What the machine had said stays in
`corrections.machine`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from pipeline.counts import floor_hour
from pipeline.model import Label, Reason, Sentiment, Tags, TopicScore
from pipeline.store.changes import note_changes
from pipeline.store.rollups import Cell, Rollups
from pipeline.store.rows import tag_values
from pipeline.store.schema import corrections, documents, events
from pipeline.store.statements import in_chunks

NOT_OURS = Reason("office_not_ours", "The office says that it is not about the school.")


@dataclass(frozen=True, slots=True)
class Words:
    """The last word of the office on an item; None where it said nothing. `ours` is False after "not about us"."""

    label: Label | None = None
    topic: str | None = None
    ours: bool = True

    def hold(self, tags: Tags) -> Tags:
        """`tags` with what the office said in place of what the machine says."""
        if self.label is not None:
            sure = {name: float(name == self.label) for name in ("negative", "neutral", "positive")}
            tags = replace(tags, sentiment=Sentiment(self.label, **sure))
        if self.topic is not None:
            tags = replace(tags, topics=(TopicScore(self.topic, 1.0),))
        return tags


SILENT = Words()


def read_words(connection: Connection, ids: Sequence[str]) -> dict[str, Words]:
    """The words on those of `ids` that the office spoke of."""
    said: dict[str, dict[str, Any]] = {}
    for chunk in in_chunks(ids):
        query = select(corrections.c.document, corrections.c.field, corrections.c.office)
        rows = connection.execute(query.where(corrections.c.document.in_(chunk)).order_by(corrections.c.n))
        for document, field, office in rows:
            said.setdefault(document, {})[field] = office
    return {
        document: Words(words.get("label"), words.get("topic"), words.get("school") != "no")
        for document, words in said.items()
    }


def cell_of(row: RowMapping) -> Cell:
    """Where a row of `documents` is counted."""
    return Cell(floor_hour(row["charted"]), row["source"], row["topic"], row["label"], row["source_kind"])


def move_tags(connection: Connection, rows: Sequence[tuple[RowMapping, Tags]]) -> None:
    """Give rows of `documents` other tags, in the caller's transaction: columns, hourly counts, the numbers of their
    events, and what projections follow."""
    rollups = Rollups()
    for row, tags in rows:
        values = tag_values(tags)
        connection.execute(update(documents).where(documents.c.n == row["n"]).values(values))
        after = cell_of(row)._replace(topic=values["topic"], label=values["label"])
        rollups.move(cell_of(row), after, row["duplicate_of"] is None)
    rollups.write(connection)
    note_changes(connection, "document", [row["id"] for row, _ in rows])
    _recount(connection, rows)


def _recount(connection: Connection, rows: Sequence[tuple[RowMapping, Tags]]) -> None:
    """Negative stories by difference (old ones may have expired), the topic from the stories that are there."""
    grown: dict[str, int] = {}
    for row, tags in rows:
        if row["event"] is not None and row["duplicate_of"] is None:
            more = (tags.sentiment.label == "negative") - (row["label"] == "negative")
            grown[row["event"]] = grown.get(row["event"], 0) + more
    for event, more in grown.items():
        change_event(connection, event, {"negative": events.c.negative + more})


def change_event(connection: Connection, event: str, values: Mapping[str, Any]) -> None:
    """Write `values` and the topic of most stories (ties go to the name that sorts first, as in the worker)."""
    stories = select(documents.c.topic, func.count()).where(
        documents.c.event == event, documents.c.duplicate_of.is_(None)
    )
    counts = connection.execute(stories.group_by(documents.c.topic)).all()
    fresh = dict(values)
    if counts:
        fresh["topic"] = min(counts, key=lambda pair: (-pair[1], pair[0]))[0]
    connection.execute(update(events).where(events.c.id == event).values(fresh))
    note_changes(connection, "event", [event])
