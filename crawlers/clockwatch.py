"""Notices that somebody has set the clock while we were running."""

from collections.abc import Callable
from datetime import datetime, timedelta

STEP_SECONDS = 60.0


class ClockWatch:
    """Compares the clock on the wall with one that nobody can set; both must run alike."""

    def __init__(self, clock_now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock_now = clock_now
        self._monotonic = monotonic
        self._base = self._offset()

    def find_step(self) -> timedelta | None:
        """By how much the clock was set since the last question, None for less than a minute."""
        step = self._offset() - self._base
        if abs(step) < STEP_SECONDS:
            return None
        self._base += step
        return timedelta(seconds=step)

    def _offset(self) -> float:
        return self._clock_now().timestamp() - self._monotonic()
