"""What `tocsin check` says of the year, the routes, what covers what, waking and digests: in sentences."""

from collections.abc import Iterator
from datetime import datetime

from alerts.policy import InhibitSpec, Policy
from alerts.route import describe_matter, find_routes
from alerts.season import CalendarWindow
from alerts.settings import parse_span
from pipeline.model import TOPICS, Severity
from tocsin.config import Config
from tocsin.wiring import build_policy, build_seasons


def describe_policy(config: Config, now: datetime) -> Iterator[str]:
    """One sentence each, as the file stands at `now`."""
    yield from _seasons(config, now)
    yield from _routes(config)
    yield from _inhibitions(config.inhibit)
    yield _waking(config)
    yield _digests(config)


def _seasons(config: Config, now: datetime) -> Iterator[str]:
    """Every window, and whether it holds today."""
    active = build_seasons(config).active(now)
    for window in config.calendar.windows:
        holds = "holds today" if window in active else "does not hold today"
        yield f"window {window.title} ({_span(window)}), {holds}: {', '.join(_changes(config, window)) or 'no rule changes'}"


def _span(window: CalendarWindow) -> str:
    return "public holidays" if window.holidays else f"{window.begins} to {window.ends}"


def _changes(config: Config, window: CalendarWindow) -> Iterator[str]:
    """`admissions in rule crowd 10 instead of 5`, for the rules that it changes."""
    for topic in sorted({*window.factor, *window.stories}):
        for rule in config.rules:
            asked = window.number_for(rule, topic)
            if asked is not None and (not rule.topics or topic in rule.topics):
                yield f"{topic} in rule {rule.id}: {asked[1]} instead of {asked[0]}"
    if window.volume != 1.0:
        yield f"{window.volume:g} times the usual mentions are expected"


def _routes(config: Config) -> Iterator[str]:
    """Where a sample of each level goes, topics with the same way together."""
    policy = build_policy(config)
    if not config.routes:
        yield "no routes: alerts go to those on duty by every duty channel, what is critical to the leaders too"
        return
    for severity in reversed(Severity):
        ways: dict[str, list[str]] = {}
        for topic in TOPICS:
            usual = _way(policy, severity, topic, "")
            ways.setdefault(usual, []).append(topic)
            for campus in config.school.campuses:
                other = _way(policy, severity, topic, campus)
                if other != usual:
                    ways.setdefault(other, []).append(f"{topic} on {campus}")
        for way, topics in ways.items():
            yield f"{severity}: {_short(topics)} -> {way}"


def _way(policy: Policy, severity: Severity, topic: str, campus: str) -> str:
    found = find_routes(policy, describe_matter(policy, severity, topic, campus))
    return " and ".join(f"{one.id} ({', '.join(one.to)})" for one in found) or "the usual way"


def _short(topics: list[str]) -> str:
    most = 8
    if topics == list(TOPICS):
        return "every topic"
    return ", ".join(topics) if len(topics) <= most else f"{', '.join(topics[:most])} and {len(topics) - most} more"


def _inhibitions(rules: list[InhibitSpec]) -> Iterator[str]:
    for rule in rules:
        source, target = (
            " or ".join([*side.severities, *side.topics]) or "anything" for side in (rule.source, rule.target)
        )
        yield f"held back under a bigger matter: {target} with the same {' and '.join(rule.equal)} as {source}, {rule.within} long"
    if not rules:
        yield "no matter covers another"


def _waking(config: Config) -> str:
    """The steps in minutes."""
    alerting = config.alerting
    if alerting.wake is not None:
        steps = [f"{one.after} {one.who} by {'+'.join(one.by)}" for one in alerting.wake]
        return f"when nobody takes it: {', '.join(steps) or 'nobody is asked'}"
    wait = parse_span(alerting.escalate_after).total_seconds() / 60
    return (
        f"when nobody takes it: after {wait / 3:g} min those on duty by mention and text message, {wait * 2 / 3:g} by call,"
        f" {wait:g} the next person, {wait * 2:g} the leaders"
    )


def _digests(config: Config) -> str:
    digest = config.digest
    said = [f"daily at {digest.daily}"] if digest.daily else []
    said += [f"weekly on day {digest.weekday} at {digest.weekly_at}"] if digest.weekly_at else []
    return f"digest: {' and '.join(said) or 'none'}{', quiet days too' if said and digest.quiet else ''}"
