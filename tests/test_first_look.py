"""The first look: nothing is decided or told before its end, and the dashboard answers all the while."""

import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from hostile_server import hang, open_sites
from service_kit import free_port, join_thread, running, wait_for

from tocsin.first_look import look_first
from tocsin.service import Part, run_parts

CONFIG = """
[school]
name = "澜川学院"
[server]
port = {port}
open_on_loopback = true
[store]
folder = "."
[tagger]
kind = "rules"
[crawl]
contact = "desk@example.org"
allow_private = ["{netloc}"]
timeout = 60.0
[[sources]]
id = "slow"
url = "{url}"
kind = "news"
"""


class Stage:
    """Parts that note when they begin and go on until stopped."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.stop = threading.Event()
        self.curtain = threading.Event()

    def part(self, name: str) -> Part:
        """One that only begins."""

        def run(stop: threading.Event) -> None:
            self.begun.append(name)
            stop.wait(60)

        return run

    def look(self, stop: threading.Event) -> None:
        """Until the curtain rises."""
        self.begun.append("look")
        while not self.curtain.wait(0.02) and not stop.is_set():
            pass

    def play(self, look: Part, *names: str) -> tuple[threading.Thread, list[int]]:
        """All parts in a thread; the status that they end with."""
        status: list[int] = []
        parts = look_first({name: self.part(name) for name in names}, look)
        thread = threading.Thread(target=lambda: status.append(run_parts(parts, self.stop)), daemon=True)
        thread.start()
        return thread, status


def test_the_dashboard_does_not_wait_and_the_others_do() -> None:
    """While the look lasts only the dashboard runs; at its end everything does, once."""
    stage = Stage()
    thread, status = stage.play(stage.look, "collect", "work", "alert", "serve")
    wait_for("the dashboard and the look have begun", lambda: set(stage.begun) == {"look", "serve"})
    stage.curtain.set()
    wait_for("everything has begun", lambda: len(stage.begun) == 5)
    stage.stop.set()
    join_thread(thread, "the service")
    assert sorted(stage.begun) == ["alert", "collect", "look", "serve", "work"]
    assert status == [0]


def test_a_stop_during_the_look_ends_everything() -> None:
    """Nothing is begun late because somebody stopped early."""
    stage = Stage()
    thread, status = stage.play(stage.look, "collect", "work", "serve")
    wait_for("the look has begun", lambda: "look" in stage.begun)
    stage.stop.set()
    join_thread(thread, "the service")
    assert "work" not in stage.begun
    assert status == [0]


def test_a_look_that_breaks_ends_the_service() -> None:
    """A supervisor starts it anew; it does not go on without its past."""
    stage = Stage()

    def broken(_stop: threading.Event) -> None:
        raise OSError("disk full")

    thread, status = stage.play(broken, "collect", "work", "serve")
    join_thread(thread, "the service")
    assert status == [1]
    assert "work" not in stage.begun


def ask(url: str) -> Callable[[], bool]:
    """True when a page comes."""

    def asked() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return int(answer.status) == 200
        except (urllib.error.URLError, OSError):
            return False

    return asked


def test_pages_come_while_the_first_source_is_still_being_read(tmp_path: Path) -> None:
    """`tocsin run` on an empty store with a source that never answers: health and front page are there meanwhile, and a stop
    ends it."""
    with open_sites() as sites:
        site = sites.open().on("/feed.xml", hang)
        port = free_port()
        config = tmp_path / "tocsin.toml"
        config.write_text(CONFIG.format(port=port, netloc=site.netloc, url=site.url("/feed.xml")), "utf-8")
        log = tmp_path / "out.txt"
        with running([sys.executable, "-m", "tocsin.cli", "run", "--config", str(config)], log) as child:
            wait_for("the source is being read", lambda: site.asked("/feed.xml"), 90)
            wait_for("the front page comes", ask(f"http://127.0.0.1:{port}/"))
            wait_for("the health comes", ask(f"http://127.0.0.1:{port}/healthz"))
            assert "sources read" not in log.read_text("utf-8")
            child.terminate()
            assert child.wait(60) == 0
