"""Looking again at very many posts: what is gone is gone from here within a day, and nobody stands behind another's thousands."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import event
from store_kit import a_document, a_store, kept, rows_of, screened, source_row
from test_crawl_stress import Silence
from test_crawl_withdrawal import SEAL

from crawlers import withdrawal
from crawlers.fetch import Fetcher
from crawlers.robots import OPEN, Verdict
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.withdrawal import MOST_OF_HOST, Again, Looker, allow_looks
from pipeline.recheck import CONFIRM_PRIVATE, EVERY
from pipeline.store.rechecks import OF_A_SOURCE, SqlRechecks

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = timedelta(minutes=20)


class Boards(httpx.AsyncBaseTransport):
    """Boards whose posts are there until they are `gone`; `slow` hosts never answer. Time is `now`."""

    def __init__(self) -> None:
        self.now = NOW
        self.gone: dict[str, datetime] = {}
        self.slow: set[str] = set()
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.asked.append(url)
        if request.url.host in self.slow:
            await asyncio.sleep(3600)
        there = self.gone.get(url, self.now) >= self.now
        return httpx.Response(200 if there else 404, stream=Silence(b"<html><body><p>a post</p></body></html>"))


class Office:
    """A store with private posts on boards, and somebody who looks again."""

    def __init__(self, posts: dict[str, int], timeout: float = 5.0) -> None:
        self.store = a_store(Path(tempfile.mkdtemp(prefix="tocsin-looks-")))
        event.listen(self.store.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        self.boards, self.addresses = Boards(), dict[str, str]()
        for host, count in posts.items():
            self._fill(host, count)
        policy = CrawlPolicy(host_delay=0.0, timeout=timeout)
        specs = {host: SourceSpec(host, f"https://{host}/", "forum") for host in posts}
        self.looker = Looker(
            Again(SqlRechecks(self.store.engine), SEAL.open), specs, policy, Fetcher(policy, self.boards), _judge, _turn,
            lambda _raw, _now: None,
        )  # fmt: skip

    def _fill(self, host: str, count: int) -> None:
        found = []
        for number in range(count):
            url = f"https://{host}/t/{number}"
            found.append((url, a_document(url, f"第{number}楼说食堂", title=None, source=host, seen=NOW)))
        self.addresses |= {document.id: url for url, document in found}
        given = [screened(document, (), SEAL.seal(url)) for url, document in found]
        self.store.enqueue(source_row(host), given, NOW)
        self.store.save([kept(document) for _, document in found], [one.n for one in self.store.waiting(count)])

    def look(self, now: datetime) -> int:
        """One round."""
        self.boards.now = now
        return asyncio.run(self.looker.look_round(now))

    def left(self) -> set[str]:
        """The addresses of the posts that are still stored."""
        return {self.addresses[row["id"]] for row in rows_of(self.store.engine, "documents")}


async def _judge(url: str) -> Verdict:
    return Verdict(url, OPEN)


@asynccontextmanager
async def _turn(_url: str) -> AsyncIterator[None]:
    yield


@pytest.fixture
def slow_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of twenty minutes with two looks at a host: a hundred-and-twentieth of the real pace."""
    monkeypatch.setattr(withdrawal, "PER_HOST", 1)
    monkeypatch.setattr(withdrawal, "MOST_OF_HOST", 2)
    monkeypatch.setattr(withdrawal, "CLEARED_IN", 3)


@pytest.mark.usefixtures("slow_pace")
def test_what_is_gone_is_erased_within_a_day_among_very_many() -> None:
    """A board with 100 posts at a hundred-and-twentieth of the pace (12,000 in earnest): each of the 15 that are taken down at
    any hour is erased within a day, and none that is there."""
    office, chance = Office({"bbs.example": 100}), random.Random(7)
    urls = [f"https://bbs.example/t/{n}" for n in range(100)]
    office.boards.gone = {url: NOW + (6 + 9 * chance.random()) * HOUR for url in chance.sample(urls, 15)}
    lasted: dict[str, timedelta] = {}
    now = NOW
    while now < NOW + 39 * HOUR:
        now += STEP
        office.look(now)
        left = office.left() if now.minute == 0 else set(urls)
        lasted |= {url: now - at for url, at in office.boards.gone.items() if url not in left and url not in lasted}
    assert set(lasted) == set(office.boards.gone)
    assert max(lasted.values()) < DAY
    assert office.left() == set(urls) - set(lasted)


def test_nobody_stands_behind_anothers_thousands() -> None:
    """One board with 700 due posts and thirty with one: the thirty are looked at in the first round, the large one as often
    as is allowed."""
    small = {f"b{n}.example": 1 for n in range(30)}
    office = Office({"large.example": 700, **small})
    office.look(NOW + 7 * HOUR)
    asked = [httpx.URL(url).host for url in office.boards.asked]
    assert {host: asked.count(host) for host in small} == dict.fromkeys(small, 1)
    assert asked.count("large.example") == MOST_OF_HOST == OF_A_SOURCE


def test_a_slow_board_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that never answers costs a round its time and one request, not one for each of its posts."""
    monkeypatch.setattr(withdrawal, "ROUND_SECONDS", 0.3)
    office = Office({"slow.example": 600, "quick.example": 3}, timeout=0.4)
    office.boards.slow = {"slow.example"}
    office.look(NOW + 7 * HOUR)
    asked = [httpx.URL(url).host for url in office.boards.asked]
    assert asked.count("slow.example") == 1
    assert asked.count("quick.example") >= 2


def test_what_is_too_much_is_said() -> None:
    """Posts that have waited so long that the promise of a day does not hold are told to the operator's log, by source."""
    office = Office({"large.example": 30})
    with structlog.testing.capture_logs() as logs:
        office.look(NOW + 20 * HOUR)
    assert [(one["event"], one["source"], one["waiting"]) for one in logs if one["log_level"] == "warning"] == [
        ("looks_late", "large.example", 30)
    ]


def test_the_budget_fits_the_promise() -> None:
    """The pace of a host grows with what waits, from two a minute to one in five seconds; at that, 13,000 posts are gone
    through in less than the time that two looks leave of a day."""
    assert [allow_looks(waiting) for waiting in (0, 1, 120, 121, 600, 720, 99_999)] == [2, 2, 2, 3, 10, 12, 12]
    round_trip = timedelta(minutes=13_000 / MOST_OF_HOST)
    assert max(round_trip, EVERY + timedelta(minutes=45)) + CONFIRM_PRIVATE + timedelta(minutes=60) < DAY
