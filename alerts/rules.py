"""The rule kinds in one table, and how one rule is asked about one arrived story. Pure.

A condition that is not written is not asked. `balanced` is exactly the written numbers; the other two words:

| word     | stories, voices, sources, floor | factor of growth          |
|----------|---------------------------------|---------------------------|
| fewer    | x 1.5, rounded up               | x 1.5                     |
| balanced | as written                      | as written                |
| more     | x 0.7, rounded up, at least 1   | x 0.7, at least 1.2       |
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from alerts.model import Verdict, held
from alerts.rulekinds.first_seen import judge_first_seen
from alerts.rulekinds.growth import judge_growth
from alerts.rulekinds.reach import judge_reach
from alerts.rulekinds.spike import Baseline, judge_spike
from alerts.rulekinds.threshold import judge_threshold
from alerts.rulekinds.watchword import judge_watchword
from alerts.rulekinds.window import Scene, look_at
from alerts.season import Seasons, explain_season
from alerts.settings import TOPICS, RuleKind, RuleSpec, parse_span
from pipeline.model import EventFacts, Story

log = structlog.get_logger()

NO_SEASONS = Seasons()
RuleJudgement = Callable[[RuleSpec, EventFacts, Scene], Verdict]

KINDS: Mapping[RuleKind, RuleJudgement] = {
    "first_seen": judge_first_seen,
    "threshold": judge_threshold,
    "growth": judge_growth,
    "reach": judge_reach,
    "watchword": judge_watchword,
}

COUNTS = frozenset({"stories", "voices", "sources", "negative_share"})
SETTINGS: Mapping[RuleKind, frozenset[str]] = {
    "first_seen": COUNTS,
    "threshold": COUNTS,
    "spike": COUNTS | {"floor"},
    "growth": COUNTS | {"floor", "factor"},
    "reach": frozenset({"stories", "negative_share"}),
    "absence": frozenset(),
    "watchword": COUNTS | {"phrases"},
}
REQUIRED: Mapping[RuleKind, frozenset[str]] = {
    "first_seen": frozenset(),
    "threshold": frozenset(),
    "spike": frozenset({"floor"}),
    "growth": frozenset({"floor"}),
    "reach": frozenset(),
    "absence": frozenset(),
    "watchword": frozenset({"phrases"}),
}


def ask_rule(
    rule: RuleSpec, facts: EventFacts, arrived: Story, now: datetime, baseline: Baseline, seasons: Seasons = NO_SEASONS
) -> Verdict:
    """What `rule` says of `arrived`, with the numbers of the season. Never raises: a rule that breaks is logged and the
    others still speak."""
    try:
        tuned, raised = seasons.tune(rule, facts, now)
        return explain_season(_ask(tuned, facts, arrived, now, baseline), raised)
    except Exception as error:  # one broken rule must not silence the rest; the operator reads it in the log
        log.exception("rule failed", rule=rule.id, event_id=facts.event, error=type(error).__name__)
        return held(rule, "rule_failed", f"the rule broke: {type(error).__name__}", {"error": type(error).__name__})


def _ask(rule: RuleSpec, facts: EventFacts, arrived: Story, now: datetime, baseline: Baseline) -> Verdict:
    if rule.kind == "absence":
        return held(rule, "operator_rule", "speaks to the operator about silent sources")
    scene = look_at(rule, facts, arrived, now)
    if isinstance(scene, Verdict):
        return scene
    if rule.kind == "spike":
        return judge_spike(rule, facts, scene, baseline)
    return KINDS[rule.kind](rule, facts, scene)


PersonCheck = Callable[[str], str | None]


def find_faults(rule: RuleSpec, person_check: PersonCheck = lambda _: None) -> list[str]:
    """What is wrong with a rule, one sentence each; empty when it can be used.

    `person_check` says why a text reads as a person, handle or number; such a watchword is refused.
    """
    faults = [*_settings_faults(rule), *_number_faults(rule)]
    unknown = sorted({*rule.topics} - {*TOPICS})
    if unknown:
        faults.append(f"rule '{rule.id}': there is no topic '{unknown[0]}'")
    for text in (*rule.phrases, rule.id):
        why = person_check(text)
        if why:
            faults.append(f"rule '{rule.id}': '{text}' cannot be watched for: {why}")
    return faults


def _settings_faults(rule: RuleSpec) -> list[str]:
    written = {name for name in COUNTS | {"floor", "factor"} if getattr(rule, name) is not None}
    written |= {"phrases"} if rule.phrases else set()
    faults = [
        f"rule '{rule.id}': a {rule.kind} rule has no setting '{name}'"
        for name in sorted(written - SETTINGS[rule.kind])
    ]
    missing = sorted(REQUIRED[rule.kind] - written)
    faults += [f"rule '{rule.id}': a {rule.kind} rule needs '{name}'" for name in missing]
    if rule.kind == "threshold" and not written & {"stories", "voices", "sources"}:
        faults.append(f"rule '{rule.id}': a threshold rule needs 'stories', 'voices' or 'sources'")
    return faults


def _number_faults(rule: RuleSpec) -> list[str]:
    faults = []
    try:
        if not 60 <= parse_span(rule.window).total_seconds() <= 30 * 86400:
            faults.append(f"rule '{rule.id}': window '{rule.window}' is not between 1m and 30d")
    except ValueError as error:
        faults.append(f"rule '{rule.id}': window {error}")
    for name in ("stories", "voices", "sources", "floor"):
        number = getattr(rule, name)
        if number is not None and number < 1:
            faults.append(f"rule '{rule.id}': '{name}' must be at least 1, not {number}")
    if rule.negative_share is not None and not 0 <= rule.negative_share <= 1:
        faults.append(f"rule '{rule.id}': 'negative_share' is a share between 0 and 1, not {rule.negative_share:g}")
    if rule.factor is not None and rule.factor <= 1:
        faults.append(f"rule '{rule.id}': 'factor' must be more than 1, not {rule.factor:g}")
    return faults


def find_rule_faults(rules: list[RuleSpec], person_check: PersonCheck = lambda _: None) -> list[str]:
    """Faults of all rules together: each rule's own, and ids used twice."""
    faults = [fault for rule in rules for fault in find_faults(rule, person_check)]
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            faults.append(f"two rules are called '{rule.id}'")
        seen.add(rule.id)
    return faults
