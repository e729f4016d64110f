"""The spider: lists, then the pages behind them, each item written to the pipe as soon as it is known."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, BinaryIO, TypeVar

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.base import CrawlEvent, CrawlItem, Fetched, FetchFailed, ParseFailed
from crawlers.kinds import READERS
from crawlers.lists import Lead
from crawlers.spider_job import JobRun
from crawlers.spider_net import PageFailed, Stopwatch
from crawlers.spider_wire import Batch, write_event
from pipeline.model import RawItem

PAGE_SECONDS = 15.0
T = TypeVar("T")


class TooSlow(BaseException):
    """A page that keeps its parser busy; not an Exception, so that no parser's own handler takes it."""


class CrawlSpider(scrapy.Spider):  # type: ignore[misc]  # scrapy carries no types
    """Runs the jobs of one batch side by side. `out` is the pipe."""

    name = "tocsin"

    def __init__(self, batch: Batch, out: BinaryIO, **options: Any) -> None:
        super().__init__(**options)
        self._runs = [JobRun(job) for job in batch.jobs]
        self._watch = Stopwatch(batch.now)
        self._out = out

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """The first list of every job, unless it was given."""
        for run in self._runs:
            if run.job.given is None:
                yield self._ask_list(run, run.job.start_url)
                continue
            run.open += 1
            for request in self._use_list(run, run.job.given):
                yield request

    def closed(self, reason: str) -> None:
        """Say how the jobs ended that the limits cut short."""
        for run in self._runs:
            if not run.ended:
                self._write(run.conclude(ran_out=reason != "finished"))

    # ---------------------------------------------------------------- lists

    def _ask_list(self, run: JobRun, url: str) -> scrapy.Request:
        run.open += 1
        return self._request(url, {"run": run}, self._take_list, self._lose_list, 1)

    def _take_list(self, response: Response) -> Iterator[scrapy.Request]:
        return self._use_list(response.meta["run"], response.meta["fetched"])

    def _use_list(self, run: JobRun, fetched: Fetched) -> Iterator[scrapy.Request]:
        run.note_page()
        reader = READERS[run.job.spec.via]
        listed = self._read(lambda: reader.read_list(run.job.spec, fetched, self._watch.now()))
        if isinstance(listed, ParseFailed):
            run.note_failure(FetchFailed("soft", listed.sentence, code="not_parsed"), of_list=True)
            return self._close(run)
        plan = run.plan(listed)
        for item in plan.items:
            self._give(run, item)
        requests = [self._ask_list(run, url) for url in plan.lists]
        requests += [self._ask_page(run, lead, place) for place, lead in enumerate(plan.pages)]
        self._close(run)
        return iter(requests)

    def _lose_list(self, failure: Failure) -> Iterator[scrapy.Request]:
        run: JobRun = failure.request.meta["run"]
        run.note_failure(_reason(failure), of_list=True)
        return self._close(run)

    # ---------------------------------------------------------------- pages

    def _ask_page(self, run: JobRun, lead: Lead, place: int) -> scrapy.Request:
        run.open += 1
        return self._request(lead.page or "", {"run": run, "lead": lead}, self._take_page, self._lose_page, -place)

    def _take_page(self, response: Response) -> Iterator[scrapy.Request]:
        run, lead = response.meta["run"], response.meta["lead"]
        run.note_page()
        fetched: Fetched = response.meta["fetched"]
        reader = READERS[run.job.spec.via]
        item = self._read(lambda: reader.read_page(run.job.spec, lead, fetched, self._watch.now()))
        if isinstance(item, ParseFailed):
            code = "noindex" if "not to be indexed" in item.sentence else "not_parsed"
            return self._lose(run, lead, FetchFailed("soft", item.sentence, code=code))
        self._give(run, item)
        return self._close(run)

    def _lose_page(self, failure: Failure) -> Iterator[scrapy.Request]:
        meta = failure.request.meta
        return self._lose(meta["run"], meta["lead"], _reason(failure))

    def _lose(self, run: JobRun, lead: Lead, failed: FetchFailed) -> Iterator[scrapy.Request]:
        run.note_failure(failed, of_list=False)
        item = run.rescue(lead, failed)
        if item:
            self._give(run, item)
        return self._close(run)

    # ---------------------------------------------------------------- common

    def _request(
        self, url: str, meta: dict[str, Any], taken: Callable[..., object], lost: Callable[..., object], priority: int
    ) -> scrapy.Request:
        """Lists come before pages, newer pages before older ones."""
        return scrapy.Request(url, callback=taken, errback=lost, meta=meta, dont_filter=True, priority=priority)

    def _read(self, work: Callable[[], T | ParseFailed]) -> T | ParseFailed:
        try:
            with time_limit(PAGE_SECONDS):
                return work()
        except TooSlow:
            return ParseFailed(f"The page could not be read in {PAGE_SECONDS:g} s.")
        except Exception as fault:  # a reader promises not to raise; if it does, only this page suffers
            return ParseFailed(f"The page could not be read (a fault of ours: {type(fault).__name__}).")

    def _give(self, run: JobRun, item: RawItem) -> None:
        run.given += 1
        self._write(CrawlItem(run.job.spec.id, item))

    def _close(self, run: JobRun) -> Iterator[scrapy.Request]:
        """One request is answered; after the last one the job has ended."""
        run.open -= 1
        if run.open == 0 and not run.ended:
            run.ended = True
            self._write(run.conclude())
        return iter(())

    def _write(self, event: CrawlEvent) -> None:
        line = memoryview(write_event(event))
        while line:
            line = line[self._out.write(line) :]


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TooSlow inside the block after `seconds`. Main thread only."""
    before = signal.signal(signal.SIGALRM, _raise_too_slow)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise_too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def _reason(failure: Failure) -> FetchFailed:
    if isinstance(failure.value, PageFailed):
        return failure.value.failed
    return FetchFailed("soft", "The page could not be read.", code="crawl")
