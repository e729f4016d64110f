"""The period of a briefing: `2026Q3`, `2026`, `2026-11` or `week` (the last seven full days), in the school's zone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` (included) to `end` (excluded), both midnights in the school's zone; `name` as written."""

    name: str
    begin: datetime
    end: datetime

    @property
    def days(self) -> int:
        """Length in calendar days."""
        return (self.end.date() - self.begin.date()).days

    @property
    def kind(self) -> Kind:
        """What it is: a week, month, quarter or year."""
        if self.name.startswith("week"):
            return "week"
        return "quarter" if "Q" in self.name else "month" if "-" in self.name else "year"

    def before(self) -> "Period":
        """The period just before: the previous quarter, year or month, or as many days."""
        if self.kind == "week":
            return _week_of(self.begin - timedelta(days=7))
        months = {"quarter": 3, "month": 1, "year": 12}[self.kind]
        begin = _shift_months(self.begin, -months)
        return Period(_name_of(begin, months), begin, self.begin)

    def after(self) -> "Period":
        """The period of the same kind that follows."""
        if self.kind == "week":
            return _week_of(self.end)
        months = {"quarter": 3, "month": 1, "year": 12}[self.kind]
        return Period(_name_of(self.end, months), self.end, _shift_months(self.end, months))

    def year_ago(self) -> "Period":
        """The same period of the year before (`week`: 52 weeks earlier)."""
        if self.kind == "week":
            return _week_of(self.begin - timedelta(days=364))
        year = str(self.begin.year)
        return Period(
            self.name.replace(year, str(self.begin.year - 1), 1),
            self.begin.replace(year=self.begin.year - 1), self.end.replace(year=self.end.year - 1),
        )  # fmt: skip


def parse_period(text: str, zone: ZoneInfo, now: datetime) -> Period:
    """A Period from what a person wrote; `week-2026-11-17` is the week that begins then. Raises ValueError with one sentence."""
    if text == "week":
        return _week_of(_midnight(now, zone) - timedelta(days=7))
    refusal = f"'{text}' is not a period; write 2026Q3, 2026, 2026-11 or week"
    if re.fullmatch(r"week-\d{4}-\d\d-\d\d", text):
        try:
            return _week_of(datetime.fromisoformat(text[5:]).replace(tzinfo=zone))
        except ValueError:
            raise ValueError(refusal) from None
    found = re.fullmatch(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?", text, re.ASCII)
    if not found or int(found[1]) < 2000:
        raise ValueError(refusal)
    year = int(found[1])
    if found[2]:
        month, months = 3 * int(found[2]) - 2, 3
    else:
        month, months = (int(found[3]), 1) if found[3] else (1, 12)
    begin = datetime(year, month, 1, tzinfo=zone)
    return Period(text, begin, _shift_months(begin, months))


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _week_of(begin: datetime) -> Period:
    return Period(f"week-{begin.date().isoformat()}", begin, begin + timedelta(days=7))


def _shift_months(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


def _name_of(begin: datetime, months: int) -> str:
    if months == 3:
        return f"{begin.year}Q{(begin.month + 2) // 3}"
    return f"{begin.year}-{begin.month:02}" if months == 1 else str(begin.year)
