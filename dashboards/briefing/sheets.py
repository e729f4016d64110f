"""The tables of a briefing as a workbook; cells are text or numbers, never formulas or links."""

from datetime import UTC, datetime
from io import BytesIO

import xlsxwriter

from dashboards.briefing.outline import Outline, Table
from dashboards.briefing.trace import Trace, TraceRow

MADE = datetime(2000, 1, 1, tzinfo=UTC)  # a fixed date, so that the same data gives the same bytes
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
MOST_ROWS = 1_000_000


def make_sheets(outline: Outline, trace: Trace, digest: str) -> bytes:
    """Every table on a sheet of its own, then the items behind the figures, then the checksum."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"created": MADE, "title": outline.title[:200], "comments": digest})
        bold = book.add_format({"bold": True})
        tables = [(section.heading, table) for section in outline.sections for table in section.tables]
        for number, (heading, table) in enumerate(tables, 1):
            _fill(book.add_worksheet(sheet_name(number, heading)), table, bold)
        _trace(book.add_worksheet("trace"), trace, bold)
        hashed = book.add_worksheet("sha256")
        hashed.write_string(0, 0, digest)
    return buffer.getvalue()


def sheet_name(number: int, heading: str) -> str:
    """A name a workbook takes: at most 31 characters, none of []:*?/\\."""
    return "".join(letter if letter not in "[]:*?/\\'" else " " for letter in f"{number} {heading}")[:31]


def _fill(sheet: "xlsxwriter.worksheet.Worksheet", table: Table, bold: object) -> None:
    sheet.freeze_panes(1, 0)
    for place, cell in enumerate(table.header):
        sheet.write_string(0, place, cell, bold)
        longest = max([len(cell), *(len(row[place]) for row in table.rows)])
        sheet.set_column(place, place, min(60, 4 + longest * 1.4))
    for line, row in enumerate(table.rows, 1):
        for place, cell in enumerate(row):
            _write_cell(sheet, line, place, cell, place in table.numeric)


def _write_cell(sheet: "xlsxwriter.worksheet.Worksheet", line: int, place: int, cell: str, numeric: bool) -> None:
    number = cell.replace(".", "", 1)
    if numeric and number.isascii() and number.isdigit() and len(number) < 15:
        sheet.write_number(line, place, float(cell) if "." in cell else int(cell))
    else:
        sheet.write_string(line, place, cell)


def _trace(sheet: "xlsxwriter.worksheet.Worksheet", trace: Trace, bold: object) -> None:
    names = ("period", *TraceRow.__struct_fields__)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, bold)
    rows = [(name, row) for name in ("rows", "before", "year_ago") for row in getattr(trace, name)]
    for line, (name, row) in enumerate(rows[:MOST_ROWS], 1):
        sheet.write_string(line, 0, "now" if name == "rows" else name)
        for place, field in enumerate(TraceRow.__struct_fields__, 1):
            sheet.write_string(line, place, str(getattr(row, field) if getattr(row, field) is not None else ""))
