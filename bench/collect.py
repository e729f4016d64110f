"""One poll round of many feeds: Tocsin's collector, Miniflux (with PostgreSQL), and feedparser alone as a floor.

    python -m bench.collect [--feeds 2000] [--items 27] [--miniflux PATH] [--postgres DIR]

Each peer has a server of its own (bench/feed_server.py), 20 feeds a host on loopback addresses, and reads them four times:
for the first time; with 70 % unchanged; all unchanged; all changed (three new entries each). Printed for each round: feeds
a second of wall and of CPU (Miniflux: with its database), requests and bytes asked of the server, highest memory.
Every item is stored by Tocsin (in the queue, full-text and events come later) and by Miniflux; feedparser stores nothing.

What favours whom. Tocsin stays in memory between rounds, as it does when it runs; Miniflux is started anew for each
(`-refresh-feeds` is the only round that can be timed), so what a start with nothing due costs is measured first and taken
off its CPU and wall. Sites have an icon, so that Miniflux looks for it once and not in every round. Tocsin reads robots.txt and
Miniflux does not; Miniflux sanitises and keeps whole entries, Tocsin masks and matches them. Both wait for the disk.

Miniflux is built with Go in a throw-away module, then found on the PATH or given by `--miniflux` (without it, it is left out):

    mkdir mf && cd mf && go mod init x && go get -tool miniflux.app/v2@v2.2.14 && GOBIN=$PWD go install miniflux.app/v2
    # the program is then ./v2 or ./miniflux.app, by the version of Go; PostgreSQL 15 from the system's packages
"""

import argparse
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog

HOSTED = 20
ROUNDS = ("first", "mixed", "same", "changed")
CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[crawl]
contact = "bench@example.org"
host_delay = 0.0
"""
SOURCE = """
[[sources]]
id = "s{n}"
url = "{url}"
kind = "news"
minutes = 1
consent = true
"""


@dataclass(frozen=True)
class Round:
    """What a round cost: seconds, CPU seconds, highest resident MB so far."""

    wall: float
    cpu: float
    memory: float


def host_of(number: int) -> str:
    """The loopback address of a feed."""
    host = number // HOSTED
    return f"127.1.{host // 200}.{host % 200 + 1}"


def urls(port: int, count: int) -> list[str]:
    """The address of each feed."""
    return [f"http://{host_of(number)}:{port}/{number}.xml" for number in range(count)]


def site_of(url: str) -> str:
    """The page of the site of a feed."""
    base, _, name = url.rpartition("/")
    return f"{base}/site/{name.removesuffix('.xml')}"


@contextmanager
def serving(feeds: int, items: int) -> Iterator[int]:
    """A fresh server; gives its port."""
    command = [sys.executable, "-m", "bench.feed_server", str(feeds), str(items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.kill()


def ask(port: int, path: str) -> str:
    """A word with the server."""
    return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=60).text


def usage() -> tuple[float, float]:
    """CPU seconds and highest MB of this process and its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return cpu, max(own.ru_maxrss, children.ru_maxrss) / 1024


def timed(read: Callable[[], object]) -> Round:
    """Run one round in this process."""
    began, before = time.perf_counter(), usage()[0]
    read()
    after, memory = usage()
    return Round(time.perf_counter() - began, after - before, memory)


# ------------------------------------------------------------------ the peers, each in a process of its own


def run_tocsin(port: int, count: int) -> Iterator[Round]:
    """The collector with its store, on simulated time."""
    from tocsin.config import Loaded, parse_config
    from tocsin.house import open_house
    from tocsin.wiring import build_collector

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    hosts = json.dumps(sorted({f"{host_of(number)}:{port}" for number in range(count)}))
    sources = "".join(SOURCE.format(n=number, url=url) for number, url in enumerate(urls(port, count)))
    text = f"{CONFIG}allow_private = {hosts}\n{sources}"
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        house = open_house(Loaded(parse_config(text, "bench"), Path(folder) / "tocsin.toml", text))
        collector = build_collector(house)
        for number, mode in enumerate(ROUNDS):
            ask(port, f"/mode/{'same' if number == 0 else mode}")
            at = now + timedelta(hours=7 * number)
            yield timed(lambda at=at: collector.collect_once(at))  # type: ignore[misc]


def run_feedparser(port: int, count: int) -> Iterator[Round]:
    """Fetch one after the other with the tag of last time, parse, keep nothing."""
    import feedparser

    tags: dict[str, str] = {}

    def read() -> None:
        for url in urls(port, count):
            request = urllib.request.Request(url, headers={"If-None-Match": tags.get(url, "")})
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    tags[url] = answer.headers.get("ETag", "")
                    feedparser.parse(answer.read())
            except urllib.error.HTTPError as error:
                if error.code != 304:
                    raise

    for number, mode in enumerate(ROUNDS):
        ask(port, f"/mode/{'same' if number == 0 else mode}")
        yield timed(read)


def run_miniflux(port: int, count: int, program: str, postgres: str) -> Iterator[Round]:
    """`miniflux -refresh-feeds` on a database of its own; its CPU and PostgreSQL's."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, "postgres")
        database = Postgres(Path(folder), postgres)
        with database.running():
            environment = {
                **os.environ, "DATABASE_URL": database.url, "BATCH_SIZE": str(count), "WORKER_POOL_SIZE": "16",
                "POLLING_PARSING_ERROR_LIMIT": "0", "FETCHER_ALLOW_PRIVATE_NETWORKS": "1", "LOG_LEVEL": "error",
            }  # fmt: skip
            subprocess.run([program, "-migrate"], env=environment, check=True, capture_output=True)
            database.say("INSERT INTO users (username, password, is_admin) VALUES ('bench', 'none', true)")
            database.say("INSERT INTO categories (user_id, title) VALUES (1, 'bench')")
            feeds = urls(port, count)
            listed, sites = ",".join(map(repr, feeds)), ",".join(repr(site_of(url)) for url in feeds)
            database.say(
                "INSERT INTO feeds (user_id, category_id, title, feed_url, site_url, next_check_at) SELECT 1, 1, 'f' || n, url, site, "
                f"now() + interval '1 day' FROM unnest(ARRAY[{listed}], ARRAY[{sites}]) WITH ORDINALITY AS t(url, site, n)"
            )

            def refresh() -> Round:
                before = database.cpu()
                command = [program, "-refresh-feeds"]
                found = timed(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))
                return Round(found.wall, found.cpu + database.cpu() - before, found.memory + database.memory())

            refresh()
            start = refresh()
            print(f"miniflux starts in {start.wall:.2f} s, {start.cpu:.2f} s of CPU (taken off)", file=sys.stderr)
            for number, mode in enumerate(ROUNDS):
                ask(port, f"/mode/{'same' if number == 0 else mode}")
                database.say("UPDATE feeds SET next_check_at = now() - interval '1 minute'")
                found = refresh()
                yield Round(found.wall - start.wall, found.cpu - start.cpu, found.memory)
            entries = database.say("SELECT count(*), count(DISTINCT feed_id) FROM entries").strip()
            print(f"miniflux stored (entries|feeds): {entries}", file=sys.stderr)


class Postgres:
    """A PostgreSQL server in a folder, run by the user postgres, reached by a socket in the folder."""

    def __init__(self, folder: Path, programs: str) -> None:
        self._folder, self._programs = folder, Path(programs)
        self.url = f"postgres:///postgres?host={folder}&user=postgres"

    def _as_postgres(self, *command: str, told: str | None = None) -> subprocess.CompletedProcess[str]:
        words = ["runuser", "-u", "postgres", "--", str(self._programs / command[0]), *command[1:]]
        return subprocess.run(words, check=True, capture_output=True, text=True, input=told)

    @contextmanager
    def running(self) -> Iterator[None]:
        """From `initdb` to stop."""
        data = str(self._folder / "data")
        self._as_postgres("initdb", "-D", data, "-A", "trust")
        options = f"-k {self._folder} -c listen_addresses= -c max_connections=60"
        self._as_postgres("pg_ctl", "-D", data, "-o", options, "-l", str(self._folder / "log"), "-w", "start")
        try:
            yield
        finally:
            self._as_postgres("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")

    def say(self, statement: str) -> str:
        """One statement."""
        return self._as_postgres("psql", "-h", str(self._folder), "-qtA", told=statement).stdout

    def _family(self) -> list[str]:
        head = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        children = subprocess.run(["pgrep", "-P", head], check=False, capture_output=True, text=True).stdout.split()
        return [head, *children]

    def cpu(self) -> float:
        """CPU seconds of the server, its children and those that have ended."""
        ticks = 0
        for place, process in enumerate(self._family()):
            stat = Path(f"/proc/{process}/stat")
            fields = stat.read_text().rpartition(")")[2].split() if stat.exists() else ["0"] * 15
            ticks += sum(map(int, fields[11 : 15 if place == 0 else 13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Proportional MB of all its processes now."""
        total = 0
        for process in self._family():
            roll = Path(f"/proc/{process}/smaps_rollup")
            lines = roll.read_text().splitlines() if roll.exists() else []
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024


def play(peer: str, arguments: argparse.Namespace) -> None:
    """One peer in this process: a line of JSON for each round."""
    with serving(arguments.feeds, arguments.items) as port:
        if peer == "miniflux":
            rounds = run_miniflux(port, arguments.feeds, arguments.miniflux, arguments.postgres)
        else:
            rounds = {"tocsin": run_tocsin, "feedparser": run_feedparser}[peer](port, arguments.feeds)
        for mode, found in zip(ROUNDS, rounds, strict=True):
            print(json.dumps({"round": mode, **vars(found), **json.loads(ask(port, "/seen"))}), flush=True)


def main() -> None:
    """All peers one after the other, each in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--items", type=int, default=27)
    parser.add_argument("--miniflux", default=shutil.which("miniflux") or shutil.which("miniflux.app") or "")
    parser.add_argument("--postgres", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--peer", choices=("tocsin", "miniflux", "feedparser"))
    arguments = parser.parse_args()
    if arguments.peer:
        play(arguments.peer, arguments)
        return
    if not arguments.miniflux:
        print("Without Miniflux: no such program on the PATH, and no --miniflux (see the head of this file).")
    peers = ["tocsin", *(["miniflux"] if arguments.miniflux else []), "feedparser"]
    print(f"{arguments.feeds} feeds of {arguments.items} items")
    for peer in peers:
        command = [sys.executable, "-m", "bench.collect", *sys.argv[1:], "--peer", peer]
        child = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for line in map(json.loads, child.stdout.splitlines()):
            show(peer, arguments.feeds, line)


def show(peer: str, feeds: int, line: dict[str, float]) -> None:
    """One printed line."""
    print(
        f"{peer:10} {line['round']:8} {feeds / line['wall']:7.0f} feeds/s  {feeds / line['cpu']:7.0f} a CPU second  "
        f"{line['memory']:5.0f} MB  {line['requests']:6.0f} requests  {line['unchanged']:6.0f} unchanged  "
        f"{line['bytes'] / 2**20:6.1f} MB sent"
    )


if __name__ == "__main__":
    main()
