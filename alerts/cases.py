"""A case: what a department was asked to answer about an event, by when, and how it ended. Outcomes are fixed; a post
that was removed is not one. Times run by the clock (working-time calendars are not known here)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select, update

from alerts.acks import Refused
from alerts.plain import plain
from pipeline.model import Severity
from pipeline.store.changes import note_changes
from pipeline.store.schema import cases

Outcome = Literal["repaired", "answered", "clarified", "corrected", "not_ours", "no_action"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
# First word within an hour, information within five, a briefing within 24, anything else within 48 hours: the clock
# of the State Council Office's notice of 2016 for authorities, which schools commonly follow.
HOURS = {Severity.CRITICAL: 1, Severity.SERIOUS: 5, Severity.NOTICE: 24, Severity.INFO: 48}


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands."""

    id: str
    event: str
    opened: datetime
    department: str
    due: datetime
    status: str
    outcome: str | None
    note: str

    def share(self, now: datetime) -> float:
        """How much of the time is gone: 0 at opening, 1 at the deadline, more after it."""
        return (now - self.opened) / max(self.due - self.opened, timedelta(seconds=1))


def open_case(
    conn: Connection, event: str, department: str, severity: Severity, now: datetime, hours: float | None = None
) -> str | Refused:
    """Open a case with the deadline of its severity, or `hours`; returns its id."""
    name, span = plain(department, 80), hours if hours is not None else HOURS[severity]
    if not name or not 0 < span <= 24 * 30:
        return Refused("a case needs a department and a deadline within 30 days")
    key = secrets.token_hex(6)
    row = {"id": key, "event": event, "opened": now, "due": now + timedelta(hours=span), "department": name}
    conn.execute(insert(cases).values(owner_role="officer", status="open", outcome=None, note="", **row))
    note_changes(conn, "case", [key])
    return key


def close_case(conn: Connection, case: str, outcome: str, note: str) -> Refused | None:
    """Close with one of the fixed outcomes and a closing note."""
    if outcome not in OUTCOMES:
        return Refused(f"'{plain(outcome, 40)}' is not an outcome; there are {', '.join(OUTCOMES)}")
    found = read_case(conn, case)
    if found is None or found.status == "closed":
        return Refused("there is no such open case")
    changed = update(cases).where(cases.c.id == case)
    conn.execute(changed.values(status="closed", outcome=outcome, note=plain(note, 500)))
    note_changes(conn, "case", [case])
    return None


def read_case(conn: Connection, case: str) -> Case | None:
    """One case."""
    row = conn.execute(select(cases).where(cases.c.id == case)).mappings().first()
    names = ("id", "event", "opened", "department", "due", "status", "outcome", "note")
    return Case(*(row[name] for name in names)) if row else None


def find_late(conn: Connection, now: datetime) -> list[Case]:
    """Open cases past their deadline, the latest first."""
    rows = conn.execute(select(cases.c.id).where(cases.c.status == "open", cases.c.due <= now).order_by(cases.c.due))
    found = [read_case(conn, row.id) for row in rows]
    return [case for case in found if case is not None]
