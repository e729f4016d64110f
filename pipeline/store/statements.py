"""Inserting many rows, and insert-or-update in the dialects we support (Core has no common form of it).

The SQL is the one that Core makes and the values are converted as Core does, but it is compiled once and rows go to
the driver in one `executemany`: what Core does for each row and each run is half of the time of a save.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, Table, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

IN_CHUNK = 500
Conflict = tuple[Literal["fail", "skip", "update", "add", "raise"], tuple[str, ...]]
Rows = Sequence[dict[str, Any]]


def insert_many(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert `rows`, all with the same columns; columns that are not given get their constant default or NULL."""
    _run(connection, table, rows, ("fail", ()))


def insert_or_skip(connection: Connection, table: Table, rows: Rows) -> None:
    """Insert `rows`; those whose key or unique value is there already are left out."""
    _run(connection, table, rows, ("skip", ()))


def insert_or_update(connection: Connection, table: Table, rows: Rows, keep: Iterable[str] = ()) -> None:
    """Insert `rows`; where the primary key is there already, the given columns except `keep` are overwritten."""
    if rows:
        stays = {*_keys(table), *keep}
        _run(connection, table, rows, ("update", tuple(name for name in rows[0] if name not in stays)))


def insert_or_add(connection: Connection, table: Table, rows: Rows, adds: Sequence[str]) -> None:
    """Insert `rows`; where the primary key is there already, the `adds` columns grow by the given numbers."""
    _run(connection, table, rows, ("add", tuple(adds)))


def insert_or_raise(connection: Connection, table: Table, rows: Rows, highest: Sequence[str]) -> None:
    """Insert `rows`; where the primary key is there already, the `highest` columns keep the larger number."""
    _run(connection, table, rows, ("raise", tuple(highest)))


def in_chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Distinct values in pieces that fit into one IN list."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), IN_CHUNK):
        yield distinct[start : start + IN_CHUNK]


def _run(connection: Connection, table: Table, rows: Rows, conflict: Conflict) -> None:
    if rows:
        plan = plan_insert(connection.dialect, table, tuple(rows[0]), conflict)
        connection.exec_driver_sql(plan.sql, plan.bind(rows))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a driver takes rows: its SQL, for each value its column and its conversion, and what is not given."""

    sql: str
    values: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: dict[str, Any]
    positional: bool

    def bind(self, rows: Rows) -> list[Any]:
        """Rows as the driver wants them."""
        if self.constants:
            rows = [{**self.constants, **row} for row in rows]
        if self.positional:
            return [tuple([row[key] if turn is None else turn(row[key]) for key, turn in self.values]) for row in rows]
        return [{key: row[key] if turn is None else turn(row[key]) for key, turn in self.values} for row in rows]


@lru_cache(maxsize=128)
def plan_insert(dialect: Dialect, table: Table, columns: tuple[str, ...], conflict: Conflict) -> Plan:
    """The plan for rows with `columns`; made once for each shape of row."""
    statement = _on_conflict(postgresql if dialect.name == "postgresql" else sqlite, table, conflict)
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    order = compiled.positiontup if compiled.positional and compiled.positiontup else list(compiled.binds)
    turns = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
    constants = {name: _constant(table.c[name].default) for name in order if name not in columns}
    return Plan(str(compiled), tuple(zip(order, turns, strict=True)), constants, bool(compiled.positional))


def _constant(default: Any) -> Any:
    """What a column without a value gets; `default=dict` was wrapped by SQLAlchemy into a function of a context."""
    return default.arg(None) if default.is_callable else default.arg


def _on_conflict(dialect: Any, table: Table, conflict: Conflict) -> Any:
    statement = dialect.insert(table)
    match conflict:
        case ("fail", _):
            return statement
        case ("skip", _):
            return statement.on_conflict_do_nothing()
        case ("update", names):
            fresh = {name: statement.excluded[name] for name in names}
        case ("raise", names):
            fresh = {name: _larger(table.c[name], statement.excluded[name]) for name in names}
        case (_, names):
            fresh = {name: table.c[name] + statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=_keys(table), set_=fresh)


def _larger(one: Any, other: Any) -> Any:
    return case((one > other, one), else_=other)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]
