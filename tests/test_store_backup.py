"""A backup opens, has everything but what must not leave, and a bad one is refused before anything is touched."""

import json
import sqlite3
import stat
import zipfile
from datetime import date

import pytest
from store_kit import a_document, a_store, at, kept, rows_of, screened, source_row

from pipeline.model import VoiceToken
from pipeline.store.backup import BackupError, make_backup, restore_backup
from pipeline.store.engine import open_engine
from pipeline.store.forget import forget_items
from pipeline.store.search import Query, SqliteSearch
from pipeline.store.store import SqlStore
from pipeline.store.tombs import save_tombstones

TOKEN = VoiceToken(date(2026, 9, 1), "f00dfeedf00dfeed")
SECRETS = (b"SEALED-LINK-OF-A", b"f00dfeedf00dfeed", b"DAY-KEY-OF-TODAY", "还在排队的帖子".encode())


def a_full_store(folder):
    """Something in every table that matters here."""
    store = a_store(folder)
    post = a_document("a", "食堂有虫子")
    store.voice_key("2026-09-01", b"DAY-KEY-OF-TODAY")
    store.enqueue(source_row(), [screened(post, (TOKEN,), b"SEALED-LINK-OF-A")], at())
    store.save([kept(post)], [one.n for one in store.waiting(9)])
    store.enqueue(source_row(), [screened(a_document("q", "还在排队的帖子"))], at())
    return store


def restored(folder, **options):
    """The store that comes out of the backup in `folder`."""
    restore_backup(folder / "backup.zip", folder / "new" / "tocsin.db", **options)
    return SqlStore(open_engine(f"sqlite:///{folder / 'new' / 'tocsin.db'}"))


def test_what_was_backed_up_comes_back(tmp_path):
    """Documents, search, events, counts and the configuration text are those of the original."""
    store = a_full_store(tmp_path)
    manifest = make_backup(store.engine, "[school]\nname = '学院'\n", tmp_path / "backup.zip", at(1))
    assert manifest.documents == 1
    back = restored(tmp_path)
    for table in ("documents", "events", "hourly", "sources", "changes"):
        assert rows_of(back.engine, table) == rows_of(store.engine, table)
    assert [hit.id for hit in SqliteSearch(back.engine).search(Query("虫子")).hits] == [a_document("a").id]
    again, config = restore_backup(tmp_path / "backup.zip", tmp_path / "third.db")
    assert (again, config) == (manifest, "[school]\nname = '学院'\n")


def test_what_must_not_leave_is_not_in_the_backup(tmp_path):
    """No sealed link, token, key or queued text: not in a table and not in the bytes of the unpacked file."""
    store = a_full_store(tmp_path)
    make_backup(store.engine, "", tmp_path / "backup.zip", at(1))
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        packed = b"".join(archive.read(name) for name in archive.namelist())
    assert "食堂有虫子".encode() in packed
    for secret in SECRETS:
        assert secret not in packed
    assert stat.S_IMODE((tmp_path / "backup.zip").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("tocsin.db")) == ["backup.zip"]


def test_what_was_waiting_is_fetched_again_after_a_restore(tmp_path):
    """The sighting of an item that only waited is not in the backup; that of a stored one is."""
    make_backup(a_full_store(tmp_path).engine, "", tmp_path / "backup.zip", at(1))
    back = restored(tmp_path)
    batch = [screened(a_document("a", "食堂有虫子")), screened(a_document("q", "还在排队的帖子"))]
    assert back.enqueue(source_row(), batch, at(2)) == 1


def test_a_restore_undoes_no_deletion(tmp_path):
    """What was forgotten after the backup is forgotten in the restored database, bytes included."""
    store = a_full_store(tmp_path)
    make_backup(store.engine, "", tmp_path / "backup.zip", at(1))
    forget_items(store.engine, [a_document("a").id], [], at(2))
    save_tombstones(store.engine, tmp_path / "stones")
    back = restored(tmp_path, stones=tmp_path / "stones")
    assert rows_of(back.engine, "documents") == []
    assert "食堂有虫子".encode() not in (tmp_path / "new" / "tocsin.db").read_bytes()
    assert back.enqueue(source_row(), [screened(a_document("a", "食堂有虫子"))], at(3)) == 0


def test_neither_backup_nor_restore_overwrites_anything(tmp_path):
    """A file in the way is a sentence."""
    store = a_full_store(tmp_path)
    make_backup(store.engine, "", tmp_path / "backup.zip", at(1))
    with pytest.raises(BackupError, match="never overwrites"):
        make_backup(store.engine, "", tmp_path / "backup.zip", at(1))
    with pytest.raises(BackupError, match="exists already"):
        restore_backup(tmp_path / "backup.zip", tmp_path / "tocsin.db")
    with pytest.raises(BackupError, match="its own tools"):
        make_backup(a_store().engine, "", tmp_path / "memory.zip", at(1))


def bad_zips(folder):
    """Archives that are no backup of ours, by what is wrong with them."""
    good = {"tocsin.db": b"", "tocsin.toml": b"", "manifest.json": b"{}"}
    truncated = (folder / "backup.zip").read_bytes()[:-200]
    yield "no zip at all", b"hello"
    yield "cut off", truncated
    yield "a path in it", pack(good | {"../evil": b"x"})
    yield "a path instead", pack({"../tocsin.db": b"", "tocsin.toml": b"", "manifest.json": b"{}"})
    yield "a file missing", pack({"tocsin.db": b""})
    yield "a wrong manifest", pack(good | {"manifest.json": b'{"made": 3}'})
    yield "a bomb", pack(good | {"tocsin.toml": b"\0" * 200_000_000})
    with zipfile.ZipFile(folder / "backup.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    yield "no database", pack(parts | {"tocsin.db": b"SQLite format 3\0" + b"junk" * 5000})
    yield "a damaged database", pack(parts | {"tocsin.db": parts["tocsin.db"][: len(parts["tocsin.db"]) // 2]})


def pack(parts):
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_an_archive_that_is_no_backup_is_refused_and_leaves_nothing(tmp_path):
    """Foreign names, bombs, cut and damaged files: one sentence each, and no file is left behind."""
    make_backup(a_full_store(tmp_path).engine, "", tmp_path / "backup.zip", at(1))
    into = tmp_path / "into"
    for name, data in bad_zips(tmp_path):
        (tmp_path / "bad.zip").write_bytes(data)
        with pytest.raises(BackupError) as caught:
            restore_backup(tmp_path / "bad.zip", into / "tocsin.db")
        assert str(caught.value).endswith("."), name
        assert list(into.iterdir()) == [], name
    assert not (tmp_path / "evil").exists()


def test_a_backup_of_a_newer_version_is_refused(tmp_path):
    """The sentence of the schema check, and no new file."""
    store = a_full_store(tmp_path)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    manifest = make_backup(store.engine, "", tmp_path / "backup.zip", at(1))
    assert manifest.revision == "9999"
    with pytest.raises(BackupError, match="9999"):
        restore_backup(tmp_path / "backup.zip", tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


def test_a_backup_while_the_worker_writes_is_one_consistent_state(tmp_path):
    """Saves between and during backups: each backup has as many counted items as documents."""
    import threading

    store = a_store(tmp_path)
    stop = threading.Event()

    def work():
        for n in range(10_000):
            if stop.is_set():
                return
            store.save([kept(a_document(f"{n}-{k}", f"第{n}批")) for k in range(10)], [])

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        for n in range(4):
            make_backup(store.engine, "", tmp_path / f"{n}.zip", at(1))
    finally:
        stop.set()
        worker.join(30)
    for n in range(4):
        with zipfile.ZipFile(tmp_path / f"{n}.zip") as archive:
            manifest = json.loads(archive.read("manifest.json"))
            (tmp_path / f"{n}.db").write_bytes(archive.read("tocsin.db"))
        with sqlite3.connect(tmp_path / f"{n}.db") as copy:
            stored, counted = (copy.execute(sql).fetchone()[0] for sql in COUNTS)
        copy.close()
        assert stored == (counted or 0) == manifest["documents"]
        assert stored % 10 == 0


COUNTS = ("SELECT count(*) FROM documents", "SELECT sum(items) FROM hourly")
