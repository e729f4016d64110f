"""One event loop's worth of collecting: starts what is due, settles what has ended, minds the clock."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from crawlers.address import host_key
from crawlers.base import is_crawled
from crawlers.clockwatch import ClockWatch
from crawlers.crawl_lane import CrawlLane, Tools
from crawlers.door import Run
from crawlers.duelist import DueList, Turn
from crawlers.faults import place_of
from crawlers.fetch import Fetcher
from crawlers.parts import Parts, Report, SourceSummary, is_stopped, summarise
from crawlers.politeness import HostTurns
from crawlers.refusals import STOPPED
from crawlers.schedule import floor_of, shift_due
from crawlers.settings import SourceSpec
from crawlers.settling import Settler
from crawlers.sidework import SideWork
from crawlers.state import Attempt, SourceState
from crawlers.visit import Visit, Visitor, address_of
from crawlers.websub import TEND_SECONDS, HubKeeper
from crawlers.withdrawal import LOOK_SECONDS, Looker

log = structlog.get_logger()

TICK_SECONDS = 0.25
END_SECONDS = 10.0
CRAWLS_AT_ONCE = 8
TURN_SECONDS = 3_600.0  # far above what fetch, parse and write may take: no place is lost for good
IN_FLIGHT = 4  # times `concurrency`: most of them wait for the pause of their host
AFTER_FAULT = timedelta(seconds=30)


class Round:
    """Belongs to one event loop, from `begin` to `end`."""

    def __init__(self, parts: Parts, clock_now: Callable[[], datetime], report: Report | None = None) -> None:
        self.summaries: dict[str, SourceSummary] = {}
        self._parts = parts
        self._clock_now = clock_now
        self._report = report
        self._due = DueList()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = threading.Event()
        self._clock = ClockWatch(clock_now, parts.monotonic)

    def begin(self) -> None:
        """Make what needs the running loop, and queue every source."""
        parts = self._parts
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._settler = Settler(parts.door)
        self._turns = HostTurns(parts.policy)
        self._fetcher = Fetcher(parts.policy, parts.transport() if parts.transport else None)
        self._visitor = Visitor(self._fetcher, self._turns, parts.store, parts.sources, self._clock_now)
        self._lane = self._make_lane()
        self._keeper = HubKeeper(parts.hubs, parts.policy, self._turns.turn) if parts.hubs else None
        self._sides = [*self._make_sides()]
        for spec in parts.specs.values():
            self._queue(spec)
        self._start_sides()

    def _make_lane(self) -> CrawlLane:
        return CrawlLane(Tools(
            self._parts, self._settler, self._turns, self._visitor, self._clock_now, self._stopping, self._finish, self._postpone
        ))  # fmt: skip

    def _make_sides(self) -> Iterator[SideWork]:
        parts = self._parts
        if parts.again:
            judge, turn, screen = self._visitor.judge, self._turns.turn, parts.door.screen_edit
            looker = Looker(parts.again, parts.specs, parts.policy, self._fetcher, judge, turn, screen)
            yield SideWork(LOOK_SECONDS, lambda: looker.look_round(self._clock_now()))
        if keeper := self._keeper:
            yield SideWork(TEND_SECONDS, lambda: keeper.tend(parts.specs, parts.states, self._clock_now()))

    def _start_sides(self) -> None:
        elapsed = self._parts.monotonic()
        for side in self._sides:
            if side.is_due(elapsed):
                self._spawn(side.run())

    async def end(self) -> None:
        """Stop reading, let what is being stored be stored, close the connections."""
        self._stopping.set()
        ends = self._loop.time() + END_SECONDS
        while self._tasks and self._loop.time() < ends:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=1.0)  # a library may swallow a cancellation: it is told again
        await self._settler.end(END_SECONDS)
        await self._fetcher.aclose()
        if self._keeper:
            await self._keeper.aclose()

    @property
    def idle(self) -> bool:
        """True when nothing runs and nothing is due."""
        return not self._tasks and not self._due.has_due(self._clock_now())

    def start_due(self) -> None:
        """Start every due source for which there is room."""
        self._mind_clock()
        now = self._clock_now()
        room = IN_FLIGHT * self._parts.policy.concurrency - len(self._tasks)
        for turn in self._due.take("poll", now, room):
            self._spawn(self._poll(turn))
        self._start_sides()
        if self._lane.has_room() and (turns := self._due.take("crawl", now, CRAWLS_AT_ONCE)):
            self._spawn(self._lane.crawl(turns))

    async def rest(self) -> None:
        """Wait until something has ended, but not longer than a tick."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._wake.wait()
        self._wake.clear()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()
        if not task.cancelled() and (fault := task.exception()):
            log.error("round_fault", fault=place_of(fault))

    # ---------------------------------------------------------------- the clock

    def _mind_clock(self) -> None:
        """Somebody set the clock while we ran: the real pauses must stay what they were."""
        step = self._clock.find_step()
        if step is None:
            return
        log.warning("clock_was_set", step_s=round(step.total_seconds()))
        self._due.shift(step)
        for source, state in self._parts.states.items():
            self._parts.states[source] = shift_due(state, step)

    # ---------------------------------------------------------------- queueing

    def _queue(self, spec: SourceSpec) -> None:
        state = self._parts.states[spec.id]
        host = host_key(address_of(state, spec), self._parts.policy)
        self._due.put(Turn(state.next_due, spec.id, "crawl" if is_crawled(spec) else "poll", host))

    def _finish(self, turn: Turn, state: SourceState, items: int, new: int) -> None:
        """A source has been read and stored: note it, queue it again, free its host."""
        self._parts.states[turn.source] = state
        self.summaries[turn.source] = summarise(state, items, new, ran=True)
        self._requeue(turn)
        self._log_run(state, items, new)
        if self._report:
            self._report(self.summaries[turn.source])

    def _requeue(self, turn: Turn) -> None:
        try:
            self._queue(self._parts.specs[turn.source])
        finally:
            self._due.release(turn.host)
            self._wake.set()

    def _log_run(self, state: SourceState, items: int, new: int) -> None:
        cause = {"cause": state.memory.code, "said": state.said} if state.failures else {}
        log.info("source_ran", source=state.id, health=state.health, items=items, new=new, **cause)

    def _postpone(self, turn: Turn, fault: BaseException) -> None:
        """Something of ours failed (the store, mostly): nothing is noted, the source is read again later."""
        log.error("source_not_settled", source=turn.source, fault=place_of(fault))
        parts = self._parts
        pause = max(AFTER_FAULT, floor_of(parts.specs[turn.source], parts.policy))
        state = replace(parts.states[turn.source], next_due=self._clock_now() + pause)
        parts.states[turn.source] = state
        said = "What it brought could not be stored; it will be read again."
        self.summaries[turn.source] = replace(summarise(state, ran=True), health="failing", said=said)
        self._requeue(turn)

    # ---------------------------------------------------------------- polling

    async def _poll(self, turn: Turn) -> None:
        spec, state = self._parts.specs[turn.source], self._parts.states[turn.source]
        try:
            async with asyncio.timeout(TURN_SECONDS):
                visit = await self._visit(spec, state)
            before, (state, new) = state, await self._settle(spec, state, visit)
            if self._keeper and visit.attempt.hub_live and new:
                await self._keeper.doubt(spec.id, before.last_run)
        except Exception as fault:
            self._postpone(turn, fault)
            return
        if state.memory.hub != before.memory.hub:
            self._hurry()
        self._finish(turn, state, visit.attempt.items, new)

    async def _visit(self, spec: SourceSpec, state: SourceState) -> Visit:
        if await is_stopped(self._parts, spec, state):
            return Visit(Attempt(failure=STOPPED))
        visit = await self._visitor.visit(spec, state)
        if self._keeper is None:
            return visit
        await self._keeper.load()
        live = self._keeper.is_live(spec.id, self._clock_now())
        return replace(visit, attempt=replace(visit.attempt, hub_live=live))

    def _hurry(self) -> None:
        """A hub has just been found: it need not wait for the next minute."""
        for side in self._sides:
            if side.every_s == TEND_SECONDS:
                side.hurry()

    async def _settle(self, spec: SourceSpec, state: SourceState, visit: Visit) -> tuple[SourceState, int]:
        """Store a visit; not given up when the round is stopped meanwhile."""
        return await self._settler.settle(Run(state, spec, visit.attempt, visit.items, self._clock_now()))
