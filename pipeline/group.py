"""Puts stories into events and merges the fragments of one matter.

What links a story to an event: like words (cosine with the event and with its nearest story), a hashtag, a place, a
programme or sum, the kind of matter, the tone; each only as far as it is no coincidence so soon after. What parts them:
another place, programme or sum, no word in common with much that was said. A bare reaction joins what is being talked
about. The weights stand in `pipeline.evidence`, those of a merge in `pipeline.fragments`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from pipeline.chances import Chances, hours
from pipeline.evidence import Link, list_features, weigh_link
from pipeline.fragments import weigh_fragments
from pipeline.kinship import Kinship
from pipeline.live import LiveEvent, Story
from pipeline.model import OUTLET_KINDS, Copy, Document, Placement, Reason, Tags
from pipeline.onsets import Onsets
from pipeline.particulars import particulars_clash
from pipeline.places import places_clash
from pipeline.recall import TALK, Member, Recall
from pipeline.vectors import Rarity, Vector
from pipeline.wording import Reader, Reading

WINDOW_H = 7 * 24.0  # an event without a new story for so long takes no other in
JOIN = 0.0  # log-odds from which a story joins
MAYBE = -2.0  # log-odds under which an event is no candidate for a merge
FRAGMENT = 0.3  # log-odds from which two events are one
ALIKE = 0.5  # cosine from which two events are one matter in other words
TERMS = 5
FORGET_EVERY_H = 6.0
SURE_TOPIC, UNNAMED = 0.5, "other"
TONE = {"negative": -1, "positive": 1}


class EventGrouper:
    """Implements `Grouper`. `names` are all the school is called by: they weigh nothing."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._reader = Reader(names)
        self._rarity = Rarity()
        self._chances = Chances()
        self._onsets = Onsets()
        self._recall = Recall()
        self._kinship = Kinship()
        self._events: dict[str, LiveEvent] = {}
        self._event_of: dict[str, str] = {}
        self._forgotten = 0.0

    # ------------------------------------------------------------ the worker's side

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:
        """The event of `document`; a copy goes where its root is."""
        home = self._find_home(document.id, copy.root)
        if home is not None:
            self._event_of[document.id] = home.id
            home.touch(hours(document.seen))
            return describe(home, Reason("with_original", "A copy goes where its original is."))
        reading = self._reader.read(document)
        story = self._tell(reading, document, tags)
        links = self._weigh(story)
        best = next((link for link in links if link.odds >= JOIN), None)
        if best is None:
            event = self._open(self._free_id(document.id), story.now)
            self._take(document.id, story, reading, event)
            return describe(event, Reason("new_event", "Nothing like it is being talked about."), created=True)
        terms = name_shared(reading, best.event)
        self._take(document.id, story, reading, best.event)
        event, absorbed = self._merge_fragments(best, links)
        return describe(event, best.explain(), terms=terms, absorbed=absorbed)

    def restore(self, document: Document, tags: Tags, copy: Copy, event: str) -> None:
        """Remember a stored document in its event without deciding again."""
        event, now = self.resolve(event), hours(document.seen)
        home = self._events.get(event) or self._open(event, now)
        self._event_of[document.id] = event
        if copy.root is None:
            reading = self._reader.read(document)
            self._take(document.id, self._tell(reading, document, tags), reading, home)
        else:
            home.touch(now)

    def kin(self, event: str, since: datetime) -> tuple[str, ...]:
        """Other events, seen after `since`, that are the same matter in other words."""
        ours = self._events.get(self.resolve(event))
        return tuple(one for one in self.near(event, since) if ours and self._is_kin(ours, self._events[one]))

    def near(self, event: str, since: datetime) -> tuple[str, ...]:
        """Other events, seen after `since`, that have words or features in common with it: no others can be kin."""
        ours, floor = self._events.get(self.resolve(event)), hours(since)
        if ours is None or ours.stories < 2:
            return ()
        near = dict.fromkeys(self.resolve(name) for name in self._recall.relatives(ours))
        others = (self._events.get(name) for name in near if name != ours.id)
        return tuple(other.id for other in others if other and other.stories > 1 and other.touched >= floor)

    def forget(self, before: datetime) -> None:
        """Drop what is older than `before` from memory, a quarter of a day's worth at a time."""
        floor = hours(before)
        if floor < self._forgotten + FORGET_EVERY_H:
            return
        self._forgotten = floor
        self._recall.forget(floor)
        self._chances.forget(floor)
        self._onsets.forget(floor)
        self._events = {name: event for name, event in self._events.items() if event.touched >= floor}
        live = set(self._events)
        self._event_of = {item: event for item, event in self._event_of.items() if self.resolve(event) in live}
        self._recall.keep_events(live)
        self._kinship.forget(live)

    # ------------------------------------------------------------ the officers' side

    def merge(self, kept: str, gone: str) -> None:
        """An officer says that the two are one matter. Takes a split of them back."""
        kept, gone = self.resolve(kept), self.resolve(gone)
        self._kinship.reconcile(kept, gone)
        if kept == gone:
            return
        if kept in self._events and gone in self._events:
            self._absorb(self._events[kept], self._events[gone])
        else:
            self._kinship.join(kept, gone)

    def split(self, event: str, items: Iterable[str]) -> str:
        """An officer says that `items` are another matter than the rest of `event`. Returns the new event's id.

        Copies among the rest follow their stories at their next sighting only; the two are never merged by machine.
        """
        old, chosen = self.resolve(event), sorted(set(items))
        moved, stay = [], []
        for member in self._recall.members():
            if member.id in chosen:
                moved.append(member)
            elif self.resolve(member.event) == old:
                stay.append(member)
        fresh = self._free_id(moved[0].id if moved else chosen[0])
        self._rebuild(fresh, moved)
        self._rebuild(old, stay)
        self._event_of.update(dict.fromkeys(chosen, fresh))
        self.keep_apart(old, fresh)
        return fresh

    def keep_apart(self, one: str, other: str) -> None:
        """Never merge these two by machine. To be repeated after a restart for each split that is on record."""
        self._kinship.part(one, other)

    def resolve(self, event: str) -> str:
        """The event that `event` is now part of."""
        return self._kinship.resolve(event)

    def holds(self, item: str) -> bool:
        """True while the item is in memory."""
        return item in self._event_of

    # ------------------------------------------------------------ deciding

    def _find_home(self, item: str, root: str | None) -> LiveEvent | None:
        for known in (item, root):
            event = None if known is None else self._event_of.get(known)
            if event is not None:
                return self._events.get(self.resolve(event))
        return None

    def _weigh(self, story: Story) -> list[Link]:
        """Links to the events that come into question, the strongest first."""
        cosines: dict[str, float] = {}
        for event, cosine in self._recall.nearest(story, story.now - WINDOW_H):
            event = self.resolve(event)
            cosines[event] = max(cosine, cosines.get(event, 0.0))
        for event in self._recall.suggest(story):
            cosines.setdefault(self.resolve(event), 0.0)
        found = ((self._events.get(event), cosine) for event, cosine in cosines.items())
        live = ((event, cosine) for event, cosine in found if event and event.last >= story.now - WINDOW_H)
        links = [weigh_link(story, event, cosine, self._chances, self._onsets) for event, cosine in live]
        links.sort(key=lambda link: (-link.odds, link.event.first, link.event.id))
        return links

    def _merge_fragments(self, best: Link, links: Sequence[Link]) -> tuple[LiveEvent, tuple[str, ...]]:
        """Merge with the joined event the others that, by the story and by all they say, are the same matter."""
        event, absorbed = best.event, []
        for link in links:
            if link is best or not self._are_one(event, link):
                continue
            older, newer = sorted((event, link.event), key=lambda one: (one.first, one.id))
            self._absorb(older, newer)
            absorbed.append(newer.id)
            event = older
        return event, tuple(absorbed)

    def _are_one(self, event: LiveEvent, link: Link) -> bool:
        if link.odds < MAYBE or self._must_part(event, link.event):
            return False
        return weigh_fragments(event, link, self._chances, self._onsets) >= FRAGMENT

    def _must_part(self, one: LiveEvent, other: LiveEvent) -> bool:
        """True when an officer split them, or they name other places, programmes or sums."""
        return (
            self._kinship.are_apart(one.id, other.id)
            or places_clash(one.main_places(), other.main_places())
            or particulars_clash(one.main_particulars(), other.main_particulars())
        )

    def _is_kin(self, ours: LiveEvent, other: LiveEvent) -> bool:
        if self._must_part(ours, other):
            return False
        if ours.likeness(other) >= ALIKE:
            return True
        places = ours.main_places()
        same_spot = bool(places) and other.shared_place(places) is not None
        return same_spot and not ours.count("matters").keys().isdisjoint(other.count("matters"))

    # ------------------------------------------------------------ remembering

    def _tell(self, reading: Reading, document: Document, tags: Tags) -> Story:
        tone = TONE.get(tags.sentiment.label, 0)
        topics = share_set(tuple(one.topic for one in tags.topics if one.topic != UNNAMED and one.score >= SURE_TOPIC))
        outlet, vector = document.source_kind in OUTLET_KINDS, Vector(reading.terms, self._rarity)
        return Story(reading.wording, vector, tone, hours(document.seen), topics, outlet)

    def _free_id(self, item: str) -> str:
        wish = f"e{item}"
        while wish in self._events or self._kinship.knows(wish):
            wish += "s"
        return wish

    def _open(self, event: str, now: float) -> LiveEvent:
        self._events[event] = found = LiveEvent(event, now, now)
        return found

    def _take(self, item: str, story: Story, reading: Reading, event: LiveEvent) -> None:
        self._onsets.add(event.id, story.tone, story.now)
        event.add(story)
        self._event_of[item] = event.id
        self._recall.add(item, event.id, story)
        if event.stories > 1:
            self._recall.note(event.id, [TALK])
        self._rarity.add(reading.terms)
        for feature in list_features(story.wording):
            self._chances.add(feature, story.now)

    def _absorb(self, kept: LiveEvent, gone: LiveEvent) -> None:
        kept.absorb(gone)
        del self._events[gone.id]
        self._onsets.join(kept.id, gone.id)
        self._kinship.join(kept.id, gone.id)

    def _rebuild(self, event: str, members: Sequence[Member]) -> None:
        """An event from its remembered stories alone; gone when there are none."""
        self._events.pop(event, None)
        self._onsets.drop(event)
        for member in members:
            story, member.event = member.story, event
            home = self._events.get(event) or self._open(event, story.now)
            home.add(story)
            self._onsets.add(event, story.tone, story.now)


@lru_cache(maxsize=1024)
def share_set(names: tuple[str, ...]) -> frozenset[str]:
    """The names as a set, the same object for all who have the same: an empty one alone takes 216 bytes."""
    return frozenset(names)


def describe(
    event: LiveEvent, reason: Reason, created: bool = False, terms: tuple[str, ...] = (), absorbed: tuple[str, ...] = ()
) -> Placement:
    """The placement of an item in `event`."""
    spots = event.main_places()
    said = max(spots, key=lambda place: (event.places()[place], place)).said if spots else None
    return Placement(event.id, created, absorbed, terms, said, reason)


def name_shared(reading: Reading, event: LiveEvent) -> tuple[str, ...]:
    """The story's terms that weigh most in the event, at most `TERMS`."""
    held = event.sums.terms if event.sums else event.seed.vector.as_mapping() if event.seed else {}
    weighed = sorted(((held[number], name) for number, name in reading.names.items() if number in held), reverse=True)
    return tuple(name for _, name in weighed[:TERMS])
