"""Whatever an office enters and takes back, in any order: nobody on leave is on duty, and every way of asking says the
same."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from roster_kit import BERLIN, NAMES, Rota, wall

from alerts.duty.entries import delete_entry
from alerts.roster import find_gaps, list_stretches
from pipeline.store.engine import writing

FIRST = date(2026, 10, 12)  # two weeks before the clocks of Berlin change
DAYS = 35
BEGIN = wall(f"{FIRST} 00:00", BERLIN)
PEOPLE, HOURS = st.sampled_from(NAMES), st.integers(0, DAYS * 24)
CALM = settings(
    max_examples=25, stateful_step_count=12, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def clock(hours: int) -> str:
    """So many wall-clock hours after the first day."""
    return f"{FIRST + timedelta(days=hours // 24)} {hours % 24:02d}:00"


class Office(RuleBasedStateMachine):
    """Enters and takes back, and is asked after each step."""

    entries: Bundle = Bundle("entries")
    rotations: Bundle = Bundle("rotations")

    @initialize()
    def open(self) -> None:
        self.rota = Rota(BERLIN)

    @rule(target=rotations, members=st.lists(PEOPLE, min_size=1, max_size=4), days=st.sampled_from([1, 7]),
          offset=st.integers(0, 20), weekday=st.integers(0, 6), replaces=st.booleans())  # fmt: skip
    def rotation(self, members: list[str], days: int, offset: int, weekday: int, replaces: bool) -> str:
        starts = FIRST + timedelta(days=offset)
        return self.rota.rotation(*members, starts=starts, days=days, weekday=weekday, replaces=replaces)

    @rule(target=entries, kind=st.sampled_from(["duty", "override", "leave"]), who=PEOPLE, begins=HOURS,
          hours=st.integers(1, 200), substitute=st.sampled_from(["", *NAMES]))  # fmt: skip
    def shift(self, kind: str, who: str, begins: int, hours: int, substitute: str) -> str:
        stands_in = substitute if kind == "leave" and substitute != who else ""
        return self.rota.shift(kind, who, clock(begins), clock(begins + hours), stands_in)

    @rule(key=rotations, one=st.integers(0, 4), other=st.integers(0, 4))
    def swap(self, key: str, one: int, other: int) -> None:
        found = [rotation for rotation in self.rota.roster().rotations if rotation.id == key]
        if found:
            self.rota.swap(key, found[0].begins_on(one), found[0].begins_on(other))

    @rule(key=consumes(entries))
    def delete_shift(self, key: str) -> None:
        with writing(self.rota.engine) as conn:
            delete_entry(conn, "shift", key, "entered by mistake", self.rota.by)

    @rule(key=consumes(rotations))
    def delete_rotation(self, key: str) -> None:
        with writing(self.rota.engine) as conn:
            delete_entry(conn, "rotation", key, "another plan", self.rota.by)

    @invariant()
    def nobody_on_leave_is_on_duty(self) -> None:
        roster = self.rota.roster()
        for hour in range(0, DAYS * 24, 17):
            now = BEGIN + timedelta(hours=hour)
            away = {one.officer for one in roster.shifts if one.kind == "leave" and one.covers(now)}
            assert not away & {one.id for one in roster.on_duty(now)}

    @invariant()
    def each_way_of_asking_says_the_same(self) -> None:
        """Day by day, all at once, and moment by moment."""
        roster, end = self.rota.roster(), BEGIN + timedelta(days=DAYS)
        whole = list_stretches(roster, BEGIN, end)
        assert (whole[0].begins, whole[-1].ends) == (BEGIN, end)
        assert all(one.ends == two.begins for one, two in pairwise(whole))
        days = [BEGIN + timedelta(days=day) for day in range(DAYS)]
        parts = [one for day in days for one in list_stretches(roster, day, day + timedelta(days=1))]
        for one in parts:
            assert next(each for each in whole if each.begins <= one.begins < each.ends).officers == one.officers
            assert tuple(sorted(officer.id for officer in roster.on_duty(one.begins))) == one.officers
        gaps = sum((gap.ends - gap.begins for gap in find_gaps(roster, BEGIN, DAYS)), timedelta(0))
        covered = sum((one.ends - one.begins for one in whole if one.officers), timedelta(0))
        assert gaps + covered == timedelta(days=DAYS)

    @invariant()
    def within_knows_every_shift_that_touches(self) -> None:
        """A shift found in a short window is found, the same, in a long one."""
        roster = self.rota.roster()
        long = set(roster.within(BEGIN, BEGIN + timedelta(days=DAYS)))
        short = {
            one for day in range(0, DAYS, 5)
            for one in roster.within(BEGIN + timedelta(days=day), BEGIN + timedelta(days=day + 1))
        }  # fmt: skip
        assert short <= long


class CalendarOffice(Office):
    """The same, with a calendar that goes out and comes back after each step."""

    @invariant()
    def a_calendar_that_goes_out_comes_back(self) -> None:
        other = Rota(BERLIN)
        body = self.rota.make("ics", BEGIN, DAYS)
        stored, faults = other.take(body, "r.ics")
        end = BEGIN + timedelta(days=DAYS)
        mine = list_stretches(self.rota.roster(), BEGIN, end)
        if any(one.officers for one in mine):
            assert faults == []
            assert stored
        assert list_stretches(other.roster(), BEGIN, end) == mine


TestOffice = pytest.mark.timeout(300)(Office.TestCase)
TestOffice.settings = CALM
TestCalendarOffice = pytest.mark.timeout(300)(CalendarOffice.TestCase)
TestCalendarOffice.settings = settings(CALM, max_examples=6, stateful_step_count=6)
