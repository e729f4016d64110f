"""Documents that real sites serve and no standard describes: our own, written from what the test suites of feedparser,
Miniflux and the W3C validator teach. Each case teaches one thing, said in its `lesson`, with the expected outcome beside it.

`items` lists for each item only the fields that the case is about; `failed` holds words of the refusal.
"""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

URL = "https://news.qingshi.example/feed"
BASE = "https://news.qingshi.example"
TITLE = "青石学院二食堂恢复供餐"
BODY = "检修已经完成，今日中午起恢复供餐，菜价不变。"
HOUR_8 = "2026-11-24T00:00:00+00:00"


@dataclass(frozen=True)
class Case:
    """One document and what must come of it."""

    name: str
    lesson: str
    body: bytes
    items: list[dict[str, Any]] = field(default_factory=list)
    failed: str = ""
    via: str = "feed"
    kind: str = "news"
    url: str = URL
    headers: dict[str, str] = field(default_factory=dict)
    zone: str = ""
    ttl: float | None = None
    hub: str | None = None
    count: int | None = None
    selectors: dict[str, str] = field(default_factory=dict)
    more: list[str] | None = None


def rss(inside: str, head: str = "", *, names: str = "", declared: str = "UTF-8") -> str:
    """An RSS 2.0 document around items."""
    return (
        f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"{names}><channel><title>青石新闻</title>'
        f"<link>{BASE}/</link>{head}{inside}</channel></rss>"
    )


def item(title: str = TITLE, link: str = "/a/1.html", more: str = "", body: str = BODY) -> str:
    """One RSS item."""
    return f"<item><title>{title}</title><link>{link}</link><description>{body}</description>{more}</item>"


def atom(inside: str, *, attributes: str = "", head: str = "") -> str:
    """An Atom 1.0 document around entries."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"{attributes}>'
        f"<title>青石新闻</title><id>urn:x</id>{head}{inside}</feed>"
    )


def entry(title: str = TITLE, link: str = '<link href="/a/1.html"/>', more: str = "") -> str:
    """One Atom entry."""
    return f"<entry><title>{title}</title>{link}<id>urn:1</id><summary>{BODY}</summary>{more}</entry>"


def feed_case(name: str, lesson: str, text: str | bytes, *items: dict[str, Any], **more: Any) -> Case:
    """A case of `via = "feed"`."""
    body = text.encode() if isinstance(text, str) else text
    return Case(name, lesson, body, list(items), **more)


ONE = {"title": TITLE, "url": f"{BASE}/a/1.html"}


# ---------------------------------------------------------------- dates

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


# ---------------------------------------------------------------- characters

TRADITIONAL = "青石學院宿舍熱水供應時間調整"
RARE = "喆镕祎老师获奖"


def in_code(title: str, codec: str, declared: str) -> bytes:
    """An RSS document of one item in `codec` that calls itself `declared`."""
    return rss(item(title), declared=declared).encode(codec, "xmlcharrefreplace")


def character_cases() -> list[Case]:
    """Encodings, declared rightly, wrongly or not at all."""
    made = []
    table = (
        ("gb2312", TITLE, "gb2312", "gb2312", ""), ("gbk-as-gb2312", RARE, "gbk", "gb2312", ""),
        ("gbk-upper", TITLE, "gbk", "GBK", ""), ("gb18030", "㐀字与𠮷字", "gb18030", "gb18030", ""),
        ("gb18030-as-gbk", "㐀字与𠮷字", "gb18030", "gbk", ""), ("gbk-as-utf8", RARE, "gbk", "utf-8", ""),
        ("gbk-as-latin1", TITLE, "gbk", "iso-8859-1", ""), ("gbk-as-windows1252", TITLE, "gbk", "windows-1252", ""),
        ("gbk-as-big5", TITLE, "gbk", "big5", ""), ("gbk-as-nonsense", TITLE, "gbk", "x-unknown", ""),
        ("gbk-x-gbk", TITLE, "gbk", "x-gbk", ""), ("cp936", TITLE, "gbk", "cp936", ""),
        ("big5", TRADITIONAL, "big5hkscs", "big5", ""), ("big5-as-utf8", TRADITIONAL, "big5hkscs", "utf-8", ""),
        ("utf8-as-gbk", TITLE, "utf-8", "gbk", ""), ("utf8-as-latin1", TITLE, "utf-8", "iso-8859-1", ""),
        ("utf8-as-us-ascii", TITLE, "utf-8", "us-ascii", ""), ("utf8-spelt-utf8", TITLE, "utf-8", "utf8", ""),
        ("utf8-http-says-gbk", TITLE, "utf-8", "utf-8", "text/xml; charset=gbk"),
        ("utf8-http-quoted", TITLE, "utf-8", "utf-8", 'text/xml; charset="utf-8"'),
        ("gbk-http-says-utf8", TITLE, "gbk", "gbk", "text/xml; charset=utf-8"),
        ("gbk-http-latin1", TITLE, "gbk", "gbk", "application/rss+xml; charset=ISO-8859-1"),
        ("utf16-le", TITLE, "utf-16", "utf-16", ""), ("utf8-sig", TITLE, "utf-8-sig", "utf-8", ""),
    )  # fmt: skip
    for name, title, codec, declared, http in table:
        lesson = f"{codec} that calls itself {declared}" + (f", HTTP: {http}" if http else "")
        headers = {"content-type": http} if http else {}
        made.append(feed_case(f"code-{name}", lesson, in_code(title, codec, declared), {"title": title}, headers=headers))
    good = rss(item()).encode()
    bad = good.replace(BODY.encode(), BODY.encode()[:9] + b"\xb5" + BODY.encode()[9:])
    cut = rss(item(), declared="gbk").encode("gbk").replace("菜价".encode("gbk"), "菜价".encode("gbk")[:-1])
    more = (
        ("bad-byte-in-utf8", "one stray byte spoils one place only", bad),
        ("half-character-in-gbk", "half a character spoils one place only", cut),
        ("two-marks", "two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf" + good),
        ("blank-lines-first", "blank lines before the declaration", b"\n\n  " + good),
        ("comment-first", "a comment before the root", b"<!-- made by hand -->" + good[good.index(b"<rss") :]),
        ("no-declaration", "no declaration at all", good[good.index(b"<rss") :]),
        ("nul-inside", "NUL bytes are dropped", good.replace(b"<title>", b"<title>\x00", 2)),
        ("controls", "control characters are dropped", rss(item("青石学院\x08二食堂\x0b恢复供餐")).encode()),
        ("form-feed-reference", "a reference to a control character", rss(item(f"{TITLE}&#x8;&#0;")).encode()),
        ("surrogate-reference", "a reference to half a character", rss(item(f"{TITLE}&#xD800;")).encode()),
        ("crlf", "line ends of Windows", good.replace(b"><", b">\r\n<")),
        ("cr-only", "line ends of old Macs", good.replace(b"><", b">\r<")),
    )
    for name, lesson, body in more:
        made.append(feed_case(f"code-{name}", lesson, body, {"url": f"{BASE}/a/1.html"}, count=1))
    return made


# ---------------------------------------------------------------- titles and texts


def text_cases() -> list[Case]:
    """How titles and texts may be wrapped."""
    titles = (
        ("cdata", f"<![CDATA[{TITLE}]]>", TITLE, "CDATA"),
        ("cdata-twice", "<![CDATA[青石学院]]><![CDATA[二食堂恢复供餐]]>", TITLE, "two CDATA sections are one title"),
        ("cdata-mixed", "青石学院<![CDATA[二食堂]]>恢复供餐", TITLE, "text around CDATA"),
        ("cdata-markup", f"<![CDATA[<b>{TITLE}</b>]]>", TITLE, "mark-up in CDATA"),
        ("escaped-markup", f"&lt;b&gt;{TITLE}&lt;/b&gt;", TITLE, "escaped mark-up"),
        ("entity-amp", "食堂&amp;宿舍", "食堂&宿舍", "an escaped ampersand"),
        ("entity-amp-double", "食堂&amp;amp;宿舍", "食堂&宿舍", "an ampersand escaped twice"),
        ("entity-bare-amp", "食堂&宿舍 A&B", "食堂&宿舍 A&B", "a bare ampersand in a title"),
        ("entity-numeric", "&#38738;&#30707;学院", "青石学院", "characters by number"),
        ("entity-hex", "&#x9752;&#x77F3;学院", "青石学院", "characters by hexadecimal number"),
        ("entity-html", "青石&nbsp;学院&ldquo;开放日&rdquo;", "青石 学院“开放日”", "HTML's entities, which XML does not know"),
        ("entity-unknown", "青石&nosuch;学院", "青石&nosuch;学院", "an entity nobody knows"),
        ("white-space", "\n   青石学院\n   恢复供餐\t ", "青石学院 恢复供餐", "line breaks inside a title"),
        ("less-than", "气温&lt;5度", "气温<5度", "a less-than sign that is no tag"),
        ("emoji", "食堂🍜开门", "食堂🍜开门", "characters outside the basic plane"),
        ("zero-width", "青石\u200b学院", "青石学院", "zero-width characters"),
        ("script", f"&lt;script&gt;alert(1)&lt;/script&gt;{TITLE}", TITLE, "a script in a title"),
        ("image", f"&lt;img src=x onerror=alert(1)&gt;{TITLE}", TITLE, "an image in a title"),
    )
    made = [
        feed_case(f"title-{name}", lesson, rss(item(given)), {"title": want}) for name, given, want, lesson in titles
    ]
    long = "青石学院" * 600
    made += [
        feed_case("title-long", "a title of 2,400 characters is no error", rss(item(long)), {"url": f"{BASE}/a/1.html"}),
        feed_case("title-absent", "no title: the text is enough", rss(f"<item><link>/a/1.html</link><description>{BODY}</description></item>"),
                  {"title": None, "url": f"{BASE}/a/1.html", "says": BODY}),
        feed_case("title-empty", "an empty title", rss(item("")), {"title": None, "says": BODY}),
        feed_case("item-empty", "an item that says nothing is left out", rss("<item></item>" + item()), ONE),
        feed_case("item-link-only", "an item of a link alone says nothing", rss("<item><link>/a/2.html</link></item>" + item()), ONE),
        feed_case("title-media", "a media title is not the item's", rss(item(more="<media:title>海报</media:title>"),
                  names=' xmlns:media="http://search.yahoo.com/mrss/"'), ONE),
        feed_case("title-dc-only", "only Dublin Core names it", rss(f"<item><dc:title>{TITLE}</dc:title><link>/a/1.html</link></item>",
                  names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), ONE),
        feed_case("text-content-encoded", "content:encoded wins over the description", rss(item(body="摘要", more=f"<content:encoded><![CDATA[<p>{BODY * 3}</p>]]></content:encoded>"),
                  names=' xmlns:content="http://purl.org/rss/1.0/modules/content/"'), ONE | {"says": BODY * 3}),
        feed_case("text-cdata-html", "HTML in CDATA", rss(item(body=f"<![CDATA[<p>{BODY}</p>]]>")), ONE | {"says": BODY}),
        feed_case("text-inline-html", "HTML that nobody escaped", rss(item(body=f"<p>{BODY}</p>")), ONE | {"says": BODY}),
        feed_case("text-angle", "text in angle brackets", rss(item(body="第&lt;1&gt;食堂" + BODY)), ONE),
        feed_case("atom-text", "type=text keeps its angle brackets", atom(entry(more=f'<content type="text">A&lt;B {BODY * 2}</content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-html", "type=html", atom(entry(more=f'<content type="html">&lt;p&gt;{BODY * 2}&lt;/p&gt;</content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-xhtml", "type=xhtml with its div", atom(entry(more=f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{BODY * 2}</p></div></content>')), ONE | {"says": BODY * 2}),
        feed_case("atom-title-html", "a title of type html", atom(entry(f"&lt;i&gt;{TITLE}&lt;/i&gt;").replace("<title>&lt;", '<title type="html">&lt;')), ONE),
        feed_case("atom-title-xhtml", "a title of type xhtml", atom(entry().replace(f"<title>{TITLE}</title>", f'<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{TITLE}</div></title>')), ONE),
        feed_case("atom-content-src", "content elsewhere: the summary is the text", atom(entry(more='<content src="/a/1.pdf" type="application/pdf"/>')), ONE | {"says": BODY}),
    ]  # fmt: skip
    return made


# ---------------------------------------------------------------- links and names


def link_cases() -> list[Case]:
    """Where an item lives, and by what it is known again."""
    links = (
        ("absolute", f"{BASE}/a/2.html", f"{BASE}/a/2.html", "an absolute link"),
        ("root", "/a/2.html", f"{BASE}/a/2.html", "relative to the host"),
        ("relative", "a/2.html", f"{BASE}/a/2.html", "relative to the channel's page"),
        ("dot", "./a/2.html", f"{BASE}/a/2.html", "a dot"),
        ("query", "?id=2", f"{BASE}/?id=2", "a query alone"),
        ("protocol", "//news.qingshi.example/a/2.html", f"{BASE}/a/2.html", "without a scheme"),
        ("spaces", f"\n  {BASE}/a/2.html\n ", f"{BASE}/a/2.html", "white space around"),
        ("cdata", f"<![CDATA[{BASE}/a/2.html]]>", f"{BASE}/a/2.html", "in CDATA"),
        ("amp", f"{BASE}/show?id=2&amp;c=3", f"{BASE}/show?id=2&c=3", "an escaped ampersand"),
        ("bare-amp", f"{BASE}/show?id=2&c=3", f"{BASE}/show?id=2&c=3", "a bare ampersand"),
        ("chinese", f"{BASE}/新闻/2.html", f"{BASE}/新闻/2.html", "Chinese in the path"),
        ("port", "https://news.qingshi.example:8443/a/2.html", "https://news.qingshi.example:8443/a/2.html", "a port"),
        ("fragment", f"{BASE}/a/2.html#top", f"{BASE}/a/2.html#top", "a fragment"),
    )
    made = [
        feed_case(f"link-{name}", lesson, rss(item(link=given)), {"url": want}) for name, given, want, lesson in links
    ]
    unsafe = ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@example.org", "ftp://a.example/x",
              "http://", "https:///x", "about:blank", "vbscript:x")  # fmt: skip
    made += [
        feed_case(f"link-unsafe-{number}", f"{given.split(':')[0]}: is no link; the feed's page stands in",
                  rss(item(link=given)), {"title": TITLE, "url": f"{BASE}/"})
        for number, given in enumerate(unsafe)
    ]  # fmt: skip
    two = item("一号通知", "/a/1.html", "<guid>x</guid>") + item("二号通知", "/a/2.html", "<guid>x</guid>")
    made += [
        feed_case("guid-duplicate", "two items of one guid are two", rss(two), {"title": "一号通知"}, {"title": "二号通知"}),
        feed_case("guid-permalink", "a guid that is the link", rss(f'<item><title>{TITLE}</title><guid>{BASE}/a/1.html</guid></item>'), ONE),
        feed_case("guid-no-permalink", "a guid that says it is no link", rss(f'<item><title>{TITLE}</title><guid isPermaLink="false">{BASE}/x</guid></item>'), {"title": TITLE}),
        feed_case("item-twice", "the same item twice is one", rss(item() * 2), ONE),
        feed_case("item-same-link-other-title", "one page, two matters", rss(item("一号通知") + item("二号通知")), {"title": "一号通知"}, {"title": "二号通知"}),
        feed_case("link-atom-in-rss", "an Atom link inside RSS", rss(f'<item><title>{TITLE}</title><a:link href="{BASE}/a/1.html"/></item>', names=' xmlns:a="http://www.w3.org/2005/Atom"'), ONE),
        feed_case("link-rdf-about", "RSS 1.0 items are in no channel", '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
                  f'<channel rdf:about="{BASE}/"><title>x</title><link>{BASE}/</link></channel><item rdf:about="{BASE}/a/1.html"><title>{TITLE}</title><link>{BASE}/a/1.html</link></item></rdf:RDF>', ONE),
        feed_case("link-atom-alternate", "the alternate among many links", atom(entry(link='<link rel="edit" href="/e"/><link rel="alternate" href="/a/1.html"/><link rel="enclosure" href="/a.mp3"/>')), ONE),
        feed_case("link-atom-no-rel", "no rel is alternate", atom(entry(link='<link rel="self" href="/s"/><link href="/a/1.html"/>')), ONE),
        feed_case("link-atom-base-on-feed", "xml:base on the feed", atom(entry(link='<link href="1.html"/>'), attributes=f' xml:base="{BASE}/a/"'), ONE),
        feed_case("link-atom-feed-folder", "relative to the feed's own address", atom(entry(link='<link href="a/1.html"/>')), ONE),
        feed_case("link-enclosure-only", "an attachment is no page", rss(f'<item><title>{TITLE}</title><enclosure url="{BASE}/a.mp3" length="1" type="audio/mpeg"/></item>'), {"title": TITLE}),
        feed_case("link-comments", "the comments' page is not the article", rss(item(more=f"<comments>{BASE}/a/1.html#c</comments>")), ONE),
        feed_case("link-channel-relative", "a channel without a page", rss(item()).replace(f"<link>{BASE}/</link>", ""), ONE),
    ]  # fmt: skip
    return made


# ---------------------------------------------------------------- structure


def structure_cases() -> list[Case]:
    """Versions, name spaces, breakage, and what a feed says of itself."""
    bare = f"<channel><title>x</title><link>{BASE}/</link>{item()}</channel>"
    good = rss(item())
    two = rss(item("一号通知", "/a/1.html") + item("二号通知", "/a/2.html"))
    made = [
        feed_case("version-091", "RSS 0.91", f'<rss version="0.91">{bare}</rss>', ONE),
        feed_case("version-092", "RSS 0.92", f'<rss version="0.92">{bare}</rss>', ONE),
        feed_case("version-094", "RSS 0.94, which nobody published", f'<rss version="0.94">{bare}</rss>', ONE),
        feed_case("version-none", "no version", f"<rss>{bare}</rss>", ONE),
        feed_case("version-namespace", "RSS 2.0 with a default name space", f'<rss version="2.0" xmlns="http://backend.userland.com/rss2">{bare}</rss>', ONE),
        feed_case("version-rdf-items", "RSS 1.0 with a table of contents", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
                  f'<channel rdf:about="x"><title>x</title><link>{BASE}/</link><items><rdf:Seq><rdf:li rdf:resource="{BASE}/a/1.html"/></rdf:Seq></items></channel><item rdf:about="{BASE}/a/1.html"><title>{TITLE}</title><link>{BASE}/a/1.html</link></item></rdf:RDF>', ONE),
        feed_case("version-atom-03", "Atom 0.3", f'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>x</title><entry><title>{TITLE}</title><link rel="alternate" type="text/html" href="{BASE}/a/1.html"/><id>1</id><issued>2026-11-24T08:00:00+08:00</issued></entry></feed>', ONE | {"published": HOUR_8}),
        feed_case("atom-prefixed", "every element with a prefix", f'<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>x</a:title><a:entry><a:title>{TITLE}</a:title><a:link href="{BASE}/a/1.html"/><a:id>1</a:id></a:entry></a:feed>', ONE),
        feed_case("atom-published-updated", "published wins over updated", atom(entry(more="<published>2026-11-24T08:00:00+08:00</published><updated>2026-11-24T09:00:00+08:00</updated>")), ONE | {"published": HOUR_8}),
        feed_case("atom-updated-only", "updated where nothing was published", atom(entry(more="<updated>2026-11-24T08:00:00+08:00</updated>")), ONE | {"published": HOUR_8}),
        feed_case("atom-source", "the source's own title and date are not the entry's", atom(entry(more="<updated>2026-11-24T08:00:00+08:00</updated><source><title>别处</title><id>y</id><updated>2020-01-01T00:00:00Z</updated></source>")), ONE | {"published": HOUR_8}),
        feed_case("author-dropped", "authors of news are dropped", rss(item(more="<author>zhang@example.org (张三)</author><dc:creator>张三</dc:creator>"), names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), ONE | {"voice": None}),
        feed_case("author-voice", "a forum's author becomes the voice", rss(item(more="<dc:creator>user42</dc:creator>"), names=' xmlns:dc="http://purl.org/dc/elements/1.1/"'), {"title": TITLE, "voice": "user42"}, kind="forum"),
        feed_case("namespace-undeclared", "a prefix that nobody declared", rss(item(more="<x:thing>1</x:thing>")), ONE),
        feed_case("namespace-unknown", "a name space that nobody knows", rss(item(more="<x:thing>1</x:thing>"), names=' xmlns:x="urn:x"'), ONE),
        feed_case("image-title", "the channel's picture has a title, too", rss(item(), "<image><title>图</title><url>/x.png</url><link>/</link></image>"), ONE),
        feed_case("textinput", "the channel's search field has a title, too", rss(item(), "<textInput><title>搜</title><name>q</name><link>/s</link></textInput>"), ONE),
        feed_case("items-before-head", "items before the channel's title", f'<rss version="2.0"><channel>{item(link=f"{BASE}/a/1.html")}<title>x</title></channel></rss>', ONE),
        feed_case("stylesheet", "a style sheet before the root", good.replace("<rss", '<?xml-stylesheet href="/x.xsl" type="text/xsl"?><rss'), ONE),
        feed_case("doctype", "a document type without entities", good.replace("<rss", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://a.example/rss.dtd"><rss'), ONE),
        feed_case("comment-with-item", "an item in a comment is none", rss(f"<!-- {item('旧的', '/a/0.html')} -->{item()}"), ONE),
        feed_case("upper-case-items", "element names in capitals", good.replace("<item>", "<ITEM>").replace("</item>", "</ITEM>"), count=1),
        feed_case("broken-cut", "cut off behind the first item", two[: two.index("二号") + 2], {"title": "一号通知"}, count=None),
        feed_case("broken-no-close", "nothing is closed at the end", good.replace("</channel></rss>", ""), ONE),
        feed_case("broken-tag-order", "tags closed in the wrong order", good.replace("</description></item>", "</item></description>"), count=1),
        feed_case("broken-attribute", "an attribute without quotes", good.replace('version="2.0"', "version=2.0"), ONE),
        feed_case("broken-junk-behind", "words behind the end", good + "<script>track()</script><!-- 0.2s -->", ONE),
        feed_case("broken-warning-before", "a server's warning before the feed", "Warning: mysql_connect() in /x.php on line 3\n" + good, count=1),
        feed_case("channel-twice", "two channels", good.replace("</rss>", "") + rss(item("二号通知", "/a/2.html")).split("?>")[1].replace('<rss version="2.0">', ""), count=2),
        feed_case("ttl", "what the feed asks for", rss(item(), "<ttl>90</ttl>"), ONE, ttl=90),
        feed_case("ttl-zero", "a ttl of nothing asks for nothing", rss(item(), "<ttl>0</ttl>"), ONE, ttl=None),
        feed_case("ttl-words", "a ttl in words asks for nothing", rss(item(), "<ttl>hourly</ttl>"), ONE, ttl=None),
        feed_case("ttl-huge", "at most a day", rss(item(), "<ttl>99999</ttl>"), ONE, ttl=1440),
        feed_case("sy-daily-twice", "twice a day", rss(item(), "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", names=' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'), ONE, ttl=720),
        feed_case("hub-header", "the hub in HTTP's Link", good, ONE, headers={"link": '<https://hub.example/>; rel="hub", </feed>; rel="self"'}, hub="https://hub.example/"),
        feed_case("hub-element", "the hub in the feed", rss(item(), '<a:link rel="hub" href="https://hub.example/"/>', names=' xmlns:a="http://www.w3.org/2005/Atom"'), ONE, hub="https://hub.example/"),
        feed_case("five-thousand", "5,000 entries: the first 2,000", rss("".join(item(f"第{n}条", f"/a/{n}.html") for n in range(5000))), count=2000),
        feed_case("empty-channel", "no items is an answer, not an error", rss(""), count=0),
    ]  # fmt: skip
    return made


# ---------------------------------------------------------------- refusals

REFUSED: tuple[tuple[str, str, str, str], ...] = (
    ("nothing", "", "empty", "an empty answer"),
    ("spaces", "  \n\t ", "empty", "white space alone"),
    ("html", "<!doctype html><html><body>登录</body></html>", "web page", "a web page"),
    ("html-upper", "<HTML><HEAD></HEAD></HTML>", "web page", "a web page in capitals"),
    ("words", "维护中，请稍后再试", "not a feed", "words"),
    ("json-list", "[1, 2]", "not a JSON Feed", "JSON that is no feed"),
    ("json-null", "{}", "not a JSON Feed", "an empty object"),
    ("json-cut", '{"version": "https://jsonfeed.org/version/1", "items": [', "JSON", "JSON that is cut off"),
    ("json-items-object", '{"items": {"0": {}}}', "not a JSON Feed", "items that are no list"),
    ("entities", '<!DOCTYPE r [<!ENTITY a "x">]><rss><channel><item><title>&a;</title></item></channel></rss>', "entities", "own entities"),
    ("entity-file", '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title></item></channel></rss>', "entities", "a file as entity"),
    ("entity-parameter", '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://a.example/x"> %a;]><rss><channel/></rss>', "entities", "a parameter entity"),
    ("svg", '<svg xmlns="http://www.w3.org/2000/svg"></svg>', "not a feed", "a picture"),
    ("opml", '<opml version="2.0"><body><outline text="x"/></body></opml>', "a feed", "a list of feeds"),
    ("kml", '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark/></kml>', "not a feed", "a map"),
    ("pdf", "%PDF-1.7\n1 0 obj", "not a feed", "a document"),
)  # fmt: skip


def refusal_cases() -> list[Case]:
    """What is no feed is refused in a sentence."""
    return [feed_case(f"refused-{n}", lesson, text, failed=said) for n, text, said, lesson in REFUSED]


# ---------------------------------------------------------------- JSON Feed, sitemaps, lists


def json_feed(*items: dict[str, Any], **head: Any) -> str:
    """A JSON Feed."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", **head, "items": list(items)})


def json_cases() -> list[Case]:
    """JSON Feed and what is made of it."""
    plain = {"id": "1", "url": f"{BASE}/a/1.html", "title": TITLE, "content_text": BODY}
    made = [
        feed_case("json-plain", "a plain item", json_feed(plain), ONE | {"says": BODY}),
        feed_case("json-html", "HTML wins over text", json_feed(plain | {"content_html": f"<p>{BODY * 2}</p>"}), ONE | {"says": BODY * 2}),
        feed_case("json-relative", "relative to the home page", json_feed(plain | {"url": "a/1.html"}, home_page_url=f"{BASE}/"), ONE),
        feed_case("json-external", "only an external address", json_feed({"id": "1", "external_url": f"{BASE}/a/1.html", "title": TITLE}), ONE),
        feed_case("json-id-is-url", "the id is the address", json_feed({"id": f"{BASE}/a/1.html", "title": TITLE}), ONE),
        feed_case("json-number-id", "an id that is a number", json_feed(plain | {"id": 7}), ONE),
        feed_case("json-date", "its date", json_feed(plain | {"date_published": "2026-11-24T08:00:00+08:00"}), ONE | {"published": HOUR_8}),
        feed_case("json-date-modified", "modified where nothing was published", json_feed(plain | {"date_modified": "2026-11-24T08:00:00+08:00"}), ONE | {"published": HOUR_8}),
        feed_case("json-date-broken", "a broken date is none", json_feed(plain | {"date_published": "soon"}), ONE | {"published": None}),
        feed_case("json-title-null", "a title of null", json_feed(plain | {"title": None}), {"title": None, "says": BODY}),
        feed_case("json-title-markup", "mark-up in a title", json_feed(plain | {"title": f"<b>{TITLE}</b>"}), ONE),
        feed_case("json-wrong-types", "fields of the wrong kind", json_feed(plain | {"content_html": 5, "tags": "x", "authors": "y", "attachments": 1}), ONE),
        feed_case("json-author", "authors of news in JSON are dropped", json_feed(plain | {"authors": [{"name": "张三"}]}), ONE | {"voice": None}),
        feed_case("json-items-odd", "entries that are no objects", json_feed(plain).replace('"items": [', '"items": [null, 3, "x", '), ONE),
        feed_case("json-bom", "a byte order mark before JSON", b"\xef\xbb\xbf" + json_feed(plain).encode(), ONE),
        feed_case("json-gbk", "GBK, which JSON forbids", json.dumps({"version": "https://jsonfeed.org/version/1", "items": [plain]}, ensure_ascii=False).encode("gbk"), ONE),
        feed_case("json-hubs", "its hub", json_feed(plain, hubs=[{"type": "WebSub", "url": "https://hub.example/"}]), ONE, hub="https://hub.example/"),
        feed_case("json-empty", "no items", json_feed(), count=0),
        feed_case("json-surrogate", "half a character in an escape", json_feed(plain).replace(json.dumps(TITLE)[1:-1], "食堂\\ud83d"), {"url": f"{BASE}/a/1.html"}),
    ]  # fmt: skip
    return made


def sitemap_cases() -> list[Case]:
    """Sitemaps, plain, of news, of sitemaps, packed."""
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

    def urls(inside: str) -> str:
        return f'<?xml version="1.0" encoding="UTF-8"?><urlset {names}>{inside}</urlset>'

    def news(title: str, path: str, date: str = "2026-11-24T08:00:00+08:00") -> str:
        said = f"<news:news><news:publication><news:name>青石</news:name><news:language>zh</news:language></news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title></news:news>"
        return f"<url><loc>{BASE}{path}</loc>{said}</url>"

    index = (
        f'<sitemapindex {names}><sitemap><loc>{BASE}/news-1.xml</loc></sitemap>'
        f"<sitemap><loc>{BASE}/news-2.xml.gz</loc></sitemap></sitemapindex>"
    )
    one = ONE | {"published": HOUR_8}
    given = (
        ("news", "a news sitemap names its articles", urls(news(TITLE, "/a/1.html")).encode(), [one], None),
        ("gzip", "packed by the site, not by HTTP", gzip.compress(urls(news(TITLE, "/a/1.html")).encode()), [one], None),
        ("cdata", "addresses in CDATA", urls(news(TITLE, "/a/1.html").replace(f"{BASE}/a/1.html", f"<![CDATA[{BASE}/a/1.html]]>")).encode(), [one], None),
        ("spaces", "white space around addresses", urls(news(TITLE, "/a/1.html").replace("<loc>", "<loc>\n  ").replace("</loc>", "\n</loc>")).encode(), [one], None),
        ("gbk", "GBK", urls(news(TITLE, "/a/1.html")).replace("UTF-8", "GBK").encode("gbk"), [one], None),
        ("index", "a sitemap of sitemaps is read from its end", index.encode(), [], [f"{BASE}/news-2.xml.gz", f"{BASE}/news-1.xml"]),
        ("twice", "the same address twice", urls(news(TITLE, "/a/1.html") * 2).encode(), [one], None),
    )  # fmt: skip
    made = [
        Case(f"sitemap-{n}", lesson, body, items, via="sitemap", url=f"{BASE}/sitemap.xml", more=more)
        for n, lesson, body, items, more in given
    ]
    made.append(
        Case("sitemap-not", "a web page is no sitemap", b"<html></html>", failed="sitemap", via="sitemap", url=f"{BASE}/s.xml")
    )
    return made


def list_cases() -> list[Case]:
    """List pages in the shapes that school sites have; nothing configured unless said."""

    def page(inside: str) -> bytes:
        return f"<!doctype html><html><head><meta charset=utf-8><title>列表</title></head><body><nav><a href=/>首页</a><a href=/b>概况</a></nav>{inside}<footer>版权</footer></body></html>".encode()

    titles = ["青石学院二食堂恢复供餐通知", "关于宿舍热水供应时间的调整", "图书馆寒假开放安排公布", "体育馆周末闭馆检修公告"]
    rows = [{"title": t, "url": f"{BASE}/info/{n}.htm", "published": "2026-11-22T16:00:00+00:00"} for n, t in enumerate(titles)]

    def case(name: str, lesson: str, row: str, wrap: str = "<ul class=list>{}</ul>", **more: Any) -> Case:
        inside = "".join(row.format(n=n, t=t) for n, t in enumerate(titles))
        wanted = more.pop("items", rows)
        return Case(f"list-{name}", lesson, page(wrap.format(inside)), wanted, via="listing", url=f"{BASE}/tz.htm", **more)

    return [
        case("li-span", "li, link, span with the day", "<li><a href='info/{n}.htm'>{t}</a><span>2026-11-23</span></li>"),
        case("li-span-first", "the day before the link", "<li><span>2026-11-23</span><a href='info/{n}.htm'>{t}</a></li>"),
        case("brackets", "the day in brackets", "<li><a href='info/{n}.htm'>{t}</a>[2026-11-23]</li>"),
        case("title-attribute", "the whole title in an attribute", "<li><a href='info/{n}.htm' title='{t}'>{t}</a><span>2026-11-23</span></li>"),
        case("table", "rows of a table", "<tr><td><a href='info/{n}.htm'>{t}</a></td><td>2026-11-23</td></tr>", "<table>{}</table>"),
        case("dl", "dt and dd", "<div class=item><h3><a href='info/{n}.htm'>{t}</a></h3><p>摘要摘要摘要</p><span class=date>2026年11月23日</span></div>", "<div class=news>{}</div>"),
        case("slashes", "slashes in the day", "<li><a href='info/{n}.htm'>{t}</a><em>2026/11/23</em></li>"),
        case("dots", "dots in the day", "<li><a href='info/{n}.htm'>{t}</a><i>2026.11.23</i></li>"),
        case("month-day", "no year", "<li><a href='info/{n}.htm'>{t}</a><span>11-23</span></li>"),
        case("selectors", "selectors given", "<p class=r><b>{t}</b> <a href='info/{n}.htm'>详情</a> <u>2026-11-23</u></p>", "<div>{}</div>",
             selectors={"item": "p.r", "link": "a", "title": "b", "date": "u"}),
    ]  # fmt: skip


def all_cases() -> list[Case]:
    """Every case; names are unique."""
    families = (date_cases, character_cases, text_cases, link_cases, structure_cases, refusal_cases, json_cases,
                sitemap_cases, list_cases)  # fmt: skip
    return [case for family in families for case in family()]
