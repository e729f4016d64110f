"""Numbers of papers: per kind and year, without gaps or doubles.

The number is taken in the transaction that stores the paper: SQLite lets one writer in at a time, a server locks the
row of the counter until the end; a transaction that fails gives its number back.
"""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from pipeline.store.schema_response import paper_numbers
from pipeline.store.statements import insert_or_add

Numbered = Literal["notice", "order", "report", "register"]
HEADS: dict[str, dict[str, str]] = {
    "notice": {"zh": "提示", "en": "Notice"},
    "order": {"zh": "督办", "en": "Order"},
    "report": {"zh": "舆情快报", "en": "Report"},
}


def take_number(conn: Connection, kind: Numbered, year: int) -> int:
    """The next number of `kind` in `year`; belongs to the caller's transaction."""
    insert_or_add(conn, paper_numbers, [{"kind": kind, "year": year, "last": 1}], ("last",))
    found = conn.scalar(select(paper_numbers.c.last).where(paper_numbers.c.kind == kind, paper_numbers.c.year == year))
    return int(found or 0)


def name_paper(kind: str, year: int | None, number: int | None, lang: str = "zh") -> str:
    """`提示〔2026〕7号` or `Notice 2026-7`; a draft has no number yet."""
    head = HEADS[kind][lang]
    if year is None or number is None:
        return f"{head}（草稿）" if lang == "zh" else f"{head} (draft)"
    return f"{head}〔{year}〕{number}号" if lang == "zh" else f"{head} {year}-{number}"


def local_year(now: datetime, zone: ZoneInfo) -> int:
    """The year in which a paper of this moment is counted: the school's, not that of UTC."""
    return now.astimezone(zone).year
