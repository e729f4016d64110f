"""Saving what the worker found out. The order of the steps is in `save_outcomes`; the caller owns the transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, text, update

from pipeline.counts import floor_hour
from pipeline.model import Decision, Event, Outcome
from pipeline.store.changes import note_changes
from pipeline.store.edits import load_old, save_edits
from pipeline.store.fulltext import Entry, add_entries
from pipeline.store.intake import write_tokens
from pipeline.store.merging import merge_events
from pipeline.store.rollups import Rollups
from pipeline.store.rows import alert_row, charted, document_row, event_row
from pipeline.store.schema import alerts, documents, events, private_links, tombstones, voice_tokens
from pipeline.store.schema_telling import voice_hours
from pipeline.store.statements import in_chunks, insert_many, insert_or_raise, insert_or_skip, insert_or_update


def save_outcomes(connection: Connection, outcomes: Sequence[Outcome], now: datetime | None) -> None:
    """Documents, edits, full text, counts; then events, mergers, alerts and what projections have to follow.

    `now` is when the alerts were made; without it, when their item was seen.
    """
    wanted = _without_buried(connection, outcomes)
    rollups = Rollups()
    for run in _split_runs(wanted):
        _save_documents(connection, run, rollups)
    rollups.write(connection)
    _keep_voices(connection, wanted)
    pairs = [(one.event, one.decision, now or one.document.seen) for one in wanted if one.event is not None]
    save_events(connection, pairs)
    for one in wanted:
        if one.placement is not None and one.placement.absorbed:
            merge_events(connection, one.placement.event, one.placement.absorbed)


def save_events(connection: Connection, pairs: Sequence[tuple[Event, Decision | None, datetime]]) -> None:
    """Snapshots (the last one of an event wins) with the last reason said of each, and the alerts decided on."""
    silent = {event.id: event_row(event) for event, _, _ in pairs}
    said = {event.id: decision.reason.as_json() for event, decision, _ in pairs if decision is not None}
    spoken = [{**silent.pop(event), "said": reason} for event, reason in said.items()]
    insert_or_update(connection, events, spoken)
    insert_or_update(connection, events, list(silent.values()))
    made = [alert_row(one.alert, at) for _, one, at in pairs if one is not None and one.alert is not None]
    insert_or_skip(connection, alerts, made)
    note_changes(connection, "event", {event.id for event, _, _ in pairs})
    note_changes(connection, "alert", [row["id"] for row in made])


def _without_buried(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Leave out what was asked to be forgotten while the worker had it in its hands."""
    marks = [mark for one in outcomes for mark in (one.document.id, one.document.fingerprint)]
    buried: set[str] = set()
    for chunk in in_chunks(marks):
        buried.update(connection.scalars(select(tombstones.c.item).where(tombstones.c.item.in_(chunk))))
    return [one for one in outcomes if not buried & {one.document.id, one.document.fingerprint}]


def _split_runs(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Cut a batch so that no run has an item twice: the second is an edit of the first."""
    run: dict[str, Outcome] = {}
    for one in outcomes:
        if one.document.id in run:
            yield list(run.values())
            run = {}
        run[one.document.id] = one
    if run:
        yield list(run.values())


def _save_documents(connection: Connection, run: Sequence[Outcome], rollups: Rollups) -> None:
    old = load_old(connection, [one.document.id for one in run])
    fresh = [one for one in run if one.disposition.action != "drop" and one.document.id not in old]
    _insert_fresh(connection, fresh, rollups)
    save_edits(connection, [(one, old[one.document.id]) for one in run if one.document.id in old], rollups)
    _keep_tokens(connection, [one for one in run if one.disposition.action != "drop"])
    _drop_traces(connection, [one.document.id for one in run if one.disposition.action == "drop"], keep=set(old))
    note_changes(connection, "document", [one.document.id for one in fresh] + list(old))


def _insert_fresh(connection: Connection, fresh: Sequence[Outcome], rollups: Rollups) -> None:
    if not fresh:
        return
    first = _next_number(connection)
    insert_many(connection, documents, [document_row(n, one) for n, one in enumerate(fresh, first)])
    texts = ((n, one.document) for n, one in enumerate(fresh, first))
    add_entries(connection, [Entry(n, document.title, document.text) for n, document in texts])
    for one in fresh:
        document, is_story = one.document, one.copy.root is None
        rollups.count(charted(document), document.source, document.source_kind, one.tags, is_story)
        if is_story and document.counted_at:
            rollups.arrive(document.counted_at)


def _next_number(connection: Connection) -> int:
    """The next place in the ingest sequence. Only one transaction writes at a time, so counting is safe."""
    highest = connection.scalar(select(func.coalesce(func.max(documents.c.n), 0))) or 0
    if connection.dialect.name == "sqlite":
        given = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'documents'"))
        highest = max(highest, given or 0)
    return highest + 1


def _keep_tokens(connection: Connection, run: Sequence[Outcome]) -> None:
    """Tokens that came with an outcome (most are in the store since the fetch), and the event of each token."""
    owned = [(one.document.id, one.document.seen, one.voices, None) for one in run if one.voices]
    write_tokens(connection, owned)
    spoken = set(_with_tokens(connection, [one.document.id for one in run]))
    into = {one.document.id: one.placement.event for one in run if one.placement}
    placed = [{"item": item, "into": event} for item, event in into.items() if item in spoken]
    if placed:
        where = voice_tokens.c.document == bindparam("item")
        connection.execute(update(voice_tokens).where(where).values(event=bindparam("into")), placed)


def _keep_voices(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Tokens die with their keys; of each matter and hour the highest count stays, for the backtest."""
    highest: dict[tuple[str, datetime], int] = {}
    for one in outcomes:
        if one.placement is not None and one.voices_day:
            key = one.placement.event, floor_hour(one.document.seen)
            highest[key] = max(highest.get(key, 0), one.voices_day)
    rows = [{"event": event, "hour": hour, "voices": count} for (event, hour), count in highest.items()]
    insert_or_raise(connection, voice_hours, rows, ("voices",))


def _with_tokens(connection: Connection, ids: Sequence[str]) -> Iterator[str]:
    for chunk in in_chunks(ids):
        yield from connection.scalars(select(voice_tokens.c.document).where(voice_tokens.c.document.in_(chunk)))


def _drop_traces(connection: Connection, dropped: Sequence[str], keep: set[str]) -> None:
    """An item that is not about the school keeps its sighting only."""
    for chunk in in_chunks(one for one in dropped if one not in keep):
        connection.execute(delete(private_links).where(private_links.c.document.in_(chunk)))
        connection.execute(delete(voice_tokens).where(voice_tokens.c.document.in_(chunk)))
