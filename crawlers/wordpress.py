"""WordPress posts by REST: `/wp-json/wp/v2/posts` or `?rest_route=/wp/v2/posts`. The author is not read.

`posts_url` makes the address from whatever of the site was configured: its front page or the route itself.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.entries import Entry, build_items
from crawlers.feed_json import read_json
from crawlers.guard import MAX_ITEMS
from crawlers.markup import title_text
from crawlers.settings import SourceSpec


class WordPressSource:
    """`via = "wordpress"`."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The published posts of one answer."""
        data = read_json(decode(fetched.body, fetched.headers.get("content-type", "")).text)
        if isinstance(data, dict) and isinstance(data.get("code"), str):
            return ParseFailed("WordPress refuses its list of posts.")
        if not isinstance(data, list):
            return ParseFailed("The answer is not a WordPress list of posts.")
        zone = zone_named(spec.timezone)
        entries = [_entry(post, seen, zone) for post in data[:MAX_ITEMS] if _is_public(post)]
        if data and not any(entry.link for entry in entries):
            return ParseFailed("The answer is not a WordPress list of posts.")
        return Parsed(build_items(spec, entries, fetched.final_url, seen))


def posts_url(url: str) -> str:
    """The address of the list of posts for a site's front page; a REST address stays as it is."""
    parts = urlsplit(url)
    if "rest_route" in parse_qs(parts.query) or "/wp-json" in parts.path:
        return url
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/?rest_route=/wp/v2/posts&per_page=50"


def _is_public(post: object) -> bool:
    return isinstance(post, dict) and post.get("status", "publish") == "publish"


def _entry(post: Mapping[str, Any], seen: datetime, zone: tzinfo) -> Entry:
    body = _rendered(post.get("content")) or _rendered(post.get("excerpt"))
    moment = parse_date(post.get("date_gmt"), seen, UTC) or parse_date(post.get("date"), seen, zone)
    return Entry(
        link=str(post.get("link") or ""),
        name=str(post.get("id") or ""),
        title=title_text(_rendered(post.get("title"))),
        html=body or None,
        published=moment,
    )


def _rendered(field: object) -> str:
    """`{"rendered": "..."}` or a bare string. Content behind a password is withheld by WordPress itself."""
    value = field.get("rendered") if isinstance(field, dict) else field
    return value if isinstance(value, str) else ""
