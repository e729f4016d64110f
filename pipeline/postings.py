"""An inverted index in three flat arrays: newest first, 8 bytes a posting, forgetting without a pause.

Postings stand in a ring in the order in which they came. `heads[bucket]` is the number of the newest posting of a
bucket and each posting holds the number of the one before it, so a walk runs from new to old and ends at the first
number that the ring has already overwritten. Two keys may share a bucket: what is found is a candidate, no match.
"""

from array import array
from collections.abc import Iterable

BUCKETS = 1 << 18
FIRST_RING = 1 << 14


class Chains:
    """Maps 32-bit keys to the documents (small numbers, growing) that were filed under them."""

    def __init__(self, buckets: int = BUCKETS) -> None:
        self._mask = buckets - 1
        self._heads = array("i", bytes(4 * buckets))
        self._size = FIRST_RING
        self._owner = array("i", bytes(4 * FIRST_RING))
        self._before = array("i", bytes(4 * FIRST_RING))
        self._next = 1  # number of the next posting; 0 means none

    def add(self, keys: Iterable[int], document: int, oldest: int) -> None:
        """File `document` under `keys`. The ring grows while its oldest posting is of a document >= `oldest`."""
        heads, mask = self._heads, self._mask
        for key in keys:
            number = self._next
            slot = number % self._size
            if number > self._size and self._owner[slot] >= oldest:
                self._grow()
                slot = number % self._size
            bucket = key & mask
            self._owner[slot] = document
            self._before[slot] = heads[bucket]
            heads[bucket] = number
            self._next = number + 1

    def newest(self, key: int, limit: int) -> list[int]:
        """Up to `limit` documents filed under `key`, newest first."""
        number, end = self._heads[key & self._mask], max(self._next - self._size, 1)
        owner, before, size = self._owner, self._before, self._size
        found = []
        while number >= end and limit > 0:
            slot = number % size
            found.append(owner[slot])
            number = before[slot]
            limit -= 1
        return found

    def _grow(self) -> None:
        """Double the ring, each posting in the slot of its number."""
        old, owner, before = self._size, self._owner, self._before
        self._size = old * 2
        self._owner = array("i", bytes(4 * self._size))
        self._before = array("i", bytes(4 * self._size))
        for number in range(self._next - old, self._next):
            self._owner[number % self._size] = owner[number % old]
            self._before[number % self._size] = before[number % old]
