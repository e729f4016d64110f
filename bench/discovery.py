"""How soon `tocsin run` has stored what a source publishes: by polling many sources, and by the push of a WebSub hub.

    python -m bench.discovery [--sources 500] [--seconds 5] [--pushed 100]

Each source is a host of its own on loopback and publishes one item at a random moment within a minute. Measured is the time
from then until the item can be read in the database by another process (looked at every 20 ms). For the push the same
feeds name a hub of ours and are polled every hour only, so what comes within the minute was pushed.
"""

import argparse
import asyncio
import hashlib
import hmac
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote

import httpx

SPREAD_S = 60.0
LOOK_S = 0.02
HEAD = """
[school]
name = "澜川学院"
[crawl]
contact = "bench@example.org"
allow_private = [{hosts}]
host_delay = 0.0
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
open_on_loopback = true
[store]
folder = "."
[tagger]
kind = "rules"
"""
SOURCE = """
[[sources]]
id = "s{n}"
url = "http://{host}/{n}.xml"
kind = "news"
minutes = {minutes}
consent = true
"""
FEED = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>站{n}</title>{hub}'
    '<a:link rel="self" href="http://{host}/{n}.xml"/>{items}</channel></rss>'
)
ITEM = "<item><title>澜川学院 第{n}站 第{m}条</title><link>http://{host}/{n}/{m}.html</link></item>"


@dataclass
class World:
    """The sites and their hub, served in one thread. `held` is how many items each site has."""

    count: int
    pushes: bool
    held: list[int] = field(default_factory=list)
    subscribed: dict[int, dict[str, str]] = field(default_factory=dict)
    port: int = 0

    def host(self, number: int) -> str:
        """Of a source."""
        return f"127.2.{number // 200}.{number % 200 + 1}:{self.port}"

    def feed(self, number: int) -> bytes:
        """As it is now."""
        host = self.host(number)
        hub = f'<a:link rel="hub" href="http://127.0.0.1:{self.port}/hub"/>' if self.pushes else ""
        items = "".join(ITEM.format(n=number, m=m, host=host) for m in reversed(range(self.held[number])))
        return FEED.format(n=number, host=host, hub=hub, items=items).encode()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                writer.write(self.answer(lines[0].split(" ")[1], headers.get("if-none-match", ""), body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def answer(self, path: str, tag: str, body: bytes) -> bytes:
        """One response."""
        if path == "/hub":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            threading.Thread(target=self.confirm, args=(form,), daemon=True).start()
            return b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
        name = path.strip("/").removesuffix(".xml")
        if not name.isdigit():
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        ours = f'"{self.held[int(name)]}"'
        if tag == ours:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {ours}\r\n\r\n".encode()
        said = self.feed(int(name))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: {ours}\r\nContent-Length: {len(said)}\r\n\r\n"
        return head.encode() + said

    def confirm(self, form: dict[str, str]) -> None:
        """Ask the callback, as a hub does."""
        topic = form["hub.topic"]
        query = f"hub.mode=subscribe&hub.topic={quote(topic, safe='')}&hub.challenge=c&hub.lease_seconds=864000"
        if httpx.get(f"{form['hub.callback']}?{query}", timeout=30).text == "c":
            self.subscribed[int(topic.rpartition("/")[2].removesuffix(".xml"))] = form

    def publish(self, number: int) -> None:
        """One more item; told to whoever has subscribed."""
        self.held[number] += 1
        if form := self.subscribed.get(number):
            body = self.feed(number)
            digest = hmac.new(form["hub.secret"].encode(), body, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature": f"sha256={digest}", "Content-Type": "application/rss+xml"}
            httpx.post(form["hub.callback"], content=body, headers=headers, timeout=30)

    def serve(self) -> None:
        """In a thread, for good."""
        ready = threading.Event()

        async def run() -> None:
            server = await asyncio.start_server(self.talk, "0.0.0.0", 0, backlog=1000)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await server.serve_forever()

        threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
        if not ready.wait(30):
            raise SystemExit("The sites do not listen.")


@contextmanager
def running(world: World, minutes: float) -> Iterator[sqlite3.Connection]:
    """`tocsin run` on the world's sources; its database, read only."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = ", ".join(f'"{world.host(n)}"' for n in range(world.count)) + f', "127.0.0.1:{world.port}"'
        sources = (SOURCE.format(n=n, host=world.host(n), minutes=minutes) for n in range(world.count))
        path = Path(folder) / "tocsin.toml"
        path.write_text(HEAD.format(hosts=hosts, port=world.port - 1) + "".join(sources), "utf-8")
        command = [
            shutil.which("tocsin", path=str(Path(sys.executable).parent)) or "tocsin",
            "run",
            "--config",
            str(path),
        ]
        with (Path(folder) / "log").open("w") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                database = Path(folder) / "tocsin.db"
                if not wait_for(lambda: count(database) >= world.count):
                    told = (Path(folder) / "log").read_text("utf-8")
                    raise SystemExit(f"The first reading did not end:\n{told[-2000:]}")
                with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                    yield connection
            finally:
                child.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(60)
                child.kill()
                child.wait(30)


def count(database: Path) -> int:
    """Items stored."""
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM sightings").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def wait_for(true: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Until it is so; False when it does not become so."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(0.2)
    return True


def measure(world: World, database: sqlite3.Connection, seed: int = 5) -> list[float]:
    """Seconds from publishing to being stored, for each source."""
    chance = random.Random(seed)
    plan = sorted((chance.random() * SPREAD_S, number) for number in range(world.count))
    published: dict[str, float] = {}
    (last,) = database.execute("SELECT max(rowid) FROM sightings").fetchone()

    def publish() -> None:
        began = time.monotonic()
        for at, number in plan:
            time.sleep(max(0.0, began + at - time.monotonic()))
            published[f"s{number}"] = time.monotonic()
            world.publish(number)

    threading.Thread(target=publish, daemon=True).start()
    took: dict[str, float] = {}
    ends = time.monotonic() + SPREAD_S + 120
    while len(took) < world.count and time.monotonic() < ends:
        rows = database.execute(
            "SELECT rowid, source FROM sightings WHERE rowid > ? ORDER BY rowid", (last,)
        ).fetchall()
        for row, source in rows:
            last = row
            took.setdefault(source, time.monotonic() - published[source])
        time.sleep(LOOK_S)
    return sorted(took.values())


def show(what: str, took: list[float], wanted: int, goal: str) -> None:
    """One line of percentiles."""
    if not took:
        raise SystemExit(f"{what}: nothing was stored.")
    at = {share: took[min(len(took) - 1, int(share * len(took)))] for share in (0.5, 0.9, 0.95, 0.99)}
    shares = "  ".join(f"{share:.0%} {value:.2f} s" for share, value in at.items())
    print(f"{what}: {len(took)} of {wanted} stored;  {shares}  worst {took[-1]:.2f} s  (goal: {goal})", flush=True)


def main() -> None:
    """Polling, then push."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=5.0, help="pause between two readings of a source")
    parser.add_argument("--pushed", type=int, default=100, help="sources with a hub")
    arguments = parser.parse_args()
    polled = World(arguments.sources, False, [1] * arguments.sources)
    polled.serve()
    with running(polled, arguments.seconds / 60) as database:
        took = measure(polled, database)
    show(
        f"polling {polled.count} sources every {arguments.seconds:g} s",
        took,
        polled.count,
        f"{arguments.seconds + 5:g} s",
    )
    pushed = World(arguments.pushed, True, [1] * arguments.pushed)
    pushed.serve()
    with running(pushed, 60.0) as database:
        if not wait_for(lambda: len(pushed.subscribed) == pushed.count):
            raise SystemExit(f"Only {len(pushed.subscribed)} of {pushed.count} sources were subscribed.")
        took = measure(pushed, database)
    show(f"WebSub, {pushed.count} sources", took, pushed.count, "2 s")


if __name__ == "__main__":
    main()
