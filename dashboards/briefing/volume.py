"""Counts of a period from the hourly rollup."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, select

from dashboards.briefing.period import Period
from dashboards.briefing.values import Count
from pipeline.store.schema import hourly


def within(period: Period) -> ColumnElement[bool]:
    """Hours of the period."""
    return (hourly.c.hour >= period.begin) & (hourly.c.hour < period.end)


SUMS = (
    func.coalesce(func.sum(hourly.c["items"]), 0), func.coalesce(func.sum(hourly.c.stories), 0),
    func.coalesce(func.sum(case((hourly.c.label == "negative", hourly.c["items"]), else_=0)), 0),
)  # fmt: skip


def total(connection: Connection, period: Period) -> Count:
    """Counts of the whole period."""
    items, stories, negative = connection.execute(select(*SUMS).where(within(period))).one()
    return Count(period.name, items, stories, negative)


def grouped(connection: Connection, period: Period, column: str, previous: Period) -> list[Count]:
    """Counts by one column, most items first, beside the period before."""
    key = hourly.c[column]
    earlier: dict[str, int] = dict(
        connection.execute(select(key, func.sum(hourly.c["items"])).where(within(previous)).group_by(key)).all()
    )
    rows = connection.execute(select(key, *SUMS).where(within(period)).group_by(key)).all()
    counts = [Count(name, items, stories, negative, earlier.get(name, 0)) for name, items, stories, negative in rows]
    return sorted(counts, key=lambda one: (-one.items, one.name))


def by_day(connection: Connection, period: Period, now: datetime) -> list[Count]:
    """Counts of every day until `now`, empty days included."""
    zone = period.begin.tzinfo
    dates = ((period.begin + timedelta(days=n)).date() for n in range(period.days))
    days = {date.isoformat(): [0, 0, 0] for date in dates if date <= now.astimezone(zone).date()}
    rows = connection.execute(select(hourly.c.hour, *SUMS).where(within(period)).group_by(hourly.c.hour)).all()
    for hour, *numbers in rows:
        day = days.setdefault(hour.astimezone(zone).date().isoformat(), [0, 0, 0])
        for place, number in enumerate(numbers):
            day[place] += number
    return [Count(day, items, stories, negative) for day, (items, stories, negative) in days.items()]
