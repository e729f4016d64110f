"""Following the change table: what changed is sent, what has gone is deleted, and the position moves on.

One process follows at a time (a lease). The position is written after the answer, so a kill repeats a batch and loses
none; versions make the repetition harmless. Nothing here is on the way of an alert.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine

from pipeline.store.elastic.connection import Address, ElasticRefuses, ElasticUnavailable, connect, telling
from pipeline.store.elastic.delivery import Delivered, Operation, deliver
from pipeline.store.elastic.documents import EPOCH, Lens
from pipeline.store.elastic.indices import Indices
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.records import Batch, read_batch
from pipeline.store.elastic.standing import (
    Standing,
    clear_stall,
    park,
    read_standing,
    store_id,
    unpark,
    write_position,
    write_stall,
)
from pipeline.store.engine import StoreUnavailable, reading, writing
from pipeline.store.lease import Lease, LeaseLost, check_fence

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

LEASE, LEASE_LIFE = "elastic", timedelta(minutes=3)
BATCH = 1000
MOST_BATCHES = 20
PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """Where the projection goes and how it looks."""

    address: Address
    names: Names = field(default_factory=Names)
    analyzer: str = "standard"
    keep_days: int = 730


@dataclass(frozen=True, slots=True)
class Progress:
    """What one round did. `said` is why it could not go on, `busy` that another process follows at the moment."""

    sent: int = 0
    behind: int = 0
    said: str = ""
    busy: bool = False


class Follower:
    """Keeps the indices in use up to date. For one thread."""

    def __init__(self, engine: Engine, target: Target, lens: Lens, holder: str) -> None:
        self.engine, self.target, self.lens, self.holder = engine, target, lens, holder
        self.client: Elasticsearch = connect(target.address)
        self.indices = Indices(self.client, target.names, target.analyzer, target.keep_days)
        self.lease = Lease(engine, LEASE, holder)
        self._ready = False
        self._generation = 0

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def step(self, now: datetime) -> Progress:
        """Send what has changed, at most MOST_BATCHES batches. Never raises for what can pass by itself or is the
        server's: that is said in the answer and in the standing. Raises StoreUnavailable."""
        standing = self._look()
        if standing.generation and not standing.behind and not standing.said:
            return Progress()
        fence = self.lease.acquire(now, LEASE_LIFE)
        if fence is None:
            return Progress(behind=standing.behind, busy=True)
        try:
            return self._step(fence, now)
        except ElasticUnavailable as error:
            self._ready = False
            self._stall(str(error), now)
            return Progress(behind=self._look().behind, said=str(error))
        except LeaseLost:
            return Progress(behind=standing.behind, busy=True)
        finally:
            self.lease.release(fence, now)

    def _look(self) -> Standing:
        with reading(self.engine) as connection:
            return read_standing(connection)

    def _step(self, fence: int, now: datetime) -> Progress:
        from pipeline.store.elastic.rebuild import fill_first  # it follows changes itself

        sent = 0
        with telling(self.target.address.hosts):
            if not self._ready:
                self.make_ready()
            if not self._look().generation:
                sent = fill_first(self, fence, now)
            for _ in range(MOST_BATCHES):
                count = self._send_next(fence, now)
                sent += count
                if not count:
                    break
            standing = self._look()
            self._write_control(standing)
        if standing.said:
            with writing(self.engine) as connection:
                clear_stall(connection)
            log.info("elasticsearch is followed again", behind=standing.behind)
        return Progress(sent, standing.behind)

    def make_ready(self) -> None:
        """Once after start and after each outage: templates, indices and aliases are as they should be, and what is
        there came from this store. Raises ElasticRefuses when it did not."""
        self.indices.forget()
        standing = self._look()
        refusal = self.find_stranger(standing)
        if refusal:
            raise ElasticRefuses(refusal)
        if not self.indices.has_templates():
            self.indices.put_templates()
        if standing.generation and standing.generation not in self.indices.generations():
            with writing(self.engine) as connection:  # the server lost everything, or is another one
                write_position(connection, 0, 0, standing.moved or EPOCH)
        elif standing.generation:
            self.indices.ensure_all(standing.generation, live=True)
            self.indices.show(standing.generation)
        self._ready = True

    def find_stranger(self, standing: Standing) -> str:
        """A sentence when the indices were filled from another store, or from a later state of this one."""
        control = self.indices.read_control()
        if control is None:
            return ""
        with writing(self.engine) as connection:
            mine = store_id(connection)
        names, hosts = self.target.names, self.target.address.hosts
        if control["store"] != mine:
            return (
                f"the indices {names.prefix}-* at {hosts} were filled from another database; "
                "give another prefix, or take them over with `tocsin elastic rebuild`"
            )
        if standing.generation and control["position"] > standing.position + standing.behind:
            return f"the indices {names.prefix}-* at {hosts} know more than this database; run `tocsin elastic rebuild`"
        return ""

    def _write_control(self, standing: Standing) -> None:
        with writing(self.engine) as connection:
            mine = store_id(connection)
        self.indices.write_control(mine, standing.generation, standing.position)

    def _send_next(self, fence: int, now: datetime) -> int:
        """One batch; returns how many changes it covered, 0 when there were none."""
        with writing(self.engine) as connection:
            check_fence(connection, LEASE, fence)
        with reading(self.engine) as connection:
            standing = read_standing(connection)
            batch = read_batch(connection, standing.position, BATCH, self.lens)
        if batch is None:
            return 0
        if standing.generation != self._generation:  # a rebuild by another process: what is there is not what was
            self.indices.forget()
            self._generation = standing.generation
        results = self.send_batch(batch, standing.generation, now, live=True)
        again = [one for one in results if one.verdict == "again"]
        position = min([batch.upto, *(one.operation.first - 1 for one in again)])
        with writing(self.engine) as connection:
            check_fence(connection, LEASE, fence)
            self.note(connection, results, now)
            if position > standing.position:
                write_position(connection, standing.generation, position, now)
        if again:
            raise ElasticUnavailable(
                f"Elasticsearch at {self.target.address.hosts} does not take writes: {again[0].reason}"
            )
        return position - standing.position

    def send_batch(self, batch: Batch, generation: int, now: datetime, *, live: bool) -> list[Delivered]:
        """Send a batch to one generation; returns the answer for each operation."""
        return list(deliver(self.client, list(self.plan(batch, generation, now, live=live))))

    def note(self, connection: object, results: Sequence[Delivered], now: datetime) -> None:
        """Write down what was refused, and what is not any more."""
        refused = [one for one in results if one.verdict == "refused"]
        park(connection, refused, now)  # type: ignore[arg-type]
        unpark(connection, (one for one in results if one.verdict == "arrived"))  # type: ignore[arg-type]
        for one in refused:
            log.warning("document parked", part=one.operation.part, id=one.operation.id, reason=one.reason)

    def plan(self, batch: Batch, generation: int, now: datetime, *, live: bool) -> Iterator[Operation]:
        """What has to be written and deleted. Months that were dropped are not made again."""
        for one in batch.there:
            touch = batch.touched[one.part, one.id]
            index = ""
            if self.indices.is_kept(one.month if one.part == "items" else None, now):
                index = self.indices.ensure(one.part, generation, one.month, live=live)
                yield Operation(one.part, one.id, index, touch.last, touch.first, one.body)
            places = self._places(one.part, generation, touch.months - {None})
            yield from (Operation(one.part, one.id, at, touch.last, touch.first, None) for at in places if at != index)
        for part, key in batch.gone:
            touch = batch.touched[part, key]
            for at in self._places(part, generation, touch.months or {None}):
                yield Operation(part, key, at, touch.last, touch.first, None)

    def _places(self, part: str, generation: int, months: Iterable[str | None]) -> list[str]:
        """The indices in which something that has gone may be; all of its part when nobody knows the month."""
        there = self.indices.of(part, generation)  # type: ignore[arg-type]  # one of PARTS
        if None in months:
            return there
        wanted = {self.target.names.index(part, generation, month) for month in months}  # type: ignore[arg-type]
        return [name for name in there if name in wanted]

    def _stall(self, said: str, now: datetime) -> None:
        if self._look().said != said:
            log.warning("elasticsearch is not followed", said=said)
        with writing(self.engine) as connection:
            write_stall(connection, said, now)


def follow(follower: Follower, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """Follow until told to stop. After a failure the pause doubles, up to half a minute."""
    pause = PAUSE_S
    while not stop.wait(pause):
        try:
            progress = follower.step(clock())
            failed = bool(progress.said)
        except StoreUnavailable as error:
            log.warning("elasticsearch is not followed", said=str(error))
            failed = True
        except Exception:  # what nobody foresaw must not end the following, nor anything else
            log.exception("round failed", part="elastic")
            failed = True
        pause = min(LONGEST_PAUSE_S, pause * 2) if failed else PAUSE_S
    follower.close()
