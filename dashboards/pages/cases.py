"""Cases: what a department was asked to answer, by when, and how it ended."""

from starlette.responses import RedirectResponse, Response

from alerts import cases
from alerts.acks import Refused
from alerts.taps import record_tap
from dashboards.call import Call, View, missing
from dashboards.queries.events import find_event
from dashboards.queries.telling import list_cases
from pipeline.model import Severity
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing

HOURS = {"": None, "1": 1.0, "5": 5.0, "24": 24.0, "48": 48.0}


def show_cases(call: Call) -> View:
    """Every case, open ones by deadline first."""
    found = list_cases(call.conn, call.now)
    return View("cases.html", {"cases": found, "outcomes": cases.OUTCOMES, "done": call.asked("done")})


def open_case(call: Call) -> Response:
    """Open a case for a department, with the deadline of the event's level or a chosen one. Audited."""
    row = find_event(call.conn, call.path("id"), call.now)
    if row is None:
        missing("there is no such event")
    hours, severity = call.form.get("hours", ""), Severity(row.severity or Severity.INFO)
    if hours not in HOURS:
        return RedirectResponse(f"/events/{row.id}?done=incomplete", 303)
    with writing(call.context.engine) as conn:
        made = cases.open_case(conn, row.id, call.form.get("department", ""), severity, call.now, HOURS[hours])
        if not isinstance(made, Refused):
            append_audit(conn, call.now, call.who, "open_case", row.id, made)
            record_tap(conn, event=row.id, what="case", who=call.who, now=call.now, target=made)
    return RedirectResponse(f"/events/{row.id}?done={'incomplete' if isinstance(made, Refused) else 'case'}", 303)


def close_case(call: Call) -> Response:
    """Close a case with one of the fixed outcomes and a note. Audited."""
    case, outcome = call.path("id"), call.form.get("outcome", "")
    with writing(call.context.engine) as conn:
        refused = cases.close_case(conn, case, outcome, call.form.get("note", ""))
        if refused is None:
            append_audit(conn, call.now, call.who, "close_case", case, outcome)
    return RedirectResponse(f"/cases?done={'refused' if refused else 'closed_case'}", 303)
