"""What may not be asked for in a slip or a case, and what may."""

from pathlib import Path

import pytest

from alerts.asks import FIND, REASONS, REMOVE, refuse_ask

DATA = Path(__file__).parent / "data" / "asks"
REFUSED = (DATA / "refused.txt").read_text(encoding="utf-8").splitlines()
ORDINARY = (DATA / "ordinary.txt").read_text(encoding="utf-8").splitlines()


def test_there_are_sixty_of_each():
    """The two lists are as long as they claim, without repeats."""
    assert len(set(REFUSED)) >= 60
    assert len(set(ORDINARY)) >= 60


@pytest.mark.parametrize("text", REFUSED)
def test_an_ask_against_people_is_refused(text):
    """To find, remove, press, watch or flood is refused with the reason."""
    assert refuse_ask(text) in REASONS


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_slip_passes(text):
    """To repair, explain, check and answer is what slips are for."""
    assert refuse_ask(text) is None


def test_form_of_writing_does_not_matter():
    """Blanks, full width and case hide nothing; the reason fits the ask."""
    assert refuse_ask("删 帖") == REMOVE
    assert refuse_ask("ＤＥＬＥＴＥ ｔｈｅ ｐｏｓｔ") == REMOVE
    assert refuse_ask("FIND OUT WHO POSTED IT") == FIND


def test_an_empty_text_asks_nothing():
    """Nothing said, nothing refused."""
    assert refuse_ask("") is None
