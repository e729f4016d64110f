"""Hostile and broken .xlsx and .docx files get one sentence at every door that takes them, quickly, and in little memory."""

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import openpyxl
import pytest

from alerts.duty.table import SheetError
from alerts.duty.table import read_rows as read_roster
from alerts.taps import Refused
from dashboards.briefing.imports import SheetUnusable, read_counts
from dashboards.briefing.own_template import TemplateProblem, check_template
from dashboards.response.book import read_cells
from dashboards.response.word import FOLDER, fill_template
from tocsin.sheets import read_rows

LAUGHS = (
    b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">"""
    + b"".join(
        f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";"}{("&a" + (str(n - 1) if n else "") + ";") * 9}">'.encode()
        for n in range(9)
    )
    + b"]><worksheet>&a8;</worksheet>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MOST_SECONDS, MOST_BYTES = 20.0, 300_000_000


def a_book() -> bytes:
    """A small table as Excel writes it."""
    book = openpyxl.Workbook()
    book.active.title = "人员"
    book.active.append(["year", "quarter", "count", "标题", "来源"])
    book.active.append(["2025", "3", "4", "二食堂", "吧"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(name: str, data: bytes) -> bytes:
    """The table with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_book())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, data if entry == name else old.read(entry))
    return out.getvalue()


def bomb() -> bytes:
    """A hundred kilobytes that unpack to 120 megabytes."""
    return with_part(SHEET, b"<worksheet>" + b" " * 120_000_000 + b"</worksheet>")


def cut_off() -> bytes:
    """A part whose packed bytes are damaged."""
    body = bytearray(a_book())
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        start = archive.getinfo(SHEET).header_offset + 60
    body[start : start + 40] = b"\xff" * 40
    return bytes(body)


FILES: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"", "no zip": lambda: b"PK nothing", "empty zip": lambda: b"PK\x05\x06" + bytes(18),
    "broken sheet": lambda: with_part(SHEET, b"<worksheet><sheetData><row"),
    "broken strings": lambda: with_part(STRINGS, b"<sst><si><t>x</"),
    "broken workbook": lambda: with_part("xl/workbook.xml", b"<workbook"),
    "laughs": lambda: with_part(SHEET, LAUGHS), "laughing strings": lambda: with_part(STRINGS, LAUGHS),
    "outside": lambda: with_part(SHEET, OUTSIDE), "outside strings": lambda: with_part(STRINGS, OUTSIDE),
    "bomb": bomb, "damaged": cut_off, "no sheet": lambda: with_part("[Content_Types].xml", b"<Types/>"),
}  # fmt: skip


def by_roster(body: bytes, _folder: Path) -> str:
    """The roster's page."""
    try:
        read_roster(body, {})
    except SheetError as error:
        return str(error)
    return ""


def by_register(body: bytes, _folder: Path) -> str:
    """The register's page."""
    answer = read_cells(body)
    return answer.why if isinstance(answer, Refused) else ""


def by_import(body: bytes, folder: Path) -> str:
    """`tocsin import`."""
    (folder / "x.xlsx").write_bytes(body)
    try:
        list(read_rows(folder / "x.xlsx"))
    except click.UsageError as error:
        return error.message
    return ""


def by_counts(body: bytes, folder: Path) -> str:
    """`tocsin counts`."""
    (folder / "x.xlsx").write_bytes(body)
    try:
        list(read_counts(folder / "x.xlsx"))
    except SheetUnusable as error:
        return str(error)
    return ""


DOORS = {"roster": by_roster, "register": by_register, "import": by_import, "counts": by_counts}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", FILES)
def test_a_hostile_sheet_gets_a_sentence(name: str, door: str, tmp_path: Path) -> None:
    """Refused, or read as an empty table; never an exception, never much memory, never a file from outside."""
    body = FILES[name]()
    tracemalloc.start()
    started = time.process_time()
    said = DOORS[door](body, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < MOST_SECONDS
    assert peak < MOST_BYTES
    assert "root:" not in said
    assert "\n" not in said
    if name in ("nothing", "no zip", "broken workbook") or (name == "bomb" and door != "import"):
        assert said, name


INJECTIONS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ words.__init__.__globals__ }}", "{{ cycler.__init__.__globals__.os }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}", "{{ 7 * 7 }}{% include '/etc/passwd' %}",
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_template_reaches_nothing_but_its_fields(text: str, tmp_path: Path) -> None:
    """A school's template that asks for more than words is refused or answered with nothing of ours."""
    (tmp_path / "notice.zh.docx").write_bytes(with_text(FOLDER / "notice.zh.docx", text))
    made = fill_template("notice", "zh", values(""), tmp_path)
    assert isinstance(made, Refused) or not says(made, "subclass", "<class", "root:", "environ")
    (tmp_path / "own.docx").write_bytes(with_text(FOLDER / "notice.zh.docx", text))
    assert isinstance(check_template(tmp_path / "own.docx"), TemplateProblem)


@pytest.mark.parametrize("text", [*INJECTIONS, "<w:p>x</w:p>", "{{ number }}", "</w:t></w:r><w:r><w:t>x", "&x;"])
def test_words_are_no_template(text: str) -> None:
    """What an officer types comes out as it was typed: no expression is evaluated, no markup is made of it."""
    made = fill_template("notice", "zh", values(text))
    assert isinstance(made, bytes)
    from docx import Document

    document = Document(io.BytesIO(made))
    said = [p.text for p in document.paragraphs] + [c.text for t in document.tables for r in t.rows for c in r.cells]
    assert any(text in one for one in said)


def with_text(path: Path, text: str) -> bytes:
    """A template with one more paragraph."""
    from docx import Document

    document = Document(str(path))
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def values(words: str) -> dict[str, object]:
    """Everything that a slip may ask for."""
    from dashboards.response.word import SLIP_FIELDS

    return dict.fromkeys(SLIP_FIELDS, "x") | {"words": words}


def says(made: bytes, *parts: str) -> bool:
    """True when the document has one of `parts`."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        body = archive.read("word/document.xml").decode()
    return any(part in body for part in parts)
