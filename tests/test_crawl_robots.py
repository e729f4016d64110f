"""robots.txt by RFC 9309: what each answer means, which rules are ours, and for how long they hold."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hostile_server import Answer, Site, Sites, drop, hang, open_sites, redirect, reply

from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import Fetcher, Wish
from crawlers.robots import MAX_BYTES, RobotsAnswer, RobotsKeeper, Verdict, origin_of, read_rules, rules_of
from crawlers.settings import CrawlPolicy

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOST = "http://example.org"
SHUT = b"User-agent: *\nDisallow: /\n"


class Shelf:
    """The table `robots` in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        return self.rows.get(origin)

    def put_robots(self, values: Mapping[str, Any]) -> None:
        self.rows[values["origin"]] = dict(values)


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.open()


def judge(site: Site, shelf: Shelf | None = None, now: datetime = NOW, path: str = "/feed") -> Verdict:
    """The verdict of a fresh keeper on `path`, over real sockets."""

    async def run() -> Verdict:
        policy = CrawlPolicy(allow_private=[site.netloc], timeout=1.0)
        fetcher = Fetcher(policy)

        async def ask(url: str, at: datetime) -> Fetched | FetchFailed:
            return await fetcher.get(url, at, Wish(limit=MAX_BYTES, cut=True))

        try:
            return await RobotsKeeper(shelf or Shelf(), ask).judge(site.url(path), now)
        finally:
            await fetcher.aclose()

    return asyncio.run(run())


def chain(site: Site, hops: int, end: Answer) -> None:
    """robots.txt behind `hops` redirects."""
    for number in range(hops):
        site.on("/robots.txt" if number == 0 else f"/r{number}", redirect(f"/r{number + 1}"))
    site.on(f"/r{hops}", end)


# ---------------------------------------------------------------- what an answer means


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(200, False), (203, False), (400, True), (401, True), (403, True), (404, True), (410, True), (451, True),
     (429, False), (500, False), (502, False), (503, False), (504, False), (599, False), (204, True), (206, False)],
)  # fmt: skip
def test_each_status_means_what_the_rfc_says(site: Site, status: int, allowed: bool) -> None:
    """2xx: the rules (here: nothing); 4xx: everything may be read; 429 and 5xx: nothing may."""
    site.on("/robots.txt", reply(SHUT, status))
    assert (judge(site).refusal is None) is allowed


@pytest.mark.parametrize("answer", [drop, hang], ids=["drop", "hang"])
def test_a_server_that_does_not_answer_means_nothing_may_be_read(site: Site, answer: Answer) -> None:
    """A dropped connection and a time-out are unreachable, and unreachable means disallow."""
    site.on("/robots.txt", answer)
    refusal = judge(site).refusal
    assert refusal is not None
    assert refusal.grade in ("temporary", "soft")


def test_five_redirects_are_followed_and_six_mean_absent(site: Site, sites: Sites) -> None:
    """Rules behind five redirects hold; behind six there are none."""
    chain(site, 5, reply(SHUT))
    assert judge(site).refusal is not None
    other = sites.open()
    chain(other, 6, reply(SHUT))
    assert judge(other).refusal is None


def test_a_redirect_to_an_unsafe_address_means_nothing_may_be_read(site: Site) -> None:
    """robots.txt cannot be used to make us look inside."""
    site.on("/robots.txt", redirect("http://169.254.169.254/"))
    assert judge(site).refusal is not None


def test_a_mark_at_the_beginning_and_a_big_file_are_read(site: Site, sites: Sites) -> None:
    """A byte-order mark hides no rule; 500 KiB are read, what is behind them is not, and a cut line is dropped."""
    site.on("/robots.txt", reply(b"\xef\xbb\xbf" + SHUT))
    assert judge(site).refusal is not None
    padding = b"# " + b"x" * 97 + b"\n"
    big = sites.open()
    big.on("/robots.txt", reply(padding * 5120 + b"User-agent: *\nDisallow: /feed\n" + padding * 100_000))
    assert judge(big).refusal is not None
    late = sites.open()
    late.on("/robots.txt", reply(padding * 6000 + SHUT))
    assert judge(late).refusal is None
    cut = sites.open()
    tail = b"User-agent: *\nDisallow: /"
    cut.on("/robots.txt", reply(b"#" * (MAX_BYTES - len(tail) - 1) + b"\n" + tail + b"other-place\n"))
    assert judge(cut).refusal is None


def test_a_page_in_place_of_rules_forbids_nothing(site: Site) -> None:
    """A home page served for every address is no set of rules."""
    site.on("/robots.txt", reply("<html><body><p>Disallow: / 欢迎</p></body></html>".encode()))
    assert judge(site).refusal is None


@pytest.mark.parametrize(
    ("status", "says"), [(503, "robots.txt of the site answers 503"), (200, "asks in its robots.txt")]
)
def test_the_refusal_says_what_stands_in_the_way(site: Site, status: int, says: str) -> None:
    """A person reads whether the site said no or its robots.txt is broken."""
    site.on("/robots.txt", reply(SHUT, status, Retry_After="300"))
    refusal = judge(site).refusal
    assert refusal is not None
    assert says in refusal.sentence
    assert refusal.retry_after == (timedelta(seconds=300) if status == 503 else None)


# ---------------------------------------------------------------- how long it holds


def test_an_answer_is_kept_for_a_day_over_restarts(site: Site) -> None:
    """One request a day, though every keeper is new; after 24 hours it is asked again."""
    shelf = Shelf()
    site.on("/robots.txt", reply(SHUT))
    for hours in (0, 1, 23.9):
        assert judge(site, shelf, NOW + timedelta(hours=hours)).refusal is not None
    assert len(site.asked("/robots.txt")) == 1
    site.on("/robots.txt", reply(b""))
    assert judge(site, shelf, NOW + timedelta(hours=24)).refusal is None
    assert len(site.asked("/robots.txt")) == 2


def test_an_answer_from_the_future_is_asked_again(site: Site) -> None:
    """A clock that was set back does not keep old rules alive."""
    shelf = Shelf()
    site.on("/robots.txt", reply(SHUT))
    judge(site, shelf, NOW)
    judge(site, shelf, NOW - timedelta(days=400))
    assert len(site.asked("/robots.txt")) == 2


def test_an_unreachable_file_is_asked_again_soon_and_forgiven_after_a_month(site: Site) -> None:
    """While it cannot be read nothing may be; after 30 days the rules last read are used again."""
    shelf = Shelf()
    site.on("/robots.txt", reply(b"User-agent: *\nDisallow: /secret\n"))
    assert judge(site, shelf, NOW).refusal is None
    site.on("/robots.txt", reply(status=503))
    down = NOW + timedelta(days=1)
    assert judge(site, shelf, down).refusal is not None
    assert judge(site, shelf, down + timedelta(days=29)).refusal is not None
    assert judge(site, shelf, down + timedelta(days=30)).refusal is None
    assert judge(site, shelf, down + timedelta(days=30), path="/secret").refusal is not None
    site.on("/robots.txt", reply(SHUT))
    assert judge(site, shelf, down + timedelta(days=31)).refusal is not None


def test_what_a_row_means_is_pure() -> None:
    """An unreachable origin is closed until a month has passed since it became so."""
    row = RobotsAnswer(HOST, NOW, None, "", NOW - timedelta(days=31))
    assert rules_of(row, NOW).allows(f"{HOST}/x")
    assert not rules_of(RobotsAnswer(HOST, NOW, None, "", NOW), NOW).allows(f"{HOST}/x")


# ---------------------------------------------------------------- which rules are ours

OURS = "User-agent: Tocsin\nDisallow: /"
TWICE = "User-agent: Tocsin\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: tocsin\nDisallow: /b"
NOT_OURS = "Disallow: /\nUser-agent: *\nAllow: /"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/x", True),
        (OURS, "/x", False),
        ("user-agent:tocsin\ndisallow:/", "/x", False),
        ("USER-AGENT: TOCSIN/1.0 (any)\nDISALLOW: /", "/x", False),
        ("User-agent: Tocsin bot\nDisallow: /", "/x", False),
        (f"User-agent: to\n{NOT_OURS}", "/x", True),
        (f"User-agent: Toc\n{NOT_OURS}", "/x", True),
        (f"User-agent: TocsinBot\n{NOT_OURS}", "/x", True),
        (f"User-agent: My-Tocsin\n{NOT_OURS}", "/x", True),
        (f"User-agent:\n{NOT_OURS}", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /\nUser-agent: Tocsin\nDisallow: /y", "/x", True),
        ("User-agent: *\nDisallow: /\nUser-agent: Tocsin\nDisallow: /y", "/y", False),
        ("User-agent: *\nDisallow: /\nUser-agent: Tocsin", "/x", True),
        ("User-agent: *\nDisallow: /\nUser-agent: Tocsin\nDisallow:", "/x", True),
        (
            TWICE,
            "/b",
            False,
        ),
        (
            TWICE,
            "/c",
            True,
        ),
        ("User-agent: other\nUser-agent: Tocsin\nDisallow: /", "/x", False),
        ("User-agent: Tocsin\n\n\nUser-agent: other\nDisallow: /", "/x", False),
        ("User-agent: Tocsin\nSitemap: https://x/s.xml\nUser-agent: other\nDisallow: /", "/x", False),
        ("User-agent: Tocsin\nSome-Thing: odd\nUser-agent: other\nDisallow: /", "/x", False),
        ("User-agent: Tocsin\nAllow: /\nUser-agent: other\nDisallow: /", "/x", True),
        ("Disallow: /\nUser-agent: other\nDisallow: /", "/x", True),
        ("User-agent: *\rDisallow: /x\r", "/x", False),
        ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
        ("User-agent: *\n  Disallow :  /x  # why", "/x", False),
        ("User-agent *\nDisallow /x", "/x", False),
        ("User-agent: *\nDissallow: /x", "/x", False),
        ("User-agent: *\n# Disallow: /x", "/x", True),
        ("User-agent: *\nDisallow: /x#y", "/xz", False),
        ("User-agent: *\nAllow: /\x0bDisallow: /x", "/x", True),
        ("User-agent: *\nDisallow: /x/\nAllow: /x/open", "/x/open/1", True),
        ("User-agent: *\nAllow: /x\nDisallow: /x", "/x", True),
        ("User-agent: *\nDisallow: /x\nAllow: /x", "/x", True),
        ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page.html", False),
        ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page", True),
        ("User-agent: *\nDisallow: /X/", "/x/", True),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /a$", "/a/", True),
        ("User-agent: *\nDisallow: /*.php$", "/i.php?x=1", True),
        ("User-agent: *\nDisallow: /*?replytocom", "/post?replytocom=1", False),
        ("User-agent: *\nDisallow: /a/*/c", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a/*/c", "/a//c", False),
        ("User-agent: *\nDisallow: /通知", "/%E9%80%9A%E7%9F%A5/1", False),
        ("User-agent: *\nDisallow: /%e9%80%9a%e7%9f%a5", "/通知/1", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow: /?", "/", True),
        ("User-agent: *\nDisallow: /?", "/?id=1", False),
        ("User-agent: *\nDisallow: /", "", False),
        ("User-agent: *\nDisallow: " + "/a*" * 500, "/" + "a/" * 400, True),
    ],
)
def test_a_path_is_judged_by_the_longest_rule_of_our_group(text: str, path: str, allowed: bool) -> None:
    """Our group, or else the one for everyone; the longest match wins, and Allow where two are equal."""
    assert read_rules(text).allows(f"{HOST}{path}") is allowed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 10\nDisallow:", 10.0),
        ("User-agent: *\nCrawl-delay: 2,5", 2.5),
        ("User-agent: *\nCrawl-delay: 3600", 60.0),
        ("User-agent: *\nCrawl-delay: -1", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: inf", 60.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nCrawl-delay: 9\nUser-agent: Tocsin\nDisallow: /x", 0.0),
        ("User-agent: Tocsin\nCrawl-delay: 4\nCrawl-delay: 7", 7.0),
        ("", 0.0),
    ],
)
def test_the_crawl_delay_of_our_group_is_honoured_up_to_a_minute(text: str, seconds: float) -> None:
    """Seconds with point or comma; nonsense is no delay; more than a minute is a minute."""
    assert read_rules(text).delay_s == seconds


def test_an_origin_is_scheme_host_and_port() -> None:
    """Rules of one origin say nothing of another."""
    assert origin_of("HTTPS://Example.org/a?b") == "https://example.org"
    assert origin_of("http://example.org:8080/") == "http://example.org:8080"
    assert origin_of("http://[2606:4700::1]/x") == "http://[2606:4700::1]"
