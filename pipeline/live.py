"""One live event: what its stories say together.

Nine of ten events are one story for ever. Such a one is held as its `seed` alone; sums and counts begin with the second.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.places import Place, same_place, vague
from pipeline.vectors import Vector
from pipeline.wording import Wording

Mark = TypeVar("Mark")

HALF_LIFE_H = 96.0
COPIES_KEEP_H = 12.0  # reposts keep a matter fresh for so long after its last story
MOST_TERMS = 160


@dataclass(frozen=True, slots=True)
class Story:
    """A story: what it says, as marks and as a vector; its tone (-1, 0, 1); `now` is its hour since 1970; `topics` are
    those that are sure; `outlet` tells an article from somebody's voice."""

    wording: Wording
    vector: Vector
    tone: int
    now: float
    topics: frozenset[str] = frozenset()
    outlet: bool = False


@dataclass(slots=True)
class Sums:
    """What the stories of a grown event say, counted; `terms` is the sum of vectors, newer ones weighing more."""

    terms: dict[int, float] = field(default_factory=dict)
    length2: float = 0.0
    tags: Counter[str] = field(default_factory=Counter)
    matters: Counter[str] = field(default_factory=Counter)
    places: Counter[Place] = field(default_factory=Counter)
    particulars: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)

    def add(self, story: Story, growth: float) -> None:
        """Count a story in, with the weight `growth`."""
        vector, wording = story.vector, story.wording
        self.length2 += growth * (2.0 * vector.dot(self.terms) + growth * (1.0 if vector.mass else 0.0))
        for term, weight in vector.items():
            self.terms[term] = self.terms.get(term, 0.0) + growth * weight
        if len(self.terms) > 2 * MOST_TERMS:
            self.trim()
        for counter, marks in (
            (self.tags, wording.tags), (self.matters, wording.matters), (self.particulars, wording.particulars)
        ):  # fmt: skip
            counter.update(marks)
        self.places.update(wording.places)
        self.topics.update(story.topics)

    def trim(self) -> None:
        """Keep the heaviest terms."""
        best = sorted(self.terms.items(), key=lambda row: (-row[1], row[0]))[:MOST_TERMS]
        self.terms = dict(best)
        self.length2 = sum(weight * weight for _, weight in best)


@dataclass(slots=True)
class LiveEvent:
    """Times are hours since 1970: of the first and last story, and of the last item, be it a copy."""

    id: str
    first: float
    last: float
    touched: float = 0.0
    stories: int = 0
    negative: int = 0
    positive: int = 0
    seed: Story | None = None
    sums: Sums | None = None

    def add(self, story: Story) -> None:
        """Take a story in."""
        if self.stories:
            self.grow().add(story, self._growth(story.now))
        else:
            self.seed = story
        self.stories += 1
        self.negative += story.tone < 0
        self.positive += story.tone > 0
        self.last = max(self.last, story.now)
        self.touch(story.now)

    def touch(self, now: float) -> None:
        """Something of it, a copy perhaps, was seen."""
        self.touched = max(self.touched, now)

    def active(self) -> float:
        """When it was last talked about: its last story, or copies that came soon after."""
        return max(self.last, min(self.touched, self.last + COPIES_KEEP_H))

    def grow(self) -> Sums:
        """The sums, made from the seed when there are none yet."""
        if self.sums is None:
            self.sums = Sums()
            if self.seed is not None:
                self.sums.add(self.seed, self._growth(self.seed.now))
        return self.sums

    def _growth(self, now: float) -> float:
        return float(2.0 ** ((now - self.first) / HALF_LIFE_H))

    def count(self, sort: str) -> Mapping[str, int]:
        """How many stories have each of the `tags`, `matters` or `particulars`."""
        if self.sums is not None:
            return getattr(self.sums, sort)  # type: ignore[no-any-return]
        return dict.fromkeys(getattr(self.seed.wording, sort), 1) if self.seed else {}

    def places(self) -> Mapping[Place, int]:
        """How many stories name each place."""
        if self.sums is not None:
            return self.sums.places
        return dict.fromkeys(self.seed.wording.places, 1) if self.seed else {}

    def main_topics(self) -> frozenset[str]:
        """The topics that at least a quarter of the most frequent one's stories have."""
        if self.sums is not None:
            return frozenset(often(self.sums.topics))
        return self.seed.topics if self.seed else frozenset()

    def cosine(self, vector: Vector) -> float:
        """Likeness of a story with the whole. 0 for one story alone: the nearest story says it."""
        sums = self.sums
        return vector.dot(sums.terms) / sums.length2**0.5 if sums is not None and sums.length2 > 0 else 0.0

    def likeness(self, other: "LiveEvent") -> float:
        """Cosine of two events."""
        one, two = self.grow(), other.grow()
        small, large = sorted((one.terms, two.terms), key=len)
        product = sum(weight * large.get(term, 0.0) for term, weight in small.items())
        length = (one.length2 * two.length2) ** 0.5
        return product / length if length > 0 else 0.0

    def share(self, times: int) -> float:
        """1 when `times` is a third of the stories or more, less below."""
        return min(1.0, 3.0 * times / self.stories)

    def tone(self) -> int:
        """The tone of more than half of its stories, 0 when there is none."""
        return (2 * self.positive > self.stories) - (2 * self.negative > self.stories)

    def focus(self) -> float:
        """How surely it has one place: the share of the most named one, less when few stories name any. 0 to 1."""
        named = [times for place, times in self.places().items() if not vague(place)]
        return max(named) / (sum(named) + 0.5) if named else 0.0

    def main_places(self) -> frozenset[Place]:
        """The places that at least a quarter of the most named one's stories name."""
        return frozenset(place for place in often(self.places()) if not vague(place))

    def main_particulars(self) -> frozenset[str]:
        """The programmes and sums that at least a quarter of the most named one's stories name."""
        return frozenset(often(self.count("particulars")))

    def shared_place(self, places: frozenset[Place]) -> Place | None:
        """A place of the event that is among `places`, the most named first."""
        for place, _ in sorted(self.places().items(), key=lambda row: (-row[1], row[0])):
            if any(same_place(place, other) for other in places):
                return place
        return None

    def absorb(self, other: "LiveEvent") -> None:
        """Take all of another event in."""
        ours, theirs, growth = self.grow(), other.grow(), self._growth(other.first)
        for term, weight in theirs.terms.items():
            ours.terms[term] = ours.terms.get(term, 0.0) + weight * growth
        ours.trim()
        ours.tags.update(theirs.tags)
        ours.matters.update(theirs.matters)
        ours.places.update(theirs.places)
        ours.particulars.update(theirs.particulars)
        ours.topics.update(theirs.topics)
        self.stories += other.stories
        self.negative += other.negative
        self.positive += other.positive
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        self.touch(other.touched)


def often(counts: Mapping[Mark, int]) -> Iterable[Mark]:
    """Those counted at least a quarter as often as the most counted one."""
    most = max(counts.values(), default=0)
    return (mark for mark, times in counts.items() if 4 * times >= most)
