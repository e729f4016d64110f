"""Tables from files as rows of plain cells: CSV in the encodings of Excel, XLSX as it stands (no formula is computed).

Each row comes with the number of its line, so that what is wrong can be named.
"""

import contextlib
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click

MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED = 400 * 1024 * 1024
MAX_ROWS = 500_000
MAX_COLUMNS = 100
MAX_CELL = 200_000

Cell = str | datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its number (the heading is 1) and its cells by heading, empty ones left out."""

    line: int
    cells: dict[str, Cell]
    headings: tuple[str, ...]


def read_rows(file: Path, sheet: str = "") -> Iterator[Row]:
    """The rows of a .csv or .xlsx file. Raises click.UsageError in one sentence for what is no table."""
    if file.stat().st_size > MAX_BYTES:
        raise click.UsageError(f"{file.name} is larger than {MAX_BYTES // 1024**2} MB; import it in parts")
    lines = read_sheet(file, sheet) if file.suffix.lower() == ".xlsx" else read_csv(file)
    headings: list[str] = []
    for number, cells in enumerate(lines, 1):
        if not headings:
            headings = [str(cell or "").strip() for cell in cells[:MAX_COLUMNS]] if any(cells) else []
            continue
        if number > MAX_ROWS:
            raise click.UsageError(f"{file.name} has more than {MAX_ROWS:,} lines; import it in parts")
        named = {name: cell for name, cell in zip(headings, cells, strict=False) if name and cell not in ("", None)}
        if named:
            yield Row(
                number, {name: cell for name, cell in named.items() if cell is not None}, tuple(filter(None, headings))
            )


def read_csv(file: Path) -> Iterator[list[Cell | None]]:
    """The lines of a CSV; comma, semicolon or tab, whichever the first line has most of."""
    text = read_table(file).replace("\x00", "")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    csv.field_size_limit(MAX_CELL * 10)
    try:
        for line in csv.reader(io.StringIO(text), delimiter=mark):
            yield [cell.strip()[:MAX_CELL] for cell in line]
    except csv.Error as error:
        raise click.UsageError(f"{file.name} is not a CSV table: {error}") from None


def read_table(file: Path) -> str:
    """The text of a CSV: UTF-8, UTF-16 (Excel's "Unicode text"), or GB 18030. Raises click.UsageError."""
    data = file.read_bytes()
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise click.UsageError(f"{file.name} is neither UTF-8 nor GB 18030 text")


def read_sheet(file: Path, sheet: str = "") -> Iterator[list[Cell | None]]:
    """The lines of a worksheet: values as they were last shown. A cell that was never computed is empty."""
    import openpyxl  # heavy, and only this needs it

    check_zip(file)
    with file.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            for cells in choose_page(book, sheet, file.name).iter_rows(values_only=True, max_col=MAX_COLUMNS):
                yield [_plain(cell) for cell in cells]
        except (click.UsageError, GeneratorExit):
            raise
        except Exception as error:  # it raises whatever its parts raise, also late
            raise click.UsageError(f"{file.name} is not an Excel table ({type(error).__name__})") from None


def choose_page(book: Any, sheet: str, name: str) -> Any:
    """The sheet that was named, else the first. Raises click.UsageError."""
    if sheet and sheet not in book.sheetnames:
        raise click.UsageError(f"{name} has no sheet '{sheet}'; it has {', '.join(book.sheetnames)}")
    return book[sheet or book.sheetnames[0]]


def check_zip(file: Path) -> None:
    """Refuse what is no zip, or unpacks to more than is sane. Raises click.UsageError."""
    try:
        with zipfile.ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        raise click.UsageError(f"{file.name} is not an Excel table (.xls must be saved as .xlsx first)") from None
    if size > MAX_UNPACKED:
        raise click.UsageError(f"{file.name} unpacks to {size // 1024**2} MB, which no table of items has")


def _plain(cell: object) -> Cell | None:
    """A cell as text or a moment; a whole number without a decimal point."""
    if cell is None or isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()[:MAX_CELL]
