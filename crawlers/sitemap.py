"""Sitemaps: news sitemaps, plain ones, indexes of them, plain or gzip; and the pages they name.

A news sitemap gives title and time; of a plain one the page is read for them. From an index the newest sitemaps are
read (news first). Addresses on another host than the sitemap's are left out, as the protocol asks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from lxml import etree

from crawlers.base import Fetched, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.entries import Entry, make_item
from crawlers.extract import extract_page
from crawlers.guard import MAX_ITEMS, refuse_depth, refuse_feed
from crawlers.identity import absolute
from crawlers.inflate import BodyRefused, Inflater
from crawlers.lists import Lead, Listed
from crawlers.markup import is_web_page, mend_references, title_text
from crawlers.settings import SourceSpec
from pipeline.model import RawItem

MAX_INFLATED = 20 * 1024 * 1024
MAX_CHILDREN = 10
# Sitemaps of people and of archives: no articles, and people are nobody's business here.
_RE_PEOPLE = re.compile(
    r"(?:sitemap[\w-]*[-_=](?:users?|authors?|tags?|post_tag|category|taxonom\w*)\b|/authors?/|/user/|/tag/"
    r"|\?(?:author|author_name|cat|tag)=[^&]*$)"
)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class _Place:
    """One `<url>` or `<sitemap>`."""

    address: str
    title: str | None
    stated: datetime | None
    changed: datetime | None

    @property
    def newest(self) -> datetime | None:
        return self.stated or self.changed


class SitemapReader:
    """`via = "sitemap"`."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The pages, newest first, or the child sitemaps of an index."""
        root = _read_root(fetched)
        if isinstance(root, ParseFailed):
            return root
        places = list(_places(root, fetched.final_url, zone_named(spec.timezone), seen))
        if _local(root) == "sitemapindex":
            return Listed((), more=_choose_children(places))
        leads = {(lead := _lead(spec, place, seen)).item.id: lead for place in reversed(_newest_first(places))}
        return Listed(tuple(reversed(leads.values()))[:MAX_ITEMS])

    def read_page(self, spec: SourceSpec, lead: Lead, fetched: Fetched, seen: datetime) -> RawItem | ParseFailed:
        """The article; title and time of a news sitemap win over those of the page."""
        page = extract_page(spec, fetched, seen)
        if isinstance(page, ParseFailed):
            return page
        item = lead.item
        return replace(item, title=item.title or page.title, text=page.text, published=item.published or page.published)


def _read_root(fetched: Fetched) -> "etree._Element | ParseFailed":
    try:
        body = _inflate(fetched.body) if fetched.body.startswith(_GZIP) else fetched.body
    except BodyRefused as refused:
        return ParseFailed(f"The sitemap was not used: {refused}.")
    text = decode(body, fetched.headers.get("content-type", "")).text.strip()
    if not text or is_web_page(text):
        return ParseFailed(
            "The address answers with a web page, not with a sitemap." if text else "The answer is empty."
        )
    refusal = refuse_feed(text) or refuse_depth(text)
    if refusal:
        return ParseFailed(refusal)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, encoding="utf-8")
    root = etree.fromstring(mend_references(text).encode("utf-8", "replace"), parser)
    if root is None or _local(root) not in ("urlset", "sitemapindex"):
        return ParseFailed("The answer is not a sitemap.")
    return root


def _inflate(body: bytes) -> bytes:
    inflater = Inflater("gzip", MAX_INFLATED)
    inflater.feed(body)
    return inflater.finish()


def _places(root: "etree._Element", base: str, zone: tzinfo, seen: datetime) -> Iterator[_Place]:
    host = urlsplit(base).hostname
    for node in root:
        said = {_local(leaf): (leaf.text or "").strip() for leaf in node.iter(etree.Element)}
        address = absolute(said.get("loc", ""), base)
        if not address or not _same_site(urlsplit(address).hostname, host) or _is_no_article(address):
            continue
        yield _Place(
            address=address,
            title=title_text(said.get("title")),
            stated=parse_date(said.get("publication_date"), seen, zone),
            changed=parse_date(said.get("lastmod"), seen, zone),
        )


def _local(node: "etree._Element") -> str:
    """The tag without name space or prefix. lxml's QName raises for names that a recovered document may hold."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]


def _is_no_article(address: str) -> bool:
    """People and archives, and the front page: it says again what every article says."""
    parts = urlsplit(address)
    return _RE_PEOPLE.search(address) is not None or (parts.path in ("", "/") and not parts.query)


def _same_site(one: str | None, other: str | None) -> bool:
    return (one or "").removeprefix("www.") == (other or "").removeprefix("www.")


def _choose_children(places: list[_Place]) -> tuple[str, ...]:
    """News sitemaps first, then those changed last; an index that says nothing is read from its end."""
    ranked = sorted(enumerate(places), key=lambda pair: (_is_news(pair[1]), _recency(pair[1]), pair[0]))
    return tuple(place.address for _, place in reversed(ranked))[:MAX_CHILDREN]


def _newest_first(places: list[_Place]) -> list[_Place]:
    """By date; a sitemap that says no date is read from its end (WordPress before 6.5 writes its oldest post first)."""
    if not any(place.newest for place in places):
        return places[::-1]
    return sorted(places, key=_recency, reverse=True)


def _is_news(place: _Place) -> bool:
    return "news" in urlsplit(place.address).path


def _recency(place: _Place) -> float:
    return place.newest.timestamp() if place.newest else 0.0


def _lead(spec: SourceSpec, place: _Place, seen: datetime) -> Lead:
    # `lastmod` says when a page was touched, not when it was published: only a news sitemap's own date is taken.
    entry = Entry(link=place.address, title=place.title, published=place.stated)
    return Lead(make_item(spec, entry, place.address, seen), place.address)
