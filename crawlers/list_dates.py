"""Dates as list pages show them: in a cell, somewhere in a row, or split over two lines (day above year and month)."""

import re
from datetime import datetime, tzinfo

from crawlers.dates import CHINA, parse_date

_RE_SPLIT = re.compile(r"^(\d{1,2})\s*[日/]?\s+(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?$")
_RE_SPLIT_BACK = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?\s+(\d{1,2})\s*日?$")
_RE_SPLIT_YEARLESS = re.compile(r"^(\d{1,2})\s*日?\s+(\d{1,2})\s*月$")
_RE_IN_ROW = re.compile(
    r"(?<!\d)(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}(?!\d)\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|(?:今天|昨天|前天)\s*\d{1,2}:\d{2}|(?:\d{1,4}|半)\s*个?(?:秒钟?|分钟|小时|天)前|刚刚"
    r"|\d{1,2}-\d{1,2}(?:\s+\d{1,2}:\d{2})?(?![\d-])|[\[(（]\s*\d{1,2}[-/]\d{1,2}\s*[\])）])"
)


def read_list_date(text: str, seen: datetime, zone: tzinfo = CHINA) -> datetime | None:
    """The moment a date cell shows, or None."""
    text = " ".join(text.split()).strip("[]()（）【】 ")
    split = _RE_SPLIT.match(text)
    if split:
        return parse_date(f"{split[2]}-{int(split[3]):02}-{int(split[1]):02}", seen, zone)
    split = _RE_SPLIT_BACK.match(text)
    if split:
        return parse_date(f"{split[1]}-{int(split[2]):02}-{int(split[3]):02}", seen, zone)
    split = _RE_SPLIT_YEARLESS.match(text)
    if split:
        return parse_date(f"{split[2]}月{split[1]}日", seen, zone)
    return parse_date(text, seen, zone)


def date_in(text: str, seen: datetime, zone: tzinfo = CHINA) -> datetime | None:
    """The first moment named anywhere in a row, or None."""
    for match in _RE_IN_ROW.finditer(text[:600]):
        moment = read_list_date(match.group(0), seen, zone)
        if moment:
            return moment
    return None
