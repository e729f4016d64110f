"""Run by Alembic inside `pipeline.store.migrate`, on the connection and in the transaction that it was given."""

from typing import Any, Literal

from alembic import context

from pipeline.store.fulltext import is_search_table
from pipeline.store.schema import Moment
from pipeline.store.tables import metadata


def include(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The full-text tables are made by hand in a migration, so comparing must not see them."""
    return not (kind == "table" and is_search_table(name or ""))


def render(kind: str, thing: Any, _autogen: Any) -> str | Literal[False]:
    """A migration must not change when a class of ours does: a `Moment` is written as what it is in SQL."""
    return "sa.String(length=27)" if kind == "type" and isinstance(thing, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include,
    render_item=render,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
