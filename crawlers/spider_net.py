"""How the crawl child reads the network: Scrapy's requests go through the same checked fetcher as the polled sources.

So the address of every connection is checked (redirects and rebinding included), robots.txt is obeyed by RFC 9309 on
every hop (5xx and dropped connections close a site, which Scrapy's own middleware gets wrong), each host gets one
request at a time with a pause, and size, time and decompression are bounded.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import Fetcher, Wish
from crawlers.politeness import HostTurns
from crawlers.robots import MAX_BYTES, RobotsKeeper
from crawlers.spider_job import JobRun
from crawlers.spider_wire import Batch


class PageFailed(Exception):  # noqa: N818 - an expected failure on its way to an errback
    """A page that could not be read."""

    def __init__(self, failed: FetchFailed) -> None:
        super().__init__(failed.sentence)
        self.failed = failed


class _JobClosed(Exception):  # noqa: N818 - not a fault
    """The job of a waiting request has been closed."""


class Stopwatch:
    """The time of the batch: the service's `now` and what has passed since."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._started

    def now(self) -> datetime:
        """The present."""
        return self._now + timedelta(seconds=self.elapsed_s)


class Shelf:
    """robots.txt as the service knew it, and what the child has learnt since. Kept for the life of the child."""

    def __init__(self, batch: Batch) -> None:
        self._rows: dict[str, Mapping[str, Any]] = {
            origin: {"origin": origin, "fetched": batch.now, "status": 200, "body": text, "unreachable_since": None}
            for job in batch.jobs
            for origin, text in job.robots.items()
        }

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        """What is known of an origin."""
        return self._rows.get(origin)

    def put_robots(self, values: Mapping[str, Any]) -> None:
        """Remember an answer."""
        self._rows[str(values["origin"])] = values


class CheckedDownloads(BaseDownloadHandler):  # type: ignore[misc]  # scrapy carries no types
    """Scrapy's handler for http and https. The `Fetched` travels in `response.meta["fetched"]`."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        batch: Batch = crawler.settings["TOCSIN_BATCH"]
        self._watch = Stopwatch(batch.now)
        self._seconds: float = crawler.settings.getfloat("CLOSESPIDER_TIMEOUT")
        self._fetcher = Fetcher(batch.policy)
        self._turns = HostTurns(batch.policy)
        self._robots = RobotsKeeper(Shelf(batch), self._ask_robots)
        for job in batch.jobs:
            self._turns.slow_down(job.start_url, job.delay_s)

    async def download_request(self, request: Request) -> Response:
        """Read one page. Raises PageFailed with the reason."""
        run: JobRun = request.meta["run"]
        fetched = await self._fetch_in_time(request.url, run)
        run.note_answer(fetched)
        if isinstance(fetched, FetchFailed):
            raise PageFailed(fetched)
        request.meta["fetched"] = fetched
        return Response(fetched.final_url, status=fetched.status, body=fetched.body, request=request)

    async def _fetch_in_time(self, url: str, run: JobRun) -> Fetched | FetchFailed:
        """Read a page before the whole crawl's time is over; the wait for a host's turn counts too."""

        @asynccontextmanager
        async def turn(target: str) -> AsyncIterator[None]:
            # Scrapy hands over a whole list at once, so most requests wait here, and the job may be closed meanwhile.
            async with self._turns.turn(target):
                if run.closed:
                    raise _JobClosed
                yield

        try:
            async with asyncio.timeout(max(0.0, self._seconds - self._watch.elapsed_s)):
                return await self._fetcher.get(url, self._watch.now(), Wish(), self._check_robots, turn)
        except _JobClosed:
            return FetchFailed("temporary", "The crawl of this source has stopped.", code="stopped")
        except TimeoutError:
            return FetchFailed("temporary", "The crawl was cut short.", code="timeout")

    async def close(self) -> None:
        """Close all connections."""
        await self._fetcher.aclose()

    async def _check_robots(self, url: str) -> FetchFailed | None:
        verdict = await self._robots.judge(url, self._watch.now())
        if verdict.rules.delay_s > self._turns.delay_of(url):
            self._turns.slow_down(url, verdict.rules.delay_s)
        return verdict.refusal

    async def _ask_robots(self, url: str, now: datetime) -> Fetched | FetchFailed:
        return await self._fetcher.get(url, now, Wish(limit=MAX_BYTES, cut=True), turn=self._turns.turn)
