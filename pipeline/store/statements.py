"""Insert-or-update in the dialects we support; Core has no common form of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

IN_CHUNK = 500


def insert_or_skip(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`; those whose key or unique value is there already are left out."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_or_update(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], keep: Iterable[str] = ()
) -> None:
    """Insert `rows`; where the primary key is there already, the given columns except `keep` are overwritten.

    All rows have the same columns.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in {*keys, *keep}}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def insert_or_add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], adds: Sequence[str]) -> None:
    """Insert `rows`; where the primary key is there already, the `adds` columns grow by the given numbers."""
    if not rows:
        return
    statement = _insert(connection, table)
    grown = {name: table.c[name] + statement.excluded[name] for name in adds}
    keys = [column.name for column in table.primary_key]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=grown), rows)


def in_chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Distinct values in pieces that fit into one IN list."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), IN_CHUNK):
        yield distinct[start : start + IN_CHUNK]


def _insert(connection: Connection, table: Table) -> Any:
    dialect = connection.dialect.name
    made: Insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made
