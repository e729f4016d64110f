"""What was watched and how: names, sources, their quiet days, versions of the tagger, what people checked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from dashboards.briefing.intervals import wilson
from dashboards.briefing.period import Period
from dashboards.briefing.values import Checked, Count, Quiet, Scope
from dashboards.briefing.volume import within
from pipeline.store.schema import corrections, documents, hourly, sources
from pipeline.store.schema_briefing import briefing_checks

BLIND = ("failing", "silent", "refused")
LEAST_GAP = 3
SHOWN = 12


def read_scope(
    connection: Connection, period: Period, names: list[str], outlets: Sequence[Count], now: datetime, expired: int,
    unseen: Sequence[str] = (),
) -> Scope:  # fmt: skip
    """Scope and method of the period. What is blind now is told of a running period only, so that a finished one
    comes out the same whenever it is read."""
    running = period.begin <= now < period.end
    blind = connection.scalars(select(sources.c.id).where(sources.c.health.in_(BLIND))).all() if running else []
    span = (documents.c.charted >= period.begin) & (documents.c.charted < period.end)
    taggers = connection.scalars(select(documents.c.tagger).where(span).distinct()).all()
    said = select(func.count(corrections.c.document.distinct())).join(
        documents, documents.c.id == corrections.c.document
    )
    count = connection.scalar(said.where(span)) or 0
    return Scope(
        names, sorted(one.name for one in outlets if one.items), sorted(blind), sorted(taggers), count,
        expired, read_quiet(connection, period, now), read_checked(connection, period.name), list(unseen),
    )  # fmt: skip


def read_quiet(connection: Connection, period: Period, now: datetime) -> list[Quiet]:
    """Sources with three days or more in a row without an item, longest first. A gap is no proof of a fault."""
    zone = period.begin.tzinfo
    end = min(period.end, now.astimezone(zone)).date()  # of a period that is not over, the days before today
    whole = [period.begin.date() + timedelta(days=n) for n in range(max(0, (end - period.begin.date()).days))]
    seen: dict[str, set[date]] = {}
    rows = connection.execute(select(hourly.c.source, hourly.c.hour).where(within(period), hourly.c["items"] > 0))
    for source, hour in rows:
        seen.setdefault(source, set()).add(hour.astimezone(zone).date())
    found = [_quiet(source, days, whole) for source, days in sorted(seen.items())]
    return sorted((one for one in found if one.longest >= LEAST_GAP), key=lambda one: -one.longest)[:SHOWN]


def _quiet(source: str, days: set[date], whole: Sequence[date]) -> Quiet:
    longest = run = 0
    ended = ""
    for day in whole:
        run = 0 if day in days else run + 1
        if run > longest:
            longest, ended = run, day.isoformat()
    return Quiet(source, sum(day not in days for day in whole), longest, ended)


def read_checked(connection: Connection, period: str) -> Checked | None:
    """What the ten-minute review found; None when nobody did it."""
    mine = select(briefing_checks.c.tone_right, briefing_checks.c.topic_right).where(briefing_checks.c.period == period)
    rows = connection.execute(mine).all()
    if not rows:
        return None
    tone, topic = (sum(not right for right in column) for column in zip(*rows, strict=True))
    return Checked(len(rows), tone, topic, *wilson(tone, len(rows)), *wilson(topic, len(rows)))
