"""How the state of record is opened, and the two ways to use it: `reading` and `writing`.

SQLite by default, PostgreSQL by URL. On SQLite every transaction begins with BEGIN IMMEDIATE, because a transaction
that reads first and writes later fails at once when another has written in between; pages that only read
use `reading`, which takes no lock. `sqlite://` (memory) is one shared connection, for one thread: replay and tests.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

BUSY_S = 30
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # WAL with NORMAL may lose the last commits when the power goes
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_S * 1000}",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten, also in pages that stay in use
    "PRAGMA cache_size = -16000",
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MB: pages that change in every batch are written back less often
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",  # sorting never writes item text to a temporary file
)
# https://www.sqlite.org/rescode.html: busy, locked, no memory, read-only, I/O, corrupt, full, cannot open,
# protocol, not a database
UNAVAILABLE = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 15, 26})


class StoreUnavailable(Exception):  # noqa: N818 - says what is the matter
    """The database could not take or give it now (full disk, locked, gone); nothing was half-written."""


def open_engine(url: str) -> Engine:
    """An engine for `url`. Creates the folder and the file of a SQLite database, readable by its owner only."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, json_serializer=write_json, json_deserializer=read_json)
    engine = _open_memory(parsed) if database_path(parsed) is None else _open_file(parsed)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def database_path(url: URL) -> Path | None:
    """The file of a SQLite URL; None for a database in memory or on a server."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return Path(name)


def write_json(value: Any) -> str:
    """Compact JSON with Chinese as it is (the default would write six characters for each)."""
    return msgspec.json.encode(value).decode()


def read_json(text: str | bytes) -> Any:
    """JSON text to values."""
    return msgspec.json.decode(text)


def _open_memory(url: URL) -> Engine:
    return create_engine(
        url, poolclass=StaticPool, connect_args={"check_same_thread": False},
        json_serializer=write_json, json_deserializer=read_json,
    )  # fmt: skip


def _open_file(url: URL) -> Engine:
    path = database_path(url)
    assert path is not None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the database file {path} cannot be opened: {error.strerror}") from error
    return create_engine(url, connect_args={"timeout": BUSY_S}, json_serializer=write_json, json_deserializer=read_json)


def _prepare(connection: Any, _record: Any) -> None:
    """Python's driver must not begin transactions by itself (it would begin deferred ones)."""
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one consistent state and blocks nobody. Raises StoreUnavailable."""
    with telling_outages(), engine.connect().execution_options(only_reads=True) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction: committed at the end, rolled back on any exception. Raises StoreUnavailable."""
    with telling_outages(), engine.begin() as connection:
        yield connection


@contextmanager
def telling_outages() -> Iterator[None]:
    """Turn the errors of a driver that can pass by themselves into StoreUnavailable; others are bugs and pass."""
    try:
        yield
    except DBAPIError as error:
        if not _is_unavailable(error.orig, error.connection_invalidated):
            raise
        raise StoreUnavailable(f"the database is not available: {error.orig}") from error
    except sqlite3.Error as error:
        if not _is_unavailable(error, False):
            raise
        raise StoreUnavailable(f"the database is not available: {error}") from error


def _is_unavailable(error: BaseException | None, cut_off: bool) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return cut_off if code is None else (code & 0xFF) in UNAVAILABLE
