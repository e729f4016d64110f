"""A briefing as .docx with Word's own styles: headings, captions with SEQ fields, a table of contents field, native
tables whose first row repeats, page numbers. Layout `official` follows GB/T 9704-2012 in page, faces and sizes."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from dashboards.briefing.chart_svg import draw_plot
from dashboards.briefing.fonts import FontMissing
from dashboards.briefing.outline import Outline, Section, Table
from dashboards.briefing.pdf import PaperFailed, draw_png
from dashboards.briefing.word_fields import add_contents, add_field, fix_zip, repeat_header
from dashboards.briefing.wording import Wording

FACES: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "plain": {"Normal": ("宋体", 11), "Title": ("黑体", 20), "Heading 1": ("黑体", 14), "Caption": ("黑体", 9.5)},
    "official": {
        "Normal": ("仿宋_GB2312", 16), "Title": ("方正小标宋简体", 22), "Heading 1": ("黑体", 16), "Caption": ("黑体", 12),
    },
}  # fmt: skip
RED = RGBColor(0xC8, 0x10, 0x2E)


def make_word(outline: Outline, layout: str, school: str, *, one_page: bool = False) -> bytes:
    """The document; the same outline gives the same bytes."""
    document = Document()
    say = Wording(outline.language)
    _set_styles(document, layout)
    _set_page(document, layout)
    _head(document, outline, layout, school)
    if not one_page:
        document.add_paragraph(say("contents"), style="TOC Heading")
        add_contents(document.add_paragraph(), [one.heading for one in outline.sections])
    for section in outline.sections:
        _section(document, section, say)
    document.add_paragraph(outline.footer)
    properties = document.core_properties
    properties.author, properties.title, properties.comments = school[:200], outline.title[:200], outline.footer[:200]
    buffer = BytesIO()
    document.save(buffer)
    return fix_zip(buffer.getvalue())


def _set_styles(document: Any, layout: str) -> None:
    """Chinese faces by the names Word knows them by; a machine without them shows its own."""
    styles = document.styles
    for name, (face, size) in FACES[layout].items():
        style = styles[name]
        style.font.name, style.font.size = "Times New Roman", Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        fonts.set(qn("w:eastAsia"), face)
    styles["Normal"].paragraph_format.space_after = Pt(4)
    if layout == "official":
        styles["Normal"].paragraph_format.line_spacing = Pt(28.95)  # 22 lines on 225 mm


def _set_page(document: Any, layout: str) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    margins = (37, 35, 28, 26) if layout == "official" else (22, 22, 22, 22)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (Mm(one) for one in margins)
    line = section.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if layout == "official":
        line.add_run("— ")
    add_field(line, "PAGE", "1")
    if layout == "official":
        line.add_run(" —")


def _head(document: Any, outline: Outline, layout: str, school: str) -> None:
    if layout == "official":
        red = document.add_paragraph()
        red.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = red.add_run(school)
        run.font.size, run.font.color.rgb, run.bold = Pt(30), RED, True
    title = document.add_heading(outline.title, level=0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in filter(None, (outline.subtitle, outline.state)):
        document.add_paragraph(text).alignment = WD_ALIGN_PARAGRAPH.CENTER


def _section(document: Any, section: Section, say: Wording) -> None:
    document.add_heading(section.heading, level=1)
    for sentence in section.sentences:
        document.add_paragraph(sentence.text)
    for plot in section.plots:
        _picture(document, draw_plot(plot), plot.caption, say)
    for table in section.tables:
        _table(document, table, say)
    for sentence in section.quotes:
        document.add_paragraph(sentence.text)


def _picture(document: Any, svg: str, caption: str, say: Wording) -> None:
    """The chart and its caption; without a font for its words it is left out, the table below says the same."""
    try:
        picture = draw_png(svg)
    except (FontMissing, PaperFailed):
        return
    document.add_picture(BytesIO(picture), width=Mm(154))
    _caption(document, say("figure"), caption)


def _caption(document: Any, word: str, text: str) -> None:
    line = document.add_paragraph(style="Caption")
    line.add_run(f"{word} ")
    add_field(line, f"SEQ {word} \\* ARABIC", "1")
    line.add_run(f"　{text}")


def _table(document: Any, table: Table, say: Wording) -> None:
    _caption(document, say("table"), table.caption)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    grid = document.add_table(rows=1, cols=len(table.header), style="Table Grid")
    repeat_header(grid.rows[0])
    for place, text in enumerate(table.header):
        _cell(grid.rows[0].cells[place], text, place in table.numeric, bold=True)
    for row in table.rows:
        cells = grid.add_row().cells
        for place, text in enumerate(row):
            _cell(cells[place], text, place in table.numeric)
    document.add_paragraph()


def _cell(cell: Any, text: str, numeric: bool, *, bold: bool = False) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.space_after, line.paragraph_format.line_spacing = Pt(0), 1.0
    run = line.add_run("".join(letter for letter in text if letter >= " " or letter == "\t"))
    run.bold, run.font.size = bold, Pt(9)
    if numeric:
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
