"""The ids of what the office did in a period: alerts, the events they told of, cases, corrections."""

from sqlalchemy import ColumnElement, Connection, select

from dashboards.briefing.period import Period
from pipeline.store.schema import acks, alerts, cases, corrections, documents, events
from pipeline.store.schema_briefing import briefing_checks
from pipeline.store.schema_response import slips


def alerts_within(period: Period) -> ColumnElement[bool]:
    """Alerts that told of something in the period; drills, closings and digests apart."""
    within = (alerts.c.at >= period.begin) & (alerts.c.at < period.end) & alerts.c.drill.is_(False)
    return within & alerts.c.kind.not_in(["closed", "digest"])


def begun_within(period: Period) -> ColumnElement[bool]:
    """Events that began in the period and were not merged into another."""
    return (events.c.first_seen >= period.begin) & (events.c.first_seen < period.end) & events.c.merged_into.is_(None)


def read_lists(connection: Connection, period: Period) -> dict[str, list[str]]:
    """The ids behind the figures that do not count items."""
    rows = connection.execute(
        select(alerts.c.id, alerts.c.event).where(alerts_within(period)).order_by(alerts.c.n)
    ).all()
    told = sorted({row.event for row in rows if row.event})
    wrong = set(connection.scalars(select(acks.c.event).where(acks.c.what == "false_alarm", acks.c.undone.is_(None))))
    opened = (cases.c.opened >= period.begin) & (cases.c.opened < period.end)
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    corrected = select(corrections.c.document).join(documents, documents.c.id == corrections.c.document).where(span)
    said = connection.scalars(corrected)
    due = (cases.c.due >= period.begin) & (cases.c.due < period.end)
    stated = (cases.c.statement_at >= period.begin) & (cases.c.statement_at < period.end)
    checked = select(briefing_checks.c.document).where(briefing_checks.c.period == period.name)
    return {
        "alerts": [row.id for row in rows], "told": told, "false_alarms": [one for one in told if one in wrong],
        "cases": list(connection.scalars(select(cases.c.id).where(opened).order_by(cases.c.id))),
        "events": list(connection.scalars(select(events.c.id).where(begun_within(period)).order_by(events.c.id))),
        "corrections": sorted(set(said)), "deadlines": sorted(connection.scalars(select(cases.c.id).where(due))),
        "checks": sorted(connection.scalars(checked)), "slips": _slips(connection, period, "notice"),
        "orders": _slips(connection, period, "order"),
        "statements": list(connection.scalars(select(cases.c.id).where(stated).order_by(cases.c.id))),
    }  # fmt: skip


def _slips(connection: Connection, period: Period, kind: str) -> list[str]:
    mine = (slips.c.kind == kind) & (slips.c.issued >= period.begin) & (slips.c.issued < period.end)
    return list(connection.scalars(select(slips.c.id).where(mine).order_by(slips.c.id)))
