"""Whose turn it is: sources in order of their due time, one at a time per host.

A host that is being read keeps its other sources waiting, never the sources of other hosts. Not thread-safe.
"""

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Lane = Literal["poll", "crawl"]


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """A source that waits for `due`. `lane` says who reads it, `host` whom it must not crowd."""

    due: datetime
    source: str
    lane: Lane
    host: str


class DueList:
    """A heap of those not yet due, and per host a queue of those that are."""

    def __init__(self) -> None:
        self._later: list[Turn] = []
        self._ready: dict[tuple[Lane, str], deque[Turn]] = defaultdict(deque)
        self._open: dict[Lane, dict[str, None]] = {"poll": {}, "crawl": {}}
        self._busy: set[str] = set()

    def put(self, turn: Turn) -> None:
        """Let a source wait for its time."""
        heapq.heappush(self._later, turn)

    def take(self, lane: Lane, now: datetime, room: int) -> list[Turn]:
        """Up to `room` due sources of `lane`, at most one per host; their hosts are busy until `release`."""
        self._ripen(now)
        taken: list[Turn] = []
        for host in list(self._open[lane])[: max(room, 0)]:
            taken.append(self._ready[lane, host].popleft())
            self._occupy(host)
        return taken

    def release(self, host: str) -> None:
        """The host may be read again."""
        self._busy.discard(host)
        for lane in self._open:
            if self._ready.get((lane, host)):
                self._open[lane][host] = None

    def has_due(self, now: datetime) -> bool:
        """True when some source is due, whether or not its host is free."""
        self._ripen(now)
        return any(self._ready.values())

    def shift(self, step: timedelta) -> None:
        """Move every due time that has not come yet (the clock was set by `step`)."""
        self._later = [Turn(turn.due + step, turn.source, turn.lane, turn.host) for turn in self._later]

    def _ripen(self, now: datetime) -> None:
        while self._later and self._later[0].due <= now:
            turn = heapq.heappop(self._later)
            self._ready[turn.lane, turn.host].append(turn)
            if turn.host not in self._busy:
                self._open[turn.lane][turn.host] = None

    def _occupy(self, host: str) -> None:
        self._busy.add(host)
        for lane, hosts in self._open.items():
            hosts.pop(host, None)
            if not self._ready.get((lane, host)):
                self._ready.pop((lane, host), None)
