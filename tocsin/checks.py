"""What no type can say: settings that contradict each other, or that this product refuses.

Each check yields problems in the order of the file's tables; the first one is what the person reads.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.case_settings import check_cases
from alerts.settings import RuleSpec, parse_span
from alerts.workdays import check_settings
from crawlers.settings import SourceSpec
from dashboards.settings import refuse_login_ways
from pipeline.model import PRIVATE_KINDS, TOPICS
from pipeline.person import check_asked_words, check_rule_phrase, person_check
from pipeline.school import School
from tocsin.briefing_checks import check_briefing
from tocsin.channels import check_channel
from tocsin.config import Config, Retention
from tocsin.elastic_checks import check_elastic
from tocsin.kibana_settings import check_kibana
from tocsin.policies import check_calendar, check_policy
from tocsin.problem import Problem
from tocsin.source_checks import check_way

QUIET = re.compile(r"^([01]?\d|2[0-3]):[0-5]\d-([01]?\d|2[0-4]):[0-5]\d$")
HOST_PORT = re.compile(r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.\-]+):\d{1,5}$")
POLITE_MINUTES = 60.0
MOST_THREADS = 64
ALL_TOPICS = frozenset(TOPICS)
LONGEST_SHORT = 2


def find_problem(config: Config) -> Problem | None:
    """The first problem of a configuration whose types are right, or None."""
    return next(find_problems(config), None)


def find_problems(config: Config) -> Iterator[Problem]:
    """All problems, in the order of the file's tables."""
    for check in CHECKS:
        yield from check(config)


def check_school(config: Config) -> Iterator[Problem]:
    """Names are there, the time zone exists, short names have context, no alias is a person."""
    school = config.school
    if not school.name.strip():
        yield Problem("$.school.name", "the school's name is empty")
    try:
        ZoneInfo(school.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Problem("$.school.timezone", f"'{school.timezone}' is not a time zone such as Asia/Shanghai")
    bare = School(school.name, school.english)
    for index, item in enumerate(school.ambiguous):
        if not item.context:
            sentence = f"the ambiguous name '{item.name}' needs at least one context word"
            yield Problem(f"$.school.ambiguous[{index}]", sentence)
        yield from _check_ambiguous(f"$.school.ambiguous[{index}]", item.name, item.context, bare)
    for alias in school.aliases:
        if len(alias.strip()) < 2:
            sentence = f"the alias '{alias}' is too short; give it under ambiguous with context words"
            yield Problem("$.school.aliases", sentence)
        yield from _check_phrase("$.school.aliases", "alias", alias, School(school.name, school.english))
    yield from _check_own_sources(config)


def _check_ambiguous(path: str, name: str, context: Iterable[str], school: School) -> Iterator[Problem]:
    """A short name is often like a surname with a given name: it is refused from three characters on, unless its
    characters stand in the school's name in this order (江理院)."""
    verdict = check_rule_phrase(name, school)
    may_be_short = len(name) <= LONGEST_SHORT or is_short_for(name, school.name)
    if not verdict.ok and (verdict.kind != "person" or not may_be_short):
        yield Problem(path, f"the ambiguous name '{name}' is refused: {lower_first(verdict.reason)}")
    for word in context:
        if len(word) > LONGEST_SHORT:
            yield from _check_phrase(path, "context word", word, school)


def is_short_for(short: str, name: str) -> bool:
    """True when `short` leaves out characters of `name`, and ends with a word for a school."""
    letters = iter(name)
    return short.endswith(("大", "院", "校", "专")) and all(letter in letters for letter in short)


def _check_own_sources(config: Config) -> Iterator[Problem]:
    ids = {source.id for source in config.sources}
    for name in config.school.own_sources if ids else ():
        if name != "*" and name not in ids:
            yield Problem("$.school.own_sources", f"own_sources names '{name}', which is no source of this file")


def check_alerting(config: Config) -> Iterator[Problem]:
    """Lengths of time, quiet hours, dates and topics can be read."""
    alerting = config.alerting
    for name in ("group_wait", "update_interval", "close_after", "escalate_after"):
        yield from _check_span(f"$.alerting.{name}", getattr(alerting, name))
    for hours in alerting.quiet_hours:
        if not QUIET.match(hours):
            yield Problem("$.alerting.quiet_hours", f"'{hours}' is not a span of hours such as 22:30-07:00")
    yield from _check_topics("$.alerting.breaks_quiet_topics", alerting.breaks_quiet_topics)
    if alerting.ack_hours <= 0:
        yield Problem("$.alerting.ack_hours", "ack_hours must be more than 0")
    for day in alerting.special_days:
        try:
            date.fromisoformat(day)
        except ValueError:
            yield Problem("$.alerting.special_days", f"'{day}' is not a date such as 2026-09-01")


def check_rules(config: Config) -> Iterator[Problem]:
    """Each rule asks something, of things and never of persons, with numbers that can be met."""
    yield from _check_unique("rules", "rule", [rule.id for rule in config.rules])
    for index, rule in enumerate(config.rules):
        path = f"$.rules[{index}]"
        yield from _check_span(f"{path}.window", rule.window)
        yield from _check_topics(f"{path}.topics", rule.topics)
        yield from _check_rule_numbers(path, rule)
        yield from _check_rule_kind(path, rule)
        for phrase in rule.phrases:
            yield from _check_phrase(f"{path}.phrases", "phrase", phrase, config.school)


def _check_rule_numbers(path: str, rule: RuleSpec) -> Iterator[Problem]:
    for name in ("stories", "voices", "sources", "floor"):
        value = getattr(rule, name)
        if value is not None and value < 1:
            yield Problem(f"{path}.{name}", f"{name} of rule '{rule.id}' must be 1 or more, it is {value}")
    share = rule.negative_share
    if share is not None and not 0 <= share <= 1:
        yield Problem(f"{path}.negative_share", f"negative_share of rule '{rule.id}' must be from 0 to 1")
    if rule.factor is not None and rule.factor <= 1:
        yield Problem(f"{path}.factor", f"factor of rule '{rule.id}' must be more than 1")


def _check_rule_kind(path: str, rule: RuleSpec) -> Iterator[Problem]:
    asked = (rule.stories, rule.voices, rule.sources, rule.negative_share)
    if rule.kind == "threshold" and all(value is None for value in asked):
        yield Problem(path, f"the threshold rule '{rule.id}' asks nothing: give stories, voices, sources or a share")
    if rule.kind == "watchword" and not rule.phrases:
        yield Problem(path, f"the watchword rule '{rule.id}' has no phrases")
    if rule.kind != "watchword" and rule.phrases:
        yield Problem(f"{path}.phrases", f"phrases are for watchword rules; '{rule.id}' is a {rule.kind} rule")
    if rule.kind == "first_seen" and not rule.topics:
        yield Problem(path, f"the first_seen rule '{rule.id}' needs topics to watch")
    if rule.kind != "spike" and rule.kind != "growth" and rule.floor is not None:
        yield Problem(f"{path}.floor", f"floor is for spike and growth rules; '{rule.id}' is a {rule.kind} rule")


def check_channels(config: Config) -> Iterator[Problem]:
    """Each channel has what its kind needs and falls back to one that exists."""
    ids = [channel.id for channel in config.channels]
    yield from _check_unique("channels", "channel", ids)
    for index, channel in enumerate(config.channels):
        path = f"$.channels[{index}]"
        yield from check_channel(path, channel)
        if channel.fallback and channel.fallback not in ids:
            yield Problem(
                f"{path}.fallback", f"channel '{channel.id}' falls back to '{channel.fallback}', which is none"
            )
        if channel.fallback == channel.id:
            yield Problem(f"{path}.fallback", f"channel '{channel.id}' falls back to itself")


def check_crawl(config: Config) -> Iterator[Problem]:
    """Limits are usable and exceptions are host:port pairs."""
    crawl = config.crawl
    for pair in crawl.allow_private:
        if not HOST_PORT.match(pair):
            yield Problem("$.crawl.allow_private", f"'{pair}' is not host:port, for instance 127.0.0.1:8901")
    for name in ("timeout", "max_bytes", "concurrency", "ceiling_hours"):
        if getattr(crawl, name) <= 0:
            yield Problem(f"$.crawl.{name}", f"{name} must be more than 0")
    if config.sources and not crawl.contact:
        yield Problem("$.crawl", "contact is missing: sites that we read must be able to reach someone (mail or page)")


def check_sources(config: Config) -> Iterator[Problem]:
    """Public pages by http(s), no profiles, polite intervals."""
    yield from _check_unique("sources", "source", [source.id for source in config.sources])
    for index, source in enumerate(config.sources):
        path = f"$.sources[{index}]"
        yield from check_way(path, source)
        yield from _check_asked(path, source, config.school)
        if source.minutes is not None and source.minutes < POLITE_MINUTES and not source.consent:
            sentence = f"source '{source.id}' asks for less than 60 minutes; that needs consent = true of its host"
            yield Problem(f"{path}.minutes", sentence)
        if source.reach and source.kind in PRIVATE_KINDS:
            yield Problem(f"{path}.reach", f"reach is for news and official sources; '{source.id}' is {source.kind}")


def _check_asked(path: str, source: SourceSpec, school: School) -> Iterator[Problem]:
    """A source asks no site for a person; what names one is fine for outlets, and for an organisation that is named."""
    verdict = check_asked_words(source.url, school)
    excused = verdict.kind == "person" and (source.kind not in PRIVATE_KINDS or source.organisation)
    if not verdict.ok and not excused:
        yield Problem(f"{path}.url", f"source '{source.id}' is refused: {lower_first(verdict.reason)}")
    named = person_check(source.name, school)
    if not named.ok and source.kind in PRIVATE_KINDS and not source.organisation:
        yield Problem(f"{path}.name", f"the name of source '{source.id}' is refused: {lower_first(named.reason)}")


def check_departments(config: Config) -> Iterator[Problem]:
    """A department is an office and a peer is a school, neither is a person."""
    for index, one in enumerate(config.departments):
        for said in filter(None, (one.name, one.id)):
            verdict = person_check(said, config.school)
            if verdict.kind in ("person", "number") or "@" in said:
                reason = lower_first(verdict.reason) or "this reads as an account"
                yield Problem(f"$.departments[{index}]", f"the department '{said}' is refused: {reason}")
    for peer in config.briefing.peers:
        verdict = person_check(peer, config.school)
        if not verdict.ok:
            yield Problem("$.briefing.peers", f"the peer '{peer}' is refused: {lower_first(verdict.reason)}")


def check_house(config: Config) -> Iterator[Problem]:
    """Server, store and retention."""
    server = config.server
    if not 1 <= server.port <= 65535:
        yield Problem("$.server.port", f"{server.port} is not a port from 1 to 65535")
    if server.public_url and urlsplit(server.public_url).scheme not in ("http", "https"):
        yield Problem("$.server.public_url", "public_url must begin with https:// (or http:// on loopback)")
    refused = refuse_login_ways(server)
    if refused:
        yield Problem(f"$.server.{refused[0]}", refused[1])
    caps = Retention()
    for name in ("text_days", "headline_days", "link_days"):
        value, cap = getattr(config.retention, name), getattr(caps, name)
        if not 1 <= value <= cap:
            yield Problem(f"$.retention.{name}", f"{name} must be from 1 to {cap} days, it is {value}")


def check_tagger(config: Config) -> Iterator[Problem]:
    """A larger model has a folder, the shipped one has none, and somebody does the work."""
    tagger = config.tagger
    larger = tagger.kind in ("onnx", "transformers")
    if larger and not tagger.path:
        yield Problem("$.tagger.kind", f"the tagger '{tagger.kind}' needs path, the folder of its model")
    if tagger.path and not larger:
        yield Problem("$.tagger.path", f"path is for the taggers onnx and transformers; this one is '{tagger.kind}'")
    if larger and tagger.path and not Path(tagger.path).is_dir():
        yield Problem("$.tagger.path", f"there is no folder {tagger.path}")
    if not 1 <= tagger.threads <= MOST_THREADS:
        yield Problem("$.tagger.threads", f"threads must be from 1 to {MOST_THREADS}, it is {tagger.threads}")


def check_office(config: Config) -> Iterator[Problem]:
    """The working calendar, the deadlines of cases."""
    said = check_settings(config.calendar)
    if said:
        yield Problem("$.calendar", said)
    wrong = check_cases(config.cases)
    if wrong:
        yield Problem(f"$.cases.{wrong[0]}", wrong[1])


def _check_phrase(path: str, noun: str, phrase: str, school: School) -> Iterator[Problem]:
    """A person, handle, number or special category is refused wherever people write what is to be watched."""
    verdict = check_rule_phrase(phrase, school)
    if not verdict.ok:
        yield Problem(path, f"the {noun} '{phrase}' is refused: {lower_first(verdict.reason)}")


def lower_first(sentence: str) -> str:
    """The sentence as the second half of another one."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _check_span(path: str, text: str) -> Iterator[Problem]:
    try:
        parse_span(text)
    except ValueError as error:
        yield Problem(path, str(error))


def _check_topics(path: str, topics: Iterable[str]) -> Iterator[Problem]:
    for topic in topics:
        if topic not in ALL_TOPICS:
            yield Problem(path, f"'{topic}' is not a topic; there are {', '.join(TOPICS)}")


def _check_unique(table: str, noun: str, ids: list[str]) -> Iterator[Problem]:
    for index, name in enumerate(ids):
        if not re.fullmatch(r"[\w.\-]{1,64}", name):
            yield Problem(f"$.{table}[{index}].id", f"the id of a {noun} has letters, digits, - and _ only: '{name}'")
        if name in ids[:index]:
            yield Problem(f"$.{table}[{index}].id", f"two {table} have the id '{name}'")


CHECKS: tuple[Callable[[Config], Iterator[Problem]], ...] = (
    check_school, check_alerting, check_rules, check_channels, check_crawl, check_sources, check_house,
    check_tagger, check_calendar, check_policy, check_elastic, check_kibana, check_briefing, check_departments, check_office,
)  # fmt: skip
__all__ = ["Problem", "find_problem", "find_problems"]
