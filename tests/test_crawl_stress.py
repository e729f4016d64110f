"""The collector under a storm: hundreds of sources end in the same moment over a store that is slow and fails; it never waits
for ever, and every run is settled once."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from test_crawl_collector import LineFeed, MemoryStore, PlainScreen, make_item
from test_crawl_settling import NoScreen, run_of

from crawlers.base import CrawlDone, CrawlEvent, CrawlItem, CrawlJob
from crawlers.bounded import call_bounded
from crawlers.collector import Collector, SourceSummary
from crawlers.door import Door
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.settling import Settler
from crawlers.sidework import SideWork

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SOURCES = 200
TICK = 0.02  # answers come at multiples of it, so that very many end together
BURSTS = 250
LIMIT = 60.0  # what no healthy run comes near on a busy machine


class Waves(httpx.AsyncBaseTransport):
    """A network without sockets: answers come in waves, fail, break off or never come."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404, stream=Silence())
        await asyncio.sleep(TICK * self.chance.randrange(4))
        kind = self.chance.randrange(12)
        if kind == 0:
            await asyncio.sleep(3600)
        if kind == 1:
            raise httpx.ReadError("broken off")
        if kind == 2:
            raise RuntimeError("a surprise of ours")
        if kind == 3:
            return httpx.Response(503, stream=Silence())
        return httpx.Response(200, headers={"ETag": '"1"'}, stream=Silence(b"<rss><title>a</title></rss>", kind == 4))


class Silence(httpx.AsyncByteStream):
    """A body; with `late` the last byte never comes."""

    def __init__(self, body: bytes = b"", late: bool = False) -> None:
        self.body, self.late = body, late

    async def __aiter__(self) -> Any:
        yield self.body
        if self.late:
            await asyncio.sleep(3600)


class Moody(MemoryStore):
    """A store that takes its time and fails now and then, and knows how often it stored the state of each source."""

    def __init__(self, seed: int, slow: float = 0.5) -> None:
        super().__init__()
        self.chance, self.slow = random.Random(seed), slow
        self.stored: Counter[str] = Counter()

    def _check(self) -> None:
        if self.chance.random() < self.slow:
            time.sleep(self.chance.choice([0.0, 0.001, 0.01]))
        if self.chance.random() < 0.15:
            raise OSError("disk full")

    def put_source(self, values: Mapping[str, Any]) -> None:
        super().put_source(values)
        self.stored[values["id"]] += 1

    def put_sources(self, rows: Sequence[Mapping[str, Any]]) -> None:
        super().put_sources(rows)
        self.stored.update(row["id"] for row in rows)

    def known_items(self, source: str) -> frozenset[str]:
        self._check()
        return super().known_items(source)


class OddChildren:
    """Crawl children that finish, say nothing, die, or end as no generator should."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def __call__(self, jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> Iterator[CrawlEvent]:
        for job in jobs:
            kind = self.chance.randrange(8)
            time.sleep(self.chance.choice([0.0, TICK]))
            if kind == 0:
                raise RuntimeError("the child is gone")
            if kind == 1:
                raise SystemExit(3)
            if kind == 2:
                continue
            yield CrawlItem(job.spec.id, make_item(job.spec, "x", now))
            yield CrawlDone(job.spec.id, kind != 3, "", 1, 0)
            if kind == 4:
                yield CrawlDone(job.spec.id, True, "", 1, 0)  # twice


def sources(seed: int) -> list[SourceSpec]:
    """Sources over a few dozen hosts, one in five crawled."""
    chance = random.Random(seed)
    return [
        SourceSpec(f"s{n}", f"http://h{chance.randrange(60)}.example/{n}", "news", via="feed" if n % 5 else "listing")
        for n in range(SOURCES)
    ]


def storm(seed: int) -> tuple[Collector, Moody]:
    store, parser = Moody(seed), LineFeed()
    policy = CrawlPolicy(timeout=0.2, host_delay=0.0, concurrency=24)
    parser.faulty = {f"s{n}" for n in range(0, SOURCES, 17)}
    made = Collector(
        sources(seed), policy, store, PlainScreen(), lambda: NOW, OddChildren(seed), {"feed": parser}, transport=lambda: Waves(seed)
    )  # fmt: skip
    return made, store


def within_limit(work: Any, what: str) -> None:
    """Run `work` in a thread; it must end by itself. What it raises is raised here."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as fault:
            raised.append(fault)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert not thread.is_alive(), f"{what} did not end in {LIMIT:g} s"
    assert not raised, raised


@pytest.mark.parametrize("seed", range(3))
def test_every_run_of_a_storm_is_settled_once(seed: int) -> None:
    """Two rounds of 200 sources that end together, fail, time out and die over a failing store: each is given back once a
    round, stored or postponed, and the round ends."""
    collector, store = storm(seed)
    for hours in (0, 30):
        told: Counter[str] = Counter()
        store.stored.clear()
        summaries: list[SourceSummary] = []
        now = NOW + timedelta(hours=hours)

        def read(now: datetime = now, told: Counter[str] = told, into: list[SourceSummary] = summaries) -> None:
            into += collector.collect_once(now, lambda summary: told.update([summary.id]))

        within_limit(read, f"round {hours} of seed {seed}")
        assert len(summaries) == SOURCES
        assert all(one.ran for one in summaries)
        assert all(one.next_due > now for one in summaries)
        settled = {one.id for one in summaries if "could not be stored" not in one.said}
        assert set(told) == settled  # what was postponed is read again and not reported
        assert set(told.values()) <= {1}
        assert 0 < len(settled) < SOURCES  # the storm was one


@pytest.mark.parametrize("seed", range(6))
def test_a_collector_is_stopped_in_the_middle_of_a_storm(seed: int) -> None:
    """Whenever the stop comes, the collector ends soon, and what was being written is there."""
    collector, _ = storm(seed)
    stop, chance = threading.Event(), random.Random(seed)
    threading.Timer(0.02 + chance.random() * 0.6, stop.set).start()
    within_limit(lambda: collector.run(stop), f"the stopped run of seed {seed}")


async def settle_storm(seed: int, store: Moody) -> tuple[int, int]:
    """Few runs at a time that are handed in at any turn of the loop around a write's end, a part of them cancelled: with
    nobody coming later, one that was missed would wait for ever. How many were asked for, how many told."""
    chance, loop = random.Random(seed), asyncio.get_running_loop()
    settler, told = Settler(Door(store, NoScreen(), CrawlPolicy())), 0

    async def hand_in(number: int) -> None:
        for _ in range(chance.randrange(120)):
            await asyncio.sleep(0)
        with suppress(OSError):
            await settler.settle(run_of(f"s{number}", items=chance.choice([0, 0, 3])))

    for burst in range(BURSTS):
        tasks = [asyncio.ensure_future(hand_in(10 * burst + n)) for n in range(3)]
        if chance.random() < 0.2:
            loop.call_later(chance.random() * 0.002, tasks[0].cancel)
        done, late = await asyncio.wait(tasks, timeout=LIMIT)
        assert not late, f"{len(late)} runs wait for ever (seed {seed}, burst {burst})"
        told += sum(not task.cancelled() for task in done)
    await settler.end(LIMIT)
    assert (settler._writing, settler._waiting) == (None, [])
    return 3 * BURSTS, told


@pytest.mark.parametrize("seed", range(12))
def test_no_run_waits_for_ever_for_the_store(seed: int) -> None:
    """Hand-ins at every moment of a write's life, with cancellations: all are answered, none is stored twice."""
    store = Moody(seed, slow=0.02)
    asked, told = asyncio.run(settle_storm(seed, store))
    assert 0 < told <= asked
    assert max(store.stored.values()) == 1


# ---------------------------------------------------------------- what a thread may do to its loop


@pytest.mark.parametrize("raised", [StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_whatever_ends_a_thread_is_told(raised: type[BaseException]) -> None:
    """A future cannot carry StopIteration and a SystemExit would end the loop: both come as an ordinary error."""

    def work() -> None:
        raise raised

    async def run() -> str:
        try:
            await call_bounded(work, LIMIT)
        except RuntimeError as fault:
            return str(fault)
        return "nothing was told"

    assert asyncio.run(asyncio.wait_for(run(), LIMIT)) == f"{raised.__name__} in a thread"


def test_a_cancellation_that_comes_with_the_answer_is_heard() -> None:
    """The thread has just answered and the task is cancelled in the same turn of the loop: it does not go on."""

    async def run() -> bool:
        went_on = False

        async def work() -> None:
            nonlocal went_on
            await call_bounded(lambda: None, LIMIT)
            went_on = True

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        time.sleep(0.1)  # the answer is on its way to the loop
        asyncio.get_running_loop().call_soon(task.cancel)  # right behind it
        with suppress(asyncio.CancelledError):
            await task
        return went_on

    assert not asyncio.run(run())


def test_work_beside_the_reading_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that hangs ends with a time-out and may be started again; before, it was the last one."""
    monkeypatch.setattr("crawlers.sidework.LONGEST_SECONDS", 0.05)
    side = SideWork(60.0, lambda: asyncio.sleep(3600))
    assert side.is_due(0.0)
    with pytest.raises(TimeoutError):
        asyncio.run(side.run())
    assert side.is_due(61.0)
