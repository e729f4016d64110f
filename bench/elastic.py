"""How fast the projection into Elasticsearch is filled and followed, and when searching there pays.

    python -m bench.elastic [--speed 30000] [--sizes 10000 100000 1000000] [--dir FOLDER] [--turns 3] [--rounds 30]

One real node with 1 GB of heap (`make services`). Speed: a rebuild and a sync through the change table, beside a bare
`helpers.parallel_bulk` of the same documents (made beforehand) into indices of the same mapping, in turns in the same run.
Search: the same questions to SQLite and to Elasticsearch over the same stored items, in milliseconds; then the size of
both on disk. `--speed 0` leaves the speed out. `--dir` keeps the filled SQLite stores for the next time.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from bench.dashboard_store import NOW, build_store
from pipeline.store.elastic.connection import Address
from pipeline.store.elastic.documents import Lens, Projected
from pipeline.store.elastic.indices import Indices
from pipeline.store.elastic.names import PARTS, Names, Part
from pipeline.store.elastic.rebuild import rebuild
from pipeline.store.elastic.records import read_all
from pipeline.store.elastic.search import ElasticSearchIndex
from pipeline.store.elastic.standing import read_standing
from pipeline.store.elastic.sync import Follower, Target
from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.schema import changes, documents
from pipeline.store.search import Query, SearchIndex, SqliteSearch

if TYPE_CHECKING:
    from sqlalchemy import Engine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
KEEP = 10_000  # days: nothing is too old here


@dataclass(frozen=True, slots=True)
class Bench:
    """A filled store and the node that it goes to."""

    engine: "Engine"
    url: str

    def follower(self, prefix: str) -> Follower:
        """A follower that sends under a prefix of its own."""
        target = Target(Address((self.url,), timeout=120.0), Names(prefix), keep_days=KEEP)
        return Follower(self.engine, target, Lens(), "bench:1")


@contextmanager
def opened(path: Path, url: str) -> Iterator[Bench]:
    """The bench over the store at `path`."""
    engine = open_engine(f"sqlite:///{path}")
    try:
        yield Bench(engine, url)
    finally:
        engine.dispose()


# ---------------------------------------------------------------- speed


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


def send_bare(url: str, made: Sequence[Projected]) -> float:
    """Documents a second of the client's own helper with its default settings; the indices are there before."""
    from elasticsearch import Elasticsearch, helpers

    client = Elasticsearch(url, request_timeout=120)
    indices = Indices(client, Names("bare"), keep_days=KEEP)
    indices.put_templates()
    actions = [
        {"_index": indices.ensure(one.part, 1, one.month, live=False), "_id": one.id, "_source": one.body}
        for one in made
    ]
    begun = time.perf_counter()
    assert all(ok for ok, _ in helpers.parallel_bulk(client, actions))
    spent = time.perf_counter() - begun
    indices.drop_other(0)
    client.close()
    return len(made) / spent


def send_ours(bench: Bench) -> tuple[float, float]:
    """Documents a second of `tocsin elastic rebuild` (read, made, sent, shown, the generation before removed), without and
    with the time in which its indices were made."""
    follower = bench.follower("ours")
    making, ensure = [0.0], follower.indices.ensure

    def timed(part: Part, generation: int, month: str | None, *, live: bool) -> str:
        begun = time.perf_counter()
        name = ensure(part, generation, month, live=live)
        making[0] += time.perf_counter() - begun
        return name

    follower.indices.ensure = timed  # type: ignore[method-assign]
    begun = time.perf_counter()
    count = rebuild(follower, lambda: NOW, time.sleep)
    spent = time.perf_counter() - begun
    follower.close()
    return count / (spent - making[0]), count / spent


def follow_ours(bench: Bench) -> float:
    """Documents a second of `tocsin elastic sync` after every item was changed."""
    with writing(bench.engine) as connection:
        ids = connection.scalars(select(documents.c.id)).all()
        connection.execute(insert(changes), [{"kind": "document", "id": one} for one in ids])
    follower = bench.follower("ours")
    begun = time.perf_counter()
    while (progress := follower.step(NOW)).behind:
        assert not progress.said, progress.said
    spent = time.perf_counter() - begun
    follower.close()
    return len(ids) / spent


def measure_speed(bench: Bench, turns: int) -> None:
    """In turns, so that what else the machine does falls on all alike; the middle of each is printed."""
    made = read_everything(bench.engine)
    rates: dict[str, list[float]] = {"bare": [], "rebuild": [], "with indices": [], "sync": []}
    send_bare(bench.url, made)  # both start warm
    for _ in range(turns):
        rates["bare"].append(send_bare(bench.url, made))
        for name, rate in zip(("rebuild", "with indices"), send_ours(bench), strict=True):
            rates[name].append(rate)
        rates["sync"].append(follow_ours(bench))
    middle = {name: sorted(found)[len(found) // 2] for name, found in rates.items()}
    for name, found in rates.items():
        said = " ".join(f"{rate:,.0f}" for rate in found)
        print(f"{name:12} {middle[name]:8,.0f} documents/s  ({said})  {middle[name] / middle['bare']:.2f} of bare")
    bench.follower("ours").indices._drop(sorted(bench.follower("ours").indices.there()))


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


def measure_search(bench: Bench, rounds: int) -> None:
    """Every question to both; what they find is compared first."""
    ours: dict[str, SearchIndex] = {
        "SQLite": SqliteSearch(bench.engine),
        "Elasticsearch": ElasticSearchIndex(bench.engine, Address((bench.url,), timeout=120.0), Names("ours")),
    }
    for name, query in questions(bench.engine).items():
        answers = [index.search(query) for index in ours.values()]
        agree = "" if answers[0] == answers[1] else "  THE ANSWERS DIFFER"
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
    parser.add_argument("--dir", type=Path, default=None)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster(heap="1g", quick=False) as elastic:
        place = args.dir or Path(folder)
        if args.speed:
            print(f"{args.speed:,} items", flush=True)
            run(build_store(place, args.speed), elastic.url, lambda bench, _path: measure_speed(bench, args.turns))
        for size in args.sizes:
            print(f"{size:,} items; search in ms, middle / 95 %", flush=True)
            run(build_store(place, size), elastic.url, lambda bench, path: measure_one(bench, path, args.rounds))


def measure_one(bench: Bench, path: Path, rounds: int) -> None:
    """Fill, ask, weigh."""
    fill(bench)
    measure_search(bench, rounds)
    measure_size(path, bench.follower("ours"))


def run(path: Path, url: str, what: Callable[[Bench, Path], None]) -> None:
    """Measure over one store, from nothing, and leave nothing."""
    with opened(path, url) as bench:
        clear(bench)
        what(bench, path)
        clear(bench)


if __name__ == "__main__":
    main()
