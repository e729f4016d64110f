"""The volume backstop: what it expects, when it speaks, and that it speaks once."""

import math
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from alerts import baseline as learning
from alerts.baseline import ALARM, SpikeBaseline, gauge_volume
from pipeline.model import Volume

WEEKS = 8
START = datetime(2026, 9, 7, tzinfo=UTC)


def simulate(hours: int, seed: int = 1, rate: float = 2.0) -> list[int]:
    """Counts with a day's rhythm: Poisson, quiet at night."""
    dice = random.Random(seed)
    return [draw(dice, rate * (1.0 + 0.6 * math.sin(2 * math.pi * (hour % 24 - 9) / 24))) for hour in range(hours)]


def draw(dice: random.Random, mean: float) -> int:
    """A Poisson number (Knuth)."""
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count, product = count + 1, product * dice.random()
    return count


def score_all(counts: list[int], factors: list[float] | None = None) -> list[float]:
    baseline = SpikeBaseline()
    return [baseline.score(hour, count, factors[hour] if factors else 1.0) for hour, count in enumerate(counts)]


def volume_of(counts: list[int]) -> Volume:
    return Volume(START + timedelta(hours=len(counts) - 1), tuple(counts))


def test_a_burst_of_forty_is_heard_within_three_hours() -> None:
    """Forty extra mentions in an ordinary afternoon raise the alarm by the third hour."""
    counts = simulate(WEEKS * 168)
    at = 7 * 168 + 38
    for hour, extra in enumerate((4, 8, 8, 6, 5, 4, 3, 2)):
        counts[at + hour] += extra
    scores = score_all(counts)
    assert max(scores[at : at + 3]) > ALARM


def test_an_ordinary_season_is_nearly_silent() -> None:
    """After the warm-up, half a year of ordinary weeks gives at most half a false alarm a month."""
    scores = score_all(simulate(30 * 168, seed=5))
    assert sum(score > ALARM for score in scores[4 * 168 :]) <= 3


def test_one_burst_speaks_once() -> None:
    """A large burst crosses the alarm in one hour, or two while it still grows, not in every hour of its tail."""
    counts = simulate(WEEKS * 168)
    at = 7 * 168 + 20
    for hour in range(24):
        counts[at + hour] += round(60 * math.exp(-hour / 6))
    assert 1 <= sum(score > ALARM for score in score_all(counts)[at : at + 48]) <= 2


def test_the_calendar_explains_a_busy_week() -> None:
    """Freshmen week brings twice the mentions: silent when the calendar says so."""
    busy = [2.0 if 6 * 168 <= hour < 7 * 168 else 1.0 for hour in range(WEEKS * 168)]
    dice = random.Random(3)
    counts = [draw(dice, 2.0 * factor) for factor in busy]
    told = score_all(counts, busy)[6 * 168 : 7 * 168]
    untold = score_all(counts)[6 * 168 : 7 * 168]
    assert max(told) < ALARM < max(untold)


def test_the_answer_to_a_prefix_is_a_prefix_of_the_answer() -> None:
    """An hour's score rests on that hour and those before it."""
    counts = simulate(500)
    assert score_all(counts)[:300] == score_all(counts[:300])


def test_the_pure_function_agrees_with_the_running_one() -> None:
    """`gauge_volume` says of the newest hour what an object that saw every hour says."""
    counts = simulate(WEEKS * 168)
    counts[-1] += 25
    first = int(START.timestamp()) // 3600
    running = SpikeBaseline()
    scores = [running.score(first + hour, count) for hour, count in enumerate(counts)]
    gauge = gauge_volume(volume_of(counts))
    assert gauge.score == pytest.approx(scores[-1])
    assert gauge.score > ALARM
    assert gauge.count == counts[-1]
    assert gauge.count_day == sum(counts[-24:])
    assert 20 < gauge.expected_day < 90


def test_a_fortnight_must_pass() -> None:
    """Before 14 days of counts a gauge says that it is not warm."""
    assert not gauge_volume(volume_of(simulate(13 * 24))).is_warm
    assert gauge_volume(volume_of(simulate(14 * 24 + 1))).is_warm


def test_the_level_follows_slowly_but_follows() -> None:
    """Mentions that double for good are expected to be double after six weeks, not after a day."""
    counts = simulate(10 * 168) + simulate(6 * 168, seed=2, rate=4.0)
    baseline = SpikeBaseline()
    means = []
    for hour, count in enumerate(counts):
        means.append(baseline.expect(hour))
        baseline.score(hour, count)
    before, soon, late = (sum(means[at : at + 168]) / 168 for at in (9 * 168, 10 * 168, 15 * 168))
    assert soon < 1.5 * before
    assert late > 1.6 * before


def test_factors_must_fit() -> None:
    """A calendar of another length is refused."""
    with pytest.raises(ValueError, match="calendar factors"):
        gauge_volume(volume_of([1, 2, 3]), (1.0,))


def test_the_exam_answers_line_by_line() -> None:
    """The judged script answers each line before it reads the next."""
    with subprocess.Popen(
        [sys.executable, "tests/eval/spike_scores.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for line in ("0 3 1.0\n", "1 90 0.6\n"):
            process.stdin.write(line)
            process.stdin.flush()
            answers.append(float(process.stdout.readline()))
        process.stdin.close()
    assert answers[1] > answers[0]


def test_an_hour_more_is_learned_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hour by hour over twelve weeks, with a past that changes on the way, each gauge is that of a first look."""
    counts = simulate(12 * 168, seed=4)
    for end in range(7 * 168, 12 * 168, 41):
        counts[end - 50 if end % 3 else end - 1] += 9
        for length in (end, end + 1):
            volume = volume_of(counts[max(0, length - 1513) : length])
            moved = Volume(START + timedelta(hours=length - 1), volume.hours)
            known = gauge_volume(moved)
            monkeypatch.setattr(learning, "LEARNED", learning.LearnedBaselines())
            assert gauge_volume(moved) == known
