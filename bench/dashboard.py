"""How fast the dashboard's pages are over a filled SQLite store, and what they weigh.

    python -m bench.dashboard [--items 10000 100000 1000000] [--dir FOLDER] [--rounds 20]

For each size: the server time of every page (each address of `SPOTS` that a person reads) after one call that fills
the caches, that first call apart, in milliseconds; then first paint on a cold Chromium (PerformanceObserver, seconds) and
the weight of the page with all assets as they go over the wire. `--dir` keeps the stores for the next time.
"""

import argparse
import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from alerts.acks import AckDesk, Links
from bench.dashboard_store import NOW, SOURCES, build_store
from crawlers.settings import SourceSpec
from dashboards.app import build_app
from dashboards.auth import open_session
from dashboards.context import DashContext, Loaded
from dashboards.pages import SPOTS
from pipeline.school import School
from pipeline.seal import LinkSeal
from pipeline.store.engine import open_engine, writing
from pipeline.store.search import SqliteSearch

GOAL_MS, PAINT_S, WEIGHT = 100, 1.0, 400_000
MORE = ("/search?q=教育", "/search?q=的一&count=1", "/search?topic=canteen&days=30", "/events?status=closed&page=20",
        "/topics?topic=canteen&days=90", "/audit?page=50")  # fmt: skip
LOOK = """() => new Promise(done => new PerformanceObserver(list => {
  const first = list.getEntriesByName("first-contentful-paint")[0];
  if (first) done(first.startTime / 1000);
}).observe({type: "paint", buffered: true}))"""


@dataclass(frozen=True, slots=True)
class Timing:
    """One page: the first call, then the middle and the 95th percentile of the others, in milliseconds; `cpu50` and
    `cpu` are the same of the processor's time, which other work on the machine does not lengthen."""

    path: str
    status: int
    first: float
    p50: float
    p95: float
    cpu50: float
    cpu: float


def make_context(path: Path) -> DashContext:
    """A dashboard over the store at `path`."""
    engine = open_engine(f"sqlite:///{path}")
    specs = tuple(
        SourceSpec(f"feed-{n}", f"https://paper.example/{n}", "news", name=f"来源{n}") for n in range(SOURCES)
    )
    return DashContext(
        engine=engine, loaded=Loaded(school=School("清河理工学院"), sources=specs, file="tocsin.toml"), now=lambda: NOW,
        secret=b"bench", version="bench", acks=AckDesk(Links(b"bench"), 4), opener=LinkSeal(LinkSeal.new_key()),
        search=SqliteSearch(engine), briefing_dir=path.parent / "briefings",
    )  # fmt: skip


@contextmanager
def served(context: DashContext) -> Iterator[int]:
    """The application on a port of its own."""
    config = uvicorn.Config(build_app(context), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(15)


def list_pages(items: int) -> list[str]:
    """Every page that a person reads, with the ids of the newest matters that have one."""
    matters = items // 30
    ids = {"/events/": f"e{(matters - 1) // 10 * 10}", "/cases/": f"c{(matters - 1) // 100 * 100}",
           "/slips/": f"s{(matters - 1) // 100 * 100}", "/reports/": f"r{(matters - 1) // 200 * 200}"}  # fmt: skip
    found = []
    for spot in (s for s in SPOTS if s.method == "GET" and (s.twin or s.path.endswith("/slip")) and s.needs != "link"):
        own = next((value for prefix, value in ids.items() if spot.path.startswith(prefix)), "x")
        found.append(spot.path.replace("{id}", own).replace("{name}", "canteen").replace("{period}", "2026Q4"))
    return [*(path for path in found if "{" not in path), *MORE]


def time_page(port: int, path: str, cookie: str, rounds: int) -> Timing:
    """Ask for a page again and again over one connection."""
    talk = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent, busy, status = [], [], 0
    for _ in range(rounds + 1):
        begun, worked = time.perf_counter(), time.process_time()
        talk.request("GET", as_ascii(path), headers={"cookie": f"tocsin={cookie}"})
        answer = talk.getresponse()
        answer.read()
        spent.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
        status = answer.status
    talk.close()
    rest, cpu = sorted(spent[1:]), sorted(busy[1:])
    return Timing(path, status, spent[0], rest[len(rest) // 2], high(rest), cpu[len(cpu) // 2], high(cpu))


def high(values: list[float]) -> float:
    """The 95th percentile of sorted values."""
    return values[min(len(values) - 1, int(len(values) * 0.95))]


def as_ascii(path: str) -> str:
    """Han characters percent-encoded."""
    return "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in path)


def look_at(port: int, cookie: str, paths: list[str]) -> None:
    """First paint and weight of each page, a fresh browser for each."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        for path in paths:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            context = browser.new_context()
            context.add_cookies([{"name": "tocsin", "value": cookie, "domain": "127.0.0.1", "path": "/"}])
            page = context.new_page()
            talk = context.new_cdp_session(page)
            talk.send("Network.enable")
            weights: list[float] = []
            talk.on("Network.loadingFinished", lambda said, all_=weights: all_.append(said["encodedDataLength"]))
            page.goto(f"http://127.0.0.1:{port}{path}", wait_until="load")
            page.wait_for_timeout(300)
            paint = page.evaluate(LOOK)
            bytes_ = sum(weights)
            late, heavy = paint > PAINT_S, bytes_ > WEIGHT
            print(f"  {path:40} first paint {paint:.2f} s{' LATE' if late else ''}, "
                  f"{bytes_ / 1000:.0f} KB with all assets{' HEAVY' if heavy else ''}", flush=True)  # fmt: skip
            browser.close()


def measure(path: Path, items: int, rounds: int, browser: bool) -> list[Timing]:
    """Time every page over the store and print it."""
    context = make_context(path)
    with writing(context.engine) as conn:
        cookie = open_session(conn, "bench", NOW, 12)
    print(f"{items} items, {path.stat().st_size / 1e6:.0f} MB", flush=True)
    with served(context) as port:
        for thread in threading.enumerate():
            if thread.name == "warm":  # what the server does beside its first answers
                thread.join()
        found = [time_page(port, page, cookie, rounds) for page in list_pages(items)]
        for one in sorted(found, key=lambda t: -t.cpu):
            mark = " SLOW" if one.cpu > GOAL_MS else ""
            wall = f"first {one.first:7.1f}  p50 {one.p50:6.1f}  p95 {one.p95:6.1f}"
            print(
                f"  {one.path:40} {one.status} {wall}  cpu p50 {one.cpu50:6.1f} p95 {one.cpu:6.1f} ms{mark}", flush=True
            )
        if browser:
            look_at(
                port, cookie, ["/", f"/events/e{(items // 30 - 1) // 10 * 10}", "/search?q=教育", "/topics", "/sources"]
            )
    context.engine.dispose()
    return found


def main() -> None:
    """Measure at every size; the last line is for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dir", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.dir or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        worst = {}
        for items in given.items:
            found = measure(build_store(folder, items), items, given.rounds, not given.no_browser)
            worst[items] = max((round(one.cpu, 1), one.path) for one in found)
        print(json.dumps({"worst p95 of CPU, ms": worst}, ensure_ascii=False))


if __name__ == "__main__":
    main()
