"""What one private voice alone may cause, for the two kinds that look at a single story.

On safety and health it may tell, at most `notice` and worded as unconfirmed; on anything else it waits for a
second voice, a second source or an outlet. When one of these comes, the rule is met again at its full severity.
"""

from dataclasses import replace

from alerts.model import Verdict, held
from alerts.rulekinds.window import Scene, is_single_voice
from alerts.settings import RuleSpec
from pipeline.model import EventFacts, Reason, Severity

LIFE_TOPICS = frozenset({"safety", "health"})


def temper(verdict: Verdict, facts: EventFacts, scene: Scene, urgent: bool) -> Verdict:
    """`verdict` as it stands when it is not one private voice alone, otherwise lowered or held.

    `urgent`: the rule itself knows that the matter is one of safety or health.
    """
    if not is_single_voice(verdict.rule, facts, scene.arrived):
        return verdict
    if not urgent and LIFE_TOPICS.isdisjoint({*facts.topics, *scene.arrived.topics}):
        text = "one private voice alone, and not on safety or health: waits for a second voice, source or outlet"
        return held(verdict.rule, "one_voice_waits", text, verdict.reason.numbers)
    severity = min(verdict.severity, Severity.NOTICE, key=lambda level: level.rank)
    numbers = {**verdict.reason.numbers, "met_by": verdict.reason.code}
    reason = Reason("one_voice", f"one voice, unconfirmed: {verdict.reason.text}", numbers)
    return replace(verdict, severity=severity, reason=reason)


def confirm(rule: RuleSpec, facts: EventFacts, scene: Scene) -> Verdict | None:
    """The rule met again by whatever confirmed what one voice had said before; None when nothing did."""
    lone = [alert for alert in (*facts.told, *facts.kin) if alert.rule == rule.id and alert.reason.code == "one_voice"]
    if not lone or is_single_voice(rule, facts, scene.arrived):
        return None
    mine = {story.id for story in facts.stories if story.seen <= scene.now}
    items = (*(item for item in lone[-1].items if item in mine), scene.arrived.id)
    by = "an outlet" if scene.arrived.outlet else "another voice or source"
    numbers = {"by": "outlet" if scene.arrived.outlet else "voice", "at": lone[-1].at.isoformat()}
    reason = Reason("confirmed", f"what one voice said has been joined by {by}", numbers)
    return Verdict(rule, met=True, severity=rule.severity, items=tuple(dict.fromkeys(items)), reason=reason)
