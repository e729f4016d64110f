"""Does the dashboard answer while `tocsin run` reads many new sources for the first time?

    python -m bench.first_reading [--feeds 500] [--items 27] [--every 0.2]

`tocsin run` as its own process on an empty folder, the feeds by bench/feed_server.py. From its start until its first look is
over, /healthz and / are asked in turn, each time on a new connection, `--every` seconds apart (a slow answer delays the next
question by no more than that). Printed: when `tocsin run` had said where the dashboard is, when the first page came, how long the
reading took, and for each address the percentiles of the time to the whole answer, of those that were asked after the first.
"""

import argparse
import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.collect import SOURCE, host_of, serving, urls

PATHS = ("/healthz", "/")
LIMIT_S = 600.0
OVER = "sources read"  # the line that the first look ends with
HERE = "dashboard: "  # the line that says where it listens
HEAD = """
[school]
name = "澜川学院"
{own}
[server]
port = {port}
open_on_loopback = true
[store]
folder = "."
[tagger]
kind = "{tagger}"
[crawl]
contact = "bench@example.org"
host_delay = 0.0
allow_private = {hosts}
"""

Answer = tuple[str, float, float]  # address, seconds after the start, seconds until it was there (-1: none)


def write_config(path: Path, port: int, arguments: argparse.Namespace, served: int) -> None:
    """All feeds as new sources."""
    hosts = json.dumps(sorted({f"{host_of(number)}:{served}" for number in range(arguments.feeds)}))
    own = 'own_sources = ["*"]' if arguments.own else ""
    sources = (SOURCE.format(n=n, url=url) for n, url in enumerate(urls(served, arguments.feeds)))
    head = HEAD.format(port=port, hosts=hosts, tagger=arguments.tagger, own=own)
    path.write_text(head + "".join(sources), "utf-8")


@contextmanager
def running(config: Path) -> Iterator[Path]:
    """`tocsin run`; gives the file of what it says."""
    program = shutil.which("tocsin", path=str(Path(sys.executable).parent)) or "tocsin"
    told = config.with_name("said.txt")
    with told.open("wb") as out:
        child = subprocess.Popen([program, "run", "--config", str(config)], stdout=out, stderr=out)
        try:
            yield told
        finally:
            child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(30)
            child.kill()
            child.wait(30)


def ask(port: int, path: str, began: float, into: list[Answer]) -> None:
    """One question on a connection of its own."""
    asked = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        took = time.monotonic() - asked if answer.status in (200, 503) else -1.0
    except (OSError, http.client.HTTPException):
        took = -1.0
    finally:
        line.close()
    into.append((path, asked - began, took))


def watch(port: int, told: Path, began: float, every: float) -> tuple[list[Answer], float, float]:
    """Ask until the look is over; the answers, when the dashboard was announced, and when the look was over."""
    found: list[Answer] = []
    asking: list[threading.Thread] = []
    number, here = 0, 0.0
    while OVER not in (said := told.read_text("utf-8", "replace")) and time.monotonic() - began < LIMIT_S:
        here = here or (time.monotonic() - began if HERE in said else 0.0)
        thread = threading.Thread(target=ask, args=(port, PATHS[number % 2], began, found), daemon=True)
        thread.start()
        asking.append(thread)
        number += 1
        time.sleep(every)
    over = time.monotonic() - began
    for thread in asking:
        thread.join(60)
    return found, here, over


def show(found: list[Answer], here: float, over: float) -> None:
    """When the first page came, and the percentiles after it."""
    first = min((at + took for _, at, took in found if took >= 0), default=-1.0)
    print(f"announced {here:.2f} s after the start, first answer {first:.2f} s, first reading over {over:.1f} s")
    for path in PATHS:
        later = [took for where, at, took in found if where == path and at > first]
        good = sorted(took for took in later if took >= 0)
        if good:
            at = {share: good[min(len(good) - 1, int(share * len(good)))] for share in (0.5, 0.95)}
            print(
                f"{path:9} {len(good)} answers, {len(later) - len(good)} none: p50 {1000 * at[0.5]:.0f} ms, "
                f"p95 {1000 * at[0.95]:.0f} ms, max {1000 * good[-1]:.0f} ms"
            )


def main() -> None:
    """One start."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--items", type=int, default=27)
    parser.add_argument("--every", type=float, default=0.2)
    parser.add_argument("--tagger", default="model", choices=("model", "rules"))
    parser.add_argument(
        "--own", action="store_true", help="every item is about the school (none is left out at the door)"
    )
    arguments = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with serving(arguments.feeds, arguments.items) as served, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "tocsin.toml"
        write_config(config, port, arguments, served)
        began = time.monotonic()
        with running(config) as told:
            found, here, over = watch(port, told, began, arguments.every)
            print(told.read_text("utf-8", "replace").splitlines()[-1])
    show(found, here, over)


if __name__ == "__main__":
    main()
