"""From a saved alert to a message that arrived: once, at the right time, to the right person."""

from datetime import timedelta

import pytest
from bell import Bell, FakeChannel, ReadableChannel, local, staffed
from sqlalchemy import select, update

from pipeline.model import Severity
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts


@pytest.fixture
def bell(tmp_path):
    """An office with one officer on duty, another who follows, and a leader."""
    return staffed(tmp_path)


def test_an_alert_arrives_once(bell):
    """One alert is one message to the officer on duty, whatever time passes."""
    bell.alert("10:00")
    bell.run("10:04")
    assert bell.chat.headlines == ["【橙】二食堂 疑似食物中毒"]
    assert bell.chat.addresses == ["U0LI"]
    assert bell.state("e1-first-10:00") == "routed"


def test_several_alerts_of_one_moment_are_one_message(bell):
    """A matter that rises twice before its first message is told once, as a first word at its highest level; another matter is told beside it."""
    for clock, severity, kind in (("10:00", "notice", "first"), ("10:01", "serious", "severity")):
        bell.alert(clock, severity=severity, kind=kind)
    bell.alert("10:01", event="e2")
    bell.alert("10:02", severity="critical", kind="severity")
    bell.run("10:06")
    assert sorted(taken.message.event for taken in bell.chat.taken) == ["e1", "e2"]
    assert "首次提醒" in next(taken.message.lines[0] for taken in bell.chat.taken if taken.message.event == "e1")
    assert [bell.state(f"e1-{key}") for key in ("first-10:00", "severity-10:01", "severity-10:02")] == [
        "stale", "stale", "routed",
    ]  # fmt: skip


def test_an_alert_waits_for_its_time(bell):
    """Nothing is sent before the alert is due."""
    key = bell.alert("10:00")
    with writing(bell.engine) as conn:
        conn.execute(update(alerts).where(alerts.c.id == key).values(due=local("10:05")))
    bell.run("10:04")
    assert bell.chat.taken == []
    bell.run("10:06")
    assert len(bell.chat.taken) == 1


def test_the_link_is_the_officers_own(bell):
    """The buttons open the event for the officer who got the message."""
    bell.alert("10:00")
    bell.run("10:01")
    token = bell.chat.taken[0].message.link.rpartition("/")[2]
    link = bell.desk.read_link(token, bell.now)
    assert (link.event, link.who) == ("e1", "li")


def test_without_a_roster_the_duty_channels_hear(tmp_path):
    """An office that has entered nobody yet still gets its messages."""
    bell = Bell(tmp_path)
    bell.alert("10:00")
    bell.run("10:01")
    assert bell.chat.headlines == ["【橙】二食堂 疑似食物中毒"]


def test_an_override_and_a_leave_decide_at_that_moment(bell):
    """Who is on duty is asked when the message leaves."""
    bell.shift("wang", "09:00", "12:00", "override")
    bell.alert("10:00")
    bell.run("10:01")
    assert bell.chat.addresses == ["U0WANG"]


def test_critical_goes_to_the_leader_at_once(bell):
    """A mail to each: the officer and the leader."""
    mail = bell.channel("mail", FakeChannel(), kind="email", to=["list@college.example"])
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("""UPDATE officers SET addresses = '{"chat":"U0LI","mail":"' || id || '@c.example"}'""")
    bell.alert("10:00", severity="critical")
    bell.run("10:01")
    assert sorted(mail.addresses) == ["chen@c.example", "li@c.example"]


def test_notice_in_quiet_hours_is_put_off_not_dropped(bell):
    """A notice of 23:00 is told at 07:00, not before."""
    bell.alert("23:00", severity="notice", topics=("fees",))
    bell.run("+1 06:59")
    assert bell.chat.taken == []
    assert bell.state("e1-first-23:00") == "deferred"
    bell.run("+1 07:01")
    assert len(bell.chat.taken) == 1


@pytest.mark.parametrize(
    "breaks", [{"severity": "serious"}, {"severity": "notice", "topics": ("other", "health")},
               {"severity": "notice", "code": "one_voice"}]
)  # fmt: skip
def test_what_is_about_life_breaks_quiet_hours(bell, breaks):
    """Serious, safety and health, and one unconfirmed voice about them are told at night."""
    bell.alert("23:40", **breaks)
    bell.run("23:42")
    assert len(bell.chat.taken) == 1


def test_several_put_off_alerts_are_one_digest_for_the_next_officer(bell):
    """Three notices of the night are one message in the morning, to whoever is on duty then."""
    bell.shift("wang", "+1 06:00", "+1 12:00", "override")
    for number in range(3):
        bell.alert(f"23:1{number}", severity="notice", event=f"e{number}", topics=("fees",))
    bell.run("+1 07:02")
    assert len(bell.chat.taken) == 1
    assert "3 件" in bell.chat.headlines[0]
    assert bell.chat.addresses == ["U0WANG"]
    assert {bell.state(f"e{number}-first-23:1{number}") for number in range(3)} == {"routed"}


def test_what_rose_meanwhile_is_not_told_again_in_the_morning(bell):
    """A notice that was put off and then rose through the night is stale in the morning."""
    key = bell.alert("23:00", severity="notice", topics=("fees",))
    bell.run("23:10")
    bell.alert("23:30", severity="serious", kind="severity", topics=("fees",))
    bell.run("23:31")
    bell.close_event()
    bell.run("+1 07:05")
    assert bell.chat.headlines == ["【橙】二食堂 疑似食物中毒"]
    assert bell.state(key) == "stale"


def test_a_burst_is_one_summary(bell):
    """Ten matters in one minute are one message, and what is critical stays alone."""
    for number in range(10):
        bell.alert("10:00", severity="notice", event=f"e{number}")
    bell.alert("10:00", severity="critical", event="top")
    bell.run("10:04")
    assert len(bell.chat.taken) == 2
    assert sorted(text[:4] for text in bell.chat.headlines) == ["【汇总】", "【红】二"]


def test_silence_has_an_end_and_lets_a_rise_through(bell):
    """While silenced a threshold is kept quiet with its reason; a rise in severity is told."""
    bell.alert("10:00")
    bell.run("10:01")
    with bell.engine.begin() as conn:
        bell.desk.silence(conn, "e1", "li", "known", bell.now)
    key = bell.alert("10:30", kind="threshold")
    bell.run("10:32")
    assert bell.state(key) == "silenced"
    bell.alert("10:40", severity="critical", kind="severity")
    bell.run("10:42")
    assert len(bell.chat.taken) == 2
    after = bell.alert("12:30", kind="threshold")
    bell.run("12:31")
    assert bell.state(after) == "routed"


def test_a_false_alarm_never_mutes_a_rise(bell):
    """After a false alarm equal news is quiet, a rise is told."""
    bell.alert("10:00")
    bell.run("10:01")
    bell.act("false_alarm")
    key = bell.alert("10:30", kind="reach")
    bell.run("10:32")
    assert bell.state(key) == "silenced"
    bell.alert("10:40", severity="critical", kind="severity")
    bell.run("10:41")
    assert bell.chat.headlines[-1].startswith("【红】")


def test_nobody_answers_then_the_next_then_the_leader(bell):
    """After 5 minutes the officer is rung again, after 15 the next person is asked, after 30 the leader, then nobody."""
    bell.alert("10:00")
    bell.run("12:00")
    assert bell.chat.addresses == ["U0LI", "U0LI", "U0WANG", "U0CHEN"]
    assert [f"第 {n} 次催办" in bell.chat.texts[n] for n in (1, 2, 3)] == [True] * 3
    assert [row["step"] for row in bell.notices()] == [0, 1, 3, 4]


def test_taking_it_stops_the_escalation_and_is_said_once(bell):
    """Who took it at 10:04 is posted under the message; the next person sleeps on."""
    bell.alert("10:00")
    bell.run("10:04")
    bell.act("taken")
    bell.run("11:00")
    assert [text.splitlines()[0] for text in bell.chat.texts[1:]] == ["li 10:04 已接手，A-0001"]
    assert bell.chat.taken[1].message.thread == "r1"


def test_a_hold_expires_and_asks_again(bell):
    """After four hours in which something new came the officer on duty is asked again, once; then the next person."""
    bell.alert("10:00")
    bell.run("10:05")
    bell.act("taken")
    bell.run("11:00")
    bell.event(severity=Severity.SERIOUS)
    bell.run("14:06")
    assert "已于 14:05 到期" in bell.chat.texts[-1]
    count = len(bell.chat.taken)
    bell.run("14:15")
    assert len(bell.chat.taken) == count
    bell.run("14:25")
    assert bell.chat.addresses[-1] == "U0WANG"


def test_a_hold_of_a_quiet_matter_ends_silently(bell):
    """Nothing new since it was taken: nobody is asked again."""
    bell.alert("10:00")
    bell.run("10:04")
    bell.act("taken")
    bell.run("18:00")
    assert len(bell.chat.taken) == 2


def test_a_closed_event_escalates_no_more(bell):
    """What is over wakes nobody."""
    bell.alert("10:00")
    bell.run("10:04")
    bell.close_event()
    bell.run("11:00")
    assert len(bell.chat.taken) == 1


def test_one_unconfirmed_voice_does_not_escalate(bell):
    """One voice wakes the duty officer and nobody else."""
    bell.alert("23:40", severity="notice", code="one_voice")
    bell.run("+1 02:00")
    assert bell.chat.addresses == ["U0LI"]


def test_escalation_survives_a_restart(bell):
    """A new process goes on where the old one was."""
    bell.alert("10:00")
    bell.run("10:10")
    bell.restart()
    bell.run("10:40")
    assert bell.chat.addresses == ["U0LI", "U0LI", "U0WANG", "U0CHEN"]


def test_later_alerts_stand_under_the_first(bell):
    """A rise goes into the thread of the first message."""
    bell.alert("10:00")
    bell.run("10:01")
    bell.act("taken")
    bell.alert("10:30", severity="critical", kind="severity")
    bell.run("10:31")
    assert bell.chat.taken[-1].message.thread == "r1"
    assert "已通知：值班员" in bell.chat.texts[-1]


def test_a_channels_minute_has_its_budget(bell):
    """No more than twelve messages a minute; the rest follow, none is lost."""
    for number in range(8):
        bell.alert("10:00", event=f"a{number}", severity="critical")
    bell.run("10:00")
    for number in range(8):
        bell.alert("10:00:10", event=f"b{number}", severity="critical")
    bell.run("10:00:20", step=timedelta(seconds=5))
    assert len(bell.chat.taken) == 12
    bell.run("10:01:30")
    assert len(bell.chat.taken) == 16


def test_operator_notices_never_reach_the_duty_channel(bell):
    """Without an operator channel a notice is on the dashboard only."""
    bell.channel("mail", FakeChannel(), kind="email", to=["d@c.example"])
    bell.fakes["mail"].plan("refuse")
    bell.alert("10:00")
    bell.run("10:04")
    assert len(bell.chat.taken) == 1
    with reading(bell.engine) as conn:
        notice = conn.execute(select(alerts).where(alerts.c.kind == "operator")).mappings().one()
    assert notice["note"]["code"] == "no_operator_channel"


def test_an_event_that_was_forgotten_is_not_told(bell):
    """A message about something that was deleted meanwhile dies quietly."""
    bell.alert("10:00")
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM events")
    bell.run("10:02")
    assert bell.chat.taken == []
    assert {row["state"] for row in bell.notices()} == {"dead"}


def test_readable_channels_are_readable(tmp_path):
    """The fake that can be asked is taken for one that can be asked."""
    from alerts.notify.base import ReadBack

    assert isinstance(ReadableChannel(), ReadBack)
    assert not isinstance(FakeChannel(), ReadBack)


def test_that_it_is_over_wakes_nobody(bell):
    """A serious matter that is closed at midnight is said to be over in the morning."""
    bell.alert("23:50", kind="closed", code="closed")
    bell.run("+1 06:59")
    assert bell.chat.taken == []
    bell.run("+1 07:01")
    assert bell.chat.headlines[0].startswith("【结】")
