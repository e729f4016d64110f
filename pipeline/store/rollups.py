"""Counts that are kept for good: added up for a batch in memory, written once in the saving transaction."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from pipeline.counts import floor_hour
from pipeline.model import Tags
from pipeline.store.schema import arrivals, hourly
from pipeline.store.statements import insert_or_add


class Cell(NamedTuple):
    """One cell of the hourly counts."""

    hour: datetime
    source: str
    topic: str
    label: str
    source_kind: str


class Rollups:
    """What a batch adds to `hourly` and `arrivals`."""

    def __init__(self) -> None:
        self._items: Counter[Cell] = Counter()
        self._stories: Counter[Cell] = Counter()
        self._arrived: Counter[datetime] = Counter()

    def count(self, charted: datetime, source: str, source_kind: str, tags: Tags, is_story: bool) -> None:
        """Count an item where the charts show it."""
        cell = Cell(floor_hour(charted), source, tags.topics[0].topic, tags.sentiment.label, source_kind)
        self.move(None, cell, is_story)

    def move(self, old: Cell | None, new: Cell, is_story: bool) -> None:
        """Take an item out of `old` and count it in `new`."""
        if old is not None:
            self.add(old, is_story, -1)
        self.add(new, is_story)

    def add(self, cell: Cell, is_story: bool, sign: int = 1) -> None:
        """Count an item in `cell`; with sign -1 take it out."""
        self._items[cell] += sign
        self._stories[cell] += sign * is_story

    def arrive(self, seen: datetime) -> None:
        """Count a story in the hour in which it was seen."""
        self._arrived[floor_hour(seen)] += 1

    def write(self, connection: Connection) -> None:
        """Add everything to the tables."""
        cells = [
            {**cell._asdict(), "items": items, "stories": self._stories[cell]}
            for cell, items in self._items.items()
            if items or self._stories[cell]
        ]
        insert_or_add(connection, hourly, cells, ("items", "stories"))
        hours = [{"hour": hour, "stories": count} for hour, count in self._arrived.items()]
        insert_or_add(connection, arrivals, hours, ("stories",))
