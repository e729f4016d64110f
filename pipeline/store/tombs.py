"""Tombstones outside the database: a file that no backup contains, so that restoring one undoes no deletion."""

import os
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Engine, select

from pipeline.store.engine import reading, writing
from pipeline.store.forget import bury, find_buried
from pipeline.store.schema import tombstones
from pipeline.store.statements import insert_or_skip


class Tombstone(msgspec.Struct, frozen=True):
    """One line of the file: an id or a fingerprint (hashes, never a link or a text), when, and the receipt."""

    item: str
    at: datetime
    receipt: str


def save_tombstones(engine: Engine, path: Path) -> int:
    """Write all tombstones of the database and those already in the file to `path`; returns how many.

    The file is replaced at once, so a kill leaves the old or the new one. Raises OSError.
    """
    found = {one.item: one for one in read_tombstones(path)}
    with reading(engine) as connection:
        for item, at, receipt in connection.execute(select(tombstones)):
            found[item] = Tombstone(item, at, receipt)
    lines = b"".join(msgspec.json.encode(found[item]) + b"\n" for item in sorted(found))
    fresh = path.with_name(f"{path.name}.new")
    with open(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return len(found)


def read_tombstones(path: Path) -> list[Tombstone]:
    """The tombstones in a file, none when there is no file. Raises ValueError for a file that is not ours."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Tombstone) for line in path.read_bytes().splitlines() if line.strip()]


def replay_tombstones(engine: Engine, path: Path) -> int:
    """Bury again what a restored database still has; returns how many items were deleted. `scrub` has to follow."""
    rows = [{"item": one.item, "at": one.at, "receipt": one.receipt} for one in read_tombstones(path)]
    with writing(engine) as connection:
        insert_or_skip(connection, tombstones, rows)
        return bury(connection, find_buried(connection))
