"""A filled store for `bench.dashboard`, written past the pipeline: two years of items, their events and the office's
papers, in the shape that the store itself gives them. A million items take about two minutes."""

import random
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Table, insert

from bench.store import make_text
from dashboards.auth import add_user
from pipeline.store.engine import open_engine, writing
from pipeline.store.fulltext import space_han
from pipeline.store.migrate import upgrade
from pipeline.store.schema import (
    acks,
    alerts,
    audit,
    cases,
    events,
    notifications,
    officers,
    sources,
    write_moment,
)  # fmt: skip
from pipeline.store.schema_response import duty_log, facts, register_rows, reports, slips

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
DAYS, SOURCES, A_MATTER = 730, 200, 30
TOPICS = ("canteen", "dorms", "fees", "exams", "teaching", "facilities", "wellbeing", "other")
LABELS = ("negative", "neutral", "neutral", "positive")
KINDS = ("news", "forum", "social", "official", "complaint")
PASSWORD = "a long word for the bench"
COLUMNS = (
    "id", "source", "source_kind", "url", "title", "text", "lang", "published", "seen", "charted", "history", "matched",
    "mention_reason", "fingerprint", "label", "negative", "neutral", "positive", "topic", "topics", "tagger",
    "duplicate_of", "event", "reason", "version",
)  # fmt: skip


def build_store(folder: Path, items: int) -> Path:
    """A migrated SQLite file with `items` items in `folder`; an existing one is used again."""
    path = folder / f"dash-{items}.db"
    if path.exists():
        return path
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    fill_items(path, items)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as conn:
        for table, rows in office_rows(items // A_MATTER):
            for part in batches(rows, 5000):
                conn.execute(insert(table), part)
        assert add_user(conn, "bench", PASSWORD, "operator", NOW) is None
    engine.dispose()
    return path


def fill_items(path: Path, items: int) -> None:
    """Documents, their words and the rollups, by the driver itself, because the store's own way takes minutes."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        marks = ", ".join("?" * len(COLUMNS))
        put = f"INSERT INTO documents ({', '.join(COLUMNS)}) VALUES ({marks})"
        dice = random.Random(1)
        texts = [make_text(dice, 45) for _ in range(5000)]
        for part in batches(item_rows(items, texts), 20_000):
            database.executemany(put, part)
        words = "INSERT INTO search(rowid, title, text) VALUES (?, ?, ?)"
        for part in batches(word_rows(database), 20_000):
            database.executemany(words, part)
        roll_up(database)


def item_rows(items: int, texts: list[str]) -> Iterator[tuple[Any, ...]]:
    """One row a document, oldest first; thirty make a matter, every fifth is a copy of the one before."""
    begin, step = NOW - timedelta(days=DAYS), timedelta(days=DAYS) / items
    dice = random.Random(2)
    for n in range(items):
        at = write_moment(begin + step * n)
        kind, topic = KINDS[n % SOURCES % len(KINDS)], TOPICS[(n // A_MATTER) % len(TOPICS)]
        text = texts[dice.randrange(len(texts))]
        public = kind in {"news", "official"}
        yield (
            f"{n:016x}", f"feed-{n % SOURCES}", kind, f"https://paper.example/{n}" if public else None,
            text[:15], text, "zh", at, at, at, False, '["清河学院"]', "name", f"{dice.getrandbits(64):016x}",
            LABELS[dice.randrange(4)], 0.4, 0.4, 0.2, topic, '[{"topic":"x","score":0.9}]', "bench",
            f"{n - 1:016x}" if n % 5 == 4 else None, f"e{n // A_MATTER}", '{"code":"kept","text":"Kept."}', 1,
        )  # fmt: skip


def word_rows(database: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """What the full-text index holds of each document."""
    for n, title, text in database.execute("SELECT n, title, text FROM documents ORDER BY n"):
        yield n, space_han(title or ""), space_han(text)


def roll_up(database: sqlite3.Connection) -> None:
    """`hourly` and `arrivals` as the store keeps them."""
    hour = "substr({}, 1, 13) || ':00:00.000000Z'"
    stories = "sum(duplicate_of IS NULL)"
    database.execute(
        "INSERT INTO hourly (hour, source, topic, label, source_kind, items, stories) "
        f"SELECT {hour.format('charted')}, source, topic, label, source_kind, count(*), {stories} FROM documents "
        "GROUP BY 1, 2, 3, 4"
    )
    database.execute(
        f"INSERT INTO arrivals (hour, stories) SELECT {hour.format('seen')}, {stories} FROM documents GROUP BY 1"
    )


def office_rows(matters: int) -> Iterator[tuple[Table, Iterable[dict[str, Any]]]]:
    """The matters and what the office did: an alert on every tenth, a case on every hundredth."""
    told = range(0, matters, 10)
    yield sources, (source_row(n) for n in range(SOURCES))
    yield events, (event_row(n, matters) for n in range(matters))
    yield officers, [{"id": "o1", "name": "值班一", "role": "officer", "addresses": {"slack": "C1"}}]
    yield alerts, (alert_row(n, matters) for n in told)
    yield notifications, (message_row(n, matters) for n in told)
    yield acks, ({"event": f"e{n}", "at": when(n, matters), "who": "bench", "what": "taken"} for n in told[::2])
    yield cases, (case_row(n, matters) for n in range(0, matters, 100))
    yield slips, (slip_row(n, matters) for n in range(0, matters, 100))
    yield reports, (report_row(n, matters) for n in range(0, matters, 200))
    yield register_rows, (register_row(n, matters) for n in range(0, matters, 50))
    yield facts, ({"fact": f"f{n}", "event": f"e{n}", "at": when(n, matters), "role": "officer", "status": "confirmed",
                   "words": "已核实", "source": "后勤保障处"} for n in told)  # fmt: skip
    yield duty_log, ({"at": when(n, matters), "role": "officer", "event": f"e{n}", "words": "已电话核实"} for n in told)
    yield audit, ({"at": when(n % matters, matters), "who": "bench", "what": "taken", "target": f"e{n % matters}",
                   "detail": "", "chain": f"{n:064x}"} for n in range(matters * 2))  # fmt: skip


def when(number: int, matters: int) -> datetime:
    """The moment at which the matter `number` had its last item."""
    return NOW - timedelta(days=DAYS) * (matters - 1 - number) / matters


def source_row(n: int) -> dict[str, Any]:
    """A source that was read a moment ago."""
    at = NOW - timedelta(minutes=n % 50)
    return {"id": f"feed-{n}", "next_due": NOW + timedelta(minutes=5), "interval_s": 3600, "last_run": at, "last_ok": at,
            "last_new": at, "health": "healthy"}  # fmt: skip


def event_row(n: int, matters: int) -> dict[str, Any]:
    """A matter of thirty items; those of the last days are open."""
    last = when(n, matters)
    return {
        "id": f"e{n}", "title": f"第{n}件事", "status": "open" if n > matters - 40 else "closed",
        "first_seen": last - timedelta(hours=20), "last_seen": last, "items": A_MATTER, "stories": 24, "outlets": 12,
        "sources": A_MATTER, "voices_met": 9, "negative": 6, "topic": TOPICS[n % len(TOPICS)], "place": None,
        "reach": None, "terms": ["食堂", "窗口"], "severity": "notice" if n % 10 == 0 else None, "merged_into": None,
        "said": {"code": "near", "text": "Near."},
    }  # fmt: skip


def alert_row(n: int, matters: int) -> dict[str, Any]:
    """The first alert of a matter, told."""
    at = when(n, matters)
    return {"id": f"a{n}", "at": at, "made": at, "kind": "first", "event": f"e{n}", "rule": "many", "severity": "notice",
            "items": [f"{n * A_MATTER:016x}"], "reason": {"code": "threshold", "text": "5 stories"}, "to": ["duty"],
            "state": "routed", "due": at}  # fmt: skip


def message_row(n: int, matters: int) -> dict[str, Any]:
    """Its message."""
    at = when(n, matters)
    return {"id": f"n{n}", "alert": f"a{n}", "receiver": "duty", "channel": "slack", "state": "sent", "due": at,
            "sent": at + timedelta(seconds=90)}  # fmt: skip


def case_row(n: int, matters: int) -> dict[str, Any]:
    """A case, closed but for the newest."""
    at = when(n, matters)
    closed = n < matters - 2000
    return {"id": f"c{n}", "event": f"e{n}", "opened": at, "department": "后勤保障处", "owner_role": "officer",
            "due": at + timedelta(hours=24), "status": "closed" if closed else "open", "severity": "notice",
            "outcome": "answered" if closed else None, "closed": at + timedelta(hours=9) if closed else None}  # fmt: skip


def slip_row(n: int, matters: int) -> dict[str, Any]:
    """A notice slip that was answered."""
    at = when(n, matters)
    return {"id": f"s{n}", "kind": "notice", "year": at.year, "number": n + 1, "event": f"e{n}", "department": "后勤保障处",
            "matter": "食堂有关情况", "figures": {"stories": 24, "topic": "canteen"}, "words": "请核实并答复", "issued": at,
            "due": at + timedelta(hours=24), "state": "accepted", "lang": "zh"}  # fmt: skip


def report_row(n: int, matters: int) -> dict[str, Any]:
    """A report that was issued."""
    at = when(n, matters)
    return {"id": f"r{n}", "event": f"e{n}", "kind": "first", "year": at.year, "number": n + 1, "turn": 1, "made": at,
            "issued": at, "lang": "zh", "title": f"第{n}件事", "figures": {"topic": "canteen"},
            "drafted": {"summary": "情况平稳。"}, "edited": {}, "cited": []}  # fmt: skip


def register_row(n: int, matters: int) -> dict[str, Any]:
    """A line of the register."""
    at = when(n, matters)
    return {"year": at.year, "number": n + 1, "event": f"e{n}", "at": at}


def batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """`rows` in lists of `size`."""
    part: list[T] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
