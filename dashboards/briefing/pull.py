"""Message pull-through: statements of the school itself, and which outlets carried them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

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


class _News:
    """Items of outlets from the period on, by the story they copy and by their matter."""

    def __init__(self, connection: Connection, period: Period) -> None:
        self.copies: dict[str, list[Any]] = defaultdict(list)
        self.matters: dict[str, list[Any]] = defaultdict(list)
        related = documents.c.duplicate_of.is_not(None) | documents.c.event.is_not(None)
        news = (documents.c.source_kind == "news") & (documents.c.charted >= period.begin) & related
        columns = documents.c.source, documents.c.duplicate_of, documents.c.charted, documents.c.event
        for row in connection.execute(select(*columns).where(news)):
            if row.duplicate_of is not None:
                self.copies[row.duplicate_of].append(row)
            if row.event is not None:
                self.matters[row.event].append(row)


def read_carried(connection: Connection, period: Period) -> Pulled:
    """What became of the period's statements. A statement is an official item that is no copy."""
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    own = (documents.c.source_kind == "official") & documents.c.duplicate_of.is_(None) & documents.c.title.is_not(None)
    columns = documents.c.id, documents.c.title, documents.c.charted, documents.c.event
    rows = connection.execute(
        select(*columns).where(span, own).order_by(documents.c.charted.desc(), documents.c.id)
    ).all()
    news = _News(connection, period)
    found = [_carried(row, news, period) for row in rows]
    best = sorted(found, key=lambda one: (-one.copies, -one.outlets))[:SHOWN]
    return Pulled(best, len(found), sum(one.outlets > 0 for one in found))


def _carried(row: Any, news: _News, period: Period) -> Carried:
    """Copies by outlets, and outlets with a copy or a later story of the same matter."""
    copies = news.copies.get(row.id, [])
    later = [one for one in news.matters.get(row.event or "", []) if one.charted > row.charted]
    first = min((one.charted for one in (*copies, *later)), default=None)
    minutes = max(0.0, round((first - row.charted).total_seconds() / 60, 1)) if first else None
    return Carried(
        id=row.id, title=row.title[:80], at=when(row.charted, period.begin.tzinfo) or "", copies=len(copies),
        outlets=len({one.source for one in (*copies, *later)}), first_after_min=minutes,
    )  # fmt: skip
