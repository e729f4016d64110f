"""Copies of a SQLite file while it is in use, without the tables that must not leave it."""

import os
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path


def copy_database(source: Path, target: Path, leave_out: Collection[str], prepare: Sequence[str] = ()) -> None:
    """A consistent copy of `source` at `target`, readable by its owner only, in which `leave_out` are empty.
    `prepare` are statements that run on the copy before that.

    Emptied tables leave no bytes behind (the copy is vacuumed). Nothing is left at `target` when it fails.
    Raises sqlite3.Error or OSError.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)  # in one step: in steps it would begin anew at every commit of the worker
            _empty_tables(new, leave_out, prepare)
    except BaseException:
        for name in (target, target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
            name.unlink(missing_ok=True)
        raise


def _empty_tables(copy: sqlite3.Connection, names: Collection[str], prepare: Sequence[str]) -> None:
    copy.isolation_level = None
    copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    copy.execute("PRAGMA secure_delete = ON")
    for statement in prepare:
        copy.execute(statement)
    present = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in sorted(present.intersection(names)):
        copy.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names of our own tables
    copy.execute("VACUUM")
