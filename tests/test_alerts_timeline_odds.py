"""Scenarios on simulated time against all odds: clocks that jump, summer time, backups, merged events, lost answers.

Each is a sentence. A message that is not wanted fails a scenario as much as one that is missing.
"""

from datetime import timedelta

import msgspec
from bell import FakeChannel, ReadableChannel, local
from sqlalchemy import insert, select, update
from test_alerts_timeline import CALM, CROWD, FEES, FLOOD, ILL, REACH, WORD, bill, ill, press, replace_alerting
from test_alerts_timeline_policy import why
from timeline import Act, Do, Play, Push, paper, play, post, want

from alerts.settings import Alerting, RuleSpec
from pipeline.model import Severity
from pipeline.regroup import request_merge, request_split
from pipeline.store.backup import make_backup, restore_backup
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, documents, events, notifications, shifts, sources

NIGHT = Alerting(group_wait="0s", escalate_after="30d", close_after="30d")


def set_clock(stage: Play, days: float) -> None:
    """The wall clock jumps; the service is told nothing."""
    stage.now += timedelta(days=days)


def event_ids(stage: Play) -> list[str]:
    """Living events, the oldest first."""
    with reading(stage.engine) as conn:
        living = select(events.c.id).where(events.c.merged_into.is_(None)).order_by(events.c.first_seen, events.c.id)
        return list(conn.scalars(living))


# ------------------------------------------------------------------ clocks


def test_a_clock_that_jumps_a_day_ahead_repeats_nothing(tmp_path):
    """A day is lost between the third and the fourth voice: the fourth is an update, only the rise is told."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Do("10:05", lambda stage: set_clock(stage, 1)),
         ill(3, "+1 10:20"), want("10:02", "10:03", "【橙】"), rules=[CROWD], alerting=replace_alerting(close_after="30d"))  # fmt: skip


def test_a_clock_that_was_set_back_a_day_repeats_nothing_and_delays_nothing(tmp_path):
    """Told at ten on Sunday; then it is Saturday again: the fourth voice repeats nothing, the fifth is red at once."""
    steps = [ill(number, f"+1 10:0{number}") for number in range(3)]
    stage = play(tmp_path, *steps, want("+1 10:02", "+1 10:03", "【橙】"), rules=[CROWD, FLOOD], alerting=CALM)
    set_clock(stage, -1)
    for number in (3, 4):
        stage.push(ill(number, "10:00").item)
        stage.advance(stage.now + timedelta(minutes=1))
    assert [one.message.headline[:3] for _, one in stage.read] == ["【红】", "【橙】"]


def test_a_message_that_waits_for_a_channel_does_not_wait_for_the_clock(tmp_path):
    """The chat is down, the clock is set back by a day, the chat works again: the message comes within a quarter of an hour."""
    chat = ReadableChannel(down=True)
    stage = play(tmp_path, press("+1 10:00"), rules=[WORD], alerting=CALM, fakes={"chat": chat}, end="+1 10:20")
    set_clock(stage, -1)
    chat.down = False
    stage.advance(stage.now + timedelta(minutes=16))
    assert len(chat.taken) == 1


def test_summer_time_ends_in_the_night_and_the_morning_message_comes_at_seven(tmp_path):
    """In Berlin fees of 23:30 before the change are read at 07:00 after it, eight and a half hours later."""
    play(tmp_path, bill(0, "+50 05:20", "a"), bill(1, "+50 05:30", "b"), want("+50 14:00", "+50 14:11", "首次提醒"),
         rules=[FEES], alerting=NIGHT, zone="Europe/Berlin", end="+50 16:00")  # fmt: skip


def test_summer_time_begins_in_the_night_and_the_morning_message_comes_at_seven(tmp_path):
    """In Berlin fees of 23:30 before the change are read at 07:00 after it, six and a half hours later."""
    play(tmp_path, bill(0, "+204 06:20", "a"), bill(1, "+204 06:30", "b"), want("+204 13:00", "+204 13:11", "首次提醒"),
         rules=[FEES], alerting=NIGHT, zone="Europe/Berlin", end="+204 15:00")  # fmt: skip


# ------------------------------------------------------------------ backups, merged and split events


MANY = msgspec.structs.replace(FLOOD, voices=None)  # a backup holds no voices


def restore(stage: Play) -> None:
    """The database is lost; the backup is put in its place."""
    stage.engine.dispose()
    restore_backup(stage.folder / "backup.zip", stage.folder / "again.db")
    stage.count -= 1  # the same address is the same item when it is read again
    stage.url = f"sqlite:///{stage.folder / 'again.db'}"
    stage.now += timedelta(minutes=3)
    stage.start()


def back_up(stage: Play) -> None:
    """As `tocsin backup` does it."""
    make_backup(stage.engine, "[school]\nname = '海川学院'\n", stage.folder / "backup.zip", stage.now)


def test_a_restored_database_repeats_nothing_where_the_chat_can_be_read(tmp_path):
    """Backed up before red was told, restored after it: the sources bring the items again, and red is found in the chat."""
    again = {"url": "https://forum.example/4"}
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(4)), Do("10:10", back_up), ill(4, "10:20", **again),
         Do("11:00", restore), ill(4, "11:10", **again), want("10:02", "10:03", "【橙】"),
         want("10:20", "10:21", "【红】"), rules=[CROWD, MANY], alerting=CALM)  # fmt: skip


def test_after_a_restore_a_chat_that_cannot_be_read_is_told_with_the_mark(tmp_path):
    """The same with a webhook: nobody can know, so red comes once more and says 可能重复."""
    again = {"url": "https://forum.example/4"}
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(4)), Do("10:10", back_up), ill(4, "10:20", **again),
         Do("11:00", restore), ill(4, "11:10", **again), want("10:02", "10:03", "【橙】"),
         want("10:20", "10:21", "【红】"), want("11:10", "11:18", "【红】", "可能重复"), rules=[CROWD, MANY],
         alerting=CALM, fakes={"chat": FakeChannel()})  # fmt: skip


def join(stage: Play) -> None:
    """An officer says that the two oldest events are one matter."""
    kept, gone = event_ids(stage)[:2]
    with writing(stage.engine) as conn:
        assert request_merge(conn, "li", kept, gone, stage.now).code == "asked"


def test_two_told_events_that_are_merged_ring_no_third_time(tmp_path):
    """Fees and canteen are told, then called one matter; the next stories of both are updates, also after a restart."""
    play(tmp_path, press("10:00"), bill(0, "10:05", "a"), bill(1, "10:06", "b"), Do("10:30", join),
         Push("10:40", paper("海川学院食物中毒追踪", "海川学院二食堂麻辣烫窗口食物中毒，学生拉肚子。", "local", "evening")),
         Act("10:50", "restart"), Push("11:00", post("海院住宿费1800元，食堂还食物中毒", voice="c", topics=("fees",))),
         want("10:00", "10:01", "食物中毒"), want("10:06", "10:07", "首次提醒"), rules=[WORD, FEES],
         alerting=CALM)  # fmt: skip


def test_a_split_event_tells_nothing_by_itself(tmp_path):
    """Two of four stories are called another matter: nobody hears of it until something new comes."""

    def part(stage: Play) -> None:
        with writing(stage.engine) as conn:
            items = list(conn.scalars(select(documents.c.id).order_by(documents.c.n)))
            assert request_split(conn, "li", event_ids(stage)[0], items[:2], stage.now).code == "asked"

    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(4)), Do("10:10", part), want("10:02", "10:03", "【橙】"),
         rules=[CROWD], alerting=CALM, end="12:00")  # fmt: skip


# ------------------------------------------------------------------ channels


def test_a_failed_channel_hands_over_and_the_message_says_so(tmp_path):
    """The group refuses for good: the second channel gets it at once and names the one that failed."""
    chat, second = ReadableChannel(), FakeChannel()
    chat.plan("refuse")
    play(tmp_path, press("10:00"), want("10:00", "10:02", "首次提醒", "chat", channel="second"),
         want("10:00", "10:02", "【运维】渠道 chat 无法送达", channel="second"), rules=[WORD], alerting=CALM,
         fakes={"chat": chat, "second": second}, audiences={"second": "operator"},
         ways={"chat": {"kind": "slack", "target": "C1", "fallback": "second"}})  # fmt: skip


def test_an_answer_that_was_lost_is_looked_up(tmp_path):
    """The chat took the message and the answer was lost: it is found there and not sent again."""
    chat = ReadableChannel()
    chat.plan("swallow")
    play(
        tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒"), rules=[WORD], alerting=CALM, fakes={"chat": chat}
    )


def test_an_answer_that_was_lost_elsewhere_is_repeated_with_the_mark(tmp_path):
    """Nobody can know whether the robot has it: it comes once more and says 可能重复."""
    chat = FakeChannel()
    chat.plan("swallow")
    play(tmp_path, press("10:00"), want("10:00", "10:01", "首次提醒"), want("10:00:10", "10:02", "首次提醒", "可能重复"),
         rules=[WORD], alerting=CALM, fakes={"chat": chat})  # fmt: skip


def test_killed_between_the_answer_and_the_note_of_it(tmp_path):
    """The process dies when the chat has just taken the message: found there, not repeated, and the rise is told."""
    chat = ReadableChannel()
    chat.plan("die after")
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), ill(4, "10:20"), ill(5, "10:21"),
         want("10:02", "10:03", "【橙】"), want("10:21", "10:22", "【红】"), rules=[CROWD, FLOOD], alerting=CALM,
         fakes={"chat": chat})  # fmt: skip


def test_a_burst_is_one_summary(tmp_path):
    """Ten matters in one minute are one message that counts them, not ten."""
    texts = [f"海院{place}{what}了，{tail}" for place, what, tail in MATTERS]
    rule = RuleSpec("any", "watchword", Severity.NOTICE, phrases=[what for _, what, _ in MATTERS])
    steps = [Push("10:00", paper(text[:-1], text, "local", f"p{number}", topics=(TOPICS[number],)))
             for number, text in enumerate(texts)]  # fmt: skip
    stage = play(tmp_path, *steps, want("10:01:30", "10:03", "10"), rules=[rule],
                 alerting=replace_alerting(group_wait="90s"))  # fmt: skip
    assert len(event_ids(stage)) == len(MATTERS)


MATTERS = (
    ("图书馆", "停电", "阅览区一片漆黑"), ("宿舍楼", "漏水", "床铺被褥都泡了"), ("教务处", "改分", "成绩单对不上"),
    ("体育馆", "关门", "羽毛球场没法预约"), ("奖学金", "推迟", "名单迟迟没公示"), ("校医院", "排队", "挂号等三小时"),
    ("快递站", "丢件", "包裹一周找不到"), ("招聘会", "取消", "企业临时不来"), ("停车场", "涨价", "月卡翻倍"),
    ("校园网", "断线", "选课系统进不去"),
)  # fmt: skip
TOPICS = (
    "facilities", "dorms", "exams", "facilities", "awards", "health", "other", "employment", "fees", "teaching",
)  # fmt: skip


# ------------------------------------------------------------------ people


def test_a_hold_that_ends_asks_again(tmp_path):
    """Taken at 10:04 for four hours; something new came meanwhile: at 14:04 those on duty are asked again."""
    play(tmp_path, press("10:00"), Act("10:04", "taken"), ill(0, "13:00"), want("10:00", "10:01", "首次提醒"),
         want("10:04", "10:05", "已接手"), want("14:04", "14:12", "到期"), rules=[WORD],
         alerting=replace_alerting(escalate_after="15m"))  # fmt: skip


def test_the_duty_changes_at_noon_and_the_next_matter_finds_the_next_officer(tmp_path):
    """Fees at 11:50 on Sunday go to Li, the canteen at 12:10 to Wang."""
    play(tmp_path, bill(0, "+1 11:40", "a"), bill(1, "+1 11:50", "b"), press("+1 12:10"),
         want("+1 11:50", "+1 11:51", "首次提醒", address="U0LI"), want("+1 12:10", "+1 12:11", "食物中毒", address="U0WANG"),
         rules=[WORD, FEES], alerting=CALM)  # fmt: skip


def test_leave_is_filled_by_the_override(tmp_path):
    """Li is on leave and Wang stands in: the canteen goes to Wang."""

    def leave(stage: Play) -> None:
        with writing(stage.engine) as conn:
            for name, kind in (("li", "leave"), ("wang", "override")):
                row = {"officer": name, "begins": local("08:00"), "ends": local("20:00"), "kind": kind}
                conn.execute(insert(shifts).values(id=kind, **row))

    play(tmp_path, bill(0, "08:30", "a"), Do("09:00", leave), press("10:00"),
         want("10:00", "10:01", "食物中毒", address="U0WANG"), rules=[WORD], alerting=CALM)  # fmt: skip


def test_handed_over_is_said_and_nobody_else_is_asked(tmp_path):
    """Handed over to Wang at 10:04: said in the group, and the reminders stop."""
    play(tmp_path, press("10:00"), Act("10:04", "handed_over", "wang"), want("10:00", "10:01", "首次提醒"),
         want("10:04", "10:05", "wang"), rules=[WORD], alerting=replace_alerting(escalate_after="15m"), end="12:00")  # fmt: skip


def test_given_back_the_reminders_go_on(tmp_path):
    """Taken at 10:03 and given back at 10:08: the next person is asked after all."""
    stage = play(tmp_path, press("10:00"), Act("10:03", "taken"), Act("10:08", "released"), want("10:00", "10:01", "首次提醒"),
         want("10:03", "10:04", "已接手"), want("10:08", "10:09", "放回"), want("10:08", "10:09", "催办"),
         want("10:18", "10:26", "催办", address="U0WANG"), want("10:30", "10:42", "催办", address="U0CHEN"), rules=[WORD],
         alerting=replace_alerting(escalate_after="15m"), end="10:50")  # fmt: skip
    assert stage.statuses() == ["open"]


def test_escalation_goes_on_where_a_kill_ended_it(tmp_path):
    """Killed at 10:08 between two reminders: no step is skipped, none comes twice."""
    play(tmp_path, press("10:00"), Act("10:08", "restart"), want("10:00", "10:01", "首次提醒"), want("10:05", "10:06", "催办"),
         want("10:15", "10:17", "催办", address="U0WANG"), want("10:30", "10:32", "催办", address="U0CHEN"), rules=[WORD],
         alerting=replace_alerting(escalate_after="15m"), end="12:00")  # fmt: skip


# ------------------------------------------------------------------ kinds of rules, and why nothing is told


def test_an_event_that_doubles_is_told_by_growth(tmp_path):
    """Two stories on the first day, four on the second: growth tells with the fourth."""
    grow = RuleSpec("grow", "growth", Severity.SERIOUS, floor=4, factor=2.0)
    play(tmp_path, ill(0, "10:00"), ill(1, "10:10"), *(ill(number, f"+1 11:0{number}") for number in (2, 3, 4, 5)),
         want("+1 11:05", "+1 11:06", "【橙】"), rules=[grow], alerting=CALM)  # fmt: skip


def test_fewer_asks_for_half_as_many_again(tmp_path):
    """A threshold of two under "fewer" is three."""
    rule = msgspec.structs.replace(CROWD, stories=2, voices=None, sensitivity="fewer")
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), want("10:02", "10:03", "【橙】"), rules=[rule],
         alerting=CALM)  # fmt: skip


def test_in_the_first_fortnight_the_threshold_rules_are_in_force(tmp_path):
    """A spike rule with a baseline that is too short tells nothing, and `why` says so."""
    spike = RuleSpec("spike", "spike", Severity.SERIOUS, floor=3)
    stage = play(tmp_path, *(ill(number, f"10:0{number}") for number in range(5)), rules=[spike], alerting=CALM)
    assert "基线" in why(stage, event_ids(stage)[0])


def test_a_silent_source_is_the_operators_matter(tmp_path):
    """A forum that gives nothing for six hours is told to the operator once, never to the officer."""

    def go_silent(stage: Play) -> None:
        with writing(stage.engine) as conn:
            seen = local("10:00")
            conn.execute(update(sources).values(last_ok=seen, last_new=seen, last_run=seen, health="healthy"))

    rule = RuleSpec("silent", "absence", Severity.NOTICE, window="6h")
    stage = play(tmp_path, bill(0, "10:00", "a"), Do("10:05", go_silent), want("16:00", "16:30", "forum", channel="ops"),
                 rules=[rule], alerting=CALM, fakes={"chat": ReadableChannel(), "ops": FakeChannel()},
                 audiences={"ops": "operator"}, end="20:00")  # fmt: skip
    assert stage.fakes["chat"].taken == []


def test_why_says_how_far_every_rule_was(tmp_path):
    """Two of three stories: nothing is told, and `why` says two of three."""
    stage = play(tmp_path, ill(0, "10:00"), ill(1, "10:10"), rules=[CROWD], alerting=CALM)
    said = why(stage, event_ids(stage)[0])
    assert "crowd" in said
    assert "2" in said


def test_an_item_indexed_late_is_neither_missed_nor_doubled(tmp_path):
    """The third story was written before the first, comes an hour later, comes again by another source, and counts once."""
    late = {"published": "09:00", "url": "https://forum.example/late"}
    again = Push("11:20", post(ILL[2], voice="v2", published="09:00", url="https://forum.example/late"))
    play(tmp_path, ill(0, "10:00"), ill(1, "10:10"), ill(2, "11:00", **late), again, want("11:00", "11:01", "【橙】"),
         rules=[CROWD], alerting=CALM, end="12:00")  # fmt: skip


def test_every_alert_comes_to_an_end_that_can_be_read(tmp_path):
    """After a night with a silence, a kill and a false alarm no alert is left without a state and a reason."""
    stage = play(tmp_path, *(ill(number, f"22:0{number}") for number in range(3)), Act("22:10", "silence"), press("22:20"),
                 Act("22:30", "restart"), bill(0, "23:20", "a"), bill(1, "23:30", "b"),
                 want("22:02", "22:03", "【橙】"), want("+1 07:00", "+1 07:11", "首次提醒"), rules=[CROWD, REACH, FEES],
                 alerting=NIGHT, end="+1 08:00")  # fmt: skip
    with reading(stage.engine) as conn:
        ends = {(row.state, bool(row.note)) for row in conn.execute(select(alerts))}
        left = {row.state for row in conn.execute(select(notifications))}
    assert ends <= {("routed", True), ("silenced", True), ("stale", True)}
    assert left == {"sent"}
