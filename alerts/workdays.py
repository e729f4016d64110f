"""The working calendar: which days and hours an office works, and how much working time lies between two moments.

Public holidays and weekend make-up days (调休) come from the `holidays` library; days that the office itself opens or
closes stand above it. Everything is reckoned by the wall clock of the school's zone. Pure apart from the library's
tables; nobody reads the clock here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

MAX_DAYS = 3700
"""How far `add_working_time` looks; ten years of closed days mean that the office never opens."""


class WorkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[calendar]`. `country` is a code of two letters ("" for weekends only), `subdivision` a part of it;
    `office_hours` are local `HH:MM-HH:MM`."""

    country: str = "CN"
    subdivision: str = ""
    office_hours: list[str] = msgspec.field(default_factory=lambda: ["08:30-12:00", "14:00-17:30"])


@dataclass(frozen=True, slots=True)
class YearDays:
    """The public holidays of one year and the weekend days that are worked. `decreed` is False while the country's
    make-up days of that year are not known yet (China decrees them in the autumn before)."""

    off: Mapping[date, str]
    made_up: frozenset[date]
    decreed: bool


@dataclass(frozen=True)
class WorkCalendar:
    """Days and hours of work. `own` are the office's own days: True is worked, False is not."""

    zone: ZoneInfo
    hours: tuple[tuple[time, time], ...] = ((time(8, 30), time(12)), (time(14), time(17, 30)))
    country: str = "CN"
    subdivision: str = ""
    own: Mapping[date, bool] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        """True when the office works on `day`."""
        if day in self.own:
            return self.own[day]
        year = year_days(self.country, self.subdivision, day.year)
        return day in year.made_up or (day.weekday() < 5 and day not in year.off)

    def name_day(self, day: date) -> str:
        """What makes `day` special in the library: a holiday's name, `make-up day`, or ""."""
        year = year_days(self.country, self.subdivision, day.year)
        return "make-up day" if day in year.made_up else year.off.get(day, "")

    def spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working hours of one day, in UTC and in order; none on a day off."""
        if not self.is_workday(day):
            return []
        spans = [(self._moment(day, begin), self._moment(day, end)) for begin, end in self.hours]
        return [span for span in spans if span[0] < span[1]]

    def working_time_between(self, begin: datetime, end: datetime) -> timedelta:
        """Working time from `begin` to `end`; zero when `end` is not later."""
        total = timedelta(0)
        for first, last in self._spans(begin, end):
            total += max(timedelta(0), min(last, end) - max(first, begin))
        return total

    def add_working_time(self, start: datetime, span: timedelta) -> datetime:
        """The moment at which `span` of working time has passed since `start` (UTC).

        Raises ValueError when the office has not worked enough within ten years.
        """
        left = max(span, timedelta(0))
        for first, last in self._spans(start, start + timedelta(days=MAX_DAYS)):
            begin = max(first, start)
            if begin >= last:
                continue
            if last - begin >= left:
                return begin + left
            left -= last - begin
        raise ValueError("the working calendar has no working time left")

    def _spans(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = begin.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            yield from self.spans_of(day)
            day += timedelta(days=1)

    def _moment(self, day: date, clock: time) -> datetime:
        """A wall-clock hour in UTC; `time.max` stands for the end of the day."""
        if clock == time.max:
            return datetime.combine(day + timedelta(days=1), time(0), self.zone).astimezone(UTC)
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def make_calendar(settings: WorkSettings, zone: ZoneInfo, own: Mapping[date, bool]) -> WorkCalendar:
    """The calendar of the settings and the office's own days. Raises ValueError with one sentence."""
    hours = tuple(sorted(read_hours(text) for text in settings.office_hours))
    if not hours:
        raise ValueError("office_hours is empty")
    for (_, end), (begin, _) in pairwise(hours):
        if begin < end:
            raise ValueError("the spans of office_hours overlap")
    return WorkCalendar(zone, hours, settings.country.upper(), settings.subdivision, own)


def read_hours(text: str) -> tuple[time, time]:
    """`08:30-12:00` as two wall-clock times; 24:00 is the end of the day. Raises ValueError with one sentence."""
    try:
        begin, end = (read_clock(part) for part in text.split("-"))
    except ValueError:
        raise ValueError(f"'{text}' is not a span of hours such as 08:30-12:00") from None
    if begin >= end:
        raise ValueError(f"'{text}' ends before it begins")
    return begin, end


def read_clock(text: str) -> time:
    """`08:30` or `8:30` as a time; 24:00 is `time.max`. Raises ValueError."""
    hour, minute = text.strip().split(":")
    return time.max if (hour, minute) == ("24", "00") else time(int(hour), int(minute))


def check_settings(settings: WorkSettings) -> str | None:
    """What is wrong with `[calendar]` in one sentence, None when it can be used."""
    try:
        make_calendar(settings, ZoneInfo("UTC"), {})
        year_days(settings.country.upper(), settings.subdivision, 2026)
    except ValueError as error:
        return str(error)
    return None


def unknown_year(calendar: WorkCalendar, now: datetime, ahead: timedelta = timedelta(days=60)) -> int | None:
    """The first year between `now` and `ahead` whose make-up days the library does not know; None when it knows."""
    first, last = (moment.astimezone(calendar.zone).year for moment in (now, now + ahead))
    years = range(first, last + 1)
    return next((y for y in years if not year_days(calendar.country, calendar.subdivision, y).decreed), None)


@lru_cache(maxsize=64)
def year_days(country: str, subdivision: str, year: int) -> YearDays:
    """The library's days of one year. Raises ValueError for a country or part that it does not know."""
    if not country:
        return YearDays({}, frozenset(), decreed=True)
    import holidays  # heavy, and only needed where a calendar is asked

    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=[year])
    except NotImplementedError:
        raise ValueError(
            f"'{f'{country} {subdivision}'.strip()}' is no country, or no part of one, with known holidays"
        ) from None
    made_up = frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year == year)
    off = {day: str(name) for day, name in found.items() if day.year == year and day not in made_up}
    return YearDays(off, made_up, decreed=_is_decreed(found, year))


def _is_decreed(found: object, year: int) -> bool:
    """China's days off around holidays are decreed year by year; other countries follow from their law."""
    if getattr(found, "country", "") != "CN":
        return True
    return year in getattr(found, "special_public_holidays", {})
