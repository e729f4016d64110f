"""The worker: the queue in order, memory that is rebuilt, and one bad item that blocks nobody."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.book import make_story
from pipeline.model import Document, Mention, RawItem, Screened, Sentiment, Tags, TopicScore
from pipeline.store.engine import reading
from pipeline.store.schema import alerts, documents, events, intake
from pipeline.tag import KeywordTagger
from tocsin.config import Loaded, parse_config
from tocsin.house import House, open_house
from tocsin.wiring import build_worker, live_screen

CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[tagger]
kind = "rules"
[[rules]]
id = "fire"
kind = "watchword"
phrases = ["火灾"]
severity = "serious"
"""
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Stumbling(KeywordTagger):
    """A tagger with a bug: it breaks at one text."""

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        if any("绊倒" in one.text for one in documents):
            raise RuntimeError("stumbled")
        return super().tag(documents)


@pytest.fixture
def house(tmp_path: Path) -> House:
    clock = Clock()
    return open_house(Loaded(parse_config(CONFIG, "c"), tmp_path / "tocsin.toml", CONFIG), clock)


def bring(house: House, *texts: str, source: str = "paper", **more: object) -> None:
    """Put items into the queue as the collector does."""
    screen, now = live_screen(house), house.clock()
    raws = [
        RawItem(id=f"{source}-{hash_of(text)}", source=source, source_kind="news", url=f"https://x.example/{hash_of(text)}",
                seen=now, text=text, **more)  # type: ignore[arg-type]
        for text in texts
    ]  # fmt: skip
    screened = [one for one in (screen.screen(raw) for raw in raws) if isinstance(one, Screened)]
    row = {"id": source, "next_due": now + timedelta(hours=1), "interval_s": 3600}
    house.store.enqueue(row, screened, now)


def hash_of(text: str) -> int:
    return sum(map(ord, text))


def count(house: House, table) -> int:  # type: ignore[no-untyped-def]
    with reading(house.engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_one_bad_item_is_parked_and_blocks_nobody(house: House) -> None:
    """Items before and after a text that breaks the tagger are stored; the bad one stays in the queue with its error."""
    bring(house, "食堂今天加菜了", "这一条会绊倒标注器", "图书馆延长开放时间")
    worker, stop = build_worker(house, Stumbling()), threading.Event()
    thread = threading.Thread(target=worker.run, args=[stop], daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while count(house, documents) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    stop.set()
    thread.join(30)
    with reading(house.engine) as connection:
        parked = connection.execute(select(intake.c.parked)).scalars().all()
    assert count(house, documents) == 2
    assert parked == ["RuntimeError"]


def test_a_restart_remembers_what_was_told(house: House) -> None:
    """A second worker with a new memory does not tell of the same matter again."""
    bring(house, "实验楼发生火灾，浓烟滚滚")
    first = build_worker(house)
    first.work_once()
    first.release()
    assert count(house, alerts) == 1
    bring(house, "实验楼火灾现场，浓烟滚滚，消防车到了")
    second = build_worker(house)
    second.work_once()
    assert count(house, events) == 1
    assert count(house, alerts) == 1


def test_history_is_placed_by_publishing_and_never_rings(house: House) -> None:
    """A first fetch brings an old fire: its event begins when it was published, and nobody is told."""
    old = NOW - timedelta(days=40)
    bring(house, "实验楼发生火灾", published=old, first_fetch=True)
    worker = build_worker(house)
    assert worker.learn_history() == 1
    with reading(house.engine) as connection:
        assert connection.scalar(select(events.c.first_seen)) == old
    assert count(house, alerts) == 0


def test_a_quiet_event_is_closed(house: House) -> None:
    """An event without an item for `close_after` is closed and the same people are told that it is over."""
    bring(house, "实验楼发生火灾，浓烟滚滚")
    worker = build_worker(house)
    worker.work_once()
    house.clock.now = NOW + timedelta(hours=73)  # type: ignore[attr-defined]
    worker.work_once()
    with reading(house.engine) as connection:
        assert connection.scalar(select(events.c.status)) == "closed"
        assert connection.execute(select(alerts.c.kind).order_by(alerts.c.n)).scalars().all() == ["first", "closed"]


def test_only_one_worker_takes_the_queue(house: House) -> None:
    """While another process holds the lease a worker takes nothing."""
    bring(house, "食堂今天加菜了")
    one = build_worker(house)
    one.work_once()
    bring(house, "图书馆延长开放时间")
    other = build_worker(house)
    other._lease = type(other._lease)(house.engine, "worker", "elsewhere:1")
    assert other.work_once() == 0
    assert one.work_once() == 1


def test_a_faint_second_topic_rings_nothing() -> None:
    """Rules see the best topic and those the tagger is rather sure of, not every guess."""
    scores = (TopicScore("other", 0.55), TopicScore("safety", 0.26), TopicScore("health", 0.45))
    tags = Tags(Sentiment("negative", 0.6, 0.3, 0.1), scores, "t")
    mention = Mention(True, (), "")
    document = Document("a", "f", "forum", None, None, None, "x", "zh", None, NOW, mention, "f" * 16)
    assert make_story(document, tags).topics == ("other", "health")
