"""Scenarios on simulated time: the school's year, bigger matters, routes, waking people, taps and digests.

Each is a sentence. A message that is not wanted fails a scenario as much as one that is missing.
"""

import msgspec
from bell import FakeChannel, ReadableChannel, local
from sqlalchemy import insert, select, update
from test_alerts_timeline import CALM, CROWD, FEES, FLOOD, REACH, WORD, bill, ill, press, replace_alerting
from timeline import Act, Do, Play, Push, play, post, want

from alerts.policy import DepartmentSpec, DigestSettings, Policy, RouteSpec
from alerts.season import CalendarWindow
from alerts.settings import RuleSpec, SeverityWords, WakeStep
from alerts.why import explain_event
from pipeline.model import Severity
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, officers, shifts, sources

ENROL = CalendarWindow("enrol", "招生季", "08-20", "09-20", factor={"fees": 2.0, "canteen": 2.0})
MONEY = RuleSpec("money", "threshold", Severity.SERIOUS, stories=1, topics=["fees"])
ASK = RuleSpec("ask", "first_seen", Severity.NOTICE, topics=["canteen"])
WAKES = replace_alerting(escalate_after="15m")
PHONE = {
    "chat": {"kind": "slack", "target": "C1"},
    "sms": {"kind": "twilio", "user": "u", "sender": "+1"},
    "call": {"kind": "twilio", "user": "u", "sender": "+1", "voice": True},
}


SOUP = ("海院新校区三食堂红烧肉一份才三块肉还卖十五", "新校区三食堂打饭越来越少，海院红烧肉三块肉十五块钱太贵了")


def soup(number: int, clock: str) -> Push:
    """A complaint about small portions in another canteen of the same campus."""
    return Push(clock, post(SOUP[number], voice=f"s{number}", topics=("canteen",)))


def with_phones() -> dict[str, FakeChannel]:
    """A group, text messages and calls."""
    return {"chat": ReadableChannel(), "sms": FakeChannel(), "call": FakeChannel()}


def give_numbers(stage: Play) -> None:
    """Li and Wang can be rung."""
    with writing(stage.engine) as conn:
        for name in ("li", "wang", "chen"):
            row = {"chat": f"U0{name.upper()}", "sms": f"+86{name}", "call": f"+86{name}"}
            conn.execute(update(officers).where(officers.c.id == name).values(addresses=row))


def why(stage: Play, event: str) -> str:
    """Everything `tocsin why` says of an event, in Chinese."""
    with reading(stage.engine) as conn:
        return "\n".join(line.text for line in explain_event(conn, event, "zh") or [])


def states(stage: Play) -> dict[str, str]:
    """State by number of the alert."""
    with reading(stage.engine) as conn:
        return {f"A-{row.n:04d}": row.state for row in conn.execute(select(alerts.c.n, alerts.c.state))}


# ------------------------------------------------------------------ the school's year


def test_in_the_season_more_is_asked_and_the_reason_says_so(tmp_path):
    """In the enrolment season a threshold of one fee story is two, and the message says so."""
    play(tmp_path, bill(0, "10:00", "a"), bill(1, "10:10", "b"),
         want("10:10", "10:11", "【橙】", "招生季期间，收费类的数量由 1 调整为 2"), rules=[MONEY], windows=(ENROL,),
         alerting=CALM)  # fmt: skip


def test_outside_the_season_the_written_number_holds(tmp_path):
    """The same stories in a window that begins tomorrow are told at the first."""
    later = CalendarWindow("later", "考试周", "2026-09-06", "2026-09-12", factor={"fees": 2.0})
    play(tmp_path, bill(0, "10:00", "a"), want("10:00", "10:01", "【橙】"), rules=[MONEY], windows=(later,),
         alerting=CALM)  # fmt: skip


def test_health_is_never_raised(tmp_path):
    """A canteen window leaves three stories about illness at three."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), want("10:02", "10:03", "【橙】"),
         rules=[CROWD], windows=(ENROL,), alerting=CALM)  # fmt: skip


# ------------------------------------------------------------------ one message a matter


def test_two_alerts_seconds_apart_are_one_message(tmp_path):
    """A second voice twenty seconds after the first: one message after the group wait, at the higher level."""
    play(tmp_path, ill(0, "10:00"), ill(1, "10:00:20"), want("10:01:30", "10:02", "【橙】", "首次提醒"), rules=[WORD],
         alerting=replace_alerting(group_wait="90s"))  # fmt: skip


def test_an_update_that_is_no_rise_waits_for_its_interval(tmp_path):
    """The paper four minutes after the first alert is told a quarter of an hour after it."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), press("10:06"),
         want("10:02", "10:03", "【橙】"), want("10:17", "10:18", "首家省级", "接 A-0001"), rules=[CROWD, REACH],
         alerting=CALM)  # fmt: skip


def test_a_rise_waits_for_nothing(tmp_path):
    """Red two minutes after orange is told at once."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(5)), want("10:02", "10:03", "【橙】"),
         want("10:04", "10:05", "【红】", "级别升高"), rules=[CROWD, FLOOD], alerting=CALM)  # fmt: skip


# ------------------------------------------------------------------ bigger matters


FIRE = RuleSpec("fire", "watchword", Severity.SERIOUS, phrases=["起火"])
BLAZE = ("新校区一食堂后厨起火了，消防车来了，海院同学都跑出来", "海院新校区一食堂后厨起火，浓烟很大，消防车到了")


def blaze(number: int, clock: str) -> Push:
    """The canteen burns."""
    return Push(clock, post(BLAZE[number], voice=f"f{number}", topics=("canteen", "safety")))


def test_a_bigger_matter_covers_a_smaller(tmp_path):
    """While the fire in the canteen is serious, a complaint about portions on its campus is a line under it; `why` says what covers it."""
    stage = play(tmp_path, blaze(0, "10:00"), blaze(1, "10:01"), soup(0, "10:30"), soup(1, "10:31"),
                 want("10:00", "10:01", "【黄】"), want("10:01", "10:02", "【橙】"),
                 want("10:30", "10:33", "并入 A-0002", "A-0003"), rules=[FIRE, ASK], alerting=CALM,
         policy=Policy(campuses=("新校区",)))  # fmt: skip
    held = [number for number, state in states(stage).items() if state == "inhibited"]
    assert held == ["A-0003"]
    with reading(stage.engine) as conn:
        event = conn.scalar(select(alerts.c.event).where(alerts.c.state == "inhibited"))
    assert "A-0002 已涵盖" in why(stage, str(event))


def test_without_an_inhibition_both_are_told(tmp_path):
    """`inhibit = []` tells the complaint by itself."""
    play(tmp_path, blaze(0, "10:00"), blaze(1, "10:01"), soup(0, "10:30"), soup(1, "10:31"),
         want("10:00", "10:01", "【黄】"), want("10:01", "10:02", "【橙】"), want("10:31", "10:33", "【黄】", "三食堂"),
         rules=[FIRE, ASK], alerting=CALM, policy=Policy(inhibit=()))  # fmt: skip


def test_what_a_false_alarm_covered_is_told_after_all(tmp_path):
    """The fire was none: the complaint is told the moment that is said."""
    play(tmp_path, blaze(0, "10:00"), blaze(1, "10:01"), soup(0, "10:30"), soup(1, "10:31"),
         Act("11:00", "false_alarm"), want("10:00", "10:01", "【黄】"), want("10:01", "10:02", "【橙】"),
         want("10:30", "10:33", "并入 A-0002"), want("11:00", "11:01", "标为误报"), want("11:00", "11:01", "【黄】", "三食堂"),
         rules=[FIRE, ASK], alerting=CALM,
         policy=Policy(campuses=("新校区",)))  # fmt: skip


# ------------------------------------------------------------------ routes


MAIL = {"chat": {"kind": "slack", "target": "C1"}, "mail": {"kind": "email", "to": []}}
LOGISTICS = DepartmentSpec("logistics", "后勤处", ["canteen"], [], {"mail": "logistics@haichuan.example"})


def test_a_route_leads_to_leader_and_department(tmp_path):
    """What is red goes to the leader and by mail to the department, whose message has no button."""
    routes = (RouteSpec("red", ["duty", "department"], [Severity.CRITICAL], ["canteen"]),)
    stage = play(tmp_path, *(ill(number, f"10:0{number}") for number in range(5)), want("10:02", "10:03", "【橙】"),
                 want("10:04", "10:05", "【红】"),
                 want("10:04", "10:05", "【红】", "勿自行对外回应", channel="mail", address="logistics@haichuan.example"),
                 rules=[CROWD, FLOOD], alerting=CALM, ways=MAIL, fakes={"chat": ReadableChannel(), "mail": FakeChannel()},
                 policy=Policy(routes, (LOGISTICS,)))  # fmt: skip
    assert [one.message.actions for one in stage.fakes["mail"].taken] == [()]


def test_a_route_has_its_own_waits(tmp_path):
    """Fees wait five minutes for company, the canteen twenty seconds, everything else the usual ninety."""
    routes = (
        RouteSpec("slow", ["duty"], topics=["fees"], group_wait="5m"),
        RouteSpec("fast", ["duty"], topics=["canteen"], group_wait="20s"),
    )
    play(tmp_path, bill(0, "09:00", "a"), bill(1, "09:00", "b"), ill(0, "10:00"), want("09:05", "09:06", "收费"),
         want("10:00:20", "10:01", "疑似中毒"), rules=[FEES, WORD], alerting=replace_alerting(group_wait="90s"),
         policy=Policy(routes))  # fmt: skip


def test_a_route_that_reaches_nobody_falls_back(tmp_path):
    """A route to a leader who does not exist is the usual way: nothing is lost."""
    stage = play(tmp_path, Do("09:00", lambda stage: dismiss(stage, "chen")), press("10:00"),
                 want("10:00", "10:01", "首次提醒", address="U0LI"), rules=[WORD], alerting=CALM,
                 policy=Policy((RouteSpec("up", ["leader"]),)))  # fmt: skip
    assert list(states(stage).values()) == ["routed"]


def dismiss(stage: Play, name: str) -> None:
    """Somebody leaves the office."""
    with writing(stage.engine) as conn:
        conn.execute(officers.delete().where(officers.c.id == name))


# ------------------------------------------------------------------ waking somebody


def test_nobody_answers_and_the_telephone_rings(tmp_path):
    """5 minutes: mentioned again and a text message; 10: a call; 15: the next person; 30: the leader."""
    play(tmp_path, Do("09:00", give_numbers), press("10:00"), want("10:00", "10:01", "首次提醒", address="U0LI"),
         want("10:05", "10:06", "第 1 次催办", address="U0LI"), want("10:05", "10:06", address="+86li", channel="sms"),
         want("10:10", "10:11", "第 2 次", address="+86li", channel="call"),
         want("10:15", "10:16", "第 3 次", address="U0WANG"), want("10:15", "10:16", address="+86wang", channel="sms"),
         want("10:30", "10:31", "第 4 次", address="U0CHEN"), want("10:30", "10:31", address="+86chen", channel="sms"),
         rules=[WORD], alerting=WAKES, ways=PHONE, fakes=with_phones(), end="12:00")  # fmt: skip


def test_taken_and_the_calls_stop(tmp_path):
    """Taken at 10:07: said in the group, and nobody is called."""
    play(tmp_path, Do("09:00", give_numbers), press("10:00"), Act("10:07", "taken"), want("10:00", "10:01", "首次提醒"),
         want("10:05", "10:06", "第 1 次催办"), want("10:05", "10:06", channel="sms"),
         want("10:07", "10:08", "li 10:07 已接手，A-0001"), rules=[WORD], alerting=WAKES, ways=PHONE,
         fakes=with_phones(), end="12:00")  # fmt: skip


def test_a_call_that_still_waits_is_stopped_by_taking_it(tmp_path):
    """The line was busy at 10:10; taken at 10:10:10, and it does not ring again."""
    fakes = with_phones()
    fakes["call"].plan("busy")
    play(tmp_path, Do("09:00", give_numbers), press("10:00"), Act("10:10:10", "taken"), want("10:00", "10:01", "首次提醒"),
         want("10:05", "10:06", "第 1 次催办"), want("10:05", "10:06", channel="sms"),
         want("10:10", "10:11", "已接手"), rules=[WORD], alerting=WAKES, ways=PHONE, fakes=fakes, end="12:00")  # fmt: skip


def test_a_kill_in_the_middle_of_a_call_repeats_that_call_only(tmp_path):
    """Killed while calling at 10:10: the call may ring twice, the text message and the group do not."""
    fakes = with_phones()
    fakes["call"].plan("die after")
    play(tmp_path, Do("09:00", give_numbers), press("10:00"), Act("10:14", "taken"), want("10:00", "10:01", "首次提醒"),
         want("10:05", "10:06", "第 1 次催办"), want("10:05", "10:06", channel="sms"),
         want("10:10", "10:11", channel="call"), want("10:12", "10:13:30", "可能重复", channel="call"),
         want("10:14", "10:15", "已接手"), rules=[WORD], alerting=WAKES, ways=PHONE, fakes=fakes, end="12:00")  # fmt: skip


def test_a_notice_rings_nobody(tmp_path):
    """Yellow does not break quiet hours: no telephone, the next person after a quarter of an hour."""
    play(tmp_path, Do("09:00", give_numbers), bill(0, "10:00", "a"), bill(1, "10:00", "b"), Act("10:20", "taken"),
         want("10:00", "10:01", "【黄】"), want("10:15", "10:16", "第 1 次催办", address="U0WANG"),
         want("10:20", "10:21", "已接手"), rules=[FEES], alerting=WAKES, ways=PHONE, fakes=with_phones(),
         end="11:00")  # fmt: skip


def test_the_steps_are_a_setting(tmp_path):
    """A school that wants a call after two minutes and nothing else gets that."""
    steps = [WakeStep("2m", "same", ["voice"])]
    play(tmp_path, Do("09:00", give_numbers), press("10:00"), want("10:00", "10:01", "首次提醒"),
         want("10:02", "10:03", channel="call"), rules=[WORD], alerting=replace_alerting(wake=steps), ways=PHONE,
         fakes=with_phones(), end="12:00")  # fmt: skip


def test_the_same_people_hear_that_it_is_over(tmp_path):
    """Told to Li and Wang, closed when others are on duty: both hear it, by the group, and no telephone rings."""

    def change_duty(stage: Play) -> None:
        with writing(stage.engine) as conn:
            conn.execute(shifts.delete())
            conn.execute(
                insert(officers).values(id="zhao", name="zhao", role="officer", addresses={"mail": "z@c.example"})
            )
            row = {"officer": "zhao", "begins": local("-1 00:00"), "ends": local("+9 00:00"), "kind": "duty"}
            conn.execute(insert(shifts).values(id="z", **row))

    play(tmp_path, press("10:00"), Act("10:04", "taken"), Do("11:00", change_duty), want("10:00", "10:01", "首次提醒"),
         want("10:04", "10:05", "已接手"), want("+1 10:00", "+1 10:15", "【结】", address="U0LI"), rules=[WORD],
         alerting=replace_alerting(close_after="24h"), end="+1 12:00")  # fmt: skip


# ------------------------------------------------------------------ taps


def test_a_tap_is_undone_as_if_it_never_was(tmp_path):
    """Taken at 10:03 and undone at 10:05: said in the group, and the reminders go on where they were."""
    play(tmp_path, press("10:00"), Act("10:03", "taken"), Act("10:04", "undo"), Act("10:16", "taken", "wang"),
         want("10:00", "10:01", "首次提醒"), want("10:03", "10:04", "li 10:03 已接手"),
         want("10:04", "10:05", "已撤销“接手”", "A-0001"), want("10:05", "10:06", "第 1 次催办", address="U0LI"),
         want("10:15", "10:16", "第 2 次催办", address="U0WANG"), want("10:16", "10:17", "wang 10:16 已接手"),
         rules=[WORD], alerting=WAKES, end="12:00")  # fmt: skip


def test_an_undone_false_alarm_tells_what_it_kept_silent(tmp_path):
    """The paper came while it was called false; undone, it is told."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Act("10:20", "false_alarm"), press("10:22"),
         Act("10:25", "undo"), want("10:02", "10:03", "【橙】"), want("10:20", "10:21", "标为误报"),
         want("10:25", "10:26", "已撤销“误报”"), want("10:25", "10:26", "首家省级"), rules=[CROWD, REACH],
         alerting=CALM)  # fmt: skip


def test_an_undone_silence_tells_what_it_kept_silent(tmp_path):
    """The paper came while it was silenced; undone, it is told."""
    play(tmp_path, *(ill(number, f"10:0{number}") for number in range(3)), Act("10:20", "silence"), press("10:22"),
         Act("10:25", "undo"), want("10:02", "10:03", "【橙】"), want("10:25", "10:26", "首家省级"), rules=[CROWD, REACH],
         alerting=CALM)  # fmt: skip


# ------------------------------------------------------------------ wellbeing


def test_a_wellbeing_matter_is_neutral_and_carries_help(tmp_path):
    """No word of it, no place, no link; the national line, the counsellor, no slip."""
    care = RuleSpec("care", "first_seen", Severity.SERIOUS, topics=["wellbeing"])
    policy = Policy(care=msgspec.structs.replace(Policy().care, counsellor="0000-1234"))
    texts = ("海院新校区有同学说自己撑不下去了，大家帮帮忙", "海院新校区那个说撑不下去的同学谁认识，大家帮帮忙")
    posts = [Push(f"10:0{n}", post(text, voice=f"w{n}", topics=("wellbeing",))) for n, text in enumerate(texts)]
    stage = play(tmp_path, *posts, want("10:01", "10:02", "【橙】关怀", "12356", "0000-1234", "不向班级、宿舍发函"),
                 rules=[care], alerting=CALM, policy=policy)  # fmt: skip
    said = stage.fakes["chat"].taken[0].message.text
    assert not [word for word in ("撑不下去", "新校区", "帮帮忙", "http") if word in said]


# ------------------------------------------------------------------ digests


DAILY = Policy(digest=DigestSettings(daily="08:00", quiet=True))


def test_a_quiet_day_is_a_message_with_proof_of_watch(tmp_path):
    """Nothing happened: the number of sources, the blind one, no break, and what cannot be seen."""

    def blind(stage: Play) -> None:
        with writing(stage.engine) as conn:
            for name, health in (("city", "failing"), ("wall", "healthy")):
                row = {"id": name, "next_due": stage.now, "interval_s": 3600, "health": health, "said": ""}
                conn.execute(insert(sources).values(**row, last_ok=local("-1 09:10")))

    play(tmp_path, Do("06:00", blind), want("08:00", "08:11", "【日报】", "0 件；2 个来源中 1 个正常", "city 自 09-04 09:10 起",
         "一直在看", "需要登录的平台"), alerting=CALM, policy=DAILY, end="12:00")  # fmt: skip


def test_a_quiet_day_is_silent_when_nobody_asked_for_it(tmp_path):
    """Without `quiet` nothing is sent on a day without a matter."""
    play(tmp_path, Do("06:00", lambda stage: None), alerting=CALM, policy=Policy(digest=DigestSettings(daily="08:00")),
         end="12:00")  # fmt: skip


def test_a_digest_admits_that_nobody_watched(tmp_path):
    """Down from 02:10 to 03:40: the digest says so."""

    def sleep(stage: Play) -> None:
        stage.now = local("03:40")

    play(tmp_path, Do("02:10", sleep), Do("01:00", lambda stage: None), want("08:00", "08:11", "没有在看的时段：02:10–03:40"),
         alerting=CALM, policy=DAILY, end="09:00")  # fmt: skip


def test_a_digest_comes_once_a_day_whatever_happens(tmp_path):
    """A kill while it is sent, a restart, a clock set back by a day: one digest for each day."""
    chat = ReadableChannel()
    chat.plan("die after")

    def set_back(stage: Play) -> None:
        stage.now = local("10:00")

    stage = play(tmp_path, Do("07:00", lambda stage: None), Act("08:30", "restart"), Do("+1 09:00", set_back),
                 want("08:00", "08:11", "【日报】"), want("+1 08:00", "+1 08:11", "【日报】"), alerting=CALM, policy=DAILY,
                 fakes={"chat": chat}, end="+1 11:00")  # fmt: skip
    assert len(stage.fakes["chat"].taken) == 2


def test_what_the_night_put_off_is_in_the_hand_over(tmp_path):
    """Two matters of the night are told to the next officer at seven, and stand in the digest at eight."""
    night = replace_alerting(quiet_hours=["22:30-07:00"])
    other = [
        Push(clock, post(text, voice=voice, topics=("facilities",)))
        for clock, text, voice in (
            ("23:20", "海院图书馆空调坏了三周没人修", "c"),
            ("23:21", "图书馆空调坏了，海院三周都没有人来修理", "d"),
        )
    ]
    rule = RuleSpec("desk", "first_seen", Severity.NOTICE, topics=["facilities", "fees"])

    def hand_over(stage: Play) -> None:
        with writing(stage.engine) as conn:
            conn.execute(update(shifts).where(shifts.c.officer == "li").values(ends=local("+1 06:00")))
            conn.execute(update(shifts).where(shifts.c.officer == "wang").values(begins=local("+1 06:00")))

    play(tmp_path, Do("22:00", hand_over), bill(0, "23:00", "a"), bill(1, "23:01", "b"), *other,
         want("+1 07:00", "+1 07:11", "【汇总】", "暂缓的 2 件", address="U0WANG"),
         want("+1 08:00", "+1 08:11", "【日报】", "2 件", "未即时发送 2 件", "静默时段推迟", "尚无人接手 2 件", address="U0WANG"),
         rules=[rule], alerting=night, policy=Policy(digest=DigestSettings(daily="08:00")), end="+1 09:00")  # fmt: skip


def test_a_digest_lists_what_was_covered(tmp_path):
    """The complaint that was held back under the fire is named in the morning."""
    play(tmp_path, blaze(0, "10:00"), blaze(1, "10:01"), soup(0, "10:30"), soup(1, "10:31"),
         want("10:00", "10:01", "【黄】"), want("10:01", "10:02", "【橙】"), want("10:30", "10:33", "并入 A-0002"),
         want("+1 08:00", "+1 08:11", "【日报】", "A-0003（并入更大的事件）", "起火"), rules=[FIRE, ASK],
         alerting=replace_alerting(close_after="96h"),
         policy=Policy(campuses=("新校区",), digest=DigestSettings(daily="08:00")), end="+1 09:00")  # fmt: skip


def test_levels_have_the_names_of_the_office(tmp_path):
    """A school that says Ⅰ to Ⅳ reads Ⅱ."""
    words = {Severity.SERIOUS: SeverityWords("Ⅱ级")}
    play(tmp_path, press("10:00"), want("10:00", "10:01", "【Ⅱ级】"), rules=[WORD],
         alerting=replace_alerting(severities=words))  # fmt: skip


def test_a_fragment_names_the_alert_that_covers_it(tmp_path):
    """What the ledger keeps quiet says by which number the matter is known."""
    stage = play(tmp_path, *(ill(number, f"10:0{number}") for number in range(4)), want("10:02", "10:03", "【橙】"),
                 rules=[CROWD], alerting=CALM)  # fmt: skip
    with reading(stage.engine) as conn:
        event = conn.scalar(select(alerts.c.event))
    assert "（A-0001）" in why(stage, str(event))
