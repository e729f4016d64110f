"""Old items are not news: what a first fetch brings, and what comes back long after it was published. Pure.

A site that moves, or a feed that gives out its archive again under new addresses, must not alert (Miniflux #1409,
#3390). `first_fetch` is how an item says so to the screen, which makes history of what is older than 48 hours then.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from pipeline.model import RawItem

COMES_BACK = timedelta(days=14)  # later than that an item is not late but old: whoever is late is so by hours or days


def mark_old(items: Iterable[RawItem], *, first: bool) -> tuple[RawItem, ...]:
    """The items; those of a first fetch are marked, and so are those that were published more than 14 days ago."""
    return tuple(replace(item, first_fetch=True) if first or is_old(item) else item for item in items)


def is_old(item: RawItem) -> bool:
    """True when an item says itself that it is old; one of unknown age is taken for new."""
    return item.published is not None and item.published < item.seen - COMES_BACK
