"""Kills `tocsin run` at random moments while a site publishes, and compares what was published with what was stored and told.

The site and the two chat services are real servers on loopback that live on while the service dies. Slack can be read back (no
repeat is allowed there), the webhook cannot (a message in flight may come once more and then says so).

Nothing that is judged depends on the speed of the machine: how much is published follows from the number of kills, and counting
begins when everything published is stored and nothing is owed any more.
"""

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crash_faults import Faults
from crash_site import WORDS, Publisher
from crash_tally import Flight, Tally, count, find_in_flight
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack

START_S, REST_S, FORWARD_S = 120.0, 600.0, 900.0
CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[crawl]
contact = "test@example.org"
allow_private = ["127.0.0.1:{site}"]
host_delay = 0.0
[alerting]
group_wait = "0s"
quiet_hours = []
escalate_after = "7d"
[server]
port = {port}
open_on_loopback = true
[store]
folder = "."
[tagger]
kind = "rules"
[[rules]]
id = "words"
kind = "watchword"
severity = "serious"
phrases = [{words}]
[[channels]]
id = "chat"
kind = "slack"
token = {{ env = "RIG_SLACK" }}
target = "{channel}"
base_url = "{slack}"
[[channels]]
id = "hook"
kind = "webhook"
url = {{ env = "RIG_HOOK" }}
[[sources]]
id = "paper"
url = "http://127.0.0.1:{site}/feed.xml"
kind = "news"
minutes = 0.005
consent = true
"""

Kinds = tuple[str, ...]


@dataclass
class Service:
    """The service, started and killed again and again (crash_child.py). `pid` is the one of the moment."""

    folder: Path
    environ: dict[str, str]
    pid: int = 0

    def __post_init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("crash_child.py")), str(self.folder / "tocsin.toml")]
        self.log = (self.folder / "out.txt").open("ab")
        self.parent = subprocess.Popen(
            command, env=self.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )

    def ask(self, what: str, seconds: float) -> int:
        """Let the parent of the service do something; its answer."""
        assert self.parent.stdin
        assert self.parent.stdout
        self.parent.stdin.write(what + "\n")
        self.parent.stdin.flush()
        assert select.select([self.parent.stdout], [], [], seconds)[0], f"no answer to {what!r}: {self.tail()}"
        line = self.parent.stdout.readline().strip()
        assert line, self.tail()
        return int(line)

    def start(self, *, wait: bool) -> None:
        """Start; with `wait` return when it says where its dashboard is."""
        before = (self.folder / "out.txt").stat().st_size
        self.pid = self.ask("start", START_S)
        end = time.monotonic() + START_S
        while wait and b"dashboard:" not in self.said(before):
            assert time.monotonic() < end, self.tail()
            time.sleep(0.02)

    def said(self, offset: int) -> bytes:
        with (self.folder / "out.txt").open("rb") as stream:
            stream.seek(offset)
            return stream.read()

    def tail(self) -> str:
        return self.said(0).decode(errors="replace")[-3000:]

    def kill(self) -> None:
        """`kill -9`; fails when the service had ended by itself."""
        os.kill(self.pid, signal.SIGKILL)
        status, self.pid = self.ask("reap", 60), 0
        assert os.WIFSIGNALED(status), f"it had ended by itself: {self.tail()}"

    def end(self) -> None:
        """Ask it to end, as an operator does."""
        os.kill(self.pid, signal.SIGTERM)
        self.ask("reap", 120)
        self.pid = 0

    def close(self) -> None:
        """End what still runs."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.ask("reap", 60)
        for pipe in (self.parent.stdin, self.parent.stdout):
            assert pipe
            pipe.close()
        self.parent.kill()
        self.parent.wait(30)
        self.log.close()


def run_kills(
    folder: Path, kills: int, seed: int, faults: Kinds = (), longest: float = 1.0, until: float | None = None,
    note: Callable[[int], None] = lambda _number: None,
) -> Tally:  # fmt: skip
    """Start and kill `kills` times (fewer when the monotonic clock reaches `until`), let the last start come to rest, and
    count."""
    chance, done = random.Random(seed), 0
    flights: set[Flight] = set()
    with FakeSlack(clock=time.time) as slack, FakeHook() as hook, closing(Publisher()) as publisher:
        write_config(folder, publisher.port, slack.base_url)
        trouble = Faults(folder, slack, hook, random.Random(seed + 1), faults)
        service = Service(folder, {**os.environ, "RIG_SLACK": TOKEN, "RIG_HOOK": hook.url})
        with closing(service):
            while done < kills and (until is None or time.monotonic() < until):
                trouble.set_clock(0.0)
                publisher.publish_more()
                service.start(wait=done == 0 or chance.random() > 0.3)
                trouble.during(service.pid)
                wait_for_moment(chance, longest, lambda: len(slack.calls) + len(hook.headers))
                service.kill()
                trouble.after()
                flights |= find_in_flight(folder)
                done += 1
                note(done)
            trouble.set_clock(0.0)
            publisher.publish_all()
            service.start(wait=True)
            at_rest = wait_for_rest(folder, publisher, trouble)
            service.end()
            trouble.end()
        for name, taken in (("slack", slack.posts), ("hook", hook.taken)):
            (folder / f"{name}.json").write_text(json.dumps(taken, ensure_ascii=False), encoding="utf-8")
        return count(folder, publisher, slack, hook, flights, done, at_rest, dict(trouble.seen))


def wait_for_moment(chance: random.Random, longest: float, asked: Callable[[], int]) -> None:
    """Half of the kills come at any moment up to `longest` seconds, the others when a chat was just asked for the first to
    sixth time: in the middle of a message, before or after its answer."""
    moment, slack_s = chance.uniform(0.0, longest), chance.choice((0.0, 0.001, 0.005, 0.02, 0.1))
    if chance.random() < 0.5:
        time.sleep(moment)
        return
    enough, end = asked() + chance.randint(1, 6), time.monotonic() + 4 * longest
    while asked() < enough and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(slack_s)


def write_config(folder: Path, site: int, slack: str) -> None:
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in WORDS)
    port = random.Random(site).randrange(20000, 32000)
    text = CONFIG.format(site=site, port=port, words=words, channel=CHANNEL, slack=slack)
    (folder / "tocsin.toml").write_text(text, encoding="utf-8")


def wait_for_rest(folder: Path, publisher: Publisher, trouble: Faults) -> bool:
    """Wait until everything published is stored and nothing is owed; False when that does not come. What is put off (a
    retry after minutes) need not be sat out: the clock goes forward."""
    end, shift = time.monotonic() + REST_S, 0.0
    while time.monotonic() < end:
        time.sleep(0.5)
        shown = len(publisher.shown) == len(publisher.texts)
        stored, waiting, owed = count_owed(folder)
        if not shown or waiting or stored < len(publisher.shown):
            continue
        if not owed:
            return True
        shift += FORWARD_S / 60
        trouble.set_clock(shift)
    return False


def count_owed(folder: Path) -> tuple[int, int, int]:
    """Documents stored, items in the queue, and alerts and messages that are still owed."""
    owed = (
        "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM intake),"
        " (SELECT count(*) FROM alerts WHERE state IN ('pending', 'deferred'))"
        " + (SELECT count(*) FROM notifications WHERE state IN ('queued', 'sending'))"
    )
    with closing(sqlite3.connect(folder / "tocsin.db", timeout=30)) as database:
        stored, waiting, left = database.execute(owed).fetchone()
    return int(stored), int(waiting), int(left)
