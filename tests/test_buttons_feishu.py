"""Feishu's buttons: cards by an app of the school's own, presses over the long connection, answers on it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bell import Bell, staffed
from buttons_kit import CANTEEN, desk_of, rows
from fake_feishu_app import APP, CHAT, SECRET, FakeFeishuApp, PbFrame
from hypothesis import given
from hypothesis import strategies as st
from service_kit import wait_for

from alerts.buttons.feishu import FeishuWire
from alerts.buttons.feishu_frames import FeishuFrame, read_frame, write_frame
from alerts.buttons.line import Line
from alerts.notify.base import Failed
from alerts.notify.feishu_app import FeishuApp
from alerts.settings import ChannelSpec, Secret
from pipeline.store.schema import acks


def spec_of(feishu: FakeFeishuApp) -> ChannelSpec:
    return ChannelSpec("chat", "feishu", app=APP, app_token=Secret(env="T_APP"), target=CHAT, base_url=feishu.base_url)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Bell, FakeFeishuApp]]:
    """A staffed office whose chat is Feishu; the alert of ten o'clock has arrived."""
    monkeypatch.setenv("T_APP", SECRET)
    with FakeFeishuApp() as feishu:
        bell = staffed(tmp_path)
        bell.policy = CANTEEN
        bell.specs["chat"], bell.fakes["chat"] = spec_of(feishu), FeishuApp(spec_of(feishu))  # type: ignore[assignment]
        bell.restart()
        bell.alert("10:00")
        bell.run("10:02")
        yield bell, feishu


@pytest.fixture
def joined(office: tuple[Bell, FakeFeishuApp]) -> Iterator[tuple[Bell, FakeFeishuApp]]:
    """The office with its connection."""
    bell, feishu = office
    stop, wire = threading.Event(), FeishuWire(spec_of(feishu), desk_of(bell), lambda: bell.now, bell.sender.composer)
    thread = threading.Thread(target=Line(wire, lambda _: None, 0.05).run, args=[stop], daemon=True)
    thread.start()
    feishu.socket.wait("the line stands", lambda: bool(feishu.socket.live))
    yield bell, feishu
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def names(card: dict[str, Any]) -> list[str]:
    return [one["text"]["content"] for part in card["elements"] for one in part.get("actions", [])]


def test_the_card_has_buttons_with_codes(office: tuple[Bell, FakeFeishuApp]) -> None:
    """Four that come back to us, one that opens the page; the officer on duty is addressed."""
    _, feishu = office
    (post,) = feishu.posts
    assert names(post["card"]) == ["接手", "误报", "静音 2 小时", "立案", "转交"]
    assert "<at id=U0LI></at>" in post["content"]
    buttons = post["card"]["elements"][-1]["actions"]
    assert buttons[0]["value"]["code"].startswith("A1-take-")
    assert "url" not in buttons[0]
    assert buttons[-1]["url"].startswith("https://tocsin.example/a/")


def test_a_press_is_answered_on_the_connection(joined: tuple[Bell, FakeFeishuApp]) -> None:
    """The toast says what it stops to the presser, the card shows everybody who has it, the line stands in the thread,
    nobody is rung; the undo button brings the others back."""
    bell, feishu = joined
    answer = feishu.tell(feishu.event("take", "U0LI"))
    assert answer["code"] == 200
    assert answer["data"]["toast"]["type"] == "success"
    assert "Stops reminders and calls" in answer["data"]["toast"]["content"]
    card = answer["data"]["card"]["data"]
    assert "Taken at 10:02 by the duty officer" in str(card)
    assert names(card) == ["Undo", "转交"]
    bell.run("11:30")
    assert [one["parent"] for one in feishu.posts] == ["", feishu.posts[0]["message_id"]]
    assert "已接手" in feishu.posts[1]["content"]
    bell.now = bell.now.replace(hour=10, minute=5)
    feishu.posts[0]["card"] = card
    answer = feishu.tell(feishu.event("undo", "U0LI"))
    assert names(answer["data"]["card"]["data"]) == ["Take it", "False alarm", "Silence 2 h", "Open a case", "转交"]
    assert [one["undone"] is None for one in rows(bell, acks)] == [False]


def test_the_roster_may_know_either_id(joined: tuple[Bell, FakeFeishuApp]) -> None:
    """By open id or by user id; somebody with neither is refused by a toast, and the card stays."""
    bell, feishu = joined
    refused = feishu.tell(feishu.event("take", "ou_nobody", "nobody"))
    assert refused["data"]["toast"]["type"] == "error"
    assert "card" not in refused["data"]
    assert not rows(bell, acks)
    assert feishu.tell(feishu.event("take", "ou_of_wang", "U0WANG"))["data"]["toast"]["type"] == "success"
    assert [one["who"] for one in rows(bell, acks)] == ["wang"]


def test_a_press_in_parts_and_a_press_again(joined: tuple[Bell, FakeFeishuApp]) -> None:
    """An event that comes in three frames is one press; the same event again is counted once."""
    bell, feishu = joined
    event = feishu.event("take", "U0LI")
    assert feishu.tell(event, parts=3)["data"]["toast"]["type"] == "success"
    assert feishu.tell(event)["data"]["toast"] == {"type": "info", "content": "This press has been counted already."}
    assert len(rows(bell, acks)) == 1


def test_what_is_no_press_is_acknowledged(joined: tuple[Bell, FakeFeishuApp]) -> None:
    """Other events, another app's, another group's, broken frames: no act, and the connection stands."""
    bell, feishu = joined
    good = feishu.event("take", "U0LI")
    others = [
        {"header": {"event_type": "im.message.receive_v1"}}, [], {**good, "event": {}},
        feishu.event("take", "U0LI", app_id="cli_other"),
        {**good, "event": {**good["event"], "context": {"open_chat_id": "oc_else", "open_message_id": "om_1"}}},
    ]  # fmt: skip
    for event in others:
        assert feishu.tell(event) == {"code": 200, "data": None}
    for junk in (
        b"",
        b"\xff" * 40,
        b"\x2a\xff\xff\xff\xff\x7f",
        "text",
        feishu.frame(b"x", 3, 2),
        feishu.frame(b"{", kind="card"),
    ):
        feishu.socket.say(junk)
    feishu.tell(good)
    wait_for("the good one acts", lambda: len(rows(bell, acks)) == 1)


def test_the_line_pings_and_comes_back(joined: tuple[Bell, FakeFeishuApp]) -> None:
    """It pings with the service's number as often as it was told, and after a cut asks for a new ticket."""
    _, feishu = joined
    feishu.socket.wait("two pings", lambda: feishu.pings() >= 2)
    feishu.socket.drop()
    feishu.socket.wait("a second connection", lambda: len(feishu.socket.paths) == 2)
    assert feishu.tell(feishu.event("take", "U0LI"))["code"] == 200


def test_a_wrong_secret_is_a_sentence(office: tuple[Bell, FakeFeishuApp], monkeypatch: pytest.MonkeyPatch) -> None:
    """For the connection, for sending and for the check: permanent, and without the secret."""
    bell, feishu = office
    monkeypatch.setenv("T_APP", "CANARY-wrong")
    opened = FeishuWire(spec_of(feishu), desk_of(bell), lambda: bell.now).open()
    probed = FeishuApp(spec_of(feishu)).probe()
    assert isinstance(opened, Failed)
    assert probed is not None
    assert opened.permanent
    assert probed.permanent
    assert "the app's id or secret is wrong" in opened.said
    assert "CANARY" not in opened.said + probed.said
    monkeypatch.delenv("T_APP")
    assert isinstance(FeishuWire(spec_of(feishu), desk_of(bell), lambda: bell.now).open(), Failed)


def test_a_lost_answer_is_not_a_repeat(office: tuple[Bell, FakeFeishuApp]) -> None:
    """The same message is sent again after a kill: Feishu knows its uuid, and one stands in the group."""
    bell, feishu = office
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE notifications SET state = 'sending', sent = NULL, receipt = NULL")
    bell.restart()
    bell.run("10:03")
    assert len(feishu.posts) == 1
    assert bell.notices()[0]["receipt"] == feishu.posts[0]["message_id"]


def test_a_stale_token_is_renewed_and_a_limit_waits(office: tuple[Bell, FakeFeishuApp]) -> None:
    """Two tokens, one message; too fast waits a minute; out of the group is for good."""
    bell, feishu = office
    app = bell.fakes["chat"]
    feishu.tokens += 1  # what we hold is stale now
    bell.alert("10:03", event="e2")
    bell.run("10:04")
    assert len(feishu.posts) == 2
    feishu.tricks.append(99991400)
    answer = app.call("/open-apis/im/v1/messages?receive_id_type=chat_id", {})  # type: ignore[attr-defined]
    assert (answer.permanent, answer.after.total_seconds()) == (False, 60)
    feishu.tricks.append(230002)
    answer = app.call("/open-apis/im/v1/messages?receive_id_type=chat_id", {})  # type: ignore[attr-defined]
    assert answer.permanent
    assert answer.said == "refused with code 230002: the app's robot is not in this group"


@given(
    st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**64 - 1), st.dictionaries(st.text(), st.text(), max_size=5),
    st.binary(max_size=300),
)  # fmt: skip
def test_our_frames_are_those_of_the_schema(number: int, big: int, heads: dict[str, str], payload: bytes) -> None:
    """What we write Google's protobuf reads, and the other way round."""
    raw = write_frame(FeishuFrame(number & 0x7FFFFFFF, 1, heads, payload, big, big))
    read = PbFrame.FromString(raw)
    assert (read.service, read.SeqID, read.payload) == (number & 0x7FFFFFFF, big, payload)
    assert {one.key: one.value for one in read.headers} == heads
    assert read_frame(read.SerializeToString()) == read_frame(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_none(raw: bytes) -> None:
    """Nothing but ValueError comes out of the reader."""
    try:
        read_frame(raw)
    except ValueError:
        return


def test_the_line_is_told_of_a_wrong_address() -> None:
    """A service that is not there is a sentence, and no state is lost."""
    spec = ChannelSpec(
        "chat", "feishu", app=APP, app_token=Secret(env="PATH"), target=CHAT, base_url="http://127.0.0.1:9"
    )
    states, stop = list[str](), threading.Event()
    line = Line(FeishuWire(spec, None, lambda: None), states.append, 0.01)  # type: ignore[arg-type,return-value]
    thread = threading.Thread(target=line.run, args=[stop], daemon=True)
    thread.start()
    wait_for("it says so", lambda: states)
    stop.set()
    thread.join(20)
    assert "could not be reached" in states[0]
