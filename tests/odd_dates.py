"""Odd documents: every form of a date."""

from odd_documents import HOUR_8, ONE, Case, feed_case, item, rss

DATED: tuple[tuple[str, str, str | None, str], ...] = (
    ("rfc822-obsolete-zone", "Mon, 23 Nov 2026 16:00:00 PST", HOUR_8, "American zone names of RFC 822"),
    ("rfc822-one-digit-day", "Mon, 2 Nov 2026 08:00:00 +0800", "2026-11-02T00:00:00+00:00", "a day of one digit"),
    ("rfc822-no-weekday", "24 Nov 2026 08:00:00 +0800", HOUR_8, "the weekday is optional"),
    ("rfc822-no-seconds", "Tue, 24 Nov 2026 08:00 +0800", HOUR_8, "seconds are optional"),
    ("rfc822-lower-case", "tue, 24 nov 2026 08:00:00 +0800", HOUR_8, "month names in lower case"),
    ("rfc822-full-names", "Tuesday, 24 November 2026 08:00:00 +0800", HOUR_8, "weekday and month written out"),
    ("rfc822-wrong-weekday", "Sunday, 24 Nov 2026 08:00:00 +0800", HOUR_8, "a wrong weekday does not matter"),
    ("rfc822-zone-with-colon", "Tue, 24 Nov 2026 08:00:00 +08:00", HOUR_8, "an offset in ISO form"),
    ("rfc822-hkt", "Tue, 24 Nov 2026 08:00:00 HKT", HOUR_8, "Hong Kong's zone name"),
    ("rfc822-jst", "Tue, 24 Nov 2026 09:00:00 JST", HOUR_8, "Japan's zone name"),
    ("rfc822-ut", "Tue, 24 Nov 2026 00:00:00 UT", HOUR_8, "UT of RFC 822"),
    ("rfc822-negative-zero", "Tue, 24 Nov 2026 00:00:00 -0000", HOUR_8, "an offset of minus nothing is UTC"),
    ("rfc822-comment", "Tue, 24 Nov 2026 08:00:00 +0800 (CST)", HOUR_8, "a zone name in brackets behind the offset"),
    ("rfc822-commas", "Tue,24 Nov 2026 08:00:00 +0800", HOUR_8, "no space behind the comma"),
    ("rfc822-spaces", "  Tue,  24  Nov  2026  08:00:00  +0800  ", HOUR_8, "doubled and surrounding spaces"),
    ("rfc822-dashes", "24-Nov-2026 08:00:00 +0800", HOUR_8, "dashes between day, month and year"),
    ("iso-basic", "20261124T080000+0800", HOUR_8, "ISO basic form with offset"),
    ("iso-no-seconds", "2026-11-24T08:00+08:00", HOUR_8, "ISO without seconds"),
    ("iso-comma-fraction", "2026-11-24T08:00:00,500+08:00", HOUR_8, "a decimal comma"),
    ("iso-space-zone", "2026-11-24 08:00:00 +0800", HOUR_8, "spaces instead of T and before the offset"),
    ("iso-lower-t", "2026-11-24t08:00:00+08:00", HOUR_8, "a small t"),
    ("iso-one-digit", "2026-11-4 8:05", "2026-11-04T00:05:00+00:00", "parts of one digit"),
    ("iso-day-only", "2026-11-24", "2026-11-23T16:00:00+00:00", "a day is its first moment in the source's zone"),
    ("iso-zulu-lower", "2026-11-24T00:00:00z", HOUR_8, "a small z"),
    ("iso-nbsp", "2026-11-24\u00a008:00:00", HOUR_8, "a no-break space between day and time"),
    ("iso-full-width", "２０２６-１１-２４ ０８：００", HOUR_8, "full-width digits and colon"),
    ("slash-year-first", "2026/11/24 08:00:00", HOUR_8, "slashes, year first"),
    ("dots", "2026.11.24 08:00", HOUR_8, "dots between the parts"),
    ("chinese-day", "2026年11月24日", "2026-11-23T16:00:00+00:00", "年月日 without a time"),
    ("chinese-day-time", "2026年11月24日 8:00", HOUR_8, "年月日 with a time of one digit"),
    ("chinese-hao", "2026年11月24号 08:00", HOUR_8, "号 for 日"),
    ("chinese-spaced", "2026 年 11 月 24 日 08 时 00 分", HOUR_8, "spaces around the units"),
    ("chinese-morning", "2026年11月24日 上午8:00", HOUR_8, "上午 before the time"),
    ("chinese-evening", "2026年11月23日 晚上8:00", "2026-11-23T12:00:00+00:00", "晚上 is after noon"),
    ("chinese-no-year", "11月24日 08:00", HOUR_8, "no year: the last time that day was"),
    ("chinese-no-year-future", "12月30日 08:00", "2025-12-30T00:00:00+00:00", "no year and ahead: last year's"),
    ("chinese-today", "今天 08:00", HOUR_8, "today of the source's zone"),
    ("chinese-today-traditional", "今日 08:00", HOUR_8, "今日 is 今天"),
    ("chinese-yesterday", "昨天 08:00", "2026-11-23T00:00:00+00:00", "yesterday"),
    ("chinese-day-before", "前天 08:00", "2026-11-22T00:00:00+00:00", "the day before yesterday"),
    ("chinese-minutes", "30分钟前", "2026-11-24T02:00:00+00:00", "minutes ago"),
    ("chinese-minutes-spaced", "30 分钟前", "2026-11-24T02:00:00+00:00", "minutes ago, spaced"),
    ("chinese-hours", "2小时前", "2026-11-24T00:30:00+00:00", "hours ago"),
    ("chinese-days", "3天前", "2026-11-21T02:30:00+00:00", "days ago"),
    ("chinese-weeks", "1周前", "2026-11-17T02:30:00+00:00", "weeks ago"),
    ("chinese-just", "刚刚", "2026-11-24T02:30:00+00:00", "just now"),
    ("chinese-seconds", "10秒前", "2026-11-24T02:29:50+00:00", "seconds ago"),
    ("chinese-half-day", "半天前", "2026-11-23T14:30:00+00:00", "half a day ago"),
    ("english-ago", "2 hours ago", "2026-11-24T00:30:00+00:00", "English, ago"),
    ("english-long", "November 24, 2026 8:00 AM", HOUR_8, "American order with AM"),
    ("epoch", "1795478400", HOUR_8, "seconds since 1970"),
    ("epoch-ms", "1795478400000", HOUR_8, "milliseconds since 1970"),
    ("labelled", "发布时间：2026-11-24 08:00", HOUR_8, "a label before the date"),
    ("with-source", "2026-11-24 08:00 来源：后勤处", HOUR_8, "words behind the date"),
    ("leap-second", "2026-11-24T07:59:60+08:00", HOUR_8, "a leap second"),
    ("hour-24", "2026-11-23T24:00:00+08:00", "2026-11-23T16:00:00+00:00", "midnight as 24:00"),
    ("bad-month", "2026-13-24 08:00", None, "a thirteenth month is no date"),
    ("bad-day", "2026-02-30 08:00", None, "a thirtieth of February is no date"),
    ("bad-words", "soon", None, "words are no date"),
    ("bad-zero", "0000-00-00 00:00:00", None, "the database's nothing is no date"),
    ("bad-epoch-zero", "Thu, 01 Jan 1970 00:00:00 GMT", None, "the beginning of the epoch is nobody's date"),
    ("far-future", "2027-01-01T00:00:00+08:00", None, "more than a day ahead is no date"),
    ("empty", "", None, "an empty element"),
    ("cdata", "<![CDATA[Tue, 24 Nov 2026 08:00:00 +0800]]>", HOUR_8, "a date in CDATA"),
    ("html-inside", "&lt;b&gt;2026-11-24 08:00&lt;/b&gt;", HOUR_8, "mark-up around a date"),
)


def date_cases() -> list[Case]:
    """Each form of a date as the pubDate of an item."""
    made = []
    for name, text, want, lesson in DATED:
        inside = item(more=f"<pubDate>{text}</pubDate>")
        made.append(feed_case(f"date-{name}", lesson, rss(inside), ONE | {"published": want}))
    others = (
        ("dc", "<dc:date>2026-11-24T08:00:00+08:00</dc:date>", "Dublin Core's date"),
        ("dcterms", "<dcterms:modified>2026-11-24T08:00:00+08:00</dcterms:modified>", "DC terms: modified"),
        ("upper", "<PubDate>Tue, 24 Nov 2026 08:00:00 +0800</PubDate>", "a misspelt element name"),
        ("attribute", '<pubDate type="rfc822">Tue, 24 Nov 2026 08:00:00 +0800</pubDate>', "attributes on the element"),
        ("newlines", "<pubDate>\n  Tue, 24 Nov 2026 08:00:00 +0800\n</pubDate>", "line breaks around the date"),
    )
    names = ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    for name, element, lesson in others:
        made.append(
            feed_case(f"date-element-{name}", lesson, rss(item(more=element), names=names), ONE | {"published": HOUR_8})
        )
    zoned = rss(item(more="<pubDate>2026-11-24 08:00:00</pubDate>"))
    berlin = ONE | {"published": "2026-11-24T07:00:00+00:00"}
    made.append(feed_case("date-zone-of-source", "no zone: that of the source", zoned, berlin, zone="Europe/Berlin"))
    summer = rss(item(more="<pubDate>2026-07-24 08:00:00</pubDate>"))
    dst = ONE | {"published": "2026-07-24T06:00:00+00:00"}
    made.append(feed_case("date-zone-summer", "the source's zone with summer time", summer, dst, zone="Europe/Berlin"))
    return made
