"""The backstop: is the school mentioned more than the hour, the season and the last weeks lead one to expect?

Expected count = level x hour of the week x calendar factor. Against it stands the hypothesis that something happened:
a burst of unknown size that began in one of the last 20 hours, rose within two and died away within a day. The score
is the logarithm of how much better that explains the counts (all sizes and beginnings together), so it is summed
evidence like a CUSUM, but one that knows how bursts look. It speaks once: within 12 hours only a new height counts.

Counts are taken as negative binomial (posts come in clumps). The module knows no clock, no store and no rule.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model import Volume

ALARM = 5.0  # one false alarm in four weeks on simulated counts; 6.2: one in ten weeks
LEVEL_HALF_LIFE = 14 * 24  # hours
WEEK = 168
SEASON_HALF_LIFE = 52  # weeks, for the shape of the week
SHAPE_PRIOR = 20.0  # mentions that an hour of the week starts with, spread as the hour of the day says
GUARD = 12  # hours that an unfolding burst has before it may teach the level anything
CLIP = 2.5  # standard deviations over the expected count that are believed when learning
LEAST_WEEKS = 8  # of hours that are learned as soon as there are so many
WARM = 14 * 24  # hours after which a score means something
CLUMPING = 0.25  # variance = mean + CLUMPING x mean^2
SIZES = (10, 20, 40, 80, 160, 320)
REACH = 20  # hours that a burst is followed
QUIET = 12  # hours in which only a new height of the evidence counts
STEP, CAP = 0.5, 9.0
NOTHING = -9.0


def shape_burst(length: int = REACH) -> tuple[float, ...]:
    """Share of a burst's posts that come in its 1st, 2nd… hour."""
    raw = [(hour + 0.5) ** 0.3 * math.exp(-(hour + 0.5) / 5.0) for hour in range(2 * length)]
    return tuple(share / sum(raw) for share in raw[:length])


BURST = shape_burst()


@dataclass(frozen=True, slots=True)
class Gauge:
    """`expected` and `count` of the hour, and of the 24 hours that end with it; `score` against `ALARM`."""

    expected: float
    count: int
    expected_day: float
    count_day: int
    score: float
    is_warm: bool


@dataclass(slots=True)
class Ratio:
    """A decaying quotient: what was counted over what would be counted at 1."""

    counted: float
    base: float

    @property
    def value(self) -> float:
        """The quotient."""
        return self.counted / self.base

    def learn(self, counted: float, base: float, keep: float) -> None:
        """Fade by `keep` and add."""
        self.counted = self.counted * keep + counted
        self.base = self.base * keep + base


@dataclass(frozen=True, slots=True)
class Past:
    """An hour that has not yet taught anything."""

    hour: int
    count: int
    factor: float
    expected: float
    level: float
    shape: float


class ExpectedRate:
    """Level, day, weekday and hour of the week, all learned late (`GUARD`) and from clipped counts."""

    def __init__(self) -> None:
        self._level = Ratio(48.0, 48.0)
        self._day = [Ratio(5.0, 5.0) for _ in range(24)]
        self._weekday = [Ratio(50.0, 50.0) for _ in range(7)]
        self._week = [Ratio(0.0, 0.0) for _ in range(WEEK)]
        self._waiting: deque[Past] = deque()

    def clone(self) -> "ExpectedRate":
        """The same knowledge, to learn on."""
        other = ExpectedRate()
        other._level = Ratio(self._level.counted, self._level.base)
        other._day, other._weekday, other._week = (
            [Ratio(one.counted, one.base) for one in shape] for shape in (self._day, self._weekday, self._week)
        )
        other._waiting = deque(self._waiting)
        return other

    def expect(self, hour: int, factor: float) -> float:
        """The count that `hour` should bring."""
        return max(0.05, self._level.value * self._shape(hour) * factor)

    def learn(self, hour: int, count: int, factor: float) -> None:
        """Remember an hour; learn from the one `GUARD` hours before it."""
        expected = self.expect(hour, factor)
        self._waiting.append(Past(hour, count, factor, expected, self._level.value, self._shape(hour)))
        if len(self._waiting) > GUARD:
            self._digest(self._waiting.popleft())

    def _shape(self, hour: int) -> float:
        prior = self._day[hour % 24].value * self._weekday[hour % WEEK // 24].value
        own = self._week[hour % WEEK]
        return (own.counted + SHAPE_PRIOR * prior) / (own.base + SHAPE_PRIOR)

    def _digest(self, past: Past) -> None:
        weight = 1.0 / (1.0 + CLUMPING * past.expected)
        most = past.expected + CLIP * math.sqrt(past.expected * (1.0 + CLUMPING * past.expected)) + 0.5
        counted = weight * min(float(past.count), most)
        at, base = past.hour % WEEK, weight * past.level * past.factor
        day, weekday = self._day[at % 24], self._weekday[at // 24]
        self._level.learn(counted, weight * past.shape * past.factor, 0.5 ** (1.0 / LEVEL_HALF_LIFE))
        self._week[at].learn(counted, base, 0.5 ** (1.0 / SEASON_HALF_LIFE))
        day_value, weekday_value = day.value, weekday.value
        day.learn(counted, base * weekday_value, 0.5 ** (1.0 / (7 * SEASON_HALF_LIFE)))
        weekday.learn(counted, base * day_value, 0.5 ** (1.0 / (24 * SEASON_HALF_LIFE)))


class SpikeBaseline:
    """Scores hours one after the other. Hours are numbered without gaps; hour 0 is any hour of any week."""

    def __init__(self) -> None:
        self._rate = ExpectedRate()
        self._runs: deque[list[float]] = deque(maxlen=REACH - 1)  # newest beginning first: evidence by size
        self._heights: deque[float] = deque(maxlen=QUIET)
        self.expected: deque[float] = deque(maxlen=23)  # of the last hours, when they came
        self._seen = 0

    def clone(self) -> "SpikeBaseline":
        """The same knowledge, to learn on. Runs are replaced and never changed, so they may be shared."""
        other = SpikeBaseline()
        other._rate = self._rate.clone()
        other._runs, other._heights, other.expected = self._runs.copy(), self._heights.copy(), self.expected.copy()
        other._seen = self._seen
        return other

    @property
    def is_warm(self) -> bool:
        """False in the first fortnight: the level is not known yet."""
        return self._seen >= WARM

    def expect(self, hour_index: int, calendar_factor: float = 1.0) -> float:
        """The count that an hour should bring."""
        return self._rate.expect(hour_index, calendar_factor)

    def score(self, hour_index: int, count: int, calendar_factor: float = 1.0) -> float:
        """The score of an hour that is over; learns from it."""
        expected = self.expect(hour_index, calendar_factor)
        runs = self._extend(expected, count)
        height = level_off(weigh_runs(runs))
        found = self._onset(height)
        self._runs = deque(runs[: REACH - 1], maxlen=REACH - 1)
        self._heights.append(height)
        self.skip(hour_index, count, calendar_factor)
        return found

    def peek(self, hour_index: int, count: int, calendar_factor: float = 1.0) -> float:
        """The score of an hour that may not be over yet; learns nothing."""
        runs = self._extend(self.expect(hour_index, calendar_factor), count)
        return self._onset(level_off(weigh_runs(runs)))

    def skip(self, hour_index: int, count: int, calendar_factor: float = 1.0) -> None:
        """Learn an hour without scoring it (long ago, for a quick start)."""
        self.expected.append(self.expect(hour_index, calendar_factor))
        self._rate.learn(hour_index, count, calendar_factor)
        self._seen += 1

    def _extend(self, expected: float, count: int) -> list[list[float]]:
        """Evidence by beginning and size with this hour added, the burst that begins now first."""
        before = [[0.0] * len(SIZES), *self._runs]
        quiet = log_likelihood(count, expected, 1.0 / CLUMPING)
        rows = []
        for share, run in zip(BURST, before, strict=False):
            rows.append(
                [old + gain(count, expected, size * share) - quiet for old, size in zip(run, SIZES, strict=True)]
            )
        return rows

    def _onset(self, height: float) -> float:
        """`height` when it is new in `QUIET` hours, else something far below any alarm."""
        before = max(self._heights, default=NOTHING)
        return height if before < 2.0 or height >= before + STEP else min(height, before) - CAP


def log_likelihood(count: int, mean: float, r: float) -> float:
    """Negative binomial with `mean` and variance mean + mean^2 / r, without the term of `count` alone."""
    whole = r + mean
    return math.lgamma(count + r) - math.lgamma(r) + r * math.log(r / whole) + count * math.log(mean / whole)


def gain(count: int, expected: float, burst: float) -> float:
    """Likelihood when `burst` posts come on top: their own number clumps no further."""
    mean = expected + burst
    return log_likelihood(count, mean, (mean / expected) ** 2 / CLUMPING)


def weigh_runs(runs: Sequence[Sequence[float]]) -> float:
    """Logarithm of the summed evidence, all sizes equally likely."""
    values = [value for run in runs for value in run]
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values) / len(SIZES))


def level_off(height: float) -> float:
    """Beyond `CAP` all evidence is overwhelming: what comes on top stays under one `STEP`."""
    return height if height <= CAP else CAP + 0.9 * STEP * (height - CAP) / (height - CAP + 50.0)


@dataclass(frozen=True, slots=True)
class Learned:
    """A baseline that has seen `counts` from hour `first` on. It is shared: clone it before it learns more."""

    first: int
    counts: tuple[int, ...]
    factors: tuple[float, ...]
    baseline: SpikeBaseline

    def reaches(self, first: int, counts: tuple[int, ...], factors: tuple[float, ...]) -> bool:
        """True when the hours asked for begin with those that were learned."""
        known = len(self.counts)
        return self.first == first and counts[:known] == self.counts and factors[:known] == self.factors


class LearnedBaselines:
    """The newest lessons. An hour more is learned on top of the hour before; what was changed since is learned anew."""

    def __init__(self) -> None:
        self._newest: deque[Learned] = deque(maxlen=4)  # the worker's and those of backtests beside it

    def learn(self, first: int, counts: tuple[int, ...], factors: tuple[float, ...]) -> SpikeBaseline:
        """A baseline that has seen `counts` from hour `first`; only to be looked at."""
        fits = [one for one in list(self._newest) if one.reaches(first, counts, factors)]
        before = max(fits, key=lambda one: len(one.counts), default=None)
        if before is not None and len(before.counts) == len(counts):
            return before.baseline
        baseline = before.baseline.clone() if before else SpikeBaseline()
        for at in range(len(before.counts) if before else 0, len(counts)):
            # What the score looks back on is over after so many hours: the ones before only teach.
            learn = baseline.skip if at < len(counts) - REACH - QUIET else baseline.score
            learn(first + at, counts[at], factors[at])
        self._newest.append(Learned(first, counts, factors, baseline))
        return baseline


LEARNED = LearnedBaselines()


def leave_out(first: int, count: int) -> int:
    """How many of `count` hours from hour `first` on are left out, so that what is learned begins with a week: then its
    beginning moves once a week and not every hour, and an hour more costs an hour. Eight weeks stay."""
    to_monday = -first % WEEK
    return to_monday if count - to_monday >= LEAST_WEEKS * WEEK else 0


def gauge_volume(volume: Volume, factors: Sequence[float] = ()) -> Gauge:
    """The current hour of `volume` against all hours before it. The same volume gives the same gauge, whatever was
    learned before.

    `factors` are the calendar's, one an hour, same length as `volume.hours`; none means 1 throughout.
    """
    hours = tuple(volume.hours)
    whole = tuple(factors) or (1.0,) * len(hours)
    if not hours or len(whole) != len(hours):
        raise ValueError(f"{len(whole)} calendar factors for {len(hours)} hours")
    last = int(volume.last_hour.timestamp()) // 3600
    first = last - len(hours) + 1
    left = leave_out(first, len(hours))
    baseline = LEARNED.learn(first + left, hours[left:-1], whole[left:-1])
    expected = baseline.expect(last, whole[-1])
    return Gauge(
        expected=expected,
        count=hours[-1],
        expected_day=sum(baseline.expected) + expected,
        count_day=sum(hours[-24:]),
        score=baseline.peek(last, hours[-1], whole[-1]),
        is_warm=baseline.is_warm,
    )
