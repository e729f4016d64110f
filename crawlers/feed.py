"""RSS 0.9 to 2.0, RDF, Atom and JSON Feed.

    bytes -> decode -> guard -> dates rewritten to UTC -> fastfeedparser -> (feedparser) -> Entry -> RawItem

The dates are rewritten in the text because both parsers guess them wrong for Chinese sources; what comes out of a
parser as a time is believed only when it is one of ours (fastfeedparser also reads guids as dates). feedparser is
asked where the fast parser fails or gives fewer entries or empty ones; it is some 40 times slower.
HTML stays as it is here: `pipeline.clean` makes text of it.
"""

import html
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import fastfeedparser
import feedparser

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.entries import Entry, build_items
from crawlers.feed_head import head_of, read_hub, read_quiet, read_topic, read_ttl
from crawlers.feed_json import parse_json_feed
from crawlers.guard import MAX_ITEMS, cut_items, refuse_depth, refuse_feed
from crawlers.identity import absolute
from crawlers.markup import is_feed_like, is_web_page, mend_references, title_text
from crawlers.settings import SourceSpec

# The sentinel keeps fastfeedparser from taking an entry's guid for its date; 1970 is never believed.
UNKNOWN = "1970-01-01T00:00:00+00:00"
MAX_SLOW_CHARS = 4_000_000
_RE_DATE = re.compile(
    r"(<(?:[A-Za-z][\w-]*:)?(?:[Pp]ub[Dd]ate|[Pp]ublished|[Uu]pdated|[Mm]odified|[Ii]ssued|[Cc]reated|[Dd]ate|lastBuildDate)"
    r"(?:\s[^<>]{0,200})?>)\s*(?:<!\[CDATA\[)?([^<>\]]{0,200})(?:\]\]>)?\s*(?=</)"
)
_RE_RSS_END = re.compile(r"(?=</item\s*>)", re.IGNORECASE)
_RE_DECLARATION = re.compile(r"^\s*(?:<\?xml[^>]{0,300}\?>\s*)+", re.IGNORECASE)
_RE_BASE = re.compile(r"<[^<>]{0,500}?\bxml:base\s*=\s*[\"']([^\"'<>]{1,500})", re.IGNORECASE)
_RE_BARE_HTML = re.compile(r"<(?:description|summary)(?:\s[^<>]{0,200})?>\s*<(?:[a-z][a-z0-9]*)[\s>/]", re.IGNORECASE)
_RE_ATOM_LINK = re.compile(r"<[\w-]+:link\s[^<>]{0,500}?\bhref\s*=", re.IGNORECASE)
_REL_ELSEWHERE = r"rel\s*=\s*[\"'](?:self|edit|replies|enclosure|related|via)[\"']"
_RE_OTHER_LINK = re.compile(
    rf"<(?:[\w-]+:)?link\s(?:[^<>]{{0,500}}?{_REL_ELSEWHERE}[^<>]{{0,500}}?href\s*=\s*[\"']([^\"'<>]{{1,1000}})"
    rf"|[^<>]{{0,500}}?href\s*=\s*[\"']([^\"'<>]{{1,1000}})[\"'][^<>]{{0,300}}?{_REL_ELSEWHERE})",
    re.IGNORECASE,
)
_FAST_OPTIONS = {"include_tags": False, "include_media": False, "include_enclosures": False}

Times = Mapping[str, datetime | None]


class FeedSource:
    """`via = "feed"`."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The entries of the feed, in document order, at most `MAX_ITEMS`."""
        text = decode(fetched.body, fetched.headers.get("content-type", "")).text.strip()
        if not text:
            return ParseFailed("The answer is empty.")
        if text[0] in "{[":
            return parse_json_feed(spec, text, fetched, seen)
        if is_web_page(text):
            return ParseFailed("The address answers with a web page, not with a feed.")
        return _parse_xml(spec, text, fetched, seen)


def _parse_xml(spec: SourceSpec, text: str, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
    if not is_feed_like(text):
        return ParseFailed("The answer is not a feed.")
    refusal = refuse_feed(text)
    if refusal:
        return ParseFailed(refusal)
    text, total = cut_items(_RE_DECLARATION.sub("", text))
    text, times = rewrite_dates(mend_references(text), seen, zone_named(spec.timezone), total)
    found = _read(text, min(total, MAX_ITEMS))
    if isinstance(found, ParseFailed):
        return found
    head = head_of(text)
    entries = [_entry(raw, times) for raw in found["entries"][:MAX_ITEMS]]
    return Parsed(
        items=build_items(spec, entries, _base(head, found, fetched), seen),
        ttl=read_ttl(head),
        hub=read_hub(head, fetched.headers, fetched.final_url),
        quiet=read_quiet(head),
        topic=read_topic(head, fetched.headers, fetched.final_url),
        notes=(f"Only the first {MAX_ITEMS} of {total} entries were read.",) if total > MAX_ITEMS else (),
    )


def rewrite_dates(text: str, seen: datetime, zone: tzinfo, items: int) -> tuple[str, Times]:
    """`text` with every date element in UTC (or `UNKNOWN`), and the moments by what was written."""
    times: dict[str, datetime | None] = {UNKNOWN: None}

    def rewrite(match: re.Match[str]) -> str:
        moment = parse_date(match.group(2), seen, zone)
        written = moment.isoformat(timespec="seconds") if moment else UNKNOWN
        times[written] = moment
        return match.group(1) + written

    text, count = _RE_DATE.subn(rewrite, text)
    if count < items:
        text = _RE_RSS_END.sub(f"<pubDate>{UNKNOWN}</pubDate>", text)
    return text, times


def _read(text: str, expected: int) -> Mapping[str, Any] | ParseFailed:
    fast = _read_fast(text)
    return _read_slow(text, fast) if fast is None or _loses(fast, expected, text) else fast


def _read_fast(text: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = fastfeedparser.parse(text.encode("utf-8", "replace"), **_FAST_OPTIONS)
    except Exception:  # it raises whatever its parts raise; the careful parser is asked next
        return None
    return found


def _loses(found: Mapping[str, Any], expected: int, text: str) -> bool:
    entries = found["entries"]
    if len(entries) < expected:
        return True
    if _misses_link(entries, text) or (_RE_BARE_HTML.search(text) and not all(map(_says_something, entries))):
        return True
    if 'type="xhtml"' in text and not all(raw.get("title") for raw in entries):
        return True
    return any(not (raw.get("title") or raw.get("description") or raw.get("content")) for raw in entries)


def _misses_link(entries: Sequence[Mapping[str, Any]], text: str) -> bool:
    """True when an entry has no link although it has one of Atom's, or one that leads elsewhere (`rel="self"`)."""
    elsewhere = _links_elsewhere(text)
    bare = any(not raw.get("link") for raw in entries) and _RE_ATOM_LINK.search(text) is not None
    return bare or any(raw.get("link") in elsewhere for raw in entries)


def _links_elsewhere(text: str) -> set[str]:
    return {html.unescape(href) for pair in _RE_OTHER_LINK.findall(text) for href in pair if href}


def _says_something(raw: Mapping[str, Any]) -> bool:
    return bool(raw.get("description") or raw.get("content"))


def _read_slow(text: str, fast: Mapping[str, Any] | None) -> Mapping[str, Any] | ParseFailed:
    refusal = refuse_depth(text)
    if refusal:
        return ParseFailed(refusal)
    slow = _ask_feedparser(text) if len(text) <= MAX_SLOW_CHARS else None
    elsewhere = _links_elsewhere(text)
    if slow is None or (fast is not None and _worth(fast, elsewhere) >= _worth(slow, elsewhere)):
        return fast if fast is not None else ParseFailed("The feed is broken beyond reading.")
    if not slow["entries"] and not slow.get("version"):
        return ParseFailed("The feed is broken beyond reading.")
    return slow


def _ask_feedparser(text: str) -> Mapping[str, Any] | None:
    try:
        found = feedparser.parse(text.encode("utf-8", "replace"), sanitize_html=False, resolve_relative_uris=False)
    except Exception:  # no bytes may stop the round of sources
        return None
    # Plain dictionaries: its own ones answer for one field with another, and warn about it.
    entries = [{**dict(raw), "description": dict(raw).get("summary")} for raw in found["entries"]]
    return {"entries": entries, "feed": dict(found["feed"]), "version": found.get("version")}


def _worth(found: Mapping[str, Any], elsewhere: Collection[str]) -> int:
    return sum(
        bool(raw.get("title")) + _says_something(raw) + (bool(raw.get("link")) and raw["link"] not in elsewhere)
        for raw in found["entries"]
    )


def _entry(raw: Mapping[str, Any], times: Times) -> Entry:
    body, plain = _body(raw)
    return Entry(
        link=str(raw.get("link") or ""),
        name=str(raw.get("id") or ""),
        title=title_text(raw.get("title")),
        html=None if plain else body,
        text=body if plain else None,
        published=_published(raw, times),
        author=raw.get("author"),
    )


def _body(raw: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The longest of content and description, and whether it is plain text."""
    contents = raw.get("content") or ()
    best: Mapping[str, Any] = max(contents, key=lambda part: len(part.get("value") or ""), default={})
    value, summary = best.get("value") or "", raw.get("description") or ""
    if len(summary) > len(value):
        return summary, False
    return value or None, best.get("type") in ("text", "text/plain") and "<" not in value


def _published(raw: Mapping[str, Any], times: Times) -> datetime | None:
    for field in ("published", "updated"):
        moment = times.get(raw.get(field) or "")
        if moment:
            return moment
    return None


def _base(head: str, found: Mapping[str, Any], fetched: Fetched) -> str:
    """What relative links are relative to: `xml:base`, the channel's own page (RSS), or the feed."""
    declared = _RE_BASE.search(head)
    if declared:
        return absolute(declared.group(1), fetched.final_url) or fetched.final_url
    link = str(found.get("feed", {}).get("link") or "")
    atom = "<feed" in head[:2000]
    return link if link.startswith(("http://", "https://")) and not atom else fetched.final_url
