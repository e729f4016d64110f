"""The message: ten seconds at night, on a lock screen, in two languages."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.asides import Held, write_digest, write_notice, write_update
from alerts.message import Holding, Outlet, Style, Telling, write_headline, write_message
from alerts.plain import plain
from alerts.words import load_catalogue, say_reason
from pipeline.model import Alert, AlertKind, Event, Reason, Severity

DATA = Path(__file__).parent / "data" / "messages"
ALERTS = Path(__file__).parent.parent / "alerts"
FIRST = datetime(2026, 9, 5, 15, 40, tzinfo=UTC)  # 23:40 in Shanghai
NOW = FIRST + timedelta(minutes=4)
LINK = "https://tocsin.example/a/TOKEN"

EVENT = Event(
    id="e1", title="二食堂 食物中毒", status="open", first_seen=FIRST, last_seen=NOW, items=2, stories=2, outlets=0,
    sources=2, voices_met=2, negative=2, topic="canteen", reach=None, place="二食堂", terms=("食物中毒",),
    severity=Severity.NOTICE,
)  # fmt: skip
ONE = Reason("one_voice", "one voice", {"met_by": "watchword", "phrases": ["食物中毒"], "voices": "<5"})
FIRST_ALERT = Alert("a1", FIRST, "first", "e1", "W", Severity.NOTICE, ("i1",), ONE)
RAISED = Alert("a2", NOW, "severity", "e1", "W", Severity.SERIOUS, ("i1", "i2"), Reason("confirmed", "joined"))
PAPER = Outlet("city-paper", "https://paper.example/news/4711.html")


def style(language: str, public_url: str = "https://tocsin.example") -> Style:
    return Style(language, ZoneInfo("Asia/Shanghai"), public_url)  # type: ignore[arg-type]


def scenes(language: str) -> dict[str, str]:
    """Every kind of message that the golden files hold, by name."""
    look, press = style(language), replace(EVENT, outlets=1, sources=3, stories=3, title="市民反映二食堂就餐后不适")
    taken = Holding("taken", "值班员" if language == "zh" else "duty officer", NOW, NOW + timedelta(hours=4))
    raised = Telling("A-0002", RAISED, replace(EVENT, severity=Severity.SERIOUS), told=("officer",), holding=taken)
    reach = Alert(
        "a3", NOW, "reach", "e1", "X", Severity.SERIOUS, ("i3",), Reason("reach_met", "x", {"reach": "regional"})
    )
    over = Alert("a4", NOW, "closed", "e1", None, Severity.SERIOUS, ("i3",), Reason("closed", "quiet"))
    care = replace(EVENT, topic="wellbeing", title="关怀", place=None)
    night = Alert("d1", NOW, "digest", None, None, Severity.NOTICE, ("i1",), Reason("digest", "held back"))
    held = [Held("notice", EVENT, FIRST), Held("serious", press, NOW)]
    blind = Reason("source_blind", "x", {"source": "city-forum", "since": "09:10", "said": "403"})
    told_blind = Alert("o1", NOW, "operator", None, None, Severity.NOTICE, (), blind)
    return {
        "first": write_message(Telling("A-0001", FIRST_ALERT, EVENT), look, NOW, LINK).text,
        "raised": write_message(raised, look, NOW + timedelta(minutes=2), LINK).text,
        "reach": write_message(Telling("A-0003", reach, press, (PAPER,), ("officer",)), look, NOW, LINK).text,
        "reminder": write_message(
            Telling("A-0002", RAISED, EVENT, told=("officer",), step=1, waited=timedelta(minutes=15),
                    maybe_repeat=True, failed_channel="slack", drill=True), look, NOW, LINK,
        ).text,
        "closed": write_message(Telling("A-0004", over, press, (PAPER,), ("officer", "leader"), taken), look, NOW).text,
        "care": write_message(Telling("A-0005", FIRST_ALERT, care), look, NOW, LINK).text,
        "no_address": write_message(Telling("A-0001", FIRST_ALERT, EVENT), style(language, ""), NOW).text,
        "digest": write_digest("A-0006", night, held, look, NOW, "").text,
        "notice": write_notice("A-0007", told_blind, look, False, "").text,
        "update": write_update("A-0002", RAISED, taken, look, NOW).text,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", list(scenes("zh")))
def test_messages_read_as_the_golden_files(name, language):
    """Each kind of message reads exactly as people agreed it should."""
    golden = (DATA / f"{name}.{language}.txt").read_text(encoding="utf-8").rstrip("\n")
    assert scenes(language)[name] == golden


@pytest.mark.parametrize("language", ["zh", "en"])
def test_messages_have_at_most_twelve_lines(language):
    """No message is longer than a screen, and each begins with its level."""
    for name, text in scenes(language).items():
        assert len(text.splitlines()) <= 12, name
        assert name == "update" or text[0] in "【["


def test_lock_screen_says_level_place_and_matter():
    """The first forty characters are enough to get up or to sleep on."""
    headline = write_headline(Telling("A-1", RAISED, EVENT), style("zh"))
    assert headline == "【橙】二食堂 疑似食物中毒"


def test_a_lower_rule_does_not_make_the_matter_look_smaller():
    """A notice about a matter that was told as serious still reads orange."""
    event = replace(EVENT, severity=Severity.SERIOUS)
    assert write_headline(Telling("A-1", FIRST_ALERT, event), style("zh")).startswith("【橙】")


def test_a_matter_without_a_watchword_is_not_suspected_of_its_topic():
    """A title that is only a topic reads as remarks about it."""
    event = replace(EVENT, title="二食堂 食堂")
    assert write_headline(Telling("A-1", FIRST_ALERT, event), style("zh")) == "【黄】二食堂 食堂相关反映"
    assert write_headline(Telling("A-1", FIRST_ALERT, event), style("en")) == "[YELLOW] 二食堂 Canteen: remarks"


def test_wellbeing_is_neutral_and_carries_help():
    """No term, no place, no suspicion; a crisis line instead."""
    event = replace(EVENT, topic="wellbeing", title="三号宿舍 跳楼", place="三号宿舍")
    text = write_message(Telling("A-1", FIRST_ALERT, event), style("zh"), NOW, LINK).text
    assert text.splitlines()[0] == "【黄】关怀"
    assert "跳楼" not in text
    assert "中毒" not in text
    assert "12356" in text


def test_every_button_leads_to_the_page_that_only_shows():
    """Four buttons, one signed page, each saying what the tap is meant for."""
    message = write_message(Telling("A-1", FIRST_ALERT, EVENT), style("zh"), NOW, LINK)
    assert [action.link for action in message.actions] == [
        f"{LINK}?do={name}" for name in ("take", "hand_over", "false_alarm", "silence")
    ]


def test_a_hold_that_ended_is_not_shown_as_held():
    """After its end a hold reads as lapsed."""
    old = Holding("taken", "值班员", FIRST - timedelta(hours=5), FIRST - timedelta(hours=1))
    text = write_message(Telling("A-1", FIRST_ALERT, EVENT, holding=old), style("zh"), NOW, LINK).text
    assert "已于" in text
    assert "已接手" not in text


def test_a_long_digest_says_how_many_are_left_out():
    """Twenty held alerts: the gravest first, and the rest counted."""
    night = Alert("d1", NOW, "digest", None, None, Severity.SERIOUS, ("i1",), Reason("digest", "x"))
    held = [Held("notice", EVENT, FIRST)] * 19 + [Held("serious", replace(EVENT, title="二食堂 起火"), NOW)]
    lines = write_digest("A-1", night, held, style("zh"), NOW, "").text.splitlines()
    assert "起火" in lines[1]
    assert lines[-1] == "另有 10 件，见看板"
    assert len(lines) == 12


def test_catalogues_have_the_same_keys():
    """Nothing can be said in one language only."""
    zh, en = load_catalogue("zh"), load_catalogue("en")
    assert {name: set(zh[name]) for name in zh} == {name: set(en[name]) for name in en}


def test_catalogues_fill_from_the_same_numbers():
    """A translation uses the numbers of the other, no more and no fewer."""
    fields = re.compile(r"{(\w+)}")
    zh, en = load_catalogue("zh"), load_catalogue("en")
    for section in zh:
        for key in zh[section]:
            assert set(fields.findall(zh[section][key])) == set(fields.findall(en[section][key])), key


def test_every_reason_in_the_code_can_be_said():
    """Each reason code that the code makes is in the catalogues."""
    made = re.compile(r'(?:held\(\s*\w+,\s*|held\(verdict\.rule,\s*|Reason\(\s*|code = )"(\w+)"')
    codes = {code for path in ALERTS.rglob("*.py") for code in made.findall(path.read_text(encoding="utf-8"))}
    assert len(codes) > 30
    assert codes <= set(load_catalogue("zh")["reason"])


def test_every_kind_topic_and_level_can_be_said():
    """No alert kind and no severity is without a word."""
    zh = load_catalogue("zh")
    assert set(get_args(AlertKind)) == set(zh["kind"])
    assert {str(level) for level in Severity} == set(zh["severity"])


def test_an_unknown_reason_keeps_its_sentence():
    """A reason of another version shows its English sentence; missing numbers show as a dash."""
    assert say_reason("zh", Reason("from_the_future", "it is so")) == "it is so"
    assert "–" in say_reason("zh", Reason("threshold_met", "x"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_crawled_titles_stay_one_harmless_line(title):
    """Whatever a headline holds, the message stays within its lines and hides nothing."""
    event = replace(EVENT, title=title, outlets=1, place=None)
    message = write_message(Telling("A-1", RAISED, event), style("zh"), NOW, LINK)
    assert len(message.headline) <= 40
    assert len(message.text.splitlines()) <= 12
    assert not set(message.headline) & set("\u202e\u200b\u2066\n\r\x00")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=100))
def test_plain_is_done_after_one_pass(text):
    """Cleaning what is clean changes nothing."""
    assert plain(plain(text)) == plain(text)
