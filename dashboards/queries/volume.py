"""Volume and tone from the rollups; documents are never scanned for a chart.

A local day is added up once from `hourly` and kept in memory for a while (`DayCubes`): the older a day, the less
it changes. A late item is on a chart at once when it is of today, after as many minutes as it is days old otherwise
(six hours at most).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from dashboards.charts import median
from dashboards.clocks import start_of_day
from pipeline.store.schema import arrivals, hourly

LABELS = ("negative", "neutral", "positive", "unknown")
WEEKS = 6
KEPT = 800  # days in memory, a little over the look-back of two years

Cell = tuple[str, str]  # topic, label


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: distinct stories by topic and label, items by source kind."""

    day: date
    stories: Mapping[Cell, int]
    kinds: Mapping[str, int]


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


@dataclass(slots=True)
class DayCubes:
    """Days that were added up already, with the moment until which they are believed. Safe for several threads."""

    known: dict[date, tuple[datetime, Day]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def find(self, day: date, now: datetime) -> Day | None:
        """The day, if it was added up recently enough."""
        with self.lock:
            until, found = self.known.get(day, (now, None))
        return found if until > now else None

    def keep(self, found: Day, age: int, now: datetime) -> None:
        """Remember a day that lies `age` days back for as many minutes, so that days do not run out together."""
        if age < 1:
            return
        with self.lock:
            if len(self.known) >= KEPT:
                self.known.clear()
            self.known[found.day] = (now + min(timedelta(minutes=age), timedelta(hours=6)), found)


def read_days(conn: Connection, cubes: DayCubes, zone: ZoneInfo, days: int, now: datetime) -> list[Day]:
    """The last `days` local days, today last, quiet days included."""
    today = now.astimezone(zone).date()
    return [read_day(conn, cubes, zone, today - timedelta(days=age), age, now) for age in range(days - 1, -1, -1)]


def read_day(conn: Connection, cubes: DayCubes, zone: ZoneInfo, day: date, age: int, now: datetime) -> Day:
    """One local day, from memory or added up."""
    found = cubes.find(day, now)
    if found is None:
        found = add_up_day(conn, zone, day)
        cubes.keep(found, age, now)
    return found


def add_up_day(conn: Connection, zone: ZoneInfo, day: date) -> Day:
    """One local day from the hourly rollup (23 to 25 hours of it)."""
    begin = datetime(day.year, day.month, day.day, tzinfo=zone)
    end = (begin + timedelta(hours=36)).replace(hour=0)
    c = hourly.c
    cells = (c.topic, c.label, c.source_kind)
    query = select(*cells, func.sum(c["items"]), func.sum(c.stories)).group_by(*cells)
    stories: Counter[Cell] = Counter()
    kinds: Counter[str] = Counter()
    for topic, label, kind, items, distinct in conn.execute(query.where(c.hour >= begin, c.hour < end)):
        stories[topic, label] += distinct
        kinds[kind] += items
    return Day(day, stories, kinds)


def tone_by_day(days: Sequence[Day], topic: str = "") -> list[DayTone]:
    """Stories by day and tone, of one topic when it is named."""
    return [tone_of_day(day, topic) for day in days]


def tone_of_day(day: Day, topic: str) -> DayTone:
    """One day's stories by tone."""
    counts: Counter[str] = Counter()
    for (of, label), n in day.stories.items():
        if not topic or of == topic:
            counts[label] += n
    return DayTone(day.day.isoformat(), *(counts[label] for label in LABELS))


def compare_topics(days: Sequence[Day], before: Sequence[Day]) -> list[TopicRow]:
    """Topics of a period beside an equally long one before it, busiest first."""
    stories, bad, earlier = sum_topics(days), sum_topics(days, "negative"), sum_topics(before)
    rows = [TopicRow(topic, n, bad[topic], earlier[topic]) for topic, n in stories.items()]
    return sorted(rows, key=lambda row: (-row.stories, row.topic))


def sum_topics(days: Sequence[Day], only: str = "") -> Counter[str]:
    """Stories by topic, of one label when it is named."""
    counts: Counter[str] = Counter()
    for day in days:
        for (topic, label), n in day.stories.items():
            if n and (not only or label == only):
                counts[topic] += n
    return counts


def sum_kinds(days: Sequence[Day]) -> dict[str, int]:
    """Items by source kind, busiest first."""
    counts: Counter[str] = Counter()
    for day in days:
        counts.update(day.kinds)
    return dict(counts.most_common())


def today_against_normal(conn: Connection, zone: ZoneInfo, now: datetime) -> Today:
    """Today's arrivals by hour beside the same weekday's usual hours."""
    midnight = start_of_day(now, zone)
    past = read_arrivals(conn, midnight - timedelta(weeks=WEEKS), now)
    begun = min(past) if past else now
    days = [day_hours(past, midnight - timedelta(weeks=k)) for k in range(1, WEEKS + 1)]
    days = days[: max(0, (midnight - begun).days // 7)]
    so_far = int((now - midnight) / timedelta(hours=1)) + 1
    hours = day_hours(past, midnight)[:so_far]
    middle = tuple(round(sum(day[h] for day in days) / max(1, len(days)), 1) for h in range(24))
    enough = len(days) >= 2
    return Today(
        stories=sum(hours),
        usual=median([sum(day[:so_far]) for day in days]) if enough else None,
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


def items_by_source(conn: Connection, since: datetime) -> Mapping[str, int]:
    """Items of each source since `since`."""
    query = select(hourly.c.source, func.sum(hourly.c["items"])).where(hourly.c.hour >= since)
    return dict(conn.execute(query.group_by(hourly.c.source)).all())
