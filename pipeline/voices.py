"""Telling one loud voice from many without knowing anybody.

An account id becomes HMAC(key of the day, host + account), under today's and yesterday's key. A key lives
48 hours; when it goes, so do its tokens, and nothing joins the days any more. Only counts stay. Days are UTC.
"""

import hmac
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from pipeline.model import VoiceToken

DAY = timedelta(days=1)
KEY_LIFE = timedelta(hours=48)
PEAKS_KEPT = timedelta(days=90)
SecretSource = Callable[[date], bytes]


def key_dies(day: date) -> datetime:
    """The moment at which the key born on `day` must be deleted."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + KEY_LIFE


def shown_count(voices: int) -> str:
    """How a count of distinct voices is shown to people: exact from 5, otherwise `<5`."""
    return str(voices) if voices >= 5 else "<5"


class FreshSecrets:
    """Random keys, made when first asked for and forgotten after 48 hours. Memory only.

    A running service keeps its keys in the store's transient table instead, so that a restart within the
    day does not make one voice two.
    """

    def __init__(self) -> None:
        self._keys: dict[date, bytes] = {}

    def __call__(self, day: date) -> bytes:
        """The key of `day`."""
        if day not in self._keys:
            for old in [known for known in self._keys if known < day - DAY]:
                del self._keys[old]
            self._keys[day] = secrets.token_bytes(32)
        return self._keys[day]


class SeededSecrets:
    """Keys that follow from a seed: the same stream gives the same tokens. For replay and tests only."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def __call__(self, day: date) -> bytes:
        """The key of `day`."""
        return hmac.digest(self._seed, day.isoformat().encode(), "sha256")


class VoiceKeys:
    """Makes tokens. `source` gives the key of a day; at most two keys are held at a time."""

    def __init__(self, source: SecretSource) -> None:
        self._source = source
        self._held: dict[date, bytes] = {}

    def __repr__(self) -> str:
        """Hide the keys."""
        return "VoiceKeys(***)"

    def tokens_for(self, host: str, account: str, now: datetime) -> tuple[VoiceToken, ...]:
        """The account's token under today's and under yesterday's key (16 hex digits each)."""
        today = now.astimezone(UTC).date()
        message = f"{host.lower()}\n{account.strip()}".encode("utf-8", "replace")
        days = (today, today - DAY)
        if today not in self._held:
            self._held = {day: self._source(day) for day in days}
        return tuple(VoiceToken(day, hmac.digest(self._key(day), message, "sha256").hex()[:16]) for day in days)

    def _key(self, day: date) -> bytes:
        key = self._held.get(day)
        return key if key is not None else self._source(day)


@dataclass(slots=True)
class _Heard:
    """One item of an event in the last 24 hours. `tokens` holds living keys only."""

    seen: datetime
    document: str
    tokens: dict[date, str]
    source: str

    def voice(self, day: date) -> str:
        """Who speaks, as far as the key of `day` tells; an item without voice speaks for its source."""
        token = self.tokens.get(day)
        return token if token is not None else f"source {self.source}"


@dataclass(slots=True)
class _Chorus:
    """The voices of one event: the last 24 hours exactly, before that the highest count of each day."""

    heard: deque[_Heard] = field(default_factory=deque)
    voices: Counter[str] = field(default_factory=Counter)
    shared: date = date.min
    peaks: dict[date, int] = field(default_factory=dict)

    def advance(self, now: datetime) -> None:
        """Drop what is older than 24 hours, and at midnight the tokens whose key died."""
        shared = (now - DAY).date()
        if shared > self.shared:
            self._turn(shared)
        while self.heard and self.heard[0].seen <= now - DAY:
            self._forget(self.heard.popleft())

    def add(self, entry: _Heard) -> None:
        """Count a voice in; `advance` has been called."""
        self.heard.append(entry)
        self.voices[entry.voice(self.shared)] += 1
        self.note(entry.seen.date(), len(self.voices))

    def note(self, day: date, count: int) -> None:
        """Keep the highest 24-hour count of a day."""
        if count > self.peaks.get(day, 0):
            self.peaks[day] = count

    def _turn(self, shared: date) -> None:
        """The key that both days of a 24-hour window share is yesterday's; recount under it."""
        self.shared = shared
        for entry in self.heard:
            entry.tokens = {day: token for day, token in entry.tokens.items() if day >= shared}
        self.voices = Counter(entry.voice(shared) for entry in self.heard)

    def _forget(self, entry: _Heard) -> None:
        voice = entry.voice(self.shared)
        self.voices[voice] -= 1
        if self.voices[voice] <= 0:
            del self.voices[voice]


class VoiceCounter:
    """Distinct voices of each event, in memory. Fed in ingest order; constant time per item."""

    def __init__(self) -> None:
        self._events: dict[str, _Chorus] = {}

    def add(self, event: str, document: str, tokens: Iterable[VoiceToken], seen: datetime, source: str) -> None:
        """An item has joined `event`. Call it once per item; copies count, since they are voices too."""
        chorus = self._events.setdefault(event, _Chorus())
        seen = self._in_order(chorus, seen.astimezone(UTC))
        chorus.advance(seen)
        alive = {token.key_day: token.token for token in tokens if key_dies(token.key_day) > seen}
        chorus.add(_Heard(seen, document, alive, source))

    def count(self, event: str, window: timedelta, now: datetime) -> int:
        """Distinct voices in the `window` that ends at `now`; over 24 hours the highest 24-hour count in it."""
        chorus = self._events.get(event)
        if chorus is None:
            return 0
        now = now.astimezone(UTC)
        chorus.advance(now)
        if window == DAY:
            return len(chorus.voices)
        if window < DAY:
            return len(_voices_since(chorus, now - window))
        first = (now - window).date()
        return max((count for day, count in chorus.peaks.items() if day >= first), default=0)

    def peak(self, event: str) -> int:
        """The highest 24-hour count the event ever had."""
        chorus = self._events.get(event)
        return max(chorus.peaks.values(), default=0) if chorus else 0

    def restore_peak(self, event: str, count: int, at: datetime) -> None:
        """Remember a stored count whose tokens are gone."""
        self._events.setdefault(event, _Chorus()).note(at.astimezone(UTC).date(), count)

    def merge(self, kept: str, gone: str) -> None:
        """`gone` has become part of `kept`: voices heard in both are counted once."""
        old = self._events.pop(gone, None)
        if old is None:
            return
        chorus = self._events.setdefault(kept, _Chorus())
        entries = sorted([*chorus.heard, *old.heard], key=lambda entry: entry.seen)
        chorus.heard = deque(entries)
        chorus._turn(max(chorus.shared, old.shared))
        for day, count in old.peaks.items():
            chorus.note(day, count)
        if entries:
            chorus.note(entries[-1].seen.date(), len(_voices_since(chorus, entries[-1].seen - DAY)))

    def split(self, old: str, fresh: str, documents: Iterable[str]) -> None:
        """`documents` have left `old` for `fresh`. Days of which only counts are left stay with `old`."""
        chorus, moved = self._events.get(old), set(documents)
        if chorus is None or not moved:
            return
        today = {entry.seen.date() for entry in chorus.heard}
        for event, wanted in ((old, False), (fresh, True)):
            part = _Chorus(shared=chorus.shared)
            part.heard = deque(entry for entry in chorus.heard if (entry.document in moved) is wanted)
            part.peaks = {} if wanted else {day: count for day, count in chorus.peaks.items() if day not in today}
            part._turn(chorus.shared)
            if part.heard:
                part.note(part.heard[-1].seen.date(), len(part.voices))
            self._events[event] = part

    def expire(self, now: datetime) -> None:
        """Delete token values whose key died or whose day passed; counts stay for 90 days."""
        now = now.astimezone(UTC)
        oldest = (now - PEAKS_KEPT).date()
        for event, chorus in list(self._events.items()):
            if chorus.heard:  # most events are quiet, and there are thousands of them
                chorus.advance(now)
            if chorus.peaks and min(chorus.peaks) < oldest:
                chorus.peaks = {day: count for day, count in chorus.peaks.items() if day >= oldest}
            if not chorus.heard and not chorus.peaks:
                del self._events[event]

    @staticmethod
    def _in_order(chorus: _Chorus, seen: datetime) -> datetime:
        """An item delivered with an earlier `seen` than the last one counts as heard with the last one."""
        return max(seen, chorus.heard[-1].seen) if chorus.heard else seen


def _voices_since(chorus: _Chorus, start: datetime) -> set[str]:
    """Distinct voices after `start`."""
    found: set[str] = set()
    for entry in reversed(chorus.heard):
        if entry.seen <= start:
            break
        found.add(entry.voice(chorus.shared))
    return found
