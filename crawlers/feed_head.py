"""What a feed says about itself: how often it wants to be asked, and its WebSub hub."""

import html
import re
from collections.abc import Mapping
from datetime import timedelta

from crawlers.identity import absolute

_RE_FIRST_ITEM = re.compile(r"<(?:[\w-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_RE_TTL = re.compile(r"<ttl[^<>]{0,50}>\s*(\d{1,6})\s*</ttl", re.IGNORECASE)
_RE_PERIOD = re.compile(r"<[\w-]+:updatePeriod[^<>]{0,100}>\s*([a-z]+)\s*</", re.IGNORECASE)
_RE_FREQUENCY = re.compile(r"<[\w-]+:updateFrequency[^<>]{0,100}>\s*(\d{1,6})\s*</", re.IGNORECASE)
_RE_LINK = re.compile(r"<(?:[\w-]+:)?link\s[^<>]{0,1000}>", re.IGNORECASE)
_RE_HUB = re.compile(r"\brel\s*=\s*[\"']hub[\"']", re.IGNORECASE)
_RE_HREF = re.compile(r"\bhref\s*=\s*[\"']([^\"']{1,1000})[\"']", re.IGNORECASE)
_RE_HEADER_HUB = re.compile(r"<([^<>]{1,1000})>\s*;[^,]{0,200}?rel\s*=\s*\"?hub\"?", re.IGNORECASE)
_RE_SELF = re.compile(r"\brel\s*=\s*[\"']self[\"']", re.IGNORECASE)
_RE_HEADER_SELF = re.compile(r"<([^<>]{1,1000})>\s*;[^,]{0,200}?rel\s*=\s*\"?self\"?", re.IGNORECASE)
_RE_SKIP_HOURS = re.compile(r"<skipHours[^<>]{0,50}>(.{0,2000}?)</skipHours", re.IGNORECASE | re.DOTALL)
_RE_SKIP_DAYS = re.compile(r"<skipDays[^<>]{0,50}>(.{0,2000}?)</skipDays", re.IGNORECASE | re.DOTALL)
_RE_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour", re.IGNORECASE)
_RE_DAY = re.compile(r"<day>\s*([A-Za-z]{3,9})\s*</day", re.IGNORECASE)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST = timedelta(days=1)
_HEAD_CHARS = 20_000


def head_of(text: str) -> str:
    """What stands before the first item (at most 20,000 characters)."""
    match = _RE_FIRST_ITEM.search(text, 0, _HEAD_CHARS)
    return text[: match.start()] if match else text[:_HEAD_CHARS]


def read_ttl(head: str) -> timedelta | None:
    """`<ttl>` in minutes, else sy:updatePeriod / sy:updateFrequency; at most a day, None when nothing is said."""
    ttl = _RE_TTL.search(head)
    if ttl:
        return _bounded(timedelta(minutes=int(ttl.group(1))))
    period = _RE_PERIOD.search(head)
    if period is None or period.group(1).lower() not in _PERIODS:
        return None
    frequency = _RE_FREQUENCY.search(head)
    times = int(frequency.group(1)) if frequency else 1
    return _bounded(_PERIODS[period.group(1).lower()] / max(1, times))


def read_quiet(head: str) -> tuple[int, ...]:
    """The hours of a week in which the feed asks not to be read (`skipHours` in GMT, `skipDays`), Monday 00:00 first."""
    hours, days = _RE_SKIP_HOURS.search(head), _RE_SKIP_DAYS.search(head)
    skipped = {int(hour) % 24 for hour in _RE_HOUR.findall(hours.group(1))} if hours else set()
    names = {name[:3].lower() for name in _RE_DAY.findall(days.group(1))} if days else set()
    return tuple(h for h in range(168) if h % 24 in skipped or _DAYS[h // 24] in names)


def read_hub(head: str, headers: Mapping[str, str], base: str) -> str | None:
    """The hub that the HTTP `Link` header or a `<link rel="hub">` names."""
    header = _RE_HEADER_HUB.search(headers.get("link", ""))
    if header:
        return absolute(header.group(1), base) or None
    for link in _RE_LINK.findall(head):
        href = _RE_HREF.search(link)
        if href and _RE_HUB.search(link):
            return absolute(html.unescape(href.group(1)), base) or None
    return None


def read_topic(head: str, headers: Mapping[str, str], base: str) -> str | None:
    """The name under which the hub knows the feed: `rel="self"` of the HTTP `Link` header or of the feed itself."""
    header = _RE_HEADER_SELF.search(headers.get("link", ""))
    if header:
        return absolute(header.group(1), base) or None
    for link in _RE_LINK.findall(head):
        href = _RE_HREF.search(link)
        if href and _RE_SELF.search(link):
            return absolute(html.unescape(href.group(1)), base) or None
    return None


def _bounded(wait: timedelta) -> timedelta | None:
    return min(wait, _LONGEST) if wait > timedelta(0) else None
