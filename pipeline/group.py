"""Puts stories into events and merges the fragments of one matter.

What links a story to an event: like words (cosine with the event and with its nearest story), a hashtag, a place, the
kind of matter; each of the last three only as far as it is no coincidence. What parts them: another place of the
same kind. A bare reaction joins what is being talked about right now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.chains import Chains
from pipeline.chances import Chances, hours
from pipeline.live import LiveEvent
from pipeline.model import Copy, Document, Placement, Reason, Tags
from pipeline.places import Place, places_clash, vague
from pipeline.vectors import Rarity, Vector
from pipeline.wording import Reader, Wording

WINDOW_H = 120.0  # an event without a story for so long takes no new one in
KEYS = 14
HOPS = 12
NEAREST = 16
JOIN = 0.55
MERGE = 0.75


@dataclass(slots=True)
class Member:
    """A story as the index knows it."""

    id: str
    event: str
    seen: float
    vector: Vector
    wording: Wording


@dataclass(frozen=True, slots=True)
class Link:
    """How strongly a story belongs to an event, and by what."""

    event: LiveEvent
    score: float
    words: float
    tag: float
    place: float
    matter: float


class EventGrouper:
    """Implements `Grouper`."""

    def __init__(self, names: Sequence[str] = (), window: timedelta = timedelta(hours=WINDOW_H)) -> None:
        self._reader = Reader(names)
        self._window = window.total_seconds() / 3600.0
        self._rarity = Rarity()
        self._chances = Chances()
        self._chains = Chains()
        self._members: dict[int, Member] = {}
        self._next = 0
        self._first = 0
        self._events: dict[str, LiveEvent] = {}
        self._event_of: dict[str, str] = {}
        self._alias: dict[str, str] = {}
        self._by_tag: dict[str, str] = {}
        self._apart: set[tuple[str, str]] = set()

    # ------------------------------------------------------------ the protocol

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:
        """The event of `document`; a copy goes where its root is."""
        now = hours(document.seen)
        wording = self._reader.read(document)
        home = self._home(document, copy)
        if home is not None:
            self._event_of[document.id] = home.id
            home.touch(now)
            return self._placed(home, wording, (), Reason("copy_of_member", "A copy goes where its original is."))
        vector = Vector(wording.terms, self._rarity)
        links = self._weigh(wording, vector, now)
        return self._settle(document, wording, vector, links, now)

    def restore(self, document: Document, tags: Tags, copy: Copy, event: str) -> None:
        """Remember a stored document in its event without deciding again."""
        now = hours(document.seen)
        home = self._events.get(self.resolve(event)) or self._open(event, now)
        self._event_of[document.id] = home.id
        if copy.root is not None:
            home.touch(now)
            return
        wording = self._reader.read(document)
        self._take(document, wording, Vector(wording.terms, self._rarity), home, now)

    def kin(self, event: str, since: datetime) -> tuple[str, ...]:
        """Other events, seen after `since`, that are the same matter in other words."""
        ours = self._events.get(self.resolve(event))
        if ours is None:
            return ()
        floor = hours(since)
        return tuple(
            other.id for other in self._events.values()
            if other is not ours and other.stories > 1 and other.last >= floor and self._is_kin(ours, other)
        )  # fmt: skip

    def forget(self, before: datetime) -> None:
        """Drop what is older than `before` from memory."""
        floor = hours(before)
        self._forget_members(floor)
        for event in [event for event in self._events.values() if event.last < floor]:
            del self._events[event.id]
        self._event_of = {item: event for item, event in self._event_of.items() if self.resolve(event) in self._events}
        self._by_tag = {tag: event for tag, event in self._by_tag.items() if self.resolve(event) in self._events}
        self._chances.forget(floor - 60 * 24)

    # ------------------------------------------------------------ officers

    def merge(self, kept: str, gone: str) -> None:
        """An officer says that the two are one matter."""
        kept, gone = self.resolve(kept), self.resolve(gone)
        self._apart = {(a, b) for a, b in self._apart if pair(self.resolve(a), self.resolve(b)) != pair(kept, gone)}
        if kept != gone and kept in self._events and gone in self._events:
            self._absorb(self._events[kept], self._events[gone])
        elif kept != gone:
            self._alias[gone] = kept

    def split(self, event: str, items: Iterable[str]) -> str:
        """An officer says that `items` are another matter than the rest of `event`: its new id; never rejoined."""
        chosen, old = set(items), self.resolve(event)
        moved = [member for member in self._members.values() if member.id in chosen]
        fresh = self._free_id("e" + (moved[0].id if moved else min(chosen)))
        stay = [m for m in self._members.values() if self.resolve(m.event) == old and m.id not in chosen]
        self._rebuild(old, stay)
        self._rebuild(fresh, moved)
        self._event_of.update(dict.fromkeys(sorted(chosen), fresh))
        self.keep_apart(old, fresh)
        return fresh

    def keep_apart(self, one: str, other: str) -> None:
        """Never merge these two again (an officer split them; repeated after a restart)."""
        self._apart.add(pair(one, other))

    def resolve(self, event: str) -> str:
        """The event that `event` is now part of."""
        while event in self._alias:
            event = self._alias[event]
        return event

    # ------------------------------------------------------------ deciding

    def _home(self, document: Document, copy: Copy) -> LiveEvent | None:
        for item in (document.id, copy.root):
            event = self._event_of.get(item) if item is not None else None
            if event is not None:
                return self._events.get(self.resolve(event))
        return None

    def _weigh(self, wording: Wording, vector: Vector, now: float) -> list[Link]:
        near: dict[str, float] = {}
        own = vector.as_mapping()
        for member in self._nearest(vector, now):
            event = self.resolve(member.event)
            near[event] = max(near.get(event, 0.0), member.vector.dot(own))
        for event in self._suggested(wording, now):
            near.setdefault(event, 0.0)
        links = [
            self._link(wording, vector, self._events[event], words, now)
            for event, words in near.items()
            if event in self._events
        ]
        links.sort(key=lambda link: (-link.score, link.event.first, link.event.id))
        return links

    def _nearest(self, vector: Vector, now: float) -> list[Member]:
        shared: dict[int, float] = {}
        for term, weight in zip(vector.terms[:KEYS], vector.weights, strict=False):
            for number in self._chains.newest(term & 0xFFFFFFFF ^ term >> 32, HOPS):
                shared[number] = shared.get(number, 0.0) + weight * weight
        best = sorted(shared.items(), key=lambda row: (-row[1], -row[0]))[:NEAREST]
        members = (self._members.get(number) for number, _ in best)
        return [member for member in members if member is not None and member.seen >= now - self._window]

    def _suggested(self, wording: Wording, now: float) -> list[str]:
        """Events that share a hashtag, and those with a place or matter in common that have been active lately."""
        found = [self.resolve(self._by_tag[tag]) for tag in wording.tags if tag in self._by_tag]
        for event in self._active(now):
            if event.matters.keys() & wording.matters.keys() or event.shared_place(wording.places):
                found.append(event.id)
        return found

    def _active(self, now: float) -> list[LiveEvent]:
        return [event for event in self._events.values() if event.last >= now - 48.0]

    def _link(self, wording: Wording, vector: Vector, event: LiveEvent, nearest: float, now: float) -> Link:
        gap = now - event.last
        trust = min(1.0, vector.mass / 14.0)
        words = 1.6 * trust * max(event.cosine(vector), nearest)
        tag = max((0.6 * self._sure("#" + t, gap, now) for t in wording.tags if t in event.tags), default=0.0)
        spot = event.shared_place(wording.places)
        place = 0.4 * self._sure(place_key(spot), gap, now) if spot else 0.0
        matter = max(
            (
                0.4 * self._sure(m, gap, now) * min(1.0, 3 * event.matters[m] / event.stories)
                for m in wording.matters
                if m in event.matters
            ),
            default=0.0,
        )
        score = words + tag + place + matter
        if not spot and places_clash(frozenset(p for p in wording.places if not vague(p)), event.main_places()):
            score -= 0.8
        if gap > self._window:
            score -= 0.5
        return Link(event, score, words, tag, place, matter)

    def _sure(self, feature: str, gap: float, now: float) -> float:
        return 1.0 - self._chances.chance(feature, gap, now)

    def _settle(self, document: Document, wording: Wording, vector: Vector, links: list[Link], now: float) -> Placement:
        if not links or links[0].score < JOIN:
            event = self._open("e" + document.id, now)
            self._event_of[document.id] = event.id
            self._take(document, wording, vector, event, now)
            return self._placed(
                event, wording, (), Reason("new_event", "Nothing like it is being talked about."), created=True
            )
        best, absorbed = links[0], []
        event = best.event
        terms = shared_terms(wording, event)
        self._event_of[document.id] = event.id
        self._take(document, wording, vector, event, now)
        for other in links[1:]:
            if (
                other.score >= MERGE
                and not self._are_apart(event.id, other.event.id)
                and not places_clash(event.main_places(), other.event.main_places())
            ):
                older, newer = sorted((event, other.event), key=lambda e: (e.first, e.id))
                self._absorb(older, newer)
                absorbed.append(newer.id)
                event = older
        return self._placed(event, wording, tuple(absorbed), explain(best), terms)

    def _is_kin(self, ours: LiveEvent, other: LiveEvent) -> bool:
        if self._are_apart(ours.id, other.id) or places_clash(ours.main_places(), other.main_places()):
            return False
        if ours.likeness(other) >= 0.45:
            return True
        return bool(
            ours.main_places()
            and ours.shared_place(other.main_places())
            and (ours.matters.keys() & other.matters.keys())
        )

    # ------------------------------------------------------------ remembering

    def _open(self, event: str, now: float) -> LiveEvent:
        self._events[event] = found = LiveEvent(event, now, now)
        return found

    def _take(self, document: Document, wording: Wording, vector: Vector, event: LiveEvent, now: float) -> None:
        event.add(wording, vector, now)
        number, self._next = self._next, self._next + 1
        self._members[number] = Member(document.id, event.id, now, vector, replace(wording, terms={}, names={}))
        for term in vector.terms[:KEYS]:
            self._chains.add(term & 0xFFFFFFFF ^ term >> 32, number, self._first)
        self._rarity.add(wording.terms)
        for feature in (
            *("#" + tag for tag in wording.tags),
            *wording.matters,
            *sorted({place_key(p) for p in wording.places}),
        ):
            self._chances.add(feature, now)
        for tag in wording.tags:
            self._by_tag[tag] = event.id

    def _free_id(self, wish: str) -> str:
        while wish in self._events or wish in self._alias:
            wish += "s"
        return wish

    def _rebuild(self, event: str, members: Sequence[Member]) -> None:
        """An event from its stories alone."""
        self._events.pop(event, None)
        for member in members:
            home = self._events.get(event) or self._open(event, member.seen)
            home.add(member.wording, member.vector, member.seen)
            member.event = event

    def _are_apart(self, one: str, other: str) -> bool:
        return any(pair(self.resolve(a), self.resolve(b)) == pair(one, other) for a, b in self._apart)

    def _absorb(self, kept: LiveEvent, gone: LiveEvent) -> None:
        kept.absorb(gone)
        del self._events[gone.id]
        self._alias[gone.id] = kept.id

    def _forget_members(self, floor: float) -> None:
        while self._first < self._next and self._members[self._first].seen < floor:
            del self._members[self._first]
            self._first += 1

    def _placed(
        self,
        event: LiveEvent,
        wording: Wording,
        absorbed: tuple[str, ...],
        reason: Reason,
        terms: tuple[str, ...] = (),
        created: bool = False,
    ) -> Placement:
        spots = event.main_places()
        said = max(spots, key=lambda p: (event.places[p], p)).said if spots else None
        return Placement(event.id, created, absorbed, terms, said, reason)


def pair(a: str, b: str) -> tuple[str, str]:
    """The two in a fixed order."""
    return (a, b) if a < b else (b, a)


def place_key(place: Place) -> str:
    return f"@{place.kind}{place.number or place.name}"


def shared_terms(wording: Wording, event: LiveEvent) -> tuple[str, ...]:
    """The story's terms that weigh most in the event, at most five."""
    weighed = sorted(((event.terms.get(n, 0.0), name) for n, name in wording.names.items()), reverse=True)
    return tuple(name for weight, name in weighed[:5] if weight > 0)


def explain(link: Link) -> Reason:
    """Why a story joined."""
    parts = {"words": link.words, "hashtag": link.tag, "place": link.place, "matter": link.matter}
    main = max(parts, key=lambda part: parts[part])
    return Reason(
        f"joined_by_{main}", f"It shares {main} with the event.", {k: round(v, 2) for k, v in parts.items() if v}
    )
