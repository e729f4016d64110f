"""The school's year: which window holds on a day, what it changes in a rule, and what it may never change."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from matter import Matter

from alerts.baseline import gauge_volume
from alerts.judge import RuleJudge
from alerts.rulekinds.seasonal import read_surge
from alerts.season import CalendarSettings, CalendarWindow, Seasons, find_calendar_faults, is_holiday
from alerts.settings import Alerting, RuleSpec
from alerts.words import say_reason
from pipeline.model import Severity, Volume

ZONE = ZoneInfo("Asia/Shanghai")
FIVE = RuleSpec("five", "threshold", Severity.NOTICE, stories=5)


def judge(*windows: CalendarWindow, rule: RuleSpec = FIVE) -> RuleJudge:
    """A judge with one rule in the school's year."""
    return RuleJudge([rule], Alerting(group_wait="0s"), seasons=Seasons(windows, ZONE))


@pytest.mark.parametrize(
    ("begins", "ends", "day", "inside"),
    [
        ("08-20", "09-20", "2026-08-20", True), ("08-20", "09-20", "2026-09-20", True),
        ("08-20", "09-20", "2026-09-21", False), ("12-25", "01-05", "2027-01-05", True),
        ("12-25", "01-05", "2026-12-24", False), ("02-29", "03-02", "2027-03-01", True),
        ("2026-06-20", "2026-06-30", "2027-06-25", False), ("2026-06-20", "2026-06-30", "2026-06-30", True),
    ],
)  # fmt: skip
def test_a_window_holds_on_its_days(begins: str, ends: str, day: str, inside: bool) -> None:
    """First and last day belong to it; a month-day window comes every year and may go over New Year."""
    assert CalendarWindow("w", "", begins, ends).covers(date.fromisoformat(day)) is inside


def test_holidays_are_those_of_the_country() -> None:
    """The national day is one; the make-up Saturday after it and a plain Monday are not."""
    assert is_holiday(date(2026, 10, 1))
    assert not is_holiday(date(2026, 11, 23))
    assert CalendarWindow("h", holidays=True, volume=0.5).covers(date(2026, 10, 2))


def test_a_day_begins_in_the_schools_zone() -> None:
    """At 16:30 UTC it is already the next day in Shanghai."""
    window = CalendarWindow("w", "", "2026-09-06", "2026-09-06", factor={"fees": 2.0})
    assert Seasons((window,), ZONE).active(datetime(2026, 9, 5, 16, 30, tzinfo=UTC)) == (window,)
    assert Seasons((window,), ZONE).active(datetime(2026, 9, 5, 15, 30, tzinfo=UTC)) == ()


def test_ten_instead_of_five_and_the_reason_says_so() -> None:
    """In the season the sixth story is not enough; the tenth is, and both reasons name the season."""
    window = CalendarWindow("enrol", "招生季", "08-20", "09-20", stories={"admissions": 10})
    matter = Matter(judge(window), topics=("admissions",))
    for number in range(10):
        matter.post(f"10:{number:02d}", topics=("admissions",))
    assert [alert.items for alert in matter.told]
    assert len(matter.told) == 1
    reason = matter.told[0].reason
    assert "in 招生季 the threshold for admissions is 10 instead of 5" in reason.text
    assert "招生季期间，招生类的数量由 5 调整为 10" in say_reason("zh", reason)
    held = matter.decisions[5].reason
    assert "10 instead of 5" in held.text


def test_a_factor_moves_voices_too_and_is_rounded_up() -> None:
    """1.5 times five stories are eight, three voices are five."""
    rule = msgspec.structs.replace(FIVE, voices=3)
    matter = Matter(judge(CalendarWindow("w", "", "08-20", "09-20", factor={"fees": 1.5}), rule=rule), topics=("fees",))
    for number in range(8):
        matter.post(f"10:{number:02d}", voice=f"v{number % 5}", topics=("fees",))
    assert [decision.alert is not None for decision in matter.decisions] == [False] * 7 + [True]


@pytest.mark.parametrize("topics", [("fees", "safety"), ("health",)])
def test_what_touches_safety_or_health_keeps_the_written_number(topics: tuple[str, ...]) -> None:
    """Whatever the main topic is: five stories are five."""
    matter = Matter(judge(CalendarWindow("w", "", "08-20", "09-20", factor={"fees": 3.0})), topics=topics)
    for number in range(5):
        matter.post(f"10:0{number}", topics=topics)
    assert len(matter.told) == 1


def test_other_topics_and_other_days_are_untouched() -> None:
    """The window of fees leaves dorms alone, and one that is over leaves everything alone."""
    for window in (CalendarWindow("w", "", "08-20", "09-20", factor={"fees": 3.0}),
                   CalendarWindow("w", "", "01-01", "01-31", factor={"dorms": 3.0})):  # fmt: skip
        matter = Matter(judge(window), topics=("dorms",))
        for number in range(5):
            matter.post(f"10:0{number}", topics=("dorms",))
        assert len(matter.told) == 1


def test_without_windows_the_baseline_is_the_old_one() -> None:
    """No window, or windows without a volume: not a digit of the baseline changes."""
    volume = Volume(datetime(2026, 9, 5, 12, tzinfo=UTC), tuple((hour * 7) % 5 for hour in range(900)))
    assert Seasons().read_surge(volume) == read_surge(volume)
    assert Seasons((CalendarWindow("w", "", "08-20", "09-20", factor={"fees": 2.0}),), ZONE).factors(volume) == ()


def test_a_loud_season_expects_more() -> None:
    """With eight times the usual volume in the window, the same sixteen mentions are expected and no alarm."""
    hours = [1] * 1200
    hours[-2:] = [8, 8]
    volume = Volume(datetime(2026, 9, 5, 12, tzinfo=UTC), tuple(hours))
    loud = Seasons((CalendarWindow("w", "", "2026-09-05", "2026-09-20", volume=8.0),), ZONE)
    assert read_surge(volume).alarm
    assert not loud.read_surge(volume).alarm
    factors = loud.factors(volume)
    assert len(factors) == len(hours)
    assert factors[-1] == 8.0
    assert factors[0] == 1.0
    assert gauge_volume(volume, factors).expected > 3 * gauge_volume(volume).expected


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (CalendarWindow("w", "", "08-20", "09-20", stories={"safety": 9}), "safety is never raised"),
        (CalendarWindow("w", "", "08-20", "09-20", factor={"safety": 1.1}), "safety is never raised"),
        (CalendarWindow("w", "", "08-20", "2026-09-20", factor={"fees": 2}), "both dates or both month-days"),
        (CalendarWindow("w", "", "08-20", "09-20", factor={"food": 2}), "'food' is not a topic"),
        (CalendarWindow("w", "", "08-20", "09-20", factor={"fees": 20}), "from 0.2 to 10"),
        (CalendarWindow("w", "", "08-20", "09-20", volume=0.0), "volume is from"),
        (CalendarWindow("w", "", "08-20", "09-20", holidays=True, volume=2), "either holidays"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(window: CalendarWindow, said: str) -> None:
    """Each wrong window says what is wrong with it."""
    assert any(said in sentence for _, _, sentence in find_calendar_faults(CalendarSettings(windows=[window])))


def test_a_lower_number_for_safety_is_allowed() -> None:
    """More watchful is always allowed."""
    window = CalendarWindow("w", "", "08-20", "09-20", factor={"safety": 0.5})
    assert list(find_calendar_faults(CalendarSettings(windows=[window]))) == []
