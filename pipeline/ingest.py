"""The worker: screened documents in, outcomes saved in one transaction.

    queue -> copies -> tags -> place -> dispose -> judge -> save

The seams it needs stand here beside it; nothing in `pipeline` imports what implements `Judge`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.model import Copy, Decision, Document, EventFacts, Placement, Tags


class Tagger(Protocol):
    """Gives tone and topics. Never raises for any text; `unknown` is an allowed answer."""

    @property
    def version(self) -> str:
        """Changes whenever the same text could be tagged differently."""

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One `Tags` per document, same order. A given label or topics of the document are used as they are."""


class Copies(Protocol):
    """Finds exact and near copies among what it has seen in the last 14 days. State in memory."""

    def check(self, document: Document) -> Copy:
        """Whether `document` repeats an earlier one; remembers it."""

    def restore(self, document: Document, root: str | None) -> None:
        """Remember a stored document without deciding again (called in ingest order at start)."""


class Grouper(Protocol):
    """Puts stories into events and merges fragments. State in memory, rebuilt from stored documents."""

    def place(self, document: Document, tags: Tags, copy: Copy) -> Placement:
        """The event of `document`; a copy goes where its root is."""

    def restore(self, document: Document, tags: Tags, copy: Copy, event: str) -> None:
        """Remember a stored document in its event without deciding again (called in ingest order)."""

    def kin(self, event: str, since: datetime) -> tuple[str, ...]:
        """Other events, seen after `since`, that are the same matter in other words (same place and tag, or
        very similar), so that a fragment does not ring twice."""

    def forget(self, before: datetime) -> None:
        """Drop what is older than `before` from memory."""

    def merge(self, kept: str, gone: str) -> None:
        """An officer says that the two are one matter."""

    def split(self, event: str, items: Sequence[str]) -> str:
        """An officer says that `items` are another matter than the rest of `event`. Returns the new event's id."""

    def keep_apart(self, one: str, other: str) -> None:
        """Never merge these two by machine."""

    def resolve(self, event: str) -> str:
        """The event that `event` is now part of."""

    def holds(self, item: str) -> bool:
        """True while the item is in memory."""


class Judge(Protocol):
    """Rules and first-time ledger. Pure: what was told before comes inside `facts`."""

    def judge(self, facts: EventFacts, now: datetime) -> Decision:
        """At most one alert for the arrived item, and the reason either way."""

    def close(self, facts: EventFacts, now: datetime) -> Decision:
        """What to say when an event has gone quiet and is closed; no alert if nobody was told of it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A screened item as the queue holds it: `n` is its place in the ingest sequence."""

    n: int
    document: Document
    sealed_link: bytes | None


@dataclass(frozen=True, slots=True)
class Known:
    """Where an item that comes again (edited) was put the first time: its event, and its root when it is a copy."""

    event: str | None
    root: str | None
