"""A department hears of its own deadlines where a route leads to departments; the clock of reports is that of `[cases]`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bell import Bell, FakeChannel, local, staffed
from sqlalchemy import insert, update

from alerts.case_settings import CaseSettings
from alerts.cases import open_case
from alerts.dispatch import Dispatcher
from alerts.policy import DepartmentSpec, Policy, RouteSpec
from alerts.response.deadlines import Deadlines
from alerts.workdays import WorkSettings, make_calendar
from pipeline.model import Severity
from pipeline.store.engine import writing
from pipeline.store.schema import events
from pipeline.store.schema_response import slips

LOGISTICS = DepartmentSpec("logistics", "后勤处", ["canteen"], addresses={"chat": "U0LOG"})
ROUTED = Policy(departments=(LOGISTICS,), routes=(RouteSpec("all", ["duty", "department"]),))


def office(folder, policy: Policy) -> Bell:
    """A staffed office with one event, at ten o'clock."""
    bell = staffed(folder)
    bell.policy = policy
    bell.event()
    bell.restart()
    old = bell.sender
    bell.sender = Dispatcher(bell.engine, replace(old.office, cases=CaseSettings(), policy=policy), "cases")
    bell.now = local("10:00")
    return bell


def ask(bell: Bell, department: str = "后勤处") -> None:
    """A case with four hours."""
    with writing(bell.engine) as conn:
        calendar = make_calendar(WorkSettings(), local("00:00").tzinfo, {})
        assert isinstance(
            open_case(conn, "e1", department, Severity.SERIOUS, bell.now, 4, CaseSettings(), calendar), str
        )


def send_slip(bell: Bell, kind: str = "notice", department: str = "后勤处") -> None:
    """A slip that is to be answered by noon."""
    row = {
        "id": "s1", "kind": kind, "year": 2026, "number": 1, "event": "e1", "department": department, "matter": "食堂",
        "figures": {}, "words": "请说明情况", "issued": bell.now, "due": local("12:00"), "state": "sent", "lang": "zh",
    }  # fmt: skip
    with writing(bell.engine) as conn:
        conn.execute(insert(slips).values(row))


def told(bell: Bell) -> list[tuple[str, str]]:
    return [(row["receiver"], row["state"]) for row in bell.notices()]


def links(bell: Bell) -> list[str]:
    return [one.message.link for one in bell.chat.taken if one.address == "U0LOG"]


def test_the_department_hears_of_its_own_case(tmp_path):
    """Reminders and breach go to office and contact; the contact's message has no link that takes anything."""
    bell = office(tmp_path, ROUTED)
    ask(bell)
    bell.run("14:30")
    receivers = [receiver for receiver, _ in told(bell)]
    assert receivers.count("dept:logistics") == 3
    assert "li" in receivers
    assert links(bell) == ["", "", ""]


def test_without_such_a_route_only_the_office_hears(tmp_path):
    """No route says `department`, or the case asks somebody whom the configuration does not know."""
    for name, policy, department in (("a", Policy(departments=(LOGISTICS,)), "后勤处"), ("b", ROUTED, "图书馆")):
        bell = office(tmp_path / name, policy)
        ask(bell, department)
        bell.run("14:30")
        assert not [one for one, _ in told(bell) if one.startswith("dept:")]
        assert len(bell.chat.taken) == 3


def test_a_wellbeing_matter_goes_to_no_department(tmp_path):
    """Whatever the routes say."""
    bell = office(tmp_path, ROUTED)
    with writing(bell.engine) as conn:
        conn.execute(update(events).values(topic="wellbeing"))
    ask(bell)
    send_slip(bell)
    bell.run("14:30")
    assert not [one for one, _ in told(bell) if one.startswith("dept:")]


def test_a_slip_without_an_answer_is_told_once(tmp_path):
    """At noon, to office and contact, with its number; restarts and hours later change nothing."""
    bell = office(tmp_path, ROUTED)
    send_slip(bell)
    bell.run("12:30")
    assert [receiver for receiver, _ in told(bell)] == ["li", "dept:logistics"]
    assert "逾期未复：后勤处" in bell.chat.headlines[0]
    assert "提示〔2026〕1号" in bell.chat.texts[0]
    bell.restart()
    bell.run("18:00")
    assert len(bell.chat.taken) == 2


def test_an_answered_slip_is_silent(tmp_path):
    """Answered before its deadline: nobody hears of it."""
    bell = office(tmp_path, ROUTED)
    send_slip(bell)
    bell.run("11:00")
    with writing(bell.engine) as conn:
        conn.execute(update(slips).values(state="answered"))
    bell.run("13:00")
    assert not bell.chat.taken


def test_an_order_is_told_to_the_leader_too(tmp_path):
    """By mail, where everybody has an address of their own."""
    bell = office(tmp_path, ROUTED)
    bell.channel("mail", FakeChannel(), kind="email", to=["duty@h.example"])
    bell.officer("sun", "leader", mail="sun@h.example")
    bell.restart()
    bell.sender = Dispatcher(bell.engine, replace(bell.sender.office, policy=ROUTED), "again")
    send_slip(bell, "order")
    bell.run("12:30")
    assert "sun" in {receiver for receiver, _ in told(bell)}


def test_reports_follow_the_deadlines_of_cases():
    """Two hours in place of one for what is critical; in working time a Friday afternoon is followed by Monday morning."""
    zone = ZoneInfo("Asia/Shanghai")
    friday = datetime(2026, 11, 27, 16, 30, tzinfo=zone)
    settings = CaseSettings(critical="2h", serious="3h", working_time=[Severity.SERIOUS])
    clock = Deadlines(settings, make_calendar(WorkSettings(), zone, {}))
    assert clock.after(Severity.CRITICAL, friday) == friday + timedelta(hours=2)
    due = clock.after(Severity.SERIOUS, friday).astimezone(zone)
    assert (due.day, due.hour) == (30, 10)
    assert Deadlines().after(Severity.NOTICE, friday.astimezone(UTC)) == friday + timedelta(hours=24)
