"""A case: what a department was asked to answer about an event, by when, and how it ended. Outcomes are fixed; a post
that was removed is not one. Whoever calls writes the audit line, in the same transaction; free text comes in cleaned
(`alerts/free_text.py`).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Connection, func, insert, select, update

from alerts.case_clock import CaseClock, Pause
from alerts.case_settings import LONGEST, CaseSettings
from alerts.plain import plain
from alerts.taps import Refused
from alerts.workdays import WorkCalendar
from pipeline.links import person_free
from pipeline.model import Severity
from pipeline.store.changes import note_changes
from pipeline.store.schema import alerts, cases
from pipeline.store.schema_duty import case_steps

Outcome = Literal["repaired", "answered", "clarified", "corrected", "not_ours", "no_action"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
OWNERS = ("officer", "leader", "department")
NO_CASE = Refused("there is no such open case")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. `due` is the deadline if nobody pauses; while paused it is the last known one."""

    id: str
    event: str
    opened: datetime
    department: str
    due: datetime
    status: str
    outcome: str | None
    note: str
    owner_role: str = "officer"
    severity: str | None = None
    allowed_s: int | None = None
    working: bool = False
    round: int = 1
    began: datetime | None = None
    statement: str = ""
    statement_url: str | None = None
    statement_at: datetime | None = None
    carried: str = ""
    closed: datetime | None = None
    closed_n: int | None = None

    @property
    def allowed(self) -> timedelta:
        """The time allowed."""
        return timedelta(seconds=self.allowed_s) if self.allowed_s is not None else self.due - self.opened

    def share(self, now: datetime) -> float:
        """How much of the time between opening and deadline is gone by the wall; `clock_of` knows pauses."""
        return (now - self.opened) / max(self.due - self.opened, timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened in a case: by people (`who`) or by its clock (`who` is "")."""

    round: int
    at: datetime
    who: str
    what: str
    note: str
    once: str | None


def open_case(
    conn: Connection, event: str, department: str, severity: Severity, now: datetime, hours: float | None = None,
    settings: CaseSettings | None = None, calendar: WorkCalendar | None = None, owner_role: str = "officer",
    who: str = "",
) -> str | Refused:  # fmt: skip
    """Open a case with the deadline of its severity, or `hours`; returns its id. With a `calendar` the clock runs in
    working time where the settings say so."""
    rules, name = settings or CaseSettings(), plain(department, 80)
    span = timedelta(hours=hours) if hours is not None else rules.allowed(severity)
    if not name or not timedelta(0) < span <= LONGEST:
        return Refused("a case needs a department and a deadline within 30 days")
    if owner_role not in OWNERS:
        return Refused("the owner is an officer, a leader or the department")
    working = calendar is not None and severity in rules.working_time
    clock = CaseClock(now, span, (), calendar if working else None)
    key = secrets.token_hex(6)
    row = {
        "id": key, "event": event, "opened": now, "due": clock.reaches(1), "department": name, "status": "open",
        "owner_role": owner_role, "outcome": None, "note": "", "severity": severity.value, "working": working,
        "allowed_s": int(span.total_seconds()), "round": 1, "began": now, "statement": "", "carried": "",
    }  # fmt: skip
    conn.execute(insert(cases).values(row))
    add_step(conn, key, 1, "opened", who, now)
    note_changes(conn, "case", [key])
    return key


def add_step(
    conn: Connection, case: str, number: int, what: str, who: str, now: datetime, note: str = "", once: str | None = None
) -> None:  # fmt: skip
    """Write into the case's own log."""
    row = {"case": case, "round": number, "at": now, "who": plain(who, 80), "what": what, "note": note, "once": once}
    conn.execute(insert(case_steps).values(row))


def read_steps(conn: Connection, case: str) -> list[Step]:
    """What happened in a case, in order."""
    c = case_steps.c
    query = select(c.round, c.at, c.who, c.what, c.note, c.once).where(c.case == case).order_by(c.n)
    return [Step(*row) for row in conn.execute(query)]


def steps_of(conn: Connection, known: Sequence[str]) -> dict[str, list[Step]]:
    """What happened in each of the cases `known`, in order."""
    c, found = case_steps.c, {case: list[Step]() for case in known}
    query = select(c.case, c.round, c.at, c.who, c.what, c.note, c.once).where(c.case.in_(known)).order_by(c.n)
    for case, *values in conn.execute(query):
        found[case].append(Step(*values))
    return found


def clock_of(case: Case, steps: list[Step], calendar: WorkCalendar | None) -> CaseClock:
    """The clock of the case's present round; `calendar` is used when the case runs in working time."""
    pauses: list[Pause] = []
    for step in steps:
        if step.round == case.round and step.what == "paused":
            pauses.append(Pause(step.at, None, step.note))
        elif step.round == case.round and step.what in ("resumed", "closed") and pauses and pauses[-1].ends is None:
            pauses[-1] = Pause(pauses[-1].begins, max(step.at, pauses[-1].begins), pauses[-1].why)
    return CaseClock(case.began or case.opened, case.allowed, tuple(pauses), calendar if case.working else None)


def pause_case(conn: Connection, case: str, why: str, who: str, now: datetime) -> Refused | None:
    """Let the clock stand, with a reason."""
    found = read_case(conn, case)
    if found is None or found.status != "open":
        return NO_CASE
    if not why:
        return Refused("say why")
    _change(conn, found, "paused", who, now, why, status="paused")
    return None


def resume_case(
    conn: Connection, case: str, who: str, now: datetime, calendar: WorkCalendar | None = None
) -> Refused | None:
    """Let the clock run again; the deadline moves by the time it stood."""
    found = read_case(conn, case)
    if found is None or found.status != "paused":
        return Refused("the case is not paused")
    _change(conn, found, "resumed", who, now, "", status="open")
    clock = clock_of(found, read_steps(conn, case), calendar)
    conn.execute(update(cases).where(cases.c.id == case).values(due=clock.reaches(1) or found.due))
    return None


def close_case(
    conn: Connection, case: str, outcome: str, note: str, who: str = "", now: datetime | None = None
) -> Refused | None:
    """Close with one of the fixed outcomes and a closing note."""
    if outcome not in OUTCOMES:
        return Refused(f"'{plain(outcome, 40)}' is not an outcome; there are {', '.join(OUTCOMES)}")
    found = read_case(conn, case)
    if found is None or found.status == "closed":
        return NO_CASE
    at, last = now or found.due, conn.scalar(select(func.max(alerts.c.n))) or 0
    more = {"outcome": outcome, "note": plain(note, 500), "closed": now, "closed_n": last}
    _change(conn, found, "closed", who, at, outcome, status="closed", **more)
    return None


def record_statement(
    conn: Connection, case: str, text: str, url: str, at: datetime, who: str, now: datetime
) -> Refused | None:
    """The school's own statement: its words, where it stands, and when it was published."""
    found = read_case(conn, case)
    words = "\n".join(line for line in (plain(one, 500) for one in text.splitlines()) if line)[:2000]
    if found is None:
        return Refused("there is no such case")
    if not words:
        return Refused("a statement needs its words")
    if url and not url.startswith(("http://", "https://")):
        return Refused("a link begins with https://")
    more = {"statement": words, "statement_url": plain(person_free(url), 500) or None, "statement_at": at}
    _change(conn, found, "statement", who, now, plain(words, 80), **more)
    return None


def mark_carried(conn: Connection, case: str, outlets: str, who: str, now: datetime) -> Refused | None:
    """Which media carried the statement, said by hand; "" takes it back."""
    found = read_case(conn, case)
    if found is None or not found.statement:
        return Refused("there is no statement that could be carried")
    _change(conn, found, "carried", who, now, plain(outlets, 200), carried=plain(outlets, 200))
    return None


def reopen_case(conn: Connection, case: Case, severity: Severity, note: str, now: datetime, calendar: WorkCalendar | None,
                settings: CaseSettings) -> None:  # fmt: skip
    """A new round with the deadline of the severity: the event has come up again."""
    span = settings.allowed(severity)
    working = calendar is not None and severity in settings.working_time
    clock = CaseClock(now, span, (), calendar if working else None)
    more = {
        "status": "open", "outcome": None, "round": case.round + 1, "began": now, "due": clock.reaches(1),
        "allowed_s": int(span.total_seconds()), "working": working, "severity": severity.value, "closed": None,
        "closed_n": None,
    }  # fmt: skip
    conn.execute(update(cases).where(cases.c.id == case.id).values(**more))
    add_step(conn, case.id, case.round + 1, "reopened", "", now, note)
    note_changes(conn, "case", [case.id])


def _change(conn: Connection, case: Case, what: str, who: str, now: datetime, said: str, /, **values: Any) -> None:
    conn.execute(update(cases).where(cases.c.id == case.id).values(**values))
    add_step(conn, case.id, case.round, what, who, now, said)
    note_changes(conn, "case", [case.id])


def read_case(conn: Connection, case: str) -> Case | None:
    """One case."""
    row = conn.execute(select(cases).where(cases.c.id == case)).mappings().first()
    return make_case(row) if row else None


def make_case(row: Mapping[Any, Any]) -> Case:
    """A row of `cases`."""
    return Case(**{name: row[name] for name in Case.__slots__})


def find_cases(conn: Connection, *status: str, event: str = "") -> list[Case]:
    """Cases of these states, by deadline; of one event when it is named."""
    query = select(cases).where(cases.c.status.in_(status)).order_by(cases.c.due, cases.c.id)
    query = query.where(cases.c.event == event) if event else query
    return [make_case(row) for row in conn.execute(query).mappings()]


def find_late(conn: Connection, now: datetime) -> list[Case]:
    """Open cases past their deadline, the latest first."""
    return [case for case in find_cases(conn, "open") if case.due <= now]
