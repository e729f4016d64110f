"""The frozen data set of a briefing, read from the state of record. Every number says which items it counts.

Counts come from `hourly` (kept for good, by the hour of publishing, capped at the hour of arrival), so that a
briefing comes out the same after texts have expired.
"""

import hashlib
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, func, select

from dashboards.briefing.period import Period
from dashboards.briefing.response import read_response
from dashboards.briefing.values import BriefData, Cited, EventFigure, Scope
from dashboards.briefing.volume import by_day, grouped, total, within
from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import acks, alerts, cases, corrections, documents, events, hourly, sources

TOP_EVENTS = 10
CITED = 60


def freeze(connection: Connection, period: Period, school: str, names: list[str], now: datetime) -> BriefData:
    """Read the data set of `period` in one consistent view of the store; days after `now` are left out."""
    previous = period.before()
    top = read_events(connection, period)
    data = BriefData(
        school=school, period=period.name, begin=period.begin.date().isoformat(),
        end=(period.end - timedelta(days=1)).date().isoformat(),
        totals=total(connection, period), before=total(connection, previous), before_name=previous.name,
        year_ago=total(connection, period.year_ago()), days=by_day(connection, period, now),
        topics=grouped(connection, period, "topic", previous), kinds=grouped(connection, period, "source_kind", previous),
        outlets=grouped(connection, period, "source", previous), events=top,
        response=read_response(connection, period), scope=read_scope(connection, period, names),
        cited=read_cited(connection, period, [event.id for event in top]),
    )  # fmt: skip
    digest = hashlib.sha256(msgspec.json.encode(data, order="sorted")).hexdigest()
    return msgspec.structs.replace(data, hash=digest)


def read_events(connection: Connection, period: Period) -> list[EventFigure]:
    """The events with most stories that began in the period; told ones first."""
    begun = (events.c.first_seen >= period.begin) & (events.c.first_seen < period.end) & events.c.merged_into.is_(None)
    order = (events.c.severity.is_(None), events.c.stories.desc(), events.c.first_seen, events.c.id)
    rows = connection.execute(select(events).where(begun).order_by(*order).limit(TOP_EVENTS)).mappings().all()
    return [_event_figure(connection, row, period) for row in rows]


def _event_figure(connection: Connection, row: RowMapping, period: Period) -> EventFigure:
    zone = period.begin.tzinfo
    count, told = connection.execute(
        select(func.count(), func.min(alerts.c.at)).where(alerts.c.event == row["id"], alerts.c.drill.is_(False))
    ).one()
    taken = connection.scalar(select(func.min(acks.c.at)).where(acks.c.event == row["id"], acks.c.what == "taken"))
    outcome = connection.scalar(
        select(cases.c.outcome).where(cases.c.event == row["id"]).order_by(cases.c.opened.desc()).limit(1)
    )
    return EventFigure(
        id=row["id"], title=row["title"], topic=row["topic"], severity=row["severity"], status=row["status"],
        first_seen=_when(row["first_seen"], zone) or "", last_seen=_when(row["last_seen"], zone) or "", items=row["items"],
        stories=row["stories"], outlets=row["outlets"], sources=row["sources"], negative=row["negative"],
        alerts=count, told=_when(told, zone), taken=_when(taken, zone), outcome=outcome,
    )  # fmt: skip


def _when(moment: datetime | None, zone: tzinfo | None) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="minutes") if moment else None


def read_scope(connection: Connection, period: Period, names: list[str]) -> Scope:
    """Names, sources that brought something in the period, sources blind now, tagger versions, corrections."""
    brought = connection.scalars(select(hourly.c.source).where(within(period)).distinct()).all()
    blind = connection.scalars(select(sources.c.id).where(sources.c.health.in_(["failing", "silent", "refused"]))).all()
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    taggers = connection.scalars(select(documents.c.tagger).where(span).distinct()).all()
    corrected = select(func.count()).select_from(corrections)
    made = corrected.where(corrections.c.at >= period.begin, corrections.c.at < period.end)
    return Scope(names, sorted(brought), sorted(blind), sorted(taggers), connection.scalar(made) or 0)


def read_cited(connection: Connection, period: Period, chosen: list[str]) -> list[Cited]:
    """The stories behind the key events, outlets first; words and links of outlets only."""
    zone = period.begin.tzinfo
    if not isinstance(zone, ZoneInfo) or not chosen:
        return []
    private = documents.c.source_kind.in_(sorted(PRIVATE_KINDS))
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
            None if row["source_kind"] in PRIVATE_KINDS else row["title"],
            row["url"],
            row["fingerprint"],
        )
        for row in connection.execute(query).mappings()
    ]


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()
