"""The clock of a case: running, standing, in working time; and what it says when, in the timeline's way."""

from datetime import timedelta

import pytest
from bell import Bell, FakeChannel, local, staffed
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from alerts.case_clock import CaseClock, Pause, find_due, next_step
from alerts.case_settings import CaseSettings
from alerts.cases import clock_of, close_case, open_case, pause_case, read_case, read_steps, resume_case
from alerts.workdays import WorkSettings, make_calendar
from pipeline.model import Severity
from pipeline.store.engine import reading, writing
from pipeline.store.schema_duty import case_steps

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
START = local("10:00")


def test_half_of_the_time_is_half_of_the_time():
    """Without pauses the clock is the wall's."""
    clock = CaseClock(START, 4 * HOUR)
    assert (clock.used(START + HOUR), clock.left(START + HOUR), clock.share(START + 2 * HOUR)) == (HOUR, 3 * HOUR, 0.5)
    assert (clock.reaches(0.5), clock.reaches(1)) == (START + 2 * HOUR, START + 4 * HOUR)


def test_a_pause_moves_what_comes_by_its_length():
    """Used time stands still, the deadline waits, and has no moment while nobody knows when it goes on."""
    standing = CaseClock(START, 4 * HOUR, (Pause(START + HOUR),))
    assert standing.paused
    assert standing.used(START + 9 * HOUR) == HOUR
    assert standing.reaches(1) is None
    going = CaseClock(START, 4 * HOUR, (Pause(START + HOUR, START + 3 * HOUR),))
    assert going.used(START + 4 * HOUR) == 2 * HOUR
    assert going.reaches(1) == START + 6 * HOUR
    assert going.reaches(0.25) == START + HOUR


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 600), st.integers(0, 600)), max_size=5), st.integers(5, 3000), st.booleans(),
       st.floats(0.01, 1))  # fmt: skip
def test_the_moment_of_a_share_is_when_it_is_used(runs, allowed, working, share):
    """For any pauses: at the moment that the clock names, the share is used, and a minute before it was not."""
    calendar = make_calendar(WorkSettings(), START.tzinfo, {}) if working else None
    now, pauses = START, []
    for run, stood in runs:
        pauses.append(Pause(now + run * MINUTE, now + (run + stood) * MINUTE))
        now = pauses[-1].ends
    clock = CaseClock(START, allowed * MINUTE, tuple(pauses), calendar)
    at = clock.reaches(share)
    wanted = clock.allowed * share
    assert abs(clock.used(at) - wanted) <= timedelta(seconds=1)
    assert clock.used(at - MINUTE) < wanted or wanted == timedelta(0)


def test_steps_are_said_once_and_in_order():
    """What was said is not due again; after the deadline nothing comes any more."""
    clock = CaseClock(START, 4 * HOUR)
    assert [due.share for due in find_due(clock, [0.8, 0.5], frozenset(), START + 5 * HOUR)] == [0.5, 0.8, 1.0]
    assert find_due(clock, [0.5, 0.8], frozenset({0.5, 0.8, 1.0}), START + 5 * HOUR) == []
    assert next_step(clock, [0.5, 0.8], START + 5 * HOUR) is None
    assert next_step(clock, [0.5, 0.8], START + 3 * HOUR).share == 0.8


# ------------------------------------------------------------------ on the timeline


def office(folder, *, work: WorkSettings | None = None, **case_settings) -> Bell:
    """A staffed office without quiet hours unless asked for."""
    bell = staffed(folder)
    bell.event()
    bell.cases = CaseSettings(**case_settings)
    bell.work = work or WorkSettings()
    set_up(bell)
    return bell


def set_up(bell: Bell) -> None:
    """A new process with the case settings."""
    from dataclasses import replace

    from alerts.dispatch import Dispatcher

    old = bell.sender
    office = replace(old.office, cases=bell.cases, calendar=bell.work)
    bell.sender = Dispatcher(bell.engine, office, f"case-{bell.starts}-{bell.now.isoformat()}")
    if old.fence is not None:
        old.lease.release(old.fence, bell.now)


def begin(bell: Bell, severity: Severity = Severity.SERIOUS, hours: float | None = None) -> str:
    """A case with the logistics department, opened now."""
    calendar = make_calendar(bell.work, local("00:00").tzinfo, {})
    with writing(bell.engine) as conn:
        made = open_case(conn, "e1", "后勤处", severity, bell.now, hours, bell.cases, calendar)
    assert isinstance(made, str)
    return made


def texts(bell: Bell) -> list[tuple[str, str, str]]:
    """(local time, headline, address) of everything read."""
    zone = local("00:00").tzinfo
    return [(f"{one.now.astimezone(zone):%d %H:%M}", one.message.headline, one.address) for one in bell.chat.taken]


def test_reminders_at_half_and_four_fifths_then_the_breach_to_the_leader(tmp_path):
    """Four hours from ten: noon, a quarter past one, two; the leader hears of the last only."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    begin(bell, hours=4)
    bell.run("20:00")
    read = texts(bell)
    assert [line[1] for line in read] == ["【橙】办件催办：后勤处"] * 2 + ["【橙】办件超时：后勤处"]
    assert [line[0][:5] for line in read] == ["05 12", "05 13", "05 14"]
    assert {row["receiver"] for row in bell.notices()} >= {"li"}
    assert "剩余 2 小时" in bell.chat.texts[0] or "剩余 1 小时 5" in bell.chat.texts[0]
    assert "超时" in bell.chat.texts[2]


def test_a_breach_reaches_the_leader_by_an_own_address(tmp_path):
    """By mail, where everybody has an address of their own, officer and leader both get it, once."""
    bell = office(tmp_path)
    mail = bell.channel("mail", FakeChannel(), kind="email", to=["duty@h.example"])
    bell.officer("sun", "leader", mail="sun@h.example")
    set_up(bell)
    bell.now = local("10:00")
    begin(bell, hours=1)
    bell.run("13:00")
    told = [one.address for one in mail.taken if "超时" in one.message.headline]
    assert "sun@h.example" in told
    assert len(told) == len(set(told))


def test_while_it_is_paused_nothing_is_said_and_nothing_runs(tmp_path):
    """Paused at eleven for five hours: the half is said at five in the afternoon."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    key = begin(bell, hours=4)
    bell.run("11:00")
    with writing(bell.engine) as conn:
        assert pause_case(conn, key, "waits for the test result", "li", bell.now) is None
    bell.run("16:00")
    assert texts(bell) == []
    with writing(bell.engine) as conn:
        assert resume_case(conn, key, "li", bell.now) is None
        assert read_case(conn, key).due == local("19:00")
    bell.run("18:00")
    assert next(line[0] for line in texts(bell)).startswith("05 17")


def test_a_notice_waits_for_the_morning(tmp_path):
    """A case of level notice is not reminded of at night; in the morning one message speaks, not two."""
    bell = office(tmp_path)
    bell.now = local("18:00")
    begin(bell, Severity.NOTICE, hours=12)
    bell.run("+1 09:00")
    assert [(when[:5], head) for when, head, _ in texts(bell)] == [("06 07", "【黄】办件超时：后勤处")]


def test_a_closed_case_is_silent(tmp_path):
    """Closed at eleven: nothing more, also of what was put off."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    key = begin(bell, hours=4)
    bell.run("11:00")
    with writing(bell.engine) as conn:
        assert close_case(conn, key, "repaired", "done", "li", bell.now) is None
    bell.run("20:00")
    assert texts(bell) == []


def test_nothing_is_said_twice_after_kills_restarts_and_a_clock_set_back(tmp_path):
    """Killed right after the service took the reminder, restarted twice, set back a day: each step once."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    begin(bell, hours=4)
    bell.chat.plan("die after")
    bell.die("12:30")
    set_up(bell)
    bell.run("12:40")
    bell.now -= timedelta(days=1)
    bell.restart()
    set_up(bell)
    bell.run("+1 09:00")
    assert [head for _, head, _ in texts(bell)] == ["【橙】办件催办：后勤处"] * 2 + ["【橙】办件超时：后勤处"]


@pytest.mark.parametrize("plan", [("die before",), ("busy", "die after"), ("swallow", "die before"), ("", "die after")])
def test_a_kill_around_any_message_loses_and_repeats_nothing(tmp_path, plan):
    """Killed before or after the service took it, after a refusal or an answer that got lost: each step is read once."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    begin(bell, hours=4)
    bell.chat.plan(*plan)
    bell.die("13:50")
    set_up(bell)
    bell.run("20:00")
    assert [head for _, head, _ in texts(bell)] == ["【橙】办件催办：后勤处"] * 2 + ["【橙】办件超时：后勤处"]


def test_after_an_outage_only_the_gravest_step_speaks(tmp_path):
    """Nobody ran from ten to eight in the evening: one message says that it is late, the others are noted as passed."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    key = begin(bell, hours=4)
    bell.now = local("20:00")
    bell.run("20:10")
    assert [head for _, head, _ in texts(bell)] == ["【橙】办件超时：后勤处"]
    with reading(bell.engine) as conn:
        notes = [step.note for step in read_steps(conn, key) if step.once]
    assert notes == ["passed", "passed", ""]


def test_working_time_skips_the_weekend_and_counts_a_make_up_day(tmp_path):
    """From Saturday (5 September) a day of seven working hours begins on Monday; the Sunday that is worked counts."""
    bell = office(tmp_path, working_time=[Severity.INFO], info="7h")
    bell.now = local("10:00")
    key = begin(bell, Severity.INFO)
    with reading(bell.engine) as conn:
        assert read_case(conn, key).due == local("+2 17:30")
    bell.now = local("+14 10:00")  # Saturday the 19th; Sunday the 20th is worked for National Day
    with writing(bell.engine) as conn:
        close_case(conn, key, "answered", "", "li", bell.now)
    again = begin(bell, Severity.INFO)
    with reading(bell.engine) as conn:
        assert read_case(conn, again).due == local("+15 17:30")


def test_the_case_comes_up_again_with_its_event(tmp_path):
    """Closed, then the event is told again: a second round with a new deadline; told before closing does not count."""
    bell = office(tmp_path)
    bell.alert("10:00")
    bell.run("10:05")
    key = begin(bell, hours=4)
    with writing(bell.engine) as conn:
        close_case(conn, key, "answered", "", "li", bell.now)
    bell.run("10:30")
    with reading(bell.engine) as conn:
        assert read_case(conn, key).status == "closed"
    bell.alert("11:00", kind="reopened")
    bell.run("11:05")
    with reading(bell.engine) as conn:
        case = read_case(conn, key)
        assert (case.status, case.round, case.outcome) == ("open", 2, None)
        assert case.due - case.began == 5 * HOUR
        assert clock_of(case, read_steps(conn, key), None).pauses == ()


def test_a_reminder_neither_overtakes_nor_silences_the_events_own_alert(tmp_path):
    """The event's deferred alert is read in the morning though a case reminder came between."""
    bell = office(tmp_path)
    bell.alert("23:00", severity="notice")
    begin(bell, Severity.SERIOUS, hours=4)
    bell.run("+1 08:00")
    heads = [head for _, head, _ in texts(bell)]
    assert sum("办件" in head for head in heads) == 3
    assert sum("二食堂" in head for head in heads) >= 1


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"critical": "soon"}, "'soon' is not a length"),
        ({"info": "1m"}, "from 5 minutes"),
        ({"remind_at": [1.5]}, "shares"),
    ],
)
def test_settings_that_cannot_be_are_said(settings_, said):
    """Each mistake in one sentence."""
    from alerts.case_settings import check_cases

    assert said in check_cases(CaseSettings(**settings_))[1]


def test_the_ledger_cannot_hold_a_step_twice(tmp_path):
    """The database itself refuses the second one."""
    bell = office(tmp_path)
    bell.now = local("10:00")
    key = begin(bell, hours=1)
    bell.run("10:40")
    with reading(bell.engine) as conn:
        keys = list(conn.scalars(select(case_steps.c.once).where(case_steps.c.once.is_not(None))))
    assert keys == [f"{key}/1/0.5"]
