"""Windows of the school year that lie ahead, with the largest matters of the same window a year ago.

The dates are those of the ordinary Chinese school year (gaokao on 7 June, results and admissions until August,
autumn recruitment from October); an office reads them as a reminder, not as its calendar.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection, select

from dashboards.briefing.period import Period
from dashboards.briefing.values import Matter, Season
from pipeline.store.schema import events
from pipeline.store.shown import title_of

MATTERS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """From (month, day) to (month, day), both included, and the topics it brings."""

    key: str
    begin: tuple[int, int]
    end: tuple[int, int]
    topics: tuple[str, ...]


WINDOWS = (
    Window("winter_exams", (1, 4), (1, 20), ("exams", "teaching")),
    Window("spring_start", (2, 20), (3, 10), ("dorms", "canteen", "fees", "teaching")),
    Window("postgraduate", (3, 15), (4, 30), ("admissions", "conduct")),
    Window("defence", (5, 10), (6, 10), ("teaching", "conduct")),
    Window("gaokao", (6, 7), (6, 30), ("admissions", "scams")),
    Window("graduation", (6, 10), (7, 10), ("employment", "dorms", "awards")),
    Window("admission", (7, 1), (8, 20), ("admissions", "scams", "fees")),
    Window("autumn_start", (8, 25), (9, 20), ("dorms", "canteen", "fees", "facilities", "health")),
    Window("training", (9, 1), (9, 25), ("safety", "health")),
    Window("recruitment", (10, 10), (12, 10), ("employment", "scams")),
    Window("heating", (11, 1), (12, 31), ("facilities", "dorms", "safety")),
    Window("postgraduate_exam", (12, 15), (12, 31), ("exams", "admissions")),
)


def read_seasons(connection: Connection, period: Period) -> list[Season]:
    """The windows that begin in the period after this one."""
    ahead = period.after()
    found = []
    for year in range(ahead.begin.year, ahead.end.year + 1):
        for window in WINDOWS:
            begin, end = span_of(window, year, ahead.begin.tzinfo)
            if ahead.begin <= begin < ahead.end:
                found.append(_season(connection, window, begin, end))
    return sorted(found, key=lambda one: (one.begin, one.key))


def span_of(window: Window, year: int, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The first day of a window and the last, as midnights."""
    return datetime(year, *window.begin, tzinfo=zone), datetime(year, *window.end, tzinfo=zone)


def _season(connection: Connection, window: Window, begin: datetime, end: datetime) -> Season:
    first, last = span_of(window, begin.year - 1, begin.tzinfo)
    query = (
        select(events)
        .where(events.c.first_seen >= first, events.c.first_seen < last + timedelta(days=1))
        .where(events.c.topic.in_(window.topics), events.c.merged_into.is_(None))
        .order_by(events.c.severity.is_(None), events.c.stories.desc(), events.c.id)
        .limit(MATTERS)
    )
    matters = [
        Matter(
            row["id"],
            title_of(row["topic"], row["title"]),
            row["first_seen"].astimezone(begin.tzinfo).date().isoformat(),
            row["stories"],
        )
        for row in connection.execute(query).mappings()
    ]
    return Season(window.key, begin.date().isoformat(), end.date().isoformat(), list(window.topics), matters)
