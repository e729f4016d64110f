"""Taking erased items and old texts out of what the office wrote.

An erased headline must not live on in a slip or a report, and no passage of an erased private voice in anything. What
stays of a paper is its number, its department, its times and its state. Called in the transaction that erases.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Table, delete, or_, select, update

from pipeline.model import PRIVATE_KINDS
from pipeline.quoting import blank_shared
from pipeline.store.schema import documents, events
from pipeline.store.schema_response import (
    duty_log,
    facts,
    handovers,
    register_cells,
    register_rows,
    reports,
    slip_answers,
    slip_links,
    slips,
)  # fmt: skip
from pipeline.store.statements import in_chunks
from pipeline.store.words_erase import GONE, SHORTEST, Clean, clean_table

# Tables with an event, their key, and the columns that people or rules wrote.
TEXTS: tuple[tuple[Table, Column[Any], tuple[str, ...]], ...] = (
    (slips, slips.c.id, ("matter", "place", "words")),
    (reports, reports.c.id, ("title", "drafted", "edited")),
    (facts, facts.c.n, ("words", "source")),
    (duty_log, duty_log.c.n, ("words",)),
)


def forget_cited(connection: Connection, ids: Collection[str]) -> None:
    """Before documents `ids` are deleted: drafts that cite one go, other papers lose its headline and any passage."""
    for chunk in in_chunks(ids):
        wanted = documents.c.id, documents.c.event, documents.c.title, documents.c.text, documents.c.source_kind
        rows = connection.execute(select(*wanted).where(documents.c.id.in_(chunk))).mappings().all()
        by_event: dict[str, list[RowMapping]] = {}
        for row in rows:
            if row["event"] is not None:
                by_event.setdefault(row["event"], []).append(row)
        for event, gone in by_event.items():
            _forget_in_event(connection, event, gone)
        _forget_in_watches(connection, [row for gone in by_event.values() for row in gone])


def _forget_in_event(connection: Connection, event: str, gone: Sequence[RowMapping]) -> None:
    kept = connection.scalar(select(events.c.merged_into).where(events.c.id == event)) or event
    ids = {row["id"] for row in gone}
    for report, cited, issued in connection.execute(_reports_on(event, kept)).all():
        if not ids & {one["item"] for one in cited}:
            continue
        if issued is None:
            connection.execute(delete(reports).where(reports.c.id == report))
        else:
            left = [one for one in cited if one["item"] not in ids]
            connection.execute(update(reports).where(reports.c.id == report).values(cited=left))
    clean = _cleaner(gone)
    for table, key, names in TEXTS:
        clean_table(connection, table, (key,), names, clean, table.c.event.in_((event, kept)))
    mine = select(slips.c.id).where(slips.c.event.in_((event, kept)))
    clean_table(connection, slip_answers, (slip_answers.c.n,), ("words", "note"), clean, slip_answers.c.slip.in_(mine))
    _clean_register(connection, (event, kept), clean)


def _forget_in_watches(connection: Connection, gone: Sequence[RowMapping]) -> None:
    """Hand-overs belong to no event: they hold titles, and log lines of events that have some."""
    logged = set(connection.scalars(select(duty_log.c.event).distinct()))
    wanted = [row for row in gone if row["event"] in logged or row["title"]]
    if wanted:
        clean_table(connection, handovers, (handovers.c.n,), ("words", "body"), _cleaner(wanted))


def _reports_on(event: str, kept: str) -> Any:
    return select(reports.c.id, reports.c.cited, reports.c.issued).where(reports.c.event.in_((event, kept)))


def _cleaner(gone: Sequence[RowMapping]) -> Clean:
    """Replaces headlines of erased outlets' items as a whole, and every passage of an erased private voice."""
    titles = sorted(
        {row["title"] for row in gone if row["title"] and len(row["title"]) >= SHORTEST}, key=len, reverse=True
    )
    cut = [title[:80] for title in titles if len(title) > 80]
    private = [row["text"] for row in gone if row["source_kind"] in PRIVATE_KINDS and row["text"]]

    def clean(text: str) -> str:
        for title in (*titles, *cut):
            text = text.replace(title, GONE)
        return blank_shared(text, private, (), GONE) if private else text

    return clean


def _clean_register(connection: Connection, family: Sequence[str], clean: Clean) -> None:
    row = (register_rows.c.year == register_cells.c.year) & (register_rows.c.number == register_cells.c.number)
    mine = select(register_rows.c.number).where(row, register_rows.c.event.in_(family)).exists()
    clean_table(connection, register_cells, tuple(register_cells.primary_key.columns), ("words",), clean, mine)


def expire_papers(connection: Connection, end: datetime) -> int:
    """Drop the words of what is older than `end`; numbers, departments, times and states stay for the counts and the
    register. Returns how many papers lost their words."""
    connection.execute(delete(slip_links).where(slip_links.c.expires <= end))
    old = select(slips.c.id).where(slips.c.issued < end)
    emptied = {"words": "", "note": ""}
    count = connection.execute(
        update(slip_answers).where(slip_answers.c.slip.in_(old), slip_answers.c.words != "").values(emptied)
    ).rowcount
    has_words = or_(slips.c.words != "", slips.c.place.is_not(None))
    count += connection.execute(
        update(slips).where(slips.c.issued < end, has_words).values(words="", place=None, matter="")
    ).rowcount
    blank = {"drafted": {}, "edited": {}, "cited": [], "title": ""}
    aged = (reports.c.made < end) & (reports.c.title != "")
    count += connection.execute(update(reports).where(aged).values(blank)).rowcount
    for table in (facts, duty_log, handovers):
        count += connection.execute(delete(table).where(table.c.at < end)).rowcount
    return count
