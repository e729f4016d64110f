"""What a site offers and by which kind of source it is best read. Pure: pages in, guesses out; nothing is fetched.

    answer -> itself a source (feed, sitemap, API answer, board) -> Guess
           -> a page: what it links (feeds, WordPress, Ghost, Discourse …), else the list on it (proposal)

Guesses are in the order in which they should be tried; a guess is an address to ask and how its answer is read.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawlers.base import Fetched, ParseFailed
from crawlers.decode import decode
from crawlers.feed_json import read_json
from crawlers.forum import BOARDS
from crawlers.identity import absolute
from crawlers.listing import base_of
from crawlers.markup import is_feed_like, is_web_page
from crawlers.mastodon import tag_of
from crawlers.proposal import propose_for
from crawlers.settings import Selectors, Via
from crawlers.tree import parse_tree, select

MAX_GUESSES = 6
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_RE_COMMENTS = re.compile(r"comment|评论", re.IGNORECASE)

NONE = Selectors()


@dataclass(frozen=True, slots=True)
class Guess:
    """A source as it might be: `url` is asked, `via` reads it. `why` is a stable code for people's words."""

    url: str
    via: Via
    why: str
    selectors: Selectors = NONE
    items: str = ""


def detect(fetched: Fetched, seen: datetime) -> tuple[Guess, ...]:
    """What the answer at an address is, or leads to."""
    url = fetched.final_url
    text = decode(fetched.body, fetched.headers.get("content-type", "")).text.strip()
    if text[:1] in ("{", "["):
        return _of_json(url, read_json(text))
    if is_feed_like(text) and not is_web_page(text):
        sitemap = "<urlset" in text[:4000] or "<sitemapindex" in text[:4000]
        return (Guess(url, "sitemap", "is_sitemap") if sitemap else Guess(url, "feed", "is_feed"),)
    tree = parse_tree(text)
    if isinstance(tree, ParseFailed):
        return ()
    return tuple(dict.fromkeys(_of_page(tree, text, fetched, seen)))[:MAX_GUESSES]


def _of_json(url: str, data: object) -> tuple[Guess, ...]:
    if isinstance(data, dict):
        if str(data.get("version", "")).startswith("https://jsonfeed.org/"):
            return (Guess(url, "feed", "is_feed"),)
        if isinstance(data.get("posts"), list) and "/ghost/" in url:
            return (Guess(url, "ghost", "is_ghost"),)
        if (
            "topic_list" in data
            or "topics" in data
            or (isinstance(data.get("data"), list) and "/api/discussions" in url)
        ):
            return (Guess(url, "forum", "is_board"),)
    if isinstance(data, list) and "wp/v2" in url:
        return (Guess(url, "wordpress", "is_wordpress"),)
    path = _list_in(data)
    return () if path is None else (Guess(url, "json", "is_json", items=path),)


def _list_in(data: object, path: str = "", depth: int = 0) -> str | None:
    """Where the first list of objects is, as JMESPath; empty for the top itself."""
    if isinstance(data, list):
        return path if data and all(isinstance(one, dict) for one in data) else None
    if not isinstance(data, dict) or depth > 3:
        return None
    for name, value in data.items():
        if re.fullmatch(r"[A-Za-z_]\w*", name):
            found = _list_in(value, f"{path}.{name}" if path else name, depth + 1)
            if found:
                return found
    return None


def _of_page(tree: HtmlElement, text: str, fetched: Fetched, seen: datetime) -> list[Guess]:
    base = base_of(tree, fetched.final_url)
    guesses = [] if not tag_of(fetched.final_url) or "mastodon" not in text.lower() else [
        Guess(fetched.final_url, "mastodon", "is_mastodon")
    ]  # fmt: skip
    if any(select(tree, board.item) for _, board in BOARDS) or "flarum" in text[:20_000].lower():
        guesses.append(Guess(fetched.final_url, "forum", "is_board"))
    guesses += [Guess(url, "feed", "links_feed") for url in _feeds(tree, base)]
    generator = " ".join(str(said) for said in tree.xpath("//meta[@name='generator']/@content")).lower()
    if "discourse" in generator:
        site = urlsplit(fetched.final_url)
        guesses.insert(0, Guess(f"{site.scheme}://{site.netloc}/latest.json", "forum", "is_board"))
    if "wordpress" in generator or tree.xpath("//link[@rel='https://api.w.org/']"):
        guesses.append(Guess(fetched.final_url, "wordpress", "is_wordpress"))
    proposed = propose_for(tree, base, seen)
    if proposed is not None:
        guesses.append(Guess(fetched.final_url, "listing", "is_list", proposed))
    if "ghost" in generator:
        guesses.append(Guess(fetched.final_url, "ghost", "is_ghost"))
    return guesses


def _feeds(tree: HtmlElement, base: str) -> list[str]:
    """The feeds that a page names, without those of comments."""
    found = []
    for link in tree.xpath("//link[@rel and @href]"):
        kind = str(link.get("type") or "").lower()
        if "alternate" not in str(link.get("rel")).lower() or not kind.startswith(_FEED_TYPES):
            continue
        address = absolute(str(link.get("href")), base)
        if address and not _RE_COMMENTS.search(f"{link.get('title') or ''} {address}"):
            found.append(address)
    return found
