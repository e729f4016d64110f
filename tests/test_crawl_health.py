"""How a source is, in words: what ran, what it brought, why not, and whether it has gone quiet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.base import FetchFailed, Grade
from crawlers.health import check_empty, describe, say_span, silence_limit, take_attempt
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Attempt, Memory, SourceState, begin_state, fit_state

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = CrawlPolicy()
SPEC = SourceSpec("s", "http://example.org/feed", "news")


class Life:
    """A source on simulated time, run by verbs."""

    def __init__(self, spec: SourceSpec = SPEC) -> None:
        self.spec = spec
        self.now = NOW
        self.state = begin_state(spec, HOUR, NOW)

    def run(self, attempt: Attempt, after: timedelta = HOUR) -> "Life":
        self.now += after
        self.state = take_attempt(self.state, self.spec, attempt, POLICY, self.now)
        return self

    def bring(self, new: int = 1, items: int = 20, after: timedelta = HOUR, **more: Any) -> "Life":
        return self.run(Attempt(items=items, new=new, etag='"e"', content_hash="h", **more), after)

    def rest(self, after: timedelta = HOUR) -> "Life":
        return self.run(Attempt(unchanged=True, full=False), after)

    def fail(self, grade: Grade = "soft", sentence: str = "It broke.", after: timedelta = HOUR, **more: Any) -> "Life":
        return self.run(Attempt(failure=FetchFailed(grade, sentence, **more)), after)


def test_a_source_that_never_ran_says_so() -> None:
    """New is a state of its own."""
    told = describe(Life().state, NOW)
    assert (told.code, told.text) == ("source_new", "It has not run yet.")


def test_a_healthy_source_says_when_it_ran_and_when_it_last_brought_something() -> None:
    """Both ages are told, in words and as numbers."""
    life = Life().bring().rest().rest()
    told = describe(life.state, life.now + timedelta(minutes=12))
    assert told.text == "Last ran 12 min ago, last got something 2 h ago. It works."
    assert (told.code, told.numbers["ran_s"], told.numbers["new_s"]) == ("source_healthy", 720, 7920)


def test_a_failing_source_says_why_and_how_often() -> None:
    """The cause stays in the words of the failure, with the count."""
    life = Life().bring().fail("soft", "The server answers 404 (not found).", status=404, code="http_status")
    assert life.state.said == "The server answers 404 (not found)."
    life.fail("soft", "The server answers 404 (not found).", status=404, code="http_status")
    assert (life.state.health, life.state.failures) == ("failing", 2)
    assert life.state.said == "The server answers 404 (not found) (failed 2 times in a row)."
    assert describe(life.state, life.now).numbers["status"] == 404


def test_recovery_clears_the_failure() -> None:
    """One good run ends all of it."""
    life = Life().bring().fail().fail().rest()
    assert (life.state.health, life.state.failures, life.state.said) == ("healthy", 0, "It works.")
    assert describe(life.state, life.now).numbers["cause"] == ""


@pytest.mark.parametrize(
    ("more", "health"),
    [({"status": 401}, "refused"), ({"status": 403}, "refused"), ({"status": 410}, "refused"),
     ({"status": 451}, "refused"),
     ({"code": "robots"}, "refused"), ({"code": "unsafe_address"}, "refused"), ({"status": 404}, "failing"),
     ({"status": 503}, "failing"), ({"code": "timeout"}, "failing"), ({"code": "robots_down"}, "failing")],
)  # fmt: skip
def test_a_refusal_is_not_an_outage(more: dict[str, Any], health: str) -> None:
    """Who says no is told apart from who does not answer."""
    assert Life().fail("hard", **more).state.health == health


def test_a_source_that_is_gone_asks_to_be_removed() -> None:
    """410 is said in words, and that it is still tried."""
    said = Life().fail("hard", "The server says that this address is gone for good (410).", status=410).state.said
    assert "tried once a day" in said
    assert "remove the source" in said


def test_validators_survive_a_failure_and_follow_a_success() -> None:
    """An answer that could not be used is asked for again with what was known before."""
    life = Life().bring().fail()
    assert (life.state.etag, life.state.content_hash) == ('"e"', "h")
    life.run(Attempt(items=3, etag=None, content_hash="x"))
    assert (life.state.etag, life.state.content_hash) == (None, "x")


# ---------------------------------------------------------------- empty and few


def test_an_empty_answer_is_a_failure_only_after_there_were_items() -> None:
    """A board without posts is fine from the first day; one that lost its posts is not."""
    assert check_empty(Life().state, 0) is None
    full = Life().bring(items=20).state
    failed = check_empty(full, 0)
    assert failed is not None
    assert "usually has about 20" in failed.sentence
    assert check_empty(full, 1) is None


def test_ten_times_fewer_items_than_usual_is_noticed_and_forgiven_when_it_stays_so() -> None:
    """A selector that drifts still finds something; a site that changed for good is not nagged about for ever."""
    life = Life()
    for _ in range(6):
        life.bring(items=40)
    life.bring(items=3)
    assert (life.state.health, "3 items where it usually has about 40" in life.state.said) == ("silent", True)
    assert life.rest().state.health == "silent"
    for _ in range(12):
        life.bring(items=3)
    assert life.state.health == "healthy"


# ---------------------------------------------------------------- silence


def test_a_source_quieter_than_its_own_past_is_silent_and_recovers_alone() -> None:
    """Daily news for two weeks, then nothing: silent after three days, healthy with the next item."""
    life = Life()
    for _ in range(14):
        life.bring(after=DAY)
    assert life.rest(after=2.5 * DAY).state.health == "healthy"
    life.rest(after=DAY)
    assert life.state.health == "silent"
    assert life.state.said == "It works, but has brought nothing new for 4 days; usually it does every 24 h."
    assert life.bring().state.health == "healthy"


def test_nights_do_not_make_an_hourly_source_silent() -> None:
    """A rhythm with long nights is known after the first ones: 13 hours of silence are nothing new."""
    life = Life()
    for _ in range(4):
        for _ in range(10):
            life.bring()
        life.rest(after=12 * HOUR)
    assert life.state.health == "healthy"


def test_without_a_rhythm_nothing_is_called_silent() -> None:
    """A source that has brought something four times has no rhythm yet."""
    life = Life()
    for _ in range(4):
        life.bring()
    assert silence_limit(life.state) is None
    assert life.rest(after=400 * DAY).state.health == "healthy"


def test_one_long_silence_does_not_hide_the_next() -> None:
    """Holidays are remembered, but only as one gap among forty."""
    life = Life()
    for _ in range(45):
        life.bring(after=DAY)
    life.bring(after=30 * DAY)
    assert silence_limit(life.state) == 36 * DAY
    for _ in range(40):
        life.bring(after=DAY)
    assert silence_limit(life.state) == 3 * DAY


# ---------------------------------------------------------------- moves


def test_three_identical_permanent_redirects_move_a_source() -> None:
    """Two are not enough, another target begins anew, a temporary one forgets."""
    there, elsewhere = {"moved_to": "http://example.org/new"}, {"moved_to": "http://example.org/other"}
    life = Life().bring(**there).bring(**there)
    assert life.state.url_now is None
    assert life.bring(**elsewhere).bring(**elsewhere).bring().bring(**there).state.url_now is None
    assert life.bring(**there).bring(**there).state.url_now == "http://example.org/new"


def test_a_move_that_leads_nowhere_is_taken_back() -> None:
    """Three failures at the new address, and the configured one is tried again."""
    life = Life()
    for _ in range(3):
        life.bring(moved_to="http://example.org/new")
    assert life.fail().fail().state.url_now is not None
    assert life.fail().state.url_now is None


def test_a_changed_address_in_the_configuration_begins_anew() -> None:
    """Validators and moves of the old address are dropped; what was seen stays, so nothing is a first fetch again."""
    life = Life().bring()
    spec = SourceSpec("s", "http://example.org/feed2", "news")
    fitted = fit_state(life.state, spec, life.now)
    assert (fitted.etag, fitted.url_now, fitted.last_ok, fitted.next_due) == (None, None, life.now, life.now)
    assert fit_state(life.state, SPEC, life.now) == life.state


# ---------------------------------------------------------------- rows and words


@given(
    moments=st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), min_size=4, max_size=4),
    gaps=st.lists(st.integers(0, 10**7), max_size=40),
    failures=st.integers(0, 10**6),
    texts=st.lists(st.none() | st.text(max_size=20), min_size=4, max_size=4),
)
def test_a_state_survives_the_table(moments: Any, gaps: list[int], failures: int, texts: Any) -> None:
    """A state written as a row and read back is the same state."""
    memory = Memory(
        asked="u", moved_to=texts[3], moved_times=2, gaps_s=tuple(gaps), counts=(1, 2), code="x", status=404
    )
    state = SourceState("s", NOW, 60, *texts, *moments, failures, "failing", "Why.", memory)
    assert SourceState.from_row(state.to_row()) == state


def test_rows_of_other_versions_are_read() -> None:
    """Unknown columns and memories are ignored, missing ones have their default."""
    row = replace(Life().bring().state).to_row() | {"colour": "red", "memory": {"gaps_s": "nonsense", "other": 1}}
    assert SourceState.from_row(row).memory == Memory()
    minimal = {"id": "s", "next_due": NOW, "interval_s": 60, "memory": {"hub": "h", "other": 1}}
    assert SourceState.from_row(minimal).memory.hub == "h"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (99, "99 s"),
        (120, "2 min"),
        (5400, "90 min"),
        (7200, "2 h"),
        (90000, "25 h"),
        (260000, "3 days"),
    ],
)
def test_spans_are_said_as_people_say_them(seconds: int, said: str) -> None:
    """Seconds, minutes, hours, days; never a negative one."""
    assert say_span(timedelta(seconds=seconds)) == said
