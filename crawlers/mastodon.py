"""Public tag timelines of Mastodon and its kin: `/api/v1/timelines/tag/NAME`, without any login.

Of an account nothing is read but its id, which becomes a voice; a post whose account asks not to be found
(`noindex`) is left out. Only what came after the last reading is asked for (`min_id`, oldest first, so that
nothing between two readings is skipped); the link is the one without the account.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from crawlers.base import Fetched, Parsed, ParseFailed
from crawlers.dates import parse_date
from crawlers.entries import Entry, build_items
from crawlers.json_api import read_answer, with_parameter
from crawlers.settings import SourceSpec

ROUTE = "/api/v1/timelines/tag/"
LIMIT = 40


class MastodonSource:
    """`via = "mastodon"`."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The public posts of one answer, each once; boosts are not on a tag timeline."""
        data = read_answer(fetched)
        if isinstance(data, dict) and data.get("error"):
            return ParseFailed("The server does not show this timeline without a login.")
        if not isinstance(data, list):
            return ParseFailed("The answer is not a timeline.")
        posts = [post for post in data[: 2 * LIMIT] if isinstance(post, dict) and _number(post)]
        if data and not posts:
            return ParseFailed("The answer is not a timeline.")
        site = "{0.scheme}://{0.netloc}".format(urlsplit(fetched.final_url))
        entries = [_entry(post, site, seen) for post in posts if _is_open(post)]
        return Parsed(
            build_items(spec, entries, "", seen),
            ttl=wait_of(fetched.headers, seen),
            position=max((_number(post) for post in posts), key=_order, default=None),
            partial=True,
        )


def timeline_url(url: str, position: str = "") -> str:
    """The address of the timeline for a tag's page or the route itself, from `position` on."""
    parts = urlsplit(url)
    asked = with_parameter(f"{parts.scheme}://{parts.netloc}{ROUTE}{quote(tag_of(url))}", "limit", str(LIMIT))
    return with_parameter(asked, "min_id", position) if position.isalnum() else asked


def tag_of(url: str) -> str:
    """The tag that an address is about, empty when it is about none."""
    path = unquote(urlsplit(url).path).rstrip("/")
    for mark in (ROUTE, "/tags/"):
        before, found, name = path.partition(mark)
        if found and not before and name and "/" not in name:
            return name.removesuffix(".rss").lstrip("#")
    return ""


def wait_of(headers: Mapping[str, str], seen: datetime) -> timedelta | None:
    """How long the server wants to be left alone, when its limit is used up."""
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    until = parse_date(headers.get("x-ratelimit-reset", ""), seen, UTC)
    return until - seen if until and until > seen else None


def _is_open(post: Mapping[str, Any]) -> bool:
    account = post.get("account")
    hidden = isinstance(account, dict) and account.get("noindex") is True
    return post.get("visibility", "public") == "public" and not hidden and not post.get("reblog")


def _entry(post: Mapping[str, Any], site: str, seen: datetime) -> Entry:
    account = post.get("account")
    warning = post.get("spoiler_text")
    return Entry(
        link=f"{site}/web/statuses/{_number(post)}",
        name=_number(post),
        title=warning.strip()[:200] or None if isinstance(warning, str) else None,
        html=post["content"] if isinstance(post.get("content"), str) else None,
        published=parse_date(post.get("created_at"), seen, UTC),
        author=str(account.get("id") or "") if isinstance(account, dict) else None,
    )


def _number(post: Mapping[str, Any]) -> str:
    """The id of a post: digits on Mastodon, letters and digits on its kin."""
    said = post.get("id")
    return said if isinstance(said, str) and said.isalnum() and len(said) <= 40 else ""


def _order(number: str) -> tuple[int, str]:
    return len(number), number
