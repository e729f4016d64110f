"""Counts from old spreadsheets, so that a first briefing has something to be compared with. Marked as imported.

A table has the columns year, quarter (empty: the whole year), topic, count, and may have negative, school (of a peer)
and source. Nothing else of it is kept: no text, no names.
"""

import csv
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlalchemy import Connection, func, select

from dashboards.briefing.values import Count
from dashboards.briefing.wording import load_words
from pipeline.model import TOPICS
from pipeline.store.schema_briefing import briefing_counts as table
from pipeline.store.statements import insert_or_update

COLUMNS = {
    "year": ("year", "年", "年份", "年度"), "quarter": ("quarter", "季", "季度"), "topic": ("topic", "主题", "类别", "分类"),
    "count": ("count", "items", "数量", "条数", "件数"), "negative": ("negative", "负面", "负面数量"),
    "school": ("school", "学校"), "source": ("source", "来源"),
}  # fmt: skip
NEEDED = ("year", "topic", "count")
QUARTERS = {"": "", "1": "Q1", "2": "Q2", "3": "Q3", "4": "Q4", "一": "Q1", "二": "Q2", "三": "Q3", "四": "Q4"}
MOST_UNPACKED = 40 * 1024 * 1024
MOST_ROWS = 20_000


@cache
def topic_ids() -> dict[str, str]:
    """Topics by their Chinese names and their ids; any other name counts under `other`."""
    return {name: key for key, name in load_words("zh")["names"].items() if key in TOPICS} | {
        key: key for key in TOPICS
    }


class CountRow(msgspec.Struct, frozen=True):
    """One line of an old spreadsheet."""

    school: str
    period: str
    topic: str
    source: str
    items: int
    negative: int | None


class SheetUnusable(ValueError):  # noqa: N818 - says what is the matter
    """A spreadsheet that cannot be read; the message names file, line and column."""


def read_counts(path: Path) -> list[CountRow]:
    """The counts in a .csv or .xlsx file. Raises SheetUnusable with one sentence."""
    lines = _read_lines(path)
    header = next(lines, [])
    places = {name: _place(header, words) for name, words in COLUMNS.items()}
    absent = [name for name in NEEDED if places[name] is None]
    if absent:
        raise SheetUnusable(f"{path.name} line 1: there is no column {', '.join(absent)} (year, quarter, topic, count)")
    rows = [_read_row(path.name, number, cells, places) for number, cells in enumerate(lines, 2) if any(cells)]
    if not rows:
        raise SheetUnusable(f"{path.name} holds no counts")
    return rows


def store_counts(connection: Connection, rows: Sequence[CountRow], file: str, now: datetime) -> int:
    """Keep the counts; a row that is there already is replaced. Returns how many cells there are."""
    added: dict[tuple[str, str, str, str], CountRow] = {}
    for row in rows:
        key = (row.school, row.period, row.topic, row.source)
        old = added.get(key)
        added[key] = row if old is None else _sum(old, row)
    values = [{**msgspec.structs.asdict(row), "file": file[:120], "at": now} for row in added.values()]
    insert_or_update(connection, table, values)
    return len(values)


def _sum(one: CountRow, two: CountRow) -> CountRow:
    negative = None if one.negative is None or two.negative is None else one.negative + two.negative
    return msgspec.structs.replace(one, items=one.items + two.items, negative=negative)


def imported_total(connection: Connection, period: str) -> Count | None:
    """Our own imported counts of a period; None when there are none. Stories are not known from a spreadsheet."""
    sums = func.count(), func.sum(table.c["items"]), func.sum(table.c.negative)
    rows, items, negative = connection.execute(
        select(*sums).where(table.c.period == period, table.c.school == "")
    ).one()
    return Count(period, items, 0, negative or 0, imported=True) if rows else None


def imported_topics(connection: Connection, period: str) -> dict[str, int]:
    """Our own imported counts of a period by topic."""
    query = select(table.c.topic, func.sum(table.c["items"])).where(table.c.period == period, table.c.school == "")
    return dict(connection.execute(query.group_by(table.c.topic)).all())


def _read_lines(path: Path) -> Iterator[list[str]]:
    try:
        if path.suffix.lower() == ".xlsx":
            return iter(_read_xlsx(path))
        if path.suffix.lower() == ".csv":
            return iter(list(csv.reader(_read_text(path).splitlines()))[: MOST_ROWS + 1])
    except OSError as error:
        raise SheetUnusable(f"{path} cannot be read: {error.strerror}") from None
    raise SheetUnusable(f"{path.name} is neither .csv nor .xlsx")


def _read_text(path: Path) -> str:
    """UTF-8, or GB 18030 as Excel in China writes it."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetUnusable(f"{path.name} is neither UTF-8 nor GB 18030 text")


def _read_xlsx(path: Path) -> list[list[str]]:
    import openpyxl  # heavy, and only here

    with path.open("rb") as stream:
        try:
            refuse_bomb(stream, path.name)
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 1, max_col=50, values_only=True)
            return [["" if cell is None else str(cell) for cell in row] for row in rows]
        except SheetUnusable:
            raise
        except Exception as error:  # zip, XML and openpyxl's own errors all mean the same to the reader
            name = type(error).__name__
            raise SheetUnusable(f"{path.name} is not a spreadsheet that can be opened ({name})") from None


def refuse_bomb(stream: BinaryIO, name: str) -> None:
    """Raises SheetUnusable for what unpacks to more than a table of counts has, BadZipFile for what is no zip."""
    with zipfile.ZipFile(stream) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise SheetUnusable(f"{name} unpacks to more than {MOST_UNPACKED // 1024**2} MB")


def _place(header: Sequence[str], words: Sequence[str]) -> int | None:
    named = [cell.strip().lower() for cell in header]
    return next((named.index(word) for word in words if word in named), None)


def _read_row(file: str, line: int, cells: Sequence[str], places: dict[str, int | None]) -> CountRow:
    def cell(name: str) -> str:
        place = places[name]
        return cells[place].strip() if place is not None and place < len(cells) else ""

    year, quarter = cell("year").removesuffix("年").removesuffix(".0"), cell("quarter")
    quarter = QUARTERS.get(quarter.upper().strip("Q第季度").removesuffix(".0"), "?")
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        raise SheetUnusable(f"{file} line {line}: '{cell('year')[:20]}' is no year")
    if quarter == "?":
        raise SheetUnusable(f"{file} line {line}: '{cell('quarter')[:20]}' is no quarter (1 to 4)")
    topic = topic_ids().get(cell("topic"), "other")
    number, negative = _whole(file, line, "count", cell("count")), cell("negative")
    return CountRow(
        cell("school")[:80], f"{year}{quarter}", topic, cell("source")[:80], number,
        _whole(file, line, "negative", negative) if negative else None,
    )  # fmt: skip


def _whole(file: str, line: int, column: str, text: str) -> int:
    plain = text.replace(",", "").removesuffix(".0")
    if not (plain.isascii() and plain.isdigit() and len(plain) < 10):
        raise SheetUnusable(f"{file} line {line}: '{text[:20]}' in column {column} is no whole number")
    return int(plain)
