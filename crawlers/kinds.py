"""The kinds of sources: one line each. A new kind is one file, its line here, and a golden pair."""

from collections.abc import Mapping

from crawlers.base import Source
from crawlers.feed import FeedSource
from crawlers.forum import ForumReader
from crawlers.ghost import GhostReader, GhostSource
from crawlers.json_api import JsonReader, JsonSource
from crawlers.listing import ListingReader
from crawlers.lists import FeedReader, ListReader, ListSource
from crawlers.mastodon import MastodonSource
from crawlers.settings import Via
from crawlers.sitemap import SitemapReader
from crawlers.wordpress import WordPressSource

READERS: Mapping[Via, ListReader] = {
    "feed": FeedReader(FeedSource()),
    "wordpress": FeedReader(WordPressSource()),
    "sitemap": SitemapReader(),
    "listing": ListingReader(),
    "forum": ForumReader(),
    "json": JsonReader(JsonSource()),
    "ghost": GhostReader(GhostSource()),
    "mastodon": FeedReader(MastodonSource()),
    "rsshub": FeedReader(FeedSource()),
}
SOURCES: Mapping[Via, Source] = {
    "feed": FeedSource(),
    "wordpress": WordPressSource(),
    "sitemap": ListSource(READERS["sitemap"]),
    "listing": ListSource(READERS["listing"]),
    "forum": ListSource(READERS["forum"]),
    "json": JsonSource(),
    "ghost": GhostSource(),
    "mastodon": MastodonSource(),
    "rsshub": FeedSource(),
}
