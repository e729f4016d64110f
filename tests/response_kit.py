"""An event with private posts and an article, an office, and verbs for the tests of the office's papers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert

from alerts.response.slips import Order, Slip, issue_slip
from alerts.response.wording import Pen
from alerts.taps import Refused
from pipeline.mask import Masker
from pipeline.store.engine import open_engine
from pipeline.store.fulltext import Entry, add_entries
from pipeline.store.migrate import upgrade
from pipeline.store.schema import documents, events

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)  # 16:30 in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
SCHOOL = "清河理工学院"
PEN = Pen(Masker([SCHOOL]), (SCHOOL,))
POST = "今天中午在二食堂吃了麻辣香锅以后我们寝室四个人全都拉肚子了，窗口阿姨还说没事，太离谱了"
HEADLINE = "清河理工学院二食堂被指食品安全问题 校方回应"
LINK = "https://city-paper.example/a1"


def a_store(folder: Path) -> Engine:
    """A migrated file with one canteen event (two posts, one article) and one wellbeing event."""
    engine = open_engine(f"sqlite:///{folder / 'papers.db'}")
    upgrade(engine)
    with engine.begin() as conn:
        put_event(conn, "e1", "canteen", "二食堂 食物中毒", place="二食堂", severity="serious")
        put_document(conn, "p1", "e1", "forum", POST)
        put_document(conn, "p2", "e1", "social", "听说二食堂又出事了，好几个同学去了校医院，希望学校给个说法吧")
        put_document(conn, "n1", "e1", "news", "记者从校方获悉，有关窗口已经停用。", HEADLINE, LINK)
        put_event(conn, "e2", "wellbeing", "关怀", severity="serious")
    return engine


def put_event(conn: Connection, event: str, topic: str, title: str, **values: object) -> None:
    """Store an event."""
    row: dict[str, object] = {
        "id": event, "title": title, "status": "open", "first_seen": NOW - timedelta(hours=5),
        "last_seen": NOW - timedelta(minutes=20), "items": 6, "stories": 3, "outlets": 1, "sources": 3, "voices_met": 2,
        "negative": 2, "topic": topic, "reach": "local", "place": None, "terms": [], "severity": None, "said": {},
    }  # fmt: skip
    conn.execute(insert(events).values(**(row | values)))


def put_document(
    conn: Connection, item: str, event: str, kind: str, text: str, title: str | None = None, url: str | None = None
) -> None:
    """Store a document of an event."""
    made = conn.execute(insert(documents).values(
        id=item, source=f"s-{kind}", source_kind=kind, reach="local", url=url, title=title, text=text, lang="zh",
        published=NOW - timedelta(hours=4), seen=NOW - timedelta(hours=4), charted=NOW - timedelta(hours=4), history=False,
        matched=[SCHOOL], mention_reason="", fingerprint=f"f{item}", label="negative", negative=0.8, neutral=0.1,
        positive=0.1, topic="canteen", topics=[], tagger="t", event=event, reason={},
    ))  # fmt: skip
    add_entries(conn, [Entry(made.inserted_primary_key[0], title, text)])  # type: ignore[index]


def an_order(**values: object) -> Order:
    """A notice slip to catering, due in five hours."""
    row: dict[str, object] = {
        "kind": "notice", "event": "e1", "department": "后勤保障处", "words": "请核实窗口留样情况，并说明整改时间。",
        "due": NOW + timedelta(hours=5),
    }  # fmt: skip
    return Order(**(row | values))  # type: ignore[arg-type]


def send(engine: Engine, now: datetime = NOW, **values: object) -> Slip | Refused:
    """Issue a slip in a transaction of its own."""
    with engine.begin() as conn:
        return issue_slip(conn, an_order(**values), PEN, now, ZONE)


def sent(engine: Engine, now: datetime = NOW, **values: object) -> Slip:
    """Issue a slip that must be accepted."""
    made = send(engine, now, **values)
    assert isinstance(made, Slip), made
    return made
