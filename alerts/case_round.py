"""Once a minute: which case is to be reminded of, which has missed its deadline, which comes up again.

What was said stands in the ledger (`case_steps.once`, and the alert's own id), in the same transaction as the message
that is owed. A kill at any instruction, a restart or a clock that was set back says nothing twice.
"""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alerts.acks import follow_merger
from alerts.case_clock import Due, find_due
from alerts.case_settings import CaseSettings
from alerts.cases import Case, Step, add_step, clock_of, find_cases, make_case, read_steps, reopen_case
from alerts.duty.calendar_days import load_calendar
from alerts.escalate import SPEAKS
from alerts.outbox import add_alert
from alerts.slip_round import look_after_slips
from alerts.workdays import WorkCalendar, WorkSettings
from pipeline.model import Alert, Reason, Severity
from pipeline.store.schema import alerts, cases

COMES_BACK = timedelta(days=30)
"""A matter that is told again later than this after closing is another case."""


def look_after_cases(
    conn: Connection, settings: CaseSettings, work: WorkSettings, zone: ZoneInfo, now: datetime
) -> int:
    """Owe what is due at `now`, of cases and of slips, and open again what came up again; returns how many messages
    are owed."""
    calendar = load_calendar(conn, work, zone)
    for case in find_returned(conn, now - COMES_BACK):
        reopen(conn, case, settings, calendar, now)
    owed = sum(remind(conn, case, settings, calendar, now) for case in find_cases(conn, "open"))
    return owed + look_after_slips(conn, now)


def remind(conn: Connection, case: Case, settings: CaseSettings, calendar: WorkCalendar, now: datetime) -> int:
    """Of the steps that have come, the last one is told; the others are written down as passed."""
    steps = read_steps(conn, case.id)
    due = find_due(clock_of(case, steps, calendar), settings.remind_at, said_of(case, steps), now)
    for step in due:
        what = "breached" if step.breach else "reminded"
        note = "" if step is due[-1] else "passed"
        add_step(conn, case.id, case.round, what, "", now, note, once_key(case, step.share))
    return add_alert(conn, make_alert(case, due[-1], now), now) if due else 0


def said_of(case: Case, steps: list[Step]) -> frozenset[float]:
    """The shares that were said in this round."""
    keys = {step.once for step in steps if step.once and step.round == case.round}
    return frozenset(float(key.rsplit("/", 1)[1]) for key in keys)


def once_key(case: Case, share: float) -> str:
    """What makes a reminder the same reminder."""
    return f"{case.id}/{case.round}/{share:g}"


def make_alert(case: Case, step: Due, now: datetime) -> Alert:
    """A message of the case's own: it belongs to no event, so that it neither overtakes nor silences the event's."""
    key = hashlib.sha256(f"case\n{once_key(case, step.share)}".encode()).hexdigest()[:16]
    code = "case_breached" if step.breach else "case_reminder"
    numbers = {
        "case": case.id, "round": case.round, "share": step.share, "percent": round(100 * step.share),
        "event_id": case.event, "department": case.department,
    }  # fmt: skip
    text = f"the case with {case.department} has used {round(100 * step.share)} % of its time"
    return Alert(key, now, "case", "", None, level_of(case), (), Reason(code, text, numbers))


def level_of(case: Case) -> Severity:
    """The severity at opening; of older cases the lowest."""
    return Severity(case.severity) if case.severity else Severity.INFO


def find_returned(conn: Connection, since: datetime) -> list[Case]:
    """Cases closed after `since` whose event was told again after they were closed."""
    query = select(cases).where(cases.c.status == "closed", cases.c.closed > since, cases.c.closed_n.is_not(None))
    closed = [make_case(row) for row in conn.execute(query).mappings()]
    return [case for case in closed if newest_alert(conn, case) is not None]


def newest_alert(conn: Connection, case: Case) -> Severity | None:
    """The severity of the last alert that the case's event had since the case was closed, None when it had none. By
    number of the ledger, so that no clock matters."""
    event = follow_merger(conn, case.event)
    newer = (alerts.c.event == event, alerts.c.n > (case.closed_n or 0), alerts.c.kind.in_(SPEAKS))
    query = select(alerts.c.severity).where(*newer, alerts.c.drill.is_(False), alerts.c.state != "silenced")
    found = conn.scalar(query.order_by(alerts.c.n.desc()).limit(1)) if event else None
    return Severity(found) if found else None


def reopen(conn: Connection, case: Case, settings: CaseSettings, calendar: WorkCalendar, now: datetime) -> None:
    """The event has come up again: another round, unless the event has another open case already."""
    others = select(cases.c.id).where(cases.c.event == case.event, cases.c.status != "closed")
    severity = newest_alert(conn, case)
    if severity is None or conn.scalar(others.limit(1)) is not None:
        return
    reopen_case(conn, case, severity, "the event was told again", now, calendar, settings)
