"""What the pages say agrees with what they show."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dash_client import Reader, fresh_engine, reader, visible
from dash_seed import NOW, make_context
from sqlalchemy import select, update

from alerts.special_watch import SpecialWatch, tones_by_day
from crawlers.settings import SourceSpec
from dashboards.charts import Mark
from dashboards.pages.event import join_marks
from dashboards.pages.sources import SIZE
from dashboards.queries.terms import cut_words
from pipeline.store.engine import reading, writing
from pipeline.store.schema import documents


def test_marks_of_one_step_are_one_mark() -> None:
    """Two levels told within one step stand beside each other, not upon each other; each once."""
    marks = [Mark("03:00", "黄"), Mark("03:00", "橙"), Mark("03:00", "橙"), Mark("05:00", "红")]
    assert join_marks(marks) == (Mark("03:00", "黄 橙"), Mark("05:00", "红"))


def test_a_chart_of_weeks_speaks_of_weeks(tmp_path: Path) -> None:
    """Its sentence counts weeks, and its labels have the year."""
    with reader(tmp_path, "viewer") as client:
        chart = client.get("/topics.json?days=365").json()["tone_chart"]
        assert chart["sentence"].startswith("53 周共")
        assert len(chart["labels"][0]) == len("25-11-24")
        assert client.get("/topics.json?days=30").json()["tone_chart"]["sentence"].startswith("30 天共")


def test_a_saved_search_stays_on_the_page(tmp_path: Path) -> None:
    """After saving, the reader is where the search was, hits and all."""
    with reader(tmp_path, "officer") as client:
        told = client.submit("/search?q=食堂", "/searches", q="食堂", name="食堂")
        assert told.headers["location"] == "/search?q=%E9%A3%9F%E5%A0%82&done=search_saved"  # type: ignore[attr-defined]


def test_the_receipt_of_a_deletion_request_comes_first(tmp_path: Path) -> None:
    """Who asked sees the receipt without looking for it."""
    with reader(tmp_path, None) as client:
        page = visible(client.submit("/about", "/about/forget", url="https://forum.example/1").text)  # type: ignore[attr-defined]
        assert page.index("回执") < page.index("读取哪些内容")


def test_many_sources_come_in_pages(tmp_path: Path) -> None:
    """A thousand sources would be a page of a megabyte: a hundred at a time, all of them reachable."""
    with fresh_engine(tmp_path) as engine:
        context = make_context(engine, tmp_path)
        specs = tuple(SourceSpec(f"many-{n}", f"https://many.example/{n}", "news") for n in range(SIZE + 20))
        client = Reader(replace(context, loaded=replace(context.loaded, sources=specs))).as_role("viewer")
        first, second = (client.get(f"/sources.json?page={n}").json()["sources"] for n in (1, 2))
        assert len(first) == SIZE
        assert {row["id"] for row in first + second} >= {spec.id for spec in specs}
        assert 'rel="next"' in client.get("/sources").text


def test_a_matter_of_a_single_item_is_only_counted_on_the_first_page(tmp_path: Path) -> None:
    """What is listed there has been told, has an outlet or more than one story; the rest is a number."""
    with reader(tmp_path, "viewer") as client:
        data = client.get("/now.json").json()
        assert all(row["told"] or row["stories"] > 1 or row["outlets"] for row in data["open"])
        assert data["open_count"] >= len(data["open"]) + data["single_count"]


def test_words_that_say_nothing_are_no_words() -> None:
    """怎么 and 没有 are in every second post."""
    assert list(cut_words("食堂怎么没有热水", ())) == ["食堂", "热水"]


def test_the_board_of_a_watch_counts_local_days(tmp_path: Path) -> None:
    """What was said at one o'clock at night in Shanghai belongs to the new day."""
    with fresh_engine(tmp_path) as engine:
        night = NOW.replace(hour=17, minute=30)  # half past one on the next day in Shanghai
        with writing(engine) as conn:
            one = conn.scalar(
                select(documents.c.id).where(documents.c.event == "e-canteen", documents.c.duplicate_of.is_(None))
            )
            conn.execute(update(documents).where(documents.c.id == one).values(charted=night))
        watch = SpecialWatch(
            id="w", name="w", event="e-canteen", occasion=None, topic="health", terms=(), sources=(), begins=NOW - timedelta(days=9),
            ends=NOW + timedelta(days=9), made_by="officer", state="running", paused=None, renewed=None, renewed_by=None,
            renewed_why=None,
        )  # fmt: skip
        with reading(engine) as conn:
            days = tones_by_day(conn, watch, ZoneInfo("Asia/Shanghai"))
        assert (night + timedelta(hours=8)).date().isoformat() in days
