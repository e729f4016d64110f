"""`threshold`: so many distinct stories, voices and sources in a window, so negative."""

from alerts.model import Verdict, fired
from alerts.rulekinds.counts import first_unmet, measure
from alerts.rulekinds.window import Scene
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason


def judge_threshold(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict:
    """Met when every written condition holds for the stories in the window."""
    unmet = first_unmet(rule, facts, scene)
    if unmet is not None:
        return unmet
    numbers = measure(rule, facts, scene)
    text = f"{numbers['stories']} stories of {numbers['sources']} sources in {rule.window}"
    return fired(rule, scene.items, Reason("threshold_met", text, numbers))
