"""Channels that fail, processes that die, two senders at once: nothing lost, nothing twice where that can be known."""

import random
from datetime import timedelta

import pytest
from bell import Bell, FakeChannel, Killed, ReadableChannel, local, staffed

from pipeline.store.lease import Lease


@pytest.fixture
def bell(tmp_path):
    """An office with one officer on duty, another who follows, and a leader."""
    return staffed(tmp_path)


def test_a_busy_channel_is_tried_again_further_apart(bell):
    """Three refusals for now and then it arrives; the pauses grow."""
    bell.chat.plan("busy", "busy", "busy")
    bell.alert("10:00")
    bell.run("10:06", step=timedelta(seconds=5))
    assert len(bell.chat.taken) == 1
    row = bell.notices()[0]
    assert (row["state"], row["attempts"]) == ("sent", 4)
    assert timedelta(seconds=100) <= row["sent"] - local("10:00") <= timedelta(seconds=130)


def test_retry_after_is_kept(bell):
    """A channel that asks for three minutes gets three minutes."""
    bell.chat.plan("limit")
    bell.alert("10:00")
    bell.run("10:10", step=timedelta(seconds=5))
    assert bell.notices()[0]["sent"] - local("10:00") >= timedelta(minutes=3)


def test_an_outage_of_hours_loses_nothing(bell):
    """A channel that is down for five hours delivers in the sixth."""
    bell.chat.down = True
    bell.alert("10:00")
    bell.run("15:00")
    bell.chat.down = False
    bell.run("15:20")
    assert bell.chat.headlines[0] == "【橙】二食堂 疑似食物中毒"


def test_a_dead_channel_falls_back_and_says_so(bell):
    """A refusal for good goes to the fallback, the message names the channel, the operator hears of it."""
    mail, ops = FakeChannel(), FakeChannel()
    bell.channel("mail", mail, kind="email", to=["duty@c.example"], audience="operator")
    bell.channel("ops", ops, audience="operator")
    bell.change("chat", fallback="mail")
    bell.chat.plan("refuse")
    bell.alert("10:00")
    bell.run("10:02")
    assert bell.chat.taken == []
    assert "渠道“chat”未能送达" in mail.texts[0]
    assert "渠道 chat 无法送达" in ops.texts[0]


def test_a_tired_channel_falls_back_after_four_attempts(bell):
    """A channel that stays down does not keep the night quiet when there is another."""
    mail = bell.channel("mail", FakeChannel(), kind="email", to=["d@c.example"], audience="operator")
    bell.change("chat", fallback="mail")
    bell.chat.down = True
    bell.alert("10:00")
    bell.run("10:10")
    assert any("未能送达" in text for text in mail.texts)


def test_when_nobody_could_be_reached_the_next_is_asked_at_once(bell):
    """A message that died does not make the escalation wait for an answer."""
    bell.chat.plan("refuse")
    bell.alert("10:00")
    bell.run("10:02")
    assert bell.chat.addresses == ["U0WANG"]


def test_one_channel_fails_and_only_that_one_is_tried_again(bell):
    """Chat took it, mail did not: mail alone is tried again."""
    mail = bell.channel("mail", FakeChannel(), kind="email", to=["d@c.example"])
    mail.plan("busy")
    bell.alert("10:00")
    bell.run("10:05")
    assert (len(bell.chat.taken), len(mail.taken)) == (1, 1)


def test_a_bug_in_a_channel_stops_nobody(bell):
    """A channel that raises is tried again, and the other one delivers."""
    mail = bell.channel("mail", FakeChannel(), kind="email", to=["d@c.example"])
    mail.plan("break")
    bell.alert("10:00")
    bell.run("10:05")
    assert len(bell.chat.taken) == 1
    assert "可能重复" in mail.texts[0]


def test_a_kill_before_sending_loses_nothing(bell):
    """Claimed, then killed: a readable channel is asked, and the message goes out unmarked."""
    bell.chat.plan("die before")
    bell.alert("10:00")
    bell.die("10:01")
    bell.run("10:05")
    assert len(bell.chat.taken) == 1
    assert "可能重复" not in bell.chat.texts[0]


def test_a_kill_after_sending_repeats_nothing_where_it_can_be_read(bell):
    """Sent, then killed before it was marked: the channel is asked, and nothing is sent again."""
    bell.chat.plan("die after")
    bell.alert("10:00")
    bell.die("10:01")
    bell.run("10:05")
    assert len(bell.chat.taken) == 1
    assert bell.notices()[0]["state"] == "sent"


@pytest.mark.parametrize("plan", ["die before", "die after"])
def test_a_kill_on_a_blind_channel_says_that_it_may_repeat(tmp_path, plan):
    """Where nobody can know, the message comes once more and says so."""
    bell = Bell(tmp_path, {"chat": FakeChannel()})
    bell.chat.plan(plan)
    bell.alert("10:00")
    bell.die("10:01")
    bell.run("10:05")
    assert len(bell.chat.taken) == (1 if plan == "die before" else 2)
    assert "可能重复" in bell.chat.texts[-1]
    assert bell.notices()[0]["maybe_repeat"]


def test_a_lost_answer_is_looked_up(bell):
    """No answer: the next attempt asks the channel first."""
    bell.chat.plan("swallow")
    bell.alert("10:00")
    bell.run("10:05")
    assert len(bell.chat.taken) == 1
    assert bell.notices()[0]["state"] == "sent"


@pytest.mark.parametrize(("blind", "count"), [("for now", 1), ("for good", 2)])
def test_a_channel_that_cannot_be_asked(bell, blind, count):
    """Asking fails for now: wait. Asking is not allowed at all: send with the mark rather than never."""
    bell.chat.plan("swallow")
    bell.chat.blind = blind
    bell.alert("10:00")
    bell.run("10:03")
    assert len(bell.chat.taken) == count
    assert ("可能重复" in bell.chat.texts[-1]) == (count == 2)


def test_only_one_process_sends(bell):
    """A second sender beside the first sends nothing until the lease ends."""
    bell.alert("10:00")
    bell.run("10:00:30")
    assert Lease(bell.engine, "sender", "other").acquire(bell.now, timedelta(seconds=30)) is None
    first = bell.sender
    bell.start()
    assert bell.sender.tick(bell.now) == 0
    assert first.tick(bell.now) == 0
    assert len(bell.chat.taken) == 1


def test_a_sender_that_slept_too_long_writes_nothing(bell):
    """After another process took over the old one does not send."""
    old = bell.sender
    old.tick(local("09:00"))
    bell.alert("10:00")
    bell.start()
    bell.run("10:01")
    assert old.tick(bell.now) == 0
    assert len(bell.chat.taken) == 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("readable", [True, False])
def test_whatever_happens_nothing_is_lost(tmp_path, seed, readable):
    """Kills, lost answers, refusals for now and bugs in any order: every alert arrives; a channel that can be read
    never has one twice, another only marked as a possible repeat."""
    dice = random.Random(seed)
    bell = Bell(tmp_path, {"chat": ReadableChannel() if readable else FakeChannel()})
    plans = ("", "", "die before", "die after", "swallow", "busy", "limit", "break")
    for number in range(6):
        bell.chat.plan(*(dice.choice(plans) for _ in range(3)))
        bell.alert(f"10:{number * 9:02}", event=f"e{number}", severity="critical")
        survive(bell, f"10:{number * 9 + 8:02}")
    bell.chat.plans.clear()
    survive(bell, "12:00")
    keys = [one.key for one in bell.chat.taken]
    assert set(keys) == {row["id"] for row in bell.notices()}
    assert {row["state"] for row in bell.notices()} == {"sent"}
    again = [text for place, text in enumerate(bell.chat.texts) if keys[place] in keys[:place]]
    assert not again if readable else all("可能重复" in text for text in again)


def survive(bell: Bell, until: str) -> None:
    """Let time pass; whenever the process dies another one begins."""
    while True:
        try:
            return bell.run(until)
        except Killed:
            bell.now += timedelta(seconds=40)
            bell.start()
