"""Notice slips and supervision orders: written, sent, answered, accepted or returned."""

from collections.abc import Mapping

from starlette.responses import Response

from alerts.cases import OUTCOMES
from alerts.response import slips
from alerts.response.figures import count_on_time
from alerts.response.register import enter_event
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.pages.response import (
    deadlines_of,
    do,
    go,
    letterhead,
    links_of,
    own_folder,
    pen_of,
    read_local,
    say_refusal,
    send_file,
    zone_of,
)  # fmt: skip
from dashboards.queries.events import EventRow, find_event
from dashboards.queries.telling import list_cases
from dashboards.response.papers import slip_fields
from dashboards.response.word import fill_template
from pipeline.model import Severity

FIELDS = ("department", "matter", "place", "words", "due", "kind", "follows")


def show_slips(call: Call) -> View:
    """Every slip and order, and how many were answered in time."""
    found = slips.list_slips(call.conn)
    rates = {kind: count_on_time((s for s in found if s.kind == kind), call.now) for kind in ("notice", "order")}
    late = {slip.id for slip in found if slip.is_overdue(call.now)}
    return View("response_slips.html", {"slips": found, "rates": rates, "late": late, "done": call.asked("done")})


def show_slip(call: Call, refused: object = None, status: int = 200) -> View:
    """One slip with its answers, the link for the department, and what can be done now."""
    slip = find_slip(call)
    links, officer = links_of(call), bool(call.user and call.user.may("officer"))
    pressed = slips.read_slip(call.conn, slip.follows) if slip.follows else None
    data = {
        "slip": slip, "outcomes": OUTCOMES, "overdue": slip.is_overdue(call.now), "refused": say_refusal(call, refused),
        "link": links.address(call.conn, slip.id, call.now) if officer else None, "pressed": pressed,
        "is_pressed": slips.is_pressed(call.conn, slip.id), "done": call.asked("done"),
        "form": {name: call.form.get(name, "") for name in ("words", "outcome", "note")},
    }  # fmt: skip
    return View("response_slip.html", data, status)


def new_slip(call: Call) -> View:
    """The form of a new slip, filled in as far as it can be."""
    row = event_of(call)
    pressed = slips.read_slip(call.conn, call.asked("follows")) if call.asked("follows") else None
    due = deadlines_of(call).after(Severity(row.severity or Severity.INFO), call.now)
    cases = [case for case in list_cases(call.conn, call.now, row.id) if case.status != "closed"]
    neutral = slips.neutral_title(row.place, row.topic, call.words.lang)
    kind = "order" if pressed or call.asked("kind") == "order" else "notice"
    form = {
        "department": pressed.department if pressed else (cases[0].department if cases else ""),
        "matter": pressed.matter if pressed else neutral, "place": (pressed.place if pressed else row.place) or "",
        "words": "", "kind": kind, "due": call.clock.local(due).strftime("%Y-%m-%dT%H:%M"),
        "follows": pressed.id if pressed else "",
    }  # fmt: skip
    return slip_form(call, row, form)


def slip_form(call: Call, row: EventRow, form: Mapping[str, str], refused: object = None) -> View:
    """The form with what was typed; 400 with the reason when it was refused."""
    data = {"event": row, "form": form, "refused": say_refusal(call, refused)}
    return View("response_slip_new.html", data, 400 if refused else 200)


def issue_slip(call: Call) -> View | Response:
    """Number, store and open the link of a slip or an order. Audited; the matter enters the register."""
    row = event_of(call)
    form = {name: call.form.get(name, "").strip() for name in FIELDS}
    due = read_local(call, form["due"])
    if due is None or form["kind"] not in ("notice", "order"):
        return slip_form(call, row, form, Refused("the deadline has to lie within the next 60 days"))
    order = slips.Order(
        kind="order" if form["kind"] == "order" else "notice", event=row.id, department=form["department"],
        words=form["words"], due=due, matter=form["matter"], place=form["place"], lang=call.words.lang, case=row.case,
        follows=form["follows"] or None,
    )  # fmt: skip
    made = do(call, f"issue_{order.kind}", row.id, lambda conn: store_slip(call, conn, order))
    if not isinstance(made, slips.Slip):
        return slip_form(call, row, form, made)
    return go(f"/slips/{made.id}", "slip")


def store_slip(call: Call, conn: object, order: slips.Order) -> slips.Slip | Refused:
    """The slip, its link and its row in the register, in one transaction; a form sent twice makes one slip."""
    twin = slips.find_twin(conn, order, pen_of(call), call.now)  # type: ignore[arg-type]
    if twin is not None:
        return twin
    made = slips.issue_slip(conn, order, pen_of(call), call.now, zone_of(call))  # type: ignore[arg-type]
    if isinstance(made, slips.Slip):
        links_of(call).renew(conn, made, call.now)  # type: ignore[arg-type]
        enter_event(conn, order.event, call.now, zone_of(call))  # type: ignore[arg-type]
    return made


def renew_link(call: Call) -> Response:
    """A fresh link; the earlier one ends. Audited."""
    slip = find_slip(call)
    do(call, "renew_slip_link", slip.id, lambda conn: links_of(call).renew(conn, slip, call.now) and None)
    return go(f"/slips/{slip.id}", "slip_link")


def type_answer(call: Call) -> View | Response:
    """The office types in what the department said. Audited."""
    slip = find_slip(call)
    words, outcome = call.form.get("words", ""), call.form.get("outcome", "")
    result = do(call, "type_answer", slip.id,
                lambda conn: slips.take_answer(conn, slip.id, words, outcome, "office", pen_of(call), call.now))  # fmt: skip
    return show_slip(call, result, 400) if isinstance(result, Refused) else go(f"/slips/{slip.id}", "slip_answer")


def decide_answer(call: Call) -> View | Response:
    """Accept the answer or return it; a returned slip gets a fresh link. Audited."""
    slip = find_slip(call)
    accept, note = call.form.get("act") == "accept", call.form.get("note", "")
    due = read_local(call, call.form.get("due", ""))
    decision = "accepted" if accept else "returned"

    def decide(conn: object) -> object:
        refused = slips.decide_answer(conn, slip.id, decision, note, pen_of(call), call.now, due)  # type: ignore[arg-type]
        again = slips.read_slip(conn, slip.id)  # type: ignore[arg-type]
        if refused is None and not accept and again is not None:
            links_of(call).renew(conn, again, call.now)  # type: ignore[arg-type]
        return refused

    result = do(call, f"slip_{decision}", slip.id, decide)
    return show_slip(call, result, 400) if isinstance(result, Refused) else go(f"/slips/{slip.id}", f"slip_{decision}")


def send_paper(call: Call) -> Response | View:
    """The slip as Word."""
    slip = find_slip(call)
    head, own = letterhead(call, slip.lang), own_folder(call, "templates")
    pressed = slips.read_slip(call.conn, slip.follows) if slip.follows else None
    officer = bool(call.user and call.user.may("officer"))
    link = links_of(call).address(call.conn, slip.id, call.now) if officer else None
    made = fill_template(
        slip.kind, slip.lang, slip_fields(slip, head, link or "", pressed.name if pressed else ""), own
    )
    return show_slip(call, made, 409) if isinstance(made, Refused) else send_file(made, slip.name, "docx")


def find_slip(call: Call) -> slips.Slip:
    """The slip of the address, or 404."""
    slip = slips.read_slip(call.conn, call.path("id"))
    if slip is None:
        missing("there is no such slip")
    return slip


def event_of(call: Call) -> EventRow:
    """The event of the address, or 404."""
    row = find_event(call.conn, call.path("id"), call.now)
    if row is None:
        missing("there is no such event")
    return row
