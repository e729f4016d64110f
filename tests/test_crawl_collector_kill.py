"""A kill at any moment loses no item and brings none twice."""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hostile_server import Request, Site, open_sites, reply
from service_kit import end_child, read_line

from pipeline.store.engine import open_engine
from pipeline.store.store import SqlStore

ROUNDS = 4


class Publisher:
    """A site whose feed has one more item every twentieth of a second, and shows the last 2,000."""

    def __init__(self, site: Site) -> None:
        self._started = time.monotonic()
        self._stopped: float | None = None
        site.on("/feed.xml", self.answer)

    @property
    def published(self) -> int:
        return int(((self._stopped or time.monotonic()) - self._started) * 20) + 1

    def stop(self) -> None:
        self._stopped = time.monotonic()

    async def answer(self, writer: object, request: Request) -> None:
        last = self.published
        items = "".join(
            f"<item><title>n{number}</title><link>http://example.org/{number}</link></item>"
            for number in range(last - 1, max(-1, last - 2000), -1)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()
        await reply(body, ETag=f'"{last}"')(writer, request)  # type: ignore[arg-type]


def run_child(database: Path, site: Site) -> "subprocess.Popen[bytes]":
    script = str(Path(__file__).with_name("crawl_child.py"))
    command = [sys.executable, script, str(database), site.url("/feed.xml"), site.netloc]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    assert read_line(child, "the child collects") == b"ready\n"
    return child


def end(child: "subprocess.Popen[bytes]") -> None:
    end_child(child, "the collecting child")


def queued(database: Path) -> list[str | None]:
    engine = open_engine(f"sqlite:///{database}")
    try:
        return [one.document.title for one in SqlStore(engine).waiting(10_000)]
    finally:
        engine.dispose()


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """Killed without warning while a site publishes, restarted each time: every item is queued exactly once."""
    chance = random.Random(20261124)
    database = tmp_path / "tocsin.db"
    with open_sites() as sites:
        site = sites.open()
        publisher = Publisher(site)
        for _ in range(ROUNDS):
            child = run_child(database, site)
            time.sleep(chance.uniform(0.05, 1.0))
            end(child)
        publisher.stop()
        child = run_child(database, site)
        deadline = time.monotonic() + 15
        while len(queued(database)) < publisher.published and time.monotonic() < deadline:
            time.sleep(0.2)
        end(child)
        counts = Counter(queued(database))
    assert set(counts) == {f"n{number}" for number in range(publisher.published)}
    assert set(counts.values()) == {1}
