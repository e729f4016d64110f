"""Roster, quiet hours, links and acts, cases: what people of the office rely on."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bell import Bell, FakeChannel, local
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from alerts.acks import LINK_LIFE, Links, Refused, add_silence, read_holding
from alerts.cases import close_case, find_late, open_case, read_case
from alerts.mute import quiet_end
from alerts.roster import Officer, Roster, Shift, find_gaps, find_unreachable
from alerts.settings import Alerting, RuleSpec
from alerts.why import explain_event
from pipeline.model import Severity
from pipeline.store.engine import reading, writing
from pipeline.store.schema import events, sources

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 5, 12, tzinfo=UTC)
LI, WANG, CHEN = (
    Officer("li", "li", "officer", {"chat": "U1"}),
    Officer("wang", "wang", "officer", {}),
    Officer("chen", "chen", "leader", {"chat": "U3"}),
)


def hours(begin: float, end: float, officer: str = "li", kind: str = "duty") -> Shift:
    return Shift(officer, NOW + timedelta(hours=begin), NOW + timedelta(hours=end), kind)  # type: ignore[arg-type]


def roster(*shifts: Shift) -> Roster:
    return Roster((LI, WANG, CHEN), shifts)


def test_a_shift_ends_when_the_next_begins():
    """At the border one officer is on duty, not two."""
    week = roster(hours(-8, 0), hours(0, 8, "wang"))
    assert week.on_duty(NOW) == (WANG,)
    assert week.on_duty(NOW - timedelta(seconds=1)) == (LI,)


def test_an_override_replaces_and_a_leave_removes():
    """Who takes over is alone on duty; who is on leave is not, even in an override."""
    assert roster(hours(-1, 1), hours(-1, 1, "wang", "override")).on_duty(NOW) == (WANG,)
    assert roster(hours(-1, 1), hours(-1, 1, "li", "leave")).on_duty(NOW) == ()
    away = roster(hours(-1, 1), hours(-1, 1, "wang", "override"), hours(-1, 1, "wang", "leave"))
    assert away.on_duty(NOW) == (LI,)


def test_the_chain_is_the_next_person_then_the_leaders():
    """Nobody is asked twice, and leaders on leave are not asked."""
    assert roster(hours(-1, 1), hours(1, 9, "wang")).chain(NOW) == ((WANG,), (CHEN,))
    assert roster(hours(-1, 1), hours(1, 9), hours(-1, 1, "chen", "leave")).chain(NOW) == ()


def test_gaps_are_found_to_the_minute():
    """Uncovered time within the horizon is said as it is, neighbours joined."""
    gaps = find_gaps(roster(hours(0, 6), hours(8, 24, "wang"), hours(20, 22, "wang", "leave")), NOW, 1)
    assert [((gap.begins - NOW) / timedelta(hours=1), (gap.ends - NOW) / timedelta(hours=1)) for gap in gaps] == [
        (6, 8), (20, 22),
    ]  # fmt: skip


def test_officers_without_a_channel_are_found():
    """Someone on the roster who cannot be reached is a hole in it."""
    assert find_unreachable(roster(), ["chat"]) == [WANG]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 48), st.integers(1, 24), st.sampled_from(["li", "wang"]),
                          st.sampled_from(["duty", "override", "leave"])), max_size=8))  # fmt: skip
def test_gaps_and_duty_say_the_same(plan):
    """For any roster: a moment is in a gap exactly when nobody is on duty."""
    week = roster(*(hours(begin, begin + length, who, kind) for begin, length, who, kind in plan))
    gaps = find_gaps(week, NOW, 2)
    for hour in range(48):
        moment = NOW + timedelta(hours=hour, minutes=30)
        assert any(gap.begins <= moment < gap.ends for gap in gaps) == (not week.on_duty(moment))


@pytest.mark.parametrize(
    ("clock", "end"),
    [("22:29", None), ("22:30", "+1 07:00"), ("+1 00:30", "+1 07:00"), ("+1 06:59", "+1 07:00"), ("+1 07:00", None)],
)
def test_quiet_hours_span_midnight(clock, end):
    """From half past ten to seven, the end excluded."""
    found = quiet_end(local(clock), Alerting(), ZONE)
    assert found == (local(end) if end else None)


def test_quiet_hours_keep_the_wall_clock_when_clocks_change():
    """In a zone with summer time the night ends at seven by the wall, an hour later or earlier by the sun."""
    zone, alerting = ZoneInfo("Europe/Berlin"), Alerting()
    night = datetime(2026, 3, 28, 23, tzinfo=zone)
    end = quiet_end(night.astimezone(UTC), alerting, zone)
    assert end is not None
    assert end - night.astimezone(UTC) == timedelta(hours=7)
    assert end.astimezone(zone).hour == 7


def test_special_days_have_no_quiet_hours():
    """On a day of special watch everything is told at once."""
    assert quiet_end(local("23:00"), Alerting(special_days=["2026-09-05"]), ZONE) is None


def test_no_quiet_hours_at_all():
    """An empty list is no quiet hours, as the exam's configuration asks."""
    assert quiet_end(local("23:00"), Alerting(quiet_hours=[]), ZONE) is None


def test_links_are_read_only_as_they_were_made():
    """A link opens its event for its officer; changed, foreign or old ones do not."""
    links = Links(b"key", "https://tocsin.example/")
    address = links.address("e1", "li", "a1", NOW)
    token = address.rpartition("/")[2]
    link = links.read(token, NOW)
    assert address.startswith("https://tocsin.example/a/")
    assert (link.event, link.who, link.alert) == ("e1", "li", "a1")
    for bad in (f"x{token}", token[:-4], token.replace(".", ".x"), "", "x.y", "\u202e"):
        assert isinstance(links.read(bad, NOW), Refused)
    assert isinstance(Links(b"other key").read(token, NOW), Refused)
    assert isinstance(links.read(token, NOW + LINK_LIFE), Refused)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_token_makes_the_reader_raise(token):
    """Whatever is typed after /a/ is answered with a refusal."""
    assert isinstance(Links(b"key").read(token, NOW), Refused)


def test_without_a_public_address_there_is_no_link():
    """No address, no button that leads nowhere."""
    assert Links(b"key").address("e1", "li", "a1", NOW) == ""


def test_taking_twice_is_taking_once(tmp_path):
    """A second tap neither fails nor extends nor is said again."""
    bell = Bell(tmp_path)
    bell.alert("10:00")
    bell.run("10:02")
    bell.act("taken")
    bell.run("10:04")
    bell.act("taken")
    bell.run("10:10")
    assert len(bell.chat.taken) == 2


def test_acts_follow_a_merged_event(tmp_path):
    """An old link of an event that was merged acts on the one it is part of."""
    bell = Bell(tmp_path)
    bell.event("e1"), bell.event("old")
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE events SET merged_into = 'e1' WHERE id = 'old'")
        assert bell.desk.act(conn, "old", "taken", "li", "", bell.now) is None
        assert read_holding(conn, "e1").who == "li"
        assert isinstance(bell.desk.act(conn, "gone", "taken", "li", "", bell.now), Refused)


def test_a_silence_can_be_undone_for_ten_minutes(tmp_path):
    """Within ten minutes it ends, later the desk is named."""
    bell = Bell(tmp_path)
    bell.event()
    with bell.engine.begin() as conn:
        first = bell.desk.silence(conn, "e1", "li", "known", NOW)
        assert bell.desk.undo_silence(conn, first, NOW + timedelta(minutes=9)) is None
        second = bell.desk.silence(conn, "e1", "li", "known", NOW)
        assert isinstance(bell.desk.undo_silence(conn, second, NOW + timedelta(minutes=11)), Refused)
        with pytest.raises(ValueError, match="a reason and an end"):
            add_silence(conn, event="e1", topic=None, begins=NOW, ends=NOW, who="li", why="x")


def test_a_case_has_a_deadline_and_a_fixed_outcome(tmp_path):
    """Serious means five hours; 'removed' is not an outcome; closing is once."""
    bell = Bell(tmp_path)
    with bell.engine.begin() as conn:
        key = open_case(conn, "e1", "后勤处", Severity.SERIOUS, NOW)
        case = read_case(conn, key)
        assert case.due - case.opened == timedelta(hours=5)
        assert case.share(NOW + timedelta(hours=2.5)) == 0.5
        assert [late.id for late in find_late(conn, NOW + timedelta(hours=5))] == [key]
        assert "not an outcome" in close_case(conn, key, "removed", "").why
        assert close_case(conn, key, "answered", "done") is None
        assert isinstance(close_case(conn, key, "answered", "done"), Refused)
        assert find_late(conn, NOW + timedelta(days=2)) == []


@pytest.mark.parametrize(("department", "asked"), [("", None), ("后勤处", 0), ("后勤处", 10_000)])
def test_a_case_without_sense_is_refused(tmp_path, department, asked):
    """No department, no time, or no end: refused."""
    bell = Bell(tmp_path)
    with bell.engine.begin() as conn:
        assert isinstance(open_case(conn, "e1", department, Severity.INFO, NOW, asked), Refused)


def see(bell: Bell, source: str, last_ok: str | None, health: str = "failing", said: str = "403") -> None:
    """A source as the collector left it."""
    row = {"next_due": bell.now, "interval_s": 60, "failures": 3, "health": health, "said": said}
    with writing(bell.engine) as conn:
        conn.execute(insert(sources).values(id=source, last_ok=local(last_ok) if last_ok else None, **row))


def watched(tmp_path) -> tuple[Bell, FakeChannel]:
    bell = Bell(tmp_path)
    bell.rules = (RuleSpec("blind", "absence", Severity.NOTICE, window="24h"),)
    ops = bell.channel("ops", FakeChannel(), audience="operator")
    return bell, ops


def test_a_blind_source_is_told_to_the_operator_once(tmp_path):
    """A day without reading: one notice to the operator, none to the duty officer."""
    bell, ops = watched(tmp_path)
    see(bell, "fine", "00:00", "healthy")
    see(bell, "forum", "-1 00:00")
    bell.run("06:00")
    assert len(ops.taken) == 1
    assert "来源 forum" in ops.texts[0]
    assert bell.chat.taken == []


def test_when_most_of_the_watch_is_blind_it_is_one_notice(tmp_path):
    """Ten dead sources are one notice about the watch, not ten."""
    bell, ops = watched(tmp_path)
    for number in range(10):
        see(bell, f"s{number}", "-2 00:00")
    bell.run("06:00")
    assert ops.headlines == ["【运维】10 个来源读不到内容，共 10 个"]


def test_why_tells_the_whole_story(tmp_path):
    """Alert, message, act and the last reason, in order, in both languages."""
    bell = Bell(tmp_path)
    bell.alert("10:00")
    bell.run("10:02")
    bell.act("taken")
    with writing(bell.engine) as conn:
        rule = {"rule": "R1", "code": "too_few_voices", "text": "x", "voices_wanted": 4, "window": "24h"}
        conn.execute(update(events).values(said={"code": "no_rule_met", "text": "x", "rules": [rule]}))
    with reading(bell.engine) as conn:
        zh, en = explain_event(conn, "e1", "zh"), explain_event(conn, "e1", "en")
        assert explain_event(conn, "nothing", "zh") is None
    assert [line.what for line in zh] == ["alert", "message", "act", "last"]
    assert zh[-1].text == "没有规则满足 — R1: 24h 内声音不足 4 个"
    assert "sent" in en[1].text
