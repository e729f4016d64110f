"""The table that projections follow: one row per changed record, never rewritten."""

from collections.abc import Collection, Mapping
from typing import Literal

from sqlalchemy import Connection, insert, literal, select

from pipeline.store.schema import alerts, changes, documents
from pipeline.store.statements import insert_many

Kind = Literal["document", "event", "alert", "case", "source"]


def note_changes(connection: Connection, kind: Kind, ids: Collection[str], gone: bool = False) -> None:
    """Say that records of `kind` are new, changed or gone."""
    rows = [{"kind": kind, "id": one, "gone": gone} for one in sorted(set(ids))]
    if rows:
        insert_many(connection, changes, rows)


def note_gone(connection: Connection, months: Mapping[str, str]) -> None:
    """Say that documents are gone; `months` has for each id the month in which it was seen (2026-09, UTC)."""
    rows = [{"kind": "document", "id": one, "gone": True, "month": month} for one, month in sorted(months.items())]
    if rows:
        insert_many(connection, changes, rows)


def note_event_members(connection: Connection, event: str) -> None:
    """Say that every document and alert of `event` has changed (before they are given to another event)."""
    for kind, table in (("document", documents), ("alert", alerts)):
        members = select(literal(kind), table.c.id, literal(False)).where(table.c.event == event)
        connection.execute(insert(changes).from_select(["kind", "id", "gone"], members))
