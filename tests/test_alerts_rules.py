"""What each rule kind asks, number by number."""

import pytest
from matter import Matter, at, judge_of

from alerts.rulekinds.seasonal import read_surge
from alerts.rulekinds.spike import Surge
from alerts.rulekinds.window import scale_count
from alerts.settings import RuleSpec
from pipeline.model import Severity, Volume

FIVE = RuleSpec("R1", "threshold", Severity.SERIOUS, stories=5, voices=4, negative_share=0.5)
WORD = RuleSpec("W", "watchword", Severity.SERIOUS, phrases=["中毒"])


def test_threshold_fires_on_exactly_the_written_numbers():
    """Balanced means exactly the written numbers: the fifth story of the fourth voice tells, the fourth does not."""
    matter = Matter(judge_of(FIVE))
    for minute, voice in enumerate("abca"):
        matter.post(f"10:0{minute}", voice=voice)
    assert matter.kinds == []
    matter.post("10:09", voice="d")
    assert matter.kinds == ["first"]
    assert matter.told[0].items == ("e1-1", "e1-2", "e1-3", "e1-4", "e1-5")


def test_one_loud_voice_is_not_many():
    """Ten posts of three accounts stay under a rule that asks for four voices."""
    matter = Matter(judge_of(FIVE))
    for minute in range(10):
        matter.post(f"10:0{minute}", voice="abc"[minute % 3])
    assert matter.kinds == []
    assert "fewer than 4 voices" in matter.last.reason.text


def test_window_is_open_at_its_old_end():
    """A story exactly one window old is out, one a minute younger is in."""
    rule = RuleSpec("R", "threshold", Severity.NOTICE, stories=2, window="1h")
    out, inside = Matter(judge_of(rule)), Matter(judge_of(rule))
    out.post("10:00"), out.post("11:00")
    inside.post("10:01"), inside.post("11:00")
    assert (out.kinds, inside.kinds) == ([], ["first"])


def test_a_condition_not_written_is_not_asked():
    """Without `voices` and `negative_share` a rule on stories counts stories only."""
    matter = Matter(judge_of(RuleSpec("R", "threshold", Severity.INFO, stories=3)))
    for minute in range(3):
        matter.post(f"10:0{minute}", voice="same", label="neutral")
    assert matter.kinds == ["first"]


def test_negative_share_is_over_the_stories_in_the_window():
    """Old praise does not dilute: only stories in the window weigh."""
    rule = RuleSpec("R", "threshold", Severity.NOTICE, stories=2, window="1h", negative_share=1.0)
    matter = Matter(judge_of(rule))
    matter.post("08:00", label="positive")
    matter.post("10:00"), matter.post("10:10")
    assert matter.kinds == ["first"]


def test_sources_count_once_each():
    """Three stories of one source are one source."""
    matter = Matter(judge_of(RuleSpec("R", "threshold", Severity.NOTICE, sources=2)))
    matter.post("10:00"), matter.post("10:01"), matter.post("10:02")
    assert matter.last.reason.numbers["rules"][0]["sources"] == 1
    matter.post("10:03", source="weibo")
    assert matter.kinds == ["first"]


def test_filters_leave_other_stories_out():
    """A rule on news counts no forum posts, and is not fired by one."""
    rule = RuleSpec("R", "threshold", Severity.NOTICE, stories=2, source_kinds=["news"])
    matter = Matter(judge_of(rule))
    matter.post("10:00"), matter.post("10:01"), matter.news("10:02")
    assert matter.kinds == []
    matter.news("10:03")
    assert matter.told[0].items == ("e1-3", "e1-4")


def test_history_never_counts_and_never_tells():
    """What a first fetch brings from long ago is neither counted nor told."""
    matter = Matter(judge_of(RuleSpec("R", "threshold", Severity.NOTICE, stories=2)))
    matter.post("10:00", history=True), matter.post("10:01", history=True)
    assert matter.last.reason.code == "history"
    matter.post("10:02")
    assert matter.kinds == []


def test_a_copy_never_tells():
    """A copy does not alert, but its voice counts for the next story."""
    rule = RuleSpec("R", "threshold", Severity.NOTICE, stories=2, voices=3)
    matter = Matter(judge_of(rule))
    matter.post("10:00", voice="a")
    assert matter.copy("10:01", voice="b").reason.code == "copy"
    matter.post("10:02", voice="c")
    assert matter.kinds == ["first"]


def test_first_seen_asks_for_topic_and_tone():
    """A neutral story on the topic and a negative one beside it do not count, a negative one on it does."""
    rule = RuleSpec("F", "first_seen", Severity.NOTICE, topics=["fees"])
    matter = Matter(judge_of(rule))
    matter.news("10:00", topics=("fees",), label="neutral")
    matter.news("10:01", topics=("awards",))
    assert matter.kinds == []
    matter.news("10:02", topics=("fees",))
    assert matter.kinds == ["first"]


def test_one_private_voice_on_health_is_a_notice():
    """One voice on food poisoning tells the officer, at most as a notice and marked unconfirmed."""
    matter = Matter(judge_of(WORD))
    matter.post("23:40", voice="a", phrases=("中毒",))
    alert = matter.told[0]
    assert (alert.severity, alert.reason.code) == (Severity.NOTICE, "one_voice")
    assert alert.reason.text.startswith("one voice, unconfirmed")


@pytest.mark.parametrize("who", ["second voice", "second source", "outlet"])
def test_one_voice_rises_when_joined(who):
    """A second voice, a second source or any outlet lifts it to the rule's own severity."""
    matter = Matter(judge_of(WORD))
    matter.post("23:40", voice="a", phrases=("中毒",))
    matter.post("23:42", voice="a")
    if who == "second voice":
        matter.post("23:44", voice="b", label="neutral")
    elif who == "second source":
        matter.post("23:44", voice="a", source="weibo")
    else:
        matter.news("23:44")
    assert matter.kinds == ["first", "severity"]
    assert matter.told[1].severity == Severity.SERIOUS
    assert matter.told[1].items[0] == "e1-1"


def test_one_private_voice_on_anything_else_waits():
    """A single complaint about fees stays quiet until somebody else joins."""
    rule = RuleSpec("F", "first_seen", Severity.NOTICE, topics=["fees"])
    matter = Matter(judge_of(rule), topics=("fees",))
    matter.post("10:00", voice="a")
    assert matter.last.reason.numbers["rules"][0]["code"] == "one_voice_waits"
    matter.post("10:10", voice="b")
    assert matter.kinds == ["first"]


def test_watchword_needs_its_own_phrase():
    """A phrase of another rule does not fire this one."""
    matter = Matter(judge_of(WORD))
    matter.news("10:00", phrases=("退费",))
    assert matter.last.reason.numbers["rules"][0]["code"] == "no_phrase"


def test_reach_asks_for_told_or_enough_stories():
    """The first regional paper tells when the event was told or has the written number of stories."""
    rule = RuleSpec("X", "reach", Severity.SERIOUS, stories=3)
    small, grown = Matter(judge_of(rule)), Matter(judge_of(rule))
    small.news("10:00", reach="national")
    grown.post("10:00"), grown.post("10:01"), grown.news("10:02", reach="regional")
    assert (small.kinds, grown.kinds) == ([], ["first"])


def test_local_outlets_and_posts_are_no_reach():
    """A town paper and a forum, whatever it claims, are not reach."""
    matter = Matter(judge_of(RuleSpec("X", "reach", Severity.SERIOUS)))
    matter.news("10:00", reach="local"), matter.post("10:01")
    assert matter.kinds == []


def test_growth_compares_two_windows_above_a_floor():
    """Six after three is a doubling, six after four is not, and three after none is under the floor."""
    rule = RuleSpec("G", "growth", Severity.NOTICE, window="2h", factor=2.0, floor=6)
    doubled, slow, tiny = (Matter(judge_of(rule)) for _ in range(3))
    for matter, before in ((doubled, 3), (slow, 4)):
        for minute in range(before):
            matter.post(f"08:1{minute}")
        for minute in range(6):
            matter.post(f"11:1{minute}")
    for minute in range(3):
        tiny.post(f"11:1{minute}")
    assert (doubled.kinds, slow.kinds, tiny.kinds) == (["first"], [], [])


def line_at(alarm_from: int, warm: bool = True):
    """A baseline that alarms once the last 24 hours hold so many."""

    def read(volume: Volume) -> Surge:
        observed = sum(volume.hours[-24:])
        return Surge(alarm=observed >= alarm_from, observed=observed, expected=2.0, warm=warm)

    return read


def spike_matter(hours: tuple[int, ...], alarm_from: int, warm: bool = True) -> Matter:
    rule = RuleSpec("S", "spike", Severity.NOTICE, floor=8)
    matter = Matter(judge_of(rule, baseline=line_at(alarm_from, warm)))
    matter.volume = Volume(at("10:00"), hours)
    return matter


def test_spike_tells_with_the_story_that_crosses_the_line():
    """The story that makes the twelfth mention tells, the one after it does not."""
    crossing, after = spike_matter((4, 8), 12), spike_matter((4, 18), 12)
    crossing.post("10:00"), after.post("10:00")
    assert (crossing.kinds, after.kinds) == (["first"], [])
    assert after.last.reason.numbers["rules"][0]["code"] == "not_the_cause"


def test_spike_tells_with_the_event_that_carries_it():
    """An event with at least half of the excess is told even when another story crossed the line."""
    matter = spike_matter((4, 9), 12)
    for minute in range(6):
        matter.post(f"10:0{minute}", label="neutral")
    assert matter.kinds == ["first"]


def test_spike_keeps_its_floor_and_its_warm_up():
    """Below the floor no deviation counts; while the baseline is short it says so."""
    low, cold = spike_matter((1, 6), 2), spike_matter((4, 8), 2, warm=False)
    low.post("10:00"), cold.post("10:00")
    assert low.last.reason.numbers["rules"][0]["code"] == "below_floor"
    assert cold.last.reason.numbers["rules"][0]["code"] == "warm_up"


def test_absence_never_speaks_to_the_officer():
    """A silent source is the operator's matter."""
    matter = Matter(judge_of(RuleSpec("A", "absence", Severity.NOTICE, window="24h")))
    matter.news("10:00", reach="national")
    assert matter.kinds == []


def test_a_broken_rule_does_not_silence_the_others():
    """One rule raises, the next one still tells."""

    def broken(volume: Volume) -> Surge:
        raise ZeroDivisionError

    rules = (RuleSpec("S", "spike", Severity.NOTICE, floor=1), RuleSpec("T", "threshold", Severity.INFO, stories=1))
    matter = Matter(judge_of(*rules, baseline=broken))
    matter.news("10:00")
    assert matter.told[0].rule == "T"


@pytest.mark.parametrize(
    ("number", "fewer", "more"), [(1, 2, 1), (2, 3, 2), (4, 6, 3), (5, 8, 4), (10, 15, 7), (15, 23, 11)]
)
def test_the_three_words_scale_as_documented(number, fewer, more):
    """Fewer is half as much again, more is seven tenths, both rounded up."""
    assert (scale_count(number, "fewer"), scale_count(number, "balanced"), scale_count(number, "more")) == (
        fewer, number, more,
    )  # fmt: skip


def test_sensitivity_changes_the_answer():
    """Four stories tell under `more`, five do not under `fewer`."""
    more, fewer = (RuleSpec("R", "threshold", Severity.INFO, stories=5, sensitivity=word) for word in ("more", "fewer"))
    eager, calm = Matter(judge_of(more)), Matter(judge_of(fewer))
    for minute in range(4):
        eager.post(f"10:0{minute}")
    for minute in range(5):
        calm.post(f"10:0{minute}")
    assert (eager.kinds, calm.kinds) == (["first"], [])


def test_reasons_show_small_voice_counts_only_as_small():
    """No reason, met or not, gives a number of voices under five."""
    matter = Matter(judge_of(FIVE))
    for minute, voice in enumerate("abcda"):
        matter.post(f"10:0{minute}", voice=voice)
    voices = [decision.reason.numbers.get("voices") or decision.reason.numbers["rules"][0]["voices"]
              for decision in matter.decisions]  # fmt: skip
    assert set(voices) == {"<5"}


def test_the_real_baseline_hears_a_burst_and_not_a_quiet_night():
    """Five weeks of two mentions an hour: thirty in one hour alarm, three do not, and two days are too short."""
    burst, quiet, young = (read_surge(Volume(at("10:00"), (2,) * hours + (last,))) for hours, last in
                           ((840, 30), (840, 3), (48, 30)))  # fmt: skip
    assert (burst.alarm, burst.warm, burst.observed) == (True, True, 76)
    assert (quiet.alarm, young.warm) == (False, False)
    assert 40 < burst.expected < 56
