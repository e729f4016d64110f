"""`RuleJudge`: the rules and the ledger behind the `Judge` seam of `pipeline.ingest`. Pure, no clock, no store.

Every answer carries its reason: an alert says which rule was met by what, a silence says how far each rule was.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from alerts.ledger import Ruling, nothing_left, rule_on, spoken
from alerts.model import Verdict
from alerts.rulekinds.reach import is_wide
from alerts.rulekinds.spike import Baseline
from alerts.rules import NO_SEASONS, ask_rule
from alerts.season import Seasons
from alerts.settings import Alerting, RuleSpec, parse_span
from pipeline.model import Alert, Decision, EventFacts, Reason, Story


def alert_id(event: str, item: str, kind: str) -> str:
    """The same alert has the same id in every run: 16 hex digits of its event, item and kind."""
    return hashlib.sha256(f"{event}\n{item}\n{kind}".encode()).hexdigest()[:16]


class RuleJudge:
    """Implements `pipeline.ingest.Judge`. `baseline` reads the school's volume for `spike` rules (by default with the
    factors of `seasons`)."""

    def __init__(
        self,
        rules: Sequence[RuleSpec],
        alerting: Alerting,
        baseline: Baseline | None = None,
        seasons: Seasons = NO_SEASONS,
    ) -> None:
        self.rules = tuple(rules)
        self.group_wait = parse_span(alerting.group_wait)
        self.seasons = seasons
        self.baseline = baseline or seasons.read_surge

    def judge(self, facts: EventFacts, now: datetime) -> Decision:
        """At most one alert for the arrived item, and the reason either way."""
        arrived = facts.arrived
        if arrived is None:
            return Decision(None, Reason("copy", "repeats an earlier item"))
        if arrived.history:
            return Decision(None, Reason("history", "older than two days when its source was first read"))
        spent = nothing_left([self.seasons.tune(rule, facts, now)[0] for rule in self.rules], facts)
        if spent:
            return Decision(None, spent)
        verdicts = [ask_rule(rule, facts, arrived, now, self.baseline, self.seasons) for rule in self.rules]
        met = [verdict for verdict in verdicts if verdict.met]
        if not met:
            return Decision(None, explain_unmet(verdicts))
        return self._answer(facts, arrived, rule_on(met, facts))

    def _answer(self, facts: EventFacts, arrived: Story, ruling: Ruling) -> Decision:
        if ruling.kind is None or ruling.verdict is None:
            return Decision(None, ruling.reason)
        at = arrived.seen + self.group_wait
        reason = replace(ruling.reason, numbers={**ruling.reason.numbers, "wide": any(map(is_wide, facts.stories))})
        alert = Alert(
            id=alert_id(facts.event, arrived.id, ruling.kind),
            at=at,
            kind=ruling.kind,
            event=facts.event,
            rule=ruling.verdict.rule.id,
            severity=ruling.verdict.severity,
            items=_items_until(ruling.verdict, facts, at),
            reason=reason,
        )
        return Decision(alert, reason)

    def close(self, facts: EventFacts, now: datetime) -> Decision:
        """Tells the same people that it is over; nothing when nobody was told, or when that was said already."""
        told = spoken(facts.told)
        if not told:
            return Decision(None, Reason("closed_untold", "closed; nobody had been told of it"))
        last = max(facts.told, key=lambda alert: alert.at)
        if last.kind == "closed":
            return Decision(None, Reason("closed_before", "that it is over was said already"))
        items = tuple(story.id for story in facts.stories[-1:] if story.seen <= now) or told[-1].items
        severity = max((alert.severity for alert in told), key=lambda level: level.rank)
        reason = Reason("closed", "no new story for the set time", {"alerts": len(told)})
        key = alert_id(facts.event, items[-1], "closed")
        return Decision(Alert(key, now, "closed", facts.event, None, severity, items, reason), reason)


def _items_until(verdict: Verdict, facts: EventFacts, at: datetime) -> tuple[str, ...]:
    """The verdict's items that had been seen by `at`; the arrived one always has."""
    seen = {story.id: story.seen for story in facts.stories}
    return tuple(item for item in verdict.items if seen[item] <= at) or (facts.stories[-1].id,)


def explain_unmet(verdicts: Sequence[Verdict]) -> Reason:
    """Why nothing was told: each rule with how far it was, in the order of the configuration."""
    if not verdicts:
        return Reason("no_rules", "no rule is configured")
    text = "; ".join(f"{verdict.rule.id}: {verdict.reason.text}" for verdict in verdicts)
    rules = [{"rule": verdict.rule.id, **verdict.reason.as_json()} for verdict in verdicts]
    return Reason("no_rule_met", text, {"rules": rules})
