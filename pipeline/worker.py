"""The worker: waiting items in, outcomes saved in one transaction; after a failure memory is rebuilt from the store."""

import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from pipeline.book import revive
from pipeline.chain import Chain
from pipeline.hearing import Heard, follow_words, has_lost, read_heard
from pipeline.model import Screened
from pipeline.regroup import follow_orders, part_events
from pipeline.store.engine import StoreUnavailable, reading, writing
from pipeline.store.lease import Lease, LeaseLost, check_fence
from pipeline.store.regrouping import read_orders
from pipeline.store.store import WORKER, SqlStore

MEMORY = timedelta(days=14)
ARRIVALS = timedelta(weeks=9)
BATCH = 200
PAGE = 500
IDLE_S = 0.5
TICK = timedelta(minutes=1)
LEASE_LIFE = timedelta(minutes=2)
log = structlog.get_logger()


class Worker:
    """Takes the queue in order. `make_chain` builds an empty chain, anew when `changed` says so (asked between batches);
    a lease sees to it that only one worker writes."""

    def __init__(
        self, store: SqlStore, make_chain: Callable[[], Chain], clock: Callable[[], datetime], holder: str,
        changed: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self._store, self._make_chain, self._clock = store, make_chain, clock
        self._lease = Lease(store.engine, WORKER, holder)
        self._changed = changed
        self._fence: int | None = None
        self._chain: Chain | None = None
        self._heard = Heard()
        self._limit = BATCH
        self._ticked: datetime | None = None
        self._renewed: datetime | None = None

    @property
    def chain(self) -> Chain:
        """The chain with its memory, rebuilt from the store when there is none."""
        if self._chain is None:
            with reading(self._store.engine) as connection:
                self._heard = read_heard(connection)
            self._chain = rebuild(self._make_chain(), self._store, self._clock())
        return self._chain

    def work_once(self, limit: int = BATCH) -> int:
        """Process up to `limit` waiting items; returns how many (0 also when another worker has the lease).

        Raises StoreUnavailable and LeaseLost; memory then starts anew.
        """
        now = self._clock()
        try:
            if not self._hold_lease(now):
                return 0
            if self._changed():  # other rules: memory begins anew with them, as after a restart
                self._chain = None
            self._follow_office(now)
            count = self._take(limit, now)
            if self._ticked is None or abs(now - self._ticked) >= TICK:
                self._ticked = now
                self._close(now)
        except BaseException:
            self._chain, self._fence = None, None
            raise
        return count

    def _hold_lease(self, now: datetime) -> bool:
        """True while this worker is the one; renews at a third of the lease's life."""
        if self._fence is not None and self._renewed and abs(now - self._renewed) < LEASE_LIFE / 3:
            return True
        if self._fence is not None and self._lease.renew(self._fence, now, LEASE_LIFE):
            self._renewed = now
            return True
        self._chain, self._fence = None, self._lease.acquire(now, LEASE_LIFE)
        self._renewed = now
        return self._fence is not None

    def learn_history(self, progress: Callable[[int], None] = lambda _count: None) -> int:
        """Place what first fetches brought, in the order of publishing, before the live queue is worked.

        `progress` hears of each batch's size. Returns the number of items. Raises StoreUnavailable and LeaseLost.
        """
        total = 0
        while self._hold_lease(self._clock()):
            count = self._take(BATCH, self._clock(), history=True)
            if not count:
                break
            progress(count)
            total += count
        return total

    def _follow_office(self, now: datetime) -> None:
        """Bring memory to what officers said of items, and merge and split what they asked for, since the last batch."""
        self._follow_words(now)
        with reading(self._store.engine) as connection:
            if not read_orders(connection):
                return
        chain = self.chain
        with writing(self._store.engine) as connection:
            if self._fence is not None:
                check_fence(connection, WORKER, self._fence)
            is_whole = follow_orders(chain, connection, now)
        if not is_whole:
            self._chain = None

    def _follow_words(self, now: datetime) -> None:
        if self._chain is None:
            return
        with reading(self._store.engine) as connection:
            fresh = read_heard(connection)
            if fresh == self._heard:
                return
            if has_lost(self._chain, connection, self._heard):
                self._chain = None
                log.info("memory given up", why="an item was deleted")
                return
            follow_words(self._chain, connection, self._heard, now)
        self._heard = fresh

    def _take(self, limit: int, now: datetime, *, history: bool = False) -> int:
        waiting = self._store.waiting(limit, history=history)
        if not waiting:
            return 0
        ids = [one.document.id for one in waiting]
        voices, known = self._store.voices_of(ids), self._store.known(ids)
        batch = [Screened(one.document, voices.get(one.document.id, ()), one.sealed_link) for one in waiting]
        self._store.save(self.chain.process(batch, known), [one.n for one in waiting], now, self._fence)
        return len(waiting)

    def _close(self, now: datetime) -> None:
        closings = self.chain.close_quiet(now)
        if closings:
            pairs = [(closing.event, closing.decision) for closing in closings]
            self._store.save_closed(pairs, now, self._fence)

    def _set_aside(self, error: str) -> None:
        """After a batch that cannot be decided: try its items one by one, and park the one that fails alone."""
        log.exception("worker failed", items=self._limit)
        if self._limit == 1:
            for one in self._store.waiting(1):
                self._store.park(one.n, error)
                log.error("item parked", n=one.n, item=one.document.id, error=error)
        self._limit = 1

    def release(self) -> None:
        """Give the lease back, so that another worker can go on at once."""
        if self._fence is not None:
            self._lease.release(self._fence, self._clock())
            self._fence = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. A store that cannot be written is tried again, longer apart each time."""
        pause = IDLE_S
        while not stop.is_set():
            try:
                pause = IDLE_S if self.work_once(self._limit) == 0 else 0.0
                self._limit = min(BATCH, self._limit * 2)
            except (StoreUnavailable, LeaseLost) as error:
                pause = min(60.0, max(1.0, pause * 2))
                log.warning("worker waits", said=str(error), again_in_s=pause)
            except Exception as error:  # a bug must not end the watch
                pause = 1.0
                self._set_aside(type(error).__name__)
            stop.wait(pause)
        self.release()


def rebuild(chain: Chain, store: SqlStore, now: datetime) -> Chain:
    """Fill an empty chain from the store: matters with their ledger, then the items of the last 14 days in order."""
    since = now - MEMORY
    told = store.told(since - MEMORY)
    for event in store.events(since):
        matter = revive(event, store.event_sources(event.id))
        matter.told.extend(told.get(event.id, ()))
        chain.book.restore(matter)
    chain.arrivals.restore(store.arrival_hours(now - ARRIVALS))
    stored = store.resume(since)
    while page := list(itertools.islice(stored, PAGE)):
        voices = store.voices_of([one.document.id for one in page])
        for one in page:
            home = one.event or one.document.id
            chain.remember(one.document, one.tags, one.copy, home, voices.get(one.document.id, ()))
    with reading(store.engine) as connection:
        part_events(chain, connection)
    return chain
