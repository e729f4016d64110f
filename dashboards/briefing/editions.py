"""Editions: the frozen data of a briefing in the store, and its way from draft to reviewed, signed and locked.

    draft → reviewed → signed → locked;   an edit or new data before signing makes it a draft again

After signing nothing of an edition changes, except that an item deleted on request is taken out of it. New data for
the period then begins the next edition.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from dashboards.briefing.assemble import Issue, make_outline
from dashboards.briefing.outline import Edit
from dashboards.briefing.values import BriefData
from dashboards.briefing.wording import Sentence
from pipeline.store.audit import append_audit
from pipeline.store.schema_briefing import briefing_edits, briefings

State = Literal["draft", "reviewed", "signed", "locked"]
Step = Literal["review", "sign", "lock"]
STEPS: dict[Step, tuple[State, State]] = {
    "review": ("draft", "reviewed"), "sign": ("reviewed", "signed"), "lock": ("signed", "locked"),
}  # fmt: skip
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition as lists show it."""

    id: str
    period: str
    edition: int
    state: State
    language: str
    layout: str
    hash: str
    made: datetime
    reviewed: datetime | None
    reviewer_role: str | None
    signed: datetime | None
    signer_role: str | None
    locked: datetime | None
    redacted: int

    @property
    def open(self) -> bool:
        """True while words and data may still change."""
        return self.state in {"draft", "reviewed"}


COLUMNS = [briefings.c[name] for name in Edition.__slots__]


def list_editions(connection: Connection) -> list[Edition]:
    """Every edition, newest first."""
    rows = connection.execute(select(*COLUMNS).order_by(briefings.c.made.desc(), briefings.c.id.desc()).limit(200))
    return [Edition(*row) for row in rows]


def find_edition(connection: Connection, edition: str) -> Edition | None:
    """The edition called `edition`."""
    row = connection.execute(select(*COLUMNS).where(briefings.c.id == edition)).first()
    return Edition(*row) if row else None


def read_frozen(connection: Connection, edition: str) -> BriefData:
    """The frozen data of an edition. Raises LookupError when there is none."""
    packed = connection.scalar(select(briefings.c.data).where(briefings.c.id == edition))
    if packed is None:
        raise LookupError(edition)
    return msgspec.json.decode(zlib.decompress(packed), type=BriefData)


def store_draft(connection: Connection, data: BriefData, language: str, layout: str, who: str, now: datetime) -> str:
    """Keep the data as the period's open edition, or begin a new one; returns its id. Audited."""
    latest = _latest(connection, data.period)
    packed = zlib.compress(msgspec.json.encode(data))
    fresh = {
        "state": "draft", "language": language, "layout": layout, "hash": data.hash, "data": packed, "made": now,
        "reviewed": None, "reviewer_role": None, "drafted": None,
    }  # fmt: skip
    if latest is not None and latest.open:
        name = latest.id
        connection.execute(update(briefings).where(briefings.c.id == name).values(fresh))
    else:
        number = latest.edition + 1 if latest else 1
        name = f"{data.period}-{number}"
        first = headline_figures(data)
        connection.execute(
            insert(briefings).values(id=name, period=data.period, edition=number, first=first, redacted=0, **fresh)
        )
    append_audit(connection, now, who, "briefing_draft", name, data.hash)
    return name


def _latest(connection: Connection, period: str) -> Edition | None:
    query = select(*COLUMNS).where(briefings.c.period == period).order_by(briefings.c.edition.desc()).limit(1)
    row = connection.execute(query).first()
    return Edition(*row) if row else None


def headline_figures(data: BriefData) -> dict[str, int]:
    """The figures by which drafts are compared."""
    totals = data.totals
    return {
        "items": totals.items, "stories": totals.stories, "negative": totals.negative,
        **{one.name: one.items for one in data.topics},
    }  # fmt: skip


def take_step(connection: Connection, edition: str, step: str, role: str, who: str, now: datetime) -> str | None:
    """Review, sign or lock; a sentence when it is not the edition's turn. Audited."""
    found = find_edition(connection, edition)
    if found is None or step not in STEPS:
        return "There is no such briefing or step."
    before, after = STEPS[step]
    if found.state != before:
        return "This step is not due: a draft is reviewed, then signed, then locked."
    values: dict[str, object] = {"state": after}
    if step == "review":
        values |= {"reviewed": now, "reviewer_role": role}
    elif step == "sign":
        values |= {"signed": now, "signer_role": role, "sentences": words_of(connection, found)}
    else:
        values["locked"] = now
    mine = (briefings.c.id == edition) & (briefings.c.state == before)
    connection.execute(update(briefings).where(mine).values(values))
    append_audit(connection, now, who, f"briefing_{step}", edition, found.hash)
    return None


def words_of(connection: Connection, edition: Edition) -> dict[str, str]:
    """Every sentence of the edition as it reads now, by key."""
    data = read_frozen(connection, edition.id)
    outline = make_outline(data, edition.language, read_issue(connection, edition.id, ZoneInfo(data.zone)))
    return {one.key: one.text for one in outline.sentences}


def edit_sentence(
    connection: Connection,
    edition: str,
    sentence: Sentence,
    text: str,
    unsupported: tuple[str, ...],
    who: str,
    now: datetime,
) -> str | None:
    """Put an editor's `text` (masked) beside the rule's; a sentence when it is too late. Audited without the words."""
    found = find_edition(connection, edition)
    if found is None or not found.open:
        return "This edition is signed; its words do not change any more."
    rule = sentence.rule or sentence.text
    text = " ".join(text.split())[:LONGEST] or rule
    connection.execute(insert(briefing_edits).values(
        briefing=edition, sentence=sentence.key, rule_text=rule, text=text, unsupported=list(unsupported), at=now, who=who,
    ))  # fmt: skip
    values = {"state": "draft", "reviewed": None, "reviewer_role": None}
    connection.execute(update(briefings).where(briefings.c.id == edition).values(values))
    append_audit(connection, now, who, "briefing_edit", edition, sentence.key)
    return None


def read_edits(connection: Connection, edition: str) -> dict[str, Edit]:
    """The last word of the editors on each sentence."""
    query = select(briefing_edits).where(briefing_edits.c.briefing == edition).order_by(briefing_edits.c.n)
    rows = connection.execute(query).mappings()
    return {row["sentence"]: Edit(row["text"], tuple(row["unsupported"])) for row in rows}


def read_issue(connection: Connection, edition: str, zone: ZoneInfo) -> Issue:
    """What surrounds the data of an edition in its documents. Raises LookupError."""
    row = connection.execute(select(briefings).where(briefings.c.id == edition)).mappings().first()
    if row is None:
        raise LookupError(edition)
    signed_at = row["signed"].astimezone(zone).date().isoformat() if row["signed"] else ""
    return Issue(
        row["edition"], row["state"], row["signer_role"] or "", signed_at, read_edits(connection, edition),
        _changed(row, read_frozen(connection, edition)), _drafted(row), row["redacted"], row["sentences"] or {},
    )  # fmt: skip


def _drafted(row: RowMapping) -> tuple[Sentence, ...]:
    found = row["drafted"] or []
    return tuple(Sentence(f"model.{n}", one["text"], tuple(one["refs"])) for n, one in enumerate(found, 1))


def _changed(row: RowMapping, data: BriefData) -> tuple[tuple[str, str, str], ...]:
    """Figures that differ from those of the first draft."""
    first, last = row["first"], headline_figures(data)
    names = list(dict.fromkeys([*first, *last]))
    pairs = [(name, first.get(name, 0), last.get(name, 0)) for name in names]
    return tuple((name, str(old), str(new)) for name, old, new in pairs if old != new)


def keep_draft(connection: Connection, edition: str, lines: list[dict[str, object]], who: str, now: datetime) -> None:
    """Store what a model drafted and the checker let through. Audited."""
    connection.execute(update(briefings).where(briefings.c.id == edition).values(drafted=lines))
    append_audit(connection, now, who, "briefing_model", edition, f"{len(lines)} sentences")
