"""The sender when the store refuses, the clock jumps, or a matter changes while a message is in flight: nothing is lost,
nothing comes twice that could be known to have arrived."""

import time
from datetime import timedelta

import pytest
from bell import Bell, FakeChannel, Killed, local, staffed
from fake_hook import FakeHook
from fake_slack import CHANNEL, TOKEN, FakeSlack
from sqlalchemy.exc import SQLAlchemyError

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Missing, Sent
from alerts.notify.slack import SlackBot
from alerts.notify.webhook import Webhook
from alerts.settings import ChannelSpec, Secret
from pipeline.store.engine import StoreUnavailable
from pipeline.store.lease import Lease

REFUSED = (StoreUnavailable, SQLAlchemyError)
REFUSE = (
    "CREATE TRIGGER refuse BEFORE UPDATE OF state ON notifications BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
)
DAY = timedelta(days=1)


class FillingChannel(FakeChannel):
    """Takes a message, and at that moment the store takes nothing more."""

    bell = None

    def send(self, delivery):
        answer = super().send(delivery)
        fill(self.bell)
        return answer


def fill(bell) -> None:
    """From now on no state of a message can be written."""
    with bell.engine.begin() as conn:
        conn.exec_driver_sql(REFUSE)


def free(bell) -> None:
    """There is room again."""
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("DROP TRIGGER refuse")


@pytest.fixture
def bell(tmp_path):
    """An office with one officer on duty, another who follows, and a leader."""
    return staffed(tmp_path)


@pytest.fixture
def slack(bell, monkeypatch):
    """Its chat is a Slack on loopback, with the time of the messages."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack(clock=lambda: bell.now.timestamp()) as slack:
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url)
        bell.fakes["chat"] = SlackBot(spec, timeout=5)
        bell.restart()
        yield slack


@pytest.mark.parametrize("plan", ["", "busy"])
def test_what_came_of_a_message_is_written_once_the_disk_has_room(bell, plan):
    """The message went out (or was refused) and the store was full: the answer is kept, and written later by the same
    process; an arrived one is not sent again, a refused one is."""
    chat = bell.channel("chat", FillingChannel())
    chat.bell = bell
    chat.plan(plan)
    bell.alert("10:00")
    with pytest.raises(REFUSED):
        bell.sender.tick(bell.now)
    with pytest.raises(REFUSED):
        bell.sender.tick(bell.now + timedelta(seconds=2))
    free(bell)
    chat.bell = None
    chat.send = lambda delivery: FakeChannel.send(chat, delivery)
    bell.run("10:03")
    assert [row["state"] for row in bell.notices()] == ["sent"]
    assert len(chat.taken) == 1
    assert "可能重复" not in chat.texts[0]


def test_a_start_on_a_full_disk_still_finds_what_was_in_flight(bell):
    """The new process could not write when it took over: it tries again, and the message arrives."""
    bell.chat.plan("die before")
    bell.alert("10:00")
    with pytest.raises(Killed):
        bell.run("10:01")
    bell.restart()
    fill(bell)
    with pytest.raises(REFUSED):
        bell.sender.tick(bell.now)
    free(bell)
    bell.run("10:04")
    assert len(bell.chat.taken) == 1
    assert [row["state"] for row in bell.notices()] == ["sent"]


def test_a_message_in_flight_is_found_when_two_matters_became_one(bell, slack):
    """Its answer was lost, then its event was merged with one told meanwhile: it stands in the channel, not in the thread
    of the other's message, and is not posted again."""
    slack.swallow()
    bell.alert("10:00", event="e1")
    bell.sender.tick(bell.now)
    bell.alert("10:00", event="e2")
    bell.sender.tick(bell.now)
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alerts SET event = 'e1'")
    bell.run("10:02")
    assert len(slack.posts) == 2
    assert {row["state"] for row in bell.notices()} == {"sent"}


def test_a_message_in_flight_is_found_though_our_clock_is_a_day_ahead(bell, slack):
    """Slack's time is not ours: a message taken while our clock stood a day ahead is found."""
    slack.clock = lambda: bell.now.timestamp() - 86_400
    slack.swallow()
    bell.alert("10:00")
    bell.run("10:05")
    assert len(slack.posts) == 1
    assert bell.notices()[0]["state"] == "sent"


def test_the_look_into_slack_turns_pages_and_knows_threads(monkeypatch):
    """A message is found behind 450 others, and in a thread; a thread that is gone holds nothing; what is nowhere is
    missing."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack(clock=time.time) as slack:
        token = Secret(env="T_TOKEN")
        bot = SlackBot(ChannelSpec("chat", "slack", token=token, target=CHANNEL, base_url=slack.base_url))
        first = slack.accept(post("first"))["ts"]
        slack.accept({**post("line"), "thread_ts": first})
        for number in range(450):
            slack.accept(post(f"other {number}"))
        assert bot.look_up(asked("first")) == Sent(f"{CHANNEL}:{first}")
        assert bot.look_up(asked("line")) == Missing()
        assert isinstance(bot.look_up(asked("line", f"{CHANNEL}:{first}")), Sent)
        assert bot.look_up(asked("nowhere", f"{CHANNEL}:1.000001", f"{CHANNEL}:{first}")) == Missing()


def post(key):
    """A message as the bot writes it."""
    payload = {"event_type": "tocsin_alert", "event_payload": {"key": key}}
    return {"channel": CHANNEL, "text": key, "blocks": [], "metadata": payload}


def asked(key, *threads):
    """A question for a message sent a minute ago."""
    now = local("10:00").fromtimestamp(time.time(), local("10:00").tzinfo)
    return Delivery(key, Message("A-0001", "a1", "e1", "x", ()), "", now - timedelta(minutes=1), now, threads)


@pytest.mark.parametrize(("status", "unknown"), [(500, True), (502, True), (504, True), (503, False), (429, False)])
def test_an_error_behind_the_door_may_have_taken_the_message(monkeypatch, status, unknown):
    """A receiver that broke, or a gateway that lost its answer, may have acted: the next attempt says that it may be a
    repeat. One that is busy has taken nothing."""
    with FakeHook() as hook:
        monkeypatch.setenv("T_URL", hook.url)
        hook.answer(status)
        answer = Webhook(ChannelSpec("hook", "webhook", url=Secret(env="T_URL"))).send(asked("k"))
    assert isinstance(answer, Failed)
    assert (answer.unknown, answer.permanent) == (unknown, False)


def test_slack_says_itself_that_a_part_may_have_succeeded(bell, slack):
    """`fatal_error` is one of those: the channel is read before the message goes out again."""
    slack.refuse("fatal_error")
    bell.alert("10:00")
    bell.run("10:02")
    assert slack.calls == ["chat.postMessage", "conversations.history", "chat.postMessage"]
    assert len(slack.posts) == 1


def test_a_clock_that_jumps_a_day_ahead_tires_no_message(bell):
    """Refused once just after the clock went a day ahead: it is tried again and arrives."""
    bell.chat.down = True
    bell.alert("10:00")
    bell.sender.tick(bell.now)
    bell.run("+1 10:10", step=DAY)
    bell.chat.down = False
    bell.run("+1 10:40")
    assert [row["state"] for row in bell.notices() if row["step"] == 0] == ["sent"]


def test_what_was_sent_in_the_future_takes_no_share_of_today(bell):
    """A dozen messages went out while the clock stood a day ahead; set right, the channel is not full for a day."""
    for number in range(12):
        bell.alert("+1 10:00", event=f"e{number}", severity="critical")
    bell.run("+1 10:05")
    bell.now = local("10:00")
    bell.restart()
    before = len(bell.chat.taken)
    bell.alert("10:00", event="new")
    bell.run("10:02")
    assert len(bell.chat.taken) > before


def test_a_digest_that_may_be_a_repeat_says_so(tmp_path):
    """Ten matters of one minute go out as one digest; cut off at a channel that cannot be read, it comes again marked."""
    bell = Bell(tmp_path, {"chat": FakeChannel()})
    bell.chat.plan("die after")
    for number in range(10):
        bell.alert("10:00", event=f"e{number}")
    bell.die("10:01")
    bell.run("10:03")
    assert len(bell.chat.taken) == 2
    assert "可能重复" not in bell.chat.texts[0]
    assert "可能重复" in bell.chat.texts[1]


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(hours=2), DAY])
def test_a_start_while_the_clock_is_ahead_delays_no_message_in_flight(bell, ahead):
    """The process that found the message in flight had its clock ahead and died too: set right, it goes out at once."""
    bell.chat.plan("die before")
    bell.alert("10:00")
    with pytest.raises(Killed):
        bell.run("10:01")
    bell.restart()
    assert bell.sender.tick(bell.now + ahead) == 0
    bell.restart()
    bell.sender.tick(bell.now)
    bell.sender.tick(bell.now + timedelta(seconds=1))
    assert [row["state"] for row in bell.notices()] == ["sent"]


def test_a_lease_from_the_future_holds_nobody_up(bell):
    """A killed sender on another machine had its clock a day ahead: its lease does not silence the next for a day."""
    ttl = timedelta(seconds=30)
    assert Lease(bell.engine, "sender", "far:1").acquire(bell.now + DAY, ttl)
    bell.alert("10:00")
    bell.run("10:01")
    assert len(bell.chat.taken) == 1
