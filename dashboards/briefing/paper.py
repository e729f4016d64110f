"""The documents of a briefing: HTML, Word and the sheets of its data. All text is data: nothing in it is markup or formula."""

from html import escape
from pathlib import Path

import msgspec
import xlsxwriter
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from dashboards.briefing.outline import Outline, Section, Table, make_outline
from dashboards.briefing.values import BriefData

STYLE = """
body{font:16px/1.7 "Noto Serif CJK SC","Source Han Serif SC",SimSun,serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem;border-bottom:1px solid #999}
table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.8rem 0}th,td{border:1px solid #bbb;padding:.25rem .5rem;
text-align:left;vertical-align:top;overflow-wrap:anywhere}td.n{text-align:right;font-variant-numeric:tabular-nums}
footer{color:#555;font-size:.8rem;margin-top:2rem;overflow-wrap:anywhere}@media print{body{margin:0;max-width:none}}
"""


def write_briefing(data: BriefData, folder: Path, language: str) -> list[Path]:
    """Write .json, .xlsx, .html and .docx of `data` into `folder`; returns the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    outline = make_outline(data, language)
    stem = folder / f"briefing-{data.period}"
    files = [stem.with_suffix(ending) for ending in (".json", ".xlsx", ".html", ".docx")]
    files[0].write_bytes(msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n")
    write_sheets(outline, files[1])
    files[2].write_text(render_html(outline, language), encoding="utf-8")
    write_word(outline, files[3])
    return files


def render_html(outline: Outline, language: str) -> str:
    """One page without scripts or outside resources."""
    body = "".join(_html_section(section) for section in outline.sections)
    lang = "zh-Hans" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(outline.title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(outline.title)}</h1><p>{escape(outline.subtitle)}</p>"
        f"{body}<footer>{escape(outline.footer)}</footer></body></html>\n"
    )


def _html_section(section: Section) -> str:
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in section.sentences)
    tables = "".join(_html_table(table) for table in section.tables)
    return f"<section><h2>{escape(section.heading)}</h2>{sentences}{tables}</section>"


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table.header)
    rows = "".join(
        "<tr>" + "".join(_html_cell(cell, place in table.numeric) for place, cell in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_cell(text: str, numeric: bool) -> str:
    if text.startswith(("http://", "https://")):
        host = escape(text.split("/")[2])
        return f'<td><a rel="noopener noreferrer" href="{escape(text)}">{host}</a></td>'
    return f'<td class="n">{escape(text)}</td>' if numeric else f"<td>{escape(text)}</td>"


def write_sheets(outline: Outline, path: Path) -> None:
    """Every table on a sheet of its own; cells are text or numbers, never formulas or links."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        tables = [(section.heading, table) for section in outline.sections for table in section.tables]
        for number, (heading, table) in enumerate(tables, 1):
            sheet = book.add_worksheet(f"{number} {heading}"[:31].replace("/", " ").replace(":", " "))
            sheet.write_row(0, 0, table.header, bold)
            for line, row in enumerate(table.rows, 1):
                for place, cell in enumerate(row):
                    _write_cell(sheet, line, place, cell)


def _write_cell(sheet: "xlsxwriter.worksheet.Worksheet", line: int, place: int, cell: str) -> None:
    if cell.isdigit() and len(cell) < 12:
        sheet.write_number(line, place, int(cell))
    else:
        sheet.write_string(line, place, cell)


def write_word(outline: Outline, path: Path) -> None:
    """A .docx with Word's own heading and table styles."""
    document = Document()
    _choose_fonts(document)
    document.add_heading(outline.title, level=0)
    document.add_paragraph(outline.subtitle)
    for section in outline.sections:
        document.add_heading(section.heading, level=1)
        for sentence in section.sentences:
            document.add_paragraph(sentence)
        for table in section.tables:
            _word_table(document, table)
    document.add_paragraph(outline.footer)
    document.core_properties.author = "Tocsin"
    document.save(str(path))


def _choose_fonts(document) -> None:  # type: ignore[no-untyped-def]
    """Chinese text in a Song face (any machine replaces it by its own), Latin in Times."""
    for name in ("Normal", "Title", "Heading 1"):
        style = document.styles[name]
        style.font.name = "Times New Roman"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    document.styles["Normal"].font.size = Pt(11)


def _word_table(document, table: Table) -> None:  # type: ignore[no-untyped-def]
    grid = document.add_table(rows=1, cols=len(table.header), style="Table Grid")
    for cell, text in zip(grid.rows[0].cells, table.header, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for row in table.rows:
        for place, (cell, text) in enumerate(zip(grid.add_row().cells, row, strict=True)):
            cell.text = text
            if place in table.numeric:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()
