"""The demo: what the made-up sites publish is collected over HTTP, the past rings nobody, the live hour's matters do."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from service_kit import free_port
from sqlalchemy import select

from pipeline.store.engine import reading
from pipeline.store.schema import alerts, documents
from tocsin.clock import FastClock
from tocsin.commands.demo import local_site, write_config
from tocsin.demo.script import load_posts
from tocsin.house import House, open_house
from tocsin.wiring import build_collector, build_worker

START = datetime(2026, 11, 24, 4, tzinfo=UTC)
TRUTH = Path(__file__).parent.parent / "tocsin" / "demo" / "data" / "truth.json"


class HandClock(FastClock):
    """The demo's clock, moved by hand."""

    def __init__(self) -> None:
        super().__init__(START, 1.0)
        self.moved = timedelta(0)

    def __call__(self) -> datetime:
        return self.start + self.moved


def collect(house: House) -> None:
    build_collector(house).collect_once(house.clock())
    worker = build_worker(house)
    worker.learn_history()
    while worker.work_once():
        pass
    worker.release()


def test_the_truth_file_agrees_with_the_posts() -> None:
    """Every matter of the ground truth has exactly the posts that carry its name."""
    posts: dict[str, list[int]] = {}
    for post in load_posts(START):
        if post.event:
            posts.setdefault(post.event, []).append(post.n)
    truth = {one["event"]: one["posts"] for one in json.loads(TRUTH.read_text(encoding="utf-8"))}
    assert truth == {event: sorted(numbers) for event, numbers in posts.items()}


def test_texts_are_many_and_different() -> None:
    """Several hundred texts; only syndicated news and a repost stand twice."""
    texts = Counter(post.text for post in load_posts(START))
    assert len(texts) > 300
    assert sum(count - 1 for count in texts.values()) < 6


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_history_is_silent_and_the_live_hour_rings(tmp_path: Path) -> None:
    """The first look stores the past without an alert; afterwards the canteen and the scam are told, the prize is not."""
    clock = HandClock()
    with local_site(clock) as port:
        house = open_house(write_config(tmp_path, port, free_port(), "zh"), clock)
        collect(house)
        with reading(house.engine) as connection:
            past = connection.execute(select(documents.c.source)).scalars().all()
            assert not connection.execute(select(alerts.c.id)).all()
        assert Counter(past)["forum"] > 180
        assert set(past) == {"forum", "school-news", "notices", "evening-paper", "mailbox"}
        for minutes in range(8, 65, 8):
            clock.moved = timedelta(minutes=minutes)
            collect(house)
        with reading(house.engine) as connection:
            told = set(connection.execute(select(alerts.c.event)).scalars())
            rows = connection.execute(select(documents.c.title, documents.c.event)).all()
        events = {title: event for title, event in rows if title}
        assert events["二食堂一楼别去了"] in told
        assert events["退费诈骗又来了"] in told
        assert events["澜川学院学子获全国职业技能大赛金奖"] not in told
        house.engine.dispose()
