# ruff: noqa: E501 - a document is easier to read on one line
"""Odd documents: sitemaps and list pages."""

import gzip
from typing import Any

from odd_documents import BASE, HOUR_8, ONE, TITLE, Case


def sitemap_cases() -> list[Case]:
    """Sitemaps, plain, of news, of sitemaps, packed."""
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

    def urls(inside: str) -> str:
        return f'<?xml version="1.0" encoding="UTF-8"?><urlset {names}>{inside}</urlset>'

    def news(title: str, path: str, date: str = "2026-11-24T08:00:00+08:00") -> str:
        said = f"<news:news><news:publication><news:name>青石</news:name><news:language>zh</news:language></news:publication><news:publication_date>{date}</news:publication_date><news:title>{title}</news:title></news:news>"
        return f"<url><loc>{BASE}{path}</loc>{said}</url>"

    index = (
        f"<sitemapindex {names}><sitemap><loc>{BASE}/news-1.xml</loc></sitemap>"
        f"<sitemap><loc>{BASE}/news-2.xml.gz</loc></sitemap></sitemapindex>"
    )
    one = ONE | {"published": HOUR_8}
    given: tuple[tuple[str, str, bytes, list[dict[str, Any]], list[str] | None], ...] = (
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
        Case(
            "sitemap-not",
            "a web page is no sitemap",
            b"<html></html>",
            failed="sitemap",
            via="sitemap",
            url=f"{BASE}/s.xml",
        )
    )
    return made


def list_cases() -> list[Case]:
    """List pages in the shapes that school sites have; nothing configured unless said."""

    def page(inside: str) -> bytes:
        return f"<!doctype html><html><head><meta charset=utf-8><title>列表</title></head><body><nav><a href=/>首页</a><a href=/b>概况</a></nav>{inside}<footer>版权</footer></body></html>".encode()

    titles = [
        "青石学院二食堂恢复供餐通知",
        "关于宿舍热水供应时间的调整",
        "图书馆寒假开放安排公布",
        "体育馆周末闭馆检修公告",
    ]
    rows = [
        {"title": t, "url": f"{BASE}/info/{n}.htm", "published": "2026-11-22T16:00:00+00:00"}
        for n, t in enumerate(titles)
    ]

    def case(name: str, lesson: str, row: str, wrap: str = "<ul class=list>{}</ul>", **more: Any) -> Case:
        inside = "".join(row.format(n=n, t=t) for n, t in enumerate(titles))
        wanted = more.pop("items", rows)
        return Case(
            f"list-{name}", lesson, page(wrap.format(inside)), wanted, via="listing", url=f"{BASE}/tz.htm", **more
        )

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
