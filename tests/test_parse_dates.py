"""Times are read right or not at all: the date vectors, the source's zone, and the bounds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.dates import CHINA, parse_date, zone_named

SEEN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # Tuesday 10:30 in China
HOUR_8 = "2026-11-24T00:00:00+00:00"

VECTORS: list[tuple[object, str | None]] = [
    ("Tue, 24 Nov 2026 08:00:00 +0800", HOUR_8),
    ("Tue, 24 Nov 2026 00:00:00 GMT", HOUR_8),
    ("Tue, 24 Nov 2026 00:00:00 Z", HOUR_8),
    ("Tue, 24 Nov 2026 08:00:00 CST", HOUR_8),
    ("Mon, 23 Nov 2026 19:00:00 EST", HOUR_8),
    ("24 Nov 26 08:00 +0800", HOUR_8),
    ("Tue, 24 November 2026 08:00:00 +08:00", HOUR_8),
    ("Wed, 24 Nov 2026 08:00:00 +0800", HOUR_8),
    ("Tue, 24 Nov 2026 08:00:00", HOUR_8),
    ("Tue Nov 24 08:00:00 +0800 2026", HOUR_8),
    ("Tue Nov 24 08:00:00 CST 2026", HOUR_8),
    ("Tue Nov 24 2026 08:00:00 GMT+0800 (中国标准时间)", HOUR_8),
    ("Nov 24, 2026 8:00 AM", HOUR_8),
    ("November 23, 2026 at 11:30 pm", "2026-11-23T15:30:00+00:00"),
    ("2026-11-24T08:00:00+08:00", HOUR_8),
    ("2026-11-24T00:00:00Z", HOUR_8),
    ("2026-11-24t00:00:00.123456789z", HOUR_8),
    ("2026-11-24T08:00:00+0800", HOUR_8),
    ("2026-11-24T08:00+08", HOUR_8),
    ("2026-11-24 08:00:00", HOUR_8),
    ("2026-11-24 08:00:00 CST", HOUR_8),
    ("2026-11-24", "2026-11-23T16:00:00+00:00"),
    ("20261124", "2026-11-23T16:00:00+00:00"),
    ("20261124T080000", HOUR_8),
    ("20261124080000", HOUR_8),
    ("2026/11/24 08:00", HOUR_8),
    ("2026/11/24 8:00:05", "2026-11-24T00:00:05+00:00"),
    ("2026.11.24", "2026-11-23T16:00:00+00:00"),
    ("2026年3月5日 08:00", "2026-03-05T00:00:00+00:00"),
    ("2026年11月24日08时00分", HOUR_8),
    ("2026年11月23日 下午3点20分", "2026-11-23T07:20:00+00:00"),
    ("2026年11月24日（星期二）08:00", HOUR_8),
    ("2026年11月24日", "2026-11-23T16:00:00+00:00"),
    ("２０２６年１１月２４日　０８：００", HOUR_8),
    ("发布时间：2026-11-24 08:00 来源：青石学院新闻网", HOUR_8),
    ("发表于 2026-11-24 08:00:00", HOUR_8),
    ("发表于 3 小时前", "2026-11-23T23:30:00+00:00"),
    ("今天 08:12", "2026-11-24T00:12:00+00:00"),
    ("昨天 23:40", "2026-11-23T15:40:00+00:00"),
    ("昨天", "2026-11-22T16:00:00+00:00"),
    ("前天 09:05", "2026-11-22T01:05:00+00:00"),
    ("昨天下午3:05", "2026-11-23T07:05:00+00:00"),
    ("3小时前", "2026-11-23T23:30:00+00:00"),
    ("3 個小時前", "2026-11-23T23:30:00+00:00"),
    ("半小时前", "2026-11-24T02:00:00+00:00"),
    ("15分钟前", "2026-11-24T02:15:00+00:00"),
    ("两天前", "2026-11-22T02:30:00+00:00"),
    ("an hour ago", "2026-11-24T01:30:00+00:00"),
    ("刚刚", "2026-11-24T02:30:00+00:00"),
    ("03-05 12:00", "2026-03-05T04:00:00+00:00"),
    ("11月24日 08:00", HOUR_8),
    ("12-30", "2025-12-29T16:00:00+00:00"),
    ("08:00", HOUR_8),
    ("23:50", "2026-11-23T15:50:00+00:00"),
    ("1795478400", HOUR_8),
    ("1795478400000", HOUR_8),
    (1795478400, HOUR_8),
    (1795478400000, HOUR_8),
    ("1795478400000000", HOUR_8),
    ("2026-11-23T24:00:00+08:00", "2026-11-23T16:00:00+00:00"),
    ("2026-11-24T07:59:60+08:00", HOUR_8),
    ("Mon, 23 Nov 2026 24:00:00 +0800", "2026-11-23T16:00:00+00:00"),
    ("2026-11-24T22:00:00+08:00", "2026-11-24T14:00:00+00:00"),
    ("0000-00-00 00:00:00", None),
    ("2096-01-01T00:00:00Z", None),
    ("2026-11-26T08:00:00+08:00", None),
    ("1970-01-01T00:00:00Z", None),
    ("0", None),
    ("2026-02-30", None),
    ("2026年13月5日", None),
    ("2026-11-24 25:10", None),
    ("2026-11-24T08:61:00", None),
    ("Tue, 24 Nov 2026 08:00:00 XQT", None),
    ("2026-11-24T08:00:00+99:00", None),
    ("今天 23:00", None),
    ("2026-W48-2", None),
    ("05/03/2026", None),
    ("3.5", None),
    ("post-20261124-17", None),
    ("很久以前", None),
    ("", None),
    (None, None),
    (True, None),
    ({"date": 1}, None),
    ("9" * 4000, None),
]


@pytest.mark.parametrize(("value", "expected"), VECTORS, ids=[str(v)[:40] or "empty" for v, _ in VECTORS])
def test_time_is_read_right_or_not_at_all(value: object, expected: str | None) -> None:
    """Every date vector gives the moment that was meant, in UTC, or None."""
    moment = parse_date(value, SEEN)
    assert (moment.isoformat() if moment else None) == expected


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("America/Chicago", "Mon, 23 Nov 2026 18:00:00 CST", HOUR_8),
        ("Asia/Taipei", "Tue, 24 Nov 2026 08:00:00 CST", HOUR_8),
        ("Europe/Berlin", "2026-11-24 01:00", HOUR_8),
        ("Europe/Berlin", "2026-11-24T08:00:00+08:00", HOUR_8),
        ("No/Such", "2026-11-24 08:00", HOUR_8),
        ("", "2026-11-24 08:00", HOUR_8),
    ],
)
def test_zone_of_the_source_holds_where_none_is_named(zone: str, text: str, expected: str) -> None:
    """A time without a zone is in the source's zone, and CST is American only for an American source."""
    moment = parse_date(text, SEEN, zone_named(zone))
    assert moment is not None
    assert moment.isoformat() == expected


@given(st.text(max_size=60))
def test_any_text_gives_a_believable_time_or_none(text: str) -> None:
    """No text makes the cascade fail, and what it gives lies between 1990 and a day ahead."""
    moment = parse_date(text, SEEN)
    assert moment is None or (moment.year >= 1990 and moment <= SEEN + timedelta(hours=24) and moment.tzinfo is UTC)


FORMS = [
    "%Y-%m-%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
]


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2026, 11, 23)),
    st.sampled_from(FORMS),
    st.sampled_from(["Asia/Shanghai", "UTC"]),
)
def test_common_forms_are_read_back(when: datetime, form: str, zone: str) -> None:
    """A moment written in a common form in the source's zone is read back to the second."""
    local = when.replace(microsecond=0, tzinfo=ZoneInfo(zone))
    assert parse_date(local.strftime(form), SEEN, ZoneInfo(zone)) == local


def test_default_zone_is_china() -> None:
    """A source without a time zone is read in China time."""
    assert zone_named("") is CHINA
