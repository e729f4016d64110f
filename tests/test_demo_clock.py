"""The demo's clock: it stands, it hurries, it walks."""

import time
from datetime import UTC, datetime, timedelta

from tocsin.clock import FastClock

START = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


def test_it_stands_until_it_is_wound_up() -> None:
    """History is learned at one moment."""
    clock = FastClock(START, 40.0)
    time.sleep(0.02)
    assert clock() == START


def test_after_the_hour_time_is_real_and_never_jumps() -> None:
    """Slowed down it goes on from where it is, so links and ages in an open demo stay true."""
    clock = FastClock(START, 10_000.0)
    clock.wind_up()
    time.sleep(0.05)
    before = clock()
    clock.slow_down()
    after = clock()
    assert before >= START + timedelta(seconds=400)
    assert before <= after
    time.sleep(0.05)
    assert timedelta(0) < clock() - after < timedelta(seconds=5)
