"""How fast the state of record saves short Chinese items with full text, and whether it stays so.

    python -m bench.store --items 20000 [--grow 1000000] [--dir FOLDER]

Batches of 200, synchronous=FULL, one process. Enqueue (with sightings and the queue) and save are timed apart.
With --grow the marginal rate is printed for every tenth of the way. Times in seconds, sizes in bytes.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.model import (
    Copy,
    Disposition,
    Document,
    Event,
    Mention,
    Outcome,
    Placement,
    Reason,
    Screened,
    Sentiment,
    Tags,
    TopicScore,
)  # fmt: skip
from pipeline.store.engine import open_engine
from pipeline.store.migrate import upgrade
from pipeline.store.search import Query, SqliteSearch
from pipeline.store.store import SqlStore

BATCH = 200
START = datetime(2026, 9, 1, tzinfo=UTC)
COMMON = (  # frequent characters first
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本"
    "去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总"
    "次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权"
    "收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连"
    "断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
)


def make_text(dice: random.Random, length: int) -> str:
    """A text of the frequencies of Chinese: few characters make most of it."""
    weights = len(COMMON)
    return "".join(COMMON[min(int(dice.paretovariate(0.6)) - 1, dice.randrange(weights))] for _ in range(length))


def make_outcome(dice: random.Random, number: int) -> Outcome:
    """One kept item of about 60 characters, one in twenty of them in a new event."""
    seen = START + timedelta(seconds=number)
    document = Document(
        id=f"{number:016x}", source=f"feed-{number % 200}", source_kind="forum" if number % 3 else "news", reach=None,
        url=None if number % 3 else f"https://paper.example/{number}", title=make_text(dice, 15),
        text=make_text(dice, 45), lang="zh", published=seen - timedelta(minutes=dice.randrange(600)), seen=seen,
        mention=Mention(True, ("学院",), "name"), fingerprint=f"{dice.getrandbits(64):016x}",
    )  # fmt: skip
    topic = dice.choice(("canteen", "dorms", "fees", "exams", "other"))
    tags = Tags(Sentiment("negative", 0.7, 0.2, 0.1), (TopicScore(topic, 0.8),), "bench")
    name = f"e{number // 20}"
    event = Event(name, document.title or "", "open", seen, seen, 20, 20, 3, 5, 4, 9, topic, None, None, (), None)
    placement = Placement(name, number % 20 == 0, (), (), None, Reason("near", "Near."))
    return Outcome(
        document, Copy(None, Reason("new", "New.")), tags, placement, Disposition("keep", Reason("kept", "Kept.")),
        event, None,
    )  # fmt: skip


def make_batches(items: int, first: int = 0) -> Iterator[list[Outcome]]:
    """Batches of BATCH outcomes."""
    dice = random.Random(first)
    for start in range(first, first + items, BATCH):
        yield [make_outcome(dice, number) for number in range(start, min(start + BATCH, first + items))]


def save_timed(store: SqlStore, items: int, first: int) -> tuple[float, float, float]:
    """Seconds spent enqueueing and saving, and CPU seconds of saving; making the items is not counted."""
    queued = saved = worked = 0.0
    for batch in make_batches(items, first):
        source = {"id": "feed-1", "next_due": START, "interval_s": 3600}
        begun = time.perf_counter()
        store.enqueue(source, [Screened(one.document) for one in batch], batch[-1].document.seen)
        queued += time.perf_counter() - begun
        done = [row.n for row in store.waiting(BATCH)]
        begun, busy = time.perf_counter(), time.process_time()
        store.save(batch, done)
        saved += time.perf_counter() - begun
        worked += time.process_time() - busy
    return queued, saved, worked


def time_search(store: SqlStore) -> None:
    """The median of 20 searches for what an officer asks."""
    index = SqliteSearch(store.engine)
    for text in ("的一", "养易置", "教育 AND NOT 学", ""):
        spent = []
        for _ in range(20):
            begun = time.perf_counter()
            found = index.search(Query(text=text, facets=True))
            spent.append(time.perf_counter() - begun)
        print(f"search {text!r}: {found.total} found, with facets {sorted(spent)[10] * 1000:.1f} ms")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--grow", type=int, default=0)
    parser.add_argument("--dir", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as folder:
        path = Path(folder) / "bench.db"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        store = SqlStore(engine)
        steps = [given.items] + [(given.grow - given.items) // 10] * 10 if given.grow else [given.items]
        stored = 0
        for step in steps:
            queued, saved, worked = save_timed(store, step, stored)
            stored += step
            size = path.stat().st_size / stored
            rates = f"enqueue {step / queued:.0f}/s, save {step / saved:.0f}/s (of CPU time {step / worked:.0f}/s)"
            print(f"{stored}: {rates}, {size:.0f} B/item", flush=True)
        time_search(store)


if __name__ == "__main__":
    main()
