"""Rotations, overrides, leave, swaps: who is on duty when, and what is refused."""

from datetime import date, time, timedelta

import pytest
from roster_kit import BERLIN, MONDAY, Rota, wall

from alerts.duty.entries import delete_entry
from alerts.duty.people import remove_officer
from alerts.roster import find_gaps, list_stretches
from alerts.taps import Refused
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit


def test_a_week_changes_hands_at_the_handover():
    """Monday half past eight; before it the last week's officer, after it the next."""
    rota = Rota()
    rota.rotation()
    assert rota.on_duty("2026-11-23 08:29") == []
    assert rota.on_duty("2026-11-23 08:30") == ["li"]
    assert rota.on_duty("2026-11-30 08:29") == ["li"]
    assert rota.on_duty("2026-11-30 08:30") == ["wang"]
    assert rota.on_duty("2026-12-14 09:00") == ["li"]


def test_a_rotation_that_starts_in_midweek_begins_with_a_short_turn():
    """Nothing is covered before the first day; the first turn ends with its week."""
    rota = Rota()
    rota.rotation(starts=date(2026, 11, 26))
    assert rota.on_duty("2026-11-26 08:00") == []
    assert rota.on_duty("2026-11-26 09:00") == ["li"]
    assert rota.on_duty("2026-11-30 09:00") == ["wang"]


def test_days_follow_each_other():
    """A turn of a day goes round every three days."""
    rota = Rota()
    rota.rotation(days=1)
    assert [rota.on_duty(f"2026-11-{day} 12:00") for day in (23, 24, 25, 26)] == [["li"], ["wang"], ["zhao"], ["li"]]


@pytest.mark.parametrize("day", [date(2026, 3, 23), date(2026, 10, 19)])
def test_a_handover_keeps_its_local_hour_when_clocks_change(day):
    """In the week of the change the turn is an hour shorter or longer by the sun, and no moment is uncovered."""
    rota = Rota(BERLIN)
    rota.rotation(starts=day)
    first, second = (rota.on_duty(f"{day + timedelta(days=7)} {clock}") for clock in ("08:29", "08:30"))
    assert (first, second) == (["li"], ["wang"])
    begin = wall(f"{day} 09:00", BERLIN)
    assert find_gaps(rota.roster(), begin, 30) == []
    lengths = {one.ends - one.begins for one in list_stretches(rota.roster(), begin, begin + timedelta(days=21))[1:-1]}
    assert len(lengths) == 1 or timedelta(days=7) in lengths


@pytest.mark.parametrize("clock", [time(2, 30), time(0, 0)])
def test_a_handover_in_the_hour_that_is_left_out_leaves_no_hole(clock):
    """A handover at half past two on the night of the change still happens once."""
    rota = Rota(BERLIN)
    rota.rotation(starts=date(2026, 3, 22), clock=clock, weekday=6)
    stretches = list_stretches(rota.roster(), wall("2026-03-23 12:00", BERLIN), wall("2026-04-04 12:00", BERLIN))
    assert [one.officers for one in stretches] == [("li",), ("wang",)]


def test_the_new_rotation_replaces_the_old_from_its_first_day():
    """One handover, no hole, nobody twice."""
    rota = Rota()
    rota.rotation("li")
    rota.rotation("wang", starts=date(2026, 12, 7), replaces=True)
    stretches = list_stretches(rota.roster(), wall("2026-11-23 09:00"), wall("2026-12-20 09:00"))
    assert [(one.officers, one.begins) for one in stretches][1] == (("wang",), wall("2026-12-07 08:30"))


def test_an_override_is_alone_on_duty():
    """Who takes over is told, whoever's week it is."""
    rota = Rota()
    rota.rotation()
    rota.shift("override", "zhao", "2026-11-24 18:00", "2026-11-24 22:00")
    assert rota.on_duty("2026-11-24 19:00") == ["zhao"]
    assert rota.on_duty("2026-11-24 22:00") == ["li"]


def test_the_substitute_stands_in_only_while_the_other_would_be_on_duty():
    """A leave of three weeks with a substitute touches the officer's own week alone."""
    rota = Rota()
    rota.rotation()
    rota.shift("leave", "li", "2026-11-20 00:00", "2026-12-13 00:00", "zhao")
    assert rota.on_duty("2026-11-25 12:00") == ["zhao"]
    assert rota.on_duty("2026-12-02 12:00") == ["wang"]


def test_a_substitute_who_is_away_too_has_one_as_well():
    """Li's substitute Zhao is away, and Wang stands in for Zhao."""
    rota = Rota()
    rota.rotation()
    rota.shift("leave", "li", "2026-11-20 00:00", "2026-11-29 00:00", "zhao")
    rota.shift("leave", "zhao", "2026-11-24 00:00", "2026-11-25 00:00", "wang")
    assert rota.on_duty("2026-11-23 12:00") == ["zhao"]
    assert rota.on_duty("2026-11-24 12:00") == ["wang"]


def test_two_weeks_are_swapped_and_all_others_stay():
    """Li's week for Wang's."""
    rota = Rota()
    key = rota.rotation()
    rota.swap(key, MONDAY, date(2026, 11, 30))
    weeks = [rota.on_duty(f"{MONDAY + timedelta(days=7 * week)} 12:00")[0] for week in range(6)]
    assert weeks == ["wang", "li", "zhao", "li", "wang", "zhao"]


def test_a_swap_taken_back_is_undone_and_needs_a_reason():
    """Without a reason nothing is deleted; with one the order is as before, and the trail has both."""
    rota = Rota()
    key = rota.rotation()
    swap = rota.swap(key, MONDAY, date(2026, 11, 30))
    with writing(rota.engine) as conn:
        assert delete_entry(conn, "swap", swap, "", rota.by) == Refused("say why")
        assert delete_entry(conn, "swap", swap, "agreed otherwise", rota.by) is None
        assert delete_entry(conn, "swap", swap, "again", rota.by) == Refused("there is no such entry")
    assert rota.on_duty("2026-11-24 12:00") == ["li"]
    with reading(rota.engine) as conn:
        trail = [(row.what, row.detail) for row in conn.execute(audit.select().order_by(audit.c.n))]
        assert verify_audit(conn) is None
    assert trail[-2:] == [("roster_swap", "2026-11-23 for 2026-11-30"), ("roster_delete_swap", "agreed otherwise")]


def test_the_next_person_is_found_in_the_rotation():
    """Who is asked after the duty officer is the one whose week comes."""
    rota = Rota()
    rota.rotation()
    roster = rota.roster()
    assert [one.id for one in roster.next_up(wall("2026-11-25 12:00"))] == ["wang"]
    rota.shift("leave", "wang", "2026-11-25 00:00", "2026-12-20 00:00")
    assert [one.id for one in rota.roster().next_up(wall("2026-11-25 12:00"))] == ["zhao"]


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("sun", {"sms": "1"}, "there is no channel 'sms'; there are mail, chat, phone"),
        ("sun", {"mail": "sun"}, "mail: 'sun' is not a mail address"),
        ("sun", {"phone": "call me"}, "phone: 'call me' is not a telephone number"),
        ("sun", {"chat": "<!channel>"}, "chat: '<!channel>' is not an id of a user there"),
        ("", {}, "an officer needs a name: a role or a short name"),
    ],
)
def test_an_address_that_reaches_nobody_is_refused(name, address, said):
    """Each mistake names the channel and the value."""
    assert Rota().officer(name, **address) == said


def test_the_same_name_is_the_same_officer():
    """Entering somebody twice changes their addresses and makes nobody new."""
    rota = Rota()
    assert rota.officer("li", mail="other@h.example") == "li"
    assert [dict(one.addresses) for one in rota.roster().officers if one.id == "li"] == [{"mail": "other@h.example"}]
    rota.officer("li", chat="U0LI")
    assert dict(rota.roster().pick("li")[0].addresses) == {"mail": "other@h.example", "chat": "U0LI"}
    assert rota.officer("wang", key="li2") == "there is another officer called 'wang'"


def test_a_chinese_name_gets_an_id():
    """Short names of the office need no Latin id of their own."""
    assert Rota().officer("值班一") == "officer-1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"starts": date(1999, 1, 1)}, "between 2000 and 2100"),
        ({"ends": MONDAY}, "a rotation ends after it begins"),
        ({"days": 3}, "one day or one week"),
        ({"span": timedelta(days=8)}, "ends before the next"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(given, said):
    """Nonsense is refused in one sentence."""
    assert said in Rota().rotation(**given)


def test_only_people_of_the_roster_take_turns():
    """Strangers and operators are refused; so is removing somebody whom a rotation counts on."""
    rota = Rota()
    rota.officer("ops", "operator")
    assert rota.rotation("li", "nobody") == "there is no officer 'nobody'"
    assert "is an operator" in rota.rotation("ops")
    rota.rotation()
    with writing(rota.engine) as conn:
        refused = remove_officer(conn, "li", "left", rota.by)
    assert refused == Refused("still in the rotation 'weekly 08:30'; end or delete that one first")


@pytest.mark.parametrize(
    ("begins", "ends", "substitute", "said"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00", "", "it must end after it begins"),
        ("2026-11-24 10:00", "2028-11-24 10:00", "", "400 days at most"),
        ("2026-11-24 10:00", "2026-11-25 10:00", "li", "somebody else"),
    ],
)
def test_a_leave_that_cannot_be_is_refused(begins, ends, substitute, said):
    """An end before the begin, years, oneself as substitute."""
    assert said in Rota().shift("leave", "li", begins, ends, substitute)


def test_a_swap_of_days_on_which_nothing_begins_is_refused():
    """Turns are named by the day on which they begin."""
    rota = Rota()
    key = rota.rotation()
    assert rota.swap(key, MONDAY, date(2026, 12, 1)) == "no turn of 'weekly 08:30' begins on 2026-12-01"
    assert rota.swap(key, MONDAY, MONDAY) == "a swap needs two different turns"
    assert rota.swap("none", MONDAY, date(2026, 11, 30)) == "there is no such rotation"


def test_a_far_future_is_reckoned_at_once():
    """The week a hundred years on costs no more than the next one."""
    rota = Rota()
    rota.rotation()
    assert len(rota.on_duty("2126-11-25 12:00")) == 1
