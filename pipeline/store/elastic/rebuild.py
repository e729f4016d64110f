"""Filling a new generation of indices from the state of record, and moving the aliases to it at once.

    remember the last change -> all records -> changes since -> (with the lease) the last changes -> position, aliases

The generation in use goes on being followed and read until then. What is read twice is written twice, with versions
that keep the newer one. A kill leaves a generation that nobody reads; the next rebuild removes it.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from pipeline.store.elastic.connection import ElasticUnavailable, telling
from pipeline.store.elastic.delivery import Delivered, Operation, deliver_many
from pipeline.store.elastic.documents import Projected
from pipeline.store.elastic.names import PARTS, Part
from pipeline.store.elastic.records import last_change, months_of_items, read_all, read_batch
from pipeline.store.elastic.standing import store_id, write_position
from pipeline.store.elastic.sync import BATCH, LEASE, LEASE_LIFE, Follower
from pipeline.store.engine import reading, writing
from pipeline.store.lease import Lease, check_fence

PAGE = 2000
LONGEST_WAIT_S = 600.0
LIFE = timedelta(hours=1)
REBUILDING = "elastic rebuild"
Clock = Callable[[], datetime]
log = structlog.get_logger()


def fill_first(follower: Follower, fence: int, now: datetime) -> int:
    """Nothing was sent yet: fill a first generation and show it, under the caller's lease. Returns the documents sent.
    The lease is held for much longer than a round; a second follower that takes it over fails at its fence or ours."""
    follower.lease.renew(fence, now, LIFE)
    generation = max(follower.indices.generations(), default=0) + 1
    position, count = fill(follower, generation, now)
    switch(follower, fence, generation, position, now)
    return count


def rebuild(follower: Follower, clock: Clock, wait: Callable[[float], None]) -> int:
    """Fill the next generation beside the one in use and switch to it; returns the documents sent.

    `wait` sleeps. Raises ElasticUnavailable; nothing that is read has changed then.
    """
    mine = Lease(follower.engine, REBUILDING, follower.holder)
    held = mine.acquire(clock(), LIFE)
    if held is None:
        raise ElasticUnavailable("another process rebuilds the indices at the moment")
    try:
        with telling(follower.target.address.hosts):
            return _rebuild(follower, clock, wait)
    finally:
        mine.release(held, clock())


def _rebuild(follower: Follower, clock: Clock, wait: Callable[[float], None]) -> int:
    follower.indices.forget()
    follower.indices.put_templates()
    generation = max(follower.indices.generations(), default=0) + 1
    position, count = fill(follower, generation, clock())
    fence = _take_lease(follower, clock, wait)
    try:
        switch(follower, fence, generation, position, clock())
    finally:
        follower.lease.release(fence, clock())
    return count


def _take_lease(follower: Follower, clock: Clock, wait: Callable[[float], None]) -> int:
    end = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        fence = follower.lease.acquire(clock(), LEASE_LIFE)
        if fence is not None:
            return fence
        wait(0.1)
    raise ElasticUnavailable("another process sends changes to Elasticsearch and does not end; run the rebuild again")


def fill(follower: Follower, generation: int, now: datetime) -> tuple[int, int]:
    """All records and the changes since the beginning; returns up to which change, and the documents sent."""
    with reading(follower.engine) as connection:
        begin, months = last_change(connection), months_of_items(connection)
    count = [0]
    with follower.indices.making(generation, (one for one in months if follower.indices.is_kept(one, now))):
        follower.indices.ensure_all(generation, live=False)
        operations = _operations(follower, generation, begin, now, count)
        _check(follower, deliver_many(follower.client, operations), now)
    return _catch_up(follower, generation, begin, now), count[0]


def _operations(
    follower: Follower, generation: int, version: int, now: datetime, count: list[int]
) -> Iterator[Operation]:
    for part in PARTS:
        for one in _pages(follower, part):
            if follower.indices.is_kept(one.month if part == "items" else None, now):
                count[0] += 1
                index = follower.indices.ensure(part, generation, one.month, live=False)
                yield Operation(part, one.id, index, version, version, one.body)


def _pages(follower: Follower, part: Part) -> Iterator[Projected]:
    after: Any = None
    while True:
        with reading(follower.engine) as connection:
            page, after = read_all(connection, part, after, PAGE, follower.lens)
        yield from page
        if after is None:
            return


def _check(follower: Follower, results: Iterable[Delivered], now: datetime) -> None:
    """Park what was refused; raises ElasticUnavailable as soon as anything could not be sent."""
    told: list[Delivered] = []
    for one in results:
        if one.verdict == "again":
            hosts = follower.target.address.hosts
            raise ElasticUnavailable(f"Elasticsearch at {hosts} does not take writes: {one.reason}")
        told.append(one)
    with writing(follower.engine) as connection:
        follower.note(connection, told, now)


def _catch_up(follower: Follower, generation: int, position: int, now: datetime) -> int:
    """Send the changes after `position` to a generation that is not in use yet; returns how far it came."""
    while True:
        with reading(follower.engine) as connection:
            batch = read_batch(connection, position, BATCH, follower.lens)
        if batch is None:
            return position
        _check(follower, follower.send_batch(batch, generation, now, live=False), now)
        position = batch.upto


def switch(follower: Follower, fence: int, generation: int, position: int, now: datetime) -> None:
    """The last changes, then the position, then the aliases, then the old indices go. A kill in between is healed at
    the next start of a follower: it shows the generation that the position belongs to."""
    position = _catch_up(follower, generation, position, now)
    with writing(follower.engine) as connection:
        check_fence(connection, LEASE, fence)
        write_position(connection, generation, position, now)
        mine = store_id(connection)
    follower.indices.show(generation)
    follower.indices.write_control(mine, generation, position)
    dropped = follower.indices.drop_other(generation)
    log.info("elasticsearch indices in use", generation=generation, position=position, dropped=len(dropped))
