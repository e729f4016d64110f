"""JSON Feed 1.0 and 1.1, read by itself: the format is small, and its dates need our cascade."""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.entries import Entry, build_items
from crawlers.feed_head import read_hub
from crawlers.guard import MAX_ITEMS
from crawlers.identity import absolute
from crawlers.markup import title_text
from crawlers.settings import SourceSpec

# Half a character in an escape (a title that was cut in the middle of an emoji) makes the whole document no JSON.
_RE_HALF = re.compile(
    r"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)(?<!\\)\\u[dD][c-fC-F].."
)


def parse_json_feed(spec: SourceSpec, text: str, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
    """The items of a JSON Feed."""
    data = read_json(text)
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(items, list):
        return ParseFailed("The answer is JSON but not a JSON Feed.")
    zone = zone_named(spec.timezone)
    entries = [_entry(raw, seen, zone) for raw in items[:MAX_ITEMS] if isinstance(raw, dict)]
    base = _text(data.get("home_page_url")) or fetched.final_url
    return Parsed(
        items=build_items(spec, entries, base, seen),
        hub=_hub(data, fetched),
        topic=absolute(_text(data.get("feed_url")), fetched.final_url) or None,
        notes=(f"Only the first {MAX_ITEMS} of {len(items)} entries were read.",) if len(items) > MAX_ITEMS else (),
    )


def read_json(text: str) -> Any:
    """The value, or None for anything that is not JSON (nested too deep included)."""
    for given in (text, _RE_HALF.sub(r"\\ufffd", text)):
        try:
            return msgspec.json.decode(given.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError, ValueError):
            continue
    return None


def _entry(raw: Mapping[str, Any], seen: datetime, zone: tzinfo) -> Entry:
    html = _text(raw.get("content_html"))
    return Entry(
        link=_text(raw.get("url")) or _text(raw.get("external_url")) or _link_of(raw.get("id")),
        name=_text(raw.get("id")),
        title=title_text(_text(raw.get("title"))),
        html=html or None,
        text=None if html else _text(raw.get("content_text")) or _text(raw.get("summary")) or None,
        published=parse_date(raw.get("date_published") or raw.get("date_modified"), seen, zone),
        author=_author(raw),
    )


def _link_of(name: object) -> str:
    text = _text(name)
    return text if text.startswith(("http://", "https://")) else ""


def _author(raw: Mapping[str, Any]) -> str | None:
    authors = raw.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else raw.get("author")
    if not isinstance(first, dict):
        return None
    return _text(first.get("url")) or _text(first.get("name")) or None


def _hub(data: Mapping[str, Any], fetched: Fetched) -> str | None:
    hubs = data.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub.get("url")):
            return absolute(_text(hub["url"]), fetched.final_url) or None
    return read_hub("", fetched.headers, fetched.final_url)


def _text(value: object) -> str:
    """A string or number as text, anything else as empty."""
    if isinstance(value, bool):
        return ""
    return str(value) if isinstance(value, str | int | float) else ""
