"""Cases as their pages show them: allowed, used, left, paused, who, and what comes next."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from alerts.case_clock import next_step
from alerts.case_settings import CaseSettings
from alerts.cases import Case, Step, clock_of, find_cases, read_case, read_steps, steps_of
from alerts.workdays import WorkCalendar
from pipeline.store.schema import events
from pipeline.store.shown import shown_title

MOST = 300


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with its clock. `due` and `next_at` are None while the clock stands; `next_share` is 1 for the deadline.
    Spans are in seconds; `left_s` is negative after the deadline."""

    id: str
    event: str
    title: str
    department: str
    owner_role: str
    severity: str | None
    status: str
    round: int
    working: bool
    opened: datetime
    began: datetime
    due: datetime | None
    allowed_s: int
    used_s: int
    left_s: int
    percent: int
    late: bool
    paused_since: datetime | None
    pause_why: str
    next_at: datetime | None
    next_share: float | None
    outcome: str | None
    note: str
    closed: datetime | None
    statement: str
    statement_url: str | None
    statement_at: datetime | None
    carried: str


def list_case_views(
    conn: Connection, calendar: WorkCalendar, settings: CaseSettings, now: datetime, event: str = ""
) -> list[CaseView]:  # fmt: skip
    """Open and paused cases by deadline, then the closed ones, the newest first; of one event when it is named."""
    open_ones, closed = find_cases(conn, "open", "paused", event=event), find_cases(conn, "closed", event=event)
    rows = [*open_ones, *sorted(closed, key=lambda one: one.closed or one.opened, reverse=True)]
    rows = rows[:MOST]
    steps = steps_of(conn, [case.id for case in rows])
    titles: dict[str, str] = dict(
        conn.execute(select(events.c.id, shown_title()).where(events.c.id.in_({c.event for c in rows}))).all()
    )
    return [view_case(case, steps[case.id], titles.get(case.event, ""), calendar, settings, now) for case in rows]


def find_case_view(
    conn: Connection, case: str, calendar: WorkCalendar, settings: CaseSettings, now: datetime
) -> tuple[CaseView, Case, list[Step]] | None:
    """One case with its steps; None when there is none."""
    found = read_case(conn, case)
    if found is None:
        return None
    title = conn.scalar(select(shown_title()).where(events.c.id == found.event)) or ""
    steps = read_steps(conn, case)
    return view_case(found, steps, title, calendar, settings, now), found, steps


def view_case(
    case: Case, steps: list[Step], title: str, calendar: WorkCalendar, settings: CaseSettings, now: datetime
) -> CaseView:
    """The clock of one case at `now`; of a closed one at its closing."""
    clock, at = clock_of(case, steps, calendar), case.closed or now
    coming = next_step(clock, settings.remind_at, now) if case.status == "open" else None
    pause = clock.pauses[-1] if clock.paused and case.status == "paused" else None
    return CaseView(
        case.id, case.event, title, case.department, case.owner_role, case.severity, case.status, case.round,
        case.working, case.opened, clock.began, None if pause else clock.reaches(1),
        seconds(clock.allowed), seconds(clock.used(at)), seconds(clock.left(at)), round(100 * clock.share(at)),
        clock.left(at) < timedelta(0), pause.begins if pause else None, pause.why if pause else "",
        coming.at if coming else None, coming.share if coming else None, case.outcome, case.note, case.closed,
        case.statement, case.statement_url, case.statement_at, case.carried,
    )  # fmt: skip


def seconds(span: timedelta) -> int:
    """Whole seconds."""
    return int(span.total_seconds())


def write_sheet(head: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    """The list as XLSX, every cell a text, so that nothing in it is ever computed."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book[book.sheetnames[0]]
    for line in (head, *lines):
        sheet.append(list(line))
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"
    sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
