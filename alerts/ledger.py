"""The first-time ledger: of the rules that were met, which may speak, given what was told before. Pure.

An event speaks once. Afterwards only these, in this order: a severity above all that was told, the first regional
or national outlet, a threshold with more stories than any told, a rule met again after the event was closed.
"Told" includes alerts of events merged into this one and of kin (fragments of the same matter).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.model import Verdict
from alerts.rulekinds.counts import wanted
from alerts.rulekinds.reach import first_wide, is_wide
from alerts.settings import RuleSpec
from pipeline.model import Alert, AlertKind, EventFacts, Reason


@dataclass(frozen=True, slots=True)
class Ruling:
    """What may be said now: by which verdict and as what kind; `kind` None means nothing, and why."""

    kind: AlertKind | None
    verdict: Verdict | None
    reason: Reason


def spoken(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts that told of a matter (a closing or a digest does not), oldest first."""
    return tuple(sorted((a for a in alerts if a.kind not in ("closed", "digest")), key=lambda a: a.at))


def strongest(verdicts: Sequence[Verdict]) -> Verdict:
    """Highest severity, then the order of the configuration (in which `verdicts` come). Not for an empty list."""
    return max(verdicts, key=lambda verdict: verdict.severity.rank)


def was_closed(facts: EventFacts) -> bool:
    """True when the event was closed before this story, whether or not its status already says open again."""
    own = sorted(facts.told, key=lambda alert: alert.at)
    return facts.status == "closed" or bool(own and own[-1].kind == "closed")


def rule_on(met: Sequence[Verdict], facts: EventFacts) -> Ruling:
    """Which of the met rules may speak. `met` is in the order of the configuration and not empty."""
    told = spoken((*facts.told, *facts.kin))
    if not told:
        best = strongest(met)
        return Ruling("first", best, best.reason)
    highest = max(alert.severity.rank for alert in told)
    for kind, verdict in (
        ("severity", _raised(met, highest)),
        ("reach", _reaching(met) if first_wide(facts, facts.stories[-1]) else None),
        ("threshold", _next_threshold(met, told, highest)),
        ("reopened", strongest(met) if was_closed(facts) and spoken(facts.told) else None),
    ):
        if verdict is not None:
            return Ruling(kind, verdict, verdict.reason)  # type: ignore[arg-type]
    return Ruling(None, None, _why_silent(met, facts, told))


def nothing_left(rules: Sequence[RuleSpec], facts: EventFacts) -> Reason | None:
    """Why no rule could speak now whatever it said, without asking any: the matter was told at the highest severity
    there is, stays open, and neither a wide outlet nor a further threshold can come. None when one still could.

    In a storm this makes the thousandth story of a matter as cheap as the tenth."""
    told = spoken((*facts.told, *facts.kin))
    if not told or was_closed(facts) or is_wide(facts.stories[-1]):
        return None
    highest = max((alert.severity for alert in told), key=lambda severity: severity.rank)
    speaking = [rule for rule in rules if rule.kind != "absence"]
    if any(rule.severity.rank > highest.rank for rule in speaking):
        return None
    reached = max((_stories_asked(alert.reason) for alert in told), default=0)
    if reached and any(rule.kind == "threshold" and (wanted(rule.stories, rule) or 0) > reached for rule in speaking):
        return None
    numbers = {"alert": told[-1].id, "told_at": told[-1].at.isoformat(), "severity": str(highest)}
    return Reason("told_in_full", f"told already as {highest}, the highest level; nothing can rise", numbers)


def _raised(met: Sequence[Verdict], highest: int) -> Verdict | None:
    higher = [verdict for verdict in met if verdict.severity.rank > highest]
    return strongest(higher) if higher else None


def _reaching(met: Sequence[Verdict]) -> Verdict:
    """The strongest; of equals the rule that is about reach, because its reason is the one that is new."""
    best = strongest(met)
    return next((one for one in met if one.rule.kind == "reach" and one.severity is best.severity), best)


def _next_threshold(met: Sequence[Verdict], told: Sequence[Alert], highest: int) -> Verdict | None:
    reached = max((_stories_asked(alert.reason) for alert in told), default=0)
    if not reached:  # the next threshold needs one before it; anything graver speaks as a rise in severity
        return None
    further = [
        verdict
        for verdict in met
        if verdict.rule.kind == "threshold"
        and verdict.severity.rank >= highest
        and _stories_asked(verdict.reason) > reached
    ]
    return strongest(further) if further else None


def _stories_asked(reason: Reason) -> int:
    """How many stories the threshold behind `reason` asked for; 0 for every other kind. Kept in the alert itself, so
    that an edit of the rules does not make an old matter ring again."""
    asked = reason.numbers.get("stories_wanted", 0) if reason.code == "threshold_met" else 0
    return asked if isinstance(asked, int) else 0


def _why_silent(met: Sequence[Verdict], facts: EventFacts, told: Sequence[Alert]) -> Reason:
    last, best = told[-1], strongest(met)
    own = {alert.id for alert in facts.told}
    code = "already_told" if last.id in own else "same_matter"
    where = "this matter" if code == "already_told" else "the same matter under another heading"
    highest = max((alert.severity for alert in told), key=lambda severity: severity.rank)
    text = f"{where} was told already as {highest}; rule {best.rule.id} is met again, which is no rise"
    numbers = {
        "alert": last.id, "told_at": last.at.isoformat(), "severity": str(highest), "rule": best.rule.id,
    }  # fmt: skip
    return Reason(code, text, numbers)
