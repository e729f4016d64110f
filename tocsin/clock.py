"""The only place that reads the clock. Everyone else is given a `now`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The present time, aware, UTC."""
    return datetime.now(UTC)


class FastClock:
    """A clock that stands at `start` until it is wound up, and then runs `speed` times as fast as the real one (for the demo)."""

    def __init__(self, start: datetime, speed: float) -> None:
        self.start, self.speed = start, speed
        self._began: float | None = None
        self._before = 0.0

    def wind_up(self) -> None:
        """Let it run from now on."""
        self._began = time.monotonic()

    def slow_down(self) -> None:
        """Let it run as fast as the real one from now on."""
        self._before, self._began, self.speed = self.elapsed(), time.monotonic(), 1.0

    def elapsed(self) -> float:
        """Seconds on this clock since it was wound up; 0 before."""
        return 0.0 if self._began is None else self._before + (time.monotonic() - self._began) * self.speed

    def __call__(self) -> datetime:
        """The time it shows."""
        return self.start + timedelta(seconds=self.elapsed())
