"""Cases on the dashboard: the clock is shown, stopped, answered, closed; what is refused is refused here too."""

import io
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dash_client import reader, visible
from dash_pages import PAGES
from dash_seed import NOW
from openpyxl import load_workbook
from sqlalchemy import insert, update
from store_kit import a_document

from alerts.case_round import look_after_cases
from alerts.case_settings import CaseSettings
from alerts.case_statement import how_carried
from alerts.workdays import WorkSettings
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, cases, documents


def open_one(client, **fields: str) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """A case of the canteen's event, as its twin shows it."""
    answer = client.submit("/events/e-canteen", "/events/e-canteen/case", department="后勤处", hours="", **fields)
    assert answer.headers["location"].endswith("done=case")
    return next(one for one in client.get("/cases.json").json()["cases"] if one["event"] == "e-canteen")


def test_a_case_shows_its_clock(tmp_path: Path):
    """Allowed, used, left, next reminder, owner: on the list, on its page, on the event, and in the twins."""
    with reader(tmp_path, "officer") as client:
        case = open_one(client, owner="leader")
        assert (case["used_s"], case["left_s"], case["owner_role"]) == (0, case["allowed_s"], "leader")
        assert case["next_share"] == 0.5
        for path in ("/cases", f"/cases/{case['id']}", "/events/e-canteen"):
            page = visible(client.get(path).text)
            assert "剩余" in page
            assert "下次提醒" in page
        assert client.get("/events/e-canteen.json").json()["case_clocks"][0]["department"] == "后勤处"


def test_the_clock_is_stopped_with_a_reason_and_goes_on(tmp_path: Path):
    """While it stands there is no deadline; without a reason it does not stop."""
    with reader(tmp_path, "officer") as client:
        case = open_one(client)
        place = f"/cases/{case['id']}"
        assert client.submit(place, f"{place}/pause", note=" ").status_code == 400
        assert (
            client.submit(place, f"{place}/pause", note="等检测结果").headers["location"] == f"{place}?done=case_pause"
        )
        found = client.get(f"{place}.json").json()["case"]
        assert (found["status"], found["due"], found["pause_why"]) == ("paused", None, "等检测结果")
        assert client.submit(place, f"{place}/pause", note="again").status_code == 400
        client.submit(place, f"{place}/resume")
        assert client.get(f"{place}.json").json()["case"]["status"] == "open"
        assert "该办件没有暂停" in client.submit(place, f"{place}/resume").text


def test_a_statement_is_recorded_and_its_media_are_found(tmp_path: Path):
    """Words, link and time; a later report with the headline is found, an earlier one and a forum are not."""
    with reader(tmp_path, "officer") as client:
        place = f"/cases/{open_one(client)['id']}"
        words = "关于第二食堂用餐情况的说明\n已暂停营业并送检，电话 13812345678。"
        client.submit(place, f"{place}/statement", note=words, url="https://qinghe.example/n/1", at="2026-11-24T12:00")
        for k, (kind, hours) in enumerate((("news", -1), ("news", -9), ("forum", -1))):
            put_story(client, f"s{k}", kind, NOW + timedelta(hours=hours))
        page = client.get(f"{place}.json").json()
        assert [one["by"] for one in page["carriers"]] == ["words"]
        assert "13812345678" not in page["case"]["statement"]
        client.submit(place, f"{place}/carried", note="市电视台")
        assert "人工登记：市电视台" in visible(client.get(place).text)


def put_story(client, name: str, kind: str, seen) -> None:  # type: ignore[no-untyped-def]
    """An item that repeats the statement's headline."""
    made = a_document(
        name, "清河理工学院发布关于第二食堂用餐情况的说明。", source_kind=kind, seen=seen, source="city-paper"
    )
    row = {
        "id": made.id, "source": made.source, "source_kind": kind, "url": made.url, "title": None, "text": made.text,
        "lang": "zh", "seen": seen, "charted": seen, "history": False, "matched": [], "mention_reason": "",
        "fingerprint": name, "label": "neutral", "negative": 0.0, "neutral": 1.0, "positive": 0.0, "topic": "canteen",
        "topics": [], "tagger": "t", "reason": {},
    }  # fmt: skip
    with writing(client.context.engine) as conn:
        conn.execute(insert(documents).values(row))


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("pause", {"note": "先查出发帖人是谁"}, "不要针对人"),
        ("statement", {"note": "请各平台删帖", "url": ""}, "不受理删帖"),
        ("statement", {"note": "说明", "url": "javascript:alert(1)"}, "https://"),
        ("carried", {"note": "晚报"}, "还没有可转载的声明"),
        ("close", {"note": "已把帖子删了，联系平台删帖", "outcome": "answered"}, "不受理删帖"),
    ],
)
def test_what_is_refused_is_said_on_the_page(tmp_path: Path, act, fields, said):
    """Refused asks, foreign links, nothing to carry: one sentence, and nothing is written."""
    with reader(tmp_path, "officer") as client:
        place = f"/cases/{open_one(client)['id']}"
        before = client.get(f"{place}.json").json()["steps"]
        answer = client.submit(place, f"{place}/{act}", **fields)
        assert answer.status_code == 400
        assert said in answer.text
        assert client.get(f"{place}.json").json()["steps"] == before


def test_closing_stops_the_clock_and_is_in_the_trail(tmp_path: Path):
    """The used time stays what it was at closing; every act is audited."""
    with reader(tmp_path, "officer") as client:
        place = f"/cases/{open_one(client)['id']}"
        assert client.submit(place, f"{place}/close", outcome="removed").headers["location"].endswith("refused")
        client.submit(place, f"{place}/close", outcome="clarified", note="已发布说明")
        case = client.get(f"{place}.json").json()["case"]
        assert (case["status"], case["outcome"], case["next_at"]) == ("closed", "clarified", None)
        with reading(client.context.engine) as conn:
            trail = [row.what for row in conn.execute(audit.select().order_by(audit.c.n))]
        assert trail[-2:] == ["open_case", "close_case"]


def test_the_list_goes_out_as_a_sheet_of_texts(tmp_path: Path):
    """Every cell is a text; officers appear by role."""
    with reader(tmp_path, "officer") as client:
        open_one(client)
        with writing(client.context.engine) as conn:
            conn.execute(update(cases).values(department="=cmd()"))
        sheet = load_workbook(io.BytesIO(client.get("/cases/file/xlsx").content)).active
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s"}
        assert "值班一" not in {cell.value for cell in cells}


def test_an_older_case_without_a_clock_still_has_one(tmp_path: Path):
    """Rows from before the clock: from opening to due."""
    with reader(tmp_path, "viewer") as client:
        case = next(one for one in client.get("/cases.json").json()["cases"] if one["id"] == "case1")
        assert (case["allowed_s"], case["late"]) == (24 * 3600, True)
        assert client.get("/cases/case1").status_code == 200
        assert client.get("/cases/none").status_code == 404


def test_a_reminder_in_the_ledger_breaks_no_page(tmp_path: Path):
    """Messages of cases belong to no event; every page still opens, and the event's own list has none of them."""
    with reader(tmp_path, "operator") as client:
        with writing(client.context.engine) as conn:
            assert look_after_cases(conn, CaseSettings(), WorkSettings(), ZoneInfo("Asia/Shanghai"), NOW) == 1
        assert [client.get(path).status_code for path in PAGES] == [200] * len(PAGES)
        assert "case" not in {one["kind"] for one in client.get("/events/e-water.json").json()["alerts"]}
        steps = client.get("/cases/case1.json").json()["steps"]
        assert [one["what"] for one in steps] == ["reminded", "reminded", "breached"]
        assert "超时" in visible(client.get("/cases/case1").text)


@pytest.mark.parametrize(
    ("statement", "url", "text", "by"),
    [
        ("关于第二食堂用餐情况的说明", "", "学院发布《关于第二食堂用餐情况的说明》", "words"),
        ("关于第二食堂用餐情况的说明", "", "第二食堂今天正常营业", ""),
        ("关于第二食堂用餐情况的说明", "https://q.example/1/", "见 https://q.example/1", "link"),
        ("说明", "", "学院发布说明", ""),
        ("Statement on the canteen of 24 November. It is closed.", "", "The STATEMENT on the canteen of 24 November says", "words"),
    ],
)  # fmt: skip
def test_a_headline_is_recognised(statement, url, text, by):
    """By link or by most of its headline; a single word proves nothing."""
    assert how_carried(statement, url, text) == by
