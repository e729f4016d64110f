"""Giving everything of one event to another when the two turn out to be the same matter."""

from collections.abc import Sequence

from sqlalchemy import Connection, or_, update

from pipeline.store.changes import note_changes, note_event_members
from pipeline.store.schema import acks, alerts, cases, corrections, documents, events, silences, voice_tokens
from pipeline.store.schema_telling import taps

MEMBERS = (documents, alerts, voice_tokens, acks, silences, cases, corrections, taps)


def merge_events(connection: Connection, kept: str, absorbed: Sequence[str]) -> None:
    """Point all members of `absorbed` to `kept`; the absorbed rows stay, so that an old link still leads somewhere."""
    for gone in absorbed:
        note_event_members(connection, gone)
        for table in MEMBERS:
            connection.execute(update(table).where(table.c.event == gone).values(event=kept))
        chain = or_(events.c.id == gone, events.c.merged_into == gone)
        connection.execute(update(events).where(chain, events.c.id != kept).values(merged_into=kept))
    note_changes(connection, "event", absorbed)
