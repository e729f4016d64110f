"""The opened state of record and the keys beside it: everything a part of the service needs is built over a `House`."""

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from pipeline.seal import LinkSeal
from pipeline.store.engine import open_engine
from pipeline.store.lease import process_name
from pipeline.store.migrate import check_schema, current, head, upgrade
from pipeline.store.store import SqlStore
from tocsin.clock import Clock, wall_clock
from tocsin.config import Config, ConfigError, Loaded
from tocsin.owner import claim_data

LEAST_KEY = 16


@dataclass(frozen=True, slots=True)
class House:
    """An opened state of record with everything that belongs to it."""

    loaded: Loaded
    engine: Engine
    store: SqlStore
    secret: bytes
    seal: LinkSeal
    clock: Clock

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.loaded.config

    @property
    def name(self) -> str:
        """Who holds a lease: this machine and process."""
        return process_name()


def open_house(loaded: Loaded, clock: Clock = wall_clock, *, migrate: bool = True) -> House:
    """Open the keys and the store (backed up, then migrated). Without `migrate` a store must be there already.

    Raises ConfigError (the folder or a key cannot be used, the data are another school's, nothing is stored yet),
    SchemaTooNew, StoreUnavailable.
    """
    try:
        loaded.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the data folder {loaded.folder} cannot be made: {error.strerror}") from None
    seal = LinkSeal(read_key(loaded.folder / "link.key", LinkSeal.new_key))
    secret = read_key(loaded.folder / "secret.key", new_secret)
    engine = open_engine(loaded.database)
    if migrate:
        upgrade(engine)
    else:
        check_schema(engine)
        check_ready(engine, loaded.folder)
    claim_data(engine, loaded.config.school, str(loaded.folder))
    store = SqlStore(engine, link_life=timedelta(days=loaded.config.retention.link_days))
    return House(loaded, engine, store, secret, seal, clock)


def check_ready(engine: Engine, folder: Path) -> None:
    """Raises ConfigError when the store is empty or waits for the migration that `run` makes."""
    found = current(engine)
    if found is None:
        raise ConfigError(f"nothing is stored in {folder} yet; `tocsin run` begins")
    if found != head():
        raise ConfigError(f"the database in {folder} is of an older version (schema {found}); `tocsin run` upgrades it")


def new_secret() -> bytes:
    """32 random bytes as hex: signs the links in messages."""
    return secrets.token_hex(32).encode()


def read_key(path: Path, make: Callable[[], bytes]) -> bytes:
    """The key in `path`; a new one is written whole, readable by its owner only, when there is none.

    Raises ConfigError: a key that cannot be read or is too short (cut off, emptied) must not sign or seal anything.
    """
    try:
        if not path.exists():
            write_key(path, make())
        key = path.read_bytes().strip()
    except OSError as error:
        raise ConfigError(f"the key {path} cannot be used: {error.strerror}") from None
    if len(key) < LEAST_KEY:
        raise ConfigError(f"the key {path} is cut off; put its backup there, or remove it and a new one is made")
    return key


def write_key(path: Path, key: bytes) -> None:
    """Write beside it first, so that a kill leaves no half key; of two processes at once the first one's stays."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
