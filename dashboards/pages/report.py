"""Staff report what they saw: a public address, or up to 200 characters; no files. By login or by the office's link."""

from starlette.responses import RedirectResponse, Response

from crawlers.reported import MAX_CHARS, Problem
from dashboards import auth
from dashboards.call import Call, View, missing
from dashboards.door import client_address
from dashboards.report_link import is_link_token, link_token, renew_link
from pipeline.links import host_of
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.ways_in import last_reports


def show_report(call: Call) -> View:
    """The form, and what became of the last reports."""
    return report_page(call, "")


def show_by_link(call: Call) -> View:
    """The form behind the office's link: nothing else is shown there."""
    check_link(call)
    return report_page(call, "")


def report_page(call: Call, problem: str, status: int = 200) -> View:
    """The form with what was wrong."""
    user, server = call.user, call.context.loaded.server
    operator = user is not None and user.may("operator")
    base = server.public_url.rstrip("/") or f"http://{server.host}:{server.port}"
    by_link = "token" in call.request.path_params
    return View(
        "report.html",
        {
            "action": f"/report/{call.path('token')}" if by_link else "/report",
            "problem": problem,
            "done": call.asked("done"),
            "limit": MAX_CHARS,
            "reports": [] if by_link or user is None else last_reports(call.conn),
            "link": f"{base}/report/{link_token(call.conn, call.context.secret)}" if operator and not by_link else "",
        },
        status,
    )


def take_report(call: Call) -> View | Response:
    """Take a report of somebody who is logged in."""
    return take(call, "/report", call.who or "viewer")


def take_by_link(call: Call) -> View | Response:
    """Take a report that came by the office's link; nobody's name is known or kept."""
    check_link(call)
    return take(call, f"/report/{call.path('token')}", "report link")


def take(call: Call, path: str, who: str) -> View | Response:
    """Ten in fifteen minutes from one place; audited as a host or a text, never what it said."""
    desk = call.context.reports
    if desk is None:
        missing("there is no such action")
    key = (auth.digest(f"report {client_address(call.context.loaded.server, call.request)}")[:32],)
    if auth.is_guessing(call.conn, key, call.now):
        return report_page(call, call.words.say("Too many attempts. Please wait 15 minutes."), 429)
    url, text = call.form.get("url", "").strip()[:2000], call.form.get("text", "").strip()
    call.conn.rollback()
    problem = desk.submit(url, text, call.now)
    with writing(call.context.engine) as conn:
        auth.note_failure(conn, key, call.now)
        if problem is None:
            append_audit(conn, call.now, who, "report", host_of(url) if url else "text")
    if problem is not None:
        return report_page(call, say_problem(call, problem), 400)
    return RedirectResponse(f"{path}?done=reported", 303)


def say_problem(call: Call, problem: Problem) -> str:
    """What is wrong with a report, for its writer."""
    say = call.words.say
    return {
        "empty": say("Give the address of a public page, or say in a few words what you saw."),
        "long": say("At most {n} characters, please.", n=MAX_CHARS),
        "address": say("This is not the address of a public page."),
        "profile": say("This is one person's page; events are watched here, never persons."),
        "refused": say("There is nothing in it that could be taken in."),
        "full": say("So many reports have come within an hour that no more are taken just now."),
    }[problem]


def renew(call: Call) -> Response:
    """A new link; the old one is worthless from now on. Audited."""
    with writing(call.context.engine) as conn:
        renew_link(conn)
        append_audit(conn, call.now, call.who, "report_link")
    return RedirectResponse("/report?done=report_link", 303)


def check_link(call: Call) -> None:
    """404 unless the link is the one that is good now."""
    if call.context.reports is None or not is_link_token(call.conn, call.context.secret, call.path("token")):
        missing("this link has been used or has expired")
