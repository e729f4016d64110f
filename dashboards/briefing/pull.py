"""Message pull-through: statements of the school itself, and which outlets carried them.

A statement is a publication that a source of the school brought, or one that the office recorded on a case; one that is
both counts once. What the office noted by hand (a broadcast, a paraphrase) counts as the machine's finds do.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from dashboards.briefing.case_words import CaseStatement, find_carriers, is_same, read_statements
from dashboards.briefing.matters import when
from dashboards.briefing.period import Period
from dashboards.briefing.values import Carried
from pipeline.store.schema import documents

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Pulled:
    """The statements that were carried most, then the latest; how many there were, and how many were carried at all."""

    best: list[Carried]
    statements: int
    carried: int


@dataclass(frozen=True, slots=True)
class _Statement:
    """One of ours with its text for comparing, and what a case of the office knows of it."""

    id: str
    title: str
    at: datetime
    event: str | None
    url: str
    text: str
    case: CaseStatement | None = None


class _News:
    """Items of outlets from the period on, by the story they copy and by their matter."""

    def __init__(self, connection: Connection, period: Period) -> None:
        self.copies: dict[str, list[Any]] = defaultdict(list)
        self.matters: dict[str, list[Any]] = defaultdict(list)
        related = documents.c.duplicate_of.is_not(None) | documents.c.event.is_not(None)
        news = (documents.c.source_kind == "news") & (documents.c.charted >= period.begin) & related
        columns = documents.c.id, documents.c.source, documents.c.duplicate_of, documents.c.charted, documents.c.event
        for row in connection.execute(select(*columns).where(news)):
            if row.duplicate_of is not None:
                self.copies[row.duplicate_of].append(row)
            if row.event is not None:
                self.matters[row.event].append(row)


def read_carried(connection: Connection, period: Period, labels: Mapping[str, str]) -> Pulled:
    """What became of the period's statements; `labels` are names of sources."""
    cases = read_statements(connection, period)
    rows = _join(_publications(connection, period), cases)
    news, found_for = _News(connection, period), find_carriers(connection, cases)
    found = [_carried(row, news, found_for.get(row.case.id, []) if row.case else [], period, labels) for row in rows]
    best = sorted(found, key=lambda one: (-one.copies, -one.outlets))[:SHOWN]
    return Pulled(best, len(found), sum(one.outlets > 0 for one in found))


def _publications(connection: Connection, period: Period) -> list[_Statement]:
    """Official items of the period that are no copies, latest first."""
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    own = (documents.c.source_kind == "official") & documents.c.duplicate_of.is_(None) & documents.c.title.is_not(None)
    columns = (
        documents.c.id, documents.c.title, documents.c.charted, documents.c.event, documents.c.url, documents.c.text,
    )  # fmt: skip
    query = select(*columns).where(span, own).order_by(documents.c.charted.desc(), documents.c.id)
    return [
        _Statement(row.id, row.title[:80], row.charted, row.event, row.url or "", f"{row.title}\n{row.text}")
        for row in connection.execute(query)
    ]


def _join(published: list[_Statement], cases: list[CaseStatement]) -> list[_Statement]:
    """Publications with what cases know of them, and the cases' statements that no source brought; latest first."""
    rows = {one.id: one for one in published}
    for case in cases:
        row = next((one for one in rows.values() if is_same(case, one.url, one.text)), None)
        if row is None:
            row = _Statement(case.id, case.title, case.at, case.event, case.url, case.words)
        rows[row.id] = replace(row, event=row.event or case.event, case=row.case.joined(case) if row.case else case)
    return sorted(rows.values(), key=lambda one: (-one.at.timestamp(), one.id))


def _carried(
    row: _Statement, news: _News, found: list[Any], period: Period, labels: Mapping[str, str]
) -> Carried:  # fmt: skip
    """Copies by outlets, and outlets with a copy, with a later story of the same matter, or noted by the office."""
    copies = {one.id: one for one in (*news.copies.get(row.id, []), *found)}
    later = [one for one in news.matters.get(row.event or "", []) if one.charted > row.at]
    first = min((one.charted for one in (*copies.values(), *later)), default=None)
    outlets = {one.source for one in (*copies.values(), *later)}
    noted = list(row.case.by_hand) if row.case else []
    known = outlets | {labels.get(one, one) for one in outlets}
    return Carried(
        id=row.id, title=row.title, at=when(row.at, period.begin.tzinfo) or "", copies=len(copies),
        outlets=len(outlets) + len(set(noted) - known), by_hand=noted,
        first_after_min=max(0.0, round((first - row.at).total_seconds() / 60, 1)) if first else None,
    )  # fmt: skip
