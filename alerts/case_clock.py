"""The clock of a case: how much of the allowed time is used, what is left, when a share of it will be used. Pure.

It runs by the wall, or in working time only; while a case is paused it stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.workdays import WorkCalendar

ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stood; `ends` is None while it lasts."""

    begins: datetime
    ends: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """One round of a case. `calendar` is None when the clock runs through nights and holidays. Pauses are in order."""

    began: datetime
    allowed: timedelta
    pauses: tuple[Pause, ...] = ()
    calendar: WorkCalendar | None = None

    @property
    def paused(self) -> bool:
        """True while it stands."""
        return bool(self.pauses) and self.pauses[-1].ends is None

    def used(self, now: datetime) -> timedelta:
        """Time used up to `now`."""
        stood = (self._measure(one.begins, min(one.ends or now, now)) for one in self.pauses)
        return max(ZERO, self._measure(self.began, now) - sum(stood, ZERO))

    def left(self, now: datetime) -> timedelta:
        """Time that is left; negative after the deadline."""
        return self.allowed - self.used(now)

    def share(self, now: datetime) -> float:
        """The used share: 0 at the beginning, 1 at the deadline, more after it."""
        return self.used(now) / max(self.allowed, timedelta(seconds=1))

    def reaches(self, share: float) -> datetime | None:
        """When this share of the allowed time is used up, if nobody pauses; None while the clock stands."""
        if self.paused:
            return None
        begin, used = self.began, ZERO
        for one in self.pauses:
            run = self._measure(begin, one.begins)
            if used + run >= self.allowed * share:
                break
            begin, used = one.ends or one.begins, used + run
        return self._add(begin, max(ZERO, self.allowed * share - used))

    def _measure(self, begin: datetime, end: datetime) -> timedelta:
        if self.calendar is not None:
            return self.calendar.working_time_between(begin, end)
        return max(ZERO, end - begin)

    def _add(self, begin: datetime, span: timedelta) -> datetime:
        return self.calendar.add_working_time(begin, span) if self.calendar is not None else begin + span


@dataclass(frozen=True, slots=True)
class Due:
    """A step of the clock that has come: a share of the allowed time, 1 for the deadline."""

    share: float
    at: datetime

    @property
    def breach(self) -> bool:
        """True for the deadline itself."""
        return self.share >= 1


def find_due(clock: CaseClock, shares: Sequence[float], said: frozenset[float], now: datetime) -> list[Due]:
    """Steps that have come and were not said, in order. None while the clock stands."""
    found: list[Due] = []
    for share in sorted({*shares, 1.0} - said):
        at = clock.reaches(share)
        if at is not None and at <= now and clock.used(now) >= clock.allowed * share:
            found.append(Due(share, at))
    return found


def next_step(clock: CaseClock, shares: Sequence[float], now: datetime) -> Due | None:
    """The next reminder or the deadline; None while the clock stands and after the deadline."""
    for share in sorted({*shares, 1.0}):
        at = clock.reaches(share)
        if at is not None and at > now:
            return Due(share, at)
    return None
