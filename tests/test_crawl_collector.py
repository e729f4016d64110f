"""The collector over real sockets: hostile sources beside good ones, manners over restarts, nothing lost."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hostile_server import (
    Answer,
    PeakMemory,
    Request,
    Site,
    Sites,
    bomb,
    conditional,
    dead_url,
    drip,
    feed,
    hang,
    huge,
    open_sites,
    raw,
    redirect,
    reply,
)

from crawlers.base import CrawlDone, CrawlEvent, CrawlItem, CrawlJob, Fetched, Parsed, ParseFailed
from crawlers.collector import Collector, SourceSummary
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.model import Document, Mention, RawItem, Screened

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECONDS = 1.0


class LineFeed:
    """A parser for the tests: `<title>` by `<title>`; anything without `<rss` is no feed."""

    def __init__(self) -> None:
        self.parsed: list[str] = []
        self.slow: set[str] = set()
        self.faulty: set[str] = set()

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        self.parsed.append(spec.id)
        if spec.id in self.faulty:
            raise ValueError("a title nobody may read in a log")
        if spec.id in self.slow:
            time.sleep(1.5)
        text = fetched.body.decode("utf-8", "replace")
        if "<rss" not in text:
            return ParseFailed("The answer is not a feed.")
        titles = [part.split("</title>")[0] for part in text.split("<title>")[1:]]
        return Parsed(tuple(make_item(spec, title, seen) for title in titles))


def make_item(spec: SourceSpec, title: str, seen: datetime) -> RawItem:
    return RawItem(f"{spec.id}-{title}", spec.id, spec.kind, f"http://example.org/{title}", seen, title=title)


class PlainScreen:
    """Screens by copying; refuses titles that say so, breaks on those that say that."""

    def screen(self, raw: RawItem, now: datetime) -> object:
        if raw.title == "refuse":
            return "not taken"
        if raw.title == "break":
            raise RuntimeError("a text nobody may read in a log")
        mention = Mention(True, (), "")
        text = raw.title or ""
        first = raw.first_fetch
        return Screened(
            Document(
                raw.id,
                raw.source,
                raw.source_kind,
                None,
                raw.url,
                text,
                text,
                "zh",
                None,
                raw.seen,
                mention,
                text,
                first,
            )
        )


class MemoryStore:
    """The state of record in memory; `break_down` makes every write fail."""

    def __init__(self) -> None:
        self.sources: dict[str, dict[str, Any]] = {}
        self.robots: dict[str, dict[str, Any]] = {}
        self.items: dict[str, Screened] = {}
        self.broken = False

    def source_rows(self) -> Sequence[Mapping[str, Any]]:
        return list(self.sources.values())

    def put_source(self, values: Mapping[str, Any]) -> None:
        self._check()
        self.sources[values["id"]] = dict(values)

    def put_sources(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._check()
        self.sources.update({row["id"]: dict(row) for row in rows})

    def enqueue(self, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime) -> int:
        self._check()
        self.sources[source["id"]] = dict(source)
        fresh = [one for one in screened if one.document.id not in self.items]
        self.items.update({one.document.id: one for one in fresh})
        return len(fresh)

    def known_items(self, source: str) -> frozenset[str]:
        return frozenset(name for name, one in self.items.items() if one.document.source == source)

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        return self.robots.get(origin)

    def put_robots(self, values: Mapping[str, Any]) -> None:
        self.robots[values["origin"]] = dict(values)

    def titles(self, source: str) -> list[str | None]:
        return [one.document.title for one in self.items.values() if one.document.source == source]

    def _check(self) -> None:
        if self.broken:
            raise OSError("disk full")


class Crawls:
    """A crawl child that never was: plays prepared events, and remembers the jobs."""

    def __init__(self) -> None:
        self.batches: list[list[CrawlJob]] = []
        self.plays: dict[str, list[str]] = {}
        self.ends: dict[str, CrawlDone] = {}
        self.dies = False

    def __call__(self, jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> Iterator[CrawlEvent]:
        self.batches.append(list(jobs))
        for job in jobs:
            for title in self.plays.get(job.spec.id, []):
                yield CrawlItem(job.spec.id, make_item(job.spec, title, now))
            if self.dies:
                raise RuntimeError("the child is gone")
            yield self.ends.get(job.spec.id, CrawlDone(job.spec.id, True, "", 1, 0))


class Bench:
    """A collector with everything around it; a new one is a restart on the same store."""

    def __init__(self, specs: Sequence[SourceSpec], *netlocs: str, **policy: Any) -> None:
        self.specs = list(specs)
        settings = {"timeout": SECONDS, "host_delay": 0.0, "max_bytes": 1 << 20, "concurrency": 8} | policy
        self.policy = CrawlPolicy(allow_private=list(netlocs), **settings)
        self.store = MemoryStore()
        self.parser = LineFeed()
        self.crawls = Crawls()

    def collector(self, clock_now: Callable[[], datetime] = lambda: NOW) -> Collector:
        sources = {"feed": self.parser, "wordpress": self.parser}
        return Collector(self.specs, self.policy, self.store, PlainScreen(), clock_now, self.crawls, sources)

    def once(self, now: datetime = NOW) -> dict[str, SourceSummary]:
        """A restart, and one round at `now`."""
        return {summary.id: summary for summary in self.collector().collect_once(now)}

    @contextmanager
    def running(self, clock_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Iterator[Collector]:
        """The collector running until the block ends."""
        stop = threading.Event()
        collector = self.collector(clock_now)
        thread = threading.Thread(target=collector.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            stop.set()
            thread.join(60)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.open()


def source(name: str, url: str, **more: Any) -> SourceSpec:
    return SourceSpec(name, url, "news", **more)


def changing() -> Answer:
    """A list that is another one at every look."""
    numbers = count()

    async def answer(writer: asyncio.StreamWriter, request: Request) -> None:
        await reply(b"list %d" % next(numbers))(writer, request)

    return answer


def wait_for(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


# ---------------------------------------------------------------- hostile sources


def test_bad_sources_delay_nobody_by_more_than_their_own_time_out(sites: Sites) -> None:
    """Dead, hanging, dripping, garbage, 200 MB, a bomb, circles and traps beside 30 good feeds: all good ones are read
    before the first time-out is over, and each bad one says in a sentence what is wrong."""
    seconds = 5.0
    dead, dead_netloc = dead_url(sites)
    answers = {
        "hang": hang,
        "hang2": hang,
        "drip": drip,
        "garbage": raw(b"\x00\xff garbage\r\n\r\n"),
        "html": reply(b"<html>welcome</html>"),
        "huge": huge(200),
        "huge2": huge(200, declared=True),
        "bomb": bomb(50),
        "circle": redirect("/feed.xml?"),
        "trap": redirect("http://169.254.169.254/latest/"),
        "busy": reply(status=429, Retry_After="7200"),
        "gone": reply(status=410),
    }
    bad = {
        name: sites.open().on("/feed.xml", answer).on("/feed.xml?", redirect("/feed.xml"))
        for name, answer in answers.items()
    }
    good = [sites.open().on("/feed.xml", reply(feed("a", "b"))) for _ in range(30)]
    specs = [source("dead", dead)] + [source(name, where.url("/feed.xml")) for name, where in bad.items()]
    specs += [source(f"good{number}", where.url("/feed.xml")) for number, where in enumerate(good)]
    bench = Bench(specs, dead_netloc, *(where.netloc for where in [*bad.values(), *good]), timeout=seconds)
    ended: list[str] = []
    summaries = {one.id: one for one in bench.collector().collect_once(NOW, lambda one: ended.append(one.id))}
    assert all(summaries[f"good{number}"].health == "healthy" for number in range(30))
    first_late = min(ended.index(name) for name in ("hang", "hang2", "drip"))
    assert {f"good{number}" for number in range(30)} <= set(ended[:first_late])
    said = {name: summaries[name].said for name in ["dead", *bad]}
    assert said == {
        "dead": "The server does not accept connections.",
        "hang": f"The source did not finish its answer in {seconds:g} s.",
        "hang2": f"The source did not finish its answer in {seconds:g} s.",
        "drip": f"The source did not finish its answer in {seconds:g} s.",
        "garbage": "The server does not answer in proper HTTP.",
        "html": "The answer is not a feed.",
        "huge": "The answer was not used: the answer is larger than 1024 KiB.",
        "huge2": "The answer was not used: the answer is larger than 1024 KiB.",
        "bomb": "The answer was not used: the answer is larger than 1024 KiB.",
        "circle": "The source redirects in a circle.",
        "trap": "The address is not read: the host name leads to 169.254.169.254, which is not a public address.",
        "busy": "The server answers 429 (too many requests).",
        "gone": "The server says that this address is gone for good (410). "
        "It is still tried once a day; remove the source if that is right.",
    }
    assert {summaries[name].health for name in said} == {"failing", "refused"}
    assert summaries["busy"].next_due >= NOW + 2 * HOUR


def test_a_slow_host_keeps_its_own_sources_waiting_and_no_others(sites: Sites) -> None:
    """Twenty sources on one hanging host, one connection at a time, do not use up the room for the rest."""
    slow, quick = sites.open(), sites.open()
    for number in range(20):
        slow.on(f"/{number}", hang)
    quick.on("/feed.xml", reply(feed("a")))
    specs = [source(f"slow{number}", slow.url(f"/{number}")) for number in range(20)]
    specs.append(source("quick", quick.url("/feed.xml"), minutes=0.005))
    bench = Bench(specs, slow.netloc, quick.netloc, concurrency=2)
    with bench.running():
        wait_for(lambda: len(quick.asked("/feed.xml")) >= 4)
        done = sum(request.path != "/robots.txt" for request in slow.requests)
        assert done < 20  # the quick one came again and again while most of the slow ones still waited


def test_a_parser_that_hangs_or_breaks_costs_only_its_own_source(
    site: Site, sites: Sites, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Parsing has a deadline, a fault in it has a sentence, and no text of an item reaches the log."""
    monkeypatch.setattr("crawlers.visit.PARSE_SECONDS", 0.3)
    others = [sites.open().on("/", reply(feed("a"))) for _ in range(3)]
    site.on("/", reply(feed("a")))
    specs = [source("slow", site.url("/"))] + [source(f"s{n}", other.url("/")) for n, other in enumerate(others)]
    bench = Bench(specs, site.netloc, *(other.netloc for other in others))
    bench.parser.slow, bench.parser.faulty = {"slow"}, {"s0"}
    summaries = bench.once()
    assert "could not be read in 0.3 s" in summaries["slow"].said
    assert "a fault of ours" in summaries["s0"].said
    assert summaries["s1"].health == summaries["s2"].health == "healthy"
    printed = capsys.readouterr()
    assert "nobody may read" not in printed.out + printed.err


def test_items_that_are_refused_or_break_the_screen_do_not_cost_the_others(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of four items one is refused and one breaks; two are taken in, and the log has no text."""
    site.on("/", reply(feed("a", "refuse", "break", "b")))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    assert bench.once()["s"].new == 2
    assert bench.store.titles("s") == ["a", "b"]
    printed = capsys.readouterr()
    assert "nobody may read" not in printed.out + printed.err


# ---------------------------------------------------------------- manners


def test_only_the_first_request_is_unconditional(site: Site) -> None:
    """Over thirty rounds and restarts: one full answer, exact validators ever after, robots.txt once a day."""
    site.on("/", conditional(feed("a"), 'W/"v1"', "Tue, 24 Nov 2026 07:00:00 GMT"))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    now = NOW
    for _ in range(30):
        now = bench.once(now)["s"].next_due
        if now - NOW > timedelta(days=6):
            break
    first, *rest = site.asked("/")
    assert "if-none-match" not in first.headers
    assert len(rest) > 10
    assert {request.headers.get("if-none-match") for request in rest} == {'W/"v1"'}
    assert {request.headers.get("if-modified-since") for request in rest} == {"Tue, 24 Nov 2026 07:00:00 GMT"}
    assert len(site.asked("/robots.txt")) <= (now - NOW) / timedelta(hours=24) + 1
    assert bench.parser.parsed == ["s"]


def test_once_a_week_the_whole_answer_is_asked_for(site: Site) -> None:
    """A server that keeps its ETag while the content changes is noticed after a week at the latest."""
    site.on("/", conditional(feed("a"), '"same"'))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    bench.once(NOW)
    site.on("/", conditional(feed("a", "b"), '"same"'))
    bench.once(NOW + timedelta(days=6))
    assert bench.store.titles("s") == ["a"]
    bench.once(NOW + timedelta(days=7))
    assert bench.store.titles("s") == ["a", "b"]


def test_the_same_bytes_are_not_parsed_again(site: Site) -> None:
    """An ETag that changes with every answer does not make us parse what did not change."""
    bench = Bench([source("s", site.url("/"))], site.netloc)
    for hours in range(3):
        site.on("/", reply(feed("a"), ETag=f'"{hours}"'))
        bench.once(NOW + timedelta(days=hours))
    assert bench.parser.parsed == ["s"]
    assert site.asked("/")[2].headers["if-none-match"] == '"1"'


def test_a_restart_does_not_read_again_inside_the_floor(site: Site) -> None:
    """Ten restarts within the hour make no second request."""
    site.on("/", reply(feed("a")))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    for minutes in range(0, 60, 6):
        bench.once(NOW + timedelta(minutes=minutes))
    assert len(site.asked("/")) == 1
    assert not bench.once(NOW + timedelta(minutes=59))["s"].ran


def test_retry_after_is_kept_over_a_restart(site: Site) -> None:
    """A server that asked for five hours is left alone for five hours."""
    site.on("/", reply(status=503, Retry_After="18000"))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    for hours in range(5):
        bench.once(NOW + timedelta(hours=hours))
    assert len(site.asked("/")) == 1
    bench.once(NOW + timedelta(hours=6))
    assert len(site.asked("/")) == 2


def test_what_robots_txt_forbids_is_not_asked_for(site: Site) -> None:
    """Neither a poll nor a crawl nor the target of a redirect is read against robots.txt."""
    site.on("/robots.txt", reply(b"User-agent: Tocsin\nDisallow: /shut")).on("/door", redirect("/shut/2"))
    specs = [
        source("poll", site.url("/shut/1")),
        source("hop", site.url("/door")),
        source("crawl", site.url("/shut/3"), via="listing"),
    ]
    bench = Bench(specs, site.netloc)
    summaries = bench.once()
    assert {summary.health for summary in summaries.values()} == {"refused"}
    assert {summary.said for summary in summaries.values()} == {"The site asks in its robots.txt not to read this."}
    assert {request.path for request in site.requests} == {"/robots.txt", "/door"}
    assert not bench.crawls.batches


def test_requests_to_one_host_come_one_at_a_time_and_apart(site: Site) -> None:
    """Five sources of one host: never two at once, and the pause of the policy between two requests."""
    for number in range(5):
        site.on(f"/{number}", reply(feed("a")))
    bench = Bench([source(f"s{n}", site.url(f"/{n}")) for n in range(5)], site.netloc, host_delay=0.2)
    bench.once()
    times = [request.at for request in site.requests]
    assert len(times) == 6
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.19


def test_the_crawl_delay_of_a_site_is_kept(site: Site) -> None:
    """A Crawl-delay longer than the policy's pause holds between all requests to the host."""
    site.on("/robots.txt", reply(b"User-agent: *\nCrawl-delay: 0.5"))
    for number in range(3):
        site.on(f"/{number}", reply(feed("a")))
    Bench([source(f"s{n}", site.url(f"/{n}")) for n in range(3)], site.netloc).once()
    times = [request.at for request in site.requests if request.path != "/robots.txt"]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.49


def test_a_move_is_remembered_after_three_identical_answers(site: Site, sites: Sites) -> None:
    """After three permanent redirects to the same place the old address is not asked again; when the new one fails
    for good, the configured one is."""
    new = sites.open().on("/new", reply(feed("a")))
    site.on("/old", redirect(new.url("/new"), 301))
    bench = Bench([source("s", site.url("/old"))], site.netloc, new.netloc)
    for days in range(5):
        bench.once(NOW + timedelta(days=days))
    assert len(site.asked("/old")) == 3
    assert len(new.asked("/new")) == 5
    new.on("/new", reply(status=404))
    for days in range(5, 9):
        bench.once(NOW + timedelta(days=2 * days))
    assert len(site.asked("/old")) == 4


# ---------------------------------------------------------------- what is handed in


def test_the_first_fetch_of_a_source_is_marked_and_later_ones_are_not(site: Site) -> None:
    """History is told from news by the collector, which knows whether a source was ever read."""
    site.on("/", reply(feed("old")))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    bench.once(NOW)
    site.on("/", reply(feed("old", "young")))
    bench.once(NOW + timedelta(days=1))
    marks = {one.document.title: one.document.history for one in bench.store.items.values()}
    assert marks == {"old": True, "young": False}


def test_an_unusable_answer_is_asked_for_again(site: Site) -> None:
    """The validators of an answer that could not be read, or that came up empty, are not kept."""
    site.on("/", conditional(feed("a"), '"1"'))
    bench = Bench([source("s", site.url("/"))], site.netloc)
    bench.once(NOW)
    for days, body in ((1, b"<html>sorry</html>"), (3, feed())):
        site.on("/", conditional(body, f'"bad{days}"'))
        summary = bench.once(NOW + timedelta(days=days))["s"]
        assert summary.health == "failing"
    assert "usually has about 1" in summary.said
    site.on("/", conditional(feed("a", "b"), '"2"'))
    assert bench.once(NOW + timedelta(days=6))["s"].new == 1
    assert site.asked("/")[-1].headers["if-none-match"] == '"1"'


def test_a_store_that_is_down_loses_nothing(site: Site) -> None:
    """What could not be stored is not noted as read: it comes with the next turn, and others go on."""
    site.on("/", conditional(feed("a"), '"1"'))
    bench = Bench([source("s", site.url("/"), minutes=0.005)], site.netloc)
    bench.store.broken = True
    assert "could not be stored" in bench.once()["s"].said
    assert not bench.store.items
    bench.store.broken = False
    assert bench.once(NOW + timedelta(minutes=1))["s"].new == 1


def test_running_reads_again_and_stops_promptly(site: Site) -> None:
    """New items of a quick source arrive; `stop` ends the run in the middle of a request, long before its time-out."""
    site.on("/", reply(feed("a"))).on("/hang", hang)
    specs = [source("s", site.url("/"), minutes=0.005), source("h", site.url("/hang"), minutes=60)]
    bench = Bench(specs, site.netloc, timeout=600.0)
    bench.specs = specs[:1]
    with bench.running():
        wait_for(lambda: bench.store.titles("s") == ["a"])
        site.on("/", reply(feed("a", "b")))
        wait_for(lambda: bench.store.titles("s") == ["a", "b"])
    bench.specs = specs[1:]
    with bench.running():
        wait_for(lambda: bool(site.asked("/hang")))


@pytest.mark.parametrize("jump", [3 * HOUR, -3 * HOUR], ids=["forward", "back"])
def test_a_clock_that_is_set_does_not_change_the_pauses(site: Site, jump: timedelta) -> None:
    """Three hours forward or back while running: no early second request, and the next one comes in time."""
    site.on("/", reply(feed("a")))
    bench = Bench([source("s", site.url("/"), minutes=0.03)], site.netloc)
    offset = [timedelta(0)]
    with bench.running(lambda: datetime.now(UTC) + offset[0]):
        wait_for(lambda: len(site.asked("/")) == 1)
        time.sleep(0.3)
        offset[0] = jump
        time.sleep(0.7)
        assert len(site.asked("/")) == 1
        wait_for(lambda: len(site.asked("/")) >= 2)


# ---------------------------------------------------------------- crawls


def test_crawled_sources_are_handed_to_the_child_with_all_it_needs(site: Site, sites: Sites) -> None:
    """A job carries the start, what is known, robots rules and delay; each source is settled by itself."""
    other = sites.open()
    site.on("/robots.txt", reply(b"User-agent: *\nCrawl-delay: 3\nDisallow: /admin")).on("/list", changing())
    other.on("/map", changing())
    specs = [source("list", site.url("/list"), via="listing"), source("map", other.url("/map"), via="sitemap")]
    bench = Bench(specs, site.netloc, other.netloc)
    bench.crawls.plays = {"list": [f"t{number}" for number in range(120)], "map": ["m"]}
    bench.crawls.ends = {"map": CrawlDone("map", False, "Half of the pages could not be read.", 4, 4)}
    summaries = bench.once()
    (jobs,) = bench.crawls.batches
    job = next(job for job in jobs if job.spec.id == "list")
    assert (job.start_url, job.delay_s, job.known) == (site.url("/list"), 3.0, frozenset())
    assert "disallow: /admin" in job.robots[f"http://{site.netloc}"]
    assert (summaries["list"].health, summaries["list"].items, summaries["list"].new) == ("healthy", 120, 120)
    assert (summaries["map"].health, summaries["map"].said) == ("failing", "Half of the pages could not be read.")
    assert len(bench.store.titles("list")) == 120
    assert bench.store.titles("map") == ["m"]
    bench.crawls.ends = {"list": CrawlDone("list", True, "", 1, 0, found=120)}
    bench.crawls.ends["map"] = CrawlDone("map", False, "The server answers 403 (forbidden).", 0, 1, grade="hard")
    bench.crawls.plays = {}
    later = bench.once(NOW + timedelta(days=2))
    assert (later["list"].health, later["map"].health) == ("healthy", "refused")
    assert {job.spec.id: len(job.known) for job in bench.crawls.batches[-1]} == {"list": 120, "map": 1}


def test_a_list_that_comes_up_empty_is_a_failure(site: Site) -> None:
    """A crawl that finds nothing where it used to find twenty has lost its way, and says so."""
    site.on("/list", changing())
    bench = Bench([source("list", site.url("/list"), via="listing")], site.netloc)
    bench.crawls.plays = {"list": [f"t{number}" for number in range(20)]}
    bench.once()
    bench.crawls.plays = {}
    summary = bench.once(NOW + timedelta(days=1))["list"]
    assert (summary.health, "about 20" in summary.said) == ("failing", True)


def test_a_child_that_dies_is_a_temporary_failure_of_its_sources(site: Site, sites: Sites) -> None:
    """What came before the death is kept; the sources are tried again; polls do not notice."""
    other = sites.open()
    specs = [source("list", site.url("/list"), via="listing"), source("feed", other.url("/"))]
    other.on("/", reply(feed("a")))
    site.on("/list", changing())
    bench = Bench(specs, site.netloc, other.netloc)
    bench.crawls.plays = {"list": ["x", "y"]}
    bench.crawls.dies = True
    summaries = bench.once()
    assert (summaries["list"].health, summaries["list"].said) == ("failing", "The crawl broke off.")
    assert bench.store.titles("list") == ["x", "y"]
    assert summaries["feed"].health == "healthy"


def test_a_crawl_and_a_poll_of_one_host_do_not_overlap(site: Site) -> None:
    """While the child reads a host, its feeds wait."""
    site.on("/feed", reply(feed("a"))).on("/list", changing())
    specs = [source("list", site.url("/list"), via="listing"), source("feed", site.url("/feed"))]
    bench = Bench(specs, site.netloc)
    seen: list[int] = []

    def crawl(jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> Iterator[CrawlEvent]:
        before = len(site.asked("/feed"))
        time.sleep(0.4)
        seen.append(len(site.asked("/feed")) - before)
        yield CrawlDone("list", True, "", 1, 0)

    bench.crawls = crawl  # type: ignore[assignment]
    bench.once()
    assert seen == [0]
    assert len(site.asked("/feed")) == 1


def test_a_slow_crawl_does_not_hold_up_the_next(site: Site, sites: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a child has been at it for long, a second one takes the sources that are due meanwhile."""
    monkeypatch.setattr("crawlers.rounds.CRAWLS_AT_ONCE", 1)
    monkeypatch.setattr("crawlers.crawl_lane.CRAWL_PATIENCE_SECONDS", 0.2)
    other = sites.open()
    site.on("/", changing())
    other.on("/", changing())
    specs = [source("slow", site.url("/"), via="listing"), source("quick", other.url("/"), via="listing")]
    bench = Bench(specs, site.netloc, other.netloc)
    ended: list[str] = []

    def crawl(jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> Iterator[CrawlEvent]:
        time.sleep(2.0 if jobs[0].spec.id == "slow" else 0.0)
        ended.append(jobs[0].spec.id)
        yield CrawlDone(jobs[0].spec.id, True, "", 1, 0)

    bench.crawls = crawl  # type: ignore[assignment]
    bench.once()
    assert ended == ["quick", "slow"]


def test_a_list_that_has_not_changed_starts_no_crawl(site: Site) -> None:
    """The look is conditional, the child is given what was read, and validators are kept only when all was read."""
    site.on("/list", conditional(b"a list", '"v1"'))
    bench = Bench([source("list", site.url("/list"), via="listing")], site.netloc)
    bench.crawls.plays = {"list": ["a", "b", "c"]}
    bench.crawls.ends = {"list": CrawlDone("list", True, "", 3, 1, found=3)}
    now = bench.once()["list"].next_due
    bench.crawls.ends = {"list": CrawlDone("list", True, "", 3, 0, found=3, left=1)}
    now = bench.once(now)["list"].next_due
    bench.crawls.ends = {"list": CrawlDone("list", True, "", 3, 0, found=3)}
    for _ in range(3):
        now = bench.once(now)["list"].next_due
    assert [request.headers.get("if-none-match") for request in site.asked("/list")] == [
        None,
        None,
        None,
        '"v1"',
        '"v1"',
    ]
    assert [batch[0].given.body for batch in bench.crawls.batches if batch[0].given] == [b"a list"] * 3
    assert bench.store.sources["list"]["health"] == "healthy"


@pytest.mark.parametrize("via", ["feed", "sitemap"])
def test_followed_feeds_and_sitemaps_are_looked_at_as_politely(site: Site, via: str) -> None:
    """A feed whose articles are read too is asked with its validators like any other."""
    site.on("/f", conditional(feed("a"), '"v1"'))
    bench = Bench([source("s", site.url("/f"), via=via, follow=via == "feed")], site.netloc)
    bench.crawls.plays = {"s": ["a"]}
    now = NOW
    for _ in range(4):
        now = bench.once(now)["s"].next_due
    assert [request.headers.get("if-none-match") for request in site.asked("/f")] == [None, '"v1"', '"v1"', '"v1"']
    assert len(bench.crawls.batches) == 1


# ---------------------------------------------------------------- many


@pytest.mark.slow
def test_a_thousand_feeds_are_read_with_little_memory(sites: Sites) -> None:
    """1,000 feeds on 50 hosts, 80 KB each: one round grows the process by less than 60 MB, a second by next to none."""
    body = feed(*(f"t{number}" for number in range(30))) + b"<!--" + b"x" * 80_000 + b"-->"
    hosts = [sites.open() for _ in range(50)]
    for host in hosts:
        for number in range(20):
            host.on(f"/{number}", conditional(body, '"1"'))
    specs = [source(f"s{n}", hosts[n % 50].url(f"/{n // 50}")) for n in range(1000)]
    bench = Bench(specs, *(host.netloc for host in hosts), timeout=30.0, concurrency=32)
    peak = PeakMemory()
    bench.once()
    assert peak.grown() < 60
    again = PeakMemory()
    bench.once(NOW + timedelta(days=1))
    assert again.grown() < 15
    assert all(len(host.asked(f"/{n}")) == 2 for host in hosts for n in range(20))
