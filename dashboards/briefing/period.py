"""The period of a briefing: `2026Q3`, `2026`, `2026-11` or `week` (the last seven full days), in the school's zone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


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

    def before(self) -> "Period":
        """The period just before: the previous quarter, year or month, or as many days."""
        if self.name == "week":
            return Period("week", self.begin - timedelta(days=7), self.begin)
        months = 3 if "Q" in self.name else 1 if "-" in self.name else 12
        begin = _shift_months(self.begin, -months)
        return Period(_name_of(begin, months), begin, self.begin)

    def year_ago(self) -> "Period":
        """The same period of the year before (`week`: 52 weeks earlier)."""
        if self.name == "week":
            return Period("week", self.begin - timedelta(days=364), self.end - timedelta(days=364))
        year = str(self.begin.year)
        return Period(
            self.name.replace(year, str(self.begin.year - 1), 1),
            self.begin.replace(year=self.begin.year - 1), self.end.replace(year=self.end.year - 1),
        )  # fmt: skip


def parse_period(text: str, zone: ZoneInfo, now: datetime) -> Period:
    """A Period from what a person wrote. Raises ValueError with one sentence."""
    if text == "week":
        end = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return Period("week", end - timedelta(days=7), end)
    found = re.fullmatch(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?", text)
    if not found or int(found[1]) < 2000:
        raise ValueError(f"'{text}' is not a period; write 2026Q3, 2026, 2026-11 or week")
    year = int(found[1])
    if found[2]:
        month, months = 3 * int(found[2]) - 2, 3
    else:
        month, months = (int(found[3]), 1) if found[3] else (1, 12)
    begin = datetime(year, month, 1, tzinfo=zone)
    return Period(text, begin, _shift_months(begin, months))


def _shift_months(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 + months
    return moment.replace(year=index // 12, month=index % 12 + 1)


def _name_of(begin: datetime, months: int) -> str:
    if months == 3:
        return f"{begin.year}Q{(begin.month + 2) // 3}"
    return f"{begin.year}-{begin.month:02}" if months == 1 else str(begin.year)
