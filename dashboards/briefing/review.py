"""The ten-minute review: a hundred items of a period, chosen by chance but always the same ones; two taps each.

What is called wrong becomes a correction like any other. The share of wrong ones, with its interval, stands in the
method section of the briefing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from dashboards.briefing.period import Period
from dashboards.briefing.scope import read_checked
from dashboards.briefing.values import Checked
from pipeline.model import PRIVATE_KINDS, TOPICS
from pipeline.store.audit import append_audit
from pipeline.store.office import NOT_OURS
from pipeline.store.schema import corrections, documents
from pipeline.store.schema_briefing import briefing_checks
from pipeline.store.shown import is_story
from pipeline.store.statements import insert_or_skip
from pipeline.tag.corrections import record_correction

SAMPLE = 100
TONES = ("negative", "neutral", "positive")
SHOWN = 400
PERIODS_KEPT = 20


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An item to be judged: its masked words, and what the machine said of it."""

    id: str
    title: str | None
    text: str
    source: str
    private: bool
    label: str
    topic: str


@dataclass(frozen=True, slots=True)
class Review:
    """How far the review of a period is; `item` is the next one, None when there is none left."""

    period: str
    total: int
    done: int
    checked: Checked | None
    item: ReviewItem | None


def read_review(connection: Connection, period: Period) -> Review:
    """The state of the review and the item that is next."""
    chosen = draw_sample(connection, period)
    mine = select(briefing_checks.c.document).where(briefing_checks.c.period == period.name)
    answered = set(connection.scalars(mine))
    left = [one for one in chosen if one not in answered]
    item = _read_item(connection, left[0]) if left and len(answered) < SAMPLE else None
    return Review(
        period.name, max(len(chosen), len(answered)), len(answered), read_checked(connection, period.name), item
    )


def draw_sample(connection: Connection, period: Period) -> list[str]:
    """At most 100 stories whose words are still there. Chance is the hash of period and id, so it is nobody's choice
    and the same for everybody."""
    key = (str(connection.engine.url), period.name, period.begin)
    upto = connection.scalar(select(func.max(documents.c.n))) or 0
    read, before = _DRAWN.get(key, (0, ()))
    if before and not _still_eligible(connection, period, before):
        read, before = 0, ()  # one was forgotten, corrected or joined to another story: all are looked at again
    fresh = _eligible(connection, period, documents.c.n > read) if upto > read else set()
    drawn = sorted({*before, *fresh}, key=lambda one: hashlib.sha256(f"{period.name} {one}".encode()).digest())[:SAMPLE]
    if len(_DRAWN) >= PERIODS_KEPT:
        _DRAWN.clear()
    _DRAWN[key] = (upto, tuple(drawn))
    return drawn


# What was drawn, by database and period: the highest `n` that was looked at, and the ids. A quarter of a large office
# has a hundred thousand stories, and each tap asks again.
_DRAWN: dict[tuple[str, str, datetime], tuple[int, tuple[str, ...]]] = {}


def _still_eligible(connection: Connection, period: Period, drawn: Sequence[str]) -> bool:
    """True when every one of `drawn` may still be asked about. The span is compared here, because SQLite would rather
    walk through the whole span than look up a hundred ids."""
    c = documents.c
    query = select(c.charted, c.reason).where(c.id.in_(drawn), is_story(), c.text != "")
    rows = connection.execute(query).all()
    fitting = [r for r in rows if period.begin <= r.charted < period.end and r.reason.get("code") != NOT_OURS.code]
    return len(fitting) == len(drawn)


def _eligible(connection: Connection, period: Period, where: ColumnElement[bool]) -> set[str]:
    """Stories of the period whose words are still there and which are ours."""
    c = documents.c
    span = (c.charted >= period.begin) & (c.charted < period.end)
    query = select(c.id, c.reason).where(span, where, is_story(), c.text != "")
    return {row.id for row in connection.execute(query) if row.reason.get("code") != NOT_OURS.code}


def _read_item(connection: Connection, document: str) -> ReviewItem:
    row = connection.execute(select(documents).where(documents.c.id == document)).mappings().one()
    private = row["source_kind"] in PRIVATE_KINDS
    return ReviewItem(
        document, row["title"], row["text"][:SHOWN], row["source"], private,
        _machine(connection, row, "label"), _machine(connection, row, "topic"),
    )  # fmt: skip


def _machine(connection: Connection, row: RowMapping, field: str) -> str:
    """What the machine said, also where the office has spoken since."""
    mine = (corrections.c.document == row["id"]) & (corrections.c.field == field)
    said = connection.scalar(select(corrections.c.machine).where(mine).order_by(corrections.c.n).limit(1))
    return str(said or row[field])


def answer_item(
    connection: Connection, period: Period, document: str, tone: str, topic: str, who: str, now: datetime
) -> str | None:
    """Keep an answer (`right`, or what would be right); a sentence when it is none. Wrong ones become corrections."""
    if tone not in {"right", *TONES} or topic not in {"right", *TOPICS}:
        return "Choose a tone and a topic."
    if document not in draw_sample(connection, period):
        return "This item is not in the sample."
    item = _read_item(connection, document)
    tone_right, topic_right = tone in {"right", item.label}, topic in {"right", item.topic}
    row = {
        "period": period.name, "document": document, "at": now, "who": who, "tone_right": tone_right,
        "topic_right": topic_right,
    }  # fmt: skip
    insert_or_skip(connection, briefing_checks, [row])
    if not tone_right:
        record_correction(connection, who, document, "label", tone, now)
    if not topic_right:
        record_correction(connection, who, document, "topic", topic, now)
    append_audit(connection, now, who, "briefing_check", document, period.name)
    return None
