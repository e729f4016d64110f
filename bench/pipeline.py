"""Items a second from feed bytes to committed, searchable and rule-judged, beside lemon24/reader on the same feeds.

    python bench/pipeline.py [--feeds 200] [--rounds 3] [--tagger off|rules|model]

Ours: decode, parse, screen (match, mask), queue, copies, tags, events, rules, full text; SQLite with synchronous=FULL
on a new file. Two corpora: every item is about the school (all of it is compared, grouped, judged and stored), and a
city's press, of which about a third is (the rest is read, matched and remembered as seen, not stored). reader: update_feeds
from local files, then its own search index; it stores everything. The runs alternate; medians are printed.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.corpus import make_feeds
from crawlers.base import Fetched, Parsed
from crawlers.feed import FeedSource
from crawlers.settings import SourceSpec
from pipeline.ingest import Tagger
from pipeline.model import Document, RawItem, Sentiment, Tags, TopicScore
from tocsin.config import Config, Loaded, parse_config
from tocsin.house import open_house
from tocsin.wiring import build_tagger, build_worker, live_screen

CONFIG = """
[school]
name = "澜川学院"
own_sources = {own}
[[rules]]
id = "many"
kind = "threshold"
stories = 5
voices = 4
severity = "serious"
[[rules]]
id = "watchwords"
kind = "watchword"
phrases = ["中毒", "火灾", "坠楼", "退费"]
severity = "notice"
[[rules]]
id = "spike"
kind = "spike"
window = "6h"
floor = 8
severity = "notice"
"""


class Times(NamedTuple):
    """Seconds on the wall and of this process's CPU (all threads)."""

    wall: float
    cpu: float


def clocks() -> Times:
    """Both clocks now."""
    return Times(time.perf_counter(), time.process_time())


def since(begin: Times) -> Times:
    """What passed since `begin`."""
    now = clocks()
    return Times(now.wall - begin.wall, now.cpu - begin.cpu)


class NoTagger:
    """The tagger switched off."""

    version = "off"

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """The same answer for everything."""
        return [Tags(Sentiment("unknown", 0, 0, 0), (TopicScore("other", 0.0),), "off")] * len(documents)


def choose_tagger(name: str, config: Config) -> Tagger:
    """off, rules or model."""
    if name == "off":
        return NoTagger()
    kind = "rules" if name == "rules" else "model"
    return build_tagger(type(config.tagger)(kind=kind))


def run_ours(feeds: list[bytes], folder: Path, tagger: Tagger, own: str, batch: int = 200) -> tuple[int, Times]:
    """(items, times) for our pipeline on a new database."""
    text = CONFIG.format(own=own)
    house = open_house(Loaded(parse_config(text, "bench"), folder / "tocsin.toml", text))
    worker, screen, source = build_worker(house, tagger), live_screen(house), FeedSource()
    begin = clocks()
    total = 0
    for number, body in enumerate(feeds):
        total += collect(house.store, screen, source, number, body)
        if number % 8 == 7:
            drain(worker, batch)
    drain(worker, batch)
    return total, since(begin)


def collect(store, screen, source: FeedSource, number: int, body: bytes) -> int:  # type: ignore[no-untyped-def]
    """One feed from bytes to the queue; returns its items."""
    now = datetime.now(UTC)
    spec = SourceSpec(id=f"s{number}", url=f"https://site{number}.example/feed.xml", kind="news", via="feed")
    parsed = source.parse(spec, Fetched(spec.url, spec.url, 200, {}, body, 0.0, None), now)
    assert isinstance(parsed, Parsed), parsed
    items: Sequence[RawItem] = parsed.items
    screened = [screen.screen(item, now) for item in items]
    row = {"id": spec.id, "next_due": now + timedelta(hours=1), "interval_s": 3600}
    return store.enqueue(row, screened, now)


def drain(worker, batch: int) -> None:  # type: ignore[no-untyped-def]
    """Work until the queue is empty."""
    while worker.work_once(batch):
        pass


def run_reader(feeds: list[bytes], folder: Path) -> tuple[int, Times]:
    """(items, times) for lemon24/reader: stored and searchable."""
    from reader import make_reader

    for number, body in enumerate(feeds):
        (folder / f"{number}.xml").write_bytes(body)
    begin = clocks()
    with contextlib.closing(
        make_reader(str(folder / "reader.db"), feed_root=str(folder), search_enabled=True)
    ) as reader:
        for number in range(len(feeds)):
            reader.add_feed(f"{number}.xml")
        reader.update_feeds()
        reader.update_search()
        return reader.get_entry_counts().total, since(begin)


def main() -> None:
    """Run both in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tagger", default="off,rules,model")
    parser.add_argument("--no-peer", action="store_true")
    args = parser.parse_args()
    corpora = {"all ours": (make_feeds(args.feeds), '["*"]'), "press": (make_feeds(args.feeds, named=0.1), "[]")}
    print(
        f"{args.feeds} feeds of 27 items, {sum(map(len, corpora['press'][0])) / 1e6:.1f} MB; median of {args.rounds} runs in turn"
    )
    rates: dict[str, list[tuple[float, float]]] = {}
    taggers = {
        name: choose_tagger(name, parse_config(CONFIG.format(own="[]"), "bench")) for name in args.tagger.split(",")
    }
    for _ in range(args.rounds):
        for corpus, (feeds, own) in corpora.items():
            for name, tagger in taggers.items():
                with tempfile.TemporaryDirectory() as folder:
                    note(rates, f"tocsin, {corpus}, tagger {name}", *run_ours(feeds, Path(folder), tagger, own))
        if not args.no_peer:
            with tempfile.TemporaryDirectory() as folder:
                note(rates, "reader, stored and searchable", *run_reader(corpora["press"][0], Path(folder)))
    print(f"{'':34} {'items/s':>9} {'a CPU second':>13}")
    for name, values in rates.items():
        wall, cpu = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"{name:34} {wall:9.0f} {cpu:13.0f}")


def note(rates: dict[str, list[tuple[float, float]]], name: str, items: int, took: Times) -> None:
    """Add one run's rates."""
    rates.setdefault(name, []).append((items / took.wall, items / took.cpu))


if __name__ == "__main__":
    main()
