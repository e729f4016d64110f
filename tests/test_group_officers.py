"""Officers merge and split, and the machine respects it; kin; forgetting."""

from datetime import timedelta

from tests.matters_told import BEGIN, Town
from tests.test_group_events import OUTAGE, POISONED


def test_a_merge_is_kept() -> None:
    """After a merge new stories of either go to the kept event."""
    town = Town()
    poisoned, outage = town.tell_all(POISONED[:3])[0], town.tell_all(OUTAGE[:3])[0]
    town.groups.merge(poisoned, outage)
    assert town.groups.resolve(outage) == poisoned
    assert town.tell(OUTAGE[3], 3).event == poisoned


def test_a_split_is_never_healed_by_the_machine() -> None:
    """What an officer took out stays out, however alike the next stories are."""
    town = Town()
    event = town.tell_all(POISONED[:4])[0]
    moved = [document.id for document, *_ in town.told[-2:]]
    fresh = town.groups.split(event, moved)
    assert fresh not in (event, town.groups.resolve(event))
    for text in POISONED[4:]:
        placed = town.tell(text, 3)
        assert event not in placed.absorbed
        assert fresh not in placed.absorbed
    assert town.groups.resolve(fresh) != town.groups.resolve(event)
    assert fresh not in town.groups.kin(event, BEGIN - timedelta(days=14))


def test_a_copy_of_a_moved_story_follows_it() -> None:
    """Its repost lands in the new event."""
    town = Town()
    event = town.tell_all(POISONED[:4])[0]
    fresh = town.groups.split(event, [town.told[-1][0].id])
    assert town.tell("转发微博：" + POISONED[3], 3).event == fresh


def test_splitting_off_the_first_story_gives_another_id() -> None:
    """The new event's id is free even when the story that named the old one moves."""
    town = Town()
    event = town.tell_all(POISONED[:4])[0]
    fresh = town.groups.split(event, [town.told[-4][0].id])
    assert fresh != event
    assert town.groups.resolve(event) == event


def test_a_split_survives_later_merges() -> None:
    """The veto holds for what the two parts are merged into."""
    town = Town()
    event = town.tell_all(POISONED[:4])[0]
    outage = town.tell_all(OUTAGE[:2])[0]
    fresh = town.groups.split(event, [town.told[-3][0].id])
    town.groups.merge(outage, fresh)
    assert town.groups.kin(event, BEGIN - timedelta(days=14)) == ()


def test_an_officer_may_take_a_split_back() -> None:
    """A later merge by hand overrules the veto."""
    town = Town()
    event = town.tell_all(POISONED[:4])[0]
    fresh = town.groups.split(event, [town.told[-1][0].id])
    town.groups.merge(event, fresh)
    assert town.groups.resolve(fresh) == event


def test_a_fragment_in_other_words_is_kin() -> None:
    """A later fragment at the same place about the same kind of matter does not ring twice."""
    town = Town()
    first = town.tell_all(OUTAGE)[0]
    again = town.tell_all(["江科5栋夜里又停电了，怎么总是我们", "5栋又停电，空调风扇全停"], hour=24 * 9)
    assert again[0] != first
    assert first in town.groups.kin(again[-1], BEGIN - timedelta(days=1))


def test_another_matter_is_no_kin() -> None:
    """A poisoning is not kin of an outage."""
    town = Town()
    poisoned, outage = town.tell_all(POISONED)[0], town.tell_all(OUTAGE)[0]
    assert poisoned not in town.groups.kin(outage, BEGIN - timedelta(days=14))


def test_what_is_forgotten_takes_nothing_in() -> None:
    """After `forget` an old event is gone, its copies open a new one, and asking for kin is harmless."""
    town = Town()
    event = town.tell_all(POISONED)[0]
    town.groups.forget(BEGIN + timedelta(days=30))
    assert town.groups.kin(event, BEGIN) == ()
    assert town.tell(POISONED[0], 31 * 24).created
