"""What people did to stored items while the worker ran; its memory follows before the next items.

A correction has changed the item, the counts and its event in the store already: the event is read again. A deletion
takes the whole memory with it, so that nothing learnt from the item stays: it is built anew without it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from pipeline.book import revive
from pipeline.chain import KIN_DAYS, Chain
from pipeline.store import regrouping
from pipeline.store.resume import read_event_sources
from pipeline.store.schema import changes, corrections, documents
from pipeline.store.statements import in_chunks

WORDS = ("label", "topic", "school", "undo")


@dataclass(frozen=True, slots=True)
class Heard:
    """How far memory has followed: the last correction and the last change that it holds."""

    correction: int = 0
    change: int = 0


def read_heard(connection: Connection) -> Heard:
    """Where the store stands."""
    return Heard(
        connection.scalar(select(func.max(corrections.c.n))) or 0, connection.scalar(select(func.max(changes.c.n))) or 0
    )


def has_lost(chain: Chain, connection: Connection, heard: Heard) -> bool:
    """True when an item that memory holds was deleted since `heard`."""
    since = select(changes.c.id).where(changes.c.n > heard.change, changes.c.kind == "document", changes.c.gone)
    held = {item for item in connection.scalars(since) if chain.grouper.holds(item)}
    for chunk in in_chunks(held):
        held -= set(connection.scalars(select(documents.c.id).where(documents.c.id.in_(chunk))))
    return bool(held)


def follow_words(chain: Chain, connection: Connection, heard: Heard, now: datetime) -> int:
    """Read the events of items that were corrected since `heard` again; returns how many."""
    said = select(corrections.c.event).where(corrections.c.n > heard.correction, corrections.c.field.in_(WORDS))
    spoken_of = [chain.grouper.resolve(event) for event in connection.scalars(said.distinct()) if event]
    live = [event for event in dict.fromkeys(spoken_of) if event in chain.book]
    for event in live:
        _read_again(chain, connection, event, now - KIN_DAYS)
    return len(live)


def _read_again(chain: Chain, connection: Connection, event: str, since: datetime) -> None:
    stored = regrouping.find_event(connection, event)
    if stored is None:
        return
    matter = revive(stored, list(read_event_sources(connection, event)))
    matter.told.extend(chain.book.get(event).told)
    chain.book.restore(matter)
    for one in regrouping.read_members(connection, event, since):
        chain.book.remember(event, one.document, one.tags, one.copy)
