"""What became a matter of somebody's wellbeing: no headline, place or word of it in any list, twin, search or paper."""

from pathlib import Path

import pytest
from dash_client import Reader, reader
from dash_seed import NOW
from sqlalchemy import insert, select, update

from pipeline.store.engine import writing
from pipeline.store.schema import documents, events
from pipeline.store.schema_response import duty_log, reports

TITLE = "二食堂 疑似食物中毒"
HEADLINE = "清河理工学院多名学生用餐后不适"
LISTS = (
    "/", "/now.json", "/wall", "/wall.json", "/events", "/events.json", "/events/e-canteen", "/events/e-canteen.json",
    "/search?q=食物中毒", "/search.json?q=清河理工学院", "/topics.json?topic=wellbeing", "/cases", "/cases.json", "/cases/case1",
    "/cases/case1.json", "/log", "/log.json", "/reports", "/reports.json", "/reports/r1", "/reports/r1.json", "/register.json",
    "/events/e-canteen/facts", "/events/e-canteen/facts.json", "/events/e-canteen/slip", "/cases/file/xlsx",
)  # fmt: skip


def make_care(client: Reader) -> None:
    """The canteen's matter, already on papers, turns out to be about somebody's wellbeing."""
    with writing(client.context.engine) as conn:
        conn.execute(update(events).where(events.c.id == "e-canteen").values(topic="wellbeing"))
        conn.execute(insert(duty_log).values(at=NOW, role="officer", event="e-canteen", words="已联系"))
        conn.execute(insert(reports).values(
            id="r1", event="e-canteen", kind="first", turn=1, made=NOW, lang="zh", title=TITLE, figures={},
            drafted={"summary": "情况平稳。"}, edited={}, cited=[],
        ))  # fmt: skip
        assert conn.scalar(select(documents.c.title).where(documents.c.title == HEADLINE).limit(1)) == HEADLINE
        conn.exec_driver_sql("UPDATE cases SET event = 'e-canteen' WHERE id = 'case1'")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_list_repeats_its_title(tmp_path: Path, lang: str) -> None:
    """Neither a page nor a twin nor a sheet carries the title that the event once had, or its place."""
    with reader(tmp_path) as client:
        make_care(client)
        client.cookies.set("tocsin-lang", lang, domain="127.0.0.1")
        for path in LISTS:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert TITLE not in answer.text, path
        assert client.get("/events/e-canteen.json").json()["event"]["place"] is None


def test_search_leaves_its_words_to_its_page(tmp_path: Path) -> None:
    """A found item of such a matter stands in the list without headline and text; others keep theirs."""
    with reader(tmp_path) as client:
        before = client.get("/search.json?q=多名学生").json()["hits"]
        assert HEADLINE in "".join(part["text"] for part in before[0]["title"])
        make_care(client)
        hits = client.get("/search.json?q=多名学生").json()["hits"]
        assert [hit["event"] for hit in hits] == [hit["event"] for hit in before]
        for hit in hits:
            assert HEADLINE not in str(hit)
            assert hit["snippet"] == []
        assert client.get("/search.json?q=热水").json()["hits"][0]["snippet"]
