"""Exact and near copies among the items of the last 14 days.

An item is a copy when the Jaccard index of its 3-grams with an earlier item is at least 0.6, or when at least 0.85
of the shorter of the two (8 grams or more) stands in the other. Candidates come from an index that files every item
under eight of its grams (more for an article) and looks a new one up under its own; the decision itself is always exact.

Notices that differ only in their dates, numbers or places are no copies. In a short text such a difference alone
pulls the index under 0.6; in a long one it does not, so there numbers and places are compared as well.
"""

from array import array
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary
from zlib import crc32

from pipeline.model import Copy, Document, Reason
from pipeline.places import Place, find_places, places_clash
from pipeline.postings import Chains
from pipeline.shingles import find_numbers, hash_shingles, pack, squeeze

KEEP = timedelta(days=14)
REFILE = timedelta(days=1)  # the very same text is filed again only after so long
SAME = 0.6
INSIDE = 0.85
LEAST = 8  # grams that a text needs before "contained in" means anything
KEYS = 8  # grams a short item is filed under; a long one under one in twelve more, up to MOST_KEYS
MOST_KEYS = 96
HOPS = 24  # newest postings looked at under one gram
CHECKS = 12  # candidates compared exactly
LONG = 60  # letters from which numbers and places are compared too


@dataclass(slots=True, weakref_slot=True)
class Remembered:
    """What is kept of an item: its grams (sorted CRC-32), its root, and for long texts its numbers and places.

    `origin` is what was remembered of the root: it outlives the root's 14 days while copies of it still come.
    """

    id: str
    seen: datetime
    root: str | None
    grams: "array[int]"
    whole: int
    origin: "Remembered | None" = None
    numbers: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()


class NearCopies:
    """Implements `Copies`. State in memory: about 500 bytes for an item of 60 letters."""

    def __init__(self, keep: timedelta = KEEP) -> None:
        self._keep = keep
        self._chains = Chains()
        self._first = 0  # number of the oldest remembered item
        self._items: dict[int, Remembered] = {}
        self._next = 0
        self._exact: dict[int, int] = {}
        self._by_id: dict[str, int] = {}
        self._origins: WeakValueDictionary[str, Remembered] = WeakValueDictionary()

    def check(self, document: Document) -> Copy:
        """Whether `document` repeats an item of the last 14 days; remembers it. An item seen again keeps its root."""
        self._expire(document.seen)
        known = self._find(document.id)
        item, grams = read_item(document)
        again = Reason("same_item", "The item itself, seen again.")
        copy = Copy(known.root, again) if known is not None else self._decide(item, grams)
        self._remember(item, copy.root)
        return copy

    def restore(self, document: Document, root: str | None) -> None:
        """Remember a stored document without deciding again."""
        self._expire(document.seen)
        self._remember(read_item(document)[0], root)

    def _find(self, item: str) -> Remembered | None:
        number = self._by_id.get(item, -1)
        return self._items.get(number)

    def _decide(self, item: Remembered, grams: set[int]) -> Copy:
        if not grams:
            return Copy(None, Reason("no_text", "Nothing to compare: no letters or digits."))
        twin = self._items.get(self._exact.get(item.whole, -1))
        if twin is not None:
            return Copy(twin.root or twin.id, Reason("copy_exact", "The same text was seen before.", {"of": twin.id}))
        near = [
            earlier
            for number in self._candidates(choose_keys(item.grams))
            if is_near(item, grams, earlier := self._items[number])
        ]
        for earlier in near:
            if earlier.origin is None or is_near(item, grams, earlier.origin):
                return explain_copy(grams, earlier.origin or earlier)
        if near:  # chains of copies drift: an item is never called a copy of a text that it does not repeat
            return explain_copy(grams, near[0])
        return Copy(None, Reason("new_story", "No earlier item of 14 days has this text."))

    def _candidates(self, keys: "array[int]") -> list[int]:
        """Numbers of the remembered items that were filed under most of `keys`, at most `CHECKS`, oldest first."""
        hits: Counter[int] = Counter()
        for key in keys:
            hits.update(self._chains.newest(key, HOPS))
        live = [(count, number) for number, count in hits.items() if number >= self._first]
        live.sort(reverse=True)
        return sorted(number for _, number in live[:CHECKS])

    def _remember(self, item: Remembered, root: str | None) -> None:
        if root is not None:
            item.root, item.origin = root, self._find(root) or self._origins.get(root)
            if item.origin is not None:
                self._origins[root] = item.origin
        number = self._next
        self._next += 1
        self._items[number] = item
        self._by_id[item.id] = number
        twin = self._items.get(self._exact.get(item.whole, -1))
        if item.grams and (twin is None or item.seen - twin.seen > REFILE):
            self._exact[item.whole] = number
            self._chains.add(choose_keys(item.grams), number, self._first)

    def _expire(self, now: datetime) -> None:
        while self._items and self._items[self._first].seen < now - self._keep:
            gone = self._items.pop(self._first)
            if self._by_id.get(gone.id) == self._first:
                del self._by_id[gone.id]
            if self._exact.get(gone.whole) == self._first:
                del self._exact[gone.whole]
            self._first += 1


def read_item(document: Document) -> tuple[Remembered, set[int]]:
    """What is compared of `document`, and its grams as a set."""
    bare = squeeze(document.body)
    grams = hash_shingles(bare)
    item = Remembered(document.id, document.seen, None, pack(grams), crc32(bare.encode()))
    if len(bare) >= LONG:
        item.numbers = find_numbers(document.body)
        item.places = find_places(document.body)
    return item, grams


def choose_keys(grams: "array[int]") -> "array[int]":
    """The grams under which an item is filed: the smallest hashes, a sample that no reordering changes."""
    return grams[: min(MOST_KEYS, KEYS + len(grams) // 12)]


def measure(grams: set[int], earlier: Remembered) -> tuple[float, float]:
    """Jaccard index with `earlier`, and how much of the shorter stands in the other (0 when it is too short to say)."""
    shared = len(grams.intersection(earlier.grams))
    least = min(len(grams), len(earlier.grams))
    return shared / (len(grams) + len(earlier.grams) - shared), shared / least if least >= LEAST else 0.0


def is_near(item: Remembered, grams: set[int], earlier: Remembered) -> bool:
    """True when `item`, whose grams are `grams`, repeats `earlier`."""
    alike, inside = measure(grams, earlier)
    return (alike >= SAME or inside >= INSIDE) and not look_alike(item, earlier)


def explain_copy(grams: set[int], earlier: Remembered) -> Copy:
    """A copy of `earlier`, and how near it is."""
    alike, inside = measure(grams, earlier)
    if alike >= SAME:
        reason = Reason(
            "copy_near", "Nearly the same text was seen before.", {"of": earlier.id, "alike": round(alike, 2)}
        )
    else:
        reason = Reason(
            "copy_contained", "One text contains the other.", {"of": earlier.id, "inside": round(inside, 2)}
        )
    return Copy(earlier.id, reason)


def look_alike(item: Remembered, earlier: Remembered) -> bool:
    """True when both are long and each names a number or a place that the other does not: two notices of one form."""
    fresh, old = item.numbers - earlier.numbers, earlier.numbers - item.numbers
    return bool(fresh and old) or places_clash(item.places, earlier.places)
