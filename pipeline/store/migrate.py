"""Bringing a database to the schema of this version, with Alembic, from the program and not by hand.

SQLite changes its schema inside a transaction, so a kill in the middle leaves the old one. Before anything is
changed the file is copied beside itself (without links, tokens, sessions, secrets of hubs and reported addresses), for
the way back to the older version.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from pipeline.store.copying import copy_database
from pipeline.store.engine import StoreUnavailable, database_path, open_engine, reading, telling_outages, writing
from pipeline.store.schema import TRANSIENT

FOLDER = Path(__file__).parent / "migrations"
LEFT_OUT = TRANSIENT - {"intake", "regroupings", "former_tags"}  # the older version goes on with what waits


class SchemaTooNew(Exception):  # noqa: N818 - says what is the matter
    """The database was written by a newer version; the message is one sentence for the operator."""


def current(engine: Engine) -> str | None:
    """The revision of the database, None when it is empty."""
    with reading(engine) as connection:
        return _revision(connection)


def head() -> str:
    """The revision this version needs."""
    found = ScriptDirectory(str(FOLDER)).get_current_head()
    assert found is not None
    return found


def check_schema(engine: Engine) -> None:
    """Raises SchemaTooNew when this version does not know the schema of the database."""
    found = current(engine)
    known = {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaTooNew(
            f"The database has schema {found}, which this version does not know (it knows up to {head()}); "
            "install the newer version again or restore a backup made with this one."
        )


def upgrade(engine: Engine) -> str | None:
    """Bring the database to `head`. Returns the revision it had, None for an empty one.

    Does nothing when it is there already. Raises SchemaTooNew, StoreUnavailable.
    """
    check_schema(engine)
    before = current(engine)
    if before == head():
        return before
    if before is not None:
        keep_old(engine, before)
    with writing(engine) as connection:
        _run(connection)
    return before


def keep_old(engine: Engine, revision: str) -> Path | None:
    """Copy the file to `NAME.before-REVISION`; only the latest such copy is kept, because a copy is not
    reached by a deletion. None for a database that is no file."""
    path = database_path(engine.url)
    if path is None:
        return None
    target, fresh = (path.with_name(f"{path.name}.{name}") for name in (f"before-{revision}", "before-new"))
    fresh.unlink(missing_ok=True)
    try:
        with telling_outages():
            copy_database(path, fresh, leave_out=LEFT_OUT)
        fresh.replace(target)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be copied before migrating: {error.strerror}") from error
    for older in path.parent.glob(f"{path.name}.before-*"):
        if older != target:
            older.unlink()
    return target


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def draft(message: str) -> None:
    """Write a migration file for what schema.py has and the migrations have not (for developers)."""
    engine = open_engine("sqlite://")
    with writing(engine) as connection:
        if next(FOLDER.glob("versions/*.py"), None):
            _run(connection)
        number = len(list(FOLDER.glob("versions/*.py"))) + 1
        command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    draft(sys.argv[1])
