"""Each rule of matching by itself, for a school whose short name is also a town."""

import time
from pathlib import Path

import pytest

from pipeline.match import Matcher, suggest_aliases
from pipeline.school import Ambiguous, School

SCHOOL = School(
    name="临江大学",
    english="Linjiang University",
    aliases=["临大", "LJU", "临江"],
    ambiguous=[Ambiguous(name="LIT", context=["college", "dorm"]), Ambiguous(name="江大", context=["临江"])],
    campuses=["南湖校区", "滨江"],
    other_schools=["临江理工大学"],
    own_sources=["board"],
)
MATCHER = Matcher(SCHOOL)

DATA = Path(__file__).parent / "data" / "match"


def cases(name: str) -> list[str]:
    return [line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("text", cases("rules_ours.txt"))
def test_this_is_the_school(text: str) -> None:
    """A name in any spelling, with what belongs to the school behind it."""
    assert MATCHER.match(None, text).is_ours, MATCHER.match(None, text).reason


@pytest.mark.parametrize("text", cases("rules_not_ours.txt"))
def test_this_is_another_school_a_town_or_a_word(text: str) -> None:
    """Longer names, directions, towns, companies and accidents of spelling are not the school."""
    mention = MATCHER.match(None, text)
    assert not mention.is_ours, mention.reason
    assert mention.reason.endswith(".")


def test_matched_names_are_as_configured_and_in_that_order() -> None:
    """`matched` holds the names as written in the configuration, once each."""
    assert MATCHER.match("lju", "臨大和临江大学，还有ＬＪＵ").matched == ("临江大学", "临大", "LJU")


def test_own_sources_are_mentions_with_or_without_a_name() -> None:
    """An item of an own source counts by its source; a name in it is still told."""
    without = MATCHER.match(None, "我们学校停水", "board", "forum")
    assert (without.is_ours, without.matched, without.reason) == (True, (), 'Source "board" is about the school.')
    assert MATCHER.match(None, "临大停水", "board", "forum").matched == ("临大",)
    everything = Matcher(School(name="临江大学", own_sources=["*"]))
    assert everything.match(None, "停水", "anything", "social").is_ours


def test_only_the_name_is_needed() -> None:
    """A school with nothing but a name is found by it and by nothing else."""
    matcher = Matcher(School(name="临江大学"))
    assert matcher.match(None, "临江大学停水").is_ours
    assert not matcher.match(None, "临大停水").is_ours


@pytest.mark.parametrize(
    ("name", "guess"),
    [("海川学院", "海院"), ("江城科技大学", "江科大"), ("江城科技大学", "江城科大"), ("Haichuan College", "HC")],
)
def test_aliases_are_guessed_for_a_person_to_check(name: str, guess: str) -> None:
    """The usual short forms are among the guesses, and the name itself is not."""
    assert guess in suggest_aliases(name)
    assert name not in suggest_aliases(name)


def test_matching_is_quick() -> None:
    """A short post without the name costs a few microseconds, with it some tens; the floor leaves room."""
    post = "今天二食堂的麻辣香锅又涨价了，真是服了，领导到底管不管，宿舍热水也没有" * 3
    start = time.process_time()
    for _ in range(500):
        MATCHER.match(None, post)
        MATCHER.match(None, post + "临大")
    assert (time.process_time() - start) / 1000 < 150e-6
