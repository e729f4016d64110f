"""Volume and tone from the rollups; documents are never scanned for a chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from dashboards.charts import median
from dashboards.clocks import start_of_day
from pipeline.store.schema import arrivals, hourly

LABELS = ("negative", "neutral", "positive", "unknown")
WEEKS = 6


@dataclass(frozen=True, slots=True)
class Today:
    """Stories since local midnight beside a normal day: the median, up to the same hour, of the same weekday in
    the last six weeks (by hour: their mean). `usual` is None while there is less than two weeks of history."""

    stories: int
    usual: float | None
    usual_day: float | None
    hours: tuple[int, ...]
    usual_hours: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class DayTone:
    """Stories of one local day by tone."""

    day: str
    negative: int
    neutral: int
    positive: int
    unknown: int

    @property
    def total(self) -> int:
        """All stories of the day."""
        return self.negative + self.neutral + self.positive + self.unknown


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic over the period: distinct stories, those negative, and the period before."""

    topic: str
    stories: int
    negative: int
    before: int

    @property
    def negative_share(self) -> int:
        """Negative stories in percent."""
        return round(100 * self.negative / self.stories) if self.stories else 0


def today_against_normal(conn: Connection, zone: ZoneInfo, now: datetime) -> Today:
    """Today's arrivals by hour beside the same weekday's usual hours."""
    midnight = start_of_day(now, zone)
    past = read_arrivals(conn, midnight - timedelta(weeks=WEEKS), now)
    begun = min(past) if past else now
    days = [day_hours(past, midnight - timedelta(weeks=k)) for k in range(1, WEEKS + 1)]
    days = days[: max(0, (midnight - begun).days // 7)]
    so_far = int((now - midnight) / timedelta(hours=1)) + 1
    usual = [sum(day[:so_far]) for day in days]
    hours = day_hours(past, midnight)[:so_far]
    middle = tuple(round(sum(day[h] for day in days) / max(1, len(days)), 1) for h in range(24))
    enough = len(days) >= 2
    return Today(
        stories=sum(hours),
        usual=median(usual) if enough else None,
        usual_day=median([sum(day) for day in days]) if enough else None,
        hours=hours,
        usual_hours=middle if enough else (None,) * 24,
    )


def read_arrivals(conn: Connection, since: datetime, until: datetime) -> Mapping[datetime, int]:
    """Stories by hour of arrival."""
    query = select(arrivals.c.hour, arrivals.c.stories).where(arrivals.c.hour >= since, arrivals.c.hour <= until)
    return dict(conn.execute(query).all())


def day_hours(past: Mapping[datetime, int], midnight: datetime) -> tuple[int, ...]:
    """The 24 hours of the day that begins at `midnight`."""
    return tuple(past.get((midnight + timedelta(hours=h)).astimezone(UTC), 0) for h in range(24))


def tone_by_day(conn: Connection, zone: ZoneInfo, days: int, now: datetime, topic: str = "") -> list[DayTone]:
    """Stories by local day and tone for the last `days` days, quiet days included."""
    first = start_of_day(now, zone) - timedelta(days=days - 1)
    query = select(hourly.c.hour, hourly.c.label, func.sum(hourly.c.stories)).where(hourly.c.hour >= first)
    query = query.where(hourly.c.topic == topic) if topic else query
    counts: dict[tuple[str, str], int] = {}
    for hour, label, stories in conn.execute(query.group_by(hourly.c.hour, hourly.c.label)):
        key = (hour.astimezone(zone).date().isoformat(), label)
        counts[key] = counts.get(key, 0) + stories
    names = [(first + timedelta(days=d, hours=1)).astimezone(zone).date().isoformat() for d in range(days)]
    return [DayTone(name, *(counts.get((name, label), 0) for label in LABELS)) for name in names]


def topics_since(conn: Connection, since: datetime, now: datetime) -> list[TopicRow]:
    """Topics of the period that began at `since` beside an equally long one before it, busiest first."""
    current = sum_topics(conn, since, now)
    before = sum_topics(conn, since - (now - since), since)
    rows = [
        TopicRow(topic, sum(tones.values()), tones.get("negative", 0), sum(before.get(topic, {}).values()))
        for topic, tones in current.items()
    ]
    return sorted(rows, key=lambda row: (-row.stories, row.topic))


def sum_topics(conn: Connection, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """Stories by topic and tone between two moments."""
    query = select(hourly.c.topic, hourly.c.label, func.sum(hourly.c.stories))
    query = query.where(hourly.c.hour >= since, hourly.c.hour < until)
    found: dict[str, dict[str, int]] = {}
    for topic, label, stories in conn.execute(query.group_by(hourly.c.topic, hourly.c.label)):
        found.setdefault(topic, {})[label] = stories
    return found


def kinds_since(conn: Connection, since: datetime) -> Mapping[str, int]:
    """Items by source kind, busiest first."""
    total = func.sum(hourly.c["items"])
    query = select(hourly.c.source_kind, total).where(hourly.c.hour >= since)
    return dict(conn.execute(query.group_by(hourly.c.source_kind).order_by(total.desc())).all())


def items_by_source(conn: Connection, since: datetime) -> Mapping[str, int]:
    """Items of each source since `since`."""
    query = select(hourly.c.source, func.sum(hourly.c["items"])).where(hourly.c.hour >= since)
    return dict(conn.execute(query.group_by(hourly.c.source)).all())
