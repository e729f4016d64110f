"""Elasticsearch or whoever follows it is killed, or hangs: nothing is lost, and alerts go out meanwhile."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bell import FakeChannel
from busy_proxy import BusyProxy
from elastic_kit import LATER, Pair, following, is_whole, save
from elastic_rig import Cluster
from service_kit import wait_for
from sqlalchemy import insert, select
from store_kit import a_document, a_store, an_alert, an_event, at, kept

from alerts.dispatch import Dispatcher, Office
from alerts.notify.opening import Channel
from alerts.settings import ChannelSpec
from pipeline.model import RawItem, Screened
from pipeline.store.elastic.connection import Address
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, officers, shifts
from tocsin.config import Loaded, parse_config
from tocsin.house import House, open_house
from tocsin.wiring import build_worker, replay_screen

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]


@pytest.fixture
def pair(elastic: Cluster, tmp_path: Path) -> Iterator[Pair]:
    """A store in a file and its projection."""
    made = Pair(elastic, a_store(tmp_path))
    yield made
    made.drop()


def test_a_follower_killed_in_mid_bulk_loses_nothing(elastic: Cluster, tmp_path: Path) -> None:
    """SIGKILL while a bulk is on its way: the next follower repeats it, and all is there once."""
    with BusyProxy(elastic.url) as proxy:
        pair = Pair(elastic, a_store(tmp_path))
        save(pair, 0, 10)
        pair.sync()
        save(pair, 10, 500)
        proxy.hold()
        order = [sys.executable, str(Path(__file__).parent / "elastic_child.py")]
        order += [f"sqlite:///{tmp_path / 'tocsin.db'}", proxy.url, pair.names.prefix]
        child = subprocess.Popen(order, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)})
        try:
            wait_for("a bulk is on its way", proxy.inside.is_set, 60)
        finally:
            child.kill()
            child.wait(30)
        assert pair.standing.behind > 0
        proxy.let_go()
        wait_for("another follower takes over", lambda: not pair.follower.step(LATER).busy, 30)
        pair.sync()
        assert pair.count() == 510
        assert is_whole(pair)
        pair.drop()


CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[alerting]
group_wait = "0s"
quiet_hours = []
[tagger]
kind = "rules"
[[rules]]
id = "words"
kind = "watchword"
severity = "serious"
phrases = ["火灾", "中毒", "停电"]
"""
ITEMS = 36
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MATTERS = ("实验楼发生火灾，浓烟滚滚", "二食堂疑似食物中毒", "三号宿舍楼整栋停电")
TALK = ("图书馆座位难找", "操场夜跑的人真多", "选课系统又崩了", "校车今天准点", "快递站排队太长")


def open_stage(folder: Path) -> tuple[House, FakeChannel, Dispatcher]:
    """The product's own pieces in a folder, with a channel that keeps what it is given."""
    clock = Clock()
    house = open_house(Loaded(parse_config(CONFIG, "c"), folder / "tocsin.toml", CONFIG), clock)
    with writing(house.engine) as connection:
        connection.execute(insert(officers).values(id="li", name="li", role="officer", addresses={"chat": "U0LI"}))
        times = {"begins": NOW - timedelta(days=1), "ends": NOW + timedelta(days=30)}
        connection.execute(insert(shifts).values(id="s", officer="li", kind="duty", **times))
    channel = FakeChannel()
    ways = (Channel(ChannelSpec("chat", "slack", target="C1"), channel),)
    office = Office(house.config.alerting, ways, "Asia/Shanghai", "https://tocsin.example", b"secret", ())
    return house, channel, Dispatcher(house.engine, office, "stage:1")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def play(house: House, sender: Dispatcher, between: dict[int, object] | None = None) -> None:
    """The same items, one a minute of simulated time; `between` are calls before some of them."""
    screen, worker, clock = replay_screen(house.config), build_worker(house), house.clock
    assert isinstance(clock, Clock)
    for n in range(ITEMS):
        call = (between or {}).get(n)
        if callable(call):
            call()
        text = f"{MATTERS[n // 12]}，第{n}条" if n % 6 == 5 else f"{TALK[n % 5]} {n}"
        raw = RawItem(
            id=f"i{n}", source="bbs", source_kind="forum", url=f"https://bbs.example/{n}", seen=clock.now, text=text
        )
        screened = screen.screen(raw)
        assert isinstance(screened, Screened)
        row = {"id": "bbs", "next_due": clock.now + timedelta(hours=1), "interval_s": 3600}
        house.store.enqueue(row, [screened], clock.now)
        worker.work_once()
        sender.tick(clock.now)
        clock.now += timedelta(minutes=1)
    worker.release()


@contextmanager
def alive(elastic: Cluster) -> Iterator[None]:
    """Whatever happens inside, the node runs again afterwards: others need it."""
    try:
        yield
    finally:
        node = elastic.nodes[0]
        if node.process is None or node.process.poll() is not None:
            node.start()
        node.wait()


def told(house: House, channel: FakeChannel) -> bytes:
    """Every alert and every message, as bytes."""
    with reading(house.engine) as connection:
        rows = [str(tuple(row)) for row in connection.execute(select(alerts).order_by(alerts.c.n))]
    return "\n".join([*rows, *(repr(one) for one in channel.taken)]).encode()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_stopped_and_killed_under_load_alerts_go_out_and_nothing_is_lost(elastic: Cluster, tmp_path: Path) -> None:
    """A stream with a server that is killed (-9) in mid-bulk and comes back, beside the same stream with SQLite alone:
    the same alerts and messages byte for byte, on time while it was away; afterwards every document is there."""
    alone, own_channel, own_sender = open_stage(tmp_path / "alone")
    play(alone, own_sender)
    house, channel, sender = open_stage(tmp_path / "both")
    with alive(elastic), BusyProxy(elastic.url) as proxy:
        pair = Pair(elastic, house.store, address=Address((proxy.url,), timeout=3.0))
        taken: list[int] = []

        def kill_in_mid_bulk() -> None:
            wait_for("it was followed so far", lambda: pair.standing.generation and not pair.standing.behind, 60)
            proxy.hold()

        def kill() -> None:
            wait_for("a bulk is on its way", proxy.inside.is_set, 30)
            elastic.nodes[0].kill()
            proxy.let_go()
            wait_for("the outage is known", lambda: pair.standing.said, 60)
            taken.append(len(channel.taken))

        def bring_back() -> None:
            taken.append(len(channel.taken))
            assert pair.standing.behind > 0
            elastic.nodes[0].start()

        with following(pair):
            play(house, sender, {7: kill_in_mid_bulk, 8: kill, 30: bring_back})
            elastic.nodes[0].wait()
            wait_for("it has caught up by itself", lambda: is_whole(pair), 120)
        assert taken[1] > taken[0], "alerts went out while it was away"
        assert pair.count() == ITEMS
    assert own_channel.taken
    assert told(house, channel) == told(alone, own_channel)


def test_alerts_do_not_wait_for_a_server_that_hangs(pair: Pair, elastic: Cluster) -> None:
    """While a bulk hangs, the store is written and the outbox is worked on: no transaction of ours is open meanwhile."""
    with BusyProxy(elastic.url) as proxy:
        save(pair, 0, 5)
        pair.sync()
        slow = Pair(elastic, pair.store, names=pair.names, address=Address((proxy.url,), timeout=20.0))
        save(pair, 5, 5)
        proxy.hold()
        thread = threading.Thread(target=slow.follower.step, args=[LATER], daemon=True)
        thread.start()
        wait_for("a bulk hangs", proxy.inside.is_set, 30)
        pair.store.save([kept(a_document("meanwhile"), alert=an_alert(), snapshot=an_event())], [], at(1))
        with reading(pair.store.engine) as connection:
            assert connection.scalar(select(alerts.c.id)) == "alert-1"
        assert thread.is_alive()
        proxy.let_go()
        thread.join(60)
        assert not thread.is_alive(), "a bulk that was let go did not end"
        pair.sync()
        assert is_whole(pair)
