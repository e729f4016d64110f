"""The door into the pipeline: raw items are screened and, with the new state of their source, handed to the store.

Called from several threads, one at a time: the screen need not be thread-safe, and SQLite has one writer anyway.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from crawlers.faults import place_of
from crawlers.health import take_attempt
from crawlers.robots import RobotsShelf
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, SourceState
from pipeline.model import RawItem, Screened

log = structlog.get_logger()


class Screener(Protocol):
    """The front half of the pipeline: clean, match, mask. Anything but `Screened` is a refusal with its reason."""

    def screen(self, raw: RawItem, now: datetime) -> object:
        """`Screened`, or why the item is not taken in."""


class Store(RobotsShelf, Protocol):
    """What the collector needs of the state of record. Each call is one transaction; rows are columns by name."""

    def source_rows(self) -> Sequence[Mapping[str, Any]]:
        """The state of every source that was ever read."""

    def put_source(self, values: Mapping[str, Any]) -> None:
        """Store the state of a source that brought nothing."""

    def enqueue(self, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime) -> int:
        """Store the state of a source together with what it brought; how many items are new or edited."""

    def known_items(self, source: str) -> frozenset[str]:
        """Ids of the items that this source gave before."""


class Door:
    """Screens, stores, and says how the source stands afterwards."""

    def __init__(self, store: Store, screen: Screener, policy: CrawlPolicy) -> None:
        self._store = store
        self._screen = screen
        self._policy = policy
        self._lock = threading.Lock()

    def bring(self, state: SourceState, raws: Iterable[RawItem], now: datetime) -> int:
        """Hand in part of what a running crawl has found, with its state as it was; how many were new."""
        with self._lock:
            return self._store.enqueue(state.to_row(), self._screen_all(raws, now), now)

    def settle(
        self, state: SourceState, spec: SourceSpec, attempt: Attempt, raws: Sequence[RawItem], now: datetime
    ) -> tuple[SourceState, int]:
        """Hand in what a run has found together with its outcome; the new state, and how many items were new.

        The number of new items is known only afterwards, so the state is first stored as if nothing was new: a kill
        in between loses no item, only a shorter pause.
        """
        with self._lock:
            screened = self._screen_all(raws, now)
            plain = take_attempt(state, spec, attempt, self._policy, now)
            if not screened:
                self._store.put_source(plain.to_row())
                return plain, attempt.new
            new = self._store.enqueue(plain.to_row(), screened, now)
            if not new:
                return plain, attempt.new
            final = take_attempt(state, spec, replace(attempt, new=attempt.new + new), self._policy, now)
            self._store.put_source(final.to_row())
            return final, attempt.new + new

    def push(self, row: Mapping[str, Any], raws: Iterable[RawItem], now: datetime) -> int:
        """Hand in what was brought to us; of the source's own state (`row`, as stored) nothing changes."""
        with self._lock:
            kept = {name: row[name] for name in ("id", "next_due", "interval_s")}
            return self._store.enqueue(kept, self._screen_all(raws, now), now)

    def screen_edit(self, raw: RawItem, now: datetime) -> Screened | None:
        """Screen one item that was looked at again, without handing it in."""
        with self._lock:
            return self._screen_one(raw, now)

    def _screen_all(self, raws: Iterable[RawItem], now: datetime) -> list[Screened]:
        return [one for raw in raws if (one := self._screen_one(raw, now)) is not None]

    def _screen_one(self, raw: RawItem, now: datetime) -> Screened | None:
        try:
            result = self._screen.screen(raw, now)
        except Exception as fault:  # one odd item must not cost the others; its text stays out of the log
            log.error("item_not_screened", source=raw.source, item=raw.id, fault=place_of(fault))  # noqa: TRY400 - no traceback, see place_of
            return None
        return result if isinstance(result, Screened) else None
