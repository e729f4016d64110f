"""The counting conditions that several kinds share, in the order a person would ask: stories, voices, sources, tone."""

from alerts.model import Verdict, held, show_count
from alerts.rulekinds.window import Scene, count_voices, scale_count
from alerts.settings import RuleSpec
from pipeline.model import EventFacts


def wanted(written: int | None, rule: RuleSpec) -> int | None:
    """A written count under the rule's sensitivity, None when it was not written."""
    return None if written is None else scale_count(written, rule.sensitivity)


def measure(rule: RuleSpec, facts: EventFacts, scene: Scene) -> dict[str, object]:
    """Every number a reader of the reason may want. Voices only in their shown form."""
    voices, need = count_voices(rule, facts, scene), wanted(rule.voices, rule)
    numbers: dict[str, object] = {
        "window": rule.window,
        "stories": len(scene.counted),
        "voices": show_count(voices),
        "sources": len({story.source for story in scene.counted}),
        "negative_share": round(scene.negative_share, 2),
    }
    asked = {
        "stories_wanted": wanted(rule.stories, rule),
        "voices_wanted": need,
        "voices_met": None if need is None else voices >= need,
        "sources_wanted": wanted(rule.sources, rule),
        "negative_share_wanted": rule.negative_share,
    }
    return numbers | {key: value for key, value in asked.items() if value is not None}


def first_unmet(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict | None:
    """The first written condition that does not hold; None when all hold. A condition not written is not asked."""
    numbers = measure(rule, facts, scene)
    stories, sources = len(scene.counted), len({story.source for story in scene.counted})
    need_stories, need_voices, need_sources = (
        wanted(number, rule) for number in (rule.stories, rule.voices, rule.sources)
    )
    if need_stories is not None and stories < need_stories:
        return held(rule, "too_few_stories", f"{stories} of {need_stories} stories in {rule.window}", numbers)
    if need_voices is not None and not numbers["voices_met"]:
        return held(rule, "too_few_voices", f"fewer than {need_voices} voices in {rule.window}", numbers)
    if need_sources is not None and sources < need_sources:
        return held(rule, "too_few_sources", f"{sources} of {need_sources} sources in {rule.window}", numbers)
    if rule.negative_share is not None and scene.negative_share < rule.negative_share:
        share, need = f"{scene.negative_share:.0%}", f"{rule.negative_share:.0%}"
        return held(rule, "not_negative", f"{share} of the stories are negative, {need} are asked", numbers)
    return None
