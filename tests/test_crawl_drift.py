"""A source that works but no longer gives what it did is noticed, against its own past, by the operator only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hostile_server import Sites, open_sites, reply
from test_crawl_collector import Bench, source

from crawlers.collector import Collector
from crawlers.drift import Quality, add_week, measure_items, say_drift
from crawlers.health import take_attempt
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, SourceState, begin_state
from pipeline.model import RawItem

MONDAY = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
SPEC = SourceSpec("s", "http://a.example/f", "news")
POLICY = CrawlPolicy()
GOOD = Quality(800, 0.0, 1.0)


def item(text: str | None, dated: bool = True) -> RawItem:
    return RawItem(
        text or "-", "s", "news", "http://a.example/1", MONDAY, "题", text, published=MONDAY if dated else None
    )


def weeks(*counts: int, now: datetime = MONDAY) -> dict[str, int]:
    """The last whole weeks before `now`, oldest first."""
    found: dict[str, int] = {}
    for back, count in enumerate(reversed(counts), 1):
        found = {**add_week({}, count, now - back * WEEK), **found}
    return found


@pytest.mark.parametrize(
    ("counts", "silent"),
    [
        ((40, 38, 45, 41, 3), True),
        ((40, 38, 45, 41, 12), False),
        ((40, 38, 45, 41, 0), True),
        ((3, 2, 4, 3, 0), False),
        ((40, 3), False),
        ((2, 1, 40, 41, 39, 44, 9), True),
    ],
    ids=["fell", "a-slow-week", "nothing", "always-little", "too-young", "against-the-usual"],
)
def test_the_last_week_is_judged_against_those_before(counts: tuple[int, ...], silent: bool) -> None:
    """Four times fewer than its own usual week is told; a source with few items or a short past is not judged."""
    said = say_drift([], weeks(*counts), 0, True, MONDAY + HOUR)
    assert (said is not None) == silent
    if silent:
        assert "last week" in (said or "")


def test_a_week_that_is_missing_counts_as_none() -> None:
    """When nothing came at all there is no entry, and that is the loudest silence."""
    past = weeks(40, 38, 45, 41, now=MONDAY - WEEK)
    assert say_drift([], past, 0, True, MONDAY + HOUR) is not None


def test_a_source_that_comes_back_is_no_longer_silent() -> None:
    """Half a usual week in the new week is enough."""
    past = weeks(40, 38, 45, 41, 2)
    assert say_drift([], add_week(past, 25, MONDAY + HOUR), 0, True, MONDAY + HOUR) is None


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (Quality(60, 0.0, 1.0), "texts have become short: about 60 characters where 800"),
        (Quality(800, 0.9, 1.0), "no text of their own"),
        (Quality(800, 0.0, 0.0), "dates of its items cannot be found"),
    ],
)
def test_worse_texts_are_told_at_the_second_answer(last: Quality, words: str) -> None:
    """One odd answer is none; two in a row are a changed page."""
    assert say_drift([GOOD] * 6 + [last], {}, 0, True, MONDAY) is None
    assert words in (say_drift([GOOD] * 6 + [last, last], {}, 0, True, MONDAY) or "")
    assert say_drift([GOOD] * 6 + [last, last, GOOD], {}, 0, True, MONDAY) is None


def test_quality_is_measured_over_what_was_read() -> None:
    """Median length, empty or repeated texts, dates; list entries whose page was not read do not count."""
    boiler = [item("上一篇 下一篇 返回列表")] * 3
    assert measure_items([item("字" * 100), item("字" * 300), item("字" * 200)]) == Quality(200, 0.0, 1.0)
    assert measure_items(boiler) == Quality(12, 1.0, 1.0)
    assert measure_items([item("一" * 9, False), item("二" * 9, False), item(None, False)]) == Quality(9, 1 / 3, 0.0)
    assert measure_items([item(None)] * 5 + [item("字" * 9)], lists=True) is None
    assert measure_items([]) is None


def test_an_empty_route_is_a_failure_and_an_empty_start_is_told() -> None:
    """After items, an empty answer is a failure (elsewhere); ten empty answers from the start are told, too."""
    state: SourceState = begin_state(SPEC, HOUR, MONDAY)
    for number in range(10):
        state = take_attempt(state, SPEC, Attempt(items=0), POLICY, MONDAY + number * HOUR)
    assert state.health == "silent"
    assert "no items in 10 readings" in state.said
    state = take_attempt(state, SPEC, Attempt(items=5, new=5), POLICY, MONDAY + 11 * HOUR)
    assert (state.health, state.said) == ("healthy", "It works.")


def test_the_first_fetch_is_no_week(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a first look brings is the past of months and would make every later week look poor."""
    state = take_attempt(begin_state(SPEC, HOUR, MONDAY), SPEC, Attempt(items=500, new=500), POLICY, MONDAY)
    assert sum(state.memory.weeks.values()) == 0
    state = take_attempt(state, SPEC, Attempt(items=500, new=3), POLICY, MONDAY + HOUR)
    assert sum(state.memory.weeks.values()) == 3


def test_memory_survives_the_table() -> None:
    """Weeks and qualities come back from the JSON column as they went in; an old row begins without them."""
    state = take_attempt(begin_state(SPEC, HOUR, MONDAY), SPEC, Attempt(items=3, quality=GOOD), POLICY, MONDAY)
    assert SourceState.from_row(state.to_row()) == state
    old = state.to_row() | {"memory": {"asked": "http://a.example/f", "counts": [3]}}
    assert SourceState.from_row(old).memory.quality == ()


# ---------------------------------------------------------------- 410


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with open_sites() as opened:
        yield opened


class Asked(Bench):
    """A bench whose operator has answered."""

    answer: tuple[str, str] | None = None

    def collector(self, clock_now: Any = lambda: MONDAY) -> Collector:
        sources = {"feed": self.parser, "wordpress": self.parser}
        return Collector(
            self.specs, self.policy, self.store, _screen(), clock_now, self.crawls, sources,
            order_of=lambda _source: self.answer,
        )  # fmt: skip


def _screen() -> Any:
    from test_crawl_collector import PlainScreen

    return PlainScreen()


@pytest.mark.parametrize(("order", "asked"), [("stop", 1), ("keep", 3), (None, 3)])
def test_a_gone_source_is_asked_once_a_day_until_the_operator_stops_it(
    sites: Sites, order: str | None, asked: int
) -> None:
    """410: tried daily, kept so on `keep`, not asked any more on `stop`, and asked anew under a new address."""
    site = sites.open().on("/f", reply(status=410)).on("/g", reply(b"<rss><title>a</title>"))
    bench = Asked([source("s", site.url("/f"))], site.netloc)
    now = bench.once(MONDAY)["s"].next_due
    bench.answer = (site.url("/f"), order) if order else None
    for _ in range(2):
        assert now - MONDAY >= timedelta(days=1)
        now = bench.once(now)["s"].next_due
    assert len(site.asked("/f")) == asked
    if order == "stop":
        assert bench.store.sources["s"]["said"].startswith("It is gone (410) and the operator has stopped it")
        assert bench.store.sources["s"]["health"] == "refused"
    bench.specs = [source("s", site.url("/g"))]
    assert bench.once(now)["s"].health == "healthy"
