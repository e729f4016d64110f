"""The dead man's switch: it is pinged while everything works, and falls silent when any part does not."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from pipeline.store.engine import writing
from pipeline.store.schema import intake, sources
from tocsin.config import load_config
from tocsin.heartbeat import Heartbeat, Vitals, find_stall, heartbeat_part
from tocsin.house import House, open_house
from tocsin.logs import secrets_of
from tocsin.wiring import build_dispatcher, build_worker

NOW = datetime(2026, 9, 5, 15, 0, tzinfo=UTC)
CONFIG = """
[school]
name = "澜川学院"
[crawl]
contact = "test@example.org"
[alerting]
heartbeat = { env = "T_BEAT" }
[tagger]
kind = "rules"
[[sources]]
id = "news"
kind = "news"
url = "https://news.example/feed"
[[sources]]
id = "forum"
kind = "forum"
via = "forum"
url = "https://forum.example/"
"""
WELL = Vitals(
    NOW + timedelta(minutes=1), NOW + timedelta(seconds=20), None, None, None, timedelta(minutes=-1),
)  # fmt: skip


class Monitor:
    """A service on loopback that counts pings and answers as told."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.status = 200
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                monitor.paths.append(self.path)
                self.send_response(monitor.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/ping/CANARY123"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self) -> None:
        if not self.thread.is_alive():
            return
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    made = Monitor()
    monkeypatch.setenv("T_BEAT", made.url)
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "tocsin.toml"
    path.write_text(CONFIG, encoding="utf-8")
    made = open_house(load_config(path), Clock())
    yield made
    made.engine.dispose()


@pytest.fixture
def working(house: House) -> House:
    """A house whose worker and sender have just worked and whose sources are in time."""
    build_worker(house).work_once()
    build_dispatcher(house).tick(house.clock())
    with writing(house.engine) as conn:
        for name in ("news", "forum"):
            row = {"id": name, "next_due": NOW + timedelta(minutes=30), "interval_s": 3600, "failures": 0}
            conn.execute(insert(sources).values(**row, health="healthy", said="", memory={}))
    return house


def test_a_house_that_works_is_heard(working, monitor):
    """While all parts work, each beat pings the configured address."""
    beat = Heartbeat(working, working.config.alerting.heartbeat)
    assert beat.beat()
    assert beat.beat()
    assert monitor.paths == ["/ping/CANARY123"] * 2


def test_without_parts_nobody_is_heard(house, monitor):
    """A house where nobody works is silent."""
    assert not Heartbeat(house, house.config.alerting.heartbeat).beat()
    assert monitor.paths == []


def test_a_worker_that_stopped_silences_the_house(working, monitor):
    """Two minutes after the last work the pings end, though the process is there."""
    beat = Heartbeat(working, working.config.alerting.heartbeat)
    working.clock.now += timedelta(minutes=3)
    build_dispatcher(working).tick(working.clock())
    assert not beat.beat()
    build_worker(working).work_once()
    assert beat.beat()
    assert len(monitor.paths) == 1


def test_a_queue_that_stands_still_silences_the_house(working, monitor):
    """A worker that holds its lease and takes nothing is not taken for one that works."""
    beat = Heartbeat(working, working.config.alerting.heartbeat)
    with writing(working.engine) as conn:
        conn.execute(insert(intake).values(item="x", body=b"{}", history_at=None))
    assert beat.beat()
    beat.first_since -= timedelta(minutes=6)
    assert not beat.beat()
    with writing(working.engine) as conn:
        conn.execute(delete(intake))
    assert beat.beat()


def test_a_collector_that_stopped_silences_the_house(working, monitor):
    """A source that is not read at its time ends the pings; a crawl may take hours."""
    beat = Heartbeat(working, working.config.alerting.heartbeat)
    with writing(working.engine) as conn:
        conn.execute(update(sources).where(sources.c.id == "forum").values(next_due=NOW - timedelta(hours=1)))
    assert beat.beat()
    with writing(working.engine) as conn:
        conn.execute(update(sources).where(sources.c.id == "news").values(next_due=NOW - timedelta(minutes=20)))
    assert not beat.beat()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"worker_until": None}, "worker"),
        ({"worker_until": NOW}, "worker"),
        ({"sender_until": NOW - timedelta(seconds=1)}, "sender"),
        ({"first": 7}, "queue"),
        ({"undecided": NOW - timedelta(minutes=5)}, "decided"),
        ({"undecided": NOW + timedelta(hours=8)}, ""),
        ({"unsent": NOW - timedelta(minutes=14)}, ""),
        ({"unsent": NOW - timedelta(minutes=15)}, "sent"),
        ({"late": timedelta(seconds=1)}, "sources"),
    ],
)
def test_each_part_that_stands_still_is_named(change, said):
    """One sentence says which part does not work; what is only put off is well."""
    found = find_stall(replace(WELL, **change), NOW - timedelta(minutes=5), NOW)
    assert said in found
    assert bool(found) == bool(said)


def test_a_monitor_that_is_down_harms_nothing(working, monitor, capsys):
    """A ping that is refused or lost is no error of the house, and the address is in no word of it."""
    beat = Heartbeat(working, working.config.alerting.heartbeat)
    monitor.status = 404
    assert not beat.beat()
    monitor.close()
    assert not beat.beat()
    out = capsys.readouterr()
    assert "heartbeat not" in out.out + out.err
    assert "CANARY123" not in out.out + out.err + repr(beat) + json.dumps(str(working.config.alerting))


def test_the_address_is_starred_in_logs(working, monitor):
    """The address counts among the secrets that logs replace."""
    assert monitor.url in secrets_of(working.config)


def test_the_part_beats_by_itself_and_ends(working, monitor, monkeypatch):
    """As a part of the service it beats without being asked, and stops when told."""
    monkeypatch.setattr("tocsin.heartbeat.EVERY_S", 0.05)
    stop = threading.Event()
    part = heartbeat_part(working)
    thread = threading.Thread(target=part, args=[stop], daemon=True)
    thread.start()
    end = time.monotonic() + 5
    while len(monitor.paths) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    thread.join(5)
    assert len(monitor.paths) >= 2
    assert not thread.is_alive()


def test_without_an_address_there_is_no_part(tmp_path):
    """Who configures nothing pings nobody."""
    path = tmp_path / "tocsin.toml"
    path.write_text('[school]\nname = "澜川学院"\n', encoding="utf-8")
    house = open_house(load_config(path))
    assert heartbeat_part(house) is None
    house.engine.dispose()
