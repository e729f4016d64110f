"""Finds the few events that a story could belong to; the cost does not grow with the number of events."""

from dataclasses import dataclass

from pipeline.evidence import is_bare, list_features, place_key
from pipeline.live import LiveEvent, Story
from pipeline.postings import Chains

KEYS = 10  # heaviest terms of a story under which it is filed and looked up
HOPS = 12  # newest stories looked at under one term
NEAREST = 10  # stories compared exactly
LEAST = 0.03  # squared weight that must be shared before two stories are compared
LATEST = 8  # events remembered for a feature, the latest active first
TALK = "*"  # the feature of events that more than one story tells
TONES = {-1: "!-", 1: "!+"}  # the feature of events that lately had a complaint, or praise


@dataclass(slots=True)
class Member:
    """A remembered story and the event that it was put into."""

    id: str
    event: str
    story: Story


class Recall:
    """Remembered stories by their terms, and events by their features."""

    def __init__(self) -> None:
        self._chains = Chains()
        self._members: dict[int, Member] = {}
        self._next = 0
        self._first = 0
        self._latest: dict[str, list[str]] = {}

    def add(self, item: str, event: str, story: Story) -> None:
        """Remember a story."""
        number, self._next = self._next, self._next + 1
        self._members[number] = Member(item, event, story)
        self._chains.add(story.vector.terms[:KEYS], number, self._first)
        self.note(event, list_features(story.wording))
        if story.tone:
            self.note(event, [TONES[story.tone]])

    def note(self, event: str, features: list[str]) -> None:
        """`event` was the latest to have `features`."""
        for feature in features:
            row = self._latest.setdefault(feature, [])
            if row and row[0] == event:
                continue
            if event in row:
                row.remove(event)
            row.insert(0, event)
            del row[LATEST:]

    def nearest(self, story: Story, since: float) -> list[tuple[str, float]]:
        """Events of the stories seen after `since` that are most like this one, with the cosine."""
        shared: dict[int, float] = {}
        for term, weight in zip(story.vector.terms[:KEYS], story.vector.weights, strict=False):
            square = weight * weight
            for number in self._chains.newest(term, HOPS):
                shared[number] = shared.get(number, 0.0) + square
        best = sorted(((value, number) for number, value in shared.items() if value >= LEAST), reverse=True)[:NEAREST]
        own = story.vector.as_mapping()
        found = []
        for _, number in best:
            member = self._members.get(number)
            if member is not None and member.story.now >= since:
                found.append((member.event, member.story.vector.dot(own)))
        return found

    def suggest(self, story: Story) -> list[str]:
        """Events that lately had one of the story's features; for a bare reaction, complaint or praise also those
        that are talked about, and the latest of its tone: what they have in common may be no word at all."""
        features = list_features(story.wording)
        if story.tone:
            features.append(TONES[story.tone])
        if story.tone or is_bare(story):
            features.append(TALK)
        return [event for feature in features for event in self._latest.get(feature, ())]

    def relatives(self, event: LiveEvent) -> list[str]:
        """Events of the stories that share the event's heaviest terms, and those that lately had its features."""
        sums = event.grow()
        heaviest = sorted(sums.terms.items(), key=lambda row: (-row[1], row[0]))[:KEYS]
        numbers = (number for term, _ in heaviest for number in self._chains.newest(term, HOPS))
        members = (self._members.get(number) for number in dict.fromkeys(numbers))
        places = [place_key(place) for place in sorted(sums.places)]
        features = [*(f"#{tag}" for tag in sums.tags), *sums.matters, *places, *sums.particulars]
        lately = [name for feature in features for name in self._latest.get(feature, ())]
        return [member.event for member in members if member is not None] + lately

    def members(self) -> list[Member]:
        """All remembered stories in the order in which they came."""
        return list(self._members.values())

    def forget(self, before: float) -> None:
        """Drop stories older than `before`."""
        while self._first < self._next and self._members[self._first].story.now < before:
            del self._members[self._first]
            self._first += 1

    def keep_events(self, live: set[str]) -> None:
        """Drop features of events that are gone."""
        rows = ((feature, [event for event in row if event in live]) for feature, row in self._latest.items())
        self._latest = {feature: row for feature, row in rows if row}
