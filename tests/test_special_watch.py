"""Special watches: what they need, how long they last, what pauses them, and what they make of sources."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dash_client import Reader, fresh_engine, reader, visible
from dash_matters import SCHOOL
from dash_seed import NOW, make_context
from sqlalchemy import Engine, select, update

from alerts.season import CalendarSettings, CalendarWindow
from alerts.special_watch import (
    Ask,
    begin_watch,
    end_watch,
    find_watch,
    look_after_watches,
    measure_watch,
    renew_watch,
    watched_sources,
)
from alerts.taps import Refused
from crawlers.schedule import ceiling_of, floor_of, hasten_due
from crawlers.settings import CrawlPolicy, SourceSpec, WatchedSource
from crawlers.state import SourceState
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import audit, documents, events
from pipeline.store.schema_desk import special_watches
from tocsin.wiring import hasten

OK = Ask("二食堂", "health", ("食物中毒",), 7, event="e-canteen")
WINDOW = CalendarWindow("open-day", name="校园开放日", begins="11-20", ends="11-30")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with fresh_engine(tmp_path) as made:
        yield made


def begin(engine: Engine, ask: Ask = OK, who: str = "officer", now: object = NOW) -> str | Refused:
    """Ask for a watch."""
    with writing(engine) as conn:
        return begin_watch(conn, ask, SCHOOL, {"open-day"}, who, now)  # type: ignore[arg-type]


def begun(engine: Engine, ask: Ask = OK) -> str:
    """Begin one that can begin."""
    key = begin(engine, ask)
    assert isinstance(key, str), key
    return key


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"event": ""}, "needs an event or an occasion"),
        ({"occasion": "open-day"}, "needs an event or an occasion"),
        ({"event": "", "occasion": "carnival"}, "no such occasion"),
        ({"event": "e-nothing"}, "there is no such event"),
        ({"topic": ""}, "needs a topic"),
        ({"topic": "wellbeing"}, "wellbeing"),
        ({"days": 0}, "1 to 30 days"),
        ({"days": 31}, "1 to 30 days"),
        ({"name": "食"}, "a name of 2 to 60"),
        ({"name": "王小明同学"}, "reads as a person"),
        ({"terms": ("王小明",)}, "reads as a person"),
        ({"terms": ("13800138000",)}, "reads as a person"),
        ({"terms": ("@somebody_1",)}, "reads as a person"),
        ({"terms": ("基督教",)}, "reads as a person"),
        ({"terms": tuple(f"食堂{n}" for n in range(11))}, "at most 10 terms"),
    ],
)
def test_a_watch_needs_all_of_its_conditions(engine: Engine, changes: dict[str, object], said: str) -> None:
    """Each condition alone refuses, with its sentence, and nothing is stored."""
    refused = begin(engine, replace(OK, **changes))  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert said in refused.why
    with reading(engine) as conn:
        assert conn.execute(select(special_watches)).all() == []


def test_one_voice_is_nobodys_matter(engine: Engine) -> None:
    """An event of one private voice is refused; with an outlet it is a matter."""
    with writing(engine) as conn:
        conn.execute(update(events).where(events.c.id == "e-canteen").values(voices_met=1, outlets=0))
    assert isinstance(begin(engine), Refused)
    with writing(engine) as conn:
        conn.execute(update(events).where(events.c.id == "e-canteen").values(voices_met=1, outlets=1))
    assert isinstance(begin(engine), str)


def test_it_follows_the_event_and_what_its_terms_find_from_now_on(engine: Engine) -> None:
    """Items of the event count with their copies; a second watch on it is refused while the first runs."""
    key = begun(engine)
    assert isinstance(begin(engine), Refused)
    with reading(engine) as conn:
        watch = find_watch(conn, key, NOW)
        assert watch is not None
        assert measure_watch(conn, watch).items > 7
        assert watch.state == "running"
        assert watched_sources(conn, NOW) == set(watch.sources)
        assert verify_audit(conn) is None
        last = conn.execute(select(audit.c.what, audit.c.detail).order_by(audit.c.n.desc()).limit(1)).one()
    assert tuple(last) == ("begin_watch", "e-canteen health 7")


def test_it_ends_by_itself_and_reads_no_source_faster_then(engine: Engine) -> None:
    """After its days it has ended, without anybody doing anything."""
    key = begun(engine)
    later = NOW + timedelta(days=7)
    with reading(engine) as conn:
        assert find_watch(conn, key, later).state == "ended"  # type: ignore[union-attr]
        assert watched_sources(conn, later) == frozenset()


def test_it_is_renewed_once_by_somebody_else_with_a_reason(engine: Engine) -> None:
    """The same user, no reason, a second time and an ended one are refused; it goes on for its first span, 30 at most."""
    key = begun(engine, replace(OK, days=30))
    with writing(engine) as conn:
        for who, why in (("officer", "还在继续"), ("editor", "x")):
            assert isinstance(renew_watch(conn, key, why, who, NOW), Refused)
        assert renew_watch(conn, key, "还在继续", "editor", NOW) is None
        assert isinstance(renew_watch(conn, key, "还在继续", "third", NOW), Refused)
        watch = find_watch(conn, key, NOW)
        assert watch is not None
        assert watch.ends == NOW + timedelta(days=60)
        assert end_watch(conn, key, "officer", NOW + timedelta(days=31)) is None
        assert isinstance(renew_watch(conn, key, "还在继续", "editor", NOW + timedelta(days=32)), Refused)


def test_it_pauses_itself_on_one_voice_and_goes_on_with_more(engine: Engine) -> None:
    """When all that is left is one voice nothing is read faster; another voice lets it go on; both are audited."""
    key = begun(engine)
    with writing(engine) as conn:
        conn.execute(update(events).where(events.c.id == "e-canteen").values(voices_met=1))
        conn.execute(
            update(documents).where(documents.c.event == "e-canteen").values(source="city-forum", source_kind="forum")
        )
        assert look_after_watches(conn, NOW) == 1
        assert find_watch(conn, key, NOW).state == "paused"  # type: ignore[union-attr]
        assert watched_sources(conn, NOW) == frozenset()
        assert look_after_watches(conn, NOW) == 0
        conn.execute(update(events).where(events.c.id == "e-canteen").values(voices_met=4))
        assert look_after_watches(conn, NOW) == 1
        assert find_watch(conn, key, NOW).state == "running"  # type: ignore[union-attr]
        acts = conn.scalars(select(audit.c.what).where(audit.c.who == "special watch").order_by(audit.c.n)).all()
    assert acts == ["pause_watch", "resume_watch"]


def test_it_ends_when_the_matter_is_somebodys_wellbeing(engine: Engine) -> None:
    """An event that turns out to be about somebody's wellbeing is watched no longer."""
    key = begun(engine)
    with writing(engine) as conn:
        conn.execute(update(events).where(events.c.id == "e-canteen").values(topic="wellbeing"))
        assert look_after_watches(conn, NOW) == 1
        assert find_watch(conn, key, NOW).state == "ended"  # type: ignore[union-attr]


def test_an_occasion_without_items_waits(engine: Engine) -> None:
    """A planned occasion follows its topic from its beginning; before anything is said it is not paused."""
    key = begun(engine, Ask("校园开放日", "notices", (), 5, occasion="open-day"))
    with writing(engine) as conn:
        watch = find_watch(conn, key, NOW)
        assert watch is not None
        assert look_after_watches(conn, NOW) == 0
        assert find_watch(conn, key, NOW).state == "running"  # type: ignore[union-attr]


def test_sources_are_read_more_often_within_manners() -> None:
    """A host that agreed to nothing is read at 60 minutes, never below; a consenting one at the pause it agreed to."""
    policy = CrawlPolicy()
    plain = SourceSpec("a", "https://a.example/f", "news")
    agreed = SourceSpec("b", "https://b.example/f", "official", minutes=20, consent=True)
    open_host = SourceSpec("c", "https://c.example/f", "official", consent=True)
    greedy = SourceSpec("d", "https://d.example/f", "news", minutes=1)
    made = hasten([plain, agreed, open_host, greedy], frozenset("abcd"))
    assert [ceiling_of(spec, policy) for spec in made] == [timedelta(minutes=n) for n in (60, 20, 15, 60)]
    assert all(ceiling_of(spec, policy) >= floor_of(spec, policy) for spec in made)
    assert hasten([plain], frozenset()) == [plain]
    assert ceiling_of(plain, policy) == timedelta(hours=6)


def test_the_next_turn_comes_forward_but_a_failing_source_keeps_its_pause() -> None:
    """One floor after the last reading, not before now; what fails is left alone."""
    watched = WatchedSource("a", "https://a.example/f", "news")
    state = SourceState("a", NOW + timedelta(hours=5), 18000, last_run=NOW - timedelta(minutes=30))
    assert hasten_due(state, watched, CrawlPolicy(), NOW).next_due == NOW + timedelta(minutes=30)
    old = replace(state, last_run=NOW - timedelta(hours=3))
    assert hasten_due(old, watched, CrawlPolicy(), NOW).next_due == NOW
    assert hasten_due(replace(state, failures=2), watched, CrawlPolicy(), NOW) == replace(state, failures=2)
    plain = SourceSpec("a", "https://a.example/f", "news")
    assert hasten_due(state, plain, CrawlPolicy(), NOW) == state


# ------------------------------------------------------------------ the pages


def put(client: Reader, **changed: str) -> str:
    """Begin a watch from the event page; the board's address."""
    fields = {
        "event": "e-canteen",
        "topic": "health",
        "name": "二食堂",
        "terms": "食物中毒, 窗口",
        "days": "7",
    } | changed
    told = client.submit("/events/e-canteen", "/watches", **fields)
    return str(told.headers.get("location", "")).partition("?")[0]  # type: ignore[attr-defined]


def test_one_click_makes_a_board_and_a_brief(tmp_path: Path) -> None:
    """The event page leads to it; the board shows numbers, stories and sources; the brief holds no link of a private voice."""
    with reader(tmp_path, "officer") as client:
        assert "设为专题" in client.get("/events/e-canteen").text
        board = put(client)
        page = visible(client.get(board).text)
        for part in ("进行中", "食物中毒", "江州晚报", "个来源加密读取", "人发声"):
            assert part in page, part
        assert "专题关注中" in client.get("/events/e-canteen").text
        text = client.get(f"{board}/brief/txt").text
        assert "【概况】" in text
        assert "江州晚报" in text
        assert "thread/" not in text
        word = client.get(f"{board}/brief/docx").content
        assert "专题简报：二食堂" in zipfile.ZipFile(io.BytesIO(word)).read("word/document.xml").decode()
        assert client.get(f"{board}/brief/exe").status_code == 404


def test_renewing_and_ending_on_the_board(tmp_path: Path) -> None:
    """Who began it is offered no renewal and refused one; a colleague renews with a reason, masked; both can end it."""
    with reader(tmp_path, "officer") as client:
        board = put(client)
        assert "由另一位同事" in client.get(board).text
        assert client.submit(board, f"{board}/renew", why="还没有结束").status_code == 400  # type: ignore[attr-defined]
        client.as_role("editor")
        told = client.submit(board, f"{board}/renew", why="还没有结束，联系 13800138000")
        assert told.headers["location"].endswith("done=watch_renew")  # type: ignore[attr-defined]
        page = client.get(board).text
        assert "还没有结束" in page
        assert "13800138000" not in page
        client.submit(board, f"{board}/end")
        assert "已结束" in visible(client.get(board).text)
        assert client.submit(board, f"{board}/fly").status_code == 404  # type: ignore[attr-defined]


def test_a_refusal_keeps_what_was_typed_and_a_viewer_only_reads(tmp_path: Path) -> None:
    """The sentence is in the reader's language; viewers have no forms."""
    with fresh_engine(tmp_path) as engine:
        context = make_context(engine, tmp_path)
        calendar = CalendarSettings(windows=[WINDOW])
        client = Reader(replace(context, loaded=replace(context.loaded, calendar=calendar))).as_role("officer")
        answer = client.submit(
            "/watches", "/watches", occasion="open-day", name="王小明", topic="notices", terms="", days="5"
        )
        assert answer.status_code == 400  # type: ignore[attr-defined]
        assert "像是个人" in answer.text  # type: ignore[attr-defined]
        assert 'value="王小明"' in answer.text  # type: ignore[attr-defined]
        told = client.submit(
            "/watches", "/watches", occasion="open-day", name="开放日", topic="notices", terms="", days="5"
        )
        assert told.status_code == 303  # type: ignore[attr-defined]
        client.as_role("viewer")
        assert "开放日" in client.get("/watches").text
        assert '<form method="post" action="/watches"' not in client.get("/watches").text
        assert client.get("/watches/nothing").status_code == 404
