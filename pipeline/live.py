"""One live event: what its stories say together."""

from collections import Counter, deque
from dataclasses import dataclass, field

from pipeline.places import Place, same_place, vague
from pipeline.vectors import Vector
from pipeline.wording import Wording

HALF_LIFE_H = 96.0
MOST_TERMS = 160
HOT_H = 24.0


@dataclass(slots=True)
class LiveEvent:
    """`terms` is the sum of its stories' vectors, newer ones weighing more.

    Times are hours since 1970: of the first and last story, and of the last item, be it a copy.
    """

    id: str
    first: float
    last: float
    touched: float = 0.0
    stories: int = 0
    negative: int = 0
    terms: dict[int, float] = field(default_factory=dict)
    length2: float = 0.0
    tags: Counter[str] = field(default_factory=Counter)
    matters: Counter[str] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)
    particulars: Counter[str] = field(default_factory=Counter)
    recent: deque[float] = field(default_factory=deque)

    def add(self, wording: Wording, vector: Vector, negative: bool, now: float) -> None:
        """Take a story in."""
        growth = 2.0 ** ((now - self.first) / HALF_LIFE_H)
        self.length2 += growth * (2.0 * vector.dot(self.terms) + growth * (1.0 if vector.mass else 0.0))
        for term, weight in zip(vector.terms, vector.weights, strict=True):
            self.terms[term] = self.terms.get(term, 0.0) + growth * weight
        if len(self.terms) > 2 * MOST_TERMS:
            self._trim()
        self.tags.update(wording.tags)
        self.matters.update(wording.matters.keys())
        self.places.update(wording.places)
        self.stories += 1
        self.negative += negative
        self.particulars.update(wording.particulars)
        self.last = max(self.last, now)
        self.touch(now)
        self.recent.append(now)

    def touch(self, now: float) -> None:
        """Something of it, a copy perhaps, was seen."""
        self.touched = max(self.touched, now)

    def heat(self, now: float, span: float = HOT_H) -> int:
        """Stories of the last `span` hours."""
        while self.recent and self.recent[0] < now - HOT_H:
            self.recent.popleft()
        return sum(1 for moment in self.recent if moment >= now - span)

    def cosine(self, vector: Vector) -> float:
        """Likeness of a story with the whole."""
        return vector.dot(self.terms) / self.length2**0.5 if self.length2 > 0 else 0.0

    def likeness(self, other: "LiveEvent") -> float:
        """Cosine of two events."""
        small, large = sorted((self, other), key=lambda event: len(event.terms))
        product = sum(weight * large.terms.get(term, 0.0) for term, weight in small.terms.items())
        length = (self.length2 * other.length2) ** 0.5
        return product / length if length > 0 else 0.0

    def share(self, matter: str) -> float:
        """1 when a third of the stories or more are of this kind of matter, less below."""
        return min(1.0, 3.0 * self.matters[matter] / self.stories)

    def main_places(self) -> frozenset[Place]:
        """The places that at least a quarter of the most named one's stories name."""
        most = max(self.places.values(), default=0)
        return frozenset(place for place, times in self.places.items() if 4 * times >= most and not vague(place))

    def main_particulars(self) -> frozenset[str]:
        """The programmes and sums that at least a quarter of the most named one's stories name."""
        most = max(self.particulars.values(), default=0)
        return frozenset(name for name, times in self.particulars.items() if 4 * times >= most)

    def shared_place(self, places: frozenset[Place]) -> Place | None:
        """A place of the event that is among `places`, the most named first."""
        for place, _ in sorted(self.places.items(), key=lambda row: (-row[1], row[0])):
            if any(same_place(place, other) for other in places):
                return place
        return None

    def absorb(self, other: "LiveEvent") -> None:
        """Take all of another event in."""
        for term, weight in other.terms.items():
            self.terms[term] = self.terms.get(term, 0.0) + weight * 2.0 ** ((other.first - self.first) / HALF_LIFE_H)
        self.length2 = sum(weight * weight for weight in self.terms.values())
        self.tags.update(other.tags)
        self.matters.update(other.matters)
        self.places.update(other.places)
        self.particulars.update(other.particulars)
        self.touch(other.touched)
        self.stories += other.stories
        self.negative += other.negative
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.recent = deque(sorted([*self.recent, *other.recent]))

    def _trim(self) -> None:
        best = sorted(self.terms.items(), key=lambda row: (-row[1], row[0]))[:MOST_TERMS]
        self.terms = dict(best)
        self.length2 = sum(weight * weight for _, weight in best)
