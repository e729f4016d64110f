"""Lists as files: XLSX, CSV and JSON. A cell never becomes a formula or a link, and a list that was cut says so."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

KINDS: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
MOST = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UNSEEN = " \u3000\u00a0\ufeff\u200b\u200c\u200d\u2060"  # a spreadsheet may look past them
CELL = 32_000  # a cell of a workbook holds 32,767 characters
Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as a file: keys, their titles for people, rows. `note` says how it was made and whether it was cut."""

    name: str
    keys: tuple[str, ...]
    titles: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    note: str
    cut: bool = False


def make_file(sheet: Sheet, kind: str) -> bytes:
    """The bytes. Raises KeyError for another kind than the three."""
    return {"xlsx": _make_xlsx, "csv": _make_csv, "json": _make_json}[kind](sheet)


def guard(value: Cell) -> str | int | float:
    """A cell for a spreadsheet: times as text, and text that would be taken for a formula with an apostrophe before it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, str):
        text = value[:CELL]
        return f"'{text}" if text.lstrip(UNSEEN).startswith(FORMULA) else text
    return "" if value is None else value


def _make_csv(sheet: Sheet) -> bytes:
    """UTF-8 with a mark, so that Excel reads Chinese; the note is the last line."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(sheet.titles)
    writer.writerows([guard(value) for value in row] for row in sheet.rows)
    writer.writerow([sheet.note])
    return out.getvalue().encode("utf-8-sig")


def _make_xlsx(sheet: Sheet) -> bytes:
    from xlsxwriter import Workbook  # loaded when a file is asked for

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(buffer, options)
    page = book.add_worksheet(sheet.name[:31])
    bold = book.add_format({"bold": True})
    page.write_row(0, 0, sheet.titles, bold)
    for number, row in enumerate(sheet.rows, 1):
        page.write_row(number, 0, [guard(value) for value in row])
    page.write_string(len(sheet.rows) + 1, 0, sheet.note)
    page.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _make_json(sheet: Sheet) -> bytes:
    rows = [dict(zip(sheet.keys, row, strict=True)) for row in sheet.rows]
    return msgspec.json.encode({"list": sheet.name, "note": sheet.note, "cut": sheet.cut, "rows": rows})
