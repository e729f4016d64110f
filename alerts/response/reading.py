"""What a situation report is made from: the figures of an event at a moment, and what was done about it.

Only news and official items are cited by title; of private voices there are counts, platform kinds and hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from alerts.response.facts import Fact, list_facts
from alerts.response.log import Entry, read_lines
from alerts.response.slips import Slip, count_matter, list_slips, neutral_matter
from alerts.response.wording import family
from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import acks, alerts, cases, documents, events
from pipeline.store.shown import is_story

CITED = 5


@dataclass(frozen=True, slots=True)
class Cited:
    """A news or official item that a report names."""

    item: str
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done: `what` is alert, act, case, closed, statement; `act` names an act or an outcome."""

    at: datetime
    what: str
    act: str = ""
    department: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An event at a moment, with everything the office did."""

    event: str
    title: str
    topic: str
    status: str
    first_seen: datetime
    last_seen: datetime
    figures: Mapping[str, Any]
    first_kind: str
    trend: str
    cited: tuple[Cited, ...]
    facts: tuple[Fact, ...]
    deeds: tuple[Deed, ...]
    slips: tuple[Slip, ...]
    log: tuple[Entry, ...]


def read_picture(conn: Connection, event: str, names: Mapping[str, str], now: datetime) -> Picture | None:
    """Everything known of `event` now; `names` are the configured names of sources."""
    row = conn.execute(select(events).where(events.c.id == event)).mappings().first()
    if row is None:
        return None
    cited = _read_cited(conn, event, names)
    figures = count_matter(row) | {"trend": _read_trend(conn, event, now), "names": [one.source for one in cited]}
    figures["outlets"] = len(cited) or figures["outlets"]  # what is named and what is counted are the same
    return Picture(
        event, neutral_matter(row), row["topic"], row["status"], row["first_seen"], row["last_seen"], figures,
        _first_kind(conn, event), figures["trend"], cited, tuple(list_facts(conn, event)), _read_deeds(conn, event),
        tuple(reversed(list_slips(conn, event))), tuple(read_lines(conn, row["first_seen"], now + timedelta(seconds=1), event)),
    )  # fmt: skip


def _read_cited(conn: Connection, event: str, names: Mapping[str, str]) -> tuple[Cited, ...]:
    """The outlets in the order in which they came, each with its first headline."""
    c = documents.c
    public = c.source_kind.not_in(sorted(PRIVATE_KINDS)) & c.event.in_(family(conn, event))
    found: dict[str, Cited] = {}
    for item, source, title in conn.execute(select(c.id, c.source, c.title).where(public).order_by(c.n)):
        found.setdefault(source, Cited(item, names.get(source, source), title or ""))
    return tuple(found.values())


def _first_kind(conn: Connection, event: str) -> str:
    c = documents.c
    kind = conn.scalar(select(c.source_kind).where(c.event.in_(family(conn, event))).order_by(c.n).limit(1))
    return str(kind or "other")


def _read_trend(conn: Connection, event: str, now: datetime) -> str:
    """Growing from half as many again and at least two more, by distinct stories of six hours against the six before."""
    c = documents.c
    mine = c.event.in_(family(conn, event)) & is_story()

    def count(since: int, until: int) -> int:
        within = (c.seen > now - timedelta(hours=since)) & (c.seen <= now - timedelta(hours=until))
        return conn.scalar(select(func.count()).where(mine, within)) or 0

    recent, before = count(6, 0), count(12, 6)
    if not recent and not before:
        return "quiet"
    if recent >= before + 2 and recent >= 1.5 * before:
        return "growing"
    return "fading" if recent <= before / 2 else "steady"


def _read_deeds(conn: Connection, event: str) -> tuple[Deed, ...]:
    """Alerts, acts and cases, in order."""
    whole = family(conn, event)
    told = (alerts.c.event.in_(whole)) & alerts.c.kind.not_in(("closed", "digest"))
    found = [Deed(row.at, "alert") for row in conn.execute(select(alerts.c.at).where(told))]
    acted = select(acks.c.at, acks.c.what).where(acks.c.event.in_(whole), acks.c.undone.is_(None))
    found += [Deed(row.at, "act", row.what) for row in conn.execute(acted)]
    for row in conn.execute(select(cases).where(cases.c.event.in_(whole))).mappings():
        found.append(Deed(row["opened"], "case", "", row["department"], row["due"]))
        if row["outcome"]:
            found.append(Deed(row["closed"] or row["opened"], "closed", row["outcome"], row["department"]))
        if row["statement_at"]:
            found.append(Deed(row["statement_at"], "statement", row["carried"] or ""))
    return tuple(sorted(found, key=lambda deed: deed.at))
