"""The decisions about one item after another, in memory and without I/O: what the worker, replay and backtest share.

    copies -> tags -> place -> dispose -> judge

Everything depends only on the items before it. `seen` is taken as never decreasing: an item that claims to have
been seen earlier than its predecessor counts as seen with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.book import EventBook, Matter, snapshot
from pipeline.counts import Arrivals
from pipeline.decide import dispose
from pipeline.ingest import Copies, Grouper, Judge, Known, Tagger
from pipeline.model import (
    Copy,
    Decision,
    Document,
    Event,
    EventFacts,
    Outcome,
    Placement,
    Reason,
    Screened,
    Sentiment,
    Tags,
    TopicScore,
    VoiceToken,
)  # fmt: skip
from pipeline.voices import VoiceCounter

KIN_DAYS = timedelta(days=14)
DAY = timedelta(hours=24)
SWEEP_EVERY = timedelta(hours=1)
UNTAGGED = Tags(Sentiment("unknown", 0.0, 0.0, 0.0), (TopicScore("other", 0.0),), "none")


@dataclass(frozen=True, slots=True)
class Closing:
    """An event that has gone quiet, and what the judge says of it."""

    event: Event
    decision: Decision


class Chain:
    """Owns the in-memory state. Parts come from wiring; `phrases` are the watchwords of all rules.

    With `tag_all` also items that are not about the school are tagged (the contract of `tag` and `replay`).
    """

    def __init__(
        self, copies: Copies, tagger: Tagger, grouper: Grouper, judge: Judge, *,
        phrases: Sequence[str] = (), close_after: timedelta = timedelta(hours=72), tag_all: bool = False,
    ) -> None:  # fmt: skip
        self.copies, self.tagger, self.grouper, self.judge = copies, tagger, grouper, judge
        self.book = EventBook(phrases)
        self.arrivals = Arrivals()
        self.voices = VoiceCounter()
        self._close_after, self._tag_all = close_after, tag_all
        self._watermark: datetime | None = None
        self._swept: datetime | None = None

    def process(self, batch: Sequence[Screened], known: Mapping[str, Known] | None = None) -> list[Outcome]:
        """Decide about `batch` in order. `known` are items of the batch that are stored already (edits)."""
        before = known or {}
        wanted = [one.document for one in batch if self._tag_all or one.document.mention.is_ours]
        tags = {id(document): tag for document, tag in zip(wanted, self.tagger.tag(wanted), strict=True)}
        outcomes: list[Outcome] = []
        fresh: dict[str, Known] = {}
        for screened in batch:
            found = tags.get(id(screened.document))
            earlier = fresh.get(screened.document.id) or before.get(screened.document.id)
            outcome = self._one(screened, found, earlier)
            if outcome.placement:
                fresh[screened.document.id] = Known(outcome.placement.event, outcome.copy.root)
            outcomes.append(outcome)
        return outcomes

    def untouched(self, document: Document, tags: Tags) -> Outcome:
        """The outcome of an item that is only tagged: no copies, no event, nobody told."""
        nothing = Copy(None, Reason("not_compared", "only tagged"))
        return Outcome(
            document=document, copy=nothing, tags=tags, placement=None, disposition=dispose(document, nothing),
            event=None, decision=None,
        )  # fmt: skip

    def _in_order(self, document: Document) -> Document:
        """The document with the time at which it takes its place: `seen`, for history the time of publishing, but
        never before its predecessor's."""
        moment = document.published if document.history and document.published else document.seen
        self._watermark = max(self._watermark or moment, moment)
        return document if document.seen == self._watermark else replace(document, seen=self._watermark)

    def _one(self, screened: Screened, tags: Tags | None, earlier: Known | None) -> Outcome:
        document = screened.document
        if tags is None or not document.mention.is_ours:
            return self.untouched(document, tags or UNTAGGED)
        if earlier:
            return self._edited(screened, tags, earlier)
        placed = self._in_order(document)
        self._sweep(placed.seen)
        copy = self.copies.check(placed)
        placement = self.grouper.place(placed, tags, copy)
        matter, phrases = self.book.add(placed, tags, copy, placement)
        self._count(placed, copy, placement, screened.voices)
        voices_day = self.voices.count(matter.id, DAY, placed.seen)
        matter.voices_met = max(matter.voices_met, voices_day)
        decision = self._judge(placed, copy, matter, phrases)
        return Outcome(
            document=document, copy=copy, tags=tags, placement=placement, disposition=dispose(document, copy),
            event=snapshot(matter), decision=decision, voices=screened.voices, sealed_link=screened.sealed_link,
            voices_day=voices_day,
        )  # fmt: skip

    def _count(self, document: Document, copy: Copy, placement: Placement, voices: Sequence[VoiceToken]) -> None:
        for gone in placement.absorbed:
            self.voices.merge(placement.event, gone)
        self.voices.add(placement.event, document.id, tuple(voices), document.seen, document.source)
        if copy.root is None and document.counted_at:
            self.arrivals.add(document.counted_at)

    def _judge(self, document: Document, copy: Copy, matter: Matter, phrases: tuple[str, ...]) -> Decision:
        now = document.seen
        facts = self.book.facts(
            matter, document.id, copy.root is not None, phrases,
            voices=lambda window: self.voices.count(matter.id, window, now),
            volume=lambda: self.arrivals.volume(now),
        )  # fmt: skip
        decision = self._ask(facts, document, now)
        if decision.alert:
            self.book.tell(matter, decision.alert)
        if copy.root is None and not document.history:
            matter.status = "open"
        return decision

    def _ask(self, facts: EventFacts, document: Document, now: datetime) -> Decision:
        """Ask the judge. Looking for the same matter under other headings costs more than all rules, so it is done
        only where it can matter: when something would be told, or an outlet of wide reach has arrived."""
        wide = not document.private and document.reach in ("regional", "national")
        decision = self.judge.judge(facts, now)
        if not (decision.alert or wide) or not self.book.told_since(now - KIN_DAYS):
            return decision
        since = now - KIN_DAYS
        kin = self.book.told_of(self.grouper.kin(facts.event, since), since)
        return self.judge.judge(replace(facts, kin=kin), now) if kin else decision

    def _edited(self, screened: Screened, tags: Tags, earlier: Known) -> Outcome:
        """An item that was stored before: its text and tags are renewed, its place stays, nobody is told again."""
        reason = Reason("edited", "seen before and changed since; it stays where it is")
        event = earlier.event or ""
        placement = Placement(event, False, (), (), None, reason) if event else None
        matter = self.book.get(event) if event in self.book else None
        return Outcome(
            document=screened.document, copy=Copy(earlier.root, reason), tags=tags, placement=placement,
            disposition=dispose(screened.document, Copy(earlier.root, reason), edited=True),
            event=snapshot(matter) if matter else None, decision=None,
            voices=screened.voices, sealed_link=screened.sealed_link,
        )  # fmt: skip

    def remember(
        self, document: Document, tags: Tags, copy: Copy, event: str, voices: Sequence[VoiceToken],
    ) -> None:  # fmt: skip
        """Take over a stored item without deciding again (in ingest order, after the matters were restored)."""
        placed = self._in_order(document)
        self.copies.restore(placed, copy.root)
        self.grouper.restore(placed, tags, copy, event)
        self.voices.add(event, document.id, tuple(voices), placed.seen, document.source)
        self.book.remember(event, placed, tags, copy)

    def merge(self, kept: str, gone: str) -> Matter:
        """An officer says that the two events are one matter. Both are in the book. Nobody is told by it."""
        self.grouper.merge(kept, gone)
        self.voices.merge(kept, gone)
        is_open = "open" in (self.book.get(kept).status, self.book.get(gone).status)
        self.book.merge(kept, gone)
        matter = self.book.get(kept)
        matter.status = "open" if is_open else "closed"
        return matter

    def split(self, event: str, items: Sequence[str]) -> str:
        """An officer says that `items` are another matter: they leave `event`; returns the new event's id.

        The book is not changed: what the two matters add up to, the store knows.
        """
        fresh = self.grouper.split(event, items)
        self.voices.split(event, fresh, items)
        return fresh

    def close_quiet(self, now: datetime) -> list[Closing]:
        """Close the events that had no item for `close_after`; says what the judge makes of each."""
        closed = []
        for matter in self.book.quiet(now - self._close_after):
            facts = self.book.facts(
                matter, matter.stories[-1].id if matter.stories else "", True, (),
                voices=lambda _window: 0, volume=lambda: self.arrivals.volume(now),
            )  # fmt: skip
            decision = self.judge.close(facts, now)
            matter.status = "closed"
            if decision.alert:
                self.book.tell(matter, decision.alert)
            closed.append(Closing(snapshot(matter), decision))
        return closed

    def _sweep(self, now: datetime) -> None:
        """Once an hour of item time: tokens with dead keys, old vectors and closed matters leave memory."""
        if self._swept and now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        self.voices.expire(now)
        self.grouper.forget(now - KIN_DAYS)
        self.book.forget(now - KIN_DAYS)
