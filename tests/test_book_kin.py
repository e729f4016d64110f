"""What was told of kin keeps a fragment silent, but not for ever."""

from datetime import timedelta

import pytest
from store_kit import NOON

from pipeline.book import EventBook, Matter
from pipeline.chain import KIN_DAYS
from pipeline.model import Alert, Reason, Severity

TOLD = Alert("a1", NOON, "first", "old", "R1", Severity.SERIOUS, ("x",), Reason("threshold", "Enough."), ())


@pytest.mark.parametrize(("days", "counts"), [(1, True), (13, True), (15, False), (40, False)])
def test_what_was_told_of_kin_counts_for_a_fortnight(days: int, counts: bool) -> None:
    """A reminder of it, such as a late repost, does not make an old alert new."""
    now = NOON + timedelta(days=days)
    book = EventBook()
    book.restore(Matter("old", NOON, now, told=[TOLD]))
    assert bool(book.told_of(["old", "unknown"], now - KIN_DAYS)) is counts
