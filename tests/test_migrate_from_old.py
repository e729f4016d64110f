"""A database of the first product, with data, becomes one of today: whole, whatever is killed on the way."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import MetaData, insert
from store_kit import NOON

from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.fulltext import Entry, add_entries
from pipeline.store.migrate import _config, current, head, upgrade
from pipeline.store.schema import write_moment
from pipeline.store.store import SqlStore

ITEMS = 400
WORDS = "二食堂吃出虫子第{n}条"
UPGRADE = """
import sys
from pipeline.store.engine import open_engine
from pipeline.store.migrate import upgrade
upgrade(open_engine(sys.argv[1]))
"""


def an_old_database(folder: Path) -> Path:
    """A file as revision 0002 had it, with items, an event, an alert, a message, an act, a case and an officer."""
    file = folder / "tocsin.db"
    engine = open_engine(f"sqlite:///{file}")
    with writing(engine) as conn:
        command.upgrade(_config(conn), "0002")
    tables = MetaData()
    tables.reflect(
        engine, only=["documents", "events", "alerts", "notifications", "acks", "cases", "officers", "shifts"]
    )
    at = write_moment(NOON)
    with writing(engine) as conn:
        for n in range(1, ITEMS + 1):
            conn.execute(insert(tables.tables["documents"]).values(
                n=n, id=f"{n:016x}", source="bbs", source_kind="forum", title=None, text=WORDS.format(n=n), lang="zh", published=at,
                seen=at, charted=at, history=False, matched='["学院"]', mention_reason="", fingerprint=f"{n:016x}",
                label="negative", negative=0.9, neutral=0.1, positive=0.0, topic="canteen", topics="[]", tagger="t",
                event="e1", reason="{}", version=1,
            ))  # fmt: skip
            add_entries(conn, [Entry(n, None, WORDS.format(n=n))])
        fill_rest(conn, tables, at)
    assert current(engine) == "0002"
    engine.dispose()
    return file


def fill_rest(conn, tables, at: str) -> None:
    """One row of each other table."""
    put = {
        "events": {"id": "e1", "title": "二食堂", "status": "open", "first_seen": at, "last_seen": at, "items": ITEMS, "stories": 9,
                   "outlets": 0, "sources": 1, "voices_met": 2, "negative": 9, "topic": "canteen", "terms": "[]", "said": "{}"},
        "officers": {"id": "li", "name": "李值班", "role": "officer", "addresses": '{"chat": "U1"}'},
        "shifts": {"id": "s1", "officer": "li", "begins": at, "ends": at, "kind": "duty"},
        "alerts": {"id": "a1", "at": at, "made": at, "kind": "first", "event": "e1", "severity": "serious", "items": "[]",
                   "reason": "{}", "to": "[]", "state": "routed", "due": at, "note": "{}", "drill": False},
        "notifications": {"id": "n1", "alert": "a1", "receiver": "duty", "channel": "chat", "step": 0, "state": "sent", "due": at,
                          "attempts": 1, "said": "", "maybe_repeat": False},
        "acks": {"event": "e1", "alert": "a1", "at": at, "who": "li", "what": "taken", "note": "在处理"},
        "cases": {"id": "c1", "event": "e1", "opened": at, "department": "后勤", "owner_role": "officer", "due": at, "status": "open",
                  "note": ""},
    }  # fmt: skip
    for name, row in put.items():
        known = {column.name for column in tables.tables[name].columns}
        conn.execute(insert(tables.tables[name]).values(**{key: value for key, value in row.items() if key in known}))


def read_old(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """What must survive, by table."""
    wanted = {
        "documents": "id, text, event", "events": "id, title", "alerts": "id, state", "notifications": "id, state",
        "acks": "who, what, note", "cases": "id, department", "officers": "id, addresses", "shifts": "id, officer",
    }  # fmt: skip
    with closing(sqlite3.connect(file)) as database:
        return {
            name: database.execute(f"SELECT {cells} FROM {name} ORDER BY 1").fetchall()
            for name, cells in wanted.items()
        }


def test_a_database_of_0002_keeps_everything(tmp_path: Path) -> None:
    """Every row is there after the way to today's schema, can be found by its words, and the product works on it."""
    file = an_old_database(tmp_path)
    before = read_old(file)
    engine = open_engine(f"sqlite:///{file}")
    assert upgrade(engine) == "0002"
    assert current(engine) == head()
    assert read_old(file) == before
    store = SqlStore(engine)
    assert store.waiting(5) == []
    with reading(engine) as conn:
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    engine.dispose()


@pytest.mark.slow
def test_a_migration_killed_anywhere_is_made_again(tmp_path: Path) -> None:
    """kill -9 at twelve moments of the way from 0002: the file is the old or the new one, and the next start finishes."""
    started = time.monotonic()
    whole = an_old_database(tmp_path)
    before = read_old(whole)
    run_upgrade(whole, None)
    took = time.monotonic() - started
    seen: set[str | None] = set()
    for n in range(12):
        folder = tmp_path / str(n)
        folder.mkdir()
        file = an_old_database(folder)
        run_upgrade(file, took * (0.2 + 0.06 * n))
        engine = open_engine(f"sqlite:///{file}")
        revision = current(engine)
        seen.add(revision)
        assert revision in ("0002", head())
        upgrade(engine)
        assert current(engine) == head()
        assert read_old(file) == before
        engine.dispose()
        assert not list(folder.glob("*.before-new*"))
    assert "0002" in seen


def run_upgrade(file: Path, kill_after: float | None) -> None:
    """Upgrade in a process of its own; killed after so many seconds."""
    child = subprocess.Popen([sys.executable, "-c", UPGRADE, f"sqlite:///{file}"], env=dict(os.environ))
    try:
        child.wait(kill_after)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait(30)
    if kill_after is None:
        assert child.returncode == 0
