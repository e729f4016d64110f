"""The collector with the real parsers, the real screen and the real store: what a feed says arrives in the queue."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hostile_server import Site, Sites, conditional, open_sites, redirect, reply
from test_crawl_collector import Crawls

from crawlers.collector import Collector, SourceSummary
from crawlers.kinds import SOURCES
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.engine import open_engine
from pipeline.store.migrate import upgrade
from pipeline.store.store import SqlStore
from pipeline.voices import SeededSecrets, VoiceKeys

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SCHOOL = School("云川大学", aliases=["云大"])
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>新闻</title><ttl>180</ttl>
<item><title>云川大学食堂今日恢复供餐</title><link>http://news.example.cn/1</link>
<pubDate>Tue, 24 Nov 2026 07:00:00 GMT</pubDate>
<description>云川大学第二食堂检修完毕，今日中午起恢复供餐。</description></item>
<item><title>城市马拉松周日开跑</title><link>http://news.example.cn/2</link>
<pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate><description>沿线道路临时管制。</description></item>
</channel></rss>""".encode()
POSTS = """[{"id": 7, "status": "publish", "link": "http://school.example.cn/7", "date_gmt": "2026-11-24T07:30:00",
"title": {"rendered": "云川大学招生办公告"}, "content": {"rendered": "<p>云川大学招生咨询日改期。</p>"}}]""".encode()


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.open()


def once(folder: Path, specs: list[SourceSpec], site: Site, now: datetime = NOW) -> dict[str, SourceSummary]:
    """One round of a fresh collector on the store in `folder`."""
    engine = open_engine(f"sqlite:///{folder / 'tocsin.db'}")
    upgrade(engine)
    screen = Screen(
        SCHOOL, Masker(["云川大学"]), Matcher(SCHOOL), VoiceKeys(SeededSecrets(b"seed")), LinkSeal(LinkSeal.new_key())
    )
    policy = CrawlPolicy(allow_private=[site.netloc], timeout=2.0, host_delay=0.01)
    collector = Collector(specs, policy, SqlStore(engine), screen, lambda: now, Crawls(), SOURCES)
    try:
        return {summary.id: summary for summary in collector.collect_once(now)}
    finally:
        engine.dispose()


def waiting(folder: Path) -> list[str | None]:
    """The titles in the queue."""
    engine = open_engine(f"sqlite:///{folder / 'tocsin.db'}")
    try:
        return [one.document.title for one in SqlStore(engine).waiting(100)]
    finally:
        engine.dispose()


def test_a_feed_arrives_in_the_queue_once_and_its_state_is_kept(site: Site, tmp_path: Path) -> None:
    """Items are queued once over restarts; validators, due time, ttl and robots.txt survive in the tables."""
    site.on("/feed.xml", conditional(FEED, 'W/"1"'))
    specs = [SourceSpec("paper", site.url("/feed.xml"), "news", timezone="Asia/Shanghai")]
    summary = once(tmp_path, specs, site)["paper"]
    assert (summary.health, summary.items, summary.new) == ("healthy", 2, 2)
    assert summary.next_due - NOW >= timedelta(hours=3)
    assert not once(tmp_path, specs, site, NOW + timedelta(hours=2))["paper"].ran
    later = once(tmp_path, specs, site, NOW + timedelta(hours=4))["paper"]
    assert (later.ran, later.health, later.new) == (True, "healthy", 0)
    assert site.asked("/feed.xml")[1].headers["if-none-match"] == 'W/"1"'
    assert len(site.asked("/robots.txt")) == 1
    assert waiting(tmp_path) == ["云川大学食堂今日恢复供餐", "城市马拉松周日开跑"]


def test_wordpress_is_asked_by_rest_and_a_robots_row_is_kept_over_restarts(site: Site, tmp_path: Path) -> None:
    """The front page of a WordPress site is configured, its list of posts is read; a site that is down says so."""
    site.on("/?rest_route=/wp/v2/posts&per_page=50", reply(POSTS, Content_Type="application/json"))
    specs = [SourceSpec("school", site.url("/"), "official", via="wordpress")]
    assert once(tmp_path, specs, site)["school"].new == 1
    site.on("/robots.txt", reply(status=503))
    summary = once(tmp_path, specs, site, NOW + timedelta(days=2))["school"]
    assert (summary.health, "robots.txt" in summary.said) == ("failing", True)
    assert waiting(tmp_path) == ["云川大学招生办公告"]


def test_a_move_and_a_failure_are_kept_in_the_table(site: Site, tmp_path: Path) -> None:
    """The counters of moves and failures go on over restarts of the process."""
    site.on("/old", redirect("/new", 301)).on("/new", conditional(FEED, '"1"'))
    specs = [SourceSpec("paper", site.url("/old"), "news")]
    for days in range(4):
        once(tmp_path, specs, site, NOW + timedelta(days=days))
    assert len(site.asked("/old")) == 3
    site.on("/new", reply(status=500))
    said = [once(tmp_path, specs, site, NOW + timedelta(days=days))["paper"].said for days in (5, 7)]
    assert said[1] == "The server answers 500 (internal server error) (failed 2 times in a row)."
