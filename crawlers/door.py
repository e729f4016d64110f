"""The door into the pipeline: raw items are screened and, with the new state of their source, handed to the store.

Called from several threads, one at a time: the screen need not be thread-safe, and SQLite has one writer anyway.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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

    def put_sources(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store the states of several sources that brought nothing, all or none."""

    def enqueue(self, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime) -> int:
        """Store the state of a source together with what it brought; how many items are new or edited."""

    def known_items(self, source: str) -> frozenset[str]:
        """Ids of the items that this source gave before."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is settled: a source as it was, what its run found, and when."""

    state: SourceState
    spec: SourceSpec
    attempt: Attempt
    raws: Sequence[RawItem]
    now: datetime


Settled = tuple[SourceState, int]


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
    ) -> Settled:
        """Hand in what a run has found together with its outcome; the new state, and how many items were new."""
        with self._lock:
            return self._settle(Run(state, spec, attempt, raws, now))

    def settle_all(self, runs: Sequence[Run]) -> list[Settled | Exception]:
        """Settle several runs, or say of each what went wrong. Those that brought nothing share one transaction."""
        with self._lock:
            settled = self._settle_quiet([run for run in runs if not run.raws])
            return [settled.get(run.spec.id) or _attempt(lambda run=run: self._settle(run)) for run in runs]  # type: ignore[misc]

    def _settle_quiet(self, runs: Sequence[Run]) -> dict[str, Settled]:
        """What could be stored in one transaction, by source: all, or none of it (each is then tried by itself)."""
        if len(runs) < 2:
            return {}
        try:
            states = [take_attempt(run.state, run.spec, run.attempt, self._policy, run.now) for run in runs]
            self._store.put_sources([state.to_row() for state in states])
        except Exception as fault:
            log.warning("runs_not_settled_together", runs=len(runs), fault=place_of(fault))
            return {}
        return {state.id: (state, run.attempt.new) for state, run in zip(states, runs, strict=True)}

    def _settle(self, run: Run) -> Settled:
        """The number of new items is known only afterwards, so the state is first stored as if nothing was new: a kill
        in between loses no item, only a shorter pause."""
        screened = self._screen_all(run.raws, run.now)
        plain = take_attempt(run.state, run.spec, run.attempt, self._policy, run.now)
        if not screened:
            self._store.put_source(plain.to_row())
            return plain, run.attempt.new
        new = self._store.enqueue(plain.to_row(), screened, run.now)
        if not new:
            return plain, run.attempt.new
        told = replace(run.attempt, new=run.attempt.new + new)
        final = take_attempt(run.state, run.spec, told, self._policy, run.now)
        self._store.put_source(final.to_row())
        return final, told.new

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


def _attempt(settle: Callable[[], Settled]) -> Settled | Exception:
    try:
        return settle()
    except Exception as fault:
        return fault
