"""Cases: what a department was asked to answer, and by when."""

import secrets
from datetime import timedelta

from sqlalchemy import insert
from starlette.responses import RedirectResponse, Response

from dashboards.call import Call, View, missing
from dashboards.queries.events import find_event
from dashboards.queries.telling import list_cases
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import cases

HOURS = (1, 5, 24, 48)


def show_cases(call: Call) -> View:
    """Every case, open ones by deadline first."""
    return View("cases.html", {"cases": list_cases(call.conn, call.now)})


def open_case(call: Call) -> Response:
    """Open a case for a department with a deadline. Audited."""
    row = find_event(call.conn, call.path("id"), call.now)
    department, hours = call.form.get("department", "").strip()[:80], call.form.get("hours", "24")
    if row is None:
        missing("there is no such event")
    if not department or hours not in {str(h) for h in HOURS}:
        return RedirectResponse(f"/events/{row.id}?done=incomplete", 303)
    case_id, due = secrets.token_hex(6), call.now + timedelta(hours=int(hours))
    with writing(call.context.engine) as conn:
        conn.execute(
            insert(cases).values(
                id=case_id, event=row.id, opened=call.now, department=department, owner_role="officer", due=due,
                status="open", outcome=None, note=call.form.get("note", "")[:500],
            )
        )  # fmt: skip
        append_audit(conn, call.now, call.who, "open_case", row.id, department)
    return RedirectResponse(f"/events/{row.id}?done=case", 303)
