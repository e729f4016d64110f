"""Playbooks, which an editor may change, and the register of a year."""

from dataclasses import dataclass

from starlette.responses import Response

from alerts.response import playbooks, register
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.pages.response import do, go, letterhead, pen_of, role_of, say_refusal, send_file, zone_of
from dashboards.response.book import cell_text, read_cells, title_of, write_register
from pipeline.model import TOPICS


@dataclass(frozen=True, slots=True)
class CardLine:
    """A topic and whether its playbook was changed here."""

    topic: str
    version: int
    shipped: bool


def show_playbooks(call: Call) -> View:
    """Every topic's playbook."""
    found = [playbooks.read_playbook(call.conn, topic) for topic in TOPICS]
    return View("response_cards.html", {"cards": [CardLine(one.topic, one.version, one.shipped) for one in found]})


def show_playbook(call: Call, refused: object = None) -> View:
    """One playbook in both languages; editors see its text and versions."""
    topic = topic_of(call)
    card = playbooks.read_playbook(call.conn, topic)
    data = {
        "card": card, "halves": {"zh": card.half("zh"), "en": card.half("en")}, "text": call.form.get("text", card.text),
        "versions": playbooks.list_versions(call.conn, topic)[:10], "refused": say_refusal(call, refused),
        "done": call.asked("done"),
    }  # fmt: skip
    return View("response_card.html", data, 400 if refused else 200)


def write_playbook(call: Call) -> View | Response:
    """A new version, or back to the shipped one. Audited."""
    topic, seen = topic_of(call), call.form.get("version", "")
    text = None if call.form.get("act") == "reset" else call.form.get("text", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 8 else -1
    what = "reset_playbook" if text is None else "edit_playbook"
    result = do(call, what, topic,
                lambda conn: playbooks.write_playbook(conn, topic, text, version, role_of(call), call.now))  # fmt: skip
    return show_playbook(call, result) if isinstance(result, Refused) else go(f"/playbooks/{topic}", "playbook")


def topic_of(call: Call) -> str:
    """The topic of the address, or 404."""
    topic = call.path("name")
    if topic not in TOPICS:
        missing("there is no such topic")
    return topic


def show_register(call: Call, refused: object = None) -> View:
    """The register of a year with its columns and, for officers, cells to fill in."""
    year, zone, lang = year_of(call), zone_of(call), call.words.lang
    columns = register.read_columns(call.conn)
    shown = [column for column in columns if column.shown]
    rows = register.read_register(call.conn, year)
    data = {
        "year": year, "years": register.list_years(call.conn, call.now, zone), "columns": columns, "shown": shown,
        "titles": {column.key: title_of(column, lang) for column in columns}, "rows": rows,
        "texts": {row.number: {c.key: cell_text(row, c.key, lang, zone) for c in shown} for row in rows},
        "own": [column for column in columns if column.own], "refused": say_refusal(call, refused),
        "done": call.asked("done"),
    }  # fmt: skip
    return View("response_register.html", data, 400 if refused else 200)


def year_of(call: Call) -> int:
    """The year asked for (in the address or the form), else this one."""
    text = call.form.get("year", "") or call.asked("year")
    here = call.clock.local(call.now).year
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else here


def enter_matters(call: Call) -> Response:
    """Enter what was told or has a case and is not in the register yet. Audited."""
    year = year_of(call)
    do(call, "register_enter", str(year), lambda conn: register.enter_missing(conn, year, call.now, zone_of(call)))
    return go(f"/register?year={year}")


def choose_columns(call: Call) -> View | Response:
    """Which columns are shown, and the office's own. Audited."""
    before = {column.key: column for column in register.read_columns(call.conn)}
    pen = pen_of(call)
    ours = [register.ColumnChoice(key, "", key == "number" or f"show_{key}" in call.form) for key in register.OURS]
    own = []
    for place in range(1, register.MOST_OWN + 1):
        key, title = f"own{place}", pen.masker.mask(call.form.get(f"own{place}", "").strip(), private=True)
        if title or key in before:
            kept = before[key].title if key in before else ""
            own.append(register.ColumnChoice(key, title or kept, bool(title)))
    result = do(call, "register_columns", "", lambda conn: register.write_columns(conn, [*ours, *own]))
    return show_register(call, result) if isinstance(result, Refused) else go(f"/register?year={year_of(call)}")


def fill_cells(call: Call) -> View | Response:
    """The hand-filled cells of one row. Audited."""
    year, number = year_of(call), call.form.get("number", "")
    row = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 0
    cells = {(row, key): text for key, text in call.form.items() if key.startswith("own")}
    result = do(
        call, "register_fill", f"{year}-{row}", lambda conn: register.write_cells(conn, year, cells, pen_of(call))
    )
    return show_register(call, result) if isinstance(result, Refused) else go(f"/register?year={year}")


def take_sheet(call: Call) -> View | Response:
    """Read the hand-filled columns of a sheet back. Audited."""
    read = read_cells(call.upload)
    if isinstance(read, Refused):
        return show_register(call, read)
    year, cells = read
    result = do(call, "register_import", str(year), lambda conn: register.write_cells(conn, year, cells, pen_of(call)))
    return show_register(call, result) if isinstance(result, Refused) else go(f"/register?year={year}")


def send_register(call: Call) -> Response:
    """The register of a year as .xlsx."""
    year, head = year_of(call), letterhead(call)
    rows, columns = register.read_register(call.conn, year), register.read_columns(call.conn)
    data = write_register(year, rows, columns, head.lang, head.zone)
    name = f"舆情台账 {year}" if head.lang == "zh" else f"Register {year}"
    return send_file(data, name, "xlsx")
