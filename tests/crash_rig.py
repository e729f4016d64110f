"""Kills `tocsin run` at random moments while a site publishes, and compares what was published with what was stored and told.

The site and the two chat services are real servers on loopback that live on while the service dies. Slack can be read back (no
repeat is allowed there), the webhook cannot (a message in flight may come once more and then says so).
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from crash_faults import Faults
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack

from bench.corpus import Writer

PLACES = (
    "一食堂",
    "北湖",
    "东门",
    "实验楼",
    "体育馆",
    "校车",
    "三号楼",
    "泳池",
    "西门",
    "锅炉房",
    "南岭",
    "六号楼",
    "图书馆",
    "苗圃",
)
MISHAPS = (
    "中毒", "火灾", "坍塌", "泄漏", "坠物", "侧翻", "触电", "溺水", "踩踏", "爆炸", "停电", "塌陷", "斗殴", "漏水", "停水", "蜂群",
)  # fmt: skip
WORDS = tuple(  # each mishap and each place come back only after all the others
    f"{PLACES[number % len(PLACES)]}{MISHAPS[(number + number // len(PLACES)) % len(MISHAPS)]}" for number in range(200)
)
FIRST, EVERY, SHOWN = 2, 12, 400
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


@dataclass
class Publisher:
    """A feed that gains one item every `gap` seconds; every 12th is about a matter of its own. Beyond 12 messages a minute
    a channel's budget would hold them back. The feed shows the last 400 items; what left it while nobody asked was never
    `shown`, and cannot be lost."""

    gap: float = 0.45
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None

    def __post_init__(self) -> None:
        writer = Writer(11)
        self.texts = [writer.text(60) for _ in range(6000)]
        self.shown: set[int] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def count(self) -> int:
        return int(((self.ended or time.monotonic()) - self.began) / self.gap) + 1

    def stop(self) -> None:
        self.ended = time.monotonic()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def feed(self) -> bytes:
        newest = self.count - 1
        shown = range(newest, max(-1, newest - SHOWN), -1)
        self.shown.update(shown)
        items = "".join(self.item(number) for number in shown)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()

    def item(self, number: int) -> str:
        turn, rest = divmod(number, EVERY)
        word = f"{WORDS[turn]}：" if rest == FIRST and turn < len(WORDS) else ""
        link = f"http://127.0.0.1:{self.port}/{number}"
        return f"<item><title>{word}{self.texts[number]}</title><link>{link}</link><guid>{link}</guid></item>"


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            body = publisher.feed() if self.path == "/feed.xml" else b"User-agent: *\nAllow: /\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@dataclass(frozen=True)
class Tally:
    """What came of a run of kills."""

    kills: int
    published: int
    never_shown: int
    missing: int
    stored_twice: int
    alerts: int
    matters: int
    matters_untold: int
    undelivered: int
    slack_repeats: int
    hook_repeats: int
    hook_repeats_unmarked: int
    hook_repeats_of_one: int
    same_matter: int
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not (
            self.missing or self.stored_twice or self.matters_untold or self.undelivered or self.slack_repeats
            or self.hook_repeats_unmarked
        )  # fmt: skip


Kinds = tuple[str, ...]


def run_kills(
    folder: Path, kills: int, seed: int, faults: Kinds = (), longest: float = 1.6, until: float | None = None,
    note: Callable[[int], None] = lambda _number: None,
) -> Tally:  # fmt: skip
    """Start and kill `kills` times (fewer when the monotonic clock reaches `until`), let the last start come to rest, and
    count. Three of ten kills come while the service is still starting."""
    chance, done = random.Random(seed), 0
    with FakeSlack() as slack, FakeHook() as hook:
        publisher = Publisher()
        environ = {**os.environ, "RIG_SLACK": TOKEN, "RIG_HOOK": hook.url}
        write_config(folder, publisher.port, slack.base_url)
        trouble = Faults(folder, slack, hook, random.Random(seed + 1), faults)
        while done < kills and (until is None or time.monotonic() < until):
            trouble.before()
            child = start(folder, environ, wait=done == 0 or chance.random() > 0.3)
            trouble.during(child)
            time.sleep(chance.uniform(0.0, longest))
            child.kill()
            child.wait()
            done += 1
            note(done)
        trouble.before()
        child = start(folder, environ)
        time.sleep(1)
        publisher.stop()
        wait_for_rest(folder, publisher, 180)
        child.send_signal(signal.SIGTERM)
        child.wait(30)
        publisher.close()
        return replace(count(folder, publisher, slack, hook, done), faults=dict(trouble.seen))


def write_config(folder: Path, site: int, slack: str) -> None:
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in WORDS)
    port = random.Random(site).randrange(20000, 40000)
    text = CONFIG.format(site=site, port=port, words=words, channel=CHANNEL, slack=slack)
    (folder / "tocsin.toml").write_text(text, encoding="utf-8")


def start(folder: Path, environ: dict[str, str], *, wait: bool = True) -> "subprocess.Popen[bytes]":
    """Start the service and return once its dashboard answers; at once without `wait`."""
    command = [sys.executable, str(Path(__file__).with_name("crash_child.py")), str(folder / "tocsin.toml")]
    (folder / "out.txt").touch()
    before = len((folder / "out.txt").read_bytes())
    with (folder / "out.txt").open("ab") as log:
        child = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    for _ in range(600 if wait else 0):
        if b"dashboard:" in (folder / "out.txt").read_bytes()[before:] or child.poll() is not None:
            break
        time.sleep(0.05)
    assert not wait or child.poll() is None, (folder / "out.txt").read_text()[-3000:]
    return child


def wait_for_rest(folder: Path, publisher: Publisher, seconds: float) -> None:
    """Return when everything published is stored and everything owed is sent, or after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.5)
        with sqlite3.connect(folder / "tocsin.db", timeout=30) as database:
            stored = database.execute("SELECT count(*) FROM documents").fetchone()[0]
            owed = database.execute("SELECT count(*) FROM alerts WHERE state = 'pending'").fetchone()[0]
            owed += database.execute(
                "SELECT count(*) FROM notifications WHERE state IN ('queued','sending')"
            ).fetchone()[0]
        if publisher.count - 1 in publisher.shown and stored >= len(publisher.shown) and not owed:
            return


def count(folder: Path, publisher: Publisher, slack: FakeSlack, hook: FakeHook, kills: int) -> Tally:
    quiet = "SELECT id FROM events WHERE json_extract(said, '$.code') IN ('same_matter', 'already_told')"
    with sqlite3.connect(folder / "tocsin.db", timeout=30) as database:
        known = {row[0] for row in database.execute(quiet)}
        urls = Counter(row[0] for row in database.execute("SELECT url FROM documents"))
        alerts = [
            row[0]
            for row in database.execute(
                "SELECT id FROM alerts WHERE kind IN ('first','severity','reach') AND state != 'stale'"
            )
        ]
        told = {row[0] for row in database.execute("SELECT event FROM alerts")}
        phrases = "SELECT title, event FROM documents WHERE title LIKE '%：%'"
        matters = [(title, event) for title, event in database.execute(phrases) if title.split("：")[0] in WORDS]
    expected = {f"http://127.0.0.1:{publisher.port}/{number}" for number in publisher.shown}
    posts = Counter(post["metadata"]["event_payload"]["key"] for post in slack.posts if post.get("metadata"))
    keys = Counter(body["tocsin"]["key"] for body in hook.taken)
    marked = Counter(body["tocsin"]["key"] for body in hook.taken if "重复" in json.dumps(body, ensure_ascii=False))
    hook_alerts = {body["alerts"][0]["fingerprint"] for body in hook.taken}
    return Tally(
        kills=kills, published=publisher.count, never_shown=publisher.count - len(expected),
        missing=len(expected - set(urls)),
        stored_twice=sum(1 for number in urls.values() if number > 1), alerts=len(alerts), matters=len(matters),
        matters_untold=sum(1 for _, event in matters if event not in told and event not in known),
        same_matter=sum(1 for _, event in matters if event not in told and event in known),
        hook_repeats_of_one=max(keys.values(), default=1) - 1,
        undelivered=len(set(alerts) - hook_alerts) + max(0, len(alerts) - len(posts)),
        slack_repeats=sum(number - 1 for number in posts.values()), hook_repeats=sum(n - 1 for n in keys.values()),
        hook_repeats_unmarked=sum(1 for key, number in keys.items() if number - 1 > marked[key]),
    )  # fmt: skip
