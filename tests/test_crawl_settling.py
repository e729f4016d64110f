"""Settling: runs that end together are stored together, and one that cannot be stored costs only itself."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawlers import settling
from crawlers.door import Door, Run, Settled
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.settling import Settler
from crawlers.state import Attempt, begin_state
from pipeline.model import RawItem, Screened

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
POLICY = CrawlPolicy()


class Ledger:
    """A store that notes its transactions; it waits at its gate, and cannot take the sources in `poisoned`."""

    def __init__(self, *poisoned: str) -> None:
        self.transactions: list[list[str]] = []
        self.poisoned = poisoned
        self.gate = threading.Event()
        self.gate.set()

    def put_source(self, values: Mapping[str, Any]) -> None:
        self.put_sources([values])

    def put_sources(self, rows: Sequence[Mapping[str, Any]]) -> None:
        assert self.gate.wait(10)
        if any(row["id"] in self.poisoned for row in rows):
            raise OSError("this one cannot be stored")
        self.transactions.append([row["id"] for row in rows])

    def enqueue(self, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime) -> int:
        self.put_sources([source])
        return len(screened)

    def source_rows(self) -> Sequence[Mapping[str, Any]]:
        return []

    def known_items(self, source: str) -> frozenset[str]:
        return frozenset()

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        return None

    def put_robots(self, values: Mapping[str, Any]) -> None:
        raise AssertionError(values)


class NoScreen:
    """Refuses every item."""

    def screen(self, raw: RawItem, now: datetime) -> object:
        return "not taken"


def run_of(name: str, items: int = 0) -> Run:
    spec = SourceSpec(id=name, url=f"http://{name}.example/feed", kind="news")
    raws = [RawItem(f"{name}-{n}", name, "news", spec.url, NOW, title="x") for n in range(items)]
    return Run(begin_state(spec, timedelta(hours=1), NOW), spec, Attempt(unchanged=not items), raws, NOW)


async def settle_all(ledger: Ledger, runs: Sequence[Run], busy: bool = False) -> list[Settled | BaseException]:
    """Settle `runs` at once; with `busy` all but the first come while the store is at the first."""
    settler = Settler(Door(ledger, NoScreen(), POLICY))
    if busy:
        ledger.gate.clear()
    first = asyncio.ensure_future(settler.settle(runs[0]))
    await asyncio.sleep(0.05)
    others = [asyncio.ensure_future(settler.settle(run)) for run in runs[1:]]
    await asyncio.sleep(0.05)
    ledger.gate.set()
    found = await asyncio.gather(first, *others, return_exceptions=True)
    await settler.end(5)
    return list(found)


def test_runs_that_end_while_the_store_is_busy_share_a_transaction() -> None:
    """Fifty unchanged sources behind a slow write are one transaction, and each gets its own new state."""
    ledger = Ledger()
    found = asyncio.run(settle_all(ledger, [run_of(f"s{n}") for n in range(51)], busy=True))
    assert [len(rows) for rows in ledger.transactions] == [1, 50]
    assert [state.id for state, _ in found] == [f"s{n}" for n in range(51)]  # type: ignore[misc]
    assert all(state.last_ok == NOW for state, _ in found)  # type: ignore[misc]


def test_a_source_that_cannot_be_stored_costs_only_itself() -> None:
    """One row that the database refuses does not undo the others of its transaction."""
    ledger = Ledger("s3")
    found = asyncio.run(settle_all(ledger, [run_of(f"s{n}") for n in range(6)], busy=True))
    assert [isinstance(one, OSError) for one in found] == [n == 3 for n in range(6)]
    assert sorted(name for rows in ledger.transactions for name in rows) == ["s0", "s1", "s2", "s4", "s5"]


def test_what_brought_items_has_its_own_transaction() -> None:
    """An item and the state of its source are stored together and never with those of another source."""
    ledger = Ledger()
    asyncio.run(settle_all(ledger, [run_of("a"), run_of("b", 2), run_of("c"), run_of("d", 1), run_of("e")], busy=True))
    assert ledger.transactions == [["a"], ["c", "e"], ["b"], ["d"]]


def test_a_run_that_is_given_up_is_stored_all_the_same() -> None:
    """The round is stopped while runs wait for the store: all of them are stored before it ends."""
    ledger = Ledger()

    async def stop_early() -> None:
        settler = Settler(Door(ledger, NoScreen(), POLICY))
        ledger.gate.clear()
        waiting = [asyncio.ensure_future(settler.settle(run_of(f"s{n}"))) for n in range(5)]
        await asyncio.sleep(0.05)
        for each in waiting:
            each.cancel()
        asyncio.get_running_loop().call_later(0.1, ledger.gate.set)
        await settler.end(5)

    asyncio.run(stop_early())
    assert sorted(name for rows in ledger.transactions for name in rows) == [f"s{n}" for n in range(5)]


def test_a_run_that_comes_just_as_the_writer_ends_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last write is done and, in the same turn of the loop, another source hands in: it does not wait for a third."""
    ledger = Ledger()

    async def hand_in_late() -> None:
        settler, gate = Settler(Door(ledger, NoScreen(), POLICY)), asyncio.get_running_loop().create_future()

        async def write_at_the_gate(work: Callable[[], object], _seconds: float) -> object:
            await gate
            return work()

        monkeypatch.setattr(settling, "call_bounded", write_at_the_gate)
        first = asyncio.ensure_future(settler.settle(run_of("first")))
        await asyncio.sleep(0.01)
        gate.set_result(None)  # wakes the writer, which ends; right behind it:
        late = asyncio.ensure_future(settler.settle(run_of("late")))
        await asyncio.wait_for(asyncio.gather(first, late), 5)

    asyncio.run(hand_in_late())
    assert ledger.transactions == [["first"], ["late"]]
