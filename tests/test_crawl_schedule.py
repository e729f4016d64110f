"""When a source is read next: floor, ceiling, wishes, back-off, and clocks that jump."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.base import FetchFailed, Grade
from crawlers.duelist import DueList, Turn
from crawlers.health import take_attempt
from crawlers.refusals import grade_status
from crawlers.schedule import ceiling_of, floor_of, mend_due, next_due, shift_due
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, SourceState, begin_state

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = CrawlPolicy(allow_private=["127.0.0.1:8901"])


def spec_of(url: str = "http://example.org/feed", **more: Any) -> SourceSpec:
    return SourceSpec("s", url, "news", **more)


def state_of(interval: timedelta = HOUR, **more: Any) -> SourceState:
    """A source that has worked before and was last asked `interval` ago."""
    seconds = round(interval.total_seconds())
    return SourceState("s", NOW, seconds, last_run=NOW - interval, last_ok=NOW - interval, **more)


def pause(attempt: Attempt, state: SourceState | None = None, spec: SourceSpec | None = None) -> timedelta:
    return next_due(state or state_of(), spec or spec_of(), attempt, POLICY, NOW).interval


def failure(grade: Grade = "soft", **more: Any) -> Attempt:
    return Attempt(failure=FetchFailed(grade, "It failed.", **more))


# ---------------------------------------------------------------- floor and ceiling


@pytest.mark.parametrize(
    ("spec", "minutes"),
    [
        (spec_of(), 60),
        (spec_of(minutes=5), 60),
        (spec_of(minutes=120), 120),
        (spec_of(consent=True), 60),
        (spec_of(minutes=5, consent=True), 5),
        (spec_of(minutes=0.2, consent=True), 1),
        (spec_of("http://127.0.0.1:8901/f", minutes=0.05), 0.05),
        (spec_of("http://127.0.0.1:8901/f"), 60),
        (spec_of("http://127.0.0.1:8902/f", minutes=0.05, consent=True), 1),
        (spec_of("http://127.0.0.1:8901/f", minutes=0), 0.2 / 60),
    ],
)
def test_the_floor_is_an_hour_unless_the_host_consents(spec: SourceSpec, minutes: float) -> None:
    """Only consent goes below the floor, only to a minute, and only a machine of ours below that."""
    assert floor_of(spec, POLICY) == timedelta(minutes=minutes)


def test_an_agreed_pause_is_stretched_at_most_tenfold() -> None:
    """A consenting source stays quick although nothing is new; one of ours keeps its pause; others go to six hours."""
    assert ceiling_of(spec_of(minutes=2, consent=True), POLICY) == 20 * MINUTE
    assert ceiling_of(spec_of("http://127.0.0.1:8901/f", minutes=0.05), POLICY) == 3 * timedelta(seconds=1)
    assert ceiling_of(spec_of(), POLICY) == 6 * HOUR
    assert ceiling_of(spec_of(minutes=600), POLICY) == 10 * HOUR


@given(
    interval=st.integers(1, 10**6),
    items=st.integers(0, 5000),
    new=st.integers(0, 5000),
    ttl=st.none() | st.integers(0, 10**7),
    failed=st.none() | st.sampled_from(["hard", "soft", "temporary"]),
    failures=st.integers(0, 10_000),
    wait=st.none() | st.integers(1, 86400),
)
def test_no_pause_is_ever_below_the_floor_or_above_a_day(
    interval: int, items: int, new: int, ttl: int | None, failed: Grade | None, failures: int, wait: int | None
) -> None:
    """Whatever happened, the next turn is between the floor and a day, after a success within six hours."""
    state = state_of(timedelta(seconds=interval), failures=failures)
    asked = timedelta(seconds=ttl) if ttl is not None else None
    attempt = Attempt(items=items, new=min(new, items), ttl=asked)
    if failed:
        attempt = failure(failed, retry_after=timedelta(seconds=wait) if wait else None)
    due = next_due(state, spec_of(), attempt, POLICY, NOW)
    assert HOUR <= due.interval <= (1.1 * DAY if failed else 1.1 * 6 * HOUR)
    assert due.due == NOW + due.interval
    assert due.reason.code
    if failed and wait:
        assert due.interval >= timedelta(seconds=wait)


# ---------------------------------------------------------------- adaptive


def test_the_pause_follows_the_share_of_new_items() -> None:
    """Nothing new lengthens it a little, few new ones shorten it, many bring it to the floor."""
    state = state_of(4 * HOUR)
    pauses = [pause(Attempt(items=20, new=new), state) for new in (0, 1, 4, 10, 20)]
    assert 4 * HOUR < pauses[0] <= 6 * HOUR
    assert pauses == sorted(pauses, reverse=True)
    assert pauses[-1] < 1.1 * HOUR


def test_a_quiet_source_is_read_every_six_hours_in_the_end_and_quickly_again_after_news() -> None:
    """Thirty quiet runs lead to the ceiling, not beyond; news leads back."""
    spec, state, now = spec_of(), begin_state(spec_of(), HOUR, NOW), NOW
    for _ in range(30):
        state = take_attempt(state, spec, Attempt(unchanged=True), POLICY, now)
        now = state.next_due
    assert 5 * HOUR < state.interval <= 6 * HOUR
    state = take_attempt(state, spec, Attempt(items=10, new=8), POLICY, now)
    assert state.interval < 1.1 * HOUR


def test_a_longer_pause_that_the_source_asks_for_is_kept() -> None:
    """ttl and max-age lengthen the pause up to the ceiling; never shorten it; an agreed pause is what was agreed."""
    news = {"items": 10, "new": 10}
    assert pause(Attempt(**news, ttl=3 * HOUR)) >= 3 * HOUR
    assert pause(Attempt(**news, max_age=2 * HOUR, ttl=HOUR)) >= 2 * HOUR
    assert pause(Attempt(**news, ttl=MINUTE)) >= HOUR
    assert pause(Attempt(**news, ttl=30 * DAY)) <= 6.6 * HOUR
    assert pause(Attempt(**news, ttl=3 * HOUR), spec=spec_of(minutes=5, consent=True)) < 6 * MINUTE


def test_the_jitter_is_the_same_in_a_replay_and_spreads_sources() -> None:
    """A thousand sources that ran together do not come together again; the same source and time give the same due."""
    dues = {
        next_due(
            state_of(), SourceSpec(f"s{n}", "http://example.org/", "news"), Attempt(items=1, new=1), POLICY, NOW
        ).due
        for n in range(1000)
    }
    assert len(dues) == 1000
    assert min(dues) - NOW >= HOUR
    assert max(dues) - min(dues) > 5 * MINUTE
    assert pause(Attempt()) == pause(Attempt())


# ---------------------------------------------------------------- failures


def test_a_dead_source_is_tried_ever_more_rarely_but_for_ever() -> None:
    """Thirty days: the pause grows to a day, never beyond, and the last try is as late as the month."""
    spec, state, now, tries = spec_of(), state_of(), NOW, 0
    while now < NOW + 30 * DAY:
        state = take_attempt(state, spec, failure("hard"), POLICY, now)
        now, tries = state.next_due, tries + 1
    assert 28 <= tries <= 36
    assert DAY <= state.interval <= 1.1 * DAY


def test_hard_failures_wait_longer_than_soft_and_temporary_ones() -> None:
    """After three failures in a row the grades differ."""
    state = state_of(failures=2)
    pauses = [pause(failure(grade), state) for grade in ("temporary", "soft", "hard")]
    assert pauses == sorted(pauses)
    assert pauses[0] > 2 * HOUR
    assert pauses[2] >= 16 * HOUR


@pytest.mark.parametrize(
    "attempt", [failure("hard", code="robots"), failure("hard", code="unsafe_address"), failure("hard", status=410)]
)
def test_a_refusal_is_asked_about_once_a_day(attempt: Attempt) -> None:
    """robots.txt, an unsafe address and 410 are not repeated within the day."""
    assert DAY <= pause(attempt) <= 1.1 * DAY


def test_retry_after_is_never_undercut() -> None:
    """The server's wish holds where it is longer than our own pause."""
    assert pause(failure("temporary", retry_after=5 * HOUR)) >= 5 * HOUR
    assert HOUR <= pause(failure("temporary", retry_after=MINUTE)) <= 1.1 * HOUR


def test_a_source_that_works_again_is_read_at_the_floor_again() -> None:
    """Recovery is noticed at once."""
    assert pause(Attempt(items=5), state_of(DAY, failures=9)) <= 1.1 * HOUR


@pytest.mark.parametrize(
    ("status", "grade"), [(404, "soft"), (410, "hard"), (429, "temporary"), (500, "soft"), (503, "temporary")]
)
def test_statuses_are_graded(status: int, grade: Grade) -> None:
    """Feeds that answer 404 come back; 410 does not; 429 and 503 are a matter of time."""
    assert grade_status(status) == grade


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    ("state", "within"),
    [
        (SourceState("s", NOW + 3 * HOUR, 3600, last_run=NOW + 2 * HOUR), HOUR),
        (SourceState("s", NOW + 3650 * DAY, 3600, last_run=NOW + 3649 * DAY), HOUR),
        (SourceState("s", NOW + 400 * DAY, 10**9, last_run=None), DAY),
        (SourceState("s", NOW + HOUR, 3600, last_run=NOW - MINUTE), HOUR),
        (SourceState("s", NOW - 3650 * DAY, 3600, last_run=NOW - 3651 * DAY), timedelta(0)),
    ],
)
def test_after_a_clock_was_set_a_source_is_read_within_its_pause(state: SourceState, within: timedelta) -> None:
    """Set back by hours or years while we were down: one pause from now, not years; set forward: at once."""
    assert mend_due(state, NOW).next_due <= NOW + within


def test_a_sane_due_time_is_left_alone() -> None:
    """A source that waits for a Retry-After of a day still does after a restart."""
    state = SourceState("s", NOW + DAY, 86400, last_run=NOW - MINUTE)
    assert mend_due(state, NOW) is state
    assert shift_due(state, HOUR).next_due == NOW + DAY + HOUR


# ---------------------------------------------------------------- whose turn it is


def turn(name: str, host: str, minutes: int = 0, lane: Any = "poll") -> Turn:
    return Turn(NOW + minutes * MINUTE, name, lane, host)


def test_one_source_per_host_at_a_time_in_order_of_due_time() -> None:
    """Of three sources of a host the longest due comes first; the next only when the host is released."""
    due = DueList()
    for each in (turn("b", "x", 1), turn("a", "x", 0), turn("late", "x", 90), turn("c", "y", 2)):
        due.put(each)
    later = NOW + HOUR
    assert {each.source for each in due.take("poll", later, 10)} == {"a", "c"}
    assert due.take("poll", later, 10) == []
    due.release("x")
    assert [each.source for each in due.take("poll", later, 10)] == ["b"]
    due.release("x")
    assert due.take("poll", later, 10) == []
    assert not due.has_due(later)
    assert due.has_due(NOW + 90 * MINUTE)


def test_lanes_share_hosts_and_room_is_kept() -> None:
    """A host that is crawled is not polled; no more than `room` are given out; the rest is not forgotten."""
    due = DueList()
    for each in (turn("list", "x", lane="crawl"), turn("feed", "x"), turn("p1", "y"), turn("p2", "z")):
        due.put(each)
    assert [each.source for each in due.take("crawl", NOW, 8)] == ["list"]
    assert len(due.take("poll", NOW, 1)) == 1
    assert due.take("poll", NOW, 0) == []
    assert due.take("poll", NOW, -3) == []
    assert len(due.take("poll", NOW, 9)) == 1
    due.release("x")
    assert [each.source for each in due.take("poll", NOW, 9)] == ["feed"]


def test_ten_thousand_sources_are_handed_out_quickly() -> None:
    """Taking one at a time from 10,000 due sources does not look at all of them each time."""
    due = DueList()
    for number in range(10_000):
        due.put(turn(f"s{number}", f"h{number % 500}"))
    taken = 0
    while batch := due.take("poll", NOW, 1):
        taken += 1
        due.release(batch[0].host)
    assert taken == 10_000
