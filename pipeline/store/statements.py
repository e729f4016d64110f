"""Insert-or-update in the dialects we support; Core has no common form of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import Insert

IN_CHUNK = 500


def insert_many(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows`, all with the same columns; columns that are not given get their constant default or NULL.

    The same SQL that Core makes, compiled once, and the same conversions, without what Core does for each row and
    each run: half of the time of a save. Rows go in one `executemany`.
    """
    if rows:
        plan = _plan(connection.dialect, table, tuple(rows[0]))
        connection.exec_driver_sql(plan.sql, plan.bind(rows))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a driver takes rows: its SQL, for each value its column and its conversion, and what is not given."""

    sql: str
    values: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: dict[str, Any]
    positional: bool

    def bind(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """Rows as the driver wants them."""
        if self.constants:
            rows = [{**self.constants, **row} for row in rows]
        if self.positional:
            return [tuple([row[key] if turn is None else turn(row[key]) for key, turn in self.values]) for row in rows]
        return [{key: row[key] if turn is None else turn(row[key]) for key, turn in self.values} for row in rows]


@lru_cache(maxsize=32)
def _plan(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> _Plan:
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    order = compiled.positiontup if compiled.positional and compiled.positiontup else list(compiled.binds)
    turns = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    constants = {name: getattr(table.c[name].default, "arg", None) for name in order if name not in columns}
    return _Plan(str(compiled), tuple(zip(order, turns, strict=True)), constants, bool(compiled.positional))


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
