"""The school's own statements in a briefing: those that a source brought and those that the office recorded on a case."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, update
from store_kit import a_document, a_store, an_event, kept

from dashboards.briefing.assemble import make_outline
from dashboards.briefing.case_words import split_names
from dashboards.briefing.figures import freeze
from dashboards.briefing.period import parse_period
from dashboards.briefing.trace import ids_of
from dashboards.briefing.values import BriefData
from pipeline.store.engine import reading
from pipeline.store.schema import cases, events
from pipeline.store.store import SqlStore

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 10, 20, tzinfo=ZONE)
PERIOD = parse_period("2026Q3", ZONE, NOW)
SAID = PERIOD.begin + timedelta(days=10, hours=9)
WORDS = "关于第二食堂用餐情况的说明\n已暂停营业并送检。"
LINK = "https://lanchuan.example/notice/7"


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """A canteen matter; a paper repeats the statement after three hours, another one wrote before it."""
    made = a_store()
    texts = (
        ("n1", "news", "paper", 3, "澜川学院发布关于第二食堂用餐情况的说明"),
        ("n2", "news", "bureau", -2, "澜川学院食堂被指有虫"),
        ("f1", "forum", "bbs", 4, "转：关于第二食堂用餐情况的说明"),
        ("n3", "news", "radio", 24 * 40, "回顾：关于第二食堂用餐情况的说明"),
    )
    made.save([item(*one) for one in texts], (), NOW)
    yield made
    made.engine.dispose()


def item(name: str, kind: str, source: str, hours: float, text: str) -> object:
    """An item so many hours after the statement, of no matter."""
    when = SAID + timedelta(hours=hours)
    event = an_event(f"e-{name}", first_seen=when, last_seen=when)
    document = a_document(name, text, source=source, source_kind=kind, published=when, seen=when, title=text[:20])
    return kept(document, event.id, snapshot=event)


def put_case(engine: Engine, name: str = "case1", **given: object) -> None:
    """A case with the statement."""
    row = {
        "id": name, "event": "e-f1", "opened": SAID, "department": "后勤", "owner_role": "officer", "due": SAID,
        "status": "open", "statement": WORDS, "statement_url": LINK, "statement_at": SAID, "carried": "",
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(cases).values(row | given))


def frozen(engine: Engine) -> BriefData:
    """The quarter's data."""
    with reading(engine) as connection:
        return freeze_quarter(connection)


def freeze_quarter(connection: Connection) -> BriefData:
    """With a label for one of the sources."""
    return freeze(connection, PERIOD, "澜川学院", [], NOW, labels={"paper": "澜川晚报"})


def test_a_statement_on_a_case_counts_with_those_who_carried_it(store: SqlStore) -> None:
    """Found by its headline within 30 days, outlets only, and what the office noted by hand; an outlet named in both
    counts once. The row leads to the case."""
    put_case(store.engine, carried="市电视台、澜川晚报")
    data = frozen(store.engine)
    assert (data.statements, data.statements_carried) == (1, 1)
    one = data.carried[0]
    assert (one.id, one.copies, one.outlets, one.first_after_min) == ("case1", 1, 2, 180.0)
    assert one.by_hand == ["市电视台", "澜川晚报"]
    section = next(s for s in make_outline(data, "zh").sections if s.key == "pull")
    assert section.tables[0].rows == (
        ("关于第二食堂用餐情况的说明", "07-11 09:00", "1", "2", "180", "市电视台、澜川晚报"),
    )
    assert ids_of(data.trace, section.tables[0].refs[0]) == ["case1"]
    assert "本期学校发布 1 条被统计，其中 1 条" in section.sentences[0].text


def test_one_statement_in_two_places_counts_once(store: SqlStore) -> None:
    """The school's site brought it, too, and a second case repeats it: one row, everything that was noted on it."""
    store.save([item("own", "official", "site", -1, "关于第二食堂用餐情况的说明")], (), NOW)
    put_case(store.engine, carried="市电视台")
    put_case(store.engine, "case2", statement_url=None, carried="校报；市电视台")
    data = frozen(store.engine)
    assert (data.statements, data.statements_carried) == (1, 1)
    assert data.carried[0].id not in {"case1", "case2"}
    assert (data.carried[0].outlets, data.carried[0].by_hand) == (3, ["市电视台", "校报"])


def test_nobody_carried_it(store: SqlStore) -> None:
    """Counted, with no outlet and no minutes, and no column for what nobody noted."""
    put_case(store.engine, statement="放假安排另行通知，请留意网站。")
    section = next(s for s in make_outline(frozen(store.engine), "en").sections if s.key == "pull")
    assert section.tables[0].rows == (("放假安排另行通知，请留意网站。", "07-11 09:00", "0", "0", "—"),)
    assert "1 own publications were counted; outlets carried or followed 0" in section.sentences[0].text


def test_only_by_hand(store: SqlStore) -> None:
    """A broadcast that no source brought is carried, after an unknown time; words past their time are still counted."""
    put_case(store.engine, statement="", carried="市电视台")
    section = next(s for s in make_outline(frozen(store.engine), "zh").sections if s.key == "pull")
    assert section.tables[0].rows == (("无数据", "07-11 09:00", "0", "1", "无数据", "市电视台"),)


def test_a_statement_about_wellbeing_is_not_repeated(store: SqlStore) -> None:
    """When the matter is about somebody's wellbeing the row has the neutral name only."""
    with store.engine.begin() as connection:
        connection.execute(update(events).values(topic="wellbeing"))
    put_case(store.engine)
    assert "食堂" not in frozen(store.engine).carried[0].title


def test_a_statement_of_another_quarter_is_not_in_this_one(store: SqlStore) -> None:
    """The time of the statement counts, not that of the case."""
    put_case(store.engine, statement_at=PERIOD.end)
    put_case(store.engine, "case2", statement="", statement_url=None, statement_at=None)
    assert frozen(store.engine).statements == 0


@pytest.mark.parametrize(
    ("text", "names"), [("", ()), ("甲、乙", ("甲", "乙")), ("甲,乙; 甲/丙", ("甲", "乙", "丙")), (" 、 ", ())]
)
def test_names_are_told_apart(text: str, names: tuple[str, ...]) -> None:
    """Whatever stands between them."""
    assert split_names(text) == names
