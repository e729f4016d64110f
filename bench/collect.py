"""One poll round of many feeds: Tocsin's collector, Miniflux (with PostgreSQL), and feedparser alone as a floor.

    python -m bench.collect [--feeds 2000] [--items 27] [--miniflux PATH] [--postgres DIR]

One server (bench/feed_server.py), 20 feeds a host on loopback addresses, is read four times: for the first time; with 70 %
unchanged; all unchanged; all changed (three new entries each). Each round is read by each peer in turn (the order changes
from round to round), so that all meet the same load. Printed for each round: feeds
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
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import structlog

HOSTED = 20
LIMIT_S = 1_800.0
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
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(hear(child))
    finally:
        child.kill()
        child.wait(30)


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


def run_tocsin(port: int, count: int) -> Iterator[Round | None]:
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
        yield None
        for number in range(len(ROUNDS)):
            at = now + timedelta(hours=7 * number)
            yield timed(lambda at=at: collector.collect_once(at))  # type: ignore[misc]


def run_feedparser(port: int, count: int) -> Iterator[Round | None]:
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

    yield None
    for _ in ROUNDS:
        yield timed(read)


def play(peer: str, port: int, arguments: argparse.Namespace) -> None:
    """One peer in this process: says that it is ready, then reads one round for every line that it is given, and answers
    each with a line of JSON."""
    if peer == "miniflux":
        from bench.miniflux import run_miniflux

        rounds = run_miniflux(port, arguments.feeds, arguments.miniflux, arguments.postgres)
    else:
        rounds = {"tocsin": run_tocsin, "feedparser": run_feedparser}[peer](port, arguments.feeds)
    next(rounds)
    print("ready", flush=True)
    for _ in ROUNDS:
        if not sys.stdin.readline():
            break
        print(json.dumps(vars(next(rounds))), flush=True)
    rounds.close()


@contextmanager
def peers(names: list[str], port: int) -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """A process for each, ready to read."""
    with ExitStack() as stack:
        children: dict[str, subprocess.Popen[str]] = {}
        for name in names:
            command = [sys.executable, "-m", "bench.collect", *sys.argv[1:], "--peer", name, "--port", str(port)]
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.callback(dismiss, child)
            children[name] = child
        for name, child in children.items():
            if hear(child) != "ready":
                raise SystemExit(f"{name} did not start.")
        yield children


def hear(child: "subprocess.Popen[str]") -> str:
    """The next line of a child; empty when it has ended or has been silent for LIMIT_S."""
    assert child.stdout is not None
    watch = threading.Timer(LIMIT_S, child.kill)
    watch.daemon = True
    watch.start()
    try:
        return child.stdout.readline().strip()
    finally:
        watch.cancel()


def dismiss(child: "subprocess.Popen[str]") -> None:
    """End a child: by the end of its input, else by force."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(60)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(60)


def main() -> None:
    """All peers on one server, each round by each of them in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--items", type=int, default=27)
    parser.add_argument("--miniflux", default=shutil.which("miniflux") or shutil.which("miniflux.app") or "")
    parser.add_argument("--postgres", default="/usr/lib/postgresql/15/bin")
    parser.add_argument("--peer", choices=("tocsin", "miniflux", "feedparser"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        play(arguments.peer, arguments.port, arguments)
        return
    if not arguments.miniflux:
        print("Without Miniflux: no such program on the PATH, and no --miniflux (see the head of this file).")
    names = ["tocsin", *(["miniflux"] if arguments.miniflux else []), "feedparser"]
    print(f"{arguments.feeds} feeds of {arguments.items} items, one server, load {os.getloadavg()[0]:.0f}")
    with serving(arguments.feeds, arguments.items) as port, peers(names, port) as children:
        for number, mode in enumerate(ROUNDS):
            ask(port, f"/mode/{'same' if number == 0 else mode}")
            for name in names if number % 2 == 0 else names[::-1]:
                show(name, mode, arguments.feeds, read_round(children[name], name, port))


def read_round(child: "subprocess.Popen[str]", name: str, port: int) -> dict[str, float]:
    """Let a peer read once; what it cost, and what the server was asked meanwhile."""
    assert child.stdin is not None
    ask(port, "/again")
    child.stdin.write("go\n")
    child.stdin.flush()
    line = hear(child)
    if not line:
        raise SystemExit(f"{name} broke off.")
    return {**json.loads(line), **json.loads(ask(port, "/seen"))}


def show(peer: str, mode: str, feeds: int, line: dict[str, float]) -> None:
    """One printed line."""
    print(
        f"{peer:10} {mode:8} {feeds / line['wall']:7.0f} feeds/s  {feeds / line['cpu']:7.0f} a CPU second  "
        f"{line['memory']:5.0f} MB  {line['requests']:6.0f} requests  {line['unchanged']:6.0f} unchanged  "
        f"{line['bytes'] / 2**20:6.1f} MB sent  load {os.getloadavg()[0]:.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
