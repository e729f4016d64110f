"""Search guards persons; deletion requests are asked by anyone and decided by the office."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import Reader, fresh_engine, reader, visible
from dash_seed import NOW, make_context, outcome
from sqlalchemy import func, select

from crawlers.identity import item_id
from dashboards.wishes import list_wishes
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.outcomes import save_outcomes
from pipeline.store.schema import documents, keep, tombstones
from pipeline.store.scrub import scrub


def test_words_find_items_and_mark_them(tmp_path: Path) -> None:
    """A word is found in private voices and outlets alike and marked where it stands."""
    with reader(tmp_path, "viewer") as client:
        text = client.get("/search?q=食堂").text
        assert "<mark>食堂</mark>" in text
        hits = client.get("/search.json?q=二食堂").json()["hits"]
        assert {"forum", "news"} <= {h["source_kind"] for h in hits}


@pytest.mark.parametrize("query", ["王小明", "13800138000", "@xiaoming_qh"])
def test_a_person_finds_outlets_only(tmp_path: Path, query: str) -> None:
    """What reads as a person, a number or a handle searches news and official items only, and the page says so."""
    with reader(tmp_path, "viewer") as client:
        with writing(client.context.engine) as conn:
            made = [
                outcome(f"p-{s}", s, NOW, "neutral", "other", None, f"{query} 说了食堂的事", None, None)
                for s in ("micro", "city-paper")
            ]
            save_outcomes(conn, made, NOW)
        twin = client.get("/search.json", params={"q": query}).json()
        assert twin["guarded"] is True
        assert all(h["source_kind"] in {"news", "official"} for h in twin["hits"])
        assert "只搜索了新闻和官方页面" in visible(client.get("/search", params={"q": query}).text)


def test_filters_and_pages_narrow(tmp_path: Path) -> None:
    """Kind, topic, tone and days narrow; the next page holds other items."""
    with reader(tmp_path, "viewer") as client:
        one = client.get("/search.json?topic=canteen").json()
        assert {h["topic"] for h in one["hits"]} == {"canteen"}
        two = client.get("/search.json", params={"topic": "canteen", "after": one["next"]}).json()
        assert not {h["id"] for h in one["hits"]} & {h["id"] for h in two["hits"]}
        week = client.get("/search.json?topic=dorms&tone=negative&days=7").json()["hits"]
        assert week
        assert all(h["label"] == "negative" and h["when"] > (NOW - timedelta(days=8)).isoformat() for h in week)


def test_broken_queries_are_explained(tmp_path: Path) -> None:
    """A query that cannot be understood gets one sentence in the reader's language, never an error."""
    with reader(tmp_path, "viewer") as client:
        assert "左括号没有对应的右括号" in client.get("/search?q=(食堂").text
        assert "引号没有配对" in client.get('/search?q="食堂').text
        assert client.get("/search?topic=canteen&after=nonsense").status_code == 200
        assert client.get("/search?q=" + "x" * 3000).status_code == 200


def test_anyone_may_ask_for_deletion(tmp_path: Path) -> None:
    """A stranger asks by address; the receipt is the same whether anything is kept or not; nothing is deleted yet."""
    with reader(tmp_path, None) as client:
        answers = [
            client.submit("/about", "/about/forget", url=u)
            for u in ("https://city-paper.example/e-canteen-3", "https://none.example/1")
        ]
        for answer in answers:
            assert answer.status_code == 200  # type: ignore[attr-defined]
            assert "回执" in answer.text  # type: ignore[attr-defined]
        with reading(client.context.engine) as conn:
            wishes = list_wishes(conn)
            stored = "".join(conn.scalars(select(keep.c.value)))
            assert conn.scalar(select(func.count()).select_from(documents).where(documents.c.id == "e-canteen-3")) == 1
        assert sorted(w.found for w in wishes) == [0, 1]
        assert "city-paper.example/e" not in stored


def test_an_editor_decides(tmp_path: Path) -> None:
    """Deleting erases the item, buries its address and text, and both decisions are audited."""
    with reader(tmp_path, "editor") as client:
        url = "https://city-paper.example/e-canteen-3"
        client.submit("/about", "/about/forget", url=url)
        client.submit("/about", "/about/forget", url="https://none.example/1")
        numbers = {w["found"]: w["number"] for w in client.get("/requests.json").json()["wishes"]}
        assert "2 项删除申请" in client.get("/").text
        client.submit("/requests", f"/requests/{numbers[1]}", act="delete")
        client.submit("/requests", f"/requests/{numbers[0]}", act="decline", note="没有这条内容")
        with reading(client.context.engine) as conn:
            assert conn.scalar(select(func.count()).select_from(documents).where(documents.c.id == "e-canteen-3")) == 0
            assert item_id(url) in set(conn.scalars(select(tombstones.c.item)))
            assert list_wishes(conn) == []
            assert verify_audit(conn) is None


def test_deleted_bytes_leave_the_file(tmp_path: Path) -> None:
    """After a decision the text is in no byte of the database, with the house's real scrubbing in the same request."""
    with fresh_engine(tmp_path) as engine:
        scrubbed: list[bool] = []
        context = replace(make_context(engine, tmp_path), on_forget=lambda: scrubbed.append(scrub(engine)))
        client = Reader(context).as_role("editor")
        client.submit("/about", "/about/forget", text="五号楼已经第三天没热水了，报修没人理")
        number = client.get("/requests.json").json()["wishes"][0]["number"]
        client.submit("/requests", f"/requests/{number}", act="delete")
        assert scrubbed == [True]
        files = b"".join(file.read_bytes() for file in tmp_path.glob("dash.db*"))
        assert "五号楼已经第三天没热水了".encode() not in files


def test_a_text_finds_the_masked_post(tmp_path: Path) -> None:
    """A text is masked as it was when it was stored, so the writer finds their own post by what they wrote."""
    with reader(tmp_path, "editor") as client:
        client.submit("/about", "/about/forget", text="五号楼已经第三天没热水了，报修没人理")
        assert client.get("/requests.json").json()["wishes"][0]["found"] == 1
        short = client.submit("/about", "/about/forget", text="食堂")
        assert short.status_code == 400  # type: ignore[attr-defined]
        empty = client.submit("/about", "/about/forget")
        assert empty.status_code == 400  # type: ignore[attr-defined]


def test_requests_are_limited(tmp_path: Path) -> None:
    """Ten requests in a quarter of an hour from one address, then wait."""
    with reader(tmp_path, None) as client:
        codes = [client.submit("/about", "/about/forget", url=f"https://a.example/{k}").status_code for k in range(11)]  # type: ignore[attr-defined]
        assert codes == [200] * 10 + [429]
