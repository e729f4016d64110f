"""Memory of `tocsin run` with many feeds, without and with the network tagger: resident size at rest and at its highest.

    python -m bench.memory [--feeds 1000] [--items 20]

The feeds are served by this process on loopback; every feed is read twice.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.corpus import make_feeds

HEAD = """
[school]
name = "澜川学院"
[crawl]
contact = "bench@example.org"
allow_private = ["127.0.0.1:{site}"]
host_delay = 0.0
[server]
port = {port}
open_on_loopback = true
[store]
folder = "."
[tagger]
kind = "{kind}"
[[rules]]
id = "many"
kind = "threshold"
stories = 5
severity = "serious"
"""
SOURCE = """
[[sources]]
id = "s{n}"
url = "http://127.0.0.1:{site}/{n}.xml"
kind = "news"
minutes = 1
consent = true
"""


def serve(feeds: list[bytes]) -> ThreadingHTTPServer:
    """A server of the feeds; robots.txt allows everything."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            name = self.path.strip("/").removesuffix(".xml")
            body = feeds[int(name)] if name.isdigit() else b"User-agent: *\nAllow: /\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def measure(kind: str, site: int, feeds: int, seconds: int) -> dict[str, float]:
    """Run the service until every feed was read twice (or `seconds`), then let it rest for ten seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tocsin.toml"
        text = HEAD.format(site=site, port=20000 + os.getpid() % 20000, kind=kind)
        path.write_text(text + "".join(SOURCE.format(n=n, site=site) for n in range(feeds)), encoding="utf-8")
        command = [sys.executable, "-m", "tocsin.cli", "run", "--config", str(path)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        began = time.monotonic()
        while time.monotonic() - began < seconds and not read_twice(Path(folder) / "tocsin.db", feeds):
            time.sleep(2)
        took = time.monotonic() - began
        time.sleep(10)
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8")
        child.send_signal(signal.SIGTERM)
        child.wait(60)
        with sqlite3.connect(Path(folder) / "tocsin.db") as database:
            items = database.execute("SELECT count(*) FROM sightings").fetchone()[0]
        sizes = {line.split()[0]: int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("Vm")}
        return {"MB at rest": sizes["VmRSS:"], "MB highest": sizes["VmHWM:"], "items": items, "seconds": took}


def read_twice(database: Path, feeds: int) -> bool:
    """True when every feed was read again after its first reading."""
    if not database.exists():
        return False
    with sqlite3.connect(database, timeout=30) as connection:
        try:
            query = "SELECT count(*) FROM sources WHERE last_ok > last_new"
            return int(connection.execute(query).fetchone()[0]) >= feeds
        except sqlite3.OperationalError:
            return False


def main() -> None:
    """Measure both taggers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=300)
    args = parser.parse_args()
    server = serve(make_feeds(args.feeds, args.items))
    for kind in ("rules", "model"):
        found = measure(kind, server.server_address[1], args.feeds, args.seconds)
        print(f"tagger {kind:6}", "  ".join(f"{name} {value:.0f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
