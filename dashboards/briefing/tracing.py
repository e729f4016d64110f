"""Reading the trace: the stored items of a period and of the two it is compared with, and ids of what the office did."""

from datetime import datetime, tzinfo

from sqlalchemy import Connection, String, Text, cast, select, type_coerce

from dashboards.briefing.listing import read_lists
from dashboards.briefing.period import Period
from dashboards.briefing.trace import Trace, TraceRow
from pipeline.store.office import NOT_OURS
from pipeline.store.schema import documents

HOURS = type_coerce(documents.c.charted, String)  # as stored text: a quarter has many items and few hours
COLUMNS = (
    documents.c.id, HOURS, documents.c.source, documents.c.source_kind, documents.c.topic, documents.c.label,
    documents.c.duplicate_of, documents.c.event,
)  # fmt: skip


def read_trace(connection: Connection, period: Period, counted: int) -> tuple[Trace, int]:
    """The trace, and how many of the `counted` items are no longer stored."""
    rows = read_rows(connection, period)
    made = Trace(
        rows, read_rows(connection, period.before()), read_rows(connection, period.year_ago()),
        read_lists(connection, period),
    )  # fmt: skip
    return made, max(0, counted - len(rows))


def read_rows(connection: Connection, period: Period) -> list[TraceRow]:
    """The items that `hourly` counts in the period, by id."""
    days = Days(period.begin.tzinfo)
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    ours = cast(documents.c.reason, Text).not_like(f"%{NOT_OURS.code}%")
    query = select(*COLUMNS).where(span, ours).order_by(documents.c.id)
    return [
        TraceRow(id, days[when[:13]], source, kind, topic, label, root is None, event)
        for id, when, source, kind, topic, label, root, event in connection.execute(query)  # noqa: A001
    ]


class Days(dict[str, str]):
    """The school's day of each stored hour (`2026-11-24T08`, UTC), worked out once."""

    def __init__(self, zone: tzinfo | None) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, hour: str) -> str:
        moment = datetime.fromisoformat(f"{hour}:00:00+00:00")
        self[hour] = moment.astimezone(self._zone).date().isoformat()
        return self[hour]
