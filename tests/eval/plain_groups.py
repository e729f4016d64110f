"""The plain way to group, to be compared with: the nearest centroid of character pairs, nothing else."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from pipeline.model import Copy, Document, Placement, Reason, Tags

JOIN = 0.12  # the best of .12 to .30 on a made-up stream
WINDOW = timedelta(days=4)
WHY = Reason("plain", "Nearest centroid.")
Weights = dict[str, float]


class PlainGroups:
    """Implements `Grouper`: TF-IDF of character pairs, running document counts, no places, no merges."""

    def __init__(self) -> None:
        self._seen, self._texts = Counter[str](), 0
        self._centroids: dict[str, Weights] = {}
        self._last: dict[str, datetime] = {}
        self._home: dict[str, str] = {}

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:
        """The nearest event of the last days, or a new one."""
        event = self._home.get(copy.root or "")
        created = False
        if event is None:
            vector = self._weigh(document.body)
            event = self._nearest(vector, document.seen)
            created = event is None
            event = event or f"e{document.id}"
            centroid = self._centroids.setdefault(event, {})
            for pair, weight in vector.items():
                centroid[pair] = centroid.get(pair, 0.0) + weight
        self._home[document.id], self._last[event] = event, document.seen
        return Placement(event, created, (), (), None, WHY)

    def _weigh(self, text: str) -> Weights:
        pairs = Counter(text[at : at + 2] for at in range(max(1, len(text) - 1)))
        self._seen.update(pairs.keys())
        self._texts += 1
        rare = {pair: math.log(1 + self._texts / self._seen[pair]) for pair in pairs}
        length = math.sqrt(sum((pairs[pair] * rare[pair]) ** 2 for pair in pairs)) or 1.0
        return {pair: pairs[pair] * rare[pair] / length for pair in pairs}

    def _nearest(self, vector: Weights, now: datetime) -> str | None:
        best, most = None, JOIN
        for event, centroid in self._centroids.items():
            if self._last[event] < now - WINDOW:
                continue
            length = math.sqrt(sum(weight * weight for weight in centroid.values()))
            likeness = sum(weight * centroid.get(pair, 0.0) for pair, weight in vector.items()) / length
            if likeness >= most:
                best, most = event, likeness
        return best

    def kin(self, event: str, since: datetime) -> tuple[str, ...]:
        """Nothing is kin."""
        return ()

    def forget(self, before: datetime) -> None:
        """Drop what is older than `before`."""
        old = [event for event, last in self._last.items() if last < before]
        for event in old:
            del self._last[event], self._centroids[event]

    def restore(self, document: Document, tags: Tags, copy: Copy, event: str) -> None:
        """Not needed: a replay starts empty."""
        self._home[document.id] = event

    def merge(self, kept: str, gone: str) -> None:
        """No officer is there."""

    def split(self, event: str, items: Iterable[str]) -> str:
        """No officer is there."""
        return event

    def keep_apart(self, one: str, other: str) -> None:
        """No officer is there."""

    def resolve(self, event: str) -> str:
        """Nothing is ever merged."""
        return event

    def holds(self, item: str) -> bool:
        """Nothing is ever deleted."""
        return item in self._home
