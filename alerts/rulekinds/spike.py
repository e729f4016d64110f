"""`spike`: far more mentions than this hour of the week is used to. The backstop for what grouping misses.

Volume is counted for the school, an alert belongs to an event. So the alarm is told with the event whose story
crossed the line, or with the event that carries at least half of what is too much.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from alerts.model import Verdict, fired, held
from alerts.rulekinds.counts import first_unmet, measure
from alerts.rulekinds.window import DEFAULT_FLOOR, Scene, scale_count
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason, Volume


@dataclass(frozen=True, slots=True)
class Surge:
    """How a stretch of hours stands against its baseline. `warm` is False while the baseline is too short."""

    alarm: bool
    observed: int
    expected: float
    warm: bool


Baseline = Callable[[Volume], Surge]


def hours_within(volume: Volume, span: timedelta) -> int:
    """Mentions in the last hours that `span` covers, the unfinished one included."""
    return sum(volume.hours[-max(1, round(span / timedelta(hours=1))) :])


def without_last(volume: Volume) -> Volume:
    """The volume as it stood before the arrived story."""
    return replace(volume, hours=(*volume.hours[:-1], max(0, volume.hours[-1] - 1)))


def judge_spike(rule: RuleSpec, facts: EventFacts, scene: Scene, baseline: Baseline) -> Verdict:
    """Met when the baseline alarms, above the floor, and this event is where the alarm belongs."""
    floor, volume = scale_count(rule.floor or DEFAULT_FLOOR, rule.sensitivity), facts.volume()
    count = hours_within(volume, rule.span)
    if count < floor:
        numbers = {"mentions": count, "floor": floor, "window": rule.window}
        return held(rule, "below_floor", f"{count} of {floor} mentions in {rule.window}", numbers)
    surge = baseline(volume)
    numbers = {"mentions": surge.observed, "expected": round(surge.expected, 1), "floor": floor}
    if not surge.warm:
        return held(rule, "warm_up", "baseline too short: the threshold rules are in force", numbers)
    if not surge.alarm:
        return held(rule, "no_spike", f"{surge.observed} mentions, {surge.expected:.1f} are usual", numbers)
    carries = 2 * len(scene.counted) >= surge.observed - surge.expected
    if not carries and baseline(without_last(volume)).alarm:
        return held(rule, "not_the_cause", "this matter is not what the volume rose by", numbers)
    unmet = first_unmet(rule, facts, scene)
    if unmet is not None:
        return unmet
    text = f"{surge.observed} mentions of the school, {surge.expected:.1f} are usual at this hour"
    return fired(rule, scene.items, Reason("spike_met", text, {**measure(rule, facts, scene), **numbers}))
