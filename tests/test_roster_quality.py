"""How good a roster is: what is found, what it costs, and that a good one has nothing to say."""

from datetime import date

import pytest
from roster_kit import BERLIN, CHANNELS, MONDAY, SHANGHAI, Rota, wall

from alerts.duty.quality import measure_stretch, rate_roster, say_finding
from alerts.workdays import WorkSettings, make_calendar

NOW = wall("2026-11-23 09:00")
CHINA = make_calendar(WorkSettings(), SHANGHAI, {})


def rate(rota: Rota):  # type: ignore[no-untyped-def]
    return rate_roster(rota.roster(), [channel.id for channel in CHANNELS], CHINA, NOW)


def test_a_fair_rotation_without_holes_is_a_hundred():
    """Three officers, a week each, all reachable: nothing to say."""
    rota = Rota()
    rota.rotation()
    quality = rate(rota)
    assert (quality.score, quality.covered, quality.findings) == (100, 1.0, ())
    assert sum(one.hours for one in quality.shares) == 84 * 24


def test_a_hole_is_serious_and_costs_most():
    """A day without anybody in the next fortnight."""
    rota = Rota()
    rota.rotation()
    rota.shift("leave", "li", "2026-11-25 00:00", "2026-11-26 00:00")
    quality = rate(rota)
    assert [(one.code, one.serious) for one in quality.findings] == [("gap", True)]
    assert say_finding(quality.findings[0], CHINA) == "nobody is on duty from 11-25 00:00 to 11-26 00:00"
    assert 0 < quality.score <= 60


def test_an_empty_roster_is_nothing():
    """Nobody, no hours, no score."""
    quality = rate(Rota(names=()))
    assert (quality.score, quality.covered, quality.shares) == (0, 0.0, ())


def test_two_at_once_are_said():
    """Two rotations at the same time may be meant; they are named."""
    rota = Rota()
    rota.rotation("li", "wang")
    rota.rotation("zhao")
    assert {one.code for one in rate(rota).findings} >= {"double"}


def test_somebody_on_duty_soon_without_a_channel_is_serious():
    """Wang has the next week and no address; Sun never comes up and is told apart."""
    rota = Rota()
    rota.rotation()
    rota.officer("wang", mail="")
    rota.officer("sun")
    found = [(one.code, one.names, one.serious) for one in rate(rota).findings]
    assert found == [
        ("unreachable", ("sun",), False), ("unreachable", ("wang",), True), ("idle", ("sun",), False),
    ]  # fmt: skip


def test_an_uneven_load_is_measured():
    """Two weeks in three for the same officer."""
    rota = Rota()
    rota.rotation("li", "li", "wang")
    quality = rate(rota)
    assert [one.code for one in quality.findings if one.code.startswith("unfair")] == ["unfair", "unfair_hard"]
    assert [one.deviation for one in quality.shares] == [33, -33]
    assert quality.score < 80


def test_nights_and_days_off_are_counted_apart():
    """A Saturday has nine hours of night and fifteen of a day off; a make-up Saturday has none of the latter."""
    whole, night, off = measure_stretch(wall("2026-11-28 00:00"), wall("2026-11-29 00:00"), CHINA)
    assert (whole, night, off) == (24, 9, 15)
    assert measure_stretch(wall("2026-10-10 00:00"), wall("2026-10-11 00:00"), CHINA)[2] == 0
    assert measure_stretch(wall("2026-10-01 00:00"), wall("2026-10-02 00:00"), CHINA)[2] == 15


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_day_of_a_clock_change_has_its_real_hours(day, hours):
    """By the sun, as people work them."""
    calendar = make_calendar(WorkSettings(country="DE"), BERLIN, {})
    after = date.fromisoformat(day).replace(day=date.fromisoformat(day).day + 1)
    assert measure_stretch(wall(f"{day} 00:00", BERLIN), wall(f"{after} 00:00", BERLIN), calendar)[0] == hours


def test_every_finding_can_be_said():
    """No code without its sentence."""
    rota = Rota(names=("li",))
    rota.officer("wang")
    rota.rotation("li", starts=MONDAY)
    assert all(say_finding(one, CHINA) for one in rate(rota).findings)
