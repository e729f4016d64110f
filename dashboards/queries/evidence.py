"""The evidence copies of an event, and what became of its articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.store.schema import documents
from pipeline.store.schema_collecting import evidence, rechecks


@dataclass(frozen=True, slots=True)
class CopyRow:
    """One look that was kept: `why` is first, corrected or withdrawn; `sha256` is of what the address answered.

    `kept` says whether the copy itself can still be downloaded.
    """

    id: str
    document: str
    at: datetime
    why: str
    status: int
    sha256: str
    size: int
    kept: bool


def copies_of(conn: Connection, ids: Sequence[str]) -> Mapping[str, list[CopyRow]]:
    """The copies of documents, oldest first, by document."""
    c = evidence.c
    wanted = (c.id, c.document, c.at, c.why, c.status, c.sha256, c.size, c.warc.is_not(None))
    found: dict[str, list[CopyRow]] = {}
    for row in conn.execute(select(*wanted).where(c.document.in_(ids)).order_by(c.at)):
        found.setdefault(row[1], []).append(CopyRow(*row))
    return found


def corrected_at(conn: Connection, ids: Sequence[str]) -> Mapping[str, datetime]:
    """When another text was last found at the address of each of `ids`."""
    c = rechecks.c
    rows = conn.execute(select(c.document, c.corrected).where(c.document.in_(ids), c.corrected.is_not(None)))
    return {document: moment for document, moment in rows}  # noqa: C416 - rows are no pairs to mypy


def find_copy(conn: Connection, copy: str) -> tuple[str, bytes] | None:
    """The event of a copy (empty when its document is in none) and its WARC; None when it is not kept."""
    joined = evidence.join(documents, documents.c.id == evidence.c.document)
    query = select(documents.c.event, evidence.c.warc).select_from(joined)
    row = conn.execute(query.where(evidence.c.id == copy, evidence.c.warc.is_not(None))).first()
    return None if row is None else (row[0] or "", bytes(row[1]))
