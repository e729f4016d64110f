"""The documents: PDF without empty boxes, Word with real fields, layouts, the school's own template, old spreadsheets."""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from dash_seed import NOW, make_database
from docx import Document
from msgspec.structs import replace
from store_kit import a_store

from dashboards.briefing.assemble import make_leader, make_outline
from dashboards.briefing.chart_svg import MARK_Y, TOP, draw_plot
from dashboards.briefing.figures import freeze
from dashboards.briefing.fonts import FontMissing, find_faces
from dashboards.briefing.imports import SheetUnusable, read_counts, store_counts
from dashboards.briefing.own_template import TemplateProblem, check_template, fill_template
from dashboards.briefing.paper import ENDINGS, Style, make_document
from dashboards.briefing.pdf import GETA, make_pdf, make_pictures
from dashboards.briefing.period import parse_period
from dashboards.briefing.values import BriefData
from pipeline.store.engine import reading, writing

ZONE = ZoneInfo("Asia/Shanghai")
PERIOD = parse_period("2026Q4", ZONE, NOW)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> BriefData:
    engine = make_database(tmp_path_factory.mktemp("paper"))
    with reading(engine) as connection:
        return freeze(connection, PERIOD, "清河理工学院", ["清河理工学院"], NOW)


@pytest.mark.parametrize("layout", ["plain", "official"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pdf_shows_every_character(data: BriefData, layout: str, language: str) -> None:
    """PDF/A-2b forbids missing glyphs, so a document that typst passes has no empty box; nothing had to be replaced."""
    outline = make_outline(data, language)
    content = make_pdf(outline, layout, school=data.school, day=data.end)
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfaid:part>2<" in content
    assert len(content) > 20_000


def test_what_no_font_shows_becomes_the_printers_mark(data: BriefData) -> None:
    """A character without a glyph is no empty box and no failure."""
    event = replace(data.events[0], title="奇字\U000e0fff与\U0001f9ff收尾")
    pages = make_pdf(make_leader(replace(data, events=[event]), "zh"), "plain", school="x", day=data.end, one_page=True)
    assert pages.startswith(b"%PDF")
    assert GETA == "〓"


def test_pages_are_pictures_with_ink(data: BriefData) -> None:
    """Rendered to PNG, the briefing has several pages and the leader's version exactly one."""
    pictures = make_pictures(make_outline(data, "zh"), "plain", school=data.school, day=data.end)
    assert len(pictures) > 3
    assert all(one.startswith(b"\x89PNG") and len(one) > 8_000 for one in pictures)
    for layout in ("plain", "official"):
        one = make_pictures(make_leader(data, "zh"), layout, school=data.school, day=data.end, one_page=True)
        assert len(one) == 1, layout


def test_without_a_chinese_font_one_sentence_says_what_to_install() -> None:
    """No PDF full of boxes: the reader is told which package to install."""
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        find_faces("plain", frozenset({"Libertinus Serif", "DejaVu Sans"}))


def test_the_same_data_gives_the_same_bytes(data: BriefData) -> None:
    """Every document of every layout is made twice and is the same."""
    for ending in ENDINGS:
        for layout in ("plain", "official"):
            style = Style("zh", layout)
            assert make_document(data, ending, style) == make_document(data, ending, style), ending


def test_word_has_real_styles_captions_and_contents(data: BriefData) -> None:
    """Headings are headings, captions are numbered by Word, contents and page numbers are fields, tables are native."""
    content = make_document(data, "docx", Style())
    document = Document(BytesIO(content))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [section.heading for section in make_outline(data, "zh").sections]
    xml = zipfile.ZipFile(BytesIO(content)).read("word/document.xml").decode()
    footer = zipfile.ZipFile(BytesIO(content)).read("word/footer1.xml").decode()
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    assert xml.count("SEQ 表") == len(document.tables)
    assert xml.count("SEQ 图") == 1
    assert len(captions) == len(document.tables) + 1
    assert 'TOC \\o "1-1"' in xml
    assert "PAGE" in footer
    assert xml.count("w:tblHeader") == len(document.tables)


def test_the_official_layout_has_the_type_area_of_the_standard(data: BriefData) -> None:
    """A4 with 156 by 225 mm of type, 16 pt, 22 lines a page (GB/T 9704-2012)."""
    section = Document(BytesIO(make_document(data, "docx", Style("zh", "official")))).sections[0]
    assert round((section.page_width - section.left_margin - section.right_margin) / 36_000) == 156
    assert round((section.page_height - section.top_margin - section.bottom_margin) / 36_000) == 225
    style = Document(BytesIO(make_document(data, "docx", Style("zh", "official")))).styles["Normal"]
    assert style.font.size.pt == 16
    assert round(225 / 25.4 * 72 / style.paragraph_format.line_spacing.pt) == 22


def test_chart_marks_and_legend_do_not_meet(data: BriefData) -> None:
    """The legend, the marks of events and the bars each have a lane of their own."""
    plot = make_outline(data, "zh").sections[2].plots[0]
    svg = draw_plot(plot)
    legend = [float(y) for y in re.findall(r'<text x="\d+" y="([\d.]+)">', svg)]
    assert plot.marks
    assert max(legend) + 12 < MARK_Y < TOP
    assert "<script" not in svg


def test_html_figures_lead_to_their_ids(data: BriefData) -> None:
    """Every bracket behind a figure leads to a line of ids in the same file, and nothing leads outside but outlets."""
    html = make_document(data, "html", Style()).decode()
    targets = re.findall(r'href="#(r\d+)"', html)
    assert len(targets) > 20
    assert all(f'id="{target}"' in html for target in targets)
    assert not re.search(r"<(script|link|img|iframe)\b", html)


def test_a_first_period_has_no_columns_of_comparison(data: BriefData) -> None:
    """Without earlier data there is no comparison, and it is said."""
    lone = replace(data, before=replace(data.before, items=0), year_ago=replace(data.year_ago, items=0))
    html = make_document(lone, "html", Style()).decode()
    assert "本期不作比较" in html
    assert "环比" not in html
    assert "环比" in make_document(data, "html", Style()).decode()


@pytest.mark.parametrize("name", ["week", "2026-11", "2026Q4", "2026"])
def test_week_month_quarter_and_year_come_from_the_same_code(tmp_path: Path, name: str) -> None:
    """Each has its own title and all have findings; the week is a digest."""
    engine = make_database(tmp_path)
    period = parse_period(name, ZONE, NOW)
    with reading(engine) as connection:
        made = freeze(connection, period, "清河理工学院", [], NOW)
    outline = make_outline(made, "zh")
    assert outline.title.endswith({"week": "周报", "month": "月报", "quarter": "季报", "year": "年报"}[period.kind])
    assert ("season" in {one.key for one in outline.sections}) == (name != "week")
    assert made.totals.items > 0


def own_template(path: Path, *lines: str) -> Path:
    """A .docx with the given lines."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def test_the_schools_own_template_is_filled(data: BriefData, tmp_path: Path) -> None:
    """Fields get the frozen data; text stays text."""
    lines = ("{{ title }} {{ period }}", "{% for f in findings %}{{ f }};{% endfor %}", "{{ hash }} {{ items }}")
    made = fill_template(own_template(tmp_path / "t.docx", *lines), replace(data, school="<A&B>"), "zh")
    assert isinstance(made, bytes)
    text = "\n".join(p.text for p in Document(BytesIO(made)).paragraphs)
    assert "<A&B>" in text
    assert f"{data.hash} {data.totals.items}" in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("{{ title }} {{ period }} {{ findings }} {{ hash }} {{ author }}",), "asks for author"),
        (("{{ title }} {{ period }}",), "lacks the field findings, hash"),
        (("{{ title }",), "t.docx"),
    ],
)
def test_a_template_with_wrong_fields_is_named(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    """Unknown, missing and broken fields are said in one sentence before anything is written."""
    problem = check_template(own_template(tmp_path / "t.docx", *lines))
    assert isinstance(problem, TemplateProblem)
    assert said in problem.sentence


def test_a_template_reaches_nothing_but_its_fields(data: BriefData, tmp_path: Path) -> None:
    """A template cannot get at Python."""
    lines = ("{{ title }} {{ period }} {{ findings }} {{ hash }}", "{{ title.__class__.__mro__ }}")
    made = fill_template(own_template(tmp_path / "t.docx", *lines), data, "zh")
    assert isinstance(made, TemplateProblem)


def test_old_spreadsheets_are_compared_with_and_marked(tmp_path: Path) -> None:
    """Counts of a .xlsx and a GB 18030 .csv stand beside ours as imported, negative ones where they are known."""
    book = openpyxl.Workbook()
    for row in (
        ("年份", "季度", "主题", "数量", "负面"),
        (2026, 3, "食堂", 40, 10),
        ("2026年", "第三季度", "别的", "1,000", None),
    ):
        book.active.append(row)
    book.save(tmp_path / "old.xlsx")
    (tmp_path / "old.csv").write_bytes("年,季,类别,条数\n2025,Q4,宿舍,7\n".encode("gb18030"))
    engine = a_store().engine
    with writing(engine) as connection:
        for name in ("old.xlsx", "old.csv"):
            store_counts(connection, read_counts(tmp_path / name), name, NOW)
    with reading(engine) as connection:
        made = freeze(connection, PERIOD, "清河理工学院", [], NOW)
    assert (made.before.items, made.before.imported, made.year_ago.items) == (1040, True, 7)
    assert not made.first
    assert "2026Q3、2025Q4数字来自导入的旧表格" in make_document(made, "html", Style()).decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("year,topic\n2025,x\n", "no column count"), ("year,topic,count\n25,x,1\n", "line 2: '25' is no year"),
        ("year,quarter,topic,count\n2025,5,x,1\n", "line 2: '5' is no quarter"),
        ("year,topic,count\n2025,x,many\n", "line 2: 'many' in column count"), ("year,topic,count\n", "holds no counts"),
        ("", "no column year"),
    ],
)  # fmt: skip
def test_a_bad_spreadsheet_is_refused_by_line(tmp_path: Path, content: str, said: str) -> None:
    """One sentence names file, line and column."""
    (tmp_path / "old.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SheetUnusable, match=re.escape(said)):
        read_counts(tmp_path / "old.csv")


def test_share_of_voice_needs_the_same_sources(tmp_path: Path) -> None:
    """Peers are compared over sources that cover all schools; otherwise the briefing says why not."""
    engine = make_database(tmp_path)

    def voice(peers: list[str]) -> tuple[str, list[str]]:
        with reading(engine) as connection:
            found = freeze(connection, PERIOD, "清河理工学院", [], NOW, peers=peers).voice
        return found.why, [one.school for one in found.voices]

    assert voice([]) == ("no_peers", [])
    assert voice(["甲大学"]) == ("no_counts", [])
    for source, why in (("elsewhere", "other_sources"), ("national", "")):
        (tmp_path / "p.csv").write_text(f"year,quarter,topic,count,school,source\n2026,4,other,3,甲大学,{source}\n")
        with writing(engine) as connection:
            connection.exec_driver_sql("DELETE FROM briefing_counts")
            store_counts(connection, read_counts(tmp_path / "p.csv"), "p.csv", NOW)
        assert voice(["甲大学"])[0] == why
    assert set(voice(["甲大学"])[1]) == {"甲大学", "清河理工学院"}


def test_no_chinese_brackets_in_english(data: BriefData) -> None:
    """Outside names and quotations an English briefing has no full-width sign, and its sentences begin with a capital."""
    for outline in (make_outline(data, "en"), make_leader(data, "en")):
        plain = [one for section in outline.sections for one in section.sentences]
        headers = [
            cell for section in outline.sections for table in section.tables for cell in (table.caption, *table.header)
        ]
        titles = {event.title for event in data.events}
        for text in [one.text for one in plain] + headers:
            for title in titles:
                text = text.replace(title, "")
            assert not re.search("[（），。、：]", text), text
        assert [one.text for one in plain if one.text[0].islower()] == []
    assert any("Windows ahead" in one.text for one in make_leader(data, "en").sentences)


def test_a_paper_is_not_dated_after_its_data(data: BriefData) -> None:
    """While a period is not over, the paper bears the last day with data."""
    content = make_document(data, "pdf", Style("zh", "official", leader=True))
    assert b"D:20261124" in content
    assert b"D:20261231" not in content
