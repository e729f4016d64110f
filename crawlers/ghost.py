"""Ghost's public Content API: `/ghost/api/content/posts/?key=…`. Authors are not asked for.

The key is a Secret: it is put into the address when the site is asked and taken out of every address that is kept.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date
from crawlers.entries import Entry, build_items
from crawlers.guard import MAX_ITEMS
from crawlers.json_api import read_answer, with_parameter
from crawlers.lists import FeedReader, Listed
from crawlers.markup import title_text
from crawlers.settings import SourceSpec

ROUTE = "/ghost/api/content/posts/"
WANTED = "id,title,url,html,excerpt,published_at,updated_at,visibility"


class GhostSource:
    """`via = "ghost"`."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The public posts of one answer."""
        data = read_answer(fetched)
        if isinstance(data, dict) and isinstance(data.get("errors"), list):
            return ParseFailed("Ghost refuses its list of posts; the content key may be wrong.")
        posts = data.get("posts") if isinstance(data, dict) else None
        if not isinstance(posts, list):
            return ParseFailed("The answer is not a Ghost list of posts.")
        entries = [_entry(post, seen) for post in posts[:MAX_ITEMS] if _is_public(post)]
        return Parsed(build_items(spec, entries, site_of(fetched.final_url), seen))


class GhostReader(FeedReader):
    """The same as a list with further pages."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The posts, and the next page of them."""
        listed = super().read_list(spec, fetched, seen)
        if isinstance(listed, ParseFailed):
            return listed
        data = read_answer(fetched)
        pages = _dict(_dict(_dict(data).get("meta")).get("pagination")).get("next")
        more = (with_parameter(fetched.final_url, "page", str(pages)),) if isinstance(pages, int) else ()
        return Listed(listed.leads, more, listed.notes)


def content_url(url: str, key: str) -> str:
    """The address of the list of posts for a site's front page or the route itself, with its key."""
    parts = urlsplit(url)
    asked = url if ROUTE in parts.path else f"{site_of(url)}{ROUTE}?limit=50&fields={WANTED}"
    return with_parameter(asked, "key", key) if key else asked


def without_key(url: str) -> str:
    """An address that may be kept."""
    if "key=" not in url:
        return url
    return with_parameter(url, "key", "").replace("&key=", "").replace("?key=", "?").rstrip("?")


def site_of(url: str) -> str:
    """The site without the route."""
    parts = urlsplit(url)
    folder = parts.path.partition("/ghost/api/")[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{folder}"


def _is_public(post: object) -> bool:
    return isinstance(post, dict) and post.get("visibility", "public") == "public"


def _entry(post: Mapping[str, Any], seen: datetime) -> Entry:
    html = post.get("html") or post.get("excerpt")
    return Entry(
        link=_str(post.get("url")),
        name=_str(post.get("id")),
        title=title_text(_str(post.get("title"))),
        html=_str(html) or None,
        published=parse_date(post.get("published_at") or post.get("updated_at"), seen, UTC),
    )


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _str(value: object) -> str:
    return value if isinstance(value, str) else ""
