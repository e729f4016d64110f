"""The part of `bench.elastic` that measures how fast the projection is filled and followed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from bench.dashboard_store import NOW
from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.documents import Lens, Projected
from pipeline.store.elastic.indices import Indices
from pipeline.store.elastic.names import PARTS, Names
from pipeline.store.elastic.rebuild import rebuild
from pipeline.store.elastic.records import read_all
from pipeline.store.elastic.sync import Follower, Target
from pipeline.store.engine import reading, writing
from pipeline.store.schema import changes, documents

if TYPE_CHECKING:
    from sqlalchemy import Engine

KEEP = 10_000  # days: nothing is too old here
WARM = 10_000  # documents


@dataclass(frozen=True, slots=True)
class Bench:
    """A filled store and the node that it goes to."""

    engine: "Engine"
    url: str

    def follower(self, prefix: str) -> Follower:
        """A follower that sends under a prefix of its own."""
        target = Target(Address((self.url,), timeout=120.0), Names(prefix), keep_days=KEEP)
        return Follower(self.engine, target, Lens(), "bench:1")


def read_everything(engine: "Engine") -> list[Projected]:
    """Every document, as a rebuild makes them."""
    found: list[Projected] = []
    for part in PARTS:
        after: Any = None
        while True:
            with reading(engine) as connection:
                page, after = read_all(connection, part, after, 2000, Lens())
            found += page
            if after is None:
                break
    return found


@dataclass(frozen=True, slots=True)
class Spent:
    """What `count` documents took: seconds by the clock, and seconds of processor in this process and the node."""

    count: int
    seconds: float
    busy: float


class Meter:
    """Use as a context; `spent(count)` afterwards."""

    def __init__(self, bench: Bench) -> None:
        self._client = bench.follower("meter").client

    def _busy(self) -> float:
        nodes = self._client.nodes.stats(metric="process").body["nodes"].values()
        return time.process_time() + sum(float(node["process"]["cpu"]["total_in_millis"]) for node in nodes) / 1000

    def __enter__(self) -> "Meter":
        self._begun, self._before = time.perf_counter(), self._busy()
        return self

    def __exit__(self, *_error: object) -> None:
        self.seconds = time.perf_counter() - self._begun
        self.busy = self._busy() - self._before
        self._client.close()

    def spent(self, count: int) -> Spent:
        """For so many documents."""
        return Spent(count, self.seconds, self.busy)


def send_bare(bench: Bench, made: Sequence[Projected]) -> dict[str, Spent]:
    """The client's own helper with its default settings: the sending alone, into indices that are there, and from nothing:
    the bulk makes its indices, and a refresh after it, which a rebuild cannot do without either."""
    from elasticsearch import Elasticsearch, helpers

    client = Elasticsearch(bench.url, request_timeout=120)
    indices = Indices(client, Names("bare"), keep_days=KEEP)
    indices.put_templates()
    places = {(one.part, one.month) for one in made}

    def send(generation: int) -> None:
        names = {place: indices.names.index(place[0], generation, place[1]) for place in places}
        actions = ({"_index": names[one.part, one.month], "_id": one.id, "_source": one.body} for one in made)
        assert all(ok for ok, _ in helpers.parallel_bulk(client, actions))

    for part, month in places:
        indices.ensure(part, 1, month, live=False)
    with Meter(bench) as sending:
        send(1)
    indices.drop_other(0)
    with Meter(bench) as whole:
        send(2)
        indices.forget()
        indices.refresh(2)
    indices.drop_other(0)
    client.close()
    return {"bare, sending alone": sending.spent(len(made)), "bare, from nothing": whole.spent(len(made))}


def send_ours(bench: Bench) -> dict[str, Spent]:
    """`tocsin elastic rebuild`: read, made, sent, found, switched to; the generation before goes."""
    follower = bench.follower("ours")
    with Meter(bench) as meter:
        count = rebuild(follower, lambda: NOW, time.sleep)
    follower.close()
    return {"rebuild": meter.spent(count)}


def follow_ours(bench: Bench) -> dict[str, Spent]:
    """`tocsin elastic sync` after every item was changed."""
    with writing(bench.engine) as connection:
        ids = connection.scalars(select(documents.c.id)).all()
        connection.execute(insert(changes), [{"kind": "document", "id": one} for one in ids])
    follower = bench.follower("ours")
    with Meter(bench) as meter:
        while (progress := follower.step(NOW)).behind:
            assert not progress.said, progress.said
    follower.close()
    return {"sync": meter.spent(len(ids))}


def measure_speed(bench: Bench, turns: int) -> None:
    """In turns, so that what else the machine does falls on all alike; each is printed, then the middle of each."""
    made = read_everything(bench.engine)
    found: dict[str, list[Spent]] = {}
    send_bare(bench, made[:WARM])  # both start warm
    measures: tuple[Callable[[], dict[str, Spent]], ...] = (
        lambda: send_bare(bench, made), lambda: send_ours(bench), lambda: follow_ours(bench),
    )  # fmt: skip
    for _ in range(turns):
        for measure in measures:
            for name, spent in measure().items():
                found.setdefault(name, []).append(spent)
                say(name, [spent])
    if turns > 1:
        print("  the middle of each", flush=True)
        for name, all_turns in found.items():
            say(name, all_turns)


def say(name: str, all_turns: Sequence[Spent]) -> None:
    """The middle of some measurements, as a line."""
    rate = sorted(one.count / one.seconds for one in all_turns)[len(all_turns) // 2]
    busy = sorted(one.count / one.busy for one in all_turns)[len(all_turns) // 2]
    print(f"  {name:24} {rate:8,.0f} documents/s {busy:8,.0f} a CPU second, client and node", flush=True)
