"""An officer's word on one item: written down, audited, and shown from then on in the same transaction."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from pipeline.model import TOPICS
from pipeline.store.audit import append_audit
from pipeline.store.changes import note_changes
from pipeline.store.office import NOT_OURS, SILENT, Words, cell_of, change_event, move_tags, read_words
from pipeline.store.rollups import Rollups
from pipeline.store.rows import read_tags
from pipeline.store.schema import corrections, documents, events
from pipeline.tag.answer import TONES

VALUES: dict[str, tuple[str, ...]] = {"label": TONES, "topic": TOPICS, "school": ("yes", "no")}
OURS_AGAIN = {"code": "office_ours", "text": "The office says that it is about the school."}


def record_correction(
    connection: Connection, who: str, document: str, field: str, office_value: str, now: datetime
) -> str | None:
    """Store the word of `who` on `field` (label, topic, school) of an item; a sentence when it cannot be.

    A word that agrees with the machine is stored, too: it confirms, and training learns from it. `connection` is a
    writing transaction. `corrections.machine` is what the machine said, also when the office spoke before.
    """
    if office_value not in VALUES.get(field, ()):
        return _refuse(field, office_value)
    row = connection.execute(select(documents).where(documents.c.id == document)).mappings().first()
    if row is None:
        return f"there is no item {document}"
    words = read_words(connection, [document]).get(document, SILENT)
    shown = shown_value(row, words, field)
    connection.execute(insert(corrections).values(
        at=now, who=who, document=document, event=_event_of(connection, row), field=field,
        machine=_machine_value(connection, document, field) or shown, office=office_value,
    ))  # fmt: skip
    append_audit(connection, now, who, "correct", document, f"{field}: {shown} -> {office_value}")
    if field == "school":
        _show_school(connection, row, office_value == "yes", words.ours)
    else:
        _show_tags(connection, row, words, field, office_value)
    return None


def shown_value(row: RowMapping, words: Words, field: str) -> str:
    """What the pages show of `field` now."""
    if field == "school":
        return "yes" if words.ours else "no"
    return str(row[field])


def _refuse(field: str, value: str) -> str:
    if field not in VALUES:
        return f"'{field}' cannot be corrected; there are {', '.join(VALUES)}"
    return f"'{value}' is no value of {field}; there are {', '.join(VALUES[field])}"


def _machine_value(connection: Connection, document: str, field: str) -> str | None:
    mine = (corrections.c.document == document) & (corrections.c.field == field)
    return connection.scalar(select(corrections.c.machine).where(mine).order_by(corrections.c.n).limit(1))


def _event_of(connection: Connection, row: RowMapping) -> str | None:
    """The item's event; for one that was taken out of its event, the one it had."""
    if row["event"] is not None:
        return str(row["event"])
    mine = (corrections.c.document == row["id"]) & corrections.c.event.is_not(None)
    return connection.scalar(select(corrections.c.event).where(mine).order_by(corrections.c.n.desc()).limit(1))


def _show_tags(connection: Connection, row: RowMapping, words: Words, field: str, value: str) -> None:
    said = replace(words, **{field: value})  # type: ignore[arg-type]
    tags = said.hold(read_tags(row))
    move_tags(connection, [(row, tags)])
    if not words.ours:  # it is counted nowhere, so what was moved is taken out again
        _count(connection, row, tags.topics[0].topic, tags.sentiment.label, -1)
        _count(connection, row, row["topic"], row["label"], 1)


def _count(connection: Connection, row: RowMapping, topic: str, label: str, sign: int) -> None:
    """Add the item to (or take it from) one cell of the hourly counts."""
    rollups = Rollups()
    rollups.add(cell_of(row)._replace(topic=topic, label=label), row["duplicate_of"] is None, sign)
    rollups.write(connection)


def _show_school(connection: Connection, row: RowMapping, ours: bool, before: bool) -> None:
    """Into or out of the counts and its event; the text stays until it expires, so that training can learn from it."""
    if ours == before:
        return
    sign, is_story = (1 if ours else -1), row["duplicate_of"] is None
    home = _event_of(connection, row)
    values = {"event": home if ours else None, "reason": OURS_AGAIN if ours else NOT_OURS.as_json()}
    connection.execute(update(documents).where(documents.c.n == row["n"]).values(values))
    _count(connection, row, row["topic"], row["label"], sign)
    note_changes(connection, "document", [row["id"]], gone=not ours)
    if home is not None:
        counts = {"items": 1, "stories": int(is_story), "negative": int(is_story and row["label"] == "negative")}
        change_event(connection, home, {name: events.c[name] + sign * more for name, more in counts.items()})
