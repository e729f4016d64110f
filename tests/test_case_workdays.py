"""Working days and hours: public holidays, make-up days, own days, changes of the clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.workdays import WorkSettings, check_settings, make_calendar, unknown_year

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = make_calendar(WorkSettings(), SHANGHAI, {})
HOUR = timedelta(hours=1)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-09-30", True), ("2026-10-01", False), ("2026-10-07", False), ("2026-10-08", True),
        ("2026-10-10", True), ("2026-09-20", True), ("2026-10-11", False), ("2026-02-14", True), ("2026-02-18", False),
    ],
)  # fmt: skip
def test_holidays_and_make_up_days_of_2026(day, works):
    """The National Day holiday is off, the Saturday and Sunday worked for it are on."""
    assert CHINA.is_workday(date.fromisoformat(day)) is works


def test_own_days_stand_above_the_library():
    """A school that closes on a Tuesday and opens on a holiday is believed."""
    own = {date(2026, 11, 24): False, date(2026, 10, 1): True}
    calendar = make_calendar(WorkSettings(), SHANGHAI, own)
    assert not calendar.is_workday(date(2026, 11, 24))
    assert calendar.is_workday(date(2026, 10, 1))


def test_a_deadline_over_the_holiday_falls_behind_it():
    """Four working hours from five in the evening before National Day end at noon on the first day after it."""
    assert CHINA.add_working_time(local("2026-09-30T17:00"), 4 * HOUR) == local("2026-10-08T12:00")


def test_a_deadline_may_fall_on_a_make_up_day():
    """From Friday evening the Saturday that is worked counts."""
    assert CHINA.add_working_time(local("2026-10-09T17:30"), 2 * HOUR) == local("2026-10-10T10:30")


def test_lunch_is_no_working_time():
    """A full day is seven hours; from eleven to three it is two."""
    assert CHINA.working_time_between(local("2026-11-24T00:00"), local("2026-11-25T00:00")) == 7 * HOUR
    assert CHINA.working_time_between(local("2026-11-24T11:00"), local("2026-11-24T15:00")) == 2 * HOUR


def test_backwards_is_nothing():
    """An end before the begin is no working time."""
    assert CHINA.working_time_between(local("2026-11-24T15:00"), local("2026-11-24T11:00")) == timedelta(0)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_hours_keep_the_wall_clock_over_clock_changes(day):
    """An office that works through the night of the change works one hour less or more by the sun."""
    plain = WorkSettings(country="", office_hours=["00:00-24:00"])
    calendar = make_calendar(plain, BERLIN, {date.fromisoformat(day): True})
    whole = calendar.working_time_between(local(f"{day}T00:00", BERLIN), local(f"{day}T23:59", BERLIN))
    assert whole == timedelta(hours=23, minutes=59) + (-HOUR if day == "2026-03-29" else HOUR)
    assert calendar.add_working_time(local(f"{day}T00:00", BERLIN), whole) == local(f"{day}T23:59", BERLIN)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), st.integers(0, 200), st.integers(0, 59),
    st.sampled_from([SHANGHAI, BERLIN]),
)  # fmt: skip
def test_adding_and_measuring_agree(start, hours, minutes, zone):
    """What was added is what lies between, and no less time would do."""
    calendar = make_calendar(WorkSettings(), zone, {date(2026, 5, 6): False})
    begin, span = start.replace(tzinfo=UTC), timedelta(hours=hours, minutes=minutes)
    end = calendar.add_working_time(begin, span)
    assert calendar.working_time_between(begin, end) == span
    if span:
        assert calendar.working_time_between(begin, end - timedelta(minutes=1)) < span


def test_a_year_without_a_decree_is_said():
    """In November 2026 the make-up days of 2027 are not known; other countries follow from their law."""
    assert unknown_year(CHINA, local("2026-11-24T09:00")) == 2027
    assert unknown_year(CHINA, local("2026-06-01T09:00")) is None
    german = make_calendar(WorkSettings(country="DE"), BERLIN, {})
    assert unknown_year(german, local("2026-11-24T09:00")) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (WorkSettings(country="XX"), "'XX' is no country"),
        (WorkSettings(office_hours=["9-17"]), "'9-17' is not a span"),
        (WorkSettings(office_hours=["17:00-09:00"]), "ends before it begins"),
        (WorkSettings(office_hours=["09:00-12:00", "11:00-15:00"]), "overlap"),
        (WorkSettings(office_hours=[]), "office_hours is empty"),
    ],
)
def test_unusable_settings_are_said_in_one_sentence(given, said):
    """Each mistake names itself."""
    assert said in str(check_settings(given))


def test_an_office_that_never_opens_is_an_error():
    """No deadline is invented for it."""
    calendar = make_calendar(WorkSettings(office_hours=["09:00-09:01"]), SHANGHAI, {})
    with pytest.raises(ValueError, match="no working time left"):
        calendar.add_working_time(local("2026-11-24T09:00"), timedelta(days=900))
