"""A press ends in the ledger as a tap on the phone does: once, by somebody on the roster, and it can be undone."""

from datetime import timedelta
from pathlib import Path

import pytest
from bell import Bell, FakeChannel, local, staffed
from buttons_kit import CANTEEN, code, press, rows
from hypothesis import given
from hypothesis import strategies as st

from alerts.buttons.codes import CODE, Codes, find_codes
from alerts.settings import ChannelSpec, Secret, WakeStep
from alerts.words import load_catalogue
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.merging import merge_events
from pipeline.store.schema import acks, audit, cases, silences
from pipeline.store.schema_telling import presses, taps


@pytest.fixture
def bell(tmp_path: Path) -> Bell:
    """A staffed office whose chat answers by itself; one alert was sent at ten."""
    made = staffed(tmp_path)
    made.policy = CANTEEN
    made.specs["chat"] = ChannelSpec(
        "chat", "slack", target="C1", token=Secret(env="T_TOKEN"), app_token=Secret(env="T_APP")
    )
    made.restart()
    made.alert("10:00")
    made.run("10:04")
    return made


def test_take_is_the_same_row_as_by_the_phone(bell: Bell) -> None:
    """The act, its tap and its audit line are those of the phone link; only the way is another."""
    answer = press(bell, "taken")
    (act,), (tap,) = rows(bell, acks), rows(bell, taps)
    assert (act["what"], act["who"], act["event"], tap["act"]) == ("taken", "li", "e1", act["n"])
    assert [(one["who"], one["what"], one["detail"]) for one in rows(bell, audit)] == [("li", "taken", "by chat")]
    assert answer.outcome == "done"
    assert answer.line == "Taken at 10:04 by the duty officer"
    assert "Stops reminders and calls for everybody on duty until 14:04" in answer.said
    assert "undone until 10:14" in answer.said


def test_each_button_does_what_it_says(bell: Bell) -> None:
    """False alarm, two hours of silence and a case for the department of the topic."""
    for act, word in (("silence", "Silenced"), ("case", "Case opened"), ("false_alarm", "Called a false alarm")):
        answer = press(bell, act)
        assert answer.line == f"{word} at 10:04 by the duty officer"
    (silence,), (case,) = rows(bell, silences), rows(bell, cases)
    assert silence["ends"] - silence["begins"] == timedelta(hours=2)
    assert (case["department"], case["event"], case["status"]) == ("后勤处", "e1", "open")
    assert [one["what"] for one in rows(bell, acks)] == ["false_alarm"]
    assert "already" in press(bell, "case", user="U0WANG").said


def test_the_second_press_changes_nothing(bell: Bell) -> None:
    """The same officer presses again: one act, and the time of the first is said."""
    press(bell, "taken", key="one")
    bell.now += timedelta(minutes=2)
    answer = press(bell, "taken", key="two")
    assert (answer.outcome, answer.said, len(rows(bell, acks))) == (
        "known", "You did that already at 10:04; nothing changed.", 1,
    )  # fmt: skip
    assert press(bell, "false_alarm", key="three").outcome == "done"
    assert press(bell, "false_alarm", key="four").outcome == "known"


def test_a_press_that_is_told_twice_counts_once(bell: Bell) -> None:
    """After an undo the same press comes again (the vendor repeats, somebody replays): it does not act."""
    undo = press(bell, "taken", key="one").actions
    assert undo
    assert press(bell, "", code=undo[0].code, key="undo").outcome == "done"
    answer = press(bell, "taken", key="one")
    assert (answer.outcome, answer.line, answer.actions) == ("repeat", "", None)
    assert [one["undone"] is None for one in rows(bell, acks)] == [False]


def test_undo_brings_the_buttons_back(bell: Bell) -> None:
    """The undo button of an answer takes exactly that tap back, and the four buttons stand again."""
    undo = press(bell, "taken").actions
    assert undo
    answer = press(bell, "", user="U0WANG", code=undo[0].code)
    assert answer.line.startswith("Undone at 10:04")
    assert [one.name for one in answer.actions or ()] == ["take", "false_alarm", "silence", "case"]
    assert press(bell, "", code=undo[0].code, key="again").said.startswith("Nothing was done")


def test_after_ten_minutes_there_is_nothing_to_undo(bell: Bell) -> None:
    """The undo button says that its time is over."""
    undo = press(bell, "taken").actions
    assert undo
    bell.now += timedelta(minutes=10)
    assert (
        press(bell, "", code=undo[0].code).said
        == "Ten minutes have passed: it can be changed on the event's page, not undone."
    )


def test_a_stranger_is_refused_with_a_sentence(bell: Bell) -> None:
    """Who is not on the roster does nothing, learns what is missing, and is written down nowhere."""
    answer = press(bell, "taken", user="U0STRANGER")
    assert answer.outcome == "refused"
    assert "not on the roster" in answer.said
    assert "U0STRANGER" in answer.said
    bell.engine.dispose()
    stored = b"".join(path.read_bytes() for path in Path(bell.url.removeprefix("sqlite:///")).parent.iterdir())
    assert b"U0STRANGER" not in stored
    assert not rows(bell, acks) + rows(bell, presses) + rows(bell, audit)


def test_the_operator_takes_nothing(bell: Bell) -> None:
    """Who looks after the machine is no duty officer; an address that two share is nobody's."""
    bell.officer("zhou", "operator", chat="U0ZHOU")
    bell.officer("li2", "officer", chat="U0LI")
    assert press(bell, "taken", user="U0ZHOU").outcome == "refused"
    assert "More than one" in press(bell, "taken", user="U0LI").said
    assert not rows(bell, acks)


@pytest.mark.parametrize("bad", [
    "", "A1-take-AAAAAAAAAAAAAAAA", "take", code("taken", 2), code("taken", 1, "other"), code("taken").replace("take", "mute"),
    "A999999999999-take-AAAAAAAAAAAAAAAA", "'; drop table acks; --",
])  # fmt: skip
def test_a_code_of_another_button_opens_nothing(bell: Bell, bad: str) -> None:
    """Made up, of another alert, another channel, another act: refused, nothing written."""
    answer = press(bell, "", code=bad or " ")
    assert answer.outcome == "refused"
    assert not rows(bell, acks) + rows(bell, presses)


def test_a_button_lives_three_days(bell: Bell) -> None:
    """Afterwards it says so and does nothing."""
    bell.now = local("10:00") + timedelta(hours=71, minutes=59)
    assert press(bell, "silence").outcome == "done"
    bell.now += timedelta(minutes=1)
    assert "expired" in press(bell, "taken").said


def test_a_press_follows_a_merger(bell: Bell) -> None:
    """The event of the message has become part of another: that one is taken."""
    bell.alert("10:03", event="e2")
    with writing(bell.engine) as conn:
        merge_events(conn, "e2", ["e1"])
    press(bell, "taken")
    assert [one["event"] for one in rows(bell, acks)] == ["e2"]


def test_taking_stops_the_calls_and_tells_the_group(bell: Bell) -> None:
    """Nobody else is asked; the line stands under the message; after an undo the asking goes on."""
    undo = press(bell, "taken").actions
    bell.run("11:30")
    assert [one.message.kind for one in bell.chat.taken] == ["first", "update"]
    assert "li 10:04 已接手，A-0001" in bell.chat.texts[1]
    with writing(bell.engine) as conn:
        conn.execute(taps.update().values(ends=bell.now + timedelta(minutes=5)))
    assert undo
    assert press(bell, "", code=undo[0].code).outcome == "done"
    bell.run("12:30")
    assert len(bell.chat.taken) > 3  # that it was undone, and reminders


@pytest.mark.parametrize("pressed", [True, False])
def test_a_press_in_time_rings_no_phone(tmp_path: Path, pressed: bool) -> None:
    """Taken in the chat at 10:04, the text message of 10:05 and the call of 10:10 do not leave; without it they do."""
    made = Bell(tmp_path, wake=[WakeStep("5m", "same", ["chat", "sms"]), WakeStep("10m", "same", ["voice"])])
    made.officer("li", "officer", chat="U0LI", sms="13800138000", call="13800138000")
    made.shift("li", "00:00", "+2 08:00")
    made.specs["chat"] = ChannelSpec(
        "chat", "slack", target="C1", token=Secret(env="T_TOKEN"), app_token=Secret(env="T_APP")
    )
    sms = made.channel("sms", FakeChannel(), kind="aliyun", template="T1")
    call = made.channel("call", FakeChannel(), kind="aliyun", template="T1", voice=True)
    made.alert("10:00")
    made.run("10:04")
    if pressed:
        assert press(made, "taken").outcome == "done"
    made.run("11:00")
    assert (len(sms.taken), len(call.taken)) == ((0, 0) if pressed else (1, 1))


def test_the_trail_of_presses_is_whole(bell: Bell) -> None:
    """Every press that did something is in the chain."""
    for act in ("taken", "silence", "case", "false_alarm"):
        press(bell, act)
    with reading(bell.engine) as conn:
        assert verify_audit(conn) is None
    assert [one["what"] for one in rows(bell, audit)] == ["taken", "silence", "open_case", "false_alarm"]


def test_presses_are_forgotten_when_their_codes_are_dead(bell: Bell) -> None:
    """What is remembered of a press is a digest, for four days."""
    press(bell, "taken", key="CANARY-trigger")
    (row,) = rows(bell, presses)
    assert "CANARY" not in row["key"]
    assert len(row["key"]) == 32
    bell.now += timedelta(days=5)
    bell.alert("+5 10:00", event="e9")
    press(bell, "taken", number=2, key="later")
    assert len(rows(bell, presses)) == 1


@given(
    st.integers(1, 999_999_999),
    st.sampled_from(["taken", "false_alarm", "silence", "case", "undo"]),
    st.text(max_size=30),
)
def test_a_code_reads_as_it_was_made(number: int, act: str, scope: str) -> None:
    """For its own scope, in any case of letters, and inside any sentence; for no other scope."""
    tap = "0123456789abcdef" if act == "undo" else ""
    made = Codes(b"k" * 32).make(number, act, scope, tap)
    read = Codes(b"k" * 32).read(made.lower(), scope)
    assert read is not None
    assert (read.number, read.act, read.tap) == (number, act, tap)
    assert find_codes(f"好的 {made}。\n{made}") == [made]
    assert Codes(b"k" * 32).read(made, scope + "x") is None
    assert Codes(b"l" * 32).read(made, scope) is None
    assert CODE.fullmatch(made)


def test_both_languages_have_the_words() -> None:
    """Every sentence of the buttons is there in Chinese and English."""
    assert load_catalogue("zh")["button"].keys() == load_catalogue("en")["button"].keys()
