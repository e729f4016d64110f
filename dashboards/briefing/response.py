"""What the office did in a period: alerts, delays, deadlines."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from dashboards.briefing.intervals import median
from dashboards.briefing.listing import alerts_within
from dashboards.briefing.period import Period
from dashboards.briefing.values import Response
from pipeline.store.schema import acks, alerts, audit, cases, documents, events, notifications
from pipeline.store.schema_response import slip_answers, slips

Pairs = list[tuple[datetime, datetime]]


def read_response(connection: Connection, period: Period) -> Response:
    """Alerts, delays and deadlines of the period."""
    rows = connection.execute(select(alerts.c.id, alerts.c.event, alerts.c.severity).where(alerts_within(period))).all()
    by_severity: dict[str, int] = {}
    for row in rows:
        by_severity[row.severity] = by_severity.get(row.severity, 0) + 1
    told = {row.event for row in rows}
    wrong = _false_alarms(connection, told)
    opened = (cases.c.opened >= period.begin) & (cases.c.opened < period.end)
    closed = cases.c.status == "closed"
    due, met = _deadlines(connection, period)
    return Response(
        alerts=len(rows), by_severity=dict(sorted(by_severity.items())), false_alarms=wrong, events_told=len(told),
        precision=round(100 * (len(told) - wrong) / len(told), 1) if told else None,
        published_to_seen_min=_minutes(_published_to_seen(connection, period)),
        seen_to_told_min=_minutes(_seen_to_told(connection, period)),
        told_to_taken_min=_minutes(_told_to_taken(connection, period)),
        issued_to_answered_min=_minutes(_issued_to_answered(connection, period)),
        opened_to_closed_min=_minutes(_opened_to_closed(connection, period)),
        undelivered=_undelivered(connection, [row.id for row in rows]),
        cases_opened=_cases(connection, opened), cases_closed=_cases(connection, opened, closed),
        cases_late=_cases(connection, opened, ~closed, cases.c.due < period.end),
        deadlines_due=due, deadlines_met=met, slips=_slips(connection, period, "notice"),
        orders=_slips(connection, period, "order"),
    )  # fmt: skip


def _minutes(pairs: Pairs) -> float | None:
    return median([(end - begin).total_seconds() / 60 for begin, end in pairs])


def _cases(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(cases).where(*where)) or 0


def _false_alarms(connection: Connection, told: set[str | None]) -> int:
    query = select(acks.c.event).where(acks.c.what == "false_alarm", acks.c.undone.is_(None)).distinct()
    return len(told & set(connection.scalars(query)))


def _published_to_seen(connection: Connection, period: Period) -> Pairs:
    """The first item of each event that was told: when it was published, when it was seen."""
    told = select(alerts.c.event).where(alerts_within(period))
    first = select(func.min(documents.c.n)).where(documents.c.event.in_(told)).group_by(documents.c.event)
    query = select(documents.c.charted, documents.c.seen).where(documents.c.n.in_(first))
    return [(one.charted, one.seen) for one in connection.execute(query.where(documents.c.published.is_not(None)))]


def _seen_to_told(connection: Connection, period: Period) -> Pairs:
    """From an event's first item to the first delivered message."""
    query = (
        select(events.c.first_seen, func.min(notifications.c.sent))
        .join(alerts, alerts.c.event == events.c.id)
        .join(notifications, notifications.c.alert == alerts.c.id)
        .where(alerts_within(period), notifications.c.sent.is_not(None))
        .group_by(events.c.id, events.c.first_seen)
    )
    return [(begin, end) for begin, end in connection.execute(query)]


def _told_to_taken(connection: Connection, period: Period) -> Pairs:
    """From the first alert of an event to the moment somebody took it."""
    query = (
        select(func.min(alerts.c.at), func.min(acks.c.at))
        .join(acks, acks.c.event == alerts.c.event)
        .where(alerts_within(period), acks.c.what == "taken", acks.c.undone.is_(None))
        .group_by(alerts.c.event)
    )
    return [(begin, end) for begin, end in connection.execute(query)]


def _closings(connection: Connection) -> dict[str, datetime]:
    """When each case was closed; cases from before that was kept have it in the trail."""
    kept = select(cases.c.id, cases.c.closed).where(cases.c.closed.is_not(None))
    query = select(audit.c.target, func.max(audit.c.at)).where(audit.c.what == "close_case").group_by(audit.c.target)
    return dict(connection.execute(query).all()) | dict(connection.execute(kept).all())


def _opened_to_closed(connection: Connection, period: Period) -> Pairs:
    opened = (cases.c.opened >= period.begin) & (cases.c.opened < period.end) & (cases.c.status == "closed")
    closings = _closings(connection)
    rows = connection.execute(select(cases.c.id, cases.c.opened).where(opened)).all()
    return [(row.opened, closings[row.id]) for row in rows if row.id in closings]


def _deadlines(connection: Connection, period: Period) -> tuple[int, int]:
    """Deadlines that fell into the period, and those of them that were met."""
    due = connection.execute(
        select(cases.c.id, cases.c.due, cases.c.status).where(cases.c.due >= period.begin, cases.c.due < period.end)
    ).all()
    closings = _closings(connection)
    met = sum(row.status == "closed" and row.id in closings and closings[row.id] <= row.due for row in due)
    return len(due), met


def _undelivered(connection: Connection, ids: list[str]) -> int:
    """Alerts none of whose messages arrived."""
    arrived = select(notifications.c.alert).where(notifications.c.state == "sent").distinct()
    delivered = set(connection.scalars(arrived))
    owed = set(connection.scalars(select(notifications.c.alert).where(notifications.c.state == "dead").distinct()))
    return sum(1 for one in ids if one in owed and one not in delivered)


def _slips(connection: Connection, period: Period, kind: str) -> int:
    """Notice slips or supervision orders issued in the period."""
    mine = (slips.c.kind == kind) & (slips.c.issued >= period.begin) & (slips.c.issued < period.end)
    return connection.scalar(select(func.count()).select_from(slips).where(mine)) or 0


def _issued_to_answered(connection: Connection, period: Period) -> Pairs:
    """From a slip to the first answer to it."""
    query = (
        select(slips.c.issued, func.min(slip_answers.c.at))
        .join(slip_answers, slip_answers.c.slip == slips.c.id)
        .where(slips.c.issued >= period.begin, slips.c.issued < period.end)
        .group_by(slips.c.id, slips.c.issued)
    )
    return [(begin, end) for begin, end in connection.execute(query)]
