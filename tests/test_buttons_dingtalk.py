"""DingTalk's buttons: links that say a code to the school's own robot, heard over the Stream."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bell import Bell, staffed
from buttons_kit import CANTEEN, desk_of, rows
from fake_dingtalk_app import APP, GROUP, SECRET, FakeDingTalkApp
from service_kit import wait_for

from alerts.buttons.dingtalk import DingTalkWire, read_saying
from alerts.buttons.line import Line
from alerts.notify.base import Failed
from alerts.notify.dingtalk_app import DingTalkApp
from alerts.settings import ChannelSpec, Secret
from pipeline.store.schema import acks, notifications

Office = tuple[Bell, FakeDingTalkApp]


def spec_of(ding: FakeDingTalkApp) -> ChannelSpec:
    return ChannelSpec("chat", "dingtalk", app=APP, app_token=Secret(env="T_APP"), target=GROUP, base_url=ding.base_url)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A staffed office whose chat is DingTalk; the alert of ten o'clock has arrived."""
    monkeypatch.setenv("T_APP", SECRET)
    with FakeDingTalkApp() as ding:
        bell = staffed(tmp_path)
        bell.policy = CANTEEN
        bell.specs["chat"], bell.fakes["chat"] = spec_of(ding), DingTalkApp(spec_of(ding))  # type: ignore[assignment]
        bell.restart()
        bell.alert("10:00")
        bell.run("10:02")
        yield bell, ding


@pytest.fixture
def joined(office: Office) -> Iterator[Office]:
    """The office with its Stream."""
    bell, ding = office
    stop, wire = threading.Event(), DingTalkWire(spec_of(ding), desk_of(bell), lambda: bell.now)
    thread = threading.Thread(target=Line(wire, lambda _: None, 0.05).run, args=[stop], daemon=True)
    thread.start()
    ding.socket.wait("the line stands", lambda: bool(ding.socket.live))
    yield bell, ding
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def answered(ding: FakeDingTalkApp, count: int) -> str:
    """The text of the newest answer to one person, once there are so many."""
    wait_for("the presser is answered", lambda: len(ding.whispers) >= count)
    return str(ding.whispers[-1][1]["text"])


def test_the_message_has_links_that_say_a_code(office: Office) -> None:
    """In the group, and in a chat of two with the officer on duty, who is rung by it."""
    _, ding = office
    (post,) = ding.posts
    assert post["text"].count("dtmd://dingtalkclient/sendMessage?content=A1-") == 4
    assert "[接手](dtmd://dingtalkclient/sendMessage?content=A1-take-" in post["text"]
    assert "[转交](https://tocsin.example/a/" in post["text"]
    assert [who for who, _ in ding.whispers] == ["U0LI"]


def test_a_press_in_the_group_takes_it(joined: Office) -> None:
    """Acknowledged, in the ledger, answered to the presser alone with the undo; the group is told, nobody is rung."""
    bell, ding = joined
    ding.press("take", "U0LI")
    said = answered(ding, 2)
    assert ding.acks()[0]["code"] == 200
    assert "Taken at 10:02 by the duty officer" in said
    assert "Stops reminders and calls" in said
    bell.run("11:30")
    assert len(ding.posts) == 2
    assert "已接手" in ding.posts[1]["text"]
    assert len(ding.whispers) == 2
    bell.now = bell.now.replace(hour=10, minute=5)
    ding.press("undo", "U0LI", conversationType="1", conversationId="cid-of-two")
    assert "Undone at 10:05" in answered(ding, 3)
    assert [one["undone"] is None for one in rows(bell, acks)] == [False]


def test_who_is_not_on_the_roster_is_refused(joined: Office) -> None:
    """A member of the group presses: one sentence in a chat of two, nothing in the group."""
    bell, ding = joined
    ding.press("take", "U0NOBODY")
    assert "not on the roster" in answered(ding, 2)
    assert len(ding.posts) == 1
    assert not rows(bell, acks)


def test_the_same_message_again_is_counted_once(joined: Office) -> None:
    """DingTalk tells again what it saw no acknowledgement of."""
    bell, ding = joined
    number = ding.press("take", "U0LI")
    ding.press("take", "U0LI", number=number)
    assert "counted already" in answered(ding, 3)
    assert len(rows(bell, acks)) == 1


def test_answers_come_in_the_order_of_the_presses(joined: Office) -> None:
    """The answer to the first press takes long: the second waits for it, so that the newest words are the newest state."""
    _, ding = joined
    ding.slow_s = 0.5
    number = ding.press("take", "U0LI")
    ding.press("take", "U0LI", number=number)
    assert "counted already" in answered(ding, 3)
    assert "Taken at 10:02" in ding.whispers[-2][1]["text"]


def test_talk_is_acknowledged_and_ignored(joined: Office) -> None:
    """Small talk, two codes, another group, somebody from outside, broken frames: no act, no answer."""
    bell, ding = joined
    code = ding.posts[0]["text"].split("content=")[1].split(")")[0]
    ding.say("在吗", "U0LI")
    ding.say(f"{code} {code.replace('take', 'mute')}", "U0LI")
    ding.say(code, "U0LI", conversationId="cidELSE==")
    ding.say(code, "")
    ding.say(code, "U0LI", senderStaffId=None)
    for junk in ("{", "[]", '{"type":"CALLBACK"}', '{"headers":3,"type":"x"}'):
        ding.socket.say(junk)
    ding.frame("EVENT", "*", "{}")
    ding.socket.wait("the last is acknowledged", lambda: len(ding.acks()) == 6)
    assert not rows(bell, acks)
    assert len(ding.whispers) == 1


def test_the_stream_answers_pings_and_comes_back(joined: Office) -> None:
    """A ping is answered with its own data; after `disconnect` and after a cut there is a new ticket."""
    _, ding = joined
    ding.frame("SYSTEM", "ping", '{"opaque":"0-1-2"}')
    ding.socket.wait("the pong", lambda: bool(ding.acks()))
    assert ding.acks()[0]["data"] == '{"opaque":"0-1-2"}'
    assert ding.opened[0]["subscriptions"] == [{"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"}]
    ding.frame("SYSTEM", "disconnect", '{"reason":"persistent connection is timeout"}')
    ding.socket.wait("a second connection", lambda: len(ding.opened) == 2 and len(ding.socket.live) == 1)
    ding.socket.drop()
    ding.socket.wait("a third connection", lambda: len(ding.opened) == 3 and len(ding.socket.live) == 1)
    ding.press("take", "U0LI")
    answered(ding, 2)


def test_refusals_are_sentences(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stale token is renewed once; too fast waits; a wrong secret is for good and is not in the sentence."""
    bell, ding = office
    app = DingTalkApp(spec_of(ding))
    assert app.probe() is None
    ding.tokens += 1  # the service has given another token since: ours is stale
    body = {
        "robotCode": APP,
        "openConversationId": GROUP,
        "msgKey": "sampleMarkdown",
        "msgParam": '{"title":"a","text":"b"}',
    }
    assert not isinstance(app.call("/v1.0/robot/groupMessages/send", body), Failed)
    ding.tricks.append((403, "Forbidden.AccessDenied.QpsLimitForApi"))
    slow = app.call("/v1.0/robot/groupMessages/send", body)
    assert isinstance(slow, Failed)
    assert (slow.permanent, slow.after is not None) == (False, True)
    gone = app.call("/v1.0/robot/groupMessages/send", {**body, "openConversationId": "x"})
    assert isinstance(gone, Failed)
    assert gone.permanent
    monkeypatch.setenv("T_APP", "CANARY-wrong")
    probed, opened = (
        DingTalkApp(spec_of(ding)).probe(),
        DingTalkWire(spec_of(ding), desk_of(bell), lambda: bell.now).open(),
    )
    assert probed is not None
    assert isinstance(opened, Failed)
    assert opened.permanent
    assert "CANARY" not in opened.said + probed.said


def test_a_ring_that_failed_is_said(office: Office) -> None:
    """The user id in the roster is wrong: the message stands in the group, and its row says that nobody was rung."""
    bell, ding = office
    ding.staff.discard("U0LI")
    bell.alert("10:03", event="e2")
    bell.run("10:04")
    assert len(ding.posts) == 2
    assert [one["said"] for one in rows(bell, notifications) if "e2" in one["alert"]] == [
        "nobody was rung: it does not know this user id, or asks to wait"
    ]


def test_no_nick_name_is_kept(joined: Office, tmp_path: Path) -> None:
    """The frame has nick name, group title and a session address: none is in any file."""
    bell, ding = joined
    ding.press("take", "U0LI")
    answered(ding, 2)
    bell.engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"CANARY" not in stored
    assert read_saying("null", spec_of(ding)) is None
