"""Scenarios on simulated time through the whole chain: what comes in, and exactly what is read when.

Each is a sentence. A message that is not wanted fails a scenario as much as one that is missing.
"""

import msgspec
import pytest
from bell import FakeChannel, ReadableChannel, local
from timeline import Act, Do, Item, Play, Push, own, paper, play, post, want

from alerts.settings import Alerting, RuleSpec
from pipeline.model import Severity

WORD = RuleSpec("word", "watchword", Severity.SERIOUS, phrases=["中毒"])
FEES = RuleSpec("fees", "first_seen", Severity.NOTICE, topics=["fees"])
CROWD = RuleSpec("crowd", "threshold", Severity.SERIOUS, stories=3, voices=3)
FLOOD = RuleSpec("flood", "threshold", Severity.CRITICAL, stories=5, voices=4)
REACH = RuleSpec("reach", "reach", Severity.SERIOUS, window="72h")
CALM = Alerting(group_wait="0s", quiet_hours=[], escalate_after="30d")

ILL = (
    "海院二食堂麻辣烫窗口吃完食物中毒了，寝室都拉肚子",
    "二食堂麻辣烫窗口食物中毒，我们班也有人拉肚子，海院快管管",
    "海院二食堂麻辣烫真的食物中毒，校医院排队的都是拉肚子的",
    "二食堂麻辣烫窗口食物中毒这事学校知道吗，海院拉肚子的越来越多",
    "海院二食堂麻辣烫窗口食物中毒，今天又有人拉肚子去医院",
    "刚从医院回来，海院二食堂麻辣烫窗口食物中毒，拉肚子一整天",
)
BILL = ("海院住宿费突然涨到1800元，收费依据在哪里", "海院住宿费涨到1800元，收费通知都没有发")
PAPER = (
    "海川学院二食堂麻辣烫窗口疑似食物中毒",
    "多名学生在海川学院二食堂麻辣烫窗口就餐后食物中毒、拉肚子。",
)


def ill(number: int, clock: str, voice: str = "", **more: object) -> Push:
    """One more post on the canteen, each by its own voice unless named."""
    return Push(clock, post(ILL[number], voice=voice or f"v{number}", **more))


def bill(number: int, clock: str, voice: str, **more: object) -> Push:
    """A post on the dormitory fee."""
    return Push(clock, post(BILL[number], voice=voice, topics=("fees",), **more))


def press(clock: str, **more: object) -> Push:
    """An outlet on the canteen."""
    return Push(clock, paper(*PAPER, **more))


def test_one_voice_on_health_tells_at_once_even_at_night(tmp_path):
    """One post on food poisoning at 23:40 is read at 23:40, as a notice, as unconfirmed."""
    play(tmp_path, ill(0, "23:40"), want("23:40", "23:41", "【黄】二食堂", "只有一个声音"), rules=[WORD],
         alerting=Alerting(group_wait="0s"), end="+1 06:00")  # fmt: skip


def test_one_loud_voice_stays_one_voice(tmp_path):
    """Four posts of one account are one notice and no rise."""
    play(tmp_path, *(ill(number, f"10:0{number}", voice="loud") for number in range(4)),
         want("10:00", "10:01", "【黄】"), rules=[WORD, CROWD], alerting=CALM)  # fmt: skip


def test_a_second_voice_lifts_it(tmp_path):
    """The second account makes it orange."""
    play(tmp_path, ill(0, "10:00"), ill(1, "10:10"), want("10:00", "10:01", "【黄】"),
         want("10:10", "10:11", "【橙】", "级别升高"), rules=[WORD], alerting=CALM)  # fmt: skip


def test_one_voice_on_fees_waits_for_a_second(tmp_path):
    """A single complaint on fees is not told; the second is the first alert."""
    play(tmp_path, bill(0, "10:00", "a"), bill(1, "10:30", "b"), want("10:30", "10:31", "首次提醒"), rules=[FEES],
         alerting=CALM)  # fmt: skip


def test_group_wait_is_kept(tmp_path):
    """Ninety seconds pass between the story and the message."""
    play(tmp_path, press("10:00"), want("10:01:30", "10:02", "首次提醒"), rules=[WORD],
         alerting=replace_alerting(group_wait="90s"))  # fmt: skip


def replace_alerting(**changes: object) -> Alerting:
    """The calm settings with changes."""
    return Alerting(**{"group_wait": "0s", "quiet_hours": [], "escalate_after": "30d", **changes})  # type: ignore[arg-type]


def test_thresholds_climb_and_nothing_repeats(tmp_path):
    """Three stories are orange, five are red, the sixth is an update."""
    play(tmp_path, *(ill(number, f"10:{number}0") for number in range(6)), want("10:20", "10:21", "【橙】"),
         want("10:40", "10:41", "【红】", "级别升高"), rules=[CROWD, FLOOD], alerting=CALM)  # fmt: skip


def test_a_copy_is_no_second_story(tmp_path):
    """The same text three times is one story."""
    same = [Push(f"10:0{number}", post(ILL[0], voice=f"v{number}")) for number in range(3)]
    play(tmp_path, *same, rules=[CROWD], alerting=CALM)


def test_the_first_regional_paper_is_told_once(tmp_path):
    """The paper is told with its link, the national agency after it is an update."""
    agency = paper(
        "海川学院食物中毒事件追踪",
        "海川学院二食堂麻辣烫窗口食物中毒，学生拉肚子，学校已停业整改。",
        "national",
        "agency",
    )
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), press("11:00"), Push("12:00", agency),
         want("10:02", "10:03", "【橙】"), want("11:00", "11:01", "首家省级", "https://city-paper.example"),
         rules=[CROWD, REACH], alerting=CALM)  # fmt: skip


def test_praise_alerts_nobody(tmp_path):
    """Good news under every rule is not told."""
    words, tone = ("海院学生竞赛获一等奖", "恭喜海院竞赛一等奖", "海院竞赛队真厉害一等奖"), {"label": "positive"}
    good = [Push(f"10:0{n}", post(text, voice=f"v{n}", topics=("awards",), **tone)) for n, text in enumerate(words)]
    play(tmp_path, *good, rules=[WORD, FEES, replace_share(CROWD, 0.5)], alerting=CALM)


def replace_share(rule: RuleSpec, share: float) -> RuleSpec:
    """The rule, asking for a share of negative stories too."""
    return msgspec.structs.replace(rule, negative_share=share)


def test_what_is_old_at_the_first_reading_is_history(tmp_path):
    """A forum read for the first time brings last week's posts; nobody is woken."""
    old = {"first_fetch": True, "published": "-5 10:00"}
    play(tmp_path, *(ill(number, "10:00", **old) for number in range(6)), rules=[WORD, CROWD], alerting=CALM)


def test_a_late_item_counts_when_it_is_seen(tmp_path):
    """Posts written six hours ago and seen now count now, each once."""
    late = [Push(f"10:0{n}", post(ILL[n], voice=f"v{n}", published="04:00")) for n in range(3)]
    play(tmp_path, *late, want("10:02", "10:03", "【橙】"), rules=[CROWD], alerting=CALM)


def test_a_window_that_has_passed_forgets(tmp_path):
    """Two stories on Saturday and one on Monday are not three in a day."""
    play(tmp_path, ill(0, "10:00"), ill(1, "10:10"), ill(2, "+2 10:00"), rules=[CROWD], alerting=CALM)


def test_a_restart_in_the_middle_repeats_nothing(tmp_path):
    """The process dies after the first alert; the next stories are updates, the rise is told."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Act("10:10", "restart"),
         ill(3, "10:20"), Act("10:30", "restart"), ill(4, "10:40"), want("10:02", "10:03", "【橙】"),
         want("10:40", "10:41", "【红】"), rules=[CROWD, FLOOD], alerting=CALM)  # fmt: skip


def test_midnight_repeats_nothing(tmp_path):
    """A matter of Saturday 23:58 is told once, not again on Sunday."""
    play(tmp_path, ill(0, "23:56"), ill(1, "23:57"), ill(2, "23:58"), ill(3, "+1 00:02"), ill(4, "+1 00:04"),
         want("23:58", "23:59", "【橙】"), rules=[CROWD], alerting=CALM)  # fmt: skip


def test_a_keyword_edit_rings_nothing_old(tmp_path):
    """The rules are edited and the process starts anew: the told matter stays told."""

    def edit(stage: Play) -> None:
        stage.rules = (RuleSpec("other", "threshold", Severity.SERIOUS, stories=2), replace_rule(WORD, "word2"))
        stage.restart()

    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Do("10:10", edit), ill(3, "10:20"),
         want("10:02", "10:03", "【橙】"), rules=[CROWD], alerting=CALM)  # fmt: skip


def replace_rule(rule: RuleSpec, name: str) -> RuleSpec:
    """The same rule under another name."""
    return RuleSpec(name, rule.kind, rule.severity, phrases=rule.phrases)


def test_two_matters_are_two_alerts(tmp_path):
    """Fees and canteen on one morning do not hide each other."""
    play(tmp_path, press("10:00"), bill(0, "10:05", "a"), bill(1, "10:06", "b"), want("10:00", "10:01", "食物中毒"),
         want("10:06", "10:07", "首次提醒"), rules=[WORD, FEES], alerting=CALM)  # fmt: skip


def test_it_is_over_and_the_same_people_hear(tmp_path):
    """Three quiet days later one message closes it."""
    play(tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒"), want("+3 10:00", "+3 10:12", "【结】", "值班员"),
         rules=[WORD], alerting=CALM)  # fmt: skip


def test_reopened_after_closing_is_told_as_reopened(tmp_path):
    """It was closed after six quiet hours, and then it begins again."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), want("10:02", "10:03", "首次提醒"),
         want("16:02", "16:15", "【结】"), ill(3, "17:00"), want("17:00", "17:01", "平息后再起"), ill(4, "17:10"),
         rules=[CROWD], alerting=replace_alerting(close_after="6h"), end="18:00")  # fmt: skip


def test_an_untold_matter_closes_silently(tmp_path):
    """Nobody hears that something they never heard of is over."""
    play(tmp_path, bill(0, "10:00", "a"), rules=[FEES], alerting=CALM, end="+4 10:00")


def test_a_notice_of_the_night_waits_for_the_morning(tmp_path):
    """Fees at 23:30 are read at seven, by whoever is on duty then."""
    play(tmp_path, bill(0, "23:20", "a"), bill(1, "23:30", "b"), want("+1 07:00", "+1 07:11", "首次提醒"), rules=[FEES],
         alerting=Alerting(group_wait="0s", escalate_after="30d"), end="+1 08:00")  # fmt: skip


def test_nobody_answers_and_the_next_person_is_asked(tmp_path):
    """Unanswered for five minutes: rung again; for a quarter of an hour: the next officer; then the leader, then silence."""
    play(tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒", address="U0LI"),
         want("10:05", "10:06", "第 1 次催办", address="U0LI"),
         want("10:15", "10:16", "第 2 次催办", address="U0WANG"), want("10:30", "10:31", "第 3 次", address="U0CHEN"),
         rules=[WORD], alerting=replace_alerting(escalate_after="15m"), end="12:00")  # fmt: skip


def test_taken_in_time_nobody_else_is_asked(tmp_path):
    """Taken at 10:04, said in the group, and quiet."""
    play(tmp_path, press("10:00"), Act("10:04", "taken"), want("10:00", "10:01", "首次提醒"),
         want("10:04", "10:05", "li 10:04 已接手"), rules=[WORD], alerting=replace_alerting(escalate_after="15m"),
         end="12:00")  # fmt: skip


def test_a_false_alarm_stays_false_until_it_rises(tmp_path):
    """After a false alarm the paper's report is quiet, the fifth voice is red."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Act("10:10", "false_alarm"),
         want("10:02", "10:03", "【橙】"), want("10:10", "10:11", "标为误报"), press("10:20"),
         ill(4, "10:30"), want("10:30", "10:31", "【红】", "级别升高"), rules=[CROWD, REACH, FLOOD],
         alerting=CALM)  # fmt: skip


def test_a_silence_ends_by_itself(tmp_path):
    """Silenced for two hours: the paper at 10:30 is quiet, the matter's end next day is told."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Act("10:10", "silence"), press("10:30"),
         want("10:02", "10:03", "【橙】"), want("+1 10:30", "+1 10:42", "【结】"), rules=[CROWD, REACH],
         alerting=replace_alerting(close_after="24h"), end="+1 12:00")  # fmt: skip


def test_the_own_statement_alone_alerts_nobody(tmp_path):
    """What the school itself publishes in neutral words is no alarm."""
    calm = own("关于开展食品安全检查的通知", "海川学院将对各食堂开展食品安全检查。", topics=("notices",))
    play(tmp_path, Push("10:00", calm), rules=[CROWD, FEES, REACH], alerting=CALM)


def test_a_channel_that_is_down_delivers_later(tmp_path):
    """The chat is down for an hour; the message comes within minutes after."""
    chat = ReadableChannel()
    chat.down = True

    def repair(stage: Play) -> None:
        stage.fakes["chat"].down = False

    play(tmp_path, press("10:00"), Do("11:00", repair), want("11:00", "11:16", "首次提醒"), rules=[WORD],
         alerting=CALM, fakes={"chat": chat}, end="11:30")  # fmt: skip


def test_two_channels_each_get_it_once(tmp_path):
    """A second duty channel gets the same message, once."""
    play(tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒"), want("10:00", "10:01", "首次", channel="second"),
         rules=[WORD], alerting=CALM, fakes={"chat": ReadableChannel(), "second": FakeChannel()})  # fmt: skip


def test_the_operators_channel_hears_no_alert(tmp_path):
    """Matters go to the duty channel only."""
    play(tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒"), rules=[WORD], alerting=CALM,
         fakes={"chat": ReadableChannel(), "ops": FakeChannel()}, audiences={"ops": "operator"})  # fmt: skip


@pytest.mark.parametrize("kind", ["forum", "social", "complaint", "other"])
def test_no_private_voice_is_quoted_or_linked(tmp_path, kind):
    """Whatever kind of private voice it was, the message has neither its words nor its link."""
    item = Item("wall", kind, ILL[0] + "，楼主李小明 13812345678", voice="a", url="https://wall.example/u/lixiaoming/1")
    stage = play(tmp_path, Push("10:00", item), want("10:00", "10:01", "【黄】"), rules=[WORD], alerting=CALM)
    text = stage.read[0][1].message.text
    assert [word for word in ("麻辣烫", "李小明", "138", "wall.example", "lixiaoming") if word in text] == []


def test_times_are_the_schools(tmp_path):
    """First seen is said in the school's own time."""
    stage = play(tmp_path, press("10:00"), want("10:00", "10:01", "首次出现：10:00"), rules=[WORD], alerting=CALM)
    assert stage.read[0][1].now == local("10:00")
