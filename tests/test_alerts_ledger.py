"""First time, by event: what may speak again, and what may not."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matter import Matter, at, judge_of

from alerts.settings import RuleSpec
from pipeline.model import Severity

LOW = RuleSpec("R1", "threshold", Severity.SERIOUS, stories=2)
HIGH = RuleSpec("R2", "threshold", Severity.CRITICAL, stories=4)
SAME = RuleSpec("R3", "threshold", Severity.SERIOUS, stories=4)
WORD = RuleSpec("W", "watchword", Severity.SERIOUS, phrases=["中毒"])


def grow(matter: Matter, count: int, hour: str = "10") -> Matter:
    """So many stories, a minute apart."""
    for minute in range(count):
        matter.post(f"{hour}:{minute:02}")
    return matter


def test_an_event_speaks_once():
    """Thirty stories under one rule are one alert, and every silence says why."""
    matter = grow(Matter(judge_of(LOW)), 30)
    assert matter.kinds == ["first"]
    assert matter.last.reason.code == "told_in_full"
    assert "told already as serious" in matter.last.reason.text


def test_a_higher_severity_speaks_again():
    """Critical after serious is told, serious after critical is not."""
    matter = grow(Matter(judge_of(LOW, HIGH)), 10)
    assert matter.kinds == ["first", "severity"]
    assert [alert.rule for alert in matter.told] == ["R1", "R2"]


def test_a_further_threshold_of_the_same_severity_speaks_again():
    """More stories asked and reached, at no lower severity, is a threshold alert."""
    assert grow(Matter(judge_of(LOW, SAME)), 10).kinds == ["first", "threshold"]


def test_a_threshold_after_another_kind_is_no_next_one():
    """A matter that a watchword told as serious is not told again because it reaches a first number."""
    matter = Matter(judge_of(WORD, LOW))
    matter.news("10:00", phrases=("中毒",))
    grow(matter, 10, hour="11")
    assert matter.kinds == ["first"]


def test_a_further_threshold_of_lower_severity_is_silent():
    """A bigger number at a smaller severity is no rise."""
    small = RuleSpec("R4", "threshold", Severity.NOTICE, stories=4)
    assert grow(Matter(judge_of(LOW, small)), 10).kinds == ["first"]


def test_highest_severity_wins_then_config_order():
    """Of rules met at once the highest severity speaks, of equals the first written."""
    one, two = (RuleSpec(name, "threshold", Severity.NOTICE, stories=1) for name in ("one", "two"))
    top = RuleSpec("top", "threshold", Severity.CRITICAL, stories=1)
    assert grow(Matter(judge_of(one, two, top)), 1).told[0].rule == "top"
    assert grow(Matter(judge_of(two, one)), 1).told[0].rule == "two"


def test_first_wide_outlet_speaks_once():
    """The first regional paper is told, the national one after it is an update."""
    matter = grow(Matter(judge_of(LOW)), 2)
    matter.news("11:00", reach="regional")
    matter.news("11:05", reach="national", source="agency")
    assert matter.kinds == ["first", "reach"]


def test_several_reasons_are_one_alert():
    """When severity rises through the paper that also is the first wide one, it is one alert of kind severity."""
    matter = grow(Matter(judge_of(LOW, RuleSpec("X", "reach", Severity.CRITICAL))), 2)
    matter.news("11:00", reach="regional")
    matter.news("11:01", reach="national", source="agency")
    assert matter.kinds == ["first", "severity"]


def test_reopened_after_closing_speaks_again():
    """After it was closed and people were told so, a rule that is met again is told as reopened."""
    matter = grow(Matter(judge_of(LOW)), 3)
    matter.close("+3 10:00")
    matter.post("+4 10:00"), matter.post("+4 10:01"), matter.post("+4 10:02")
    assert matter.kinds == ["first", "closed", "reopened"]


def test_an_untold_event_closes_silently_and_then_speaks_first():
    """Nobody hears that something they never heard of is over; later it is told as a first."""
    matter = grow(Matter(judge_of(LOW)), 1)
    assert matter.close("+3 10:00").reason.code == "closed_untold"
    grow(matter, 2, hour="+4 10")
    assert matter.kinds == ["first"]


def test_closing_is_said_once():
    """A second closing without anything new is not said."""
    matter = grow(Matter(judge_of(LOW)), 2)
    matter.close("+3 10:00"), matter.close("+3 11:00")
    assert matter.kinds == ["first", "closed"]
    assert (matter.told[1].rule, matter.told[1].items) == (None, ("e1-2",))


def test_a_fragment_of_the_same_matter_does_not_ring_twice():
    """Kin that was told keeps a fragment silent, and a rise in it speaks."""
    told = grow(Matter(judge_of(LOW)), 2)
    fragment = Matter(judge_of(LOW, HIGH), name="e2", kin=list(told.told))
    grow(fragment, 3)
    assert fragment.kinds == []
    assert fragment.last.reason.code == "same_matter"
    fragment.post("10:30")
    assert fragment.kinds == ["severity"]


def test_merging_two_told_events_repeats_nothing():
    """After two told events are merged the next story does not alert again."""
    one, two = grow(Matter(judge_of(LOW)), 2), grow(Matter(judge_of(LOW), name="e2"), 2)
    one.absorb(two)
    one.post("10:30")
    assert one.kinds == ["first", "first"]


def test_merging_into_an_untold_event_keeps_the_older_alert():
    """An event that absorbs a told one is told."""
    plain, told = grow(Matter(judge_of(LOW), name="e2"), 1), grow(Matter(judge_of(LOW)), 2)
    plain.absorb(told)
    plain.post("10:30")
    assert plain.kinds == ["first"]


def test_a_keyword_edit_rings_nothing_old():
    """Renaming a rule, changing its number or adding a word does not tell a told matter again."""
    matter = grow(Matter(judge_of(SAME)), 4)
    edited = RuleSpec("renamed", "threshold", Severity.SERIOUS, stories=3, phrases=[])
    matter.judge = judge_of(edited, RuleSpec("W", "watchword", Severity.SERIOUS, phrases=["中毒"]))
    matter.post("10:30", phrases=("中毒",))
    assert matter.kinds == ["first"]


def test_midnight_repeats_nothing():
    """The matter of 23:59 is the matter of 00:01."""
    matter = Matter(judge_of(LOW))
    for clock in ("23:58", "23:59", "+1 00:01", "+1 00:02", "+2 00:01", "+2 00:02"):
        matter.post(clock)
    assert matter.kinds == ["first"]


@pytest.mark.parametrize("jump", [-1, 1])
def test_a_clock_that_jumps_a_day_repeats_nothing(jump):
    """A host clock a day wrong, either way, makes no second alert."""
    matter = Matter(judge_of(LOW))
    matter.post("+1 10:00"), matter.post("+1 10:01")
    matter.post(f"+{1 + jump} 10:02"), matter.post(f"+{1 + jump} 10:03"), matter.post("+1 10:05")
    assert matter.kinds == ["first"]


def test_alert_ids_are_the_same_in_every_run():
    """Two runs of the same stories make alerts of the same ids, so that a crash between cannot double them."""
    first, second = grow(Matter(judge_of(LOW, HIGH)), 6), grow(Matter(judge_of(LOW, HIGH)), 6)
    assert [alert.id for alert in first.told] == [alert.id for alert in second.told]
    assert len({alert.id for alert in first.told}) == 2


def test_alert_time_is_seen_plus_the_wait():
    """An alert is for `seen` of the story that fired plus the waiting time."""
    matter = grow(Matter(judge_of(LOW, wait="90s")), 2)
    assert matter.told[0].at == at("10:01") + timedelta(seconds=90)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["post", "news", "wide", "copy", "close"]), st.integers(1, 300), st.sampled_from("abcdef"),
        st.sampled_from(["negative", "neutral"]), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_happens_the_ledger_holds(steps):
    """For any run of stories: one first, rises only, reach once, items never empty nor from the future."""
    matter, minute = Matter(judge_of(LOW, HIGH, SAME, WORD, RuleSpec("X", "reach", Severity.NOTICE))), 0
    for verb, gap, voice, label, word in steps:
        minute += gap
        clock = f"+{minute // 1440} {minute // 60 % 24:02}:{minute % 60:02}"
        if verb == "copy":
            matter.copy(clock, voice)
        elif verb == "close" and matter.stories:
            matter.close(clock)
        elif verb in ("news", "wide"):
            matter.news(clock, "national" if verb == "wide" else "local", label=label)
        else:
            matter.post(clock, voice, label=label, phrases=("中毒",) if word else ())
    check_ledger(matter)


def check_ledger(matter: Matter) -> None:
    """The promises of the ledger over everything a matter told."""
    seen = {story.id: story.seen for story in matter.stories}
    highest, reached = -1, 0
    for place, alert in enumerate(matter.told):
        assert (alert.kind == "first") == (place == 0)
        assert alert.items
        assert all(seen[item] <= alert.at for item in alert.items)
        if alert.kind == "severity":
            assert alert.severity.rank > highest
        if alert.kind == "threshold":
            assert alert.severity.rank >= highest
            assert alert.reason.numbers["stories_wanted"] > reached
        if alert.kind == "reopened":
            assert matter.told[place - 1].kind == "closed"
        highest = max(highest, alert.severity.rank)
        if alert.reason.code == "threshold_met":
            reached = max(reached, alert.reason.numbers["stories_wanted"])
    assert matter.kinds.count("reach") <= 1
    assert all(decision.reason.text for decision in matter.decisions)


def test_once_told_in_full_no_rule_is_asked():
    """A matter told at the highest level, open and without a new wide outlet, is answered without asking the rules."""
    matter = grow(Matter(judge_of(LOW, HIGH)), 6)
    assert matter.kinds == ["first", "severity"]
    assert matter.last.reason.code == "told_in_full"
    matter.news("11:00", reach="national")
    assert matter.kinds == ["first", "severity", "reach"]
