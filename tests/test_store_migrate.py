"""The schema: what migrations make is what the tables say, once, and never by halves."""

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from store_kit import a_document, a_store, at, bytes_on_disk, kept, screened, source_row

from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.fulltext import is_search_table
from pipeline.store.migrate import SchemaTooNew, current, head, keep_old, upgrade
from pipeline.store.tables import metadata


def test_migrations_make_exactly_the_tables_that_the_code_uses():
    """Alembic finds no difference between a migrated database and schema.py."""
    engine = open_engine("sqlite://")
    upgrade(engine)

    def ours(_thing, name, kind, _reflected, _other):
        return not (kind == "table" and is_search_table(name))

    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_numbers_that_readers_follow_are_never_given_twice():
    """Tables read by number keep counting after their highest row was deleted, in the migrated schema too."""
    engine = open_engine("sqlite://")
    upgrade(engine)
    for name in ("documents", "intake", "changes", "alerts", "audit"):
        with reading(engine) as connection:
            made = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar()
        assert "AUTOINCREMENT" in made


def test_migrating_twice_changes_nothing(tmp_path):
    """A database that is up to date is left alone, and no copy of it is made."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert upgrade(engine) is None
    tables = inspect(engine).get_table_names()
    assert upgrade(engine) == head() == current(engine)
    assert inspect(engine).get_table_names() == tables
    assert list(tmp_path.glob("*.before-*")) == []


def test_a_newer_database_is_refused_in_one_sentence(tmp_path):
    """A schema that this version does not know is not touched."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="schema 9999, which this version does not know"):
        upgrade(engine)
    assert current(engine) == "9999"


def test_an_older_database_is_copied_before_it_is_changed(tmp_path):
    """The copy opens, has the items and none of the sealed links; only one such copy is kept."""
    store = a_store(tmp_path)
    document = a_document("a", "食堂又涨价了")
    store.enqueue(source_row(), [screened(document, link=b"SEALED-LINK")], at())
    store.save([kept(document)], [])
    keep_old(store.engine, "0000")
    copy = keep_old(store.engine, "0001")
    assert copy is not None
    assert [path.name for path in tmp_path.glob("*.before-*")] == ["tocsin.db.before-0001"]
    assert b"SEALED-LINK" not in copy.read_bytes()
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT text FROM documents").fetchall() == [("食堂又涨价了",)]
    old.close()
    assert copy.stat().st_mode & 0o077 == 0
    assert b"SEALED-LINK" in bytes_on_disk(tmp_path)


def test_a_migration_that_fails_leaves_the_old_schema(tmp_path):
    """A table in the way of a migration: nothing of it is kept, and the database can still be opened."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE versions (a)")
    with pytest.raises(Exception, match="versions already exists"):
        upgrade(engine)
    assert inspect(engine).get_table_names() == ["versions"]
