"""Every number of a briefing is the SQL figure, and leads to the items it counts: for random stores, parsed back from the .docx."""

import re
import zipfile
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree

import pytest
from briefing_said import quotes, sentences
from briefing_sql import Figures
from briefing_sql_office import Row, said
from briefing_world import NOW, PEER, PERIOD, SCHOOL, World
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from store_kit import a_document, a_store, kept

from dashboards.briefing.assemble import make_leader, make_outline
from dashboards.briefing.figures import freeze
from dashboards.briefing.paper import Style, make_document
from dashboards.briefing.trace import ids_of
from dashboards.briefing.values import BriefData
from pipeline.store.engine import reading
from pipeline.store.store import SqlStore

seeds = st.integers(0, 2**32)
whole = settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))  # a seed does not get simpler
part = settings(whole, max_examples=6)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def frozen(store: SqlStore) -> tuple[BriefData, Figures]:
    """The data set of the quarter, and what SQL says of the same store."""
    with reading(store.engine) as connection:
        data = freeze(connection, PERIOD, SCHOOL, [SCHOOL], NOW, peers=[PEER])
    return data, Figures(store.engine)


def parse_word(content: bytes) -> tuple[dict[str, list[list[str]]], list[str]]:
    """Tables of a .docx by their captions, without their first row, and all other paragraphs."""
    with zipfile.ZipFile(BytesIO(content)) as parts:
        body = ElementTree.fromstring(parts.read("word/document.xml"))[0]
    tables: dict[str, list[list[str]]] = {}
    texts, caption = [], ""
    for part in body:
        if part.tag == f"{W}tbl":
            rows = [["".join(cell.itertext()) for cell in row.iter(f"{W}tc")] for row in part.iter(f"{W}tr")]
            assert caption not in tables
            tables[caption] = rows[1:]
            continue
        style = part.find(f".//{W}pStyle")
        text = "".join(one.text or "" for one in part.iter(f"{W}t"))
        if style is not None and style.get(f"{W}val") == "Caption":
            caption = text.partition("　")[2]
        else:
            texts.append(text)
    return tables, texts


def numbers(text: str) -> list[str]:
    """The numbers of a sentence; the name of a quarter is none."""
    return re.findall(r"(?<![A-Za-z0-9.])-?\d+(?:\.\d+)?", re.sub(r"\d{4}Q\d", "", text))


FRAME = ("统计期间：2026-07-01 至 2026-09-30（2026Q3）", "数据校验值（sha256）：")


@whole
@given(seeds)
@example(49)  # every table is there
@example(38)
def test_every_number_in_word_is_the_figure_in_sql(seed: int) -> None:
    """Each cell of each table, each number of each sentence and each quotation of the .docx is what SQL over the stored
    rows says; there is no table, sentence or quotation beside them, and the workbook holds the same tables."""
    data, sql = frozen(World(seed).build())
    tables, texts = parse_word(make_document(data, "docx", Style()))
    expected = sql.tables()
    for caption, rows in expected.items():
        assert tables.get(caption) == rows, caption
    assert set(tables) == set(expected)
    quoted = [text for text in texts if text.startswith("事件 ")]
    assert quoted == quotes(sql)
    rest = [text for text in texts if numbers(text) and text not in quoted and not text.startswith(FRAME)]
    for words, figures in sentences(sql):
        mine = [text for text in texts if words in text]
        assert [numbers(text) for text in mine] == [figures] or (not figures and not mine), words
        rest = [text for text in rest if text not in mine]
    assert rest == []
    plain = [[[cell.removesuffix(".0") for cell in row] for row in rows] for rows in tables.values()]
    assert sheets_of(make_document(data, "xlsx", Style())) == plain


def sheets_of(content: bytes) -> list[list[list[str]]]:
    """The rows of the sheets before the trace, as texts."""
    book = load_workbook(BytesIO(content), read_only=True)
    shown = book.worksheets[:-2]
    return [[[said(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in shown]


@part
@given(seeds)
def test_the_chart_and_the_one_page_version_say_the_same(seed: int) -> None:
    """Bars are the items of the table, marks stand on the days on which key events began; the page for the leadership
    has the first five events and the same findings."""
    data, sql = frozen(World(seed).build())
    outline, leader = make_outline(data, "zh"), make_leader(data, "zh")
    (plot,) = [plot for section in outline.sections for plot in section.plots]
    weeks, events = sql.weeks(), sql.key_events()
    assert plot.series[0][2] == tuple(row[3] for row in weeks)
    assert plot.series[1][2] == tuple(row[1] - row[3] for row in weeks)
    begun = {(max(row[0][5:10] for row in weeks if row[0][5:10] <= event[4][:5]), event[0]) for event in events}
    assert set(plot.marks) == begun
    tables = [table.rows for section in leader.sections for table in section.tables]
    assert tables == (
        [tuple((row[1], row[3], row[4], str(row[7]), done[5]) for row, done in pairs(sql))] if events else []
    )
    assert leader.sections[0].sentences == outline.sections[0].sentences


def pairs(sql: Figures) -> list[tuple[Row, Row]]:
    """The first five key events, with what was done."""
    return list(zip(sql.key_events(), sql.done(), strict=True))[:5]


@part
@given(seeds)
def test_every_figure_leads_to_as_many_items(seed: int) -> None:
    """Each row of a counting table refers to exactly so many ids, copies and negative ones told apart."""
    data, sql = frozen(World(seed).build())
    for table in (t for s in make_outline(data, "zh").sections for t in s.tables if t.header[1:2] == ("条目",)):
        for row, ref in zip(table.rows, table.refs, strict=False):  # the comparison with peers refers to nothing
            assert len(ids_of(data.trace, ref)) == int(row[1]), ref
            assert len(ids_of(data.trace, f"{ref}&story")) == int(row[2]), ref
            assert len(ids_of(data.trace, f"{ref}&label:negative")) == int(row[3]), ref
    assert data.scope.expired == 0
    assert len(ids_of(data.trace, "before/items")) == sql.totals["before"][0]
    cells = {row[0]: row[1] for row in sql.response()}
    named = {"预警次数": "alerts", "预警事件": "told", "判为误报的事件": "false_alarms", "立案": "cases", "本期到期": "deadlines",
             "提示函": "slips", "督办单": "orders"}  # fmt: skip
    assert {name: len(ids_of(data.trace, ref)) for name, ref in named.items()} == {name: cells[name] for name in named}


@part
@given(seeds)
def test_every_reference_means_something(seed: int) -> None:
    """In both languages no sentence or row refers to what there is not, and each quotation is one item's own words."""
    data, _ = frozen(World(seed).build())
    for language in ("zh", "en"):
        outline = make_outline(data, language)
        assert all(isinstance(ids_of(data.trace, ref), list) for ref in outline.refs)
    quoted = [quote for event in data.events for quote in event.quotes]
    assert all(len(ids_of(data.trace, f"id:{quote.id}")) <= 1 for quote in quoted)
    assert all(len(quote.text) <= 20 for quote in quoted if quote.private)


def test_a_reference_to_nothing_is_an_error() -> None:
    """A mistyped reference is not an empty list."""
    data, _ = frozen(World(1).build())
    with pytest.raises(KeyError):
        ids_of(data.trace, "colour:red")


def test_expired_items_are_counted_and_said() -> None:
    """What is past its time still counts, and the briefing says how many ids are missing."""
    store = a_store()
    when = PERIOD.begin + timedelta(days=3)
    store.save(
        [kept(a_document("x", published=when, seen=when)), kept(a_document("y", published=when, seen=when))], (), when
    )
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM documents WHERE id = (SELECT min(id) FROM documents)")
    with reading(store.engine) as connection:
        data = freeze(connection, PERIOD, "澜川学院", [], NOW)
    assert (data.totals.items, data.scope.expired, len(data.trace.rows)) == (2, 1, 1)
    assert "1 条已过保存期限" in "".join(one.text for one in make_outline(data, "zh").sentences)
