"""Times as sources write them, read without guessing wrong: unknown (None) is allowed, a wrong time is not.

    "3小时前", seen, zone -> 2026-11-24T05:12:00+00:00

`seen` anchors relative and year-less forms; `zone` is the source's zone and holds wherever the text names none. `CST`
is China time when the zone is at +08:00. Nothing more than 24 h ahead of `seen` and nothing before 1990 is believed.
The forms that name a moment fully are in `crawlers.date_forms`; this module holds the cascade and the bounds.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawlers.date_forms import read_english, read_fixed, read_iso, read_numeric, read_packed

CHINA = ZoneInfo("Asia/Shanghai")
_AHEAD = timedelta(hours=24)
_OLDEST_YEAR = 1990
_MAX_CHARS = 200
_PREFIX = re.compile(
    r"^\W*(?:(?:发布|發佈|發布|更新|发表|發表|发帖|回复|编辑|刊登|提问|创建)?(?:时间|時間|日期|于|於|在)|"
    r"发布|发表|更新|published|posted|updated|date)\s*(?:on|at)?\s*[:：]?\s*",
    re.IGNORECASE,
)
_CLOCK = (
    r"(?:\s*,?\s*(凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜间)?\s*(\d{1,2})\s*[:：时時点點]\s*(\d{1,2})?"
    r"(?:\s*[:：分]\s*(\d{1,2}))?\s*[分秒]?)?"
)
_RE_NOW = re.compile(r"^(?:刚刚|剛剛|刚才|剛才|just now|now|片刻前|几秒前)$", re.IGNORECASE)
_RE_AGO = re.compile(
    r"(\d{1,4}|半|an?|one|[一二两三四五六七八九十])\s*个?個?\s*"
    r"(秒钟?|秒鐘|分钟?|分鐘|小时|小時|钟头|天|日|周|週|星期|月|年|"
    r"seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[smhd])"
    r"\s*(?:之?前|以前|ago)",
    re.IGNORECASE,
)
_RE_DAY = re.compile(rf"(今天|今日|昨天|昨日|前天|today|yesterday){_CLOCK}(?![\d:：])", re.IGNORECASE)
_RE_MONTH_DAY = re.compile(rf"^(\d{{1,2}})\s*[-/月]\s*(\d{{1,2}})\s*[日号號]?{_CLOCK}$")
_RE_CLOCK_ONLY = re.compile(r"^(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?$")
_DAYS = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2}
_NUMBERS = {char: n for n, char in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "a": 1, "an": 1, "one": 1}
_UNITS: tuple[tuple[tuple[str, ...], timedelta], ...] = (
    (("秒", "s"), timedelta(seconds=1)),
    (("分", "min"), timedelta(minutes=1)),
    (("小", "钟", "h"), timedelta(hours=1)),
    (("天", "日", "d"), timedelta(days=1)),
    (("周", "週", "星", "w"), timedelta(weeks=1)),
    (("月", "mo"), timedelta(days=30)),
    (("年", "y"), timedelta(days=365)),
)


def parse_date(value: object, seen: datetime, zone: tzinfo = CHINA) -> datetime | None:
    """The moment `value` (text, or a number of seconds or milliseconds) names, in UTC, or None."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    if not text or len(text) > _MAX_CHARS:
        return None
    try:
        return _within(_read(text, seen, zone), seen)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo:
    """The zone of that IANA name; China time for an empty or unknown one."""
    if not name:
        return CHINA
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return CHINA


def _within(moment: datetime | None, seen: datetime) -> datetime | None:
    if moment is None or moment.year < _OLDEST_YEAR:
        return None
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return moment if moment <= seen + _AHEAD else None


def _read(text: str, seen: datetime, zone: tzinfo) -> datetime | None:
    if text.isascii():
        moment = read_fixed(text) or read_iso(text, zone) or read_english(text, zone)
        if moment:
            return moment
    else:
        text = unicodedata.normalize("NFKC", text)
    text = _PREFIX.sub("", text, count=1).strip()
    packed = read_packed(text)
    if packed:
        return packed
    for form in (read_iso, read_numeric, read_english):
        moment = form(text, zone)
        if moment:
            return moment
    return _read_relative(text, seen, zone)


def _read_relative(text: str, seen: datetime, zone: tzinfo) -> datetime | None:
    if _RE_NOW.match(text):
        return seen
    forms: tuple[Callable[[str, datetime, tzinfo], datetime | None], ...] = (_ago, _day_word, _month_day, _clock_only)
    for form in forms:
        moment = form(text, seen, zone)
        if moment:
            return moment
    return None


def _ago(text: str, seen: datetime, _zone: tzinfo) -> datetime | None:
    match = _RE_AGO.search(text)
    if match is None:
        return None
    word, unit = match.group(1).lower(), match.group(2).lower()
    step = _unit(unit)
    if word == "半":
        return seen - step / 2
    return seen - step * _NUMBERS.get(word, 0) if word in _NUMBERS else seen - step * int(word)


def _unit(unit: str) -> timedelta:
    if unit in ("m", "h", "d"):
        return {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[unit]
    return next(step for starts, step in _UNITS if unit.startswith(starts))


def _day_word(text: str, seen: datetime, zone: tzinfo) -> datetime | None:
    match = _RE_DAY.search(text)
    if match is None:
        return None
    day = seen.astimezone(zone) - timedelta(days=_DAYS[match.group(1).lower()])
    moment = _at(day, match.groups()[1:])
    return None if moment > seen + timedelta(minutes=10) and match.group(3) else min(moment, seen)


def _month_day(text: str, seen: datetime, zone: tzinfo) -> datetime | None:
    match = _RE_MONTH_DAY.match(text)
    if match is None:
        return None
    month, day = int(match.group(1)), int(match.group(2))
    year = seen.astimezone(zone).year
    moment = _at(datetime(year, month, day, tzinfo=zone), match.groups()[2:])
    # Without a year the latest one that has passed is meant: 12-30 read in January is last year's.
    return moment if moment <= seen + _AHEAD else _at(datetime(year - 1, month, day, tzinfo=zone), match.groups()[2:])


def _clock_only(text: str, seen: datetime, zone: tzinfo) -> datetime | None:
    match = _RE_CLOCK_ONLY.match(text)
    if match is None:
        return None
    moment = _at(seen.astimezone(zone), (None, *match.groups()))
    return moment if moment <= seen + timedelta(minutes=10) else moment - timedelta(days=1)


def _at(day: datetime, clock: tuple[str | None, ...]) -> datetime:
    """`day` at the clock time (half of the day, hour, minute, second); midnight when there is none."""
    half, hour, minute, second = clock
    hours = int(hour or 0)
    if half in ("下午", "傍晚", "晚上", "夜间") and hours < 12:
        hours += 12
    if half == "中午" and hours < 11:
        hours += 12
    seconds = _seconds(hours, int(minute or 0), int(second or 0))
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(seconds=seconds)


def _seconds(hour: int, minute: int, second: int) -> int:
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise ValueError("no such time of day")
    return hour * 3600 + minute * 60 + second
