"""Of 500 identities, the accounts behind them and 100 links with user ids that a hostile site plants, nothing is kept:
not in any byte of the database, its log, the full-text tables, logs, messages, pages, exports, briefings or backups."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from ahocorasick_rs import BytesAhoCorasick
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack
from hostile_server import open_sites
from planted_site import ARTICLES, IDENTITIES, LINKS, NAMES, POSTS, THREADS, PlantedSite, Plants
from service_kit import answers, free_port, running, wait_for

NAMES_LEFT = 0  # of 100 bare names in private posts
CONFIG = """
[school]
name = "澜川学院"
own_sources = ["*"]
[crawl]
contact = "test@example.org"
allow_private = ["{site}"]
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
phrases = ["二食堂的饭", "图书馆座位", "校车"]
[[channels]]
id = "terminal"
kind = "terminal"
[[channels]]
id = "chat"
kind = "slack"
token = {{ env = "TEST_SLACK" }}
target = "{channel}"
base_url = "{slack}"
[[channels]]
id = "hook"
kind = "webhook"
url = {{ env = "TEST_HOOK" }}
[[sources]]
id = "board"
url = "http://{site}/forum/"
via = "forum"
kind = "forum"
minutes = 0.05
consent = true
[[sources]]
id = "posts"
url = "http://{site}/posts.rss"
kind = "forum"
minutes = 0.05
consent = true
[[sources]]
id = "paper"
url = "http://{site}/news.atom"
kind = "news"
minutes = 0.05
consent = true
"""
PAGES = ("", "events", "events.json", "search?q=二食堂", "sources.json", "about", "metrics")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nobody_is_kept_in_any_byte(tmp_path: Path) -> None:
    """Collected by the whole product, then backed up, exported and briefed: no planted identity is found anywhere."""
    folder = tmp_path / "house"
    folder.mkdir()
    with open_sites() as sites, FakeSlack() as slack, FakeHook() as hook:
        planted = PlantedSite(sites.open(), seed=20261124)
        port = free_port()
        text = CONFIG.format(site=planted.site.netloc, port=port, channel=CHANNEL, slack=slack.base_url)
        (folder / "tocsin.toml").write_text(text, encoding="utf-8")
        environ = {**os.environ, "TEST_SLACK": TOKEN, "TEST_HOOK": hook.url}
        with running([*TOCSIN, "run", *config_of(folder)], folder / "out.txt", environ) as child:
            wait_for("the dashboard answers", lambda: answers(port) or child.poll() is not None, 120)
            wait_for("everything is stored and told", lambda: is_at_rest(folder), 120)
            live = list(all_bytes(folder))
            keep_answers(folder, port)
            child.send_signal(signal.SIGTERM)
            child.wait(60)
        (folder / "messages.json").write_text(json.dumps([slack.posts, hook.taken], ensure_ascii=False))
        assert slack.posts
        assert hook.taken
    write_everything(folder, environ)
    check_counts(folder, planted.plants)
    check_nobody([*live, *all_bytes(folder)], planted.plants)


TOCSIN = (sys.executable, "-m", "tocsin.cli")


def config_of(folder: Path) -> tuple[str, str]:
    """The option that names the configuration."""
    return "--config", str(folder / "tocsin.toml")


def is_at_rest(folder: Path) -> bool:
    """True when each item was sighted, nothing waits, and nothing is owed."""
    with closing(sqlite3.connect(folder / "tocsin.db", timeout=30)) as database:
        sighted = database.execute("SELECT count(*) FROM sightings").fetchone()[0]
        waits = database.execute("SELECT count(*) FROM intake").fetchone()[0]
        owed = database.execute("SELECT count(*) FROM alerts WHERE state = 'pending'").fetchone()[0]
        going = database.execute("SELECT count(*) FROM notifications WHERE state IN ('queued', 'sending')").fetchone()[
            0
        ]
    return sighted >= THREADS + POSTS + ARTICLES and not (waits or owed or going)


def keep_answers(folder: Path, port: int) -> None:
    """What the dashboard shows, as files: some pages and every event."""
    with closing(sqlite3.connect(folder / "tocsin.db", timeout=30)) as database:
        events = [f"events/{row[0]}" for row in database.execute("SELECT id FROM events LIMIT 40")]
    (folder / "pages").mkdir()
    shown = 0
    for number, path in enumerate([*PAGES, *events]):
        answer = httpx.get(f"http://127.0.0.1:{port}/{path}", timeout=60)
        (folder / "pages" / f"{number}.txt").write_bytes(answer.content)
        shown += answer.status_code == 200
    assert shown > len(events)


def write_everything(folder: Path, environ: dict[str, str]) -> None:
    """Backup, both exports and the briefing, beside the rest."""
    for order in (
        ["backup"], ["export", "--to", str(folder / "items.csv")], ["export", "--to", str(folder / "items.jsonl")],
        ["brief", "--period", "week", "--to", str(folder / "briefing")],
    ):  # fmt: skip
        done = subprocess.run(
            [*TOCSIN, order[0], *config_of(folder), *order[1:]], env=environ, capture_output=True, timeout=120
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]


def check_counts(folder: Path, plants: Plants) -> None:
    """As much was planted as was promised, it was stored, and it was masked: an empty store would keep nobody either."""
    assert len(plants.names) == NAMES
    assert len(plants.identities) >= IDENTITIES
    assert len(plants.link_users) >= LINKS
    with closing(sqlite3.connect(folder / "tocsin.db")) as database:
        rows = database.execute("SELECT source_kind, coalesce(title, '') || text FROM documents").fetchall()
    assert len(rows) >= 0.95 * (THREADS + POSTS + ARTICLES)
    assert sum(text.count("〔") for _, text in rows) >= IDENTITIES
    exported = (folder / "items.jsonl").read_text("utf-8").splitlines()
    assert len(exported) == len(rows)


def check_nobody(files: list[tuple[str, bytes]], plants: Plants) -> None:
    """Look for every planted value, in plain UTF-8 and as JSON escapes it, in files and full-text terms."""
    assert {"tocsin.db", "tocsin.db-wal", "tocsin.log", "items.csv"} <= {name.rpartition("/")[2] for name, _ in files}
    wanted = sorted({*plants.identities, *plants.accounts, *plants.link_users})
    assert find_values(["澜川学院"], files), "the search itself finds nothing"
    assert find_values(wanted, files) == set()
    left = {value for value, _ in find_values(plants.names, files)}
    print(f"{len(wanted)} identities, accounts and user ids looked for; names left: {len(left)} of {len(plants.names)}")
    assert len(left) <= NAMES_LEFT, left


def find_values(values: Sequence[str], files: list[tuple[str, bytes]]) -> set[tuple[str, str]]:
    """(value, file) wherever a file holds a value."""
    forms = {form: value for value in values for form in (value.encode(), json.dumps(value)[1:-1].encode())}
    patterns = list(forms)
    search = BytesAhoCorasick(patterns)
    found: set[tuple[str, str]] = set()
    for name, data in files:
        hits = search.find_matches_as_indexes(data, overlapping=True)
        found |= {(forms[patterns[which]], name) for which, start, end in hits if stands(data, start, end)}
    return found


def stands(data: bytes, start: int, end: int) -> bool:
    """Short numbers are found by chance inside hashes and fractions: they count when they stand by themselves."""
    if end - start > 8 or not data[start:end].isdigit():
        return True
    around = data[max(0, start - 1) : start] + b" " + data[end : end + 1]
    return re.search(rb"[0-9A-Za-z]", around) is None and data[max(0, start - 1) : start] != b"."


def all_bytes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file, of every member of every archive, and the full-text terms of every database."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from open_up(str(path.relative_to(folder)), path.read_bytes())
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path, timeout=30)) as database:
            yield f"terms of {path.name}", "\n".join(read_terms(database)).encode()


def open_up(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what is inside it."""
    yield name, data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from open_up(f"{name}!/{member}", archive.read(member))


def read_terms(database: sqlite3.Connection) -> list[str]:
    """Every term of every full-text table (on disk they are cut into beginnings and ends)."""
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5%'")]
    terms: list[str] = []
    for table in tables:
        database.execute(f"CREATE VIRTUAL TABLE temp.terms_{table} USING fts5vocab(main, {table}, 'row')")
        terms += [row[0] for row in database.execute(f"SELECT term FROM temp.terms_{table}")]
    assert terms
    return terms
