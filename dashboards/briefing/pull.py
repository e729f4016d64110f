"""Message pull-through: statements of the school itself, and which outlets carried them."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from dashboards.briefing.matters import when
from dashboards.briefing.period import Period
from dashboards.briefing.values import Carried
from pipeline.store.schema import documents

STATEMENTS = 10


def read_carried(connection: Connection, period: Period) -> list[Carried]:
    """The statements that were carried most, then the latest. A statement is an official item that is no copy."""
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    own = (documents.c.source_kind == "official") & documents.c.duplicate_of.is_(None) & documents.c.title.is_not(None)
    rows = connection.execute(select(documents).where(span, own).order_by(documents.c.charted.desc(), documents.c.id))
    found = [_carried(connection, row, period) for row in rows.mappings().all()]
    return sorted(found, key=lambda one: (-one.copies, -one.outlets))[:STATEMENTS]


def _carried(connection: Connection, row: RowMapping, period: Period) -> Carried:
    """Copies by outlets, and outlets with a copy or a later story of the same matter."""
    related = documents.c.duplicate_of == row["id"]
    if row["event"] is not None:
        related |= (documents.c.event == row["event"]) & (documents.c.charted > row["charted"])
    query = select(documents.c.source, documents.c.duplicate_of, documents.c.charted)
    news = connection.execute(query.where(related, documents.c.source_kind == "news")).all()
    first: datetime | None = min((one.charted for one in news), default=None)
    minutes = round((first - row["charted"]).total_seconds() / 60, 1) if first else None
    return Carried(
        id=row["id"], title=row["title"][:80], at=when(row["charted"], period.begin.tzinfo) or "",
        copies=sum(one.duplicate_of == row["id"] for one in news), outlets=len({one.source for one in news}),
        first_after_min=None if minutes is None else max(0.0, minutes),
    )  # fmt: skip
