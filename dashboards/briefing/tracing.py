"""Reading the trace: the stored items of a period and of the two it is compared with, and ids of what the office did."""

from sqlalchemy import Connection, select

from dashboards.briefing.listing import read_lists
from dashboards.briefing.period import Period
from dashboards.briefing.trace import Trace, TraceRow
from pipeline.counts import floor_hour
from pipeline.store.office import NOT_OURS
from pipeline.store.schema import documents

COLUMNS = (
    documents.c.id, documents.c.charted, documents.c.source, documents.c.source_kind, documents.c.topic,
    documents.c.label, documents.c.duplicate_of, documents.c.event, documents.c.reason,
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
    zone = period.begin.tzinfo
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    found = connection.execute(select(*COLUMNS).where(span))
    rows = [
        TraceRow(
            id, floor_hour(when).astimezone(zone).date().isoformat(), source, kind, topic, label, root is None, event
        )
        for id, when, source, kind, topic, label, root, event, reason in found  # noqa: A001
        if reason.get("code") != NOT_OURS.code
    ]
    return sorted(rows, key=lambda row: row.id)
