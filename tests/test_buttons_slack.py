"""Slack's buttons: pressed over the connection that we keep, or told by a signed request; and what stands there after."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from bell import Bell
from buttons_kit import desk_of, rows, slack_office, slack_spec
from fake_slack import FakeSlack, find_button
from service_kit import wait_for

from alerts.buttons.line import Line
from alerts.buttons.slack import SlackRequests, SlackWire, is_signed
from alerts.buttons.slack_press import read_press
from alerts.settings import Secret
from pipeline.store.schema import acks, notifications

Office = tuple[Bell, FakeSlack]
KEY = "CANARY123-signing"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with slack_office(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def joined(office: Office) -> Iterator[tuple[Bell, FakeSlack, list[str]]]:
    """The office with its connection; the list are the states that were noted."""
    bell, slack = office
    socket, states, stop = slack.connect(), list[str](), threading.Event()
    line = Line(SlackWire(slack_spec(slack), desk_of(bell), lambda: bell.now), states.append, 0.05)
    thread = threading.Thread(target=line.run, args=[stop], daemon=True)
    thread.start()
    socket.wait("the line stands", lambda: bool(socket.live))
    yield bell, slack, states
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def press(slack: FakeSlack, act: str, user: str = "U0LI", **more: Any) -> None:
    """Press and wait until Slack has its acknowledgement and the presser an answer."""
    assert slack.socket
    before, told = len(slack.socket.heard), len(slack.asides)
    slack.press(act, user, **more)
    slack.socket.wait_heard(before + 1)
    wait_for("the presser is answered", lambda: len(slack.asides) > told)


def buttons(post: dict[str, Any]) -> list[str]:
    return [one["action_id"] for block in post["blocks"] for one in block.get("elements", [])]


# ------------------------------------------------------------------ the message


def test_the_message_has_buttons_that_slack_answers(office: Office) -> None:
    """Take, false alarm, silence and case carry a code instead of a link; handing over stays on the page."""
    _, slack = office
    (post,) = slack.posts
    assert buttons(post) == ["tocsin_take", "tocsin_false_alarm", "tocsin_silence", "tocsin_case", "tocsin_hand_over"]
    assert find_button(post, "take")["value"].startswith("A1-take-")
    assert "url" not in find_button(post, "take")
    assert find_button(post, "hand_over")["url"].startswith("https://tocsin.example/a/")


# ------------------------------------------------------------------ over the connection


def test_a_press_stops_the_calls_and_everybody_sees_it(joined: Any) -> None:
    """Pressed in Slack at 10:02: acknowledged, in the ledger, shown in the message, told in the thread, nobody rung."""
    bell, slack, states = joined
    press(slack, "take")
    first = slack.posts[0]
    wait_for("the message is changed", lambda: "tocsin_undo" in buttons(first))
    assert json.loads(slack.socket.heard[0]) == {"envelope_id": "e1"}
    assert "Taken at 10:02 by the duty officer" in str(first["blocks"])
    assert buttons(first) == ["tocsin_undo", "tocsin_hand_over"]
    assert first["metadata"]["event_payload"]["key"] == bell.notices()[0]["id"]
    (aside,) = slack.asides
    assert aside["user"] == "U0LI"
    assert "Stops reminders and calls for everybody on duty until 14:02" in aside["text"]
    bell.run("11:30")
    assert [one.get("thread_ts") for one in slack.posts] == [None, first["ts"]]
    assert "li 10:02 已接手" in slack.posts[1]["text"]
    assert states[0] == ""


def test_undo_by_a_button(joined: Any) -> None:
    """The undo button takes it back; the message says so and has its buttons again; the thread is told."""
    bell, slack, _ = joined
    press(slack, "take")
    wait_for("the undo button", lambda: find_button(slack.posts[0], "undo"))
    bell.run("10:04")
    press(slack, "undo", ts=slack.posts[0]["ts"])
    wait_for("the buttons are back", lambda: find_button(slack.posts[0], "take"))
    assert "Undone at 10:04" in str(slack.posts[0]["blocks"])
    assert buttons(slack.posts[0])[-1] == "tocsin_hand_over"
    assert str(slack.posts[0]["blocks"]).count("tocsin_standing") == 1
    bell.run("10:06")
    assert any("已撤销" in one["text"] for one in slack.posts[1:])
    assert [one["undone"] is None for one in rows(bell, acks)] == [False]


def test_a_stranger_hears_why_and_the_message_stays(joined: Any) -> None:
    """Somebody of the channel who is not on the roster presses: one sentence to them alone, nothing else."""
    bell, slack, _ = joined
    before = json.dumps(slack.posts)
    press(slack, "take", "U0NOBODY")
    assert "not on the roster" in slack.asides[0]["text"]
    assert json.dumps(slack.posts) == before
    assert not rows(bell, acks)


def test_the_same_envelope_again_is_acknowledged_and_changes_nothing(joined: Any) -> None:
    """Slack tells a press twice when it did not see the acknowledgement."""
    bell, slack, _ = joined
    envelope = slack.press("take", "U0LI")
    wait_for("the first", lambda: len(slack.asides) == 1)
    slack.socket.say(json.dumps(envelope))
    wait_for("the second", lambda: len(slack.asides) == 2)
    assert slack.socket.wait_heard(2)[1] == slack.socket.heard[0]
    assert slack.asides[1]["text"] == "This press has been counted already."
    assert len(rows(bell, acks)) == 1


def test_the_line_comes_back(joined: Any) -> None:
    """Cut off, sent away, refused for a while: it opens a new connection with a new ticket, and presses work."""
    bell, slack, states = joined
    socket = slack.socket
    slack.socket.say(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
    socket.wait("a second connection", lambda: len(socket.paths) == 2 and len(socket.live) == 1)
    socket.close_door()
    socket.drop()
    wait_for("it says that it is refused", lambda: any("refused" in one for one in states))
    socket.open_door()
    socket.wait("a third connection", lambda: len(socket.paths) == 3)
    press(slack, "take")
    assert len(rows(bell, acks)) == 1
    assert len(set(socket.paths)) == 3
    assert not any("CANARY" in one for one in states)


def test_what_is_no_press_is_acknowledged_and_ignored(joined: Any) -> None:
    """Hello, broken frames, presses of links, of other apps' buttons and other conversations."""
    bell, slack, _ = joined
    frames: list[Any] = [
        {"type": "hello"}, [], {"type": "events_api", "envelope_id": "x1", "payload": {}},
        {"type": "interactive", "envelope_id": "x2", "payload": None},
        {"type": "interactive", "envelope_id": "x3", "payload": {"type": "block_actions", "actions": [3]}},
    ]  # fmt: skip
    for frame in frames:
        slack.socket.say(json.dumps(frame))
    slack.socket.say("{")
    slack.socket.say(b"\xff")
    slack.press("hand_over", "U0LI")
    slack.press("take", "U0LI", channel={"id": "C0ELSE"})
    heard = [json.loads(one)["envelope_id"] for one in slack.socket.wait_heard(5)]
    assert heard == ["x1", "x2", "x3", "e1", "e2"]
    assert not slack.asides
    assert not rows(bell, acks)


def test_slack_being_slow_to_show_it_loses_no_press(joined: Any) -> None:
    """The message cannot be changed (Slack refuses): the press holds, and the thread says so."""
    bell, slack, _ = joined
    slack.refuse("cant_update_message")
    slack.refuse("user_not_in_channel")
    slack.press("take", "U0LI")
    slack.socket.wait_heard(1)
    wait_for("both were tried", lambda: not slack.tricks)
    assert [one["what"] for one in rows(bell, acks)] == ["taken"]
    bell.run("10:04")
    assert "已接手" in slack.posts[-1]["text"]


def test_a_wrong_app_token_is_said_and_not_hammered(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack does not know the token: one sentence without it, one call, then a long pause."""
    bell, slack = office
    monkeypatch.setenv("T_APP", "xapp-WRONG-CANARY")
    states, stop = list[str](), threading.Event()
    line = Line(SlackWire(slack_spec(slack), desk_of(bell), lambda: bell.now), states.append, 0.01)
    thread = threading.Thread(target=line.run, args=[stop], daemon=True)
    thread.start()
    wait_for("it says so", lambda: states)
    stop.set()
    thread.join(20)
    assert states == ["Slack answered invalid_auth"]
    assert slack.calls.count("apps.connections.open") == 1


def test_no_name_of_anybody_is_kept(joined: Any, tmp_path: Path) -> None:
    """Slack tells user name and handle with each press: neither is in any file."""
    bell, slack, _ = joined
    press(slack, "take")
    bell.run("10:04")
    bell.engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in (b"CANARY-handle", b"CANARY-name", b"CANARY123", b"1.2.CANARY"):
        assert word not in stored


# ------------------------------------------------------------------ by a signed request


def signed(body: bytes, at: datetime, key: str = KEY) -> dict[str, str]:
    """Headers as Slack sends them."""
    stamp = str(int(at.timestamp()))
    made = hmac.new(key.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={made}"}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Bell, FakeSlack, SlackRequests]]:
    """An office with a public address and a signing key instead of a connection."""
    with slack_office(tmp_path, monkeypatch, "https://tocsin.example", signing_key=Secret(env="T_KEY")) as (
        bell,
        slack,
    ):
        yield bell, slack, SlackRequests([bell.specs["chat"]], desk_of(bell))


def body_of(slack: FakeSlack, act: str, user: str = "U0LI") -> bytes:
    return f"payload={quote_plus(json.dumps(slack.press(act, user)['payload']))}".encode()


def test_a_signed_request_acts_once(asked: Any) -> None:
    """The first is done and shown; the same bytes again within the window are known and change nothing."""
    bell, slack, requests = asked
    body = body_of(slack, "take")
    headers = signed(body, bell.now)
    for _ in range(2):
        work = requests.take(headers, body, bell.now)
        assert work
        work()
    assert len(rows(bell, acks)) == 1
    assert "Taken at 10:02" in str(slack.posts[0]["blocks"])
    assert [one["text"][:12] for one in slack.asides][1] == "This press h"


def test_requests_are_shown_in_the_order_of_the_ledger(asked: Any) -> None:
    """Two requests at once, and the later one's thread is first to show: the words still come in order."""
    bell, slack, requests = asked
    body = body_of(slack, "take")
    headers = signed(body, bell.now)
    first, second = (requests.take(headers, body, bell.now) for _ in range(2))
    second()
    first()
    assert ["Stops reminders" in one["text"] for one in slack.asides] == [True, False]
    assert "counted already" in slack.asides[1]["text"]


@pytest.mark.parametrize(
    ("skew", "good"), [(0, True), (299, True), (-299, True), (301, False), (-301, False), (86400, False)]
)
def test_a_request_is_good_for_five_minutes(asked: Any, skew: int, good: bool) -> None:
    """Older, or from a clock that is ahead by more: not Slack's."""
    bell, slack, requests = asked
    body = body_of(slack, "take")
    work = requests.take(signed(body, bell.now - timedelta(seconds=skew)), body, bell.now)
    assert (work is not None) is good
    assert len(rows(bell, acks)) == int(good)


def test_a_request_that_is_not_slacks_does_nothing(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another key, another body, no headers, broken headers, a missing secret."""
    bell, slack, requests = asked
    body = body_of(slack, "take")
    good = signed(body, bell.now)
    wrong: list[tuple[dict[str, str], bytes]] = [
        (signed(body, bell.now, "other"), body), (good, body + b"&x=1"), ({}, body),
        ({**good, "x-slack-request-timestamp": "１２３"}, body), ({**good, "x-slack-signature": "v0=é"}, body),
        ({**good, "x-slack-request-timestamp": "9" * 40}, body),
    ]  # fmt: skip
    for headers, given in wrong:
        assert requests.take(headers, given, bell.now) is None
    monkeypatch.delenv("T_KEY")
    assert not is_signed(bell.specs["chat"], good, body, bell.now)
    assert not rows(bell, acks)


@pytest.mark.parametrize(
    "body", [b"", b"payload=", b"payload=%7B", b"\xff\xfe", b"payload=[]", b"a=" * 30, b"ssl_check=1"]
)
def test_a_signed_request_of_another_kind_is_answered(asked: Any, body: bytes) -> None:
    """Signed, and no press: nothing is done, nothing breaks."""
    bell, _, requests = asked
    work = requests.take(signed(body, bell.now), body, bell.now)
    assert work
    work()
    assert not rows(bell, acks)


def test_only_our_buttons_are_read(office: Office) -> None:
    """A payload of another shape is no press, whatever is in it."""
    _, slack = office
    good = slack.press("take", "U0LI")["payload"]
    assert read_press(good, "chat", "C0DUTY")
    for bad in ({"actions": []}, {"user": {}}, {"message": "x"}, {"type": "view_submission"}, {"channel": None}):
        assert read_press({**good, **bad}, "chat", "C0DUTY") is None
    assert read_press(None, "chat", "C0DUTY") is None


def test_without_a_way_to_answer_buttons_are_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signing key without a public address, and a bot without either: the message has links as before."""
    with slack_office(tmp_path, monkeypatch, signing_key=Secret(env="T_KEY")) as (bell, slack):
        assert all("url" in one for block in slack.posts[0]["blocks"] for one in block.get("elements", []))
        assert [row["state"] for row in rows(bell, notifications)] == ["sent"]
