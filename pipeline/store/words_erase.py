"""A deletion on request reaches what people wrote, wherever they wrote it: the item's headline and every passage of it.

`response_erase.py` looks in the papers of the item's own event, which is enough for retention. Whoever asks for a
deletion is owed more: an item may have been cited in another matter's slip, in a case, a silence, an acknowledgement or
a briefing, or belong to no event (any more). These tables are small, so all of their rows are read.
"""

import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, select, update

from pipeline.quoting import blank_shared
from pipeline.store.changes import note_changes
from pipeline.store.schema import acks, alerts, cases, documents, events, shifts, silences, versions
from pipeline.store.schema_briefing import briefing_edits, briefing_proposals, briefings
from pipeline.store.schema_desk import saved_searches, special_watches
from pipeline.store.schema_duty import calendar_days, case_steps, swaps
from pipeline.store.schema_response import (
    duty_log,
    facts,
    handovers,
    playbooks,
    register_cells,
    reports,
    slip_answers,
    slips,
)  # fmt: skip
from pipeline.store.statements import in_chunks

GONE = "〔已删除〕"
SHORTEST = 6  # a shorter headline is an ordinary word and no trace of anybody
EVENT_TITLE = 80  # headlines are cut there where they name a matter

# Every table with words of people or headlines: its key, those columns, and the kind of its projection.
WORDS: tuple[tuple[Table, tuple[Column[Any], ...], tuple[str, ...], str], ...] = (
    (slips, (slips.c.id,), ("matter", "place", "words"), ""),
    (slip_answers, (slip_answers.c.n,), ("words", "note"), ""),
    (reports, (reports.c.id,), ("title", "drafted", "edited", "cited", "figures"), ""),
    (facts, (facts.c.n,), ("words", "source"), ""),
    (duty_log, (duty_log.c.n,), ("words",), ""),
    (handovers, (handovers.c.n,), ("words", "body"), ""),
    (playbooks, (playbooks.c.topic, playbooks.c.version), ("text",), ""),
    (register_cells, tuple(register_cells.primary_key.columns), ("words",), ""),
    (cases, (cases.c.id,), ("note", "statement", "carried"), "case"),
    (case_steps, (case_steps.c.n,), ("note",), ""),
    (acks, (acks.c.n,), ("note",), ""),
    (silences, (silences.c.id,), ("why",), ""),
    (shifts, (shifts.c.id,), ("why",), ""),
    (swaps, (swaps.c.id,), ("why",), ""),
    (calendar_days, (calendar_days.c.day,), ("why",), ""),
    (saved_searches, (saved_searches.c.id,), ("name", "fields"), ""),
    (special_watches, (special_watches.c.id,), ("name", "terms", "renewed_why"), ""),
    (events, (events.c.id,), ("title", "said"), "event"),
    (alerts, (alerts.c.id,), ("reason", "note"), "alert"),
    (briefings, (briefings.c.id,), ("sentences", "drafted"), ""),
    (briefing_edits, (briefing_edits.c.n,), ("rule_text", "text"), ""),
    (briefing_proposals, (briefing_proposals.c.n,), ("text", "reply"), ""),
)

Clean = Callable[[str], str]


def forget_words(connection: Connection, ids: Collection[str]) -> None:
    """Take headlines and passages of the documents `ids` out of everything that was written. To be called before they
    are deleted, in the same transaction."""
    titles, texts = _read_words(connection, ids)
    if not titles and not texts:
        return
    clean = make_cleaner(titles, texts)
    for table, keys, names, kind in WORDS:
        changed = clean_table(connection, table, keys, names, clean)
        if kind and changed:
            note_changes(connection, kind, changed)  # type: ignore[arg-type]  # a kind of the projection
    _clean_frozen(connection, clean)


def _read_words(connection: Connection, ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Headlines (longest first, also as they are cut) and texts of documents and of their earlier versions."""
    titles: set[str] = set()
    texts: set[str] = set()
    for chunk in in_chunks(ids):
        for table, key in ((documents, documents.c.id), (versions, versions.c.document)):
            for title, text in connection.execute(select(table.c.title, table.c.text).where(key.in_(chunk))):
                titles |= {title, title[:EVENT_TITLE]} if title else set()
                texts |= {text} if text else set()
    return sorted((one for one in titles if len(one) >= SHORTEST), key=len, reverse=True), sorted(texts)


def make_cleaner(titles: Sequence[str], texts: Sequence[str]) -> Clean:
    """Replaces whole headlines, and every quotation of a text or a headline."""

    def clean(words: str) -> str:
        for title in titles:
            words = words.replace(title, GONE)
        return blank_shared(words, [*texts, *titles], (), GONE)

    return clean


def clean_value(value: Any, clean: Clean) -> Any:
    """Text, and the texts inside lists and mappings."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: clean_value(one, clean) for name, one in value.items()}
    return [clean_value(one, clean) for one in value] if isinstance(value, list) else value


def clean_table(
    connection: Connection, table: Table, keys: Sequence[Column[Any]], names: Sequence[str], clean: Clean,
    *where: ColumnElement[bool],
) -> list[str]:  # fmt: skip
    """Clean the columns `names` of all rows, or of those that `where` names; the first key of every row that changed."""
    changed: list[str] = []
    wanted = select(*keys, *(table.c[name] for name in names)).where(*where)
    for row in connection.execute(wanted).mappings().all():
        fresh = {name: clean_value(row[name], clean) for name in names}
        values = {name: value for name, value in fresh.items() if value != row[name]}
        if values:
            connection.execute(update(table).where(*(key == row[key.name] for key in keys)).values(values))
            changed.append(str(row[keys[0].name]))
    return changed


def _clean_frozen(connection: Connection, clean: Clean) -> None:
    """The frozen data of briefings: whatever repeats the words; its checksum stays that of the day of signing."""
    for name, packed in connection.execute(select(briefings.c.id, briefings.c.data)).all():
        data = msgspec.json.decode(zlib.decompress(packed))
        fresh = {part: value if part == "trace" else clean_value(value, clean) for part, value in data.items()}
        if fresh != data:
            packed = zlib.compress(msgspec.json.encode(fresh))
            connection.execute(update(briefings).where(briefings.c.id == name).values(data=packed))
