"""Whether a source that works still gives what it used to: its volume by week, and how good its texts are.

Judged against its own past only. What is found here goes to the operator and to the health of the watch, never to
the duty officer. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

import msgspec

from pipeline.model import RawItem

KEEP_WEEKS = 9
ENOUGH_WEEKS = 4
LEAST_A_WEEK = 8
FALLEN = 4  # times fewer, or shorter
KEEP_QUALITY = 20
ENOUGH_QUALITY = 5
LEAST_LENGTH = 120
LEAST_ITEMS = 3
NEVER_ANY = 10  # empty answers in a row of a source that never had an item
_TAG = re.compile(r"<[^>]{0,2000}>")


class Quality(msgspec.Struct, frozen=True):
    """One answer: the median length of its texts, the share of items without a text of their own, and of dated ones."""

    length: int
    hollow: float
    dated: float


def measure_items(items: Sequence[RawItem], *, lists: bool = False) -> Quality | None:
    """The quality of an answer, None for too few items. `lists`: entries whose page was not read are left out."""
    texts = [_TAG.sub(" ", item.text or item.html or "").strip() for item in items]
    read = [(item, text) for item, text in zip(items, texts, strict=True) if text or not lists]
    if len(read) < LEAST_ITEMS:
        return None
    seen: dict[str, int] = {}
    for _, text in read:
        seen[text] = seen.get(text, 0) + 1
    hollow = sum(not text or seen[text] > 1 for _, text in read)
    dated = sum(item.published is not None for item, _ in read)
    return Quality(int(median(len(text) for _, text in read)), hollow / len(read), dated / len(read))


def add_quality(kept: tuple[Quality, ...], quality: Quality | None) -> tuple[Quality, ...]:
    """The last answers with this one."""
    return kept if quality is None else (*kept, quality)[-KEEP_QUALITY:]


def add_week(weeks: Mapping[str, int], new: int, now: datetime) -> dict[str, int]:
    """New items by the Monday of their week; the last KEEP_WEEKS weeks."""
    monday = _monday(now).isoformat()
    counted = {**weeks, monday: weeks.get(monday, 0) + new}
    return {week: counted[week] for week in sorted(counted)[-KEEP_WEEKS:]}


def say_drift(
    quality: Sequence[Quality], weeks: Mapping[str, int], empties: int, ever: bool, now: datetime
) -> str | None:
    """What has changed for the worse, in one sentence, or None. `ever`: it has had items before."""
    if not ever and empties >= NEVER_ANY:
        return f"It answers, but has had no items in {empties} readings; its address or selectors may be wrong."
    return _say_quality(quality) or _say_weeks(weeks, now)


def _say_quality(kept: Sequence[Quality]) -> str | None:
    if len(kept) < ENOUGH_QUALITY + 2:
        return None
    past, last = kept[:-2], kept[-2:]
    length, now_length = median(one.length for one in past), max(one.length for one in last)
    if length >= LEAST_LENGTH and now_length * FALLEN <= length:
        return (
            f"It works, but its texts have become short: about {now_length} characters where {int(length)} are usual. "
            "The shape of its pages may have changed."
        )
    if median(one.hollow for one in past) <= 0.2 and min(one.hollow for one in last) >= 0.6:
        return "It works, but most of its items have no text of their own any more. Its pages may have changed."
    if median(one.dated for one in past) >= 0.8 and max(one.dated for one in last) <= 0.1:
        return "It works, but the dates of its items cannot be found any more. Its pages may have changed."
    return None


def _say_weeks(weeks: Mapping[str, int], now: datetime) -> str | None:
    """The last whole week against those before it; a week in which nothing came counts as none."""
    if not weeks:
        return None
    this = _monday(now)
    first = date.fromisoformat(min(weeks))
    whole = []
    monday = first
    while monday < this:
        whole.append(weeks.get(monday.isoformat(), 0))
        monday += timedelta(weeks=1)
    if len(whole) < ENOUGH_WEEKS + 1:
        return None
    usual, last = median(whole[:-1][-KEEP_WEEKS:]), whole[-1]
    recovered = weeks.get(this.isoformat(), 0) * 2 >= usual
    if usual < LEAST_A_WEEK or last * FALLEN > usual or recovered:
        return None
    return f"It works, but brought {last} new items last week where about {int(usual)} a week are usual."


def _monday(now: datetime) -> date:
    day = now.date()
    return day - timedelta(days=day.weekday())
