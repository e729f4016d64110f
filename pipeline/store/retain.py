"""How long things are kept: full text, headlines, links, tokens, sessions. Counts are kept for good.

Work is cut into small transactions, so that the worker never waits long. When texts went, `scrub` has to follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, select, update

from pipeline.model import PRIVATE_KINDS
from pipeline.store.changes import note_changes
from pipeline.store.engine import reading, writing
from pipeline.store.erase import blank_documents, erase_documents
from pipeline.store.office_retain import expire_words
from pipeline.store.response_erase import expire_papers
from pipeline.store.schema import (
    attempts,
    documents,
    events,
    private_links,
    sessions,
    sightings,
    voice_keys,
    voice_tokens,
)  # fmt: skip
from pipeline.store.scrub import empty_log
from pipeline.store.ways_in import drop_old_ways
from pipeline.titles import make_title

STEP = 500
KEY_LIFE = timedelta(hours=48)
ATTEMPT_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Purged:
    """What went: private items, texts of outlets (headline and link stay), whole outlet items, links, tokens."""

    private: int
    texts: int
    headlines: int
    links: int
    tokens: int

    @property
    def any_text(self) -> bool:
        """True when words of items went, so that `scrub` has to remove their bytes."""
        return bool(self.private or self.texts or self.headlines)


def purge(engine: Engine, now: datetime, text_days: int = 180, headline_days: int = 730) -> Purged:
    """Delete what is older than its time, by when it was seen. To be called at least once an hour: tokens must
    go with their key. Raises StoreUnavailable; what was done so far stays done."""
    text_end, headline_end = now - timedelta(days=text_days), now - timedelta(days=headline_days)
    links, tokens = purge_short_lived(engine, now)
    private = documents.c.source_kind.in_(sorted(PRIVATE_KINDS))
    voices = _erase_all(engine, (documents.c.seen < text_end) & private)
    headlines = _erase_all(engine, documents.c.seen < headline_end)
    texts = _blank_all(engine, (documents.c.seen < text_end) & ~private & (documents.c.text != ""))
    with writing(engine) as connection:
        _neutralise_events(connection, text_end)
        expire_papers(connection, headline_end)
        expire_words(connection, headline_end, now)
        connection.execute(delete(sightings).where(sightings.c.seen < headline_end, ~_is_stored()))
    return Purged(voices, texts, headlines, links, tokens)


def purge_short_lived(engine: Engine, now: datetime) -> tuple[int, int]:
    """Expired sealed links, tokens with their keys (48 h after the key's day began, UTC), sessions and failed
    logins; their bytes go with them. Returns how many links and tokens went. Cheap; the counts of voices stay."""
    last_dead = (now.astimezone(UTC) - KEY_LIFE).date().isoformat()
    with writing(engine) as connection:
        links = connection.execute(delete(private_links).where(private_links.c.expires <= now)).rowcount
        tokens = connection.execute(delete(voice_tokens).where(voice_tokens.c.day <= last_dead)).rowcount
        connection.execute(delete(voice_keys).where(voice_keys.c.day <= last_dead))
        connection.execute(delete(sessions).where(sessions.c.expires <= now))
        connection.execute(delete(attempts).where(attempts.c.at < now - ATTEMPT_LIFE))
        drop_old_ways(connection, now)
    empty_log(engine)
    return links, tokens


def _steps(engine: Engine, which: ColumnElement[bool]) -> Iterator[list[str]]:
    """Ids of documents that fit, STEP at a time; whoever takes a list makes them fit no longer."""
    while True:
        with reading(engine) as connection:
            ids = list(connection.scalars(select(documents.c.id).where(which).order_by(documents.c.n).limit(STEP)))
        if not ids:
            return
        yield ids


def _erase_all(engine: Engine, which: ColumnElement[bool]) -> int:
    count = 0
    for ids in _steps(engine, which):
        with writing(engine) as connection:
            count += erase_documents(connection, ids)
    return count


def _blank_all(engine: Engine, which: ColumnElement[bool]) -> int:
    count = 0
    for ids in _steps(engine, which):
        with writing(engine) as connection:
            wanted = documents.c.n, documents.c.id, documents.c.title, documents.c.text
            rows = connection.execute(select(*wanted).where(documents.c.id.in_(ids))).mappings().all()
            blank_documents(connection, rows)
            count += len(rows)
    return count


def _neutralise_events(connection: Connection, text_end: datetime) -> None:
    """A matter that has no item left keeps its numbers, not the words it was known by."""
    empty = ~exists().where(documents.c.event == events.c.id)
    wanted = events.c.id, events.c.place, events.c.topic
    for event, place, topic in connection.execute(select(*wanted).where(events.c.last_seen < text_end, empty)).all():
        fresh = {"title": make_title(None, place, None, topic), "terms": []}
        connection.execute(update(events).where(events.c.id == event).values(fresh))
        note_changes(connection, "event", [event])


def _is_stored() -> ColumnElement[bool]:
    return exists().where(documents.c.id == sightings.c.item)
