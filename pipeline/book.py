"""The open matters in memory: what each event has, who was told, and the facts a judge gets of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model import (
    OUTLET_KINDS,
    REACHES,
    Alert,
    Copy,
    Document,
    Event,
    EventFacts,
    Placement,
    Reach,
    Severity,
    Story,
    Tags,
    Volume,
)
from pipeline.titles import make_title, showable_terms

STORY_DAYS = timedelta(days=14)
CLEAR_TOPIC = 0.4


@dataclass(slots=True)
class Matter:
    """One event while it lives. Counters are since its beginning, `stories` of the last 14 days."""

    id: str
    first_seen: datetime
    last_seen: datetime
    status: Literal["open", "closed"] = "open"
    items: int = 0
    story_count: int = 0
    negative: int = 0
    voices_met: int = 0
    headline: str | None = None
    place: str | None = None
    reach: Reach | None = None
    terms: tuple[str, ...] = ()
    stories: list[Story] = field(default_factory=list)
    told: list[Alert] = field(default_factory=list)
    outlets: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    topics: Counter[str] = field(default_factory=Counter)
    phrases: Counter[str] = field(default_factory=Counter)

    @property
    def topic(self) -> str:
        """The topic of most stories; ties go to the name that sorts first, so that it never flickers."""
        return min(self.topics, key=lambda name: (-self.topics[name], name), default="other")

    @property
    def title(self) -> str:
        """What the event is called now."""
        phrase = min(self.phrases, key=lambda name: (-self.phrases[name], name), default=None)
        return make_title(self.headline, self.place, phrase, self.topic)

    @property
    def severity(self) -> Severity | None:
        """The highest severity told so far."""
        return max((alert.severity for alert in self.told), key=lambda level: level.rank, default=None)


class EventBook:
    """Matters by id. Not thread-safe: one worker owns it."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        self._matters: dict[str, Matter] = {}
        self._phrases = tuple(phrases)
        self._last_told: datetime | None = None

    def __contains__(self, event: str) -> bool:
        return event in self._matters

    def get(self, event: str) -> Matter:
        """The matter called `event`. Raises KeyError."""
        return self._matters[event]

    def restore(self, matter: Matter) -> None:
        """Take over a stored matter with what was told of it."""
        self._matters[matter.id] = matter
        for alert in matter.told:
            self._last_told = max(self._last_told or alert.at, alert.at)

    def remember(self, event: str, document: Document, tags: Tags, copy: Copy) -> None:
        """Give a restored matter back one of its stored items; its counters hold them already."""
        matter = self._matters.get(event)
        if matter is None:
            return
        matter.sources.add(document.source)
        if not document.private:
            matter.outlets.add(document.source)
            matter.headline = matter.headline or document.title
        matter.phrases.update(self._find_phrases(document))
        if copy.root is None:
            story = make_story(document, tags)
            matter.stories.append(story)
            matter.topics[story.topics[0]] += 1

    def add(self, document: Document, tags: Tags, copy: Copy, placement: Placement) -> tuple[Matter, tuple[str, ...]]:
        """Put an item into its matter; returns the matter and the watchwords the item contains."""
        matter = self._matters.get(placement.event)
        if matter is None:
            matter = self._matters[placement.event] = Matter(placement.event, document.seen, document.seen)
        for gone in placement.absorbed:
            self.merge(placement.event, gone)
        found = self._find_phrases(document)
        self._count(matter, document, tags, copy)
        matter.place, matter.terms = placement.place or matter.place, placement.terms or matter.terms
        matter.phrases.update(found)
        return matter, found

    def _find_phrases(self, document: Document) -> tuple[str, ...]:
        body = document.body.casefold()
        return tuple(phrase for phrase in self._phrases if phrase.casefold() in body)

    def _count(self, matter: Matter, document: Document, tags: Tags, copy: Copy) -> None:
        matter.items += 1
        matter.last_seen = max(matter.last_seen, document.seen)
        matter.sources.add(document.source)
        if not document.private:
            matter.outlets.add(document.source)
            matter.headline = matter.headline or document.title
            matter.reach = wider(matter.reach, document.reach)
        if copy.root is None:
            self._count_story(matter, document, tags)

    def _count_story(self, matter: Matter, document: Document, tags: Tags) -> None:
        story = make_story(document, tags)
        oldest = document.seen - STORY_DAYS
        if matter.stories and matter.stories[0].seen < oldest:
            matter.stories = [one for one in matter.stories if one.seen >= oldest]
        matter.stories.append(story)
        matter.story_count += 1
        matter.negative += story.label == "negative"
        matter.topics[story.topics[0]] += 1

    def merge(self, kept: str, gone: str) -> None:
        """Let `kept` take over everything of `gone`; unknown ids are left alone."""
        other = self._matters.pop(gone, None)
        matter = self._matters.get(kept)
        if other is None:
            return
        if matter is None:
            other.id = kept
            self._matters[kept] = other
            return
        matter.first_seen = min(matter.first_seen, other.first_seen)
        matter.last_seen = max(matter.last_seen, other.last_seen)
        matter.items += other.items
        matter.story_count += other.story_count
        matter.negative += other.negative
        matter.headline = matter.headline or other.headline
        matter.place = matter.place or other.place
        matter.reach = wider(matter.reach, other.reach)
        matter.stories = sorted(matter.stories + other.stories, key=lambda story: story.seen)
        matter.told = sorted(matter.told + other.told, key=lambda alert: alert.at)
        matter.outlets |= other.outlets
        matter.sources |= other.sources
        matter.topics += other.topics
        matter.phrases += other.phrases
        matter.voices_met = max(matter.voices_met, other.voices_met)

    def facts(
        self, matter: Matter, item: str, is_copy: bool, phrases: tuple[str, ...],
        voices: Callable[[timedelta], int], volume: Callable[[], Volume],
    ) -> EventFacts:  # fmt: skip
        """What the judge sees after `item` has joined `matter`, without alerts of kin."""
        topics = tuple(name for name, _ in matter.topics.most_common())
        return EventFacts(
            event=matter.id, item=item, is_copy=is_copy, title=matter.title, place=matter.place, topics=topics,
            status=matter.status, stories=tuple(matter.stories), voices=voices, told=tuple(matter.told),
            kin=(), phrases=phrases, volume=volume,
        )  # fmt: skip

    def told_of(self, events: Sequence[str], since: datetime) -> tuple[Alert, ...]:
        """What was told of `events` since; the same trouble may come back after a month and is new then."""
        ledgers = (self.get(event).told for event in events if event in self)
        return tuple(alert for told in ledgers for alert in told if alert.at >= since)

    def tell(self, matter: Matter, alert: Alert) -> None:
        """Enter an alert into the ledger of its matter."""
        matter.told.append(alert)
        self._last_told = max(self._last_told or alert.at, alert.at)

    def told_since(self, since: datetime) -> bool:
        """True when any event was told of after `since`."""
        return self._last_told is not None and self._last_told >= since

    def quiet(self, before: datetime) -> list[Matter]:
        """Open matters whose last item came before `before`, oldest first."""
        found = [one for one in self._matters.values() if one.status == "open" and one.last_seen < before]
        return sorted(found, key=lambda one: (one.last_seen, one.id))

    def forget(self, before: datetime) -> None:
        """Drop closed matters whose last item came before `before`."""
        self._matters = {
            key: one for key, one in self._matters.items() if one.status == "open" or one.last_seen >= before
        }


def revive(event: Event, held: Sequence[tuple[str, str]]) -> Matter:
    """A stored event as it lives in memory, without its stories; `held` are its (source, source kind)."""
    return Matter(
        id=event.id, first_seen=event.first_seen, last_seen=event.last_seen, status=event.status, items=event.items,
        story_count=event.stories, negative=event.negative, voices_met=event.voices_met,
        headline=event.title if event.outlets else None, place=event.place, reach=event.reach, terms=event.terms,
        outlets={source for source, kind in held if kind in OUTLET_KINDS},
        sources={source for source, _ in held}, topics=Counter({event.topic: 0}),
    )  # fmt: skip


def wider(one: Reach | None, other: Reach | None) -> Reach | None:
    """The wider of two reaches."""
    return max((reach for reach in (one, other) if reach), key=REACHES.index, default=None)


def make_story(document: Document, tags: Tags) -> Story:
    """The item as rules see it: its best topic, and others only when the tagger is rather sure of them (a lost pair of
    glasses that is also, by a quarter, about safety must not ring a safety rule)."""
    best, *others = tags.topics
    topics = (best.topic, *(one.topic for one in others if one.score >= CLEAR_TOPIC))
    return Story(
        id=document.id, seen=document.seen, source=document.source, source_kind=document.source_kind,
        reach=document.reach, label=tags.sentiment.label, topics=topics,
        history=document.history,
    )  # fmt: skip


def snapshot(matter: Matter) -> Event:
    """The matter as it is stored and shown."""
    return Event(
        id=matter.id, title=matter.title, status=matter.status, first_seen=matter.first_seen,
        last_seen=matter.last_seen, items=matter.items, stories=matter.story_count, outlets=len(matter.outlets),
        sources=len(matter.sources), voices_met=matter.voices_met, negative=matter.negative, topic=matter.topic,
        reach=matter.reach, place=matter.place, severity=matter.severity,
        terms=showable_terms(matter.terms, matter.voices_met, len(matter.outlets)),
    )  # fmt: skip
