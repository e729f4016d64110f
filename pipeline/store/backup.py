"""Backup into one zip and restore from it. Neither holds links, tokens, sessions or what waits to be worked on.

What waited when the backup was made is not in it; its sightings are not, either, so that after a restore the next
fetch brings it again.
"""

import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from pipeline.store.audit import last_link
from pipeline.store.copying import copy_database
from pipeline.store.engine import StoreUnavailable, database_path, open_engine, reading, writing
from pipeline.store.migrate import SchemaTooNew, check_schema, current, upgrade
from pipeline.store.restored import note_restored
from pipeline.store.schema import OUTSIDE_BACKUP
from pipeline.store.scrub import scrub
from pipeline.store.tombs import replay_tombstones

DATABASE, CONFIG, MANIFEST = "tocsin.db", "tocsin.toml", "manifest.json"
MEMBERS = frozenset({DATABASE, CONFIG, MANIFEST})
MOST_SMALL = 4 * 1024 * 1024
MOST_RATIO = 200
PIECE = 1024 * 1024


class BackupError(Exception):
    """It could not be backed up or restored; the message is one sentence for the operator, nothing was changed."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself. `audit` is the last link of the audit chain: a later chain must contain it."""

    made: datetime
    revision: str
    documents: int
    audit: str
    format: int = 1


def make_backup(engine: Engine, config: str, target: Path, now: datetime) -> Manifest:
    """Write a backup of a database in use to `target` (a new file for its owner only). Raises BackupError."""
    path = database_path(engine.url)
    if path is None:
        raise BackupError("Only a SQLite file can be backed up here; a database server has its own tools for that.")
    if target.exists():
        raise BackupError(f"{target} exists already; a backup never overwrites a file.")
    with _work_folder(target.parent) as folder:
        copy = folder / DATABASE
        copy_database(path, copy, leave_out=OUTSIDE_BACKUP, prepare=FORGET_WAITING)
        manifest = _describe(engine, copy, now)
        _write_zip(folder / "zip", copy, config, manifest)
        (folder / "zip").replace(target)
    return manifest


def restore_backup(source: Path, target: Path, stones: Path | None = None) -> tuple[Manifest, str]:
    """Unpack `source` to a new database file `target`, migrate it and bury again what `stones` (the file of
    tombstones) names. Returns the manifest and the text of the configuration. Raises BackupError."""
    if target.exists():
        raise BackupError(f"{target} exists already; restore to a new file and put it in place by hand.")
    with _work_folder(target.parent) as folder:
        copy = folder / DATABASE
        manifest, config = _read_zip(source, copy)
        _check_database(copy)
        _bring_up_to_date(copy, stones)
        copy.replace(target)
    return manifest, config


# Sightings of items that were still waiting would keep the next fetch from bringing them.
FORGET_WAITING = (
    "DELETE FROM sightings WHERE item IN (SELECT item FROM intake) AND item NOT IN (SELECT id FROM documents)",
)


@contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """A folder beside the target, so that the last step is one rename; it goes whatever happens."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".tocsin-", dir=parent))
    except OSError as error:
        raise BackupError(f"{parent} cannot be written: {error.strerror}.") from error
    try:
        yield folder
    except (OSError, sqlite3.Error, StoreUnavailable) as error:
        raise BackupError(f"The copy could not be finished: {error}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _describe(engine: Engine, copy: Path, now: datetime) -> Manifest:
    with closing(sqlite3.connect(copy)) as database:
        count = database.execute("SELECT count(*) FROM documents").fetchone()[0]
    with reading(engine) as connection:
        return Manifest(now, current(engine) or "", count, last_link(connection))


def _write_zip(target: Path, copy: Path, config: str, manifest: Manifest) -> None:
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, msgspec.json.encode(manifest))
            archive.writestr(CONFIG, config)
            archive.write(copy, DATABASE)
        file.flush()
        os.fsync(file.fileno())


def _read_zip(source: Path, copy: Path) -> tuple[Manifest, str]:
    """Take our three members by their names and nothing else; no name in the archive ever becomes a path."""
    try:
        with zipfile.ZipFile(source) as archive:
            _check_members(archive)
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
            config = archive.read(CONFIG).decode()
            with (
                archive.open(DATABASE) as packed,
                open(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file,
            ):
                shutil.copyfileobj(packed, file, PIECE)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BackupError(f"{source} is not a backup of Tocsin: {error}.") from error
    return manifest, config


def _check_members(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) != len(MEMBERS) or {entry.filename for entry in entries} != MEMBERS:
        raise ValueError("it has other members than a backup has")
    for entry in entries:
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1) + MOST_SMALL:
            raise ValueError("it unpacks to far more than it should")
        if entry.filename != DATABASE and entry.file_size > MOST_SMALL:
            raise ValueError(f"its {entry.filename} is too large")


def _check_database(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database:
        try:
            answer = database.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise BackupError(f"The database in the backup is damaged: {error}.") from error
    if answer != "ok":
        raise BackupError(f"The database in the backup is damaged: {answer}.")


def _bring_up_to_date(copy: Path, stones: Path | None) -> None:
    engine = open_engine(f"sqlite:///{copy}")
    try:
        check_schema(engine)
        upgrade(engine)
        if stones is not None:
            replay_tombstones(engine, stones)
        with writing(engine) as connection:
            note_restored(connection)
        scrub(engine)
    except SchemaTooNew as error:
        raise BackupError(str(error)) from error
    finally:
        engine.dispose()
