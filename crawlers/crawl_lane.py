"""The crawl lane of a round: looks at first lists, hands what has changed to a child, settles each source as it ends.

Whatever breaks, every turn that was taken is given back exactly once: finished, or postponed.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawlers.address import refuse_url
from crawlers.base import CrawlJob, Fetched
from crawlers.bounded import call_bounded
from crawlers.crawling import Crawled, CrawlRun
from crawlers.door import Run
from crawlers.duelist import Turn
from crawlers.parts import Parts, is_stopped
from crawlers.politeness import HostTurns
from crawlers.refusals import STOPPED, refuse_target
from crawlers.robots import CLOSED, Verdict
from crawlers.settings import SourceSpec
from crawlers.settling import STORE_SECONDS, Settler
from crawlers.state import Attempt, SourceState
from crawlers.visit import Visit, Visitor, address_of

CRAWL_BATCHES = 2
CRAWL_PATIENCE_SECONDS = 60.0  # a second child is started only when the first is held up by a slow site
CRAWL_SECONDS = 1_200.0  # the child has its own limit below this; what is left is a store that does not answer
GIVEN_BYTES = 2 * 1024 * 1024  # a longer list is read once more by the child: too much for a pipe


@dataclass(frozen=True, slots=True)
class Tools:
    """What the lane shares with its round. `finish` and `postpone` give a turn back."""

    parts: Parts
    settler: Settler
    turns: HostTurns
    visitor: Visitor
    clock_now: Callable[[], datetime]
    stopping: threading.Event
    finish: Callable[[Turn, SourceState, int, int], None]
    postpone: Callable[[Turn, BaseException], None]


class CrawlLane:
    """Belongs to one event loop."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._loop = asyncio.get_running_loop()
        self._begun: list[float] = []
        self._open: dict[str, Turn] = {}

    def has_room(self) -> bool:
        """True when no child runs, or when the only one has been at it for long."""
        if not self._begun:
            return True
        return len(self._begun) < CRAWL_BATCHES and self._loop.time() - self._begun[0] > CRAWL_PATIENCE_SECONDS

    async def crawl(self, turns: Sequence[Turn]) -> None:
        """Read the sources whose turn it is."""
        started = self._loop.time()
        self._begun.append(started)
        self._open |= {turn.source: turn for turn in turns}
        try:
            jobs = await asyncio.gather(*(self._prepare(turn) for turn in turns))
            await self._run_batch([job for job in jobs if job])
            lost: BaseException = RuntimeError("the crawl ended without a word")
        except Exception as fault:
            lost = fault
        finally:
            self._begun.remove(started)
        for turn in turns:
            self._give_back(turn, lost)

    def _give_back(self, turn: Turn, ended: "BaseException | tuple[SourceState, int, int]") -> None:
        """Once for each turn: what comes later (a child that was given up) is not heard."""
        if self._open.get(turn.source) is not turn:
            return
        del self._open[turn.source]
        if isinstance(ended, BaseException):
            self._tools.postpone(turn, ended)
        else:
            self._tools.finish(turn, *ended)

    async def _prepare(self, turn: Turn) -> tuple[CrawlJob, Attempt] | None:
        """The job of a source, or None when it must not be read now (which is settled here)."""
        tools = self._tools
        spec, state = tools.parts.specs[turn.source], tools.parts.states[turn.source]
        try:
            url = address_of(state, spec)
            stopped = await is_stopped(tools.parts, spec, state)
            verdict = Verdict(url, CLOSED, STOPPED) if stopped else await self._judge(url)
            looked = await tools.visitor.look(spec, state) if verdict.refusal is None else None
            if isinstance(looked, tuple):
                return await self._make_job(spec, url, verdict, looked)
            visit = looked or Visit(Attempt(failure=verdict.refusal))
            settled, _ = await tools.settler.settle(Run(state, spec, visit.attempt, visit.items, tools.clock_now()))
        except Exception as fault:
            self._give_back(turn, fault)
            return None
        self._give_back(turn, (settled, 0, 0))
        return None

    async def _judge(self, url: str) -> Verdict:
        if refusal := refuse_url(url, self._tools.parts.policy):
            return Verdict(url, CLOSED, refuse_target(refusal))
        return await self._tools.visitor.judge(url)

    async def _make_job(
        self, spec: SourceSpec, url: str, verdict: Verdict, looked: tuple[Fetched, Attempt]
    ) -> tuple[CrawlJob, Attempt]:
        """The job, begun no sooner after the look than the host wants it."""
        tools = self._tools
        known = await call_bounded(lambda: tools.parts.store.known_items(spec.id), STORE_SECONDS)
        await tools.turns.pause(url)
        given = looked[0] if len(looked[0].body) <= GIVEN_BYTES else None
        rules = {verdict.origin: verdict.rules.text}
        return CrawlJob(spec, url, known, rules, tools.turns.delay_of(url), given), looked[1]

    async def _run_batch(self, begun: list[tuple[CrawlJob, Attempt]]) -> None:
        """Run the child in a thread; every source is finished as soon as its own crawl has ended."""
        if not begun:
            return
        jobs, bases = [job for job, _ in begun], {job.spec.id: base for job, base in begun}
        turns = {job.spec.id: self._open[job.spec.id] for job in jobs}
        given_up = threading.Event()
        run = self._make_run(jobs, bases, turns, given_up)
        parts, now = self._tools.parts, self._tools.clock_now()
        try:
            await call_bounded(lambda: run.run(lambda: parts.crawl_batch(jobs, parts.policy, now)), CRAWL_SECONDS)
        finally:
            given_up.set()
            run.abort()  # a collector that takes over from this one must not meet its child at the same hosts

    def _make_run(
        self, jobs: list[CrawlJob], bases: Mapping[str, Attempt], turns: Mapping[str, Turn], given_up: threading.Event
    ) -> CrawlRun:
        tools = self._tools
        states = {job.spec.id: tools.parts.states[job.spec.id] for job in jobs}

        def ended(crawled: Crawled) -> None:
            if not given_up.is_set():
                self._loop.call_soon_threadsafe(self._end, turns[crawled.source_id], crawled)

        def stopped() -> bool:
            return tools.stopping.is_set() or given_up.is_set()

        return CrawlRun(jobs, states, tools.parts.door, ended, tools.clock_now, stopped, bases)

    def _end(self, turn: Turn, crawled: Crawled) -> None:
        tools = self._tools
        tools.turns.touch(address_of(tools.parts.states[turn.source], tools.parts.specs[turn.source]))
        state = crawled.state
        self._give_back(turn, (state, crawled.items, crawled.new) if isinstance(state, SourceState) else state)
