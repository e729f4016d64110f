"""Giving stored items the tags of today's tagger: a look first, then in batches, each one transaction with its mark.

What the office said of an item holds, and so does what was given with certainty (an upstream or a person had tagged
it). Items that were edited while their batch was being read are left to the worker, which has tagged them itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, delete, func, select

from pipeline.ingest import Tagger
from pipeline.model import Tags
from pipeline.store.engine import reading, writing
from pipeline.store.office import SILENT, move_tags, read_words
from pipeline.store.rows import read_document, read_tags
from pipeline.store.schema import documents, keep
from pipeline.store.statements import insert_or_update

MARK = "retag"
BATCH = 200


class Mark(msgspec.Struct, frozen=True):
    """How far a re-tagging has come: the version it brings, from when on, and the last `n` that is done."""

    version: str
    since: str
    after: int


@dataclass(slots=True)
class Tally:
    """What changes (or has changed): pairs (before, after) of labels and of best topics."""

    items: int = 0
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    topics: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, row: RowMapping, tags: Tags) -> None:
        """Count one item."""
        self.items += 1
        label, topic = tags.sentiment.label, tags.topics[0].topic
        self.labels[row["label"], label] += row["label"] != label
        self.topics[row["topic"], topic] += row["topic"] != topic


class Retagging:
    """One re-tagging of what was seen at or after `since` and was tagged by another version than `tagger`'s."""

    def __init__(self, engine: Engine, tagger: Tagger, since: datetime | None = None) -> None:
        self._engine, self._tagger, self._since = engine, tagger, since
        self.tally = Tally()

    def count_left(self, *, from_mark: bool) -> int:
        """How many items are to be read."""
        with reading(self._engine) as connection:
            after = self._find_mark(connection) if from_mark else 0
            return connection.scalar(select(func.count()).select_from(documents).where(*self._wanted(after))) or 0

    def preview(self) -> Iterator[int]:
        """Read everything and store nothing; yields the size of each batch. Raises StoreUnavailable."""
        after = 0
        while rows := self._read_page(after):
            self._note(self._decide(rows))
            after = rows[-1]["n"]
            yield len(rows)

    def apply(self) -> Iterator[int]:
        """Store the new tags batch by batch, from where an earlier run was ended; yields the size of each batch.

        Raises StoreUnavailable; what was yielded is stored. The mark goes with the last batch.
        """
        with reading(self._engine) as connection:
            after = self._find_mark(connection)
        while rows := self._read_page(after):
            decided = self._decide(rows)
            after = rows[-1]["n"]
            with writing(self._engine) as connection:
                fresh = self._still_so(connection, decided)
                move_tags(connection, fresh)
                insert_or_update(connection, keep, [{"key": MARK, "value": self._write_mark(after)}])
            self._note(fresh)
            yield len(rows)
        with writing(self._engine) as connection:
            connection.execute(delete(keep).where(keep.c.key == MARK))

    def _wanted(self, after: int) -> tuple[ColumnElement[bool], ...]:
        conditions = [documents.c.n > after, documents.c.tagger != self._tagger.version, documents.c.text != ""]
        if self._since is not None:
            conditions.append(documents.c.seen >= self._since)
        return tuple(conditions)

    def _read_page(self, after: int) -> Sequence[RowMapping]:
        query = select(documents).where(*self._wanted(after)).order_by(documents.c.n).limit(BATCH)
        with reading(self._engine) as connection:
            return connection.execute(query).mappings().all()

    def _decide(self, rows: Sequence[RowMapping]) -> list[tuple[RowMapping, Tags]]:
        with reading(self._engine) as connection:
            words = read_words(connection, [row["id"] for row in rows])
        found = self._tagger.tag([read_document(row) for row in rows])
        pairs = [(row, words.get(row["id"], SILENT), tags) for row, tags in zip(rows, found, strict=True)]
        return [(row, said.hold(keep_certain(row, tags))) for row, said, tags in pairs if said.ours]

    def _still_so(
        self, connection: Connection, decided: Sequence[tuple[RowMapping, Tags]]
    ) -> list[tuple[RowMapping, Tags]]:
        """Those that are still there as they were read, with the office's words of this moment."""
        ids = [row["id"] for row, _ in decided]
        now = select(documents).where(documents.c.id.in_(ids))
        there = {row["id"]: row for row in connection.execute(now).mappings()}
        words = read_words(connection, ids)
        kept = []
        for row, tags in decided:
            current, said = there.get(row["id"]), words.get(row["id"], SILENT)
            if current is not None and current["version"] == row["version"] and said.ours:
                kept.append((current, said.hold(tags)))
        return kept

    def _note(self, decided: Sequence[tuple[RowMapping, Tags]]) -> None:
        for row, tags in decided:
            self.tally.add(row, tags)

    def _since_text(self) -> str:
        return self._since.isoformat() if self._since else ""

    def _write_mark(self, after: int) -> str:
        return msgspec.json.encode(Mark(self._tagger.version, self._since_text(), after)).decode()

    def _find_mark(self, connection: Connection) -> int:
        """Where an earlier run of the same re-tagging was ended; 0 when there is none or it was another one."""
        held = connection.scalar(select(keep.c.value).where(keep.c.key == MARK))
        mark = msgspec.json.decode(held, type=Mark) if held else None
        same = mark is not None and (mark.version, mark.since) == (self._tagger.version, self._since_text())
        return mark.after if mark is not None and same else 0


def keep_certain(row: RowMapping, tags: Tags) -> Tags:
    """What is stored with probability 1 was given, not guessed; it stays."""
    stored = read_tags(row)
    tone, topics = tags.sentiment, tags.topics
    if max(stored.sentiment.negative, stored.sentiment.neutral, stored.sentiment.positive) == 1.0:
        tone = stored.sentiment
    if stored.topics and all(one.score == 1.0 for one in stored.topics):
        topics = stored.topics
    return Tags(tone, topics, tags.version)
