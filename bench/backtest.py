"""How long 90 days of history take to be judged again: a store filled by chain and judge, then two backtests of it.

Only what groups and finds copies is a stand-in while the store is filled: a backtest takes both as stored.

python -m bench.backtest [--items 100000]
"""

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.backtest import Setting, run_backtest
from alerts.judge import RuleJudge
from alerts.season import Seasons
from alerts.settings import Alerting, RuleSpec
from bench.corpus import Writer
from pipeline.chain import Chain
from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.model import Copy, Document, Mention, Placement, Reason, Screened, Severity, Tags, VoiceToken
from pipeline.store.engine import open_engine, reading
from pipeline.store.migrate import upgrade
from pipeline.store.store import SqlStore
from pipeline.tag import KeywordTagger

BEGIN = datetime(2026, 8, 25, tzinfo=UTC)
DAYS = 90
BATCH = 200
RULES = (
    RuleSpec("words", "watchword", Severity.SERIOUS, phrases=["中毒", "火灾", "坠楼", "退费"]),
    RuleSpec("crowd", "threshold", Severity.SERIOUS, stories=5, voices=4, negative_share=0.5),
    RuleSpec("flood", "threshold", Severity.CRITICAL, stories=20, voices=10),
    RuleSpec("first", "first_seen", Severity.NOTICE, topics=["safety", "health"]),
    RuleSpec("reach", "reach", Severity.SERIOUS, stories=3, window="72h"),
    RuleSpec("spike", "spike", Severity.NOTICE, floor=20),
    RuleSpec("growth", "growth", Severity.NOTICE, floor=6, window="6h"),
)


def make_items(count: int) -> list[Screened]:
    """Items in order of time, a third of them outlets; each private one by one of 400 voices."""
    dice, writer = random.Random(5), Writer(5)
    items = []
    for number in range(count):
        seen = BEGIN + timedelta(days=DAYS) * (number / count)
        private = number % 3 > 0
        day = seen.date()
        voice = f"{dice.randrange(400):016x}"
        tokens = (VoiceToken(day, voice), VoiceToken(day - timedelta(days=1), voice)) if private else ()
        document = Document(
            id=f"{number:016x}", source=f"s{number % 40}", source_kind="forum" if private else "news",
            reach=None if private else "local", url=None, title=writer.text(15), text=writer.text(60), lang="zh",
            published=seen, seen=seen, mention=Mention(True, ("学院",), "name"),
            fingerprint=f"{dice.getrandbits(64):016x}",
        )  # fmt: skip
        items.append(Screened(document, tokens))
    return items


class Rounds(EventGrouper):
    """Eight stories a matter, six matters at a time."""

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:  # noqa: ARG002 - of the seam
        """Where the number of the item says."""
        number = int(document.id, 16)
        event = f"e{number // 48:06}-{number % 6}"
        return Placement(event, number % 48 < 6, (), (), None, Reason("bench", "by number"))


class NoCopies(NearCopies):
    """Every text is new."""

    def check(self, document: Document) -> Copy:  # noqa: ARG002 - of the seam
        """None."""
        return Copy(None, Reason("bench", "not compared"))


def fill(store: SqlStore, items: list[Screened]) -> None:
    """Let the chain decide and the store keep it."""
    phrases = [phrase for rule in RULES for phrase in rule.phrases]
    judge = RuleJudge(RULES, Alerting())
    chain = Chain(NoCopies(), KeywordTagger(), Rounds(), judge, phrases=phrases)
    for start in range(0, len(items), BATCH):
        store.save(chain.process(items[start : start + BATCH]), ())


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(engine)
        begun = time.perf_counter()
        fill(SqlStore(engine), make_items(given.items))
        print(f"{given.items} items stored in {time.perf_counter() - begun:.0f} s", flush=True)
        for days in (30, DAYS):
            begun, busy = time.perf_counter(), time.process_time()
            with reading(engine) as connection:
                setting = Setting(Alerting(), Seasons(), ())
                found = run_backtest(connection, RULES, setting, BEGIN + timedelta(days=DAYS), days)
            spent, worked = time.perf_counter() - begun, time.process_time() - busy
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{days} days: {found.items} items, {len(found.told)} alerts, {spent:.1f} s ({worked:.1f} s of CPU), peak {memory} MB"
            )


if __name__ == "__main__":
    main()
