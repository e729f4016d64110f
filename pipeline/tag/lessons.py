"""What the office taught: its last word on each item whose text is still stored, and items that it let stand.

A tagger that only saw its mistakes would learn to turn every answer round. So for every correction there is an item
that nobody corrected, taken as right; a confirmation by the office counts in its place.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, Select, func, select

from pipeline.model import Document
from pipeline.store.rows import read_document
from pipeline.store.schema import corrections, documents

MOST = 2000
FEWEST_STANDING = 20
FIELDS = ("label", "topic")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A document and what the office says of it; `office` is None for one that it let stand. `group` is its matter:
    rows of one group must not be both learned from and tested on."""

    document: Document
    office: str | None
    group: str


def read_lessons(connection: Connection, field: str) -> list[Lesson]:
    """Lessons on `field` (label or topic): the newest 2,000 of the office, then those that stand."""
    spoken = _read_spoken(connection, field)
    wrong = sum(row["office"] != row["machine"] for row in spoken)
    wanted = max(FEWEST_STANDING, wrong - (len(spoken) - wrong)) if spoken else 0
    standing = _read_standing(connection, spoken, wanted)
    return [
        *(Lesson(read_document(row), row["office"], group_of(row)) for row in spoken),
        *(Lesson(read_document(row), None, group_of(row)) for row in standing),
    ]


def group_of(row: RowMapping) -> str:
    """The event of an item, else the story it copies, else itself."""
    return str(row["event"] or row["duplicate_of"] or row["id"])


def _read_spoken(connection: Connection, field: str) -> Sequence[RowMapping]:
    last = select(func.max(corrections.c.n)).where(corrections.c.field == field).group_by(corrections.c.document)
    query = (
        select(documents, corrections.c.office, corrections.c.machine)
        .join(corrections, corrections.c.document == documents.c.id)
        .where(corrections.c.n.in_(last), documents.c.text != "", documents.c.id.not_in(_not_ours()))
    )
    return connection.execute(query.order_by(corrections.c.n.desc()).limit(MOST)).mappings().all()


def _read_standing(connection: Connection, spoken: Sequence[RowMapping], count: int) -> Sequence[RowMapping]:
    """Stories nobody spoke of, from other matters than those of `spoken`; chosen by their hash, so at random but always
    the same."""
    taught = {group_of(row) for row in spoken}
    said = select(corrections.c.document).where(corrections.c.document.is_not(None))
    query = select(documents).where(
        documents.c.text != "", documents.c.duplicate_of.is_(None), documents.c.id.not_in(said)
    )
    found: list[RowMapping] = []
    ordered = query.order_by(documents.c.fingerprint, documents.c.n).limit(count * 4)
    for row in connection.execute(ordered).mappings():
        if group_of(row) not in taught and len(found) < count:
            found.append(row)
    return found


def _not_ours() -> Select[tuple[str]]:
    """Items whose last word on the school is no."""
    last = select(func.max(corrections.c.n)).where(corrections.c.field == "school").group_by(corrections.c.document)
    return select(corrections.c.document).where(corrections.c.n.in_(last), corrections.c.office == "no")


def count_names(connection: Connection) -> tuple[Counter[str], Counter[str]]:
    """Of the items the office spoke of: how often each configured name led to one that is not about the school, and how
    often to one that is."""
    said = select(corrections.c.document).where(corrections.c.document.is_not(None))
    query = select(documents.c.matched, documents.c.id.in_(_not_ours()).label("strange")).where(
        documents.c.id.in_(said)
    )
    wrong: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for matched, strange in connection.execute(query):
        (wrong if strange else right).update(set(matched))
    return wrong, right
