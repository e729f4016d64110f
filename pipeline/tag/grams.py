"""Character n-grams (1 to 3) hashed into a table: TF-IDF without a vocabulary, so it is small and cannot go stale.

Rows are built with numpy alone; the same function serves training and tagging.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Keys = NDArray[np.int64]
BITS = 19
TABLE = 1 << BITS
DIGITS = np.arange(48, 58, dtype=np.uint64)
STEP = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)
SHIFT = np.uint64(64 - BITS)


@dataclass(frozen=True, slots=True)
class GramRows:
    """Sparse rows: for entry i, text `row[i]` holds bucket `bucket[i]` `count[i]` times."""

    texts: int
    row: Keys
    bucket: Keys
    count: Floats


def code_points(text: str) -> NDArray[np.uint64]:
    """Lower-case code points, every digit as 0."""
    points = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    return np.where(np.isin(points, DIGITS), np.uint64(48), points)


def hash_grams(points: NDArray[np.uint64]) -> Keys:
    """Buckets of all 1-, 2- and 3-grams of one text."""
    one = points + np.uint64(1)
    two = one[:-1] * STEP + one[1:]
    three = two[:-1] * STEP + one[2:]
    whole = np.concatenate([one, two, three])
    whole = (whole ^ (whole >> np.uint64(29))) * MIX
    return np.asarray(whole >> SHIFT, np.int64)


def count_grams(texts: Sequence[str]) -> GramRows:
    """Distinct buckets of every text with their counts."""
    hashed = [hash_grams(code_points(text)) for text in texts]
    if not hashed:
        return GramRows(0, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))
    rows = np.repeat(np.arange(len(hashed)), [len(h) for h in hashed])
    keys, counts = np.unique(rows * TABLE + np.concatenate(hashed), return_counts=True)
    return GramRows(len(hashed), keys // TABLE, keys % TABLE, counts.astype(np.float32))


def weigh_grams(grams: GramRows, idf: Floats) -> Floats:
    """Value of every entry: (1 + log count) x idf, rows scaled to length 1."""
    values = (1 + np.log(grams.count)) * idf[grams.bucket]
    length = np.sqrt(np.bincount(grams.row, values**2, grams.texts))
    return (values / np.maximum(length, 1e-9)[grams.row]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class GramHeads:
    """Linear heads over the table. `slot` (TABLE,) leads from a bucket to its row in `weights` (used + 1, heads),
    row 0 being zero for buckets that say nothing; `bias` is (heads,), `idf` (TABLE,)."""

    idf: Floats
    slot: NDArray[np.int32]
    weights: Floats
    bias: Floats

    def score(self, grams: GramRows, values: Floats) -> Floats:
        """(texts, heads) decision values; `values` as from `weigh_grams`."""
        entries = self.weights[self.slot[grams.bucket]]
        parts = [np.bincount(grams.row, values * column, grams.texts) for column in entries.T]
        return (np.stack(parts, axis=1) + self.bias).astype(np.float32)
