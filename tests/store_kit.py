"""Items and outcomes for the tests of the state of record, with everything defaulted that a test does not speak of."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pipeline.model import (
    PRIVATE_KINDS,
    Alert,
    Copy,
    Decision,
    Disposition,
    Document,
    Event,
    Mention,
    Outcome,
    Placement,
    Reason,
    Screened,
    Sentiment,
    Severity,
    Tags,
    TopicScore,
    VoiceToken,
)  # fmt: skip
from pipeline.store.engine import open_engine
from pipeline.store.migrate import upgrade
from pipeline.store.store import SqlStore

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def at(hours: float = 0, days: float = 0) -> datetime:
    """So much after NOON."""
    return NOON + timedelta(hours=hours, days=days)


def a_store(folder: Path | None = None) -> SqlStore:
    """A migrated store: in `folder`, or in memory."""
    engine = open_engine("sqlite://" if folder is None else f"sqlite:///{folder / 'tocsin.db'}")
    upgrade(engine)
    return SqlStore(engine)


def a_document(name: str = "a", text: str = "二食堂吃出虫子", **given: Any) -> Document:
    """A private voice unless `source_kind` says otherwise; the fingerprint follows the text."""
    kind = given.get("source_kind", "forum")
    values: dict[str, Any] = {
        "id": hashlib.sha256(name.encode()).hexdigest()[:16], "source": "bbs", "source_kind": kind, "reach": None,
        "url": None if kind in PRIVATE_KINDS else f"https://paper.example/{name}", "title": None, "text": text,
        "lang": "zh", "published": NOON, "seen": NOON, "mention": Mention(True, ("学院",), "name"),
        "fingerprint": hashlib.sha256(f"{given.get('title')}{text}".encode()).hexdigest()[:16],
    }  # fmt: skip
    return Document(**(values | given))


def screened(document: Document, voices: tuple[VoiceToken, ...] = (), link: bytes | None = None) -> Screened:
    """As the front half hands it over."""
    return Screened(document, voices, link)


def source_row(source: str = "bbs", **given: Any) -> dict[str, Any]:
    """The state of a source."""
    return {"id": source, "next_due": at(1), "interval_s": 3600} | given


def tags_of(label: str = "negative", topic: str = "canteen") -> Tags:
    """A sure tagger."""
    chances = {name: 1.0 if name == label else 0.0 for name in ("negative", "neutral", "positive")}
    return Tags(Sentiment(label, **chances), (TopicScore(topic, 0.9), TopicScore("other", 0.1)), "test-1")  # type: ignore[arg-type]


def an_event(name: str = "e1", **given: Any) -> Event:
    """A snapshot."""
    values: dict[str, Any] = {
        "id": name, "title": "食堂", "status": "open", "first_seen": NOON, "last_seen": NOON, "items": 1, "stories": 1,
        "outlets": 0, "sources": 1, "voices_met": 1, "negative": 1, "topic": "canteen", "reach": None, "place": None,
        "terms": ("虫子",), "severity": None,
    }  # fmt: skip
    return Event(**(values | given))


def an_alert(name: str = "alert-1", event: str = "e1", **given: Any) -> Alert:
    """A first alert, due 90 seconds after NOON."""
    values: dict[str, Any] = {
        "id": name, "at": NOON + timedelta(seconds=90), "kind": "first", "event": event, "rule": "safety",
        "severity": Severity.SERIOUS, "items": ("i1",), "reason": Reason("first_seen", "First.", {"stories": 1}),
    }  # fmt: skip
    return Alert(**(values | given))


def kept(
    document: Document, event: str = "e1", tags: Tags | None = None, root: str | None = None,
    alert: Alert | None = None, absorbed: tuple[str, ...] = (), voices: tuple[VoiceToken, ...] = (),
    snapshot: Event | None = None,
) -> Outcome:  # fmt: skip
    """The outcome of an item that joined `event`."""
    return Outcome(
        document, Copy(root, Reason("new", "New.")), tags or tags_of(),
        Placement(event, False, absorbed, (), None, Reason("near", "Near.")),
        Disposition("merge" if root else "keep", Reason("kept", "About the school.")), snapshot or an_event(event),
        Decision(alert, Reason("told" if alert else "quiet", "Why.")), voices,
    )  # fmt: skip


def dropped(document: Document) -> Outcome:
    """The outcome of an item that is not about the school."""
    return Outcome(
        document, Copy(None, Reason("new", "New.")), tags_of(), None,
        Disposition("drop", Reason("not_ours", "Not about the school.")), None, None,
    )  # fmt: skip


def rows_of(engine: Engine, table: str) -> list[dict[str, Any]]:
    """All rows of a table, as SQLite has them."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings()]


def bytes_on_disk(folder: Path) -> bytes:
    """Everything that lies in the files of a folder: database, WAL and whatever is beside them."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
