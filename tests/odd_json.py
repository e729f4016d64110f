# ruff: noqa: E501 - a document is easier to read on one line
"""Odd documents: JSON Feed."""

import json
from typing import Any

from odd_documents import BASE, BODY, HOUR_8, ONE, TITLE, Case, feed_case


def json_feed(*items: dict[str, Any], **head: Any) -> str:
    """A JSON Feed."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", **head, "items": list(items)})


def json_cases() -> list[Case]:
    """JSON Feed and what is made of it."""
    plain = {"id": "1", "url": f"{BASE}/a/1.html", "title": TITLE, "content_text": BODY}
    return [
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
