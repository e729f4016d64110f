"""What was told, to whom, and what people did: alerts, messages, acts, cases, audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerts.roster import list_stretches, load_roster
from pipeline.store.schema import acks, alerts, audit, cases, events, notifications, officers
from pipeline.store.shown import shown_title

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of an alert: to which receiver, by which channel, what became of it."""

    alert: str
    receiver: str
    channel: str
    step: int
    state: str
    due: datetime
    sent: datetime | None
    attempts: int
    said: str
    maybe_repeat: bool


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert: when, what kind, which rule, why, and its messages."""

    id: str
    event: str | None
    at: datetime
    kind: str
    rule: str | None
    severity: str
    items: int
    reason: Mapping[str, object]
    state: str
    note: Mapping[str, object]
    drill: bool
    messages: tuple[MessageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ActRow:
    """What somebody of the office did with an event."""

    at: datetime
    who: str
    what: str
    note: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case for a department, its deadline and its event."""

    id: str
    event: str
    title: str
    opened: datetime
    department: str
    owner_role: str
    due: datetime
    status: str
    outcome: str | None
    note: str
    late: bool


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit trail."""

    n: int
    at: datetime
    who: str
    what: str
    target: str
    detail: str


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """Someone on the roster, by role; addresses never leave the store. `until` is the end of the present shift."""

    id: str
    name: str
    role: str
    until: datetime | None


def event_alerts(conn: Connection, event: str) -> list[AlertRow]:
    """Alerts of an event in order, each with its messages."""
    rows = conn.execute(select(alerts).where(alerts.c.event == event).order_by(alerts.c.n)).all()
    sent = messages_of(conn, [row.id for row in rows])
    return [make_alert(row, sent.get(row.id, ())) for row in rows]


def make_alert(row: object, messages: tuple[MessageRow, ...]) -> AlertRow:
    """One stored alert."""
    names = ("id", "event", "at", "kind", "rule", "severity", "reason", "state", "note", "drill")
    return AlertRow(**{n: getattr(row, n) for n in names}, items=len(row.items), messages=messages)  # type: ignore[attr-defined]


def messages_of(conn: Connection, ids: Sequence[str]) -> Mapping[str, tuple[MessageRow, ...]]:
    """The messages of each alert in the order they were due."""
    found: dict[str, tuple[MessageRow, ...]] = {}
    query = select(notifications).where(notifications.c.alert.in_(ids))
    for row in conn.execute(query.order_by(notifications.c.due, notifications.c.id)):
        made = MessageRow(**{name: getattr(row, name) for name in MessageRow.__slots__})
        found[row.alert] = (*found.get(row.alert, ()), made)
    return found


def event_acts(conn: Connection, event: str) -> list[ActRow]:
    """What the office did with an event and did not take back, in order."""
    query = select(acks.c.at, acks.c.who, acks.c.what, acks.c.note, acks.c.expires)
    mine = query.where(acks.c.event == event, acks.c.undone.is_(None))
    return [ActRow(*row) for row in conn.execute(mine.order_by(acks.c.n))]


def list_cases(conn: Connection, now: datetime, event: str = "", limit: int = 200) -> list[CaseRow]:
    """Cases, open ones by deadline first; of one event when it is named."""
    query = select(cases, shown_title()).outerjoin(events, events.c.id == cases.c.event)
    query = query.where(cases.c.event == event) if event else query
    rows = conn.execute(query.order_by(cases.c.status == "closed", cases.c.due).limit(limit)).all()
    return [make_case(row, now) for row in rows]


def make_case(row: object, now: datetime) -> CaseRow:
    """One stored case; late while it is open after its deadline."""
    names = ("id", "event", "opened", "department", "owner_role", "due", "status", "outcome", "note")
    late = row.status == "open" and row.due < now  # type: ignore[attr-defined]
    return CaseRow(**{n: getattr(row, n) for n in names}, title=row.title or "", late=late)  # type: ignore[attr-defined]


def read_audit(conn: Connection, page: int, size: int) -> list[AuditRow]:
    """One page of the trail, newest first; one row more than `size` when there is a next page."""
    c = audit.c
    query = select(c.n, c.at, c.who, c.what, c.target, c.detail).order_by(c.n.desc())
    return [AuditRow(*row) for row in conn.execute(query.limit(size + 1).offset((page - 1) * size))]


def list_officers(conn: Connection, now: datetime) -> list[OfficerRow]:
    """The roster: those on duty now first, with the moment at which somebody else follows."""
    roster = load_roster(conn)
    first = list_stretches(roster, now, now + SOON)[0]
    until = dict.fromkeys(first.officers, first.ends)
    made = [OfficerRow(one.id, one.name, one.role, until.get(one.id)) for one in roster.officers]
    return sorted(made, key=lambda o: o.until is None)


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """Somebody who can be called from the page of a signed link; shown nowhere else."""

    name: str
    role: str
    number: str


def list_phones(conn: Connection) -> list[PhoneRow]:
    """Those of the roster with a telephone number, in roster order."""
    rows = conn.execute(select(officers.c.name, officers.c.role, officers.c.addresses).order_by(officers.c.id))
    found = [PhoneRow(row.name, row.role, str(row.addresses.get("phone", ""))) for row in rows]
    return [row for row in found if row.number]


def alerts_between(conn: Connection, since: datetime, now: datetime) -> int:
    """How many alerts were made in a period, closings apart; looks at the newest 2,000."""
    newest = select(alerts.c.at, alerts.c.kind).order_by(alerts.c.n.desc()).limit(2000).subquery()
    query = select(func.count()).select_from(newest).where(newest.c.at > since, newest.c.at <= now)
    return conn.scalar(query.where(newest.c.kind.in_(("first", "severity", "reach", "threshold", "reopened")))) or 0


def last_alert(conn: Connection) -> datetime | None:
    """When the last alert was made."""
    newest = select(func.max(alerts.c.n)).scalar_subquery()
    return conn.scalar(select(alerts.c.at).where(alerts.c.n == newest))
