"""Copies and grouping: CPU time an item and memory, at 10,000 and at 100,000 live items.

    python -m bench.group [--live 10000 100000] [--measure 2000]

The posts are made up: Zipf-distributed characters, one in ten a copy, one in twenty about one of five hot matters.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice

from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.model import Copy, Document, Mention, Sentiment, Tags, TopicScore

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
LETTERS = [chr(0x4E00 + 7 * number) for number in range(2500)]
HOT = ("三食堂吃出虫子", "西区5栋停电一整夜", "选课系统崩了登不上", "奖学金评选名额内定", "图书馆三楼漏水")
OURS = Mention(True, ("海川学院",), "name")
TAGS = Tags(Sentiment("negative", 0.9, 0.1, 0.0), (TopicScore("other", 0.5),), "bench")


def write_posts(dice: random.Random, letters: int, spacing: timedelta) -> Iterator[Document]:
    """Endless posts of about `letters` letters, `spacing` apart."""
    weights = list(accumulate(1.0 / (rank + 20) for rank in range(len(LETTERS))))
    recent: list[str] = []
    number = 0
    while True:
        text = "".join(dice.choices(LETTERS, cum_weights=weights, k=dice.randint(letters // 2, letters * 3 // 2)))
        luck = dice.random()
        if luck < 0.1 and recent:
            text = dice.choice(recent) + "转"
        elif luck < 0.15:
            text = f"海川学院{dice.choice(HOT)}，{text[: letters // 3]}"
        recent = [*recent[-500:], text]
        seen = BEGIN + number * spacing
        yield Document(
            f"p{number}", "weibo", "social", None, None, None, text, "zh", seen, seen, OURS, f"{number:016x}"
        )
        number += 1


def run(live: int, measure: int, letters: int) -> None:
    """Fill with `live` items of ten days, then measure `measure` more."""
    posts = write_posts(random.Random(7), letters, timedelta(days=10) / live)
    copies, groups = NearCopies(), EventGrouper(("海川学院",))
    for document in islice(posts, live):
        groups.place(document, TAGS, copies.check(document))
    checks, places = [], []
    for document in islice(posts, measure):
        began = time.process_time_ns()
        copy: Copy = copies.check(document)
        middle = time.process_time_ns()
        groups.place(document, TAGS, copy)
        checks.append(middle - began)
        places.append(time.process_time_ns() - middle)
    both = sorted(one + other for one, other in zip(checks, places, strict=True))
    print(
        f"{live:>7} live, {letters:>4} letters: copies {sum(checks) / measure / 1e3:6.0f} us, "
        f"grouping {sum(places) / measure / 1e3:6.0f} us, p99 {both[int(0.99 * measure)] / 1e6:5.2f} ms, "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:4.0f} MB"
    )


def main() -> None:
    """Print one line for each size; the process's memory before counts in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--measure", type=int, default=2_000)
    parser.add_argument("--letters", type=int, default=40)
    settings = parser.parse_args()
    print(f"before: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, {sys.version.split()[0]}")
    for live in settings.live:
        run(live, settings.measure, settings.letters)


if __name__ == "__main__":
    main()
