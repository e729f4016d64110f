"""The school's own statements as the office recorded them on its cases, and the outlets' items that carry them."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from alerts.case_statement import compare, headline_of, how_carried, plain_of
from dashboards.briefing.period import Period
from pipeline.store.schema import cases, documents, events
from pipeline.store.shown import title_of

FOLLOWED = timedelta(days=30)
_BETWEEN = re.compile(r"[、，,;；/\n]+")


@dataclass(frozen=True, slots=True)
class CaseStatement:
    """A statement on a case: its words (empty past their time), first line, place and time, and who carried it by hand."""

    id: str
    event: str
    words: str
    title: str
    url: str
    at: datetime
    by_hand: tuple[str, ...]

    def joined(self, other: "CaseStatement") -> "CaseStatement":
        """The same statement on another case: what was noted there counts here, too."""
        return replace(self, by_hand=tuple(dict.fromkeys((*self.by_hand, *other.by_hand))))


def read_statements(connection: Connection, period: Period) -> list[CaseStatement]:
    """The statements that were published in the period, by time."""
    columns = cases.c.id, cases.c.event, cases.c.statement, cases.c.statement_url, cases.c.statement_at, cases.c.carried
    span = (cases.c.statement_at >= period.begin) & (cases.c.statement_at < period.end)
    query = select(*columns, events.c.topic).outerjoin(events, events.c.id == cases.c.event).where(span)
    return [
        CaseStatement(
            row.id, row.event, row.statement, title_of(row.topic or "", row.statement.split("\n")[0][:80]),
            row.statement_url or "", row.statement_at, split_names(row.carried),
        )
        for row in connection.execute(query.order_by(cases.c.statement_at, cases.c.id))
    ]  # fmt: skip


def split_names(text: str) -> tuple[str, ...]:
    """The outlets that the office named, each once."""
    return tuple(dict.fromkeys(name.strip() for name in _BETWEEN.split(text) if name.strip()))


def is_same(case: CaseStatement, url: str, text: str) -> bool:
    """True when a publication of the school is the statement: the same address, or its headline."""
    if case.url and case.url.rstrip("/") == url.rstrip("/"):
        return True
    return how_carried(case.words, "", text) == "words"


def find_carriers(connection: Connection, stated: list[CaseStatement]) -> dict[str, list[Any]]:
    """By case, the items of outlets that came within 30 days after a statement and link to it or repeat its headline."""
    found: dict[str, list[Any]] = defaultdict(list)
    if not stated:
        return found
    d = documents.c
    span = (d.seen >= min(one.at for one in stated)) & (d.seen < max(one.at for one in stated) + FOLLOWED)
    query = select(d.id, d.source, d.title, d.text, d.charted, d.seen).where(d.source_kind == "news", span)
    headlines = [(one, headline_of(one.words)) for one in stated if one.words]
    for row in connection.execute(query.order_by(d.n)):
        text = f"{row.title or ''}\n{row.text}"
        plain = plain_of(text)
        for one, headline in headlines:
            if one.at <= row.seen < one.at + FOLLOWED and compare(headline, one.url, text, plain):
                found[one.id].append(row)
    return found
