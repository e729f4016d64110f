"""`watchword`: a phrase that always matters."""

from alerts.model import Verdict, fired, held
from alerts.rulekinds.counts import first_unmet, measure
from alerts.rulekinds.single import confirm, temper
from alerts.rulekinds.window import Scene
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason

# Phrases that are about life and limb whatever topic a tagger gave the story.
LIFE_PHRASES: tuple[str, ...] = (
    "中毒", "食物中毒", "集体腹泻", "上吐下泻", "拉肚子", "送医", "住院", "传染病", "诺如", "结核",
    "坠楼", "跳楼", "火灾", "起火", "着火", "爆炸", "泄漏", "溺水", "触电", "塌陷", "踩踏", "持刀", "伤人", "失联",
    "food poisoning", "outbreak", "fire broke out", "explosion", "gas leak", "stabbing", "stampede", "drowned",
)  # fmt: skip


def judge_watchword(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict:
    """Met when the arrived story has one of the rule's phrases; one private voice alone is held or lowered."""
    confirmed = confirm(rule, facts, scene)
    if confirmed is not None:
        return confirmed
    found = [phrase for phrase in rule.phrases if phrase in facts.phrases]
    if not found:
        return held(rule, "no_phrase", f"none of {len(rule.phrases)} watchwords", {"phrases": len(rule.phrases)})
    unmet = first_unmet(rule, facts, scene)
    if unmet is not None:
        return unmet
    numbers = {**measure(rule, facts, scene), "phrases": found}
    verdict = fired(rule, (scene.arrived.id,), Reason("watchword", f"contains {', '.join(found)}", numbers))
    return temper(verdict, facts, scene, urgent=not set(found).isdisjoint(LIFE_PHRASES))
