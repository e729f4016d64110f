"""The kinds of sources: one line each. A new kind is one file, its line here, and a golden pair."""

from collections.abc import Mapping

from crawlers.base import Source
from crawlers.feed import FeedSource
from crawlers.forum import ForumReader
from crawlers.listing import ListingReader
from crawlers.lists import FeedReader, ListReader, ListSource
from crawlers.settings import Via
from crawlers.sitemap import SitemapReader
from crawlers.wordpress import WordPressSource

READERS: Mapping[Via, ListReader] = {
    "feed": FeedReader(FeedSource()),
    "wordpress": FeedReader(WordPressSource()),
    "sitemap": SitemapReader(),
    "listing": ListingReader(),
    "forum": ForumReader(),
}
SOURCES: Mapping[Via, Source] = {
    "feed": FeedSource(),
    "wordpress": WordPressSource(),
    "sitemap": ListSource(READERS["sitemap"]),
    "listing": ListSource(READERS["listing"]),
    "forum": ListSource(READERS["forum"]),
}
