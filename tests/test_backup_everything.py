"""A backup carries every table that is in use to a new machine, and none that must not leave."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from response_kit import NOW, a_store
from sqlalchemy import insert, select
from test_forget_words import a_row

from pipeline.store.backup import make_backup, restore_backup
from pipeline.store.engine import writing
from pipeline.store.schema import OUTSIDE_BACKUP, documents
from pipeline.store.tables import metadata


@pytest.fixture
def houses(tmp_path: Path) -> tuple[Path, Path]:
    """A store with a row in every table, and what a new machine makes of its backup."""
    engine = a_store(tmp_path)
    with writing(engine) as conn:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        taken = set(conn.scalars(select(documents.c.n).limit(1))) and {"documents", "events"}  # the kit's own rows
        for table in [one for one in metadata.sorted_tables if one.name not in taken]:
            conn.execute(insert(table).values(**a_row(table, ())))
    make_backup(engine, "[school]\n", tmp_path / "old.zip", NOW)
    engine.dispose()
    restore_backup(tmp_path / "old.zip", tmp_path / "new" / "tocsin.db", None)
    return tmp_path / "papers.db", tmp_path / "new" / "tocsin.db"


def rows(file: Path, table: str) -> list[tuple[object, ...]]:
    """All rows of a table."""
    with closing(sqlite3.connect(file)) as database:
        return database.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall()


def test_every_table_in_use_comes_along(houses: tuple[Path, Path]) -> None:
    """Roster, cases, the numbering of papers, taps, briefings, watches: row by row the same."""
    old, new = houses
    kept = set(metadata.tables) - OUTSIDE_BACKUP
    assert len(kept) > 45
    assert [name for name in sorted(kept) if not rows(old, name)] == []
    assert set(rows(old, "keep")) <= set(rows(new, "keep")), (rows(old, "keep"), rows(new, "keep"))
    assert [name for name in sorted(kept - {"sightings", "keep"}) if rows(old, name) != rows(new, name)] == []


def test_nothing_transient_comes_along(houses: tuple[Path, Path]) -> None:
    """Keys, tokens, links, sessions, invitations, hubs, reported addresses and the place of Elasticsearch stay behind."""
    old, new = houses
    assert [name for name in sorted(OUTSIDE_BACKUP) if not rows(old, name)] == []
    assert [name for name in sorted(OUTSIDE_BACKUP) if rows(new, name)] == []
