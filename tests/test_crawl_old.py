"""Old items are not news, whichever way they come back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hostile_server import Sites, open_sites, reply
from store_kit import a_store, rows_of
from test_crawl_collector import Crawls

from crawlers.collector import Collector
from crawlers.kinds import SOURCES
from crawlers.oldness import is_old, mark_old
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.model import RawItem
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.voices import SeededSecrets, VoiceKeys

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PARSERS = {str(via): source for via, source in SOURCES.items()}
SCHOOL = School("云川大学")


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


def feed(base: str, *days: float) -> bytes:
    """A feed of items that were published so many days before NOW."""
    items = "".join(
        f"<item><title>云川大学通知{n}</title><link>{base}/{n}</link><guid isPermaLink='false'>{base}-{n}</guid>"
        f"<pubDate>{format_datetime(NOW - timedelta(days=ago))}</pubDate><description>云川大学食堂通知第{n}号。</description></item>"
        for n, ago in enumerate(days)
    )
    return f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()


def test_an_archive_that_comes_back_under_new_addresses_is_history(sites: Sites) -> None:
    """A site moves: fifty old items under new addresses are history; the one of this morning is news."""
    site = sites.open().on("/f", reply(feed("http://old.example", *range(1, 51))))
    store, keys = a_store(), VoiceKeys(SeededSecrets(b"a seed of tests, long enough"))
    screen = Screen(SCHOOL, Masker([SCHOOL.name]), Matcher(SCHOOL), keys, LinkSeal(b"a key of a test, long enough"))
    policy = CrawlPolicy(allow_private=[site.netloc], host_delay=0.0)
    specs = [SourceSpec("s", site.url("/f"), "news")]

    def once(now: datetime) -> None:
        Collector(specs, policy, store, screen, lambda: now, Crawls(), PARSERS).collect_once(now)

    once(NOW)
    site.on("/f", reply(feed("http://new.example", 0.1, *range(15, 64))))
    once(NOW + timedelta(hours=7))
    queued = rows_of(store.engine, "intake")
    history = [row["history_at"] is not None for row in queued]
    assert len(queued) == 100
    assert history[50:].count(False) == 1


@pytest.mark.parametrize(
    ("days", "old"), [(0.2, False), (6, False), (13.9, False), (14.1, True), (400, True), (-1, False)]
)
def test_late_is_not_old(days: float, old: bool) -> None:
    """Hours and days late is news that came late; two weeks are history; no date is news."""
    item = RawItem("i", "s", "news", "http://a.example/1", NOW, "题", published=NOW - timedelta(days=days))
    assert is_old(item) == old
    assert [one.first_fetch for one in mark_old([item], first=False)] == [old]
    assert [one.first_fetch for one in mark_old([replace(item, published=None)], first=False)] == [False]
    assert [one.first_fetch for one in mark_old([item], first=True)] == [True]
