"""One loud voice is told from many, nobody is known, and tokens die with their keys."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import VoiceToken
from pipeline.voices import (
    FreshSecrets,
    SeededSecrets,
    VoiceCounter,
    VoiceKeys,
    key_dies,
    shown_count,
)

DAY = timedelta(days=1)
START = datetime(2026, 9, 1, 20, 0, tzinfo=UTC)


def keys() -> VoiceKeys:
    return VoiceKeys(SeededSecrets(b"test"))


def feed(counter: VoiceCounter, event: str, voice: str | None, hours: float, source: str = "board") -> None:
    """Somebody speaks `hours` after the start."""
    seen = START + timedelta(hours=hours)
    tokens = keys().tokens_for("bbs.example.edu", voice, seen) if voice else ()
    counter.add(event, f"{event}-{hours}", tokens, seen, source)


def test_a_token_is_made_under_todays_and_yesterdays_key() -> None:
    """Two tokens of 16 hex digits, one a key, that do not hold the account."""
    tokens = keys().tokens_for("bbs.example.edu", "alice", START)
    assert [token.key_day for token in tokens] == [date(2026, 9, 1), date(2026, 8, 31)]
    assert all(re.fullmatch("[0-9a-f]{16}", token.token) for token in tokens)
    assert tokens[0].token != tokens[1].token


def test_neighbouring_days_share_one_key() -> None:
    """The same account is the same voice over midnight, and nobody's after two days."""
    today = {token.key_day: token.token for token in keys().tokens_for("h", "alice", START)}
    tomorrow = {token.key_day: token.token for token in keys().tokens_for("h", "alice", START + DAY)}
    later = {token.key_day: token.token for token in keys().tokens_for("h", "alice", START + 2 * DAY)}
    assert today[date(2026, 9, 1)] == tomorrow[date(2026, 9, 1)]
    assert not set(today.values()) & set(later.values())


def test_accounts_and_hosts_are_told_apart() -> None:
    """Another account or another host is another voice; case of the host does not matter."""
    made = {keys().tokens_for(host, name, START)[0].token for host in ("a.org", "b.org") for name in ("x", "y")}
    assert len(made) == 4
    assert keys().tokens_for("A.org", "x", START) == keys().tokens_for("a.org", "x", START)


def test_fresh_keys_differ_and_old_ones_are_forgotten() -> None:
    """Two services have different keys; a key asked for again after 48 hours is another one."""
    first, second = FreshSecrets(), FreshSecrets()
    day = date(2026, 9, 1)
    assert first(day) != second(day)
    kept = first(day)
    assert first(day) == kept
    first(day + 2 * DAY)
    assert first(day) != kept


def test_neither_keys_nor_tokens_show_in_repr() -> None:
    """A log line of the object gives nothing away."""
    assert repr(VoiceKeys(FreshSecrets())) == "VoiceKeys(***)"


def test_one_loud_voice_is_one() -> None:
    """Ten posts of one account are one voice, ten accounts are ten."""
    counter = VoiceCounter()
    for minute in range(10):
        feed(counter, "loud", "alice", minute / 60)
        feed(counter, "many", f"user{minute}", minute / 60)
    now = START + timedelta(hours=1)
    assert counter.count("loud", DAY, now) == 1
    assert counter.count("many", DAY, now) == 10
    assert counter.count("nothing", DAY, now) == 0


def test_a_window_over_midnight_is_exact() -> None:
    """The same account before and after midnight is one voice in the last 24 hours."""
    counter = VoiceCounter()
    feed(counter, "e", "alice", 3.5)  # 23:30
    feed(counter, "e", "alice", 4.5)  # 00:30
    feed(counter, "e", "bob", 4.6)
    assert counter.count("e", DAY, START + timedelta(hours=5)) == 2


def test_short_windows_count_only_what_is_in_them() -> None:
    """A window of one hour ends now and forgets the two before."""
    counter = VoiceCounter()
    for hour, name in enumerate(["alice", "bob", "carol"]):
        feed(counter, "e", name, hour)
    now = START + timedelta(hours=2, minutes=1)
    assert counter.count("e", timedelta(hours=1), now) == 1
    assert counter.count("e", timedelta(hours=3), now) == 3


def test_longer_windows_use_the_highest_day() -> None:
    """After the tokens are gone the highest 24-hour count stays, and never a sum of days."""
    counter = VoiceCounter()
    for number in range(6):
        feed(counter, "e", f"user{number}", number / 10)
    for number in range(3):
        feed(counter, "e", f"user{number}", 50 + number / 10)
    now = START + timedelta(hours=51)
    assert counter.count("e", DAY, now) == 3
    assert counter.count("e", 7 * DAY, now) == 6
    assert counter.count("e", 2 * DAY, now + 9 * DAY) == 0
    assert counter.peak("e") == 6


def test_items_without_voice_speak_for_their_source() -> None:
    """Five items of one paper are one voice, of two papers two."""
    counter = VoiceCounter()
    for number in range(5):
        feed(counter, "e", None, number / 10, source="paper")
    assert counter.count("e", DAY, START + timedelta(hours=1)) == 1
    feed(counter, "e", None, 0.7, source="radio")
    assert counter.count("e", DAY, START + timedelta(hours=1)) == 2


def test_merged_events_count_shared_voices_once() -> None:
    """Two fragments of a matter: three voices, one of them in both."""
    counter = VoiceCounter()
    feed(counter, "a", "alice", 0.1)
    feed(counter, "a", "bob", 0.2)
    feed(counter, "b", "bob", 0.3)
    feed(counter, "b", "carol", 0.4)
    counter.merge("a", "b")
    now = START + timedelta(hours=1)
    assert counter.count("a", DAY, now) == 3
    assert counter.count("b", DAY, now) == 0
    assert counter.peak("a") == 3


def held_tokens(counter: VoiceCounter) -> set[date]:
    """Days of the keys whose tokens are still in memory."""
    return {day for chorus in counter._events.values() for entry in chorus.heard for day in entry.tokens}


def test_tokens_die_with_their_key_and_counts_stay() -> None:
    """After `expire` no token outlives 48 hours of its key; the count of the day is still there."""
    counter = VoiceCounter()
    for number in range(7):
        feed(counter, "e", f"user{number}", number / 10)
    for hours in range(0, 80, 4):
        now = START + timedelta(hours=hours)
        counter.expire(now)
        assert all(key_dies(day) > now for day in held_tokens(counter))
    assert held_tokens(counter) == set()
    assert counter.count("e", 7 * DAY, START + timedelta(hours=80)) == 7


def test_stored_counts_come_back_after_a_restart() -> None:
    """A count whose tokens are gone is given back as a number."""
    counter = VoiceCounter()
    counter.restore_peak("e", 12, START)
    assert counter.count("e", 3 * DAY, START + DAY) == 12
    assert counter.count("e", DAY, START + DAY) == 0


@pytest.mark.parametrize(("voices", "shown"), [(0, "<5"), (1, "<5"), (4, "<5"), (5, "5"), (17, "17")])
def test_small_counts_are_not_shown(voices: int, shown: str) -> None:
    """Below five nobody is told how many."""
    assert shown_count(voices) == shown


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 59)), min_size=1, max_size=60), st.integers(1, 24))
def test_the_count_is_what_counting_by_hand_gives(posts: list[tuple[int, int]], hours: int) -> None:
    """For any order of posts and any window up to a day, the count equals the set of accounts in it."""
    posts = sorted(posts, key=lambda post: post[1])
    counter = VoiceCounter()
    for who, hour in posts:
        feed(counter, "e", f"user{who}", hour)
    now = START + timedelta(hours=posts[-1][1], minutes=1)
    since = now - timedelta(hours=hours)
    expected = {who for who, hour in posts if START + timedelta(hours=hour) > since}
    assert counter.count("e", timedelta(hours=hours), now) == len(expected)


def test_ten_thousand_items_of_one_event_are_cheap() -> None:
    """A storm on one event costs the same per item at its end as at its beginning."""
    counter = VoiceCounter()
    for number in range(10_000):
        seen = START + timedelta(seconds=number)
        token = VoiceToken(seen.date(), f"{number % 500:016x}")
        counter.add("e", str(number), (token, VoiceToken(seen.date() - DAY, token.token)), seen, "s")
        counter.count("e", DAY, seen)
    assert counter.count("e", DAY, START + timedelta(seconds=9_999)) == 500
