"""What may be written in a rule, and that every kind is documented."""

from pathlib import Path

import msgspec
import pytest

from alerts.rules import KINDS, REQUIRED, SETTINGS, find_faults, find_rule_faults
from alerts.settings import ChannelSpec, RuleSpec
from pipeline.model import Severity

DOCS = Path(__file__).parent.parent / "docs"
FIVE = RuleSpec("R1", "threshold", Severity.SERIOUS, stories=5, voices=4, negative_share=0.5)

BAD_RULES = [
    ({"kind": "threshold"}, "needs 'stories', 'voices' or 'sources'"),
    ({"kind": "threshold", "stories": 0}, "at least 1"),
    ({"kind": "threshold", "stories": 3, "window": "soon"}, "not a length of time"),
    ({"kind": "threshold", "stories": 3, "window": "10s"}, "between 1m and 30d"),
    ({"kind": "threshold", "stories": 3, "negative_share": 1.5}, "between 0 and 1"),
    ({"kind": "threshold", "stories": 3, "phrases": ["中毒"]}, "no setting 'phrases'"),
    ({"kind": "threshold", "stories": 3, "topics": ["religion"]}, "no topic 'religion'"),
    ({"kind": "watchword"}, "needs 'phrases'"),
    ({"kind": "watchword", "phrases": ["张伟"]}, "cannot be watched for"),
    ({"kind": "spike"}, "needs 'floor'"),
    ({"kind": "growth", "floor": 3, "factor": 1.0}, "more than 1"),
    ({"kind": "reach", "voices": 3}, "no setting 'voices'"),
    ({"kind": "absence", "stories": 3}, "no setting 'stories'"),
]


@pytest.mark.parametrize(("settings", "words"), BAD_RULES)
def test_wrong_rules_are_refused_in_one_sentence(settings, words):
    """Each wrong rule has exactly one fault and its sentence names the rule."""
    rule = msgspec.convert({"id": "bad", "severity": "notice", **settings}, RuleSpec)
    faults = find_faults(rule, lambda text: "it reads as a person's name" if text == "张伟" else None)
    assert len(faults) == 1
    assert words in faults[0]
    assert "'bad'" in faults[0]


def test_ids_are_used_once():
    """Two rules of one id are refused."""
    assert find_rule_faults([FIVE, FIVE]) == ["two rules are called 'R1'"]


def test_every_kind_has_its_settings_written_down():
    """No rule kind without a list of what may be written for it."""
    kinds = {*KINDS, "spike", "absence"}
    assert kinds == set(SETTINGS) == set(REQUIRED)


def test_every_kind_and_setting_is_in_the_docs():
    """No rule kind, no setting of a rule or a channel without a word in docs/alerts.md or docs/channels.md."""
    text = "".join(
        (DOCS / name).read_text(encoding="utf-8") for name in ("alerts.md", "channels.md", "configuration.md")
    )
    names = {*SETTINGS, *RuleSpec.__struct_fields__, *ChannelSpec.__struct_fields__}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []
