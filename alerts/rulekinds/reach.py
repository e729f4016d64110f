"""`reach`: the first regional or national outlet takes the matter up."""

from alerts.model import Verdict, fired, held
from alerts.rulekinds.counts import measure, wanted
from alerts.rulekinds.window import Scene
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason, Story


def is_wide(story: Story) -> bool:
    """True for an outlet that is read beyond the town: regional or national."""
    return story.outlet and story.reach in ("regional", "national")


def first_wide(facts: EventFacts, arrived: Story) -> bool:
    """True when `arrived` is the first wide outlet of the event, and no alert about it told of one already."""
    if not is_wide(arrived):
        return False
    if any(alert.kind == "reach" or alert.reason.numbers.get("wide") for alert in (*facts.told, *facts.kin)):
        return False
    return not any(is_wide(story) and not story.history for story in facts.stories if story.id != arrived.id)


def judge_reach(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict:
    """Met by the first wide outlet, in an event that was told or has the written number of stories."""
    if not is_wide(scene.arrived):
        return held(rule, "not_wide", "not a regional or national outlet", {"reach": scene.arrived.reach})
    if not first_wide(facts, scene.arrived):
        return held(rule, "reach_known", "a regional or national outlet had it before")
    need, numbers = wanted(rule.stories, rule), measure(rule, facts, scene)
    told = any(alert.kind not in ("closed", "digest") for alert in (*facts.told, *facts.kin))
    if not told and need is not None and len(scene.counted) < need:
        text = f"not told before, and {len(scene.counted)} of {need} stories in {rule.window}"
        return held(rule, "too_few_stories", text, numbers)
    if rule.negative_share is not None and scene.negative_share < rule.negative_share:
        return held(rule, "not_negative", f"{scene.negative_share:.0%} of the stories are negative", numbers)
    text = f"the first {scene.arrived.reach} outlet"
    return fired(rule, (scene.arrived.id,), Reason("reach_met", text, {**numbers, "reach": scene.arrived.reach}))
