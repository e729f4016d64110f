"""Cases: what a department was asked to answer, by when, how its clock stands, and how it ended."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from alerts import cases
from alerts.case_statement import find_carriers
from alerts.duty.calendar_days import load_calendar
from alerts.duty.moments import read_moment
from alerts.taps import Refused, record_tap
from alerts.workdays import WorkCalendar
from dashboards.call import Call, View, missing
from dashboards.pages.roster import cleaner, zone_of
from dashboards.queries.cases import CaseView, find_case_view, list_case_views, write_sheet
from dashboards.queries.events import find_event
from dashboards.refusals import say_refusal
from pipeline.model import Severity
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing

HOURS = {"": None, "1": 1.0, "5": 5.0, "24": 24.0, "48": 48.0}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_cases(call: Call) -> View:
    """Every case with its clock, open ones by deadline first."""
    found = list_case_views(call.conn, calendar_of(call, call.conn), call.context.loaded.cases, call.now)
    return View("cases.html", {"cases": found, "outcomes": cases.OUTCOMES, "done": call.asked("done")})


def calendar_of(call: Call, conn: Connection) -> WorkCalendar:
    """The working calendar as it stands."""
    return load_calendar(conn, call.context.loaded.calendar, ZoneInfo(call.context.loaded.school.timezone))


def show_case(call: Call) -> View:
    """One case: clock, statement, what happened, and what can be done."""
    return case_page(call)


def case_page(call: Call, problem: str = "") -> View:
    """The page, with a refusal's sentence when there was one."""
    loaded = call.context.loaded
    found = find_case_view(call.conn, call.path("id"), calendar_of(call, call.conn), loaded.cases, call.now)
    if found is None:
        missing("there is no such case")
    view, case, steps = found
    data = {
        "case": view, "steps": steps, "carriers": find_carriers(call.conn, case), "outcomes": cases.OUTCOMES,
        "source_names": {one.id: one.name or one.id for one in loaded.sources}, "done": call.asked("done"),
        "problem": problem,
    }  # fmt: skip
    return View("case.html", data, 400 if problem else 200)


def open_case(call: Call) -> Response:
    """Open a case for a department, with the deadline of the event's level or a chosen one. Audited."""
    row = find_event(call.conn, call.path("id"), call.now)
    if row is None:
        missing("there is no such event")
    hours, severity = call.form.get("hours", ""), Severity(row.severity or Severity.INFO)
    department = cleaner(call)(call.form.get("department", ""), 80)
    if hours not in HOURS or isinstance(department, Refused):
        return RedirectResponse(f"/events/{row.id}?done=incomplete", 303)
    with writing(call.context.engine) as conn:
        made = cases.open_case(
            conn, row.id, department, severity, call.now, HOURS[hours], call.context.loaded.cases,
            calendar_of(call, conn), call.form.get("owner", "officer"), call.who,
        )  # fmt: skip
        if not isinstance(made, Refused):
            append_audit(conn, call.now, call.who, "open_case", row.id, made)
            record_tap(conn, event=row.id, what="case", who=call.who, now=call.now, target=made)
    return RedirectResponse(f"/events/{row.id}?done={'incomplete' if isinstance(made, Refused) else 'case'}", 303)


def act_on_case(call: Call) -> View | Response:
    """Pause, resume, state, mark as carried, close. Audited; a refusal shows the page with its sentence."""
    what, case = call.path("act"), call.path("id")
    act = ACTS.get(what)
    if act is None or cases.read_case(call.conn, case) is None:
        missing("there is no such event or action")
    note = cleaner(call)(call.form.get("note", ""), 2000)
    if isinstance(note, Refused):
        return case_page(call, say_refusal(call.words, note.why))
    with writing(call.context.engine) as conn:
        refused = act(conn, call, case, note)
        if refused is None:
            append_audit(conn, call.now, call.who, f"case_{what}", case)  # its words can be deleted, a chain cannot
    if refused is not None:
        return case_page(call, say_refusal(call.words, refused.why))
    return RedirectResponse(f"/cases/{case}?done=case_{what}", 303)


def pause(conn: Connection, call: Call, case: str, note: str) -> Refused | None:
    """The clock stands, with a reason."""
    return cases.pause_case(conn, case, note, call.who, call.now)


def resume(conn: Connection, call: Call, case: str, _note: str) -> Refused | None:
    """It runs again."""
    return cases.resume_case(conn, case, call.who, call.now, calendar_of(call, conn))


def state(conn: Connection, call: Call, case: str, _note: str) -> Refused | None:
    """The school's own statement; its first line is its headline."""
    lines = [cleaner(call)(line, 500) for line in call.form.get("note", "")[:2000].splitlines()]
    note = "\n".join(line for line in lines if isinstance(line, str))
    at = read_moment(call.form.get("at", ""), zone_of(call)) or call.now
    return cases.record_statement(conn, case, note, call.form.get("url", "").strip(), at, call.who, call.now)


def carried(conn: Connection, call: Call, case: str, note: str) -> Refused | None:
    """Who carried it, by hand."""
    return cases.mark_carried(conn, case, note, call.who, call.now)


ACTS: Mapping[str, Callable[[Connection, Call, str, str], Refused | None]] = {
    "pause": pause, "resume": resume, "statement": state, "carried": carried,
}  # fmt: skip


def close_case(call: Call) -> View | Response:
    """Close a case with one of the fixed outcomes and a note. Audited."""
    case, outcome = call.path("id"), call.form.get("outcome", "")
    note = cleaner(call)(call.form.get("note", ""), 500)
    if isinstance(note, Refused):
        return case_page(call, say_refusal(call.words, note.why))
    with writing(call.context.engine) as conn:
        refused = cases.close_case(conn, case, outcome, note, call.who, call.now)
        if refused is None:
            append_audit(conn, call.now, call.who, "close_case", case, outcome)
    return RedirectResponse(f"/cases?done={'refused' if refused else 'closed_case'}", 303)


def send_cases(call: Call) -> Response:
    """The list as XLSX, for the office's own papers: roles, never names."""
    found = list_case_views(call.conn, calendar_of(call, call.conn), call.context.loaded.cases, call.now)
    name = call.words.name
    head = [name("case-column", one) for one in COLUMNS]
    body = write_sheet(head, [line_of(call, one) for one in found])
    return Response(body, 200, {"Content-Disposition": 'attachment; filename="cases.xlsx"'}, media_type=XLSX)


COLUMNS = (
    "matter", "department", "owner", "severity", "opened", "due", "allowed", "used", "status", "outcome", "note",
    "statement", "carried",
)  # fmt: skip


def line_of(call: Call, one: CaseView) -> list[str]:
    """One case as a line of the sheet."""
    name, clock = call.words.name, call.clock
    return [
        one.title or one.event, one.department, name("case-owner", one.owner_role),
        name("severity", one.severity) if one.severity else "", f"{clock.local(one.opened):%Y-%m-%d %H:%M}",
        f"{clock.local(one.due):%Y-%m-%d %H:%M}" if one.due else "", hours_of(one.allowed_s), hours_of(one.used_s),
        name("case", one.status), name("outcome", one.outcome) if one.outcome else "", one.note, one.statement,
        one.carried,
    ]  # fmt: skip


def hours_of(seconds: int) -> str:
    """`2:30` for two and a half hours."""
    sign, minutes = "-" if seconds < 0 else "", abs(seconds) // 60
    return f"{sign}{minutes // 60}:{minutes % 60:02d}"
