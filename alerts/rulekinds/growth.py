"""`growth`: an event has many times the stories of the window before."""

from alerts.model import Verdict, fired, held
from alerts.rulekinds.counts import first_unmet, measure
from alerts.rulekinds.window import DEFAULT_FLOOR, Scene, passes_topics, scale_count, scale_factor, stories_within
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason

DEFAULT_FACTOR = 2.0


def judge_growth(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict:
    """Met when the window holds `factor` times the stories of the one before and at least `floor`."""
    begin = scene.now - rule.span
    before = sum(
        passes_topics(rule, facts, story) and (not rule.source_kinds or story.source_kind in rule.source_kinds)
        for story in stories_within(facts.stories, begin - rule.span, begin)
    )
    count, factor = len(scene.counted), scale_factor(rule.factor or DEFAULT_FACTOR, rule.sensitivity)
    floor = scale_count(rule.floor or DEFAULT_FLOOR, rule.sensitivity)
    numbers = {**measure(rule, facts, scene), "before": before, "factor": factor, "floor": floor}
    if count < floor:
        return held(rule, "below_floor", f"{count} of {floor} stories in {rule.window}", numbers)
    if count < factor * before:
        return held(rule, "not_growing", f"{count} stories after {before}, {factor:g} times are asked", numbers)
    unmet = first_unmet(rule, facts, scene)
    if unmet is not None:
        return unmet
    text = f"{count} stories in {rule.window} after {before} in the {rule.window} before"
    return fired(rule, scene.items, Reason("growth_met", text, numbers))
