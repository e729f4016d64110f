"""The committed check lists and the floors under what the shipped tagger makes of them."""

import json
import runpy
from pathlib import Path

import pytest

EVAL = Path(__file__).parent / "eval"
EVALUATION = runpy.run_path(str(EVAL / "tag_eval.py"))
FLOORS = json.loads((EVAL / "baseline.json").read_text("utf8"))["tag"]


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """What the shipped tagger reaches today."""
    found: dict[str, float] = EVALUATION["check_figures"]()
    return found


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_no_figure_falls_below_its_floor(figures: dict[str, float], name: str) -> None:
    """A change of model, rules or preparation may not lower a pinned figure silently."""
    assert figures[name] >= FLOORS[name]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_check_lists_are_large_and_varied(language: str) -> None:
    """At least 150 different cases a language, ten capabilities, and all three tones."""
    cases = EVALUATION["read_cases"](language)
    assert len({case.text for case in cases}) == len(cases) >= 150
    assert len({case.capability for case in cases}) >= 10
    assert {case.expected for case in cases} == {0, 1, 2}


def test_floors_are_pinned_for_both_languages() -> None:
    """An emptied baseline would let everything pass."""
    assert len(FLOORS) >= 10
    assert all(floor > 0.4 for floor in FLOORS.values())


def test_every_everyday_post_of_the_demo_has_a_judged_tone() -> None:
    """The list of judged posts covers exactly the everyday forum posts, with all three tones in it."""
    posts = map(json.loads, EVALUATION["POSTS"].read_text("utf8").splitlines())
    golds = [json.loads(line) for line in (EVAL / "demo_tone.jsonl").read_text("utf8").splitlines()]
    everyday = [post["n"] for post in posts if post["site"] == "forum" and post["event"] is None]
    assert [gold["n"] for gold in golds] == everyday
    assert {gold["tone"] for gold in golds} == {"negative", "neutral", "positive"}


def test_no_check_is_a_training_sentence() -> None:
    """Check lists and held-back sentences stay unseen: none stands in the training data of this repository."""
    learnt = {
        json.loads(line)["text"]
        for path in (EVAL.parent.parent / "training" / "data").glob("*.jsonl")
        for line in path.read_text("utf8").splitlines()
    }
    checks = {case.text for language in ("zh", "en") for case in EVALUATION["read_cases"](language)}
    checks |= {f"{post.title} {post.text}" for post, _ in EVALUATION["read_chatter"]()}
    checks |= {text for language in ("zh", "en") for text, _ in EVALUATION["read_held_back"](language)}
    assert len(learnt) > 300
    assert not learnt & checks
