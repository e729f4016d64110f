"""The briefing: one frozen data set, and documents that say nothing else."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from dash_seed import NOW, make_database
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine

from dashboards.briefing.assemble import make_outline
from dashboards.briefing.figures import freeze
from dashboards.briefing.page_html import render_html
from dashboards.briefing.paper import Style, write_briefing
from dashboards.briefing.period import parse_period
from dashboards.briefing.values import BriefData
from pipeline.store.engine import reading

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return make_database(tmp_path_factory.mktemp("briefing"))


@pytest.fixture(scope="module")
def data(engine: Engine) -> BriefData:
    period = parse_period(f"{NOW.astimezone(ZONE):%Y-%m}", ZONE, NOW)
    with reading(engine) as connection:
        return freeze(connection, period, "澜川学院", ["澜川学院"], NOW)


def test_the_same_period_gives_the_same_hash(engine: Engine, data: BriefData) -> None:
    """Run again on the same store, a briefing is the same, hash included."""
    period = parse_period(data.period, ZONE, NOW)
    with reading(engine) as connection:
        again = freeze(connection, period, "澜川学院", ["澜川学院"], NOW)
    assert again.hash == data.hash


def test_days_topics_and_kinds_add_up_to_the_totals(data: BriefData) -> None:
    """Every way of counting the period gives the same sums."""
    for counts in (data.days, data.topics, data.kinds, data.outlets):
        assert sum(one.items for one in counts) == data.totals.items
        assert sum(one.stories for one in counts) == data.totals.stories
        assert sum(one.negative for one in counts) == data.totals.negative


def test_word_and_sheets_say_the_same_numbers(data: BriefData, tmp_path: Path) -> None:
    """The numbers parsed back from .docx and .xlsx are those of the frozen data."""
    files = {path.suffix: path for path in write_briefing(data, tmp_path, Style()).files}
    assert json.loads(files[".json"].read_bytes())["totals"]["items"] == data.totals.items
    topics = {one.name: one for one in data.topics}
    outline = make_outline(data, "zh")
    table = next(section for section in outline.sections if section.heading.startswith("五")).tables[0]
    word = next(t for t in Document(str(files[".docx"])).tables if len(t.rows) == len(table.rows) + 1)
    assert [[cell.text for cell in row.cells] for row in word.rows][1:] == [list(row) for row in table.rows]
    assert sum(int(row[1]) for row in table.rows) == sum(one.items for one in topics.values())
    book = openpyxl.load_workbook(files[".xlsx"])
    sheet = next(book[name] for name in book.sheetnames if "五" in name)
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [one.items for one in data.topics]


def test_no_private_link_or_words_are_cited(data: BriefData) -> None:
    """Of private voices the annex lists id, source and day only."""
    private = [one for one in data.cited if one.url is None]
    assert private
    assert all(one.title is None for one in private)


def test_text_is_never_markup_or_formula(data: BriefData, tmp_path: Path) -> None:
    """A hostile title stays text in HTML and in the sheets."""
    hostile = '=HYPERLINK("http://evil.example","x")<script>alert(1)</script>'
    events = [replace(data.events[0], title=hostile)]
    changed = replace(data, school=hostile, events=events)
    assert "<script>" not in render_html(make_outline(changed, "zh"), changed.trace)
    files = {path.suffix: path for path in write_briefing(changed, tmp_path, Style()).files}
    for sheet in openpyxl.load_workbook(files[".xlsx"]).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_an_empty_period_says_so(engine: Engine) -> None:
    """Without data nothing is invented."""
    with reading(engine) as connection:
        empty = freeze(connection, parse_period("2001", ZONE, NOW), "澜川学院", [], NOW)
    html = render_html(make_outline(empty, "zh"), empty.trace)
    assert "本期没有采集到提及学校的内容" in html


def test_english_is_complete(data: BriefData) -> None:
    """The English briefing holds no Chinese but names and titles."""
    outline = make_outline(data, "en")
    for section in outline.sections:
        assert not re.search(r"[\u4e00-\u9fff]", section.heading)


@given(st.integers(2001, 2100), st.sampled_from(["", "Q1", "Q2", "Q3", "Q4", "-01", "-12"]))
def test_periods_follow_one_another_without_gap(year: int, part: str) -> None:
    """The period before ends where this one begins, whatever its length."""
    period = parse_period(f"{year}{part}", ZONE, datetime(2026, 1, 1, tzinfo=UTC))
    assert period.before().end == period.begin
    assert period.begin < period.end
    assert period.year_ago().begin.year == period.begin.year - 1


@pytest.mark.parametrize("text", ["2026Q5", "2026-13", "last quarter", "", "26", "2026Q3 "])
def test_other_words_are_refused_in_a_sentence(text: str) -> None:
    """What is no period is refused with the forms that are."""
    with pytest.raises(ValueError, match="write 2026Q3"):
        parse_period(text, ZONE, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_week_is_the_last_seven_full_days() -> None:
    """`week` ends with yesterday."""
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    week = parse_period("week", ZONE, now)
    assert week.end == datetime(2026, 11, 24, tzinfo=ZONE)
    assert week.end - week.begin == timedelta(days=7)


def test_the_method_names_the_places_that_are_used_and_not_seen(data: BriefData) -> None:
    """What students use and no source reads stands in the method, in its language; chat groups always do."""
    asked = replace(data, scope=replace(data.scope, unseen=["xiaohongshu", "wechat_groups"]))
    for language, told in (("zh", "未覆盖：小红书、微信群；"), ("en", "Not covered: Xiaohongshu, WeChat groups;")):
        scope = next(one for one in make_outline(asked, language).sections if one.key == "scope")
        assert any(told in line.text for line in scope.sentences)
    usual = next(one for one in make_outline(data, "zh").sections if one.key == "scope")
    assert any("未覆盖：微信群、QQ群、朋友圈" in line.text for line in usual.sentences)
