"""How the database is opened, locked, filled up and killed."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from store_kit import a_document, a_store, at, kept, rows_of, screened, source_row

from pipeline.store.engine import StoreUnavailable, open_engine, reading, writing
from pipeline.store.migrate import upgrade
from pipeline.store.scrub import empty_log
from pipeline.store.statements import insert_many, plan_insert

PSYCOPG = postgresql.psycopg.dialect()


def pragma(engine, name):
    with reading(engine) as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_every_connection_is_safe_against_power_loss_and_erases_what_it_deletes(tmp_path):
    """WAL, synchronous=FULL, foreign keys and secure_delete hold on every connection."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as first, engine.connect().execution_options(only_reads=True) as second:
        for connection in (second, first):
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS]
            assert found == list(PRAGMAS.values())


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30000}


def test_the_database_file_is_for_its_owner_only(tmp_path):
    """Nobody else on the machine can read the file, its WAL or its folder."""
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'a.db'}")
    upgrade(engine)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_its_work(tmp_path):
    """While a transaction is open, readers get the state before it, at once."""
    store = a_store(tmp_path)
    with writing(store.engine) as connection:
        connection.exec_driver_sql("INSERT INTO keep VALUES ('a', '1')")
        with reading(store.engine) as other:
            assert other.exec_driver_sql("SELECT count(*) FROM keep").scalar() == 0
    assert len(rows_of(store.engine, "keep")) == 1


def test_a_failed_transaction_leaves_nothing(tmp_path):
    """An exception inside `writing` rolls everything back and is passed on."""
    store = a_store(tmp_path)

    def fail_late():
        with writing(store.engine) as connection:
            connection.exec_driver_sql("INSERT INTO keep VALUES ('a', '1')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_late()
    assert rows_of(store.engine, "keep") == []


def test_a_lock_that_does_not_end_is_said_in_one_class(tmp_path):
    """A database locked by another program raises StoreUnavailable, not a driver's error."""
    store = a_store(tmp_path)
    with sqlite3.connect(tmp_path / "tocsin.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with store.engine.connect().execution_options(only_reads=True) as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        with pytest.raises(StoreUnavailable, match="locked"):
            store.put_source(source_row())
        other.execute("ROLLBACK")
    store.put_source(source_row())
    other.close()


def test_a_mistake_in_sql_is_not_called_an_outage(tmp_path):
    """Only what can pass by itself is StoreUnavailable; a missing table is a bug and says so."""
    store = a_store(tmp_path)
    with pytest.raises(OperationalError), reading(store.engine) as connection:
        connection.exec_driver_sql("SELECT * FROM nowhere")


def test_a_full_disk_writes_nothing_by_halves_and_passes(tmp_path):
    """When no page can be added, a save is refused as a whole; with room again the same save works."""
    store = a_store(tmp_path)
    batch = [kept(a_document(f"d{n}", "食堂" * 400)) for n in range(200)]
    store.enqueue(source_row(), [screened(one.document) for one in batch[:3]], at())
    waiting = [one.n for one in store.waiting(10)]
    with reading(store.engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StoreUnavailable, match="full"):
        store.save(batch, waiting)
    assert rows_of(store.engine, "documents") == []
    assert len(store.waiting(10)) == 3
    assert pragma(store.engine, "integrity_check") == "ok"
    with reading(store.engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    store.save(batch, waiting)
    assert len(rows_of(store.engine, "documents")) == 200
    assert store.waiting(10) == []


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path):
    """A path below a file raises StoreUnavailable with the path in it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match=r"a\.db"):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'a.db'}")


WRITER = """
import sys
import threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from store_kit import a_document, a_store, at, kept, screened, source_row
store = a_store(Path(sys.argv[1]))
for round in range(10_000):
    batch = [a_document(f"{round}-{n}", f"第{round}批 食堂 {n}") for n in range(20)]
    store.enqueue(source_row(), [screened(one) for one in batch], at())
    store.save([kept(one) for one in batch], [one.n for one in store.waiting(20)])
    print(round, flush=True)
"""


def test_a_killed_writer_loses_no_committed_batch_and_leaves_no_half_one(tmp_path):
    """After kill -9 in the middle of saving, every batch that was reported is whole, and the file is sound."""
    root = str(Path(__file__).parent)
    for _ in range(3):
        folder = tmp_path / str(time.monotonic_ns())
        folder.mkdir()
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder), root], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(5)]
        time.sleep(0.013)
        os.kill(writer.pid, signal.SIGKILL)
        reported += [int(line) for line in writer.stdout.read().split()]
        writer.stdout.close()
        writer.wait()
        store = a_store(folder)
        found = rows_of(store.engine, "documents")
        rounds = [one["text"].split("批")[0].removeprefix("第") for one in found]
        whole = {int(name) for name in rounds if rounds.count(name) == 20}
        assert len(found) == 20 * len(whole)
        assert whole >= set(reported)
        assert pragma(store.engine, "integrity_check") == "ok"
        assert sum(one["items"] for one in rows_of(store.engine, "hourly")) == len(found)
        store.engine.dispose()


def test_statements_for_postgresql_are_made_by_the_same_code():
    """Insert-or-update compiles for PostgreSQL too (no server needed to see its SQL)."""
    from pipeline.store.schema import sightings

    row = {"item": "i", "source": "s", "fingerprint": "f", "seen": at(1)}
    plan = plan_insert(PSYCOPG, sightings, tuple(row), ("update", ("fingerprint",)))
    assert "ON CONFLICT (item, source) DO UPDATE SET fingerprint = excluded.fingerprint" in plan.sql
    assert "%(item)s" in plan.sql
    assert plan.bind([row]) == [row | {"seen": "2026-09-01T13:00:00.000000Z"}]


def test_rows_inserted_past_core_are_those_of_core():
    """The fast way converts values and fills in defaults as SQLAlchemy does, in both drivers' styles."""
    from pipeline.store.schema import changes, sources

    one, two = a_store(), a_store()
    rows = [source_row("a", memory={"k": ["食"]}, last_ok=at(2)), source_row("b", memory={}, last_ok=None)]
    with writing(one.engine) as connection:
        insert_many(connection, sources, rows)
        insert_many(connection, changes, [{"kind": "event", "id": "e"}])
    with writing(two.engine) as connection:
        connection.execute(insert(sources), rows)
        connection.execute(insert(changes), [{"kind": "event", "id": "e"}])
    for table in ("sources", "changes"):
        assert rows_of(one.engine, table) == rows_of(two.engine, table)
    plan = plan_insert(PSYCOPG, changes, ("kind", "id"), ("fail", ()))
    assert plan.bind([{"kind": "event", "id": "e"}]) == [{"kind": "event", "id": "e", "gone": False}]


def test_a_log_cut_anywhere_loses_the_end_and_nothing_else(tmp_path):
    """The power goes while the write-ahead log is written: whatever is left of it, the file is sound, and what is
    there are whole transactions from the beginning on."""
    store = a_store(tmp_path)
    empty_log(store.engine)
    for n in range(12):
        store.save([kept(a_document(f"{n}-{k}", f"第{n}批 食堂")) for k in range(10)], [])
    database, log = (tmp_path / "tocsin.db").read_bytes(), (tmp_path / "tocsin.db-wal").read_bytes()
    lengths = []
    for cut in range(0, len(log) + 1, len(log) // 25):
        folder = tmp_path / str(cut)
        folder.mkdir()
        (folder / "tocsin.db").write_bytes(database)
        (folder / "tocsin.db-wal").write_bytes(log[:cut])
        engine = open_engine(f"sqlite:///{folder / 'tocsin.db'}")
        assert pragma(engine, "integrity_check") == "ok"
        texts = [row["text"] for row in rows_of(engine, "documents")]
        assert texts == [f"第{n}批 食堂" for n in range(len(texts) // 10) for _ in range(10)]
        assert sum(row["items"] for row in rows_of(engine, "hourly")) == len(texts)
        lengths.append(len(texts))
        engine.dispose()
    assert lengths == sorted(lengths)
    assert lengths[0] == 0
    assert len(set(lengths)) > 8


def test_collector_and_worker_write_side_by_side(tmp_path):
    """Two threads that enqueue and one that saves: nobody is refused, and every item is stored once."""
    store = a_store(tmp_path)

    def collect(source):
        for n in range(15):
            batch = [screened(a_document(f"{source}-{n}-{k}", f"{source} 第{n}批 {k}")) for k in range(10)]
            store.enqueue(source_row(source), batch, at())

    threads = [threading.Thread(target=collect, args=(name,), daemon=True) for name in ("甲", "乙")]
    for thread in threads:
        thread.start()
    stored = 0
    while stored < 300 and (stored or any(thread.is_alive() for thread in threads) or store.waiting(1)):
        waiting = store.waiting(25)
        store.save([kept(one.document) for one in waiting], [one.n for one in waiting])
        stored += len(waiting)
    for thread in threads:
        thread.join(30)
    assert stored == 300
    assert len({row["text"] for row in rows_of(store.engine, "documents")}) == 300
    assert store.waiting(1) == []
