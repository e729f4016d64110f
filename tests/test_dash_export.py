"""Lists as files, saved searches, and the span of days of a search."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import Reader, reader, visible
from dash_seed import NOW
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import insert, select, update

from dashboards.exports import FORMULA, UNSEEN, Sheet, guard, make_file
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, documents, events
from pipeline.store.schema_desk import saved_searches

LISTS = ("search", "events", "cases", "sources", "alerts", "audit")


def rows_of(client: Reader, what: str, query: str = "") -> list[dict[str, object]]:
    """The rows of a JSON export."""
    body = json.loads(client.get(f"/export/{what}/json{query}").content)
    return list(body["rows"])


@pytest.mark.parametrize("what", LISTS)
def test_every_list_comes_in_three_kinds_with_the_same_rows(tmp_path: Path, what: str) -> None:
    """XLSX, CSV and JSON hold as many rows; the file says how many and that these are all; it is audited."""
    with reader(tmp_path) as client:
        query = "?q=食堂" if what == "search" else ""
        rows = rows_of(client, what, query)
        assert rows
        text = client.get(f"/export/{what}/csv{query}").content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        page = load_workbook(io.BytesIO(client.get(f"/export/{what}/xlsx{query}").content)).active
        assert page is not None
        extra = 2 if what == "audit" else 0  # each export is a line of the trail itself
        assert len(lines) - 2 in (len(rows), len(rows) + 1)
        assert page.max_row - 2 in (len(rows), len(rows) + extra)
        assert "已全部导出" in lines[-1][0]
        with reading(client.context.engine) as conn:
            done = conn.execute(select(audit.c.what, audit.c.target).order_by(audit.c.n.desc()).limit(1)).one()
        assert tuple(done) == ("export", what)


def test_private_voices_leave_without_link_or_wording(tmp_path: Path) -> None:
    """Of a private voice there is id, source, hour, tone and topic; of an outlet also title, text and address."""
    with reader(tmp_path, "officer") as client:
        rows = rows_of(client, "search", "?q=食堂")
        private = [row for row in rows if row["kind"] in ("forum", "social", "complaint", "other")]
        public = [row for row in rows if row["kind"] in ("news", "official")]
        assert private
        assert all(row["url"] is row["text"] is row["title"] is None for row in private)
        assert all(str(row["when"])[14:19] == "00:00" for row in private)
        assert any(row["url"] for row in public)


def test_a_cut_list_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than the limit: the limit, and a sentence that there are more."""
    from dashboards.pages import export

    keys, read, _ = export.LISTS["events"]
    monkeypatch.setitem(export.LISTS, "events", (keys, read, 2))  # type: ignore[arg-type]
    with reader(tmp_path, "officer") as client:
        body = json.loads(client.get("/export/events/json").content)
        assert (len(body["rows"]), body["cut"]) == (2, True)
        assert "还有更多未导出" in body["note"]


def test_who_may_take_what(tmp_path: Path) -> None:
    """Viewers take nothing, the trail is for operators, other lists and kinds do not exist."""
    with reader(tmp_path, "viewer") as client:
        assert client.get("/export/events/csv").status_code == 403
    with reader(tmp_path, "officer") as client:
        assert client.get("/export/audit/csv").status_code == 403
        assert client.get("/export/users/csv").status_code == 404
        assert client.get("/export/events/exe").status_code == 404
        assert client.get("/export/search/csv?q=%22").status_code in (200, 400)


@given(st.text(max_size=40))
def test_no_cell_becomes_a_formula(text: str) -> None:
    """Whatever a title begins with, a spreadsheet sees text; nothing of it is lost."""
    cell = str(guard(text))
    assert not cell.lstrip(UNSEEN).startswith(FORMULA)
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text


def test_a_workbook_holds_no_formula_and_no_link() -> None:
    """What looks like one stays text."""
    rows = [("=1+1", "https://x.example/"), ("＝cmd|' /C calc'!A0", "@SUM(A1)")]
    body = make_file(Sheet("events", ("a", "b"), ("a", "b"), rows, "note"), "xlsx")
    page = load_workbook(io.BytesIO(body)).active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)


# ------------------------------------------------------------------ search


def test_a_search_is_saved_and_opened_again_and_deleted(tmp_path: Path) -> None:
    """It is the reader's own: others neither see nor delete it."""
    with reader(tmp_path, "officer") as client:
        client.submit("/search?q=食堂", "/searches", q="食堂", topic="health", name="食堂健康")
        page = client.get("/search").text
        assert "食堂健康" in page
        assert "q=%E9%A3%9F%E5%A0%82&amp;topic=health" in page
        with reading(client.context.engine) as conn:
            key = conn.scalar(select(saved_searches.c.id))
        client.as_role("editor")
        assert "食堂健康" not in client.get("/search").text
        assert client.submit("/search?q=食堂", f"/searches/{key}/drop").status_code == 404  # type: ignore[attr-defined]
        client.as_role("officer")
        client.submit("/search", f"/searches/{key}/drop")
        assert "食堂健康" not in client.get("/search").text


@pytest.mark.parametrize(
    ("text", "name"), [("王小明", "x"), ("@somebody_1", "x"), ("13800138000", "x"), ("食堂", "王小明")]
)
def test_what_reads_as_a_person_is_not_saved(tmp_path: Path, text: str, name: str) -> None:
    """Neither as query nor as name."""
    with reader(tmp_path, "officer") as client:
        told = client.submit("/search?q=食堂", "/searches", q=text, name=name)
        assert told.headers["location"] == "/search?done=search_person"  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            assert conn.execute(select(saved_searches)).all() == []


def test_two_dates_narrow_a_search(tmp_path: Path) -> None:
    """The last day counts, the order does not matter, a date that is none is not asked; it works without words, too."""
    with reader(tmp_path, "officer") as client:
        day = (NOW - timedelta(days=3)).date().isoformat()
        rows = rows_of(client, "search", f"?from={day}&to={day}")
        with reading(client.context.engine) as conn:
            shown = select(documents.c.id).where(documents.c.charted >= NOW.replace(day=20, hour=16, minute=0))
            kept = conn.scalars(shown.where(documents.c.charted < NOW.replace(day=21, hour=16, minute=0))).all()
        assert {row["id"] for row in rows} == set(kept)
        assert rows_of(client, "search", f"?q=食堂&from={day}&to=2026-01-01") == rows_of(
            client, "search", f"?q=食堂&from=2026-01-01&to={day}"
        )
        page = client.get(f"/search?q=食堂&from=tomorrow&to={day}").text
        assert f'name="to" value="{day}"' in page
        assert 'name="from" value=""' in page
        assert "data-brush" in page


def test_facets_narrow_with_one_click(tmp_path: Path) -> None:
    """Counted by kind, topic and tone, each a link that adds the filter."""
    with reader(tmp_path, "officer") as client:
        page = client.get("/search?q=食堂&count=1").text
        assert "count=1&amp;tone=" in page or "tone=negative" in page
        assert "负面" in visible(page)


def test_events_are_found_beyond_the_texts(tmp_path: Path) -> None:
    """An event of last year whose texts are gone is found by its title; one of three years ago and wellbeing are not."""
    with reader(tmp_path, "officer") as client:
        with writing(client.context.engine) as conn:
            base = dict(conn.execute(select(events).where(events.c.id == "e-fees")).mappings().one())
            for key, days, topic in (("old", 500, "fees"), ("older", 900, "fees"), ("care", 300, "wellbeing")):
                seen = NOW - timedelta(days=days)
                row = {"id": key, "title": "游泳馆漏氯气", "first_seen": seen, "last_seen": seen, "topic": topic}
                conn.execute(insert(events).values(**base | row))
        page = client.get("/search?q=漏氯气").text
        assert '/events/old"' in page
        assert "/events/older" not in page
        assert "/events/care" not in page
        with writing(client.context.engine) as conn:
            conn.execute(update(events).where(events.c.id == "old").values(title="王小明"))
        assert '/events/old"' not in client.get("/search?q=王小明").text


def test_topics_look_back_two_years(tmp_path: Path) -> None:
    """By weeks, and without a comparison that nothing is kept for."""
    with reader(tmp_path, "viewer") as client:
        page = client.get("/topics?days=730")
        assert "没有更早的数据可作对比" in page.text
        year = client.get("/topics.json?days=365").json()
        assert year["days"] == 365
        assert len(year["tone_chart"]["labels"]) == 53
