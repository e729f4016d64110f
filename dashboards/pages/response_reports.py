"""Situation reports: drafted with one tap on the event page, edited, issued, and sent as Word, PDF, picture or text."""

from starlette.responses import Response

from alerts.response import reports
from alerts.response.register import enter_event
from alerts.response.report_words import SECTIONS, load_words
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.pages.response import (
    deadlines_of,
    do,
    go,
    letterhead,
    own_folder,
    pen_of,
    say_refusal,
    send_file,
    zone_of,
)
from dashboards.pages.response_slips import event_of
from dashboards.response.papers import report_fields, report_page, report_text
from dashboards.response.sheet import set_page
from dashboards.response.word import fill_template


def show_reports(call: Call) -> View:
    """Every report, drafts first."""
    return View("response_reports.html", {"reports": reports.list_reports(call.conn), "done": call.asked("done")})


def draft_report(call: Call) -> Response:
    """A draft of the wanted kind from what is known now. Audited."""
    row, kind = event_of(call), call.form.get("kind", "first")
    names = {source.id: source.name or source.id for source in call.context.loaded.sources}
    write, lang, deadlines = letterhead(call).short, call.words.lang, deadlines_of(call)
    made = do(call, "draft_report", row.id,
              lambda conn: reports.make_draft(conn, row.id, kind, lang, names, write, call.now, deadlines))  # fmt: skip
    return go(f"/reports/{made.id}") if isinstance(made, reports.Report) else go(f"/events/{row.id}", "refused")


def show_report(call: Call, refused: object = None, status: int = 200) -> View:
    """A report as it will be printed; a draft can be edited, an issued one only sent."""
    report = find_report(call)
    typed = {name: call.form[name] for name in SECTIONS if name in call.form}
    data = {
        "report": report, "sections": SECTIONS, "headings": load_words(report.lang)["headings"],
        "shown": report.sections() | typed, "copy": report_text(report, letterhead(call, report.lang)),
        "refused": say_refusal(call, refused), "done": call.asked("done"),
    }  # fmt: skip
    return View("response_report.html", data, status)


def edit_report(call: Call) -> View | Response:
    """Keep what the office wrote, apart from the draft; `issue` numbers it at once. Audited."""
    report = find_report(call)
    texts = {name: call.form[name] for name in SECTIONS if name in call.form}
    result = do(call, "edit_report", report.id, lambda conn: reports.edit_report(conn, report.id, texts, pen_of(call)))
    if isinstance(result, Refused):
        return show_report(call, result, 400)
    return issue_report(call) if call.form.get("act") == "issue" else go(f"/reports/{report.id}", "report_kept")


def issue_report(call: Call) -> View | Response:
    """Give the draft its number. Audited; the matter enters the register."""
    report = find_report(call)

    def issue(conn: object) -> object:
        made = reports.issue_report(conn, report.id, call.now, zone_of(call))  # type: ignore[arg-type]
        if isinstance(made, reports.Report):
            enter_event(conn, report.event, call.now, zone_of(call))  # type: ignore[arg-type]
        return made

    result = do(call, "issue_report", report.id, issue)
    return (
        show_report(call, result, 400) if isinstance(result, Refused) else go(f"/reports/{report.id}", "report_issued")
    )


def drop_report(call: Call) -> Response:
    """Throw a draft away. Audited."""
    report = find_report(call)
    result = do(call, "drop_report", report.id, lambda conn: reports.drop_draft(conn, report.id))
    return go(f"/events/{report.event}", "refused" if isinstance(result, Refused) else "report_dropped")


def send_paper(call: Call) -> View | Response:
    """The report as .docx, .pdf, .png or .txt."""
    report, form = find_report(call), call.path("name")
    head = letterhead(call, report.lang)
    made: bytes | Refused
    if form == "docx":
        made = fill_template("report", report.lang, report_fields(report, head), own_folder(call, "templates"))
    elif form == "txt":
        made = report_text(report, head).encode()
    elif form in ("pdf", "png"):
        made = set_page(report_page(report, head), "pdf" if form == "pdf" else "png", own_folder(call, "fonts"))
    else:
        missing("there is no such paper")
    if isinstance(made, Refused):
        return show_report(call, made, 409)
    return send_file(made, report.name, form, show=call.asked("show") == "1")


def find_report(call: Call) -> reports.Report:
    """The report of the address, or 404."""
    report = reports.read_report(call.conn, call.path("id"))
    if report is None:
        missing("there is no such report")
    return report
