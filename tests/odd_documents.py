"""Documents that real sites serve and no standard describes: our own, written from what the test suites of feedparser,
Miniflux and the W3C validator teach. Each case teaches one thing, said in its `lesson`, with the expected outcome beside it.

`items` lists for each item only the fields that the case is about; `failed` holds words of the refusal.
"""

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
