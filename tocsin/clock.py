"""The only place that reads the clock. Everyone else is given a `now`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The present time, aware, UTC."""
    return datetime.now(UTC)


def fast_clock(start: datetime, speed: float) -> Clock:
    """A clock that begins at `start` now and runs `speed` times as fast as the monotonic clock (for the demo)."""
    began = time.monotonic()

    def read() -> datetime:
        return start + timedelta(seconds=(time.monotonic() - began) * speed)

    return read
