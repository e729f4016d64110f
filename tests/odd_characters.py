"""Odd documents: encodings and characters."""

from odd_documents import BASE, BODY, TITLE, Case, feed_case, item, rss

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
        made.append(
            feed_case(f"code-{name}", lesson, in_code(title, codec, declared), {"title": title}, headers=headers)
        )
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
