"""The matters of a period: key events, who reported first, complaints that came back."""

from collections import Counter
from datetime import datetime, tzinfo

from sqlalchemy import Connection, RowMapping, func, select

from dashboards.briefing.listing import begun_within
from dashboards.briefing.period import Period
from dashboards.briefing.quoting import read_quotes
from dashboards.briefing.values import EventFigure, Repeated, Reporter
from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import acks, alerts, cases, documents, events
from pipeline.store.shown import title_of

TOP_EVENTS = 10
TOP_REPORTERS = 8
SERVICES = ("dorms", "canteen", "fees", "facilities", "health", "teaching", "exams")


def read_events(connection: Connection, period: Period) -> list[EventFigure]:
    """The events with most stories that began in the period; told ones first."""
    order = (events.c.severity.is_(None), events.c.stories.desc(), events.c.first_seen, events.c.id)
    rows = connection.execute(select(events).where(begun_within(period)).order_by(*order).limit(TOP_EVENTS))
    return [_event_figure(connection, row, period.begin.tzinfo) for row in rows.mappings().all()]


def _event_figure(connection: Connection, row: RowMapping, zone: tzinfo | None) -> EventFigure:
    count, told = connection.execute(
        select(func.count(), func.min(alerts.c.at)).where(alerts.c.event == row["id"], alerts.c.drill.is_(False))
    ).one()
    taken = connection.scalar(
        select(func.min(acks.c.at)).where(acks.c.event == row["id"], acks.c.what == "taken", acks.c.undone.is_(None))
    )
    handed = connection.execute(
        select(cases.c.department, cases.c.outcome).where(cases.c.event == row["id"]).order_by(cases.c.opened)
    ).all()
    outcomes = [one.outcome for one in handed if one.outcome]
    peak, first = _life(connection, row["id"], zone)
    return EventFigure(
        id=row["id"], title=title_of(row["topic"], row["title"]), topic=row["topic"], severity=row["severity"],
        status=row["status"],
        first_seen=when(row["first_seen"], zone) or "", last_seen=when(row["last_seen"], zone) or "",
        items=row["items"], stories=row["stories"], outlets=row["outlets"], sources=row["sources"],
        negative=row["negative"], alerts=count, told=when(told, zone), taken=when(taken, zone),
        outcome=outcomes[-1] if outcomes else None, peak=peak, first_reporter=first,
        departments=list(dict.fromkeys(one.department for one in handed)), quotes=read_quotes(connection, row["id"]),
    )  # fmt: skip


def _life(connection: Connection, event: str, zone: tzinfo | None) -> tuple[str | None, str | None]:
    """The day with most items and the source of the first; None when its items are past their time."""
    query = select(documents.c.charted, documents.c.source).where(documents.c.event == event).order_by(documents.c.n)
    rows = connection.execute(query).all()
    if not rows:
        return None, None
    days = Counter(row.charted.astimezone(zone).date().isoformat() for row in rows)
    return min(days, key=lambda day: (-days[day], day)), rows[0].source


def when(moment: datetime | None, zone: tzinfo | None) -> str | None:
    """A time in the school's zone, to the minute."""
    return moment.astimezone(zone).isoformat(timespec="minutes") if moment else None


def read_reporters(connection: Connection, period: Period) -> list[Reporter]:
    """Which outlet carried each of the period's matters first; matters without an outlet count for nobody."""
    first = (
        select(func.min(documents.c.n))
        .join(events, events.c.id == documents.c.event)
        .where(begun_within(period), documents.c.source_kind.not_in(sorted(PRIVATE_KINDS)))
        .group_by(documents.c.event)
    )
    found = Counter(connection.scalars(select(documents.c.source).where(documents.c.n.in_(first))))
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Reporter(source, count) for source, count in ranked[:TOP_REPORTERS]]


def read_repeated(connection: Connection, period: Period) -> list[Repeated]:
    """Services complained about at the same place in two matters or more."""
    count, stories = func.count(), func.sum(events.c.stories)
    query = (
        select(events.c.topic, events.c.place, count, stories)
        .where(begun_within(period), events.c.place.is_not(None), events.c.negative > 0, events.c.topic.in_(SERVICES))
        .group_by(events.c.topic, events.c.place)
        .having(count > 1)
    )
    found = [Repeated(topic, place, number, total) for topic, place, number, total in connection.execute(query).all()]
    return sorted(found, key=lambda one: (-one.stories, one.topic, one.place))
