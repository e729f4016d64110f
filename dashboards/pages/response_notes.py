"""Facts of an event, the duty log, and the change of watch."""

from datetime import date, timedelta

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from alerts.response import facts, log
from alerts.response.report_words import load_words
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.pages.phone import find_linked, read_link
from dashboards.pages.response import (
    do,
    go,
    letterhead,
    own_folder,
    pen_of,
    read_local,
    role_behind,
    role_of,
    say_refusal,
    send_file,
    zone_of,
)  # fmt: skip
from dashboards.pages.response_slips import event_of
from dashboards.response.papers import handover_fields, list_text, log_fields
from dashboards.response.word import fill_template

FIELDS = ("words", "source", "status", "happened")


def show_facts(call: Call, refused: object = None) -> View:
    """The fact box of an event with its history."""
    row = event_of(call)
    data = {
        "event": row, "facts": facts.list_facts(call.conn, row.id), "history": facts.fact_history(call.conn, row.id),
        "statuses": facts.STATUSES, "refused": say_refusal(call, refused), "done": call.asked("done"),
        "form": {name: call.form.get(name, "") for name in FIELDS},
    }  # fmt: skip
    return View("response_facts.html", data, 400 if refused else 200)


def put_fact(call: Call) -> View | Response:
    """Write a fact down or give one a new state. Audited."""
    row, form = event_of(call), {name: call.form.get(name, "") for name in FIELDS}
    happened, known = read_local(call, form["happened"]), call.form.get("fact") or None

    def put(conn: Connection) -> object:
        values = (form["words"], form["source"], form["status"], role_of(call))
        return facts.put_fact(conn, row.id, *values, pen_of(call), call.now, happened, known)

    result = do(call, "put_fact", row.id, put)
    return show_facts(call, result) if isinstance(result, Refused) else go(f"/events/{row.id}/facts", "fact")


def note_line(call: Call) -> Response:
    """One line of the log from the event page. Audited."""
    row, words = event_of(call), call.form.get("words", "")
    result = do(call, "log_line", row.id,
                lambda conn: log.write_line(conn, words, role_of(call), pen_of(call), call.now, row.id))  # fmt: skip
    return go(f"/events/{row.id}", "refused_words" if isinstance(result, Refused) else "log_line")


def note_by_link(call: Call) -> Response:
    """One line of the log from the page behind a message's link, by the role of its officer. Audited."""
    link = read_link(call)
    row, words = find_linked(call, link), call.form.get("words", "")
    role = role_behind(call.conn, link.who)
    result = do(call, "log_line", row.id,
                lambda conn: log.write_line(conn, words, role, pen_of(call), call.now, row.id), link.who)  # fmt: skip
    done = "refused_words" if isinstance(result, Refused) else "log_line"
    return RedirectResponse(f"/a/{call.path('token')}?done={done}", 303)


def show_log(call: Call, refused: object = None) -> View:
    """The log of a day and the last changes of watch."""
    day = day_of(call)
    entries = log.read_lines(call.conn, *log.day_span(day, zone_of(call)))
    data = {
        "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1), "entries": entries,
        "today": day == call.clock.local(call.now).date(), "handovers": log.list_handovers(call.conn),
        "refused": say_refusal(call, refused), "done": call.asked("done"),
        "form": {name: call.form.get(name, "") for name in ("words", "next", "remarks")},
    }  # fmt: skip
    return View("response_log.html", data, 400 if refused else 200)


def day_of(call: Call) -> date:
    """The day asked for, else today; days at the ends of the calendar have no neighbours and are none."""
    today = call.clock.local(call.now).date()
    try:
        asked = date.fromisoformat(call.asked("day"))
    except ValueError:
        return today
    return asked if 2000 <= asked.year < 2200 else today


def write_line(call: Call) -> View | Response:
    """One line of the log without an event. Audited."""
    words = call.form.get("words", "")
    result = do(call, "log_line", "", lambda conn: log.write_line(conn, words, role_of(call), pen_of(call), call.now))
    return show_log(call, result) if isinstance(result, Refused) else go("/log", "log_line")


def hand_over(call: Call) -> View | Response:
    """Store what is open now for the next watch. Audited."""
    following, words = call.form.get("next", ""), call.form.get("remarks", "")
    result = do(call, "hand_over_watch", "",
                lambda conn: log.hand_over(conn, role_of(call), following, words, pen_of(call), call.now))  # fmt: skip
    return show_log(call, result) if isinstance(result, Refused) else go(f"/handovers/{result}", "watch_over")


def show_handover(call: Call) -> View:
    """One record of a change of watch."""
    record = find_handover(call)
    return View("response_handover.html", {"record": record, "fields": handover_fields(record, letterhead(call)),
                                           "done": call.asked("done")})  # fmt: skip


def send_log(call: Call) -> View | Response:
    """The duty log of a day as .docx or .txt."""
    head, day = letterhead(call), day_of(call)
    fields = log_fields(day, log.read_lines(call.conn, *log.day_span(day, zone_of(call))), head)
    title = load_words(head.lang)["lines"]["log_title"]
    if call.path("name") == "txt":
        return send_file(list_text(title, fields).encode(), f"{title} {day}", "txt")
    made = (
        fill_template("log", head.lang, fields, own_folder(call, "templates")) if call.path("name") == "docx" else None
    )
    if made is None:
        missing("there is no such paper")
    return show_log(call, made) if isinstance(made, Refused) else send_file(made, f"{title} {day}", "docx")


def send_handover(call: Call) -> View | Response:
    """A change of watch as .docx or .txt."""
    head, record = letterhead(call), find_handover(call)
    fields, title = handover_fields(record, head), load_words(head.lang)["lines"]["handover_title"]
    if call.path("name") == "txt":
        return send_file(list_text(title, fields).encode(), f"{title} {record.n}", "txt")
    made = (
        fill_template("handover", head.lang, fields, own_folder(call, "templates"))
        if call.path("name") == "docx"
        else None
    )
    if made is None:
        missing("there is no such paper")
    return show_log(call, made) if isinstance(made, Refused) else send_file(made, f"{title} {record.n}", "docx")


def find_handover(call: Call) -> log.Handover:
    """The record of the address, or 404."""
    number = call.path("number")
    record = (
        log.read_handover(call.conn, int(number))
        if number.isascii() and number.isdigit() and len(number) < 10
        else None
    )
    if record is None:
        missing("there is no such record")
    return record
