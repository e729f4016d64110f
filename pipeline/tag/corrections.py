"""An officer's word on one item: written down, audited, and shown from then on in the same transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from pipeline.model import TOPICS, Tags
from pipeline.store.audit import append_audit
from pipeline.store.changes import note_changes
from pipeline.store.office import NOT_OURS, SILENT, Words, cell_of, change_event, move_tags, read_words
from pipeline.store.rollups import Rollups
from pipeline.store.rows import read_tags, tag_values
from pipeline.store.schema import corrections, documents, events
from pipeline.store.schema_desk import former_tags
from pipeline.tag.answer import TONES

VALUES: dict[str, tuple[str, ...]] = {"label": TONES, "topic": TOPICS, "school": ("yes", "no")}
OURS_AGAIN = {"code": "office_ours", "text": "The office says that it is about the school."}
UNDO = timedelta(minutes=10)
HELD: Mapping[str, tuple[str, ...]] = {
    "label": ("label", "negative", "neutral", "positive"), "topic": ("topic", "topics"), "school": (),
}  # fmt: skip


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
    _keep_former(connection, row, now)
    append_audit(connection, now, who, "correct", document, f"{field}: {shown} -> {office_value}")
    if field == "school":
        _show_school(connection, row, office_value == "yes", words.ours)
    else:
        _show_tags(connection, row, words, replace(words, **{field: office_value}).hold(read_tags(row)))  # type: ignore[arg-type]
    return None


def undo_correction(connection: Connection, who: str, number: int, now: datetime) -> Literal["late", "later"] | None:
    """Within ten minutes: as if the word had never been said, so that nothing learns from it; None when done.

    "late": the time is over, or there is no such word; "later": something was said on the same field since.
    """
    c = corrections.c
    said = connection.execute(select(corrections).where(c.n == number, c.field.in_(VALUES))).mappings().first()
    held = connection.scalar(select(former_tags.c.held).where(former_tags.c.n == number))
    if said is None or held is None or now >= said["at"] + UNDO:
        return "late"
    same = (c.document == said["document"]) & (c.field == said["field"])
    if connection.scalar(select(func.max(c.n)).where(same)) != number:
        return "later"
    row = connection.execute(select(documents).where(documents.c.id == said["document"])).mappings().one()
    words, field = read_words(connection, [row["id"]])[row["id"]], said["field"]
    if field == "school":
        _unsay_school(connection, row, words, number, held)
    else:
        was = {name: held[name] for name in HELD[field]}
        _show_tags(connection, row, words, read_tags({**row, **was}))
    _unsay(connection, who, said, now)
    append_audit(connection, now, who, "undo", row["id"], f"{field}: {said['office']}")
    return None


def _unsay(connection: Connection, who: str, said: RowMapping, now: datetime) -> None:
    """The word goes; a row about the event alone takes its place, which a running worker hears (numbers only grow)."""
    connection.execute(insert(corrections).values(
        at=now, who=who, document=None, event=said["event"], field="undo", machine=said["field"], office="",
    ))  # fmt: skip
    connection.execute(delete(corrections).where(corrections.c.n == said["n"]))
    connection.execute(delete(former_tags).where(former_tags.c.n == said["n"]))


def _unsay_school(connection: Connection, row: RowMapping, words: Words, number: int, held: Mapping[str, Any]) -> None:
    """Whether it was about the school before word `number`, and the reason that stood there."""
    c = corrections.c
    earlier = (c.document == row["id"]) & (c.field == "school") & (c.n != number)
    before = connection.scalar(select(c.office).where(earlier).order_by(c.n.desc()).limit(1))
    _show_school(connection, row, before != "no", words.ours)
    connection.execute(update(documents).where(documents.c.n == row["n"]).values(reason=held["reason"]))


def _keep_former(connection: Connection, row: RowMapping, now: datetime) -> None:
    """What the item had before the word that was just written; what can no longer be undone goes."""
    connection.execute(delete(former_tags).where(former_tags.c.at < now - UNDO))
    number = connection.scalar(select(func.max(corrections.c.n)).where(corrections.c.document == row["id"]))
    held = {**tag_values(read_tags(row)), "reason": row["reason"]}
    connection.execute(insert(former_tags).values(n=number, document=row["id"], held=held, at=now))


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


def _show_tags(connection: Connection, row: RowMapping, words: Words, tags: Tags) -> None:
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
