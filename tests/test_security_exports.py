"""Nothing that leaves the office computes: whatever a stored text begins with, a spreadsheet and Word see words."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest
from dash_client import Reader, reader
from test_security_planted import plant

from dashboards.exports import guard
from dashboards.pages.export import LISTS

STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    "\r\n=",
    " =",
    "\u3000=",
    "\u00a0=",
    "\ufeff=",
    "\u200b=",
    "＝",
    "＋",
    "－",
    "＠",
)
SOME = ("=", "+", "@", "\t-", "\r\n=", "\ufeff＝")  # through the whole school; each of STARTS through the one guard
SIGNS = "=+-@＝＋－＠"
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060 \u3000\u00a0\t\r\n"
EVIL = "1+cmd|' /C calc'!A0;=1+1\t=HYPERLINK(\"https://evil.example\")\n=2+2"
SHEETS = ("/roster/file/xlsx", "/cases/file/xlsx", "/register/sheet", "/briefings/edition/2026Q4-1/briefing.xlsx")
WORDS = (
    "/watches/w1/brief/docx",
    "/briefings/edition/2026Q4-1/briefing.docx",
    "/slips/s1/paper",
    "/reports/r1/paper/docx",
    "/log/paper/docx",
)


def computes(text: object) -> bool:
    """True when a spreadsheet that reads a .csv may take the cell for a formula."""
    return isinstance(text, str) and text.lstrip(UNSEEN)[:1] in tuple(SIGNS)


@pytest.fixture(scope="module", params=SOME, ids=ascii)
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A school whose every stored text begins like a formula."""
    with reader(tmp_path_factory.mktemp("planted")) as client:
        plant(client, request.param + EVIL)
        yield client


def fetch(client: Reader, path: str) -> bytes:
    """A file that must come."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content


def test_no_list_computes(planted: Reader) -> None:
    """Every list as .csv and .xlsx: the planted words are in it, no cell of theirs is a formula, and none begins like one."""
    told = 0
    for what in LISTS:
        path = f"/export/{what}/{{}}" + ("?q=食堂" if what == "search" else "")
        text = fetch(planted, path.format("csv")).decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert [cell for cell in cells if computes(cell)] == [], what
        told += "calc" in text
        assert_plain(fetch(planted, path.format("xlsx")), what)
    assert told >= len(LISTS) - 1  # a search gives no words of private voices, the sources no state in words


def test_no_workbook_computes(planted: Reader) -> None:
    """The same for roster, cases, register and the data of a briefing."""
    for path in SHEETS:
        assert_plain(fetch(planted, path), path)


def assert_plain(body: bytes, name: str) -> None:
    """No formula, no link, no data connection, no macro in a workbook."""
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        for part in parts.namelist():
            assert not re.search(r"externalLink|connections|\.bin$", part), name
            if "/worksheets/" in part:
                assert not re.search(rb"<(\w+:)?(f|hyperlink|dataValidation)[ >]", parts.read(part)), (name, part)
    book = openpyxl.load_workbook(io.BytesIO(body))
    kinds = {cell.data_type for sheet in book.worksheets for line in sheet.iter_rows() for cell in line}
    assert kinds <= {"s", "n", "d", "inlineStr"}, name


def test_no_paper_follows_an_order(planted: Reader) -> None:
    """In Word the only fields are ours (page, contents, number of a table); nothing is fetched from outside."""
    for path in WORDS:
        with zipfile.ZipFile(io.BytesIO(fetch(planted, path))) as parts:
            text = parts.read("word/document.xml").decode()
            orders = re.findall(r"<w:instrText[^>]*>([^<]*)<", text) + re.findall(
                r'w:fldSimple w:instr="([^"]*)"', text
            )
            assert {order.split()[0] for order in orders} <= {"PAGE", "TOC", "SEQ"}, path
            linked = "".join(parts.read(p).decode() for p in parts.namelist() if p.endswith(".rels"))
            assert "evil.example" not in linked
            assert not [p for p in parts.namelist() if p.endswith((".bin", "vbaProject"))]


def test_a_calendar_keeps_its_lines(planted: Reader) -> None:
    """A line break in a name or a reason begins no property of its own in the roster's calendar."""
    text = fetch(planted, "/roster/file/ics").decode()
    for line in text.replace("\r\n ", "").split("\r\n"):
        assert line == "" or re.match(r"[A-Z-]+[;:]", line), line[:60]
    assert not re.search(r"[^\r]\n|\r[^\n]", text)


@pytest.mark.parametrize("start", STARTS)
def test_a_guarded_cell_keeps_its_words(start: str) -> None:
    """An apostrophe is put before it and nothing is lost."""
    assert guard(start + "x") == f"'{start}x"
    assert guard(f"x{start}") == f"x{start}"
