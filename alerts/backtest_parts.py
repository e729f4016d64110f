"""What stands in for the deciding parts of a chain when history is judged again: copies, tags and places as stored.

Voices are counted from tokens while their keys live. Older ones are gone on purpose; then the count is the highest one
kept for that matter and hour, held down to the number of items that could have spoken until then.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pipeline.chain import KIN_DAYS
from pipeline.counts import floor_hour
from pipeline.group import EventGrouper
from pipeline.model import Copy, Document, Placement, Reason, Tags, VoiceToken
from pipeline.store.rows import Stored
from pipeline.voices import VoiceCounter

DAY = timedelta(days=1)
AS_STORED = Reason("stored", "It was decided before.")
Maxima = Mapping[str, Mapping[datetime, int]]


class StoredDecisions:
    """Implements `Copies`, `Tagger` and `Grouper` by what the store says of the item that is being judged.

    `inner` is a real grouper that is only told where everything is; it answers which matters are kin.
    """

    version = "stored"

    def __init__(self, inner: EventGrouper) -> None:
        self.inner = inner
        self._now: Stored | None = None
        self._known: dict[str, datetime] = {}

    def turn_to(self, stored: Stored) -> None:
        """The next item is `stored`."""
        self._now = stored

    @property
    def stored(self) -> Stored:
        """The item that is being judged."""
        assert self._now is not None, "nothing is being judged"
        return self._now

    def check(self, document: Document) -> Copy:  # noqa: ARG002 - of the seam
        """What it was found to be a copy of."""
        return self.stored.copy

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """Tone and topics as they stand."""
        return [self.stored.tags for _ in documents]

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:
        """The event it is in now."""
        event = self.stored.event or document.id
        created = event not in self._known
        self._known[event] = document.seen
        self.inner.restore(document, tags, copy, event)
        return Placement(event, created, (), (), None, AS_STORED)

    def restore(self, document: Document, *rest: object) -> None:
        """Nothing to remember: everything is in the store."""

    def kin(self, event: str, since: datetime) -> tuple[str, ...]:
        """As the real grouper sees it."""
        return self.inner.kin(event, since)

    def near(self, event: str, now: datetime) -> tuple[str, ...]:
        """The events that may have been, or not been, the same matter in other words."""
        return self.inner.near(event, now - KIN_DAYS)

    def forget(self, before: datetime) -> None:
        """Old matters leave memory."""
        self.inner.forget(before)
        self._known = {event: seen for event, seen in self._known.items() if seen >= before}

    def merge(self, kept: str, gone: str) -> None:
        """Never asked: the store has merged everything already."""
        self.inner.merge(kept, gone)

    def split(self, event: str, items: Sequence[str]) -> str:
        """Never asked."""
        return self.inner.split(event, items)

    def keep_apart(self, one: str, other: str) -> None:
        """Officers took them apart."""
        self.inner.keep_apart(one, other)

    def resolve(self, event: str) -> str:
        """As the real grouper."""
        return self.inner.resolve(event)

    def holds(self, item: str) -> bool:
        """As the real grouper."""
        return self.inner.holds(item)


class KeptVoices(VoiceCounter):
    """Distinct voices of stored items. `maxima`: by event and hour; `exact_from`: when tokens are whole (None: never).

    `guessed` says whether a count since it was last cleared may have been another one in truth.
    """

    def __init__(self, maxima: Maxima, exact_from: datetime | None) -> None:
        super().__init__()
        self._maxima, self._exact_from = maxima, exact_from
        self._items: dict[str, deque[datetime]] = defaultdict(deque)
        self.guessed = False

    def add(self, event: str, document: str, tokens: Iterable[VoiceToken], seen: datetime, source: str) -> None:
        """An item has joined `event`."""
        super().add(event, document, tokens, seen, source)
        items, seen = self._items[event], seen.astimezone(UTC)
        items.append(max(seen, items[-1]) if items else seen)
        while items[0] <= items[-1] - DAY:
            items.popleft()

    def count(self, event: str, window: timedelta, now: datetime) -> int:
        """Distinct voices in the `window` that ends at `now`, as near as the store can tell."""
        known = super().count(event, window, now)
        now = now.astimezone(UTC)
        if self._exact_from is not None and now >= self._exact_from:
            return max(known, self._best_of_days(event, window, now)) if window > DAY else known
        if window > DAY:
            return max(known, self._best_of_days(event, window, now), self._bound(event, DAY, now, known))
        return self._bound(event, window, now, known)

    def _bound(self, event: str, window: timedelta, now: datetime, known: int) -> int:
        """At most as many as items, at most the hour's highest; at least those that can be told apart without tokens."""
        items = self._items.get(event, ())
        spoken = sum(1 for seen in items if seen > now - window)
        hour = floor_hour(now)
        highest = self._maxima.get(event, {}).get(hour)
        most = spoken if highest is None else min(spoken, highest)
        alone = sum(1 for seen in items if seen >= hour) == 1 and highest is not None and window == DAY
        if most > known and not alone:
            self.guessed = True
        return max(known, most)

    def _best_of_days(self, event: str, window: timedelta, now: datetime) -> int:
        first = (now - window).date()
        kept = self._maxima.get(event, {})
        return max(
            (count for hour, count in kept.items() if first <= hour.date() and hour < floor_hour(now)), default=0
        )

    def expire(self, now: datetime) -> None:
        """Forget what no window reaches any more."""
        super().expire(now)
        floor = now.astimezone(UTC) - DAY
        self._items = defaultdict(deque, {event: seen for event, seen in self._items.items() if seen[-1] >= floor})
