"""The register as an Excel sheet, and reading its hand-filled columns back.

Cells are text or numbers, never formulas or links. A hidden first row holds the keys, so that a sheet whose titles or
order were changed in Excel can still be read.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.response.register import OURS, ColumnChoice, Row
from alerts.response.report_words import word
from alerts.taps import Refused
from pipeline.titles import TOPIC_NAMES

TITLES: dict[str, dict[str, str]] = {
    "zh": {
        "number": "序号", "found": "发现时间", "matter": "事项", "topic": "类别", "place": "地点", "level": "等级",
        "stories": "内容数", "outlets": "媒体数", "status": "状态", "department": "责任部门", "due": "答复期限",
        "outcome": "办理结果", "slips": "提示函、督办单", "reports": "舆情快报",
    },
    "en": {
        "number": "No.", "found": "Found", "matter": "Matter", "topic": "Topic", "place": "Place", "level": "Level",
        "stories": "Stories", "outlets": "Outlets", "status": "Status", "department": "Department", "due": "Due",
        "outcome": "Outcome", "slips": "Slips and orders", "reports": "Reports",
    },
}  # fmt: skip
WIDTHS = {"matter": 36, "slips": 26, "reports": 30, "found": 17, "due": 17, "department": 18}
MARK = "tocsin-register"
MOST_ROWS, MOST_BYTES = 5_000, 1024 * 1024


def title_of(column: ColumnChoice, lang: str) -> str:
    """What a column is called: its own title, else ours."""
    return column.title or TITLES[lang].get(column.key, column.key)


def cell_text(row: Row, key: str, lang: str, zone: ZoneInfo) -> str | int:
    """One cell as a person reads it."""
    if key not in OURS:
        return row.cells.get(key, "")
    value = row.values[key]
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    tables = {"level": "severity", "outcome": "outcome", "status": "state"}
    if key in tables:
        return word(tables[key], lang, str(value)) if value else ""
    if key == "topic" and lang == "zh":
        return TOPIC_NAMES.get(str(value), str(value))
    return value if isinstance(value, int) else str(value or "")


def write_register(year: int, rows: Sequence[Row], columns: Sequence[ColumnChoice], lang: str, zone: ZoneInfo) -> bytes:
    """The register of a year as .xlsx."""
    import xlsxwriter  # heavy, and rarely needed

    shown = [column for column in columns if column.shown or column.key == "number"]
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(f"{year}")
        bold, own = (
            book.add_format({"bold": True, "text_wrap": True}),
            book.add_format({"bg_color": "#FFF8E1", "text_wrap": True}),
        )
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_string(0, len(shown), f"{MARK} {year}")
        for place, column in enumerate(shown):
            sheet.write_string(0, place, column.key)
            sheet.write_string(1, place, title_of(column, lang), bold)
            sheet.set_column(place, place, WIDTHS.get(column.key, 22 if column.own else 11))
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.freeze_panes(2, 1)
        for line, row in enumerate(rows, 2):
            for place, column in enumerate(shown):
                _write_cell(sheet, line, place, cell_text(row, column.key, lang, zone), own if column.own else plain)
    return target.getvalue()


def _write_cell(sheet: Any, line: int, place: int, value: str | int, style: Any) -> None:
    if isinstance(value, int):
        sheet.write_number(line, place, value, style)
    else:
        sheet.write_string(line, place, value, style)


def read_cells(data: bytes) -> tuple[int, dict[tuple[int, str], str]] | Refused:
    """The year and the hand-filled cells {(row number, column key): text} of a sheet that we wrote and somebody edited."""
    import openpyxl

    if len(data) > MOST_BYTES or not _is_small(data):
        return Refused("the file is not an Excel sheet of at most 1 MB")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        rows = [list(row) for row in book.worksheets[0].iter_rows(max_row=MOST_ROWS, max_col=60, values_only=True)]
    except Exception as error:  # zip, zlib, XML and openpyxl's own errors all mean the same to the reader
        reason = type(error).__name__
        return Refused(f"the file cannot be read as an Excel sheet: {reason}")
    keys = [str(value or "") for value in rows[0]] if rows else []
    year = next(
        (int(key.split(" ")[1]) for key in keys if key.startswith(f"{MARK} ") and key.split(" ")[1].isdecimal()), None
    )
    if year is None or "number" not in keys:
        return Refused("this is not a register written by Tocsin: its first, hidden row is missing")
    return year, _own_cells(rows[2:], keys)


def _own_cells(rows: Sequence[Sequence[Any]], keys: Sequence[str]) -> dict[tuple[int, str], str]:
    own = [(place, key) for place, key in enumerate(keys) if key.startswith("own")]
    found: dict[tuple[int, str], str] = {}
    for row in rows:
        number = row[keys.index("number")]
        if isinstance(number, int | float) or (isinstance(number, str) and number.isdecimal()):
            for place, key in own:
                found[int(number), key] = _as_text(row[place] if place < len(row) else None)
    return found


def _as_text(value: Any) -> str:
    """A cell as text: Excel makes numbers and dates of what people type."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if (value.hour, value.minute) == (0, 0) else "%Y-%m-%d %H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _is_small(data: bytes) -> bool:
    """False for what is no zip, or would unpack to more than twenty megabytes."""
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(entry.file_size for entry in archive.infolist()) < 20 * MOST_BYTES
    except zipfile.BadZipFile:
        return False
