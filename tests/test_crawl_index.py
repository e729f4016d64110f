"""An index of sitemaps is worked through whether or not it has changed."""

import gzip

import pytest

from crawlers.base import Fetched
from crawlers.settings import SourceSpec
from crawlers.visit import speaks_for_itself

MAP = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>'
INDEX = b'<?xml version="1.0"?><sitemapindex><sitemap><loc>http://a.example/1.xml</loc></sitemap></sitemapindex>'


@pytest.mark.parametrize(
    ("via", "body", "alone"),
    [("sitemap", MAP, True), ("sitemap", INDEX, False), ("sitemap", gzip.compress(INDEX), False), ("listing", b"<html>", True)],
)  # fmt: skip
def test_only_what_holds_its_own_news_may_be_left_unread_when_it_stays_the_same(
    via: str, body: bytes, alone: bool
) -> None:
    """WordPress keeps its index byte for byte while a post appears in one of its maps."""
    spec = SourceSpec("s", "http://a.example/sitemap.xml", "news", via=via)  # type: ignore[arg-type]
    assert speaks_for_itself(spec, Fetched(spec.url, spec.url, 200, {}, body, 0.1)) is alone
