"""What the office did in a period: alerts, delays, deadlines."""

from sqlalchemy import ColumnElement, Connection, func, select

from dashboards.briefing.period import Period
from dashboards.briefing.values import Response
from pipeline.store.schema import acks, alerts, cases, events, notifications


def read_response(connection: Connection, period: Period) -> Response:
    """Alerts, delays and deadlines of the period."""
    within = (alerts.c.at >= period.begin) & (alerts.c.at < period.end) & alerts.c.drill.is_(False)
    within &= alerts.c.kind.not_in(["closed", "digest"])
    rows = connection.execute(select(alerts.c.id, alerts.c.event, alerts.c.severity, alerts.c.at).where(within)).all()
    by_severity: dict[str, int] = {}
    for row in rows:
        by_severity[row.severity] = by_severity.get(row.severity, 0) + 1
    told = {row.event for row in rows}
    opened = (cases.c.opened >= period.begin) & (cases.c.opened < period.end)
    closed = cases.c.status == "closed"
    return Response(
        alerts=len(rows), by_severity=by_severity, false_alarms=_false_alarms(connection, told), events_told=len(told),
        seen_to_told_min=_seen_to_told(connection, period), told_to_taken_min=_told_to_taken(connection, period),
        undelivered=_undelivered(connection, [row.id for row in rows]),
        cases_opened=_cases(connection, opened), cases_closed=_cases(connection, opened, closed),
        cases_late=_cases(connection, opened, ~closed, cases.c.due < period.end),
    )  # fmt: skip


def _cases(connection: Connection, *where: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(cases).where(*where)) or 0


def _false_alarms(connection: Connection, told: set[str | None]) -> int:
    query = select(acks.c.event).where(acks.c.what == "false_alarm").distinct()
    return len(told & set(connection.scalars(query)))


def _seen_to_told(connection: Connection, period: Period) -> float | None:
    """Median minutes from an event's first item to the first delivered message."""
    sent = func.min(notifications.c.sent)
    query = (
        select(events.c.first_seen, sent)
        .join(alerts, alerts.c.event == events.c.id)
        .join(notifications, notifications.c.alert == alerts.c.id)
        .where(alerts.c.at >= period.begin, alerts.c.at < period.end, notifications.c.sent.is_not(None))
        .where(alerts.c.drill.is_(False))
        .group_by(events.c.id, events.c.first_seen)
    )
    return _median([(end - begin).total_seconds() / 60 for begin, end in connection.execute(query).all()])


def _told_to_taken(connection: Connection, period: Period) -> float | None:
    """Median minutes from the first alert of an event to the moment somebody took it."""
    query = (
        select(func.min(alerts.c.at), func.min(acks.c.at))
        .join(acks, acks.c.event == alerts.c.event)
        .where(alerts.c.at >= period.begin, alerts.c.at < period.end, acks.c.what == "taken")
        .where(alerts.c.drill.is_(False))
        .group_by(alerts.c.event)
    )
    return _median([(end - begin).total_seconds() / 60 for begin, end in connection.execute(query).all()])


def _median(values: list[float]) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    value = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return round(value, 1)


def _undelivered(connection: Connection, ids: list[str]) -> int:
    """Alerts none of whose messages arrived."""
    arrived = select(notifications.c.alert).where(notifications.c.state == "sent").distinct()
    delivered = set(connection.scalars(arrived))
    owed = set(connection.scalars(select(notifications.c.alert).where(notifications.c.state == "dead").distinct()))
    return sum(1 for one in ids if one in owed and one not in delivered)
