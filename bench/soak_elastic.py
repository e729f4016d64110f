"""Three real nodes of Elasticsearch under load: one is killed (-9) and brought back, another hangs and goes on.

    python -m bench.soak_elastic [--items 12000] [--away 40] [--heap 512m]

Meanwhile items are saved, a follower sends them, and somebody searches without a pause, both as the search page does (SQLite
stands in) and at Elasticsearch alone. Afterwards every document is compared by its content. Leaves with status 1 when one
is missing, left over or different, or when a search of the page failed.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bench.store import BATCH, make_batches
from pipeline.store.elastic.connection import Address, ElasticUnavailable
from pipeline.store.elastic.documents import Lens
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.search import ElasticSearchIndex, StandingIn
from pipeline.store.elastic.standing import Standing, read_standing
from pipeline.store.elastic.sync import Follower, Target, follow
from pipeline.store.elastic.verify import compare
from pipeline.store.engine import open_engine, reading
from pipeline.store.migrate import upgrade
from pipeline.store.search import Query, SearchIndex, SqliteSearch
from pipeline.store.store import SqlStore

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
if TYPE_CHECKING:
    from elastic_rig import Cluster, Node

    from pipeline.store.elastic.verify import Comparison


@dataclass
class Reader:
    """Somebody who searches all the time. Times in seconds."""

    name: str
    index: SearchIndex
    spent: list[float] = field(default_factory=list)
    stand_ins: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def read_until(self, stop: threading.Event) -> None:
        """One search after the other."""
        while not stop.wait(0.05):
            begun = time.monotonic()
            try:
                self.stand_ins += self.index.search(Query("的一", facets=True)).stand_in
            except ElasticUnavailable as error:
                self.failed[str(error)] += 1
            self.spent.append(time.monotonic() - begun)

    def sentence(self) -> str:
        """What became of the searches."""
        middle, longest = sorted(self.spent)[len(self.spent) // 2], max(self.spent)
        return (
            f"{self.name}: {len(self.spent)} searches, {self.failed.total()} failed, {self.stand_ins} answered by SQLite, "
            f"middle {middle * 1000:.0f} ms, longest {longest:.1f} s"
            + "".join(f"\n    {count} times: {said}" for said, count in self.failed.items())
        )


@contextmanager
def working(jobs: Sequence[Callable[[threading.Event], None]]) -> Iterator[None]:
    """Jobs in threads of their own until the end of the context. AssertionError when one does not end."""
    stop = threading.Event()
    threads = [threading.Thread(target=job, args=[stop], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "a job goes on two minutes after it was told to stop"


@dataclass
class Stage:
    """A store in a file, its projection on the cluster, and those who use both."""

    cluster: "Cluster"
    store: SqlStore

    def __post_init__(self) -> None:
        where, engine = Address(tuple(self.cluster.urls)), self.store.engine
        self.follower = Follower(engine, Target(where, keep_days=10_000), Lens(), "soak:1")
        self.checker = Follower(engine, Target(where, keep_days=10_000), Lens(), "soak:2")
        direct = ElasticSearchIndex(engine, where, Names())
        self.readers = [
            Reader("Elasticsearch alone", direct),
            Reader("search page", StandingIn(ElasticSearchIndex(engine, where, Names()), SqliteSearch(engine), engine)),
        ]

    @contextmanager
    def followed(self) -> Iterator[None]:
        """As `tocsin run` does."""
        with working([lambda stop: follow(self.follower, lambda: datetime.now(UTC), stop)]):
            yield

    @contextmanager
    def searched(self) -> Iterator[None]:
        """Without a pause."""
        with working([one.read_until for one in self.readers]):
            yield

    def save(self, first: int, count: int) -> None:
        """Items as the worker saves them."""
        for batch in make_batches(count, first):
            self.store.save(batch, [])

    @property
    def standing(self) -> Standing:
        """How it stands."""
        with reading(self.store.engine) as connection:
            return read_standing(connection)

    def catch_up(self, seconds: float = 300) -> float:
        """Wait until nothing is behind; returns how long it took."""
        begun = time.monotonic()
        while (standing := self.standing).behind or standing.said or not standing.generation:
            assert time.monotonic() - begun < seconds, standing.sentence()
            time.sleep(0.5)
        return time.monotonic() - begun

    def wait_shown(self, seconds: float = 60) -> None:
        """Wait for the alias: it is moved a moment after the position is written, and before there is nothing to search."""
        end, said = time.monotonic() + seconds, "asked"
        while said:
            assert time.monotonic() < end, f"waited {seconds:g} s in vain for the first search: {said}"
            said = self._refusal()
            time.sleep(0.2)

    def _refusal(self) -> str:
        try:
            self.readers[0].index.search(Query(""))
        except ElasticUnavailable as error:
            return str(error)
        return ""

    def check(self) -> "Comparison":
        """Every document by its content."""
        return compare(self.checker, datetime.now(UTC) + timedelta(days=1), deep=True)


def wait_green(node: "Node", cluster: "Cluster", seconds: float = 300) -> float:
    """Until every copy is where it should be; returns how long it took."""
    import json
    import urllib.request

    begun = time.monotonic()
    while True:
        assert time.monotonic() - begun < seconds, "the cluster does not become green"
        address = f"{node.url}/_cluster/health?wait_for_status=green&wait_for_nodes={len(cluster.nodes)}&timeout=10s"
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                if not json.loads(answer.read())["timed_out"]:
                    return time.monotonic() - begun
        except OSError:
            time.sleep(1)


def play(stage: Stage, name: str, victim: "Node", harm: Callable[[], None], heal: Callable[[], None], *,
         first: int, items: int, away: float) -> None:  # fmt: skip
    """Harm a node in the middle of the stream, go on for a while, heal it, and say what was seen."""
    stage.save(first, items // 3)
    harm()
    begun = time.monotonic()
    half = items // 3 // BATCH
    for turn in range(half):
        stage.save(first + items // 3 + turn * BATCH, BATCH)
        time.sleep(max(0.0, away / half - 0.2))
    behind = stage.standing.behind
    gone = time.monotonic() - begun
    heal()
    stage.save(first + 2 * (items // 3), items // 3)
    green = wait_green(victim, stage.cluster)
    caught = stage.catch_up()
    print(f"{name}: {victim.name} away for {gone:.0f} s, {behind:,} changes behind then; green after {green:.0f} s, "
          f"caught up {caught:.0f} s later", flush=True)  # fmt: skip


def signal_node(node: "Node", number: int) -> None:
    """A signal for a node with all its processes."""
    assert node.process is not None
    os.killpg(node.process.pid, number)


def find_master(cluster: "Cluster") -> "Node":
    """The node that leads."""
    name = cluster.ask("GET", "_cat/master?format=json")[0]["node"]
    return next(node for node in cluster.nodes if node.name == name)


def run(stage: Stage, items: int, away: float) -> bool:
    """Both scenes; True when nothing was lost and every page was answered."""
    stage.save(0, 2 * BATCH)
    with stage.followed():
        stage.catch_up()
        stage.wait_shown()
        with stage.searched():
            play_both(stage, 2 * BATCH, items // 2, away)
    return report(stage)


def play_both(stage: Stage, first: int, items: int, away: float) -> None:
    """The leading node is killed and started again, then another one hangs; so many items meanwhile each time."""
    master = find_master(stage.cluster)
    other = next(node for node in stage.cluster.nodes if node is not master)

    def bring_back() -> None:
        master.start()
        master.wait(180)

    play(stage, "killed -9 (the leading node)", master, master.kill, bring_back, first=first, items=items, away=away)
    play(stage, "hung (SIGSTOP)", other, lambda: signal_node(other, signal.SIGSTOP),
         lambda: signal_node(other, signal.SIGCONT), first=first + items, items=items, away=away)  # fmt: skip


def report(stage: Stage) -> bool:
    """Compare every document and say what became of the searches; True when all is well."""
    found = stage.check()
    wrong = [month.sentence() for month in found.months if not month.same]
    here, there = (sum(getattr(month, side).count for month in found.months) for side in ("here", "there"))
    print(
        f"documents in SQL {here:,}, in Elasticsearch {there:,}; parked {found.parked}; differing months {wrong or 'none'}"
    )
    for reader in stage.readers:
        print(reader.sentence())
    return not wrong and not found.parked and not stage.readers[1].failed


def main() -> None:
    """Start three nodes and play."""
    from elastic_rig import cluster

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=12_000)
    parser.add_argument("--away", type=float, default=40)
    parser.add_argument("--heap", default="512m")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the nodes must not be left behind
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder, cluster(nodes=3, heap=args.heap) as three:
        engine = open_engine(f"sqlite:///{Path(folder) / 'tocsin.db'}")
        upgrade(engine)
        fine = run(Stage(three, SqlStore(engine)), args.items, args.away)
        engine.dispose()
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
