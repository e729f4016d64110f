"""Politeness: thirty simulated days before a server that scores its readers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest
from hostile_server import Sites, conditional, open_sites, reply
from polite_server import Manners, Scorer
from test_crawl_collector import Bench, source

from crawlers.feed import FeedSource
from crawlers.feed_head import read_quiet
from crawlers.settings import SourceSpec
from crawlers.spider import crawl_batch

START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONTACT = "https://news.example.edu/tocsin"


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


def news(every: timedelta) -> Callable[[datetime], bytes]:
    """A feed with something new every so often."""

    def body(now: datetime) -> bytes:
        last = int((now - START) / every)
        return ("<rss>" + "".join(f"<title>{n}</title>" for n in range(max(0, last - 9), last + 1))).encode()

    return body


def live(scorer: Scorer, specs: list[SourceSpec], days: float, most: int = 1500, **policy: Any) -> Bench:
    """Let time pass from due time to due time, restarting the reader at each."""
    bench = Bench(specs, scorer.site.netloc, contact=CONTACT, floor_minutes=60.0, **policy)
    end = scorer.now + timedelta(days=days)
    for _ in range(most):
        if scorer.now >= end:
            break
        summaries = bench.once(scorer.now)
        scorer.now = min(one.next_due for one in summaries.values())
    return bench


def test_a_perfect_score_over_thirty_days(sites: Sites) -> None:
    """A quiet and a daily feed: validators exact, one full request a week, never before its time, no tricks."""
    scorer = Scorer(sites.open(), START)
    paths = {"/quiet": 400 * DAY, "/daily": DAY}
    specs = [source(path[1:], scorer.serve(path, Manners(news(every)))) for path, every in paths.items()]
    live(scorer, specs, 30)
    total = 0
    for path in paths:
        score = scorer.score(path, least=HOUR - timedelta(seconds=1), agent=f"(+{CONTACT})")
        assert set(score.values()) == {0}, (path, score)
        total += len(scorer.asked(path))
        print(f"{path}: {len(scorer.asked(path))} requests in 30 days, "
              f"{sum(one.status == 304 for one in scorer.asked(path))} answered 304")  # fmt: skip
    assert len(scorer.asked("/quiet")) < 30 * 24 / 5
    assert all(one.headers["user-agent"].startswith("Tocsin/") for one in scorer.log)
    assert scorer.most_open == 1
    robots = [request for request in scorer.site.requests if request.path == "/robots.txt"]
    assert 24 <= len(robots) <= 31  # asked again when it is more than a day old at the next reading


def test_a_busy_feed_is_read_at_the_floor_and_no_oftener(sites: Sites) -> None:
    """Something new every hour: once an hour, with exact validators."""
    scorer = Scorer(sites.open(), START)
    live(scorer, [source("s", scorer.serve("/f", Manners(news(HOUR))))], 4)
    assert set(scorer.score("/f", least=HOUR - timedelta(seconds=1), agent=CONTACT).values()) == {0}
    assert 80 <= len(scorer.asked("/f")) <= 96


@pytest.mark.parametrize(
    "headers",
    [
        lambda now: {"Cache-Control": "public, max-age=14400"},
        lambda now: {"Expires": format_datetime(now + 4 * HOUR, usegmt=True)},
        lambda now: {"Cache-Control": 'max-age="14400", must-revalidate'},
    ],
    ids=["max-age", "expires", "quoted"],
)
def test_what_is_fresh_is_not_asked_for(sites: Sites, headers: Callable[[datetime], dict[str, str]]) -> None:
    """An answer that is fresh for four hours is not asked for again within them, however much there is to read."""
    scorer = Scorer(sites.open(), START)
    url = scorer.serve("/f", Manners(news(HOUR), headers))
    live(scorer, [source("s", url)], 4)
    assert len(scorer.asked("/f")) > 10
    assert set(scorer.score("/f", least=4 * HOUR, agent=CONTACT).values()) == {0}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured(sites: Sites, status: int, form: str) -> None:
    """Asked to come back in five hours, it comes back after five hours, again and again."""
    scorer = Scorer(sites.open(), START)

    def ask(now: datetime) -> dict[str, str]:
        until = format_datetime(now + 5 * HOUR, usegmt=True)
        return {"Retry-After": "18000" if form == "seconds" else until}

    url = scorer.serve("/f", Manners(news(HOUR), ask, lambda _now: status))
    live(scorer, [source("s", url)], 2)
    asked = scorer.asked("/f")
    assert 5 <= len(asked) <= 10
    assert min(after.at - before.at for before, after in pairwise(asked)) >= 5 * HOUR


@pytest.mark.parametrize("status", [404, 410, 500, 403])
def test_a_broken_address_is_asked_ever_more_rarely(sites: Sites, status: int) -> None:
    """After ten days of failure it is once a day at most, and never again more often until it works."""
    scorer = Scorer(sites.open(), START)
    url = scorer.serve("/f", Manners(news(HOUR), status=lambda _now: status))
    live(scorer, [source("s", url)], 20)
    late = [one for one in scorer.asked("/f") if one.at > START + 10 * DAY]
    assert 8 <= len(late) <= 11


def test_hours_and_days_that_a_feed_skips_are_skipped(sites: Sites) -> None:
    """skipHours and skipDays are kept over restarts and over 304 answers."""
    scorer = Scorer(sites.open(), START)
    head = "<skipHours><hour>0</hour><hour>1</hour><hour>2</hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"

    def body(now: datetime) -> bytes:
        items = "".join(
            f"<item><title>t{n}</title><link>http://a.example/{n}</link></item>" for n in range((now - START).days + 1)
        )
        return f'<rss version="2.0"><channel><title>x</title>{head}{items}</channel></rss>'.encode()

    url = scorer.serve("/f", Manners(body))
    bench = Bench([source("s", url)], scorer.site.netloc, contact=CONTACT)
    bench.parser = FeedSource()  # type: ignore[assignment]
    scorer.now = START + 5 * HOUR
    end = START + 15 * DAY
    while scorer.now < end:
        scorer.now = bench.once(scorer.now)["s"].next_due
    asked = scorer.asked("/f")
    assert len(asked) > 30
    assert [one.at for one in asked if one.at.hour < 4 or one.at.weekday() == 6] == []


def test_a_move_for_good_is_remembered(sites: Sites) -> None:
    """After three identical 301s the old address is left alone, over restarts."""
    scorer = Scorer(sites.open(), START)
    new = scorer.serve("/new", Manners(news(DAY)))
    old = scorer.serve("/old", Manners(news(DAY), lambda _now: {"Location": new}, lambda _now: 301))
    live(scorer, [source("s", old)], 10)
    assert len(scorer.asked("/old")) == 3
    assert len(scorer.asked("/new")) > 20


def test_a_feed_without_validators_is_not_asked_more_often(sites: Sites) -> None:
    """No ETag, no Last-Modified: the same bytes count as unchanged, and the pause grows as for a 304."""
    scorer = Scorer(sites.open(), START)
    url = scorer.serve("/f", Manners(news(400 * DAY), validators=False))
    live(scorer, [source("s", url)], 10)
    assert len(scorer.asked("/f")) < 10 * 24 / 4
    assert {one.headers.get("if-none-match") for one in scorer.asked("/f")} == {None}


def test_ttl_holds_over_unchanged_answers(sites: Sites) -> None:
    """What the feed asked for in its text is remembered while the server answers 304."""
    scorer = Scorer(sites.open(), START)
    body = b'<rss version="2.0"><channel><title>x</title><ttl>300</ttl><item><title>t</title><link>http://a.example/1</link></item></channel></rss>'
    url = scorer.serve("/f", Manners(lambda _now: body))
    bench = Bench([source("s", url)], scorer.site.netloc, contact=CONTACT)
    bench.parser = FeedSource()  # type: ignore[assignment]
    for _ in range(12):
        scorer.now = bench.once(scorer.now)["s"].next_due
    asked = scorer.asked("/f")
    assert min(after.at - before.at for before, after in pairwise(asked)) >= 5 * HOUR


def test_many_sources_of_one_host_are_one_reader_to_it(sites: Sites) -> None:
    """Twenty feeds of one host: never two requests at once, and each within its own floor."""
    scorer = Scorer(sites.open(), START)
    specs = [source(f"s{n}", scorer.serve(f"/{n}", Manners(news(DAY)))) for n in range(20)]
    live(scorer, specs, 1, most=60)
    assert scorer.most_open == 1
    for n in range(20):
        assert set(scorer.score(f"/{n}", least=HOUR - timedelta(seconds=1), agent=CONTACT).values()) == {0}


@pytest.mark.parametrize(
    ("head", "hours"),
    [
        ("", 0),
        ("<skipHours><hour>3</hour></skipHours>", 7),
        ("<skipHours><hour>24</hour></skipHours>", 7),
        ("<skipDays><day>Saturday</day><day>Sunday</day></skipDays>", 48),
        ("<skipDays><day>Nonsense</day></skipDays>", 0),
        ("<skipHours><hour>x</hour></skipHours>", 0),
    ],
)
def test_skipped_hours_are_read(head: str, hours: int) -> None:
    """Hours of the week; what cannot be read skips nothing."""
    assert len(read_quiet(head)) == hours


def test_a_crawl_reads_its_list_once_and_keeps_the_pause(sites: Sites) -> None:
    """The look is the child's first list, too; every request to the host is apart from the one before; next time a
    list that has not changed costs one conditional request and no page."""
    site = sites.open()
    rows = "".join(
        f"<li><a href='/a/{n}.htm'>云川大学第{n}号通知全文公布</a><span>2026-11-0{n}</span></li>" for n in range(1, 5)
    )
    page = f"<html><body><ul class=list>{rows}</ul></body></html>".encode()
    site.on("/list", conditional(page, '"l1"'))
    for n in range(1, 5):
        text = f"<html><body><h1>云川大学第{n}号通知全文公布</h1><p>{'学校食堂今日检修，请同学们前往一食堂。' * 5}</p></body></html>"
        site.on(f"/a/{n}.htm", reply(text.encode(), Content_Type="text/html; charset=utf-8"))
    bench = Bench(
        [source("s", site.url("/list"), via="listing")], site.netloc, contact=CONTACT, host_delay=0.3, timeout=10.0
    )
    bench.crawls = crawl_batch  # type: ignore[assignment]
    summary = bench.once(START)["s"]
    assert (summary.health, summary.new) == ("healthy", 4), summary.said
    asked = list(site.requests)
    assert [request.path for request in asked].count("/list") == 1
    assert min(after.at - before.at for before, after in pairwise(asked)) >= 0.25
    assert {request.headers["user-agent"] for request in asked} == {asked[0].headers["user-agent"]}
    bench.once(summary.next_due)
    assert [(r.path, r.headers.get("if-none-match")) for r in site.requests[len(asked) :]] == [("/list", '"l1"')]
