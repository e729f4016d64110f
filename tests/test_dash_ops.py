"""What machines and attackers see: health, metrics, assets, limits, headers, the live stream, downloads."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from dash_client import BASE, Reader, fresh_engine, reader, served
from dash_pages import PAGES
from dash_seed import NOW, make_context
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import delete, insert

from dashboards.auth import open_session
from dashboards.headers import MAX_BODY
from pipeline.store.engine import writing
from pipeline.store.schema import changes, leases


def test_health_tells_strangers_nothing(tmp_path: Path) -> None:
    """Up or not and the version, no name of the school."""
    with reader(tmp_path, None) as client:
        assert client.get("/healthz").json() == {"service": "tocsin", "ok": True, "version": "0.0.test"}


@pytest.mark.parametrize(("minutes", "status"), [(-1, 200), (4, 200), (6, 503)])
def test_health_ends_with_the_worker(tmp_path: Path, minutes: int, status: int) -> None:
    """A worker whose lease ran out more than five minutes ago (it hangs, or cannot write) makes the watch unwell."""
    with reader(tmp_path, None) as client:
        ran_out = NOW - timedelta(minutes=minutes)
        with writing(client.context.engine) as conn:
            conn.execute(delete(leases))
            conn.execute(insert(leases).values(name="worker", holder="h:1", fence=1, until=ran_out))
        answer = client.get("/healthz")
        assert answer.status_code == status
        assert answer.json()["ok"] == (status == 200)


def test_metrics_are_right_and_local(tmp_path: Path) -> None:
    """Prometheus can parse them, they equal the store, and a proxy's guest does not get them."""
    with reader(tmp_path, None) as client:
        text = client.get("/metrics").text
        found = {s.name + str(s.labels or ""): s.value for f in text_string_to_metric_families(text) for s in f.samples}
        assert found["tocsin_sources"] == 8
        assert found["tocsin_sources_healthy"] == 7
        assert found["tocsin_sources_blind"] == 1
        assert found["tocsin_open_events"] == 5
        assert found["tocsin_notifications{'state': 'sent'}"] == 4
        assert found["tocsin_notifications{'state': 'dead'}"] == 1
        assert found["tocsin_last_read_seconds"] == 120
        assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 303


@pytest.mark.parametrize(
    "path", ["/static/..%2f..%2fetc/passwd", "/static/..%5c..%5cx", "/static/%c0%ae%c0%ae/x", "/static/",
             "/static/echarts-entry.txt",
             "/static/../app.py", "/briefings/..%2f..%2fdash.db", "/briefings/dash.db", "/briefings/..%2fdash.db"],
)  # fmt: skip
def test_paths_lead_nowhere_else(tmp_path: Path, path: str) -> None:
    """Only listed assets and listed briefings are served."""
    with reader(tmp_path) as client:
        assert client.get(path).status_code == 404


def test_briefings_are_downloads(tmp_path: Path) -> None:
    """A briefing on the list comes as an attachment; links that point elsewhere are not listed."""
    with reader(tmp_path, "viewer") as client:
        (tmp_path / "2026Q3.docx").write_bytes(b"document")
        (tmp_path / "sneaky.json").symlink_to("/etc/passwd")
        answer = client.get("/briefings/2026Q3.docx")
        assert answer.content == b"document"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert [f["name"] for f in client.get("/briefings.json").json()["files"]] == ["2026Q3.docx"]


def test_assets_are_packed_and_cached(tmp_path: Path) -> None:
    """Scripts come gzipped with a long life under their versioned address; a page with all of it stays under 400 KB."""
    with reader(tmp_path) as client:
        page = client.get("/")
        paths = [
            part.split('"')[0] for part in page.text.split('src="')[1:] + page.text.split('stylesheet" href="')[1:]
        ]
        assert any("echarts" in path for path in paths)
        sizes = {}
        for path in paths:
            answer = client.get(path)
            assert answer.headers["cache-control"].endswith("immutable")
            assert answer.headers["content-encoding"] == "gzip"
            sizes[path] = int(answer.headers["content-length"])
        assert sum(sizes.values()) + len(page.content) < 400_000


@pytest.mark.parametrize("path", [*PAGES, "/login", "/nothing-here", "/static/app.css", "/now.json", "/nothing.json"])
def test_every_answer_is_guarded(tmp_path: Path, path: str) -> None:
    """Every answer, errors too, forbids inline script, framing and sniffing."""
    with reader(tmp_path) as client:
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] in {"same-origin", "no-referrer"}


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_inline(tmp_path: Path, path: str) -> None:
    """No inline script, style, handler or foreign asset stands in any page."""
    with reader(tmp_path) as client:
        text = client.get(path).text
        for forbidden in ("<script>", " style=", "<style", " onclick=", " onload=", "javascript:"):
            assert forbidden not in text
        assets = [p.split('"')[0] for p in text.split('src="')[1:] + text.split('<link rel="stylesheet" href="')[1:]]
        assert all(asset.startswith("/static/") for asset in assets)


def test_large_bodies_are_cut_off(tmp_path: Path) -> None:
    """Over a megabyte is refused, declared or streamed, and so are a thousand fields."""
    with reader(tmp_path) as client:
        assert client.post("/login", content=b"x" * (MAX_BODY + 1)).status_code == 413

        def stream() -> Iterator[bytes]:
            for _ in range(40):
                yield b"a=" + b"x" * 40_000 + b"&"

        form = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/login", content=stream(), headers=form).status_code == 413
        assert client.post("/login", data={f"f{k}": "1" for k in range(1000)}).status_code in {400, 403}


def test_a_failing_page_says_little(tmp_path: Path) -> None:
    """A surprise is answered with a plain sentence, with all guards, and without its details."""
    with fresh_engine(tmp_path) as engine:
        client = Reader(make_context(engine, tmp_path)).as_role("viewer")
        with writing(engine) as conn:
            conn.exec_driver_sql("ALTER TABLE cases RENAME TO cases_gone")
        quiet = httpx_like(client)
        answer = quiet.get("/cases")
        assert answer.status_code == 500
        assert "cases" not in answer.text.replace('href="/cases"', "")
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def httpx_like(client: Reader) -> Reader:
    """The same reader, but with server errors answered as a browser would see them."""
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    return client


def test_the_live_stream_tells_of_changes(tmp_path: Path) -> None:
    """An open page hears of something stored within seconds."""
    with served(tmp_path) as (url, client):
        with writing(client.context.engine) as conn:
            cookie = open_session(conn, "viewer", NOW, 1)
        heard: list[str] = []
        with httpx.stream("GET", f"{url}/live", cookies={"tocsin": cookie}, timeout=20) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    heard.append(line)
                    if len(heard) == 2:
                        break
                    with writing(client.context.engine) as conn:
                        conn.execute(insert(changes).values(kind="event", id="e-canteen"))
        assert int(heard[1].split()[1]) == int(heard[0].split()[1]) + 1


def test_json_twins_say_the_same(tmp_path: Path) -> None:
    """The twin of the first page carries the numbers the page shows."""
    with reader(tmp_path) as client:
        twin = client.get("/now.json").json()
        page = client.get("/").text
        assert f"<b>{twin['today']['stories']}</b>" in page
        assert [e["id"] for e in twin["needing"]] == ["e-canteen", "e-scam"]
        assert twin["watch"]["healthy"] == 7
        assert BASE not in client.get("/now.json").text
