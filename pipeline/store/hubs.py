"""WebSub subscriptions and the operator's answers about sources. Each method is one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update

from pipeline.store.engine import reading, writing
from pipeline.store.schema import sources
from pipeline.store.schema_collecting import hubs, source_orders
from pipeline.store.statements import insert_or_update


class SqlHubs:
    """The table `hubs`, shared by the collector (asks) and the dashboard (is told)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hub_rows(self) -> list[dict[str, Any]]:
        """Every subscription."""
        with reading(self._engine) as connection:
            return [dict(row) for row in connection.execute(select(hubs)).mappings()]

    def hub_by_token(self, token: str) -> dict[str, Any] | None:
        """The subscription whose callback ends in `token`."""
        with reading(self._engine) as connection:
            row = connection.execute(select(hubs).where(hubs.c.token == token)).mappings().first()
            return None if row is None else dict(row)

    def put_hub(self, values: Mapping[str, Any]) -> None:
        """Store a whole subscription."""
        with writing(self._engine) as connection:
            insert_or_update(connection, hubs, [dict(values)])

    def change_hub(self, source: str, values: Mapping[str, Any]) -> None:
        """Change some columns of a subscription."""
        with writing(self._engine) as connection:
            connection.execute(update(hubs).where(hubs.c.source == source).values(dict(values)))

    def note_push(self, source: str, now: datetime) -> None:
        """The hub has delivered: it is live again."""
        with writing(self._engine) as connection:
            told = {"pushes": hubs.c.pushes + 1, "last_push": now, "state": "live", "said": ""}
            connection.execute(update(hubs).where(hubs.c.source == source).values(told))

    def source_row(self, source: str) -> dict[str, Any] | None:
        """The stored state of a source."""
        with reading(self._engine) as connection:
            row = connection.execute(select(sources).where(sources.c.id == source)).mappings().first()
            return None if row is None else dict(row)

    def source_order(self, source: str) -> tuple[str, str] | None:
        """The address and the operator's answer about it (`keep` or `stop`), None when nobody answered."""
        wanted = select(source_orders.c.url, source_orders.c.order).where(source_orders.c.source == source)
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
            return None if row is None else (row[0], row[1])
