"""Times as people write them, in the school's zone: `2026-11-24 08:30`, `2026-11-24T08:30`, `2026-11-24`."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

WEEKDAYS = {
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6,
}  # fmt: skip


def read_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A local time as a moment in UTC, a date as its midnight; None when it is neither. An offset that is written is
    believed; an hour that a change of clocks leaves out is the one after it."""
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
        local = found if found.tzinfo else found.replace(tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_day(text: str) -> date | None:
    """A date; None when it is none."""
    try:
        return date.fromisoformat(text.strip().replace("/", "-")[:10])
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """`08:30` or `8:30`; None when it is none."""
    hour, colon, minute = text.strip().replace("：", ":").partition(":")
    if not (colon and hour.isdigit() and minute[:2].isdigit()):
        return None
    return time(int(hour), int(minute[:2])) if int(hour) < 24 and int(minute[:2]) < 60 else None


def read_weekday(text: str) -> int | None:
    """Monday is 0: `Mon`, `monday`, `周一`, `星期一`, `1` (Monday) to `7`; None when it is none."""
    said = text.strip().lower()
    if said.isdigit():
        return int(said) - 1 if 1 <= int(said) <= 7 else None
    return WEEKDAYS.get(said[:3], WEEKDAYS.get(said.removeprefix("星期").removeprefix("周").removeprefix("礼拜")))


def write_moment(moment: datetime, zone: ZoneInfo) -> str:
    """`2026-11-24 08:30` in the school's zone."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
