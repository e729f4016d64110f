"""The rules a school starts with: they load, ask nothing of persons, and mean what the tables say."""

import tomllib

import msgspec
import pytest

from alerts.pack import default_alerting, default_pack, reach_severity, show_numbers, show_severities
from alerts.rules import find_rule_faults
from alerts.settings import Alerting, RuleSpec
from pipeline.model import TOPICS
from pipeline.person import check_rule_phrase
from pipeline.school import School


def pack(language: str = "zh") -> list[RuleSpec]:
    return msgspec.convert(tomllib.loads(default_pack(language))["rules"], list[RuleSpec])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pack_has_no_fault(language):
    """Every rule is complete, and no watchword reads as a person or a special category."""
    school = School("海川学院")

    def refuse(text: str) -> str | None:
        check = check_rule_phrase(text, school)
        return None if check.ok else check.reason

    assert find_rule_faults(pack(language), refuse) == []


def test_both_languages_are_the_same_rules():
    """Only the comments differ."""
    assert pack("zh") == pack("en")
    assert default_pack("zh") != default_pack("en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_alerting_table_is_the_default(language):
    """What `init` writes is what happens without it."""
    table = msgspec.convert(tomllib.loads(default_alerting(language))["alerting"], Alerting)
    assert table == msgspec.structs.replace(Alerting(), language=language)


def test_the_promised_numbers_are_written():
    """Five stories, four voices, 24 hours; words of safety and health; a floor; reach; rumour and fees."""
    rules = {rule.id: rule for rule in pack()}
    crowd = rules["crowd"]
    assert (crowd.stories, crowd.voices, crowd.window) == (5, 4, "24h")
    assert "中毒" in rules["life-words"].phrases
    assert rules["spike"].floor == 20
    assert {"reach", "rumour", "fee-words", "blind"} <= set(rules)


@pytest.mark.parametrize(
    ("topic", "situation", "severity"),
    [
        ("health", "one voice", "notice"),
        ("fees", "one voice", ""),
        ("dorms", "two voices", ""),
        ("dorms", "5 stories, 4 voices", "serious"),
        ("dorms", "15 stories, 10 voices", "critical"),
        ("scams", "two voices", "notice"),
        ("dorms", "local paper", ""),
        ("dorms", "regional paper", "serious"),
    ],
)
def test_what_the_pack_makes_of_a_matter(topic, situation, severity):
    """Severity by topic, voices and reach, as the table for people says it."""
    assert reach_severity(pack(), topic, situation) == severity


def test_the_tables_name_every_rule_with_counts_and_every_topic():
    """Nothing is left out of what is printed."""
    numbers, levels = show_numbers(pack(), "en"), show_severities(pack(), TOPICS, "en")
    assert len(levels.splitlines()) == len(TOPICS) + 1
    assert "stories 8 voices 6" in numbers
    assert "stories 4 voices 3" in numbers
    named = {line.split()[0] for line in numbers.splitlines()[1:]}
    assert named == {"crowd", "large-crowd", "growing", "reach", "spike"}
