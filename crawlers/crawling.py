"""The crawl lane: takes what a child process streams and hands it in, source by source. Runs in a worker thread."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from crawlers.base import CrawlDone, CrawlEvent, CrawlItem, CrawlJob, FetchFailed
from crawlers.door import Door
from crawlers.drift import measure_items
from crawlers.faults import place_of
from crawlers.health import check_empty
from crawlers.oldness import mark_old
from crawlers.state import Attempt, SourceState
from pipeline.model import RawItem

log = structlog.get_logger()

FLUSH_ITEMS = 50
SAMPLE = 40
MAX_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Crawled:
    """The end of one source: its new state, or what of ours failed. `items` were given out, `new` of them new."""

    source_id: str
    state: SourceState | BaseException
    items: int = 0
    new: int = 0


@dataclass(slots=True)
class _Haul:
    """What one source has brought so far. `waiting` is not yet handed in."""

    items: int = 0
    new: int = 0
    waiting: list[RawItem] = field(default_factory=list)
    sample: list[RawItem] = field(default_factory=list)


class CrawlRun:
    """One batch. `bases` are what the look at each first list has found. `ended` is called in this thread, exactly once for every job."""

    def __init__(
        self,
        jobs: Sequence[CrawlJob],
        states: Mapping[str, SourceState],
        door: Door,
        ended: Callable[[Crawled], None],
        clock_now: Callable[[], datetime],
        stopped: Callable[[], bool],
        bases: Mapping[str, Attempt],
    ) -> None:
        self._specs = {job.spec.id: job.spec for job in jobs}
        self._states = states
        self._door = door
        self._ended = ended
        self._clock_now = clock_now
        self._stopped = stopped
        self._bases = bases
        self._open = {job.spec.id: _Haul() for job in jobs}
        self._events: Iterator[CrawlEvent] | None = None

    def run(self, start: Callable[[], Iterator[CrawlEvent]]) -> None:
        """Follow the crawl to its end. When stopped, the child is closed and open sources keep their old state."""
        try:
            self._events = start()
            with closing(_as_generator(self._events)) as events:
                for event in events:
                    if self._stopped():
                        return
                    self._take(event)
        except Exception as fault:
            log.error("crawl_fault", fault=place_of(fault))  # noqa: TRY400 - no traceback, see place_of
        for source in list(self._open):
            self._take(CrawlDone(source, False, "The crawl broke off.", 0, 0, grade="temporary"))

    def abort(self) -> None:
        """End what is behind it, where that can be done from another thread; otherwise it ends with its next event."""
        abort = getattr(self._events, "abort", None)
        if abort is not None:
            abort()

    def _take(self, event: CrawlEvent) -> None:
        haul = self._open.get(event.source_id)
        if haul is None:
            return
        try:
            if isinstance(event, CrawlItem):
                self._take_item(event, haul)
            else:
                self._take_end(event, haul)
        except Exception as fault:
            self._open.pop(event.source_id, None)
            self._ended(Crawled(event.source_id, fault))

    def _take_item(self, event: CrawlItem, haul: _Haul) -> None:
        if haul.items >= MAX_ITEMS:
            return
        haul.items += 1
        if len(haul.sample) < SAMPLE:
            haul.sample.append(event.item)
        first = self._states[event.source_id].last_ok is None
        haul.waiting += mark_old([event.item], first=first)
        if len(haul.waiting) >= FLUSH_ITEMS:
            waiting, haul.waiting = haul.waiting, []
            haul.new += self._door.bring(self._states[event.source_id], waiting, self._clock_now())

    def _take_end(self, done: CrawlDone, haul: _Haul) -> None:
        state, spec = self._states[done.source_id], self._specs[done.source_id]
        failure = self._judge_end(done, state, haul)
        found = haul.items if done.found is None else done.found
        attempt = Attempt(failure=failure) if failure else self._describe(done, haul, found)
        new_state, new = self._door.settle(state, spec, attempt, haul.waiting, self._clock_now())
        self._open.pop(done.source_id)
        self._ended(Crawled(done.source_id, new_state, haul.items, max(new, haul.new)))

    def _describe(self, done: CrawlDone, haul: _Haul, found: int) -> Attempt:
        """What the crawl has found. Only a list that was worked through whole need not be read again unchanged."""
        quality = measure_items(haul.sample, lists=True)
        attempt = replace(self._bases.get(done.source_id, Attempt()), items=found, new=haul.new, quality=quality)
        if done.failed or done.left:
            return replace(attempt, etag=None, last_modified=None, content_hash=None)
        return attempt

    def _judge_end(self, done: CrawlDone, state: SourceState, haul: _Haul) -> FetchFailed | None:
        if not done.ok:
            code = "crawl_refused" if done.grade == "hard" else "crawl"
            return FetchFailed(done.grade, done.sentence, done.retry_after, code=code)
        return check_empty(state, haul.items if done.found is None else done.found)


def _as_generator(events: Iterator[CrawlEvent]) -> Generator[CrawlEvent, None, None]:
    """`events` in a form that can be closed; closing it closes what is behind it."""
    yield from events
