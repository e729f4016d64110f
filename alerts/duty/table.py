"""The sheets of the roster's XLSX: their columns, and reading the cells of one as text that names its place.

Headings are the office's to change (`[duty] headings`, or simply in the file: our own names in English and Chinese are
always understood). Bounded in bytes, rows and unpacked size.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from alerts.plain import plain

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS = 2_000_000, 30_000_000, 2000, 60

SHEETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "people": ("人员", ("id", "name", "role")),
    "rotations": ("轮值", ("id", "name", "members", "starts", "ends", "weekday", "clock", "days")),
    "duty": ("值班", ("officer", "begins", "ends", "why")),
    "override": ("替班", ("officer", "begins", "ends", "why")),
    "leave": ("请假", ("officer", "begins", "ends", "substitute", "why")),
    "swaps": ("换班", ("rotation", "first", "second", "why")),
}
HEADINGS: dict[str, str] = {
    "id": "编号", "name": "名称", "role": "角色", "members": "成员顺序", "starts": "开始日期", "weekday": "交接日",
    "clock": "交接时间", "days": "周期", "officer": "值班员", "begins": "开始", "ends": "结束", "why": "事由",
    "substitute": "代班人", "rotation": "轮值", "first": "甲班开始日", "second": "乙班开始日", "phone": "电话",
}  # fmt: skip


class SheetError(Exception):
    """The file cannot be read; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `sheet` as it is called in the file, values by our names of columns ("" when empty), and where each
    stands. `addresses` are the columns with other headings (channels)."""

    kind: str
    sheet: str
    number: int
    values: Mapping[str, str]
    places: Mapping[str, str]
    addresses: Mapping[str, str]

    def get(self, name: str) -> str:
        """The cell's text."""
        return self.values.get(name, "")

    def say(self, name: str, sentence: str) -> str:
        """A sentence about one cell: sheet, row and column are named."""
        place, heading = self.places.get(name, ""), HEADINGS.get(name, name)
        where = f"column {place}" if place else f"column '{heading}' is missing"
        return f"sheet {self.sheet}, row {self.number}, {where}: {sentence}"

    def say_row(self, sentence: str) -> str:
        """A sentence about the whole row."""
        return f"sheet {self.sheet}, row {self.number}: {sentence}"


def read_rows(body: bytes, headings: Mapping[str, str]) -> list[Row]:
    """All rows of all known sheets, in the order of SHEETS. Raises SheetError."""
    book = open_book(body)
    known = {name.strip(): name for name in book.sheetnames}
    found: list[Row] = []
    for kind, (chinese, _) in SHEETS.items():
        name = known.get(chinese) or next((one for key, one in known.items() if key.lower() == kind), None)
        if name is not None:
            found += _read_whole(book[name], kind, name, headings)
    if not found:
        raise SheetError(f"the file has no row on a sheet called {', '.join(one for one, _ in SHEETS.values())}")
    return found


def _read_whole(sheet: Any, kind: str, name: str, headings: Mapping[str, str]) -> list[Row]:
    """All rows of a sheet; what is broken in a file often shows only while it is read."""
    try:
        return list(_read_sheet(sheet, kind, name, headings))
    except SheetError:
        raise
    except Exception as error:
        raise SheetError(f"sheet {name} cannot be read ({type(error).__name__})") from None


def open_book(body: bytes) -> Any:
    """A workbook for reading. Raises SheetError for what is none, or too large."""
    from openpyxl import load_workbook

    if len(body) > MOST_BYTES:
        raise SheetError(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        size = _unpacked(body)
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True) if size <= MOST_UNPACKED else None
    except Exception as error:  # zip, XML and openpyxl's own errors all mean the same to the reader
        raise SheetError(f"this is not an XLSX file ({type(error).__name__})") from None
    if book is None:
        raise SheetError("the file is too large when it is unpacked")
    return book


def _unpacked(body: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return sum(one.file_size for one in packed.infolist())


def _read_sheet(sheet: Any, kind: str, name: str, headings: Mapping[str, str]) -> Iterator[Row]:
    lines = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
    head = [write_cell(value) for value in next(lines, ())]
    columns = _find_columns(head, SHEETS[kind][1], headings)
    for number, line in enumerate(lines, 2):
        cells = [write_cell(value) for value in line]
        if number > MOST_ROWS + 1:
            raise SheetError(f"sheet {name} has more than {MOST_ROWS} rows")
        if not any(cells):
            continue
        values = {field: cells[place] for field, place in columns.items() if place < len(cells)}
        places = {field: f"{letter(place)} ({head[place]})" for field, place in columns.items()}
        others = {head[k]: cells[k] for k in range(len(head)) if k < len(cells) and k not in columns.values()}
        yield Row(kind, name, number, values, places, {key: value for key, value in others.items() if key and value})


def _find_columns(head: list[str], fields: tuple[str, ...], headings: Mapping[str, str]) -> dict[str, int]:
    """Where each of our columns stands: by the office's heading, the Chinese one or our own name."""
    found: dict[str, int] = {}
    for field in (*fields, "phone"):
        wanted = {headings.get(field, field), HEADINGS[field], field}
        place = next((k for k, said in enumerate(head) if said in wanted or said.lower() == field), None)
        if place is not None and field != "phone":
            found[field] = place
        elif place is not None:
            head[place] = "phone"
    return found


def write_cell(value: Any) -> str:
    """A cell's value as the text that the reader of moments understands."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return plain(str(value), 500)


def letter(place: int) -> str:
    """The letter of a column: 0 is A."""
    return (letter(place // 26 - 1) if place >= 26 else "") + chr(ord("A") + place % 26)
