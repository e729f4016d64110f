"""Who reads an alert when the roster is made of rules: handover, substitute, swap, override, the next person."""

from datetime import date, time, timedelta
from pathlib import Path

from bell import Bell, local
from roster_kit import SHANGHAI

from alerts.duty.entries import RotationPlan, ShiftPlan, add_rotation, add_shift, add_swap
from alerts.duty.people import By
from alerts.taps import Refused
from pipeline.store.engine import writing

SATURDAY = date(2026, 9, 5)


def office(folder: Path, **settings: object) -> tuple[Bell, str]:
    """Li and Wang by weeks from Saturday half past eight, Chen leads; the rotation's id."""
    bell = Bell(folder, quiet_hours=[], **settings)
    for name, role in (("li", "officer"), ("wang", "officer"), ("zhao", "officer"), ("chen", "leader")):
        bell.officer(name, role, chat=f"U0{name.upper()}")
    plan = RotationPlan(("li", "wang"), SATURDAY - timedelta(days=7), 5, time(8, 30), 7, SHANGHAI)
    with writing(bell.engine) as conn:
        made = add_rotation(conn, plan, By("li", local("00:00")))
    assert not isinstance(made, Refused)
    return bell, made


def enter(bell: Bell, kind: str, officer: str, begins: str, ends: str, substitute: str = "") -> None:
    plan = ShiftPlan(kind, officer, local(begins), local(ends), "", substitute)  # type: ignore[arg-type]
    with writing(bell.engine) as conn:
        assert not isinstance(add_shift(conn, plan, By("li", bell.now)), Refused)


def test_the_officer_after_the_handover_is_told(tmp_path):
    """A minute before half past eight it is Li's, a minute after it is Wang's."""
    bell, _ = office(tmp_path)
    bell.alert("08:29", event="e1")
    bell.run("08:29:30")
    bell.alert("08:31", event="e2")
    bell.run("08:32")
    assert bell.chat.addresses == ["U0LI", "U0WANG"]


def test_the_substitute_is_told(tmp_path):
    """Wang is on leave and Zhao stands in."""
    bell, _ = office(tmp_path)
    enter(bell, "leave", "wang", "09:00", "12:00", "zhao")
    bell.alert("10:00")
    bell.run("10:01")
    assert bell.chat.addresses == ["U0ZHAO"]


def test_a_swapped_week_is_the_others(tmp_path):
    """Wang's week for Li's next one."""
    bell, key = office(tmp_path)
    with writing(bell.engine) as conn:
        add_swap(conn, key, SATURDAY, SATURDAY + timedelta(days=7), "", By("li", bell.now))
    bell.alert("10:00", event="e1")
    bell.run("10:01")
    bell.alert("+7 10:00", event="e2")
    bell.run("+7 10:01")
    assert bell.chat.addresses == ["U0LI", "U0WANG"]


def test_an_override_is_told_and_the_next_person_comes_from_the_rule(tmp_path):
    """Zhao takes over for Wang's evening; nobody answers: Li, whose turn comes next, is asked, then the leader."""
    bell, _ = office(tmp_path, escalate_after="15m")
    enter(bell, "override", "zhao", "18:00", "22:00")
    bell.alert("19:00")
    bell.run("19:50")
    assert list(dict.fromkeys(bell.chat.addresses)) == ["U0ZHAO", "U0LI", "U0CHEN"]


def test_a_hole_in_the_roster_loses_nothing(tmp_path):
    """Wang is away and nobody stands in: the duty channel gets the alert as such."""
    bell, _ = office(tmp_path)
    enter(bell, "leave", "wang", "09:00", "12:00")
    bell.alert("10:00")
    bell.run("10:01")
    assert len(bell.chat.taken) == 1
    assert bell.notices()[0]["receiver"] == "duty"
