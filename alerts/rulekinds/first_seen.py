"""`first_seen`: the first negative story on a watched topic. That it is the first is the ledger's to say."""

from alerts.model import Verdict, fired, held
from alerts.rulekinds.counts import first_unmet, measure
from alerts.rulekinds.single import LIFE_TOPICS, confirm, temper
from alerts.rulekinds.window import Scene
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason


def judge_first_seen(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict:
    """Met by a negative story on one of the topics; one private voice alone is held or lowered."""
    confirmed = confirm(rule, facts, scene)
    if confirmed is not None:
        return confirmed
    if scene.arrived.label != "negative":
        return held(
            rule, "not_negative_story", f"the story reads {scene.arrived.label}", {"label": scene.arrived.label}
        )
    unmet = first_unmet(rule, facts, scene)
    if unmet is not None:
        return unmet
    topics = [topic for topic in scene.arrived.topics if not rule.topics or topic in rule.topics]
    numbers = {**measure(rule, facts, scene), "topics": topics or list(rule.topics)}
    text = f"a negative story on {', '.join(topics or rule.topics) or 'any topic'}"
    verdict = fired(rule, (scene.arrived.id,), Reason("first_seen", text, numbers))
    return temper(verdict, facts, scene, urgent=bool(rule.topics) and LIFE_TOPICS.issuperset(rule.topics))
