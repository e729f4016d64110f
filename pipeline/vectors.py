"""Terms weighed by how rare they are now, and vectors small enough to keep one a story."""

import math
from array import array
from collections.abc import Iterator, Mapping

import numpy as np

BUCKETS = 1 << 18
MASK = BUCKETS - 1
HALVE_AFTER = 20_000  # stories: chatter of last year weighs nothing today
COMMON = 1.1  # log of how often a term must be missing to weigh anything
MOST_TERMS = 24


class Rarity:
    """Running document counts of terms in a fixed table (two terms in one bucket only look more common)."""

    def __init__(self) -> None:
        self._count = array("f", bytes(4 * BUCKETS))
        self._stories = 0.0

    def add(self, terms: Mapping[int, float], weight: float = 1.0) -> None:
        """Count one story that holds `terms`."""
        for term in terms:
            self._count[term & MASK] += weight
        self._stories += weight
        if self._stories > HALVE_AFTER:
            np.frombuffer(self._count, np.float32)[:] *= 0.5
            self._stories *= 0.5

    def weigh(self, terms: Mapping[int, float]) -> list[tuple[float, int]]:
        """(weight, term) of the terms that are not common, heaviest first.

        Inverse document frequency: 0 for a term that stands in a third of the stories or more, at most about 10;
        repetition counts by its logarithm.
        """
        count, log, floor = self._count, math.log, math.log(self._stories + 30.0) - COMMON
        found = []
        for term, times in terms.items():
            weight = floor - log(count[term & MASK] + 0.5)
            if weight > 0.0:
                found.append((weight if times == 1.0 else weight * (1.0 + log(times)), term))
        found.sort(reverse=True)
        return found


class Vector:
    """A unit vector of at most `MOST_TERMS` terms, heaviest first; `mass` is its length before (how much is said).

    Held as two packed arrays, 8 bytes a term.
    """

    __slots__ = ("mass", "terms", "weights")

    def __init__(self, terms: Mapping[int, float], rarity: Rarity) -> None:
        best = rarity.weigh(terms)[:MOST_TERMS]
        self.mass = math.sqrt(sum(weight * weight for weight, _ in best))
        self.terms = array("I", [term for _, term in best])
        self.weights = array("f", [weight / self.mass for weight, _ in best])

    def items(self) -> Iterator[tuple[int, float]]:
        """Terms with their weights."""
        return zip(self.terms, self.weights, strict=True)

    def dot(self, other: Mapping[int, float]) -> float:
        """The inner product with a vector that is held as a mapping."""
        get = other.get
        return sum([weight * get(term, 0.0) for term, weight in zip(self.terms, self.weights, strict=True)])

    def as_mapping(self) -> dict[int, float]:
        """The same, for looking up."""
        return dict(zip(self.terms, self.weights, strict=True))
