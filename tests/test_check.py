"""`tocsin check` reaches out: sources, channels, and the address that phones will use."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from service_kit import free_port

from tocsin.commands.check import check

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>
<item><title>澜川学院食堂加菜</title><link>http://127.0.0.1/1</link></item>
<item><title>地铁开工</title><link>http://127.0.0.1/2</link></item></channel></rss>"""
CONFIG = """
[school]
name = "澜川学院"
[crawl]
contact = "a@example.org"
allow_private = ["127.0.0.1:{site}"]
[server]
port = {port}
public_url = "{public}"
[store]
folder = "."
[tagger]
kind = "rules"
[[rules]]
id = "many"
kind = "threshold"
stories = 5
severity = "serious"
[[channels]]
id = "terminal"
kind = "terminal"
[[sources]]
id = "paper"
url = "http://127.0.0.1:{site}/feed.xml"
kind = "news"
[[sources]]
id = "gone"
url = "http://127.0.0.1:{site}/gone.xml"
kind = "news"
"""


class Site(http.server.BaseHTTPRequestHandler):
    """A feed, and nothing else."""

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        body = FEED.encode() if self.path == "/feed.xml" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def site() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def run(folder: Path, site: int, port: int, public: str) -> tuple[int, str]:
    path = folder / "tocsin.toml"
    path.write_text(CONFIG.format(site=site, port=port, public=public), encoding="utf-8")
    done = CliRunner().invoke(check, ["--config", str(path)], catch_exceptions=False)
    return done.exit_code, done.output


def test_sources_channels_and_phone_are_tried(tmp_path: Path, site: int) -> None:
    """A source that works is counted, one that is gone is named, the address for phones is fetched back; status 1."""
    port = free_port()
    status, said = run(tmp_path, site, port, f"http://127.0.0.1:{port}")
    assert status == 1
    assert "the buttons work" in said
    assert "!!  source gone:" in said
    assert "!!  source paper" not in said


def test_an_address_that_is_not_tocsin_is_said(tmp_path: Path, site: int) -> None:
    """When something else answers under public_url, the officer's buttons would not work, and that is said."""
    _, said = run(tmp_path, site, free_port(), f"http://127.0.0.1:{site}")
    assert "will not work on phones" in " ".join(said.split())
