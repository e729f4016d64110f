"""The collector: whose turn it is, who reads it, and what becomes of it.

    DueList -> poll lane:  Visitor (httpx, this loop)     -> Door -> DueList
            -> crawl lane: crawl_batch (Scrapy, a child)  -> Door -> DueList

One source at a time per host over both lanes; a slow source costs others nothing but a place among many.
Nothing is lost by a kill: the store has an item and the new state of its source in one transaction.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import httpx

from crawlers.base import CrawlBatch, Source
from crawlers.door import Door, Screener, Store
from crawlers.parts import Parts, Report, SourceSummary, summarise
from crawlers.rounds import Round
from crawlers.schedule import floor_of, hasten_due, mend_due
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import SourceState, begin_state, fit_state
from crawlers.websub import Hubs
from crawlers.withdrawal import Again

__all__ = ["Collector", "Screener", "SourceSummary", "Store"]


class Collector:
    """Reads every source when its time has come, until told to stop.

    `sources` are the parsers by `via`. `clock_now` and `monotonic` must run alike: a difference of more than a
    minute is taken for a clock that was set, and due times are moved along.
    """

    def __init__(
        self,
        specs: Sequence[SourceSpec],
        policy: CrawlPolicy,
        store: Store,
        screen: Screener,
        clock_now: Callable[[], datetime],
        crawl_batch: CrawlBatch,
        sources: Mapping[str, Source],
        *,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        again: Again | None = None,
        hubs: Hubs | None = None,
        order_of: Callable[[str], tuple[str, str] | None] = lambda _source: None,
    ) -> None:
        self._states: dict[str, SourceState] = {}
        self._parts = Parts(
            specs={spec.id: spec for spec in specs},
            states=self._states,
            policy=policy,
            store=store,
            door=Door(store, screen, policy),
            crawl_batch=crawl_batch,
            sources=sources,
            transport=transport,
            monotonic=monotonic,
            again=again,
            hubs=hubs,
            order_of=order_of,
        )
        self._clock_now = clock_now

    def run(self, stop: threading.Event) -> None:
        """Collect until `stop` is set; in the calling thread, with an event loop of its own."""
        self._load(self._clock_now())
        asyncio.run(_work(Round(self._parts, self._clock_now), stop.is_set))

    def collect_once(
        self, now: datetime, report: Report | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[SourceSummary, ...]:
        """Read every source that is due at `now`, once, and say how each stands; `report` hears of each as it ends.
        What is left when it is `stopped` stays due."""
        self._load(now)
        once = Round(replace(self._parts, monotonic=lambda: 0.0), lambda: now, report)  # both clocks stand still
        asyncio.run(_work(once, lambda: once.idle or stopped()))
        return tuple(once.summaries.get(spec) or summarise(state) for spec, state in self._states.items())

    def states(self) -> dict[str, SourceState]:
        """How every source stands now. May be called from any thread."""
        return dict(self._states)

    def _load(self, now: datetime) -> None:
        parts = self._parts
        stored = {row["id"]: SourceState.from_row(row) for row in parts.store.source_rows()}
        for spec in parts.specs.values():
            begun = begin_state(spec, floor_of(spec, parts.policy), now)
            mended = mend_due(fit_state(stored.get(spec.id, begun), spec, now), now)
            self._states[spec.id] = hasten_due(mended, spec, parts.policy, now)


async def _work(ran: Round, stopped: Callable[[], bool]) -> None:
    ran.begin()
    try:
        while not stopped():
            ran.start_due()
            await ran.rest()
    finally:
        await ran.end()
