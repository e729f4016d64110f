"""A bigger matter covers a smaller one: what is held back, by which alert, and when it is let go. Nothing is lost: it is
listed under the bigger one's first message and in the digest, and is told after all when the bigger was a false alarm.

Fragments of one matter (kin) never come here: the ledger keeps them quiet before an alert is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, select, update

from alerts.acks import read_holding
from alerts.message import Holding
from alerts.policy import InhibitMatch, InhibitSpec, Policy
from alerts.settings import parse_span
from pipeline.model import AlertKind, Severity
from pipeline.store.changes import note_changes
from pipeline.store.schema import alerts, events

COVERED: frozenset[AlertKind] = frozenset({"first", "threshold", "reopened"})  # a rise and a first wide outlet pass
RELEASED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Bigger:
    """A matter that was told lately: the number and id of its newest alert, when, and who has it."""

    number: str
    alert: str
    event: str
    severity: Severity
    topic: str
    place: str
    campus: str
    told: datetime
    holding: Holding | None

    def speaks(self, within: timedelta, now: datetime) -> bool:
        """True while it is fresh and unacknowledged, or in hand. One that was called false covers nothing."""
        if self.holding is None or self.holding.what == "released":
            return now - self.told <= within
        if self.holding.what == "false_alarm":
            return False
        return self.holding.holds(now) or now - self.told <= within


@dataclass(frozen=True, slots=True)
class Smaller:
    """The alert that might be held back."""

    event: str
    kind: AlertKind
    severity: Severity
    topic: str
    place: str
    campus: str


def find_cover(
    smaller: Smaller, bigger: Sequence[Bigger], rules: Sequence[InhibitSpec], now: datetime
) -> Bigger | None:
    """What covers `smaller`, None when it speaks for itself. Pure."""
    if smaller.kind not in COVERED or smaller.severity is Severity.CRITICAL:
        return None
    for rule in rules:
        if not _matches(rule.target, smaller.severity, smaller.topic):
            continue
        for one in bigger:
            if one.event != smaller.event and _covers(rule, one, smaller, now):
                return one
    return None


def _covers(rule: InhibitSpec, one: Bigger, smaller: Smaller, now: datetime) -> bool:
    if one.severity.rank < smaller.severity.rank or not _matches(rule.source, one.severity, one.topic):
        return False
    equal = all(getattr(one, name) and getattr(one, name) == getattr(smaller, name) for name in rule.equal)
    return equal and one.speaks(parse_span(rule.within), now)


def _matches(side: InhibitMatch, severity: Severity, topic: str) -> bool:
    return (not side.severities or severity in side.severities) and (not side.topics or topic in side.topics)


# ------------------------------------------------------------------ in the store


def find_bigger(conn: Connection, policy: Policy, now: datetime) -> list[Bigger]:
    """Open matters that were told lately enough for one of the inhibitions, the newest first."""
    if not policy.inhibit:
        return []
    since = now - max(parse_span(rule.within) for rule in policy.inhibit) - timedelta(hours=24)
    query = select(alerts, events.c.severity.label("level"), events.c.topic, events.c.place)
    query = query.join(events, events.c.id == alerts.c.event).where(events.c.status == "open")
    query = query.where(alerts.c.state == "routed", alerts.c.kind.not_in(("closed", "digest", "operator")))
    rows = conn.execute(
        query.where(alerts.c.at > since, alerts.c.drill.is_(False)).order_by(alerts.c.n.desc()).limit(50)
    )
    return [_read(conn, row, policy) for row in rows.mappings()]


def _read(conn: Connection, row: RowMapping, policy: Policy) -> Bigger:
    level = max((Severity(row["severity"]), Severity(row["level"] or "info")), key=lambda one: one.rank)
    place = row["place"] or ""
    return Bigger(
        f"A-{row['n']:04d}", row["id"], row["event"], level, row["topic"], place, policy.campus_of(place), row["at"],
        read_holding(conn, row["event"]),
    )  # fmt: skip


def release_covered(conn: Connection, event: str, now: datetime) -> int:
    """The bigger matter was a false alarm: what it covered in the last day is due now. Returns how many."""
    mine = set(conn.scalars(select(alerts.c.id).where(alerts.c.event == event)))
    rows = conn.execute(
        select(alerts.c.id, alerts.c.note).where(alerts.c.state == "inhibited", alerts.c.at > now - RELEASED)
    )
    freed = [row.id for row in rows if row.note.get("alert") in mine]
    if freed:
        conn.execute(update(alerts).where(alerts.c.id.in_(freed)).values(state="pending", due=now))
        note_changes(conn, "alert", freed)
    return len(freed)
