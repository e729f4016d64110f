"""What a matter is called wherever it is shown. An event's stored title is from when it began; it may have turned out
to be about somebody's wellbeing since, and then no headline, place or word of it is repeated."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, case, func, select

from pipeline.store.schema import documents, events
from pipeline.titles import TOPIC_NAMES

CARE = "wellbeing"


def is_story() -> ColumnElement[bool]:
    """A document that repeats no other. Written so that SQLite does not take the index on `duplicate_of`, in which
    nearly every row has the same NULL (a million items: 1,000 ms against 1)."""
    return func.coalesce(documents.c.duplicate_of, "") == ""


def shown_title() -> ColumnElement[str]:
    """The title of a selected or joined event, as SQL; neutral for wellbeing."""
    return case((events.c.topic == CARE, TOPIC_NAMES[CARE]), else_=events.c.title).label("title")


def title_of(topic: str, title: str) -> str:
    """The same for values that were read already."""
    return TOPIC_NAMES[CARE] if topic == CARE else title


def care_events(conn: Connection, known: Collection[str]) -> frozenset[str]:
    """Those of the events `known` that are about somebody's wellbeing now, whatever they were before."""
    return frozenset(conn.scalars(select(events.c.id).where(events.c.id.in_(set(known)), events.c.topic == CARE)))
