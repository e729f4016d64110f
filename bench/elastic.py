"""How fast the projection into Elasticsearch is filled and followed, and when searching there pays.

    python -m bench.elastic [--speed 30000] [--sizes 10000 100000 1000000] [--dir FOLDER] [--turns 3] [--rounds 30] [--alone 1000000]

One real node with 1 GB of heap (`make services`). Speed: a rebuild and a sync through the change table, beside a bare
`helpers.parallel_bulk` of the same documents (made beforehand) into indices of the same mapping, in turns in the same run.
Search: the same questions to SQLite and to Elasticsearch over the same stored items, in milliseconds; then the size of
both on disk. `--speed 0` leaves the speed out, `--alone` asks SQLite only. `--dir` keeps the filled SQLite stores for the next time.
"""

import argparse
import logging
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import delete, select

from bench.dashboard_store import NOW, build_store
from bench.elastic_speed import Bench, measure_speed
from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.rebuild import rebuild
from pipeline.store.elastic.search import ElasticSearchIndex
from pipeline.store.elastic.standing import read_standing
from pipeline.store.elastic.sync import Follower
from pipeline.store.elastic.verify import compare
from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.schema import changes, documents
from pipeline.store.search import Query, SearchIndex, SqliteSearch

if TYPE_CHECKING:
    from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))


@contextmanager
def opened(path: Path, url: str) -> Iterator[Bench]:
    """The bench over the store at `path`."""
    engine = open_engine(f"sqlite:///{path}")
    try:
        yield Bench(engine, url)
    finally:
        engine.dispose()


# ---------------------------------------------------------------- search


def questions(engine: "Engine") -> dict[str, Query]:
    """What an officer asks; the rare phrase is taken from a stored text."""
    with reading(engine) as connection:
        text = connection.scalars(select(documents.c.text).limit(1)).one()
    week = NOW - timedelta(days=7)
    return {
        "common word": Query("的一"),
        "rare phrase": Query(text[20:30]),
        "common word, kind, topic, a week": Query("的一", source_kinds=("news",), topics=("canteen",), since=week),
        "common word, counted": Query("的一", facets=True),
        "two words, one not": Query("教育 NOT 学", facets=True),
        "nothing asked, counted": Query("", facets=True),
        "common word by date": Query("的一", order="published"),
    }


def time_query(index: SearchIndex, query: Query, rounds: int) -> tuple[float, float]:
    """The middle and the 95th percentile in milliseconds; nothing is repeated, so no cache answers for the server."""
    spent = []
    for n in range(rounds + 2):
        asked = replace(query, limit=20 + n % 7, until=NOW + timedelta(seconds=n))
        begun = time.perf_counter()
        index.search(asked)
        spent.append((time.perf_counter() - begun) * 1000)
    kept = sorted(spent[2:])
    return kept[len(kept) // 2], kept[int(len(kept) * 0.95)]


def measure_search(bench: Bench, rounds: int, *, alone: bool = False) -> None:
    """Every question to both (or to SQLite `alone`); what they find is compared first."""
    ours: dict[str, SearchIndex] = {
        "SQLite": SqliteSearch(bench.engine),
        "Elasticsearch": ElasticSearchIndex(bench.engine, Address((bench.url,), timeout=120.0), Names("ours")),
    }
    if alone:
        del ours["Elasticsearch"]
    for name, query in questions(bench.engine).items():
        answers = [index.search(query) for index in ours.values()]
        agree = "" if answers[0] == answers[-1] else "  THE ANSWERS DIFFER"
        times = {index: time_query(one, query, rounds) for index, one in ours.items()}
        said = "   ".join(f"{index} {p50:7.1f} / {p95:7.1f}" for index, (p50, p95) in times.items())
        print(f"  {name:34} {said}{agree}", flush=True)


def measure_size(path: Path, follower: Follower) -> None:
    """Bytes on disk of both."""
    follower.indices.forget()
    names = sorted(follower.indices.there())
    follower.client.indices.flush(index=names)
    sizes = [follower.client.indices.stats(index=name, metric="store").body for name in names]
    stored = sum(int(one["_all"]["total"]["store"]["size_in_bytes"]) for one in sizes)
    print(f"  on disk: SQLite {path.stat().st_size / 1e6:,.0f} MB, Elasticsearch {stored / 1e6:,.0f} MB besides")


def fill(bench: Bench) -> None:
    """One generation with everything."""
    follower = bench.follower("ours")
    begun = time.perf_counter()
    count = rebuild(follower, lambda: NOW, time.sleep)
    spent = time.perf_counter() - begun
    print(f"  rebuilt {count:,} documents in {spent:.0f} s, {count / spent:,.0f}/s", flush=True)
    with reading(bench.engine) as connection:
        assert not read_standing(connection).parked
    follower.close()


def measure_verify(follower: Follower) -> None:
    """`tocsin elastic verify`, by checksums and document by document; nothing differs."""
    for name, deep in (("verify", False), ("verify --deep", True)):
        begun = time.perf_counter()
        found = compare(follower, NOW + timedelta(days=1), deep=deep)
        count, spent = sum(month.here.count for month in found.months), time.perf_counter() - begun
        assert found.same, [month.sentence() for month in found.months if not month.same]
        print(f"  {name}: {count:,} documents in {spent:.1f} s, {count / spent:,.0f}/s", flush=True)


def clear(bench: Bench) -> None:
    """As if nothing had been sent: the store is used again."""
    from pipeline.store.schema_projection import projection

    follower = bench.follower("ours")
    names = sorted(follower.indices.there())
    for name in [*names, follower.target.names.control]:
        follower.client.options(ignore_status=404).indices.delete(index=name)
    with writing(bench.engine) as connection:
        connection.execute(delete(projection))
        connection.execute(delete(changes))
    follower.close()


def main() -> None:
    """Measure what was asked for."""
    from elastic_rig import cluster

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=int, default=30_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--alone", type=int, nargs="*", default=[], help="sizes for SQLite without Elasticsearch")
    parser.add_argument("--dir", type=Path, default=None)
    parser.add_argument("--quick", action="store_true", help="the node keeps its data in memory")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the node must not be left behind
    with tempfile.TemporaryDirectory() as folder, cluster(heap="1g", quick=args.quick) as elastic:
        place = args.dir or Path(folder)
        for size in args.alone:
            print(f"{size:,} items; search in ms, middle / 95 %", flush=True)
            run(build_store(place, size), elastic.url, lambda bench, path: measure_alone(bench, path, args.rounds))
        if args.speed:
            print(f"{args.speed:,} items", flush=True)
            run(build_store(place, args.speed), elastic.url, lambda bench, _path: measure_speed(bench, args.turns))
        for size in args.sizes:
            print(f"{size:,} items; search in ms, middle / 95 %", flush=True)
            run(build_store(place, size), elastic.url, lambda bench, path: measure_one(bench, path, args.rounds))


def measure_one(bench: Bench, path: Path, rounds: int) -> None:
    """Fill, ask, weigh, compare."""
    fill(bench)
    measure_search(bench, rounds)
    follower = bench.follower("ours")
    measure_size(path, follower)
    measure_verify(follower)
    follower.close()


def measure_alone(bench: Bench, path: Path, rounds: int) -> None:
    """Ask and weigh SQLite."""
    measure_search(bench, rounds, alone=True)
    print(f"  on disk: SQLite {path.stat().st_size / 1e6:,.0f} MB")


def run(path: Path, url: str, what: Callable[[Bench, Path], None]) -> None:
    """Measure over one store, from nothing, and leave nothing."""
    with opened(path, url) as bench:
        clear(bench)
        what(bench, path)
        clear(bench)


if __name__ == "__main__":
    main()
