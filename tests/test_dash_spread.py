"""How an event spreads and which words many use."""

from datetime import timedelta
from pathlib import Path

from dash_client import reader, visible
from dash_matters import SCHOOL
from dash_seed import NOW
from sqlalchemy import insert, select, update

from dashboards.queries.spread import kind_shares, last_hour, outlet_shares, spread_path
from dashboards.queries.stories import Moment, carriers_of
from dashboards.queries.terms import Users, event_terms, is_shared, rank_terms
from pipeline.model import PRIVATE_KINDS
from pipeline.store.engine import reading, writing
from pipeline.store.schema import documents, voice_tokens


def moment(ago: float, source: str, kind: str = "news", label: str = "neutral", root: str | None = None) -> Moment:
    """An item so many minutes ago."""
    seen = NOW - timedelta(minutes=ago)
    return Moment(f"{source}{ago}", source, kind, "local", label, seen, seen, root)


def test_the_last_hour_names_what_is_new() -> None:
    """Stories and copies of the hour, outlets that were not there before, and how the tone moved."""
    moments = [
        moment(300, "forum", "forum", "negative"), moment(200, "paper"), moment(30, "paper", label="negative"),
        moment(20, "national"), moment(10, "bureau", root="x"), moment(5, "forum", "forum", "negative"),
    ]  # fmt: skip
    hour = last_hour(moments, NOW)
    assert (hour.stories, hour.copies, hour.joined) == (3, 1, ("national", "bureau"))
    assert (hour.negative, hour.negative_before) == (67, 50)
    quiet = last_hour(moments[:2], NOW)
    assert (quiet.stories, quiet.joined, quiet.negative) == (0, (), None)


def test_shares_and_path() -> None:
    """Shares are of all items; the path names outlets only, in order, with the time between."""
    moments = [moment(300, "forum", "forum"), moment(200, "paper"), moment(80, "national"), moment(70, "paper")]
    assert [(s.key, s.share) for s in kind_shares(moments)] == [("news", 75), ("forum", 25)]
    assert [(s.key, s.share) for s in outlet_shares(moments)] == [("paper", 67), ("national", 33)]
    path = spread_path(carriers_of(moments), PRIVATE_KINDS)
    assert [(s.source, s.after_s) for s in path] == [("paper", 0), ("national", 7200)]


def test_a_word_needs_five_voices_or_two_outlets() -> None:
    """Four voices of one forum and one outlet are too few; a fifth, or another outlet, is enough."""
    users = Users(now=9, outlets={"paper"}, sources={"forum"})
    from collections import defaultdict

    users.tokens = defaultdict(set, {"2026-11-24": {"a", "b", "c", "d"}})
    assert not is_shared(users)
    users.tokens["2026-11-24"].add("e")
    assert is_shared(users)
    assert is_shared(Users(now=2, outlets={"paper", "national"}))


def test_names_are_no_words() -> None:
    """What reads as a person is left out however many say it; more now than before is rising."""
    shared = {"paper", "national"}
    used = {"王小明": Users(9, 0, shared), "停水": Users(6, 2, shared), "食堂": Users(2, 6, shared)}
    rows = rank_terms(used, SCHOOL)
    assert [(row.term, row.rising) for row in rows] == [("停水", True), ("食堂", False)]


def test_the_event_page_shows_them(tmp_path: Path) -> None:
    """Hour, path, shares and words stand on the page, each word used by enough; of wellbeing there are none."""
    with reader(tmp_path, "viewer") as client:
        with writing(client.context.engine) as conn:
            ids = conn.scalars(select(documents.c.id).where(documents.c.event == "e-canteen")).all()
            conn.execute(insert(voice_tokens), [
                {"document": one, "day": "2026-11-24", "token": f"t{k}", "event": "e-canteen", "seen": NOW}
                for k, one in enumerate(ids)
            ])  # fmt: skip
        page = visible(client.get("/events/e-canteen").text)
        for part in ("近 1 小时：新增", "媒体传播路径", "占比", "词语"):
            assert part in page, part
        with reading(client.context.engine) as conn:
            terms = [row.term for row in event_terms(conn, "e-canteen", NOW, SCHOOL)]
        assert "食堂" in terms or "窗口" in terms or "食物中毒" in terms, terms
        with writing(client.context.engine) as conn:
            conn.execute(update(documents).where(documents.c.event == "e-canteen").values(topic="wellbeing"))
        with reading(client.context.engine) as conn:
            assert event_terms(conn, "e-canteen", NOW, SCHOOL) == []


def test_the_words_of_a_period_have_a_page(tmp_path: Path) -> None:
    """With its JSON twin; an unknown period is a week."""
    with reader(tmp_path, "viewer") as client:
        assert "高频词语" in visible(client.get("/topics/words?topic=awards&days=90").text)
        assert client.get("/topics/words.json?days=9000").json()["days"] == 7
