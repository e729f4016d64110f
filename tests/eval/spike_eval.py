"""Spikes in hourly counts: our baseline beside EARS C2, on made-up counts or on a folder's counts.csv and truth.json.

A detector gives one score an hour. A threshold turns scores into alarms (an alarm within 12 hours of the one before is
the same). For each size of burst: the share that was alarmed within 48 hours of its beginning, and how many of its
items had come by then (median), at the lowest threshold that rings at most so often in quiet weeks.
EARS C2 is the C2 of CDC's Early Aberration Reporting System: (count - mean) / deviation over seven days that end
two days before; here over sliding 24-hour counts, so that it need not wait for midnight.
"""

import json
import math
import random
import statistics
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.baseline import SpikeBaseline

HOLD = 12  # hours
TOUCH = 72  # hours after a beginning that do not count as quiet
WITHIN = 48  # hours
SHARE = 0.25  # false alarms a week
DAY = 24
WEEK = 168
FLOOR = 1.0  # least deviation of a 24-hour count


@dataclass(frozen=True)
class Burst:
    """Something happened: the hour of its first item, and the hour of each."""

    begin: int
    size: int
    hours: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """Hourly counts with the calendar's factor; hours before `scored` are for learning."""

    counts: tuple[int, ...]
    factors: tuple[float, ...]
    bursts: tuple[Burst, ...]
    scored: int


Detector = Callable[[Counts], list[float]]


def score_shipped(given: Counts) -> list[float]:
    """The scores of `SpikeBaseline`."""
    baseline = SpikeBaseline()
    rows = enumerate(zip(given.counts, given.factors, strict=True))
    return [baseline.score(hour, count, factor) for hour, (count, factor) in rows]


def score_ears(given: Counts) -> list[float]:
    """EARS C2 over sliding 24-hour counts."""
    sums = [sum(given.counts[max(0, hour - DAY + 1) : hour + 1]) for hour in range(len(given.counts))]
    scores = []
    for hour, now in enumerate(sums):
        days = [sums[hour - DAY * back] for back in range(3, 10) if hour - DAY * back >= 0]
        if len(days) < 7:
            scores.append(0.0)
            continue
        scores.append((now - statistics.mean(days)) / max(FLOOR, statistics.stdev(days)))
    return scores


def find_alarms(scores: Sequence[float], threshold: float, first: int) -> list[int]:
    """Hours over the threshold; one less than 12 hours after another over it is the same alarm."""
    over = [hour for hour in range(first, len(scores)) if scores[hour] > threshold]
    return [hour for hour, before in zip(over, [-WEEK, *over], strict=False) if hour - before > HOLD]


def count_false(alarms: Sequence[int], given: Counts) -> float:
    """Alarms a week of quiet hours."""
    touched = {hour for burst in given.bursts for hour in range(burst.begin, burst.begin + TOUCH)}
    quiet = sum(hour not in touched for hour in range(given.scored, len(given.counts)))
    return sum(hour not in touched for hour in alarms) / (quiet / WEEK)


def choose_threshold(scores: Sequence[float], given: Counts, share: float) -> float:
    """The lowest of the highest scores from which on no threshold rings more often than `share`."""
    candidates = sorted(set(scores[given.scored :]), reverse=True)
    chosen, step = candidates[0], 1
    for at in range(0, len(candidates), step):
        if count_false(find_alarms(scores, candidates[at], given.scored), given) > share:
            break
        chosen = candidates[at]
        if at > 4000:
            break
    return chosen


def score_detector(detector: Detector, given: Counts, share: float = SHARE) -> dict[str, float]:
    """Recall and median items by size of burst."""
    scores = detector(given)
    alarms = find_alarms(scores, choose_threshold(scores, given, share), given.scored)
    seen: dict[int, list[float]] = defaultdict(list)
    for burst in given.bursts:
        at = bisect_left(alarms, burst.begin)
        caught = at < len(alarms) and alarms[at] <= burst.begin + WITHIN
        seen[burst.size].append(bisect_right(burst.hours, alarms[at]) if caught else math.inf)
    figures = {}
    for size in sorted(seen):
        caught_in = [items for items in seen[size] if items < math.inf]
        figures[f"recall_{size}"] = len(caught_in) / len(seen[size])
        figures[f"items_{size}"] = statistics.median(caught_in) if caught_in else math.inf
    return figures


def given_counts(folder: Path) -> Counts:
    """`folder`/counts/counts.csv (hour, count, calendar factor) and truth.json."""
    rows = [line.split(",") for line in (folder / "counts" / "counts.csv").read_text().splitlines()[1:]]
    truth = json.loads((folder / "counts" / "truth.json").read_text())
    bursts = tuple(Burst(begin, size, tuple(sorted(hours))) for begin, size, hours in truth["events"])
    numbers = tuple(int(float(row[1])) for row in rows)
    return Counts(numbers, tuple(float(row[2]) for row in rows), bursts, truth["first_scored_hour"])


def made_counts(seed: int = 5, weeks: int = 78, learn: int = 13) -> Counts:
    """Made-up hours: a level that drifts, nights, weekends, holidays in a calendar, clumps, and bursts of four sizes."""
    rng = random.Random(seed)
    level, counts, factors = 2.0, [], []
    for hour in range(weeks * WEEK):
        level *= math.exp(rng.gauss(0, 0.004) + 0.001 * math.log(2.0 / level))
        factor = 0.4 if (hour // WEEK) % 26 >= 22 else 1.0
        day = 0.15 + 0.85 * max(0.0, math.sin((hour % DAY - 6) / 18 * math.pi)) if hour % DAY >= 6 else 0.15
        mean = level * factor * day * 1.6 * (0.8 if hour % WEEK >= 120 else 1.0)
        counts.append(draw_poisson(rng, rng.gammavariate(4.0, mean / 4.0)))
        factors.append(factor)
    bursts = [make_burst(rng, begin, size) for begin, size in plan_bursts(rng, weeks, learn)]
    for burst in bursts:
        for hour in burst.hours:
            if hour < len(counts):
                counts[hour] += 1
    return Counts(tuple(counts), tuple(factors), tuple(bursts), learn * WEEK)


def plan_bursts(rng: random.Random, weeks: int, learn: int) -> list[tuple[int, int]]:
    """A burst in three weeks of four, sizes in turn."""
    free = [week for week in range(learn, weeks - 1) if week % 4]
    return [
        (week * WEEK + rng.randrange(5) * DAY + rng.randint(8, 20), (20, 40, 80, 160)[number % 4])
        for number, week in enumerate(free)
    ]


def make_burst(rng: random.Random, begin: int, size: int) -> Burst:
    """Items come fast at first; half of them within four hours or so."""
    offsets = sorted(min(60.0, rng.lognormvariate(1.3, 1.0)) for _ in range(size - 1))
    return Burst(begin, size, (begin, *(begin + int(offset) for offset in offsets)))


def draw_poisson(rng: random.Random, mean: float) -> int:
    """A Poisson number (Knuth's way: means here are small)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
