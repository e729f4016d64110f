"""Every number of a briefing is the SQL figure, and leads to the items it counts: for random stores, parsed back from the .docx."""

import re
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from docx import Document as Word
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from store_kit import a_document, a_store, an_event, kept, tags_of

from dashboards.briefing.assemble import make_outline
from dashboards.briefing.figures import freeze
from dashboards.briefing.paper import Style, make_document
from dashboards.briefing.period import parse_period
from dashboards.briefing.trace import ids_of
from dashboards.briefing.values import BriefData
from pipeline.store.engine import reading, writing
from pipeline.store.store import SqlStore

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 20, tzinfo=ZONE)
PERIOD = parse_period("2026Q3", ZONE, NOW)
SOURCES = (("bbs", "forum"), ("paper", "news"), ("notices", "official"), ("box", "complaint"))
TOPICS = ("canteen", "dorms", "fees")
LABELS = ("negative", "neutral", "positive")

item = st.tuples(
    st.integers(-95, 91),  # days from the begin of the quarter: the one before is there, too
    st.integers(0, 23), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.booleans(),
)  # fmt: skip


def fill(items: list[tuple[int, int, int, int, int, bool]]) -> tuple[BriefData, dict[str, object]]:
    """A store with `items`, its frozen data, and the same figures by SQL over the documents themselves."""
    store = empty_store()
    roots: dict[int, str] = {}
    outcomes = []
    for number, (day, hour, place, topic, label, copy) in enumerate(items):
        source, kind = SOURCES[place]
        when = PERIOD.begin + timedelta(days=day, hours=hour, minutes=number % 60)
        document = a_document(
            f"i{number}",
            f"第{number}条",
            source=source,
            source_kind=kind,
            published=when,
            seen=when,
            title=f"标题{number}",
        )
        root = roots.get(place) if copy else None
        roots.setdefault(place, document.id)
        event = an_event(f"e{topic}", title=TOPICS[topic], topic=TOPICS[topic], first_seen=when, last_seen=when)
        tags = tags_of(LABELS[label], TOPICS[topic])
        outcomes.append(kept(document, event.id, tags, root, snapshot=event))
    store.save(outcomes, (), NOW)
    with reading(store.engine) as connection:
        data = freeze(connection, PERIOD, "澜川学院", ["澜川学院"], NOW)
        return data, count(connection)


@cache
def one_store() -> SqlStore:
    """Migrating takes longer than everything else here, so it is done once."""
    return a_store()


def empty_store() -> SqlStore:
    """The store without anything in it."""
    store = one_store()
    with writing(store.engine) as connection:
        for table in ("documents", "events", "hourly", "arrivals", "changes"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return store


def count(connection: Connection) -> dict[str, object]:
    """Figures straight from `documents`, without the product's counting."""
    begin, end = "2026-06-30T16:00:00.000000Z", "2026-09-30T16:00:00.000000Z"

    def run(column: str) -> dict[str, tuple[int, int, int]]:
        rows = connection.exec_driver_sql(
            f"SELECT {column}, count(*), sum(duplicate_of IS NULL), sum(label = 'negative') FROM documents"
            f" WHERE charted >= '{begin}' AND charted < '{end}' GROUP BY 1"
        )
        return {str(name): (items, stories, negative) for name, items, stories, negative in rows}

    return {
        "all": run("'all'").get("all", (0, 0, 0)), "topic": run("topic"), "kind": run("source_kind"),
        "source": run("source"), "day": run("date(charted, '+8 hours')"),
    }  # fmt: skip


def tables_of(content: bytes) -> dict[str, list[list[str]]]:
    """The tables of a .docx by their captions."""
    document = Word(BytesIO(content))
    captions = [
        p.text.partition("　")[2]
        for p in document.paragraphs
        if p.style is not None and p.style.name == "Caption" and p.text.startswith("表")
    ]
    rows = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
    return dict(zip(captions, rows, strict=True))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(item, min_size=1, max_size=25))
def test_every_number_in_word_is_the_figure_in_sql(items: list[tuple[int, int, int, int, int, bool]]) -> None:
    """Tables and sentences parsed back from the .docx say what SQL over the stored items says."""
    data, sql = fill(items)
    content = make_document(data, "docx", Style())
    tables = tables_of(content)
    names = {
        "canteen": "食堂",
        "dorms": "宿舍",
        "fees": "收费",
        "forum": "论坛",
        "news": "媒体",
        "official": "官方",
        "complaint": "投诉信箱",
    }
    for caption, column in (("各主题条目", "topic"), ("各类渠道条目", "kind"), ("各来源条目", "source")):
        found = {row[0]: tuple(int(cell) for cell in row[1:4]) for row in tables[caption][1:]}
        assert found == {names.get(key, key): value for key, value in sql[column].items()}  # type: ignore[attr-defined]
    weeks = [[int(cell) for cell in row[1:4]] for row in tables["各时段条目"][1:]]
    assert tuple(map(sum, zip(*weeks, strict=True))) == sql["all"]
    text = "\n".join(p.text for p in Word(BytesIO(content)).paragraphs)
    if sql["all"][0]:  # type: ignore[index]
        said = re.search(r"条目 (\d+) 条（独立内容 (\d+) 条）.*?\n负面条目 (\d+) 条", text, re.DOTALL)
        assert said
        assert tuple(int(one) for one in said.groups()) == sql["all"]
    else:
        assert "本期没有采集到提及学校的内容" in text


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(item, min_size=1, max_size=25))
def test_every_figure_leads_to_as_many_items(items: list[tuple[int, int, int, int, int, bool]]) -> None:
    """Each row of a counting table refers to exactly so many ids, copies and negative ones told apart."""
    data, _ = fill(items)
    for table in (t for s in make_outline(data, "zh").sections for t in s.tables if t.header[1:2] == ("条目",)):
        for row, ref in zip(table.rows, table.refs, strict=True):
            assert len(ids_of(data.trace, ref)) == int(row[1]), ref
            assert len(ids_of(data.trace, f"{ref}&story")) == int(row[2]), ref
            assert len(ids_of(data.trace, f"{ref}&label:negative")) == int(row[3]), ref
    assert data.scope.expired == 0
    assert len(ids_of(data.trace, "before/items")) == data.before.items


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(item, min_size=1, max_size=25))
def test_every_reference_means_something(items: list[tuple[int, int, int, int, int, bool]]) -> None:
    """In both languages no sentence or row refers to what there is not, and each quotation is one item's own words."""
    data, _ = fill(items)
    for language in ("zh", "en"):
        outline = make_outline(data, language)
        assert all(isinstance(ids_of(data.trace, ref), list) for ref in outline.refs)
    quotes = [quote for event in data.events for quote in event.quotes]
    assert all(len(ids_of(data.trace, f"id:{quote.id}")) <= 1 for quote in quotes)
    assert all(len(quote.text) <= 20 for quote in quotes if quote.private)


def test_a_reference_to_nothing_is_an_error() -> None:
    """A mistyped reference is not an empty list."""
    data, _ = fill([(1, 1, 0, 0, 0, False)])
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
