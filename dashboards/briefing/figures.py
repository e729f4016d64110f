"""The frozen data set of a briefing, read from the state of record. Every number says which items it counts.

Counts come from `hourly` (kept for good, by the hour of publishing, capped at the hour of arrival), so that a
briefing comes out the same after texts have expired.
"""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, case, func, select

from dashboards.briefing.period import Period
from pipeline.store.schema import acks, alerts, cases, corrections, documents, events, hourly, notifications, sources

TOP_EVENTS = 10
CITED = 60
PRIVATE = ("forum", "social", "complaint", "other")


class Count(msgspec.Struct, frozen=True):
    """Items (copies included), distinct stories, and negative stories' items of one row."""

    name: str
    items: int
    stories: int
    negative: int
    before: int | None = None


class EventFigure(msgspec.Struct, frozen=True):
    """One key event. Times are ISO 8601 in the school's zone; None means that it did not happen or is not known."""

    id: str
    title: str
    topic: str
    severity: str | None
    status: str
    first_seen: str
    last_seen: str
    items: int
    stories: int
    outlets: int
    sources: int
    negative: int
    alerts: int
    told: str | None
    taken: str | None
    outcome: str | None


class Cited(msgspec.Struct, frozen=True):
    """A cited item. Private voices: id, source and day only, never a link or words."""

    id: str
    event: str
    source: str
    day: str
    title: str | None
    url: str | None
    fingerprint: str


class Response(msgspec.Struct, frozen=True):
    """What the office did. Minutes are medians; None when there is nothing to measure."""

    alerts: int
    by_severity: dict[str, int]
    false_alarms: int
    events_told: int
    seen_to_told_min: float | None
    told_to_taken_min: float | None
    undelivered: int
    cases_opened: int
    cases_closed: int
    cases_late: int


class Scope(msgspec.Struct, frozen=True):
    """What was watched and how."""

    names: list[str]
    sources: list[str]
    blind_now: list[str]
    taggers: list[str]
    corrections: int


class BriefData(msgspec.Struct, frozen=True):
    """Everything a briefing says. `hash` is sha256 over the rest."""

    school: str
    period: str
    begin: str
    end: str
    totals: Count
    before: Count
    before_name: str
    year_ago: Count
    days: list[Count]
    topics: list[Count]
    kinds: list[Count]
    outlets: list[Count]
    events: list[EventFigure]
    response: Response
    scope: Scope
    cited: list[Cited]
    hash: str = ""


def freeze(connection: Connection, period: Period, school: str, names: list[str]) -> BriefData:
    """Read the data set of `period` in one consistent view of the store."""
    previous = period.before()
    top = read_events(connection, period)
    data = BriefData(
        school=school, period=period.name, begin=period.begin.date().isoformat(),
        end=(period.end - timedelta(days=1)).date().isoformat(),
        totals=total(connection, period), before=total(connection, previous), before_name=previous.name,
        year_ago=total(connection, period.year_ago()), days=by_day(connection, period),
        topics=grouped(connection, period, "topic", previous), kinds=grouped(connection, period, "source_kind", previous),
        outlets=grouped(connection, period, "source", previous), events=top,
        response=read_response(connection, period), scope=read_scope(connection, period, names),
        cited=read_cited(connection, period, [event.id for event in top]),
    )  # fmt: skip
    digest = hashlib.sha256(msgspec.json.encode(data, order="sorted")).hexdigest()
    return msgspec.structs.replace(data, hash=digest)


def _within(period: Period):  # type: ignore[no-untyped-def]
    return (hourly.c.hour >= period.begin) & (hourly.c.hour < period.end)


SUMS = (
    func.coalesce(func.sum(hourly.c.items), 0), func.coalesce(func.sum(hourly.c.stories), 0),
    func.coalesce(func.sum(case((hourly.c.label == "negative", hourly.c.items), else_=0)), 0),
)  # fmt: skip


def total(connection: Connection, period: Period) -> Count:
    """Counts of the whole period."""
    items, stories, negative = connection.execute(select(*SUMS).where(_within(period))).one()
    return Count(period.name, items, stories, negative)


def grouped(connection: Connection, period: Period, column: str, previous: Period) -> list[Count]:
    """Counts by one column, most items first, beside the period before."""
    key = hourly.c[column]
    earlier = dict(
        connection.execute(select(key, func.sum(hourly.c.items)).where(_within(previous)).group_by(key)).tuples().all()
    )
    rows = connection.execute(select(key, *SUMS).where(_within(period)).group_by(key)).all()
    counts = [Count(name, items, stories, negative, earlier.get(name, 0)) for name, items, stories, negative in rows]
    return sorted(counts, key=lambda one: (-one.items, one.name))


def by_day(connection: Connection, period: Period) -> list[Count]:
    """Counts of every day, empty days included."""
    zone = period.begin.tzinfo
    days = {(period.begin + timedelta(days=n)).date().isoformat(): [0, 0, 0] for n in range(period.days)}
    rows = connection.execute(select(hourly.c.hour, *SUMS).where(_within(period)).group_by(hourly.c.hour)).all()
    for hour, *numbers in rows:
        day = days[hour.astimezone(zone).date().isoformat()]
        for place, number in enumerate(numbers):
            day[place] += number
    return [Count(day, *numbers) for day, numbers in days.items()]


def read_events(connection: Connection, period: Period) -> list[EventFigure]:
    """The events with most stories that began in the period; told ones first."""
    begun = (events.c.first_seen >= period.begin) & (events.c.first_seen < period.end) & events.c.merged_into.is_(None)
    order = (events.c.severity.is_(None), events.c.stories.desc(), events.c.first_seen, events.c.id)
    rows = connection.execute(select(events).where(begun).order_by(*order).limit(TOP_EVENTS)).mappings().all()
    return [_event_figure(connection, row, period) for row in rows]


def _event_figure(connection: Connection, row, period: Period) -> EventFigure:  # type: ignore[no-untyped-def]
    zone = period.begin.tzinfo
    when = lambda moment: moment.astimezone(zone).isoformat(timespec="minutes") if moment else None  # noqa: E731
    count, told = connection.execute(
        select(func.count(), func.min(alerts.c.at)).where(alerts.c.event == row["id"], alerts.c.drill.is_(False))
    ).one()
    taken = connection.scalar(select(func.min(acks.c.at)).where(acks.c.event == row["id"], acks.c.what == "taken"))
    outcome = connection.scalar(
        select(cases.c.outcome).where(cases.c.event == row["id"]).order_by(cases.c.opened.desc()).limit(1)
    )
    return EventFigure(
        id=row["id"], title=row["title"], topic=row["topic"], severity=row["severity"], status=row["status"],
        first_seen=when(row["first_seen"]) or "", last_seen=when(row["last_seen"]) or "", items=row["items"],
        stories=row["stories"], outlets=row["outlets"], sources=row["sources"], negative=row["negative"],
        alerts=count, told=when(told), taken=when(taken), outcome=outcome,
    )  # fmt: skip


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
    count = lambda *where: connection.scalar(select(func.count()).select_from(cases).where(*where)) or 0  # noqa: E731
    return Response(
        alerts=len(rows), by_severity=by_severity, false_alarms=_false_alarms(connection, told), events_told=len(told),
        seen_to_told_min=_seen_to_told(connection, period), told_to_taken_min=_told_to_taken(connection, period),
        undelivered=_undelivered(connection, [row.id for row in rows]),
        cases_opened=count(opened), cases_closed=count(opened, closed),
        cases_late=count(opened, ~closed, cases.c.due < period.end),
    )  # fmt: skip


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
        .group_by(events.c.id, events.c.first_seen)
    )
    return _median([(end - begin).total_seconds() / 60 for begin, end in connection.execute(query).all()])


def _told_to_taken(connection: Connection, period: Period) -> float | None:
    """Median minutes from the first alert of an event to the moment somebody took it."""
    query = (
        select(func.min(alerts.c.at), func.min(acks.c.at))
        .join(acks, acks.c.event == alerts.c.event)
        .where(alerts.c.at >= period.begin, alerts.c.at < period.end, acks.c.what == "taken")
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


def read_scope(connection: Connection, period: Period, names: list[str]) -> Scope:
    """Names, sources that brought something in the period, sources blind now, tagger versions, corrections."""
    brought = connection.scalars(select(hourly.c.source).where(_within(period)).distinct()).all()
    blind = connection.scalars(select(sources.c.id).where(sources.c.health.in_(["failing", "silent", "refused"]))).all()
    within = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    taggers = connection.scalars(select(documents.c.tagger).where(within).distinct()).all()
    corrected = select(func.count()).select_from(corrections)
    made = corrected.where(corrections.c.at >= period.begin, corrections.c.at < period.end)
    return Scope(names, sorted(brought), sorted(blind), sorted(taggers), connection.scalar(made) or 0)


def read_cited(connection: Connection, period: Period, chosen: list[str]) -> list[Cited]:
    """The stories behind the key events, outlets first; words and links of outlets only."""
    zone = period.begin.tzinfo
    if not isinstance(zone, ZoneInfo) or not chosen:
        return []
    private = documents.c.source_kind.in_(PRIVATE)
    query = (
        select(documents)
        .where(documents.c.event.in_(chosen), documents.c.duplicate_of.is_(None))
        .order_by(private, documents.c.seen, documents.c.id)
        .limit(CITED)
    )
    return [
        Cited(
            row["id"],
            row["event"],
            row["source"],
            _day(row["charted"], zone),
            None if row["source_kind"] in PRIVATE else row["title"],
            row["url"],
            row["fingerprint"],
        )  # fmt: skip
        for row in connection.execute(query).mappings()
    ]


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()
