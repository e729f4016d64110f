"""What the office wrote is kept as long as headlines; times, states and counts stay for good."""

import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner
from response_kit import NOW, a_store
from sqlalchemy import insert, select

from pipeline.store.engine import reading, writing
from pipeline.store.retain import purge
from pipeline.store.schema import acks, cases, leases, silences
from pipeline.store.schema_briefing import briefings
from pipeline.store.schema_duty import case_steps
from tocsin.commands.ask import examine_parts
from tocsin.commands.run import alert

OLD = NOW - timedelta(days=800)
QUOTE = {"id": "p1", "text": "窗口阿姨还说没事", "private": True}


def test_words_go_with_the_headlines_and_counts_stay(tmp_path: Path) -> None:
    """After two years no note, reason, statement, citation or quotation is left; the case and the figures are."""
    engine = a_store(tmp_path)
    with writing(engine) as conn:
        for key, at in (("old", OLD), ("new", NOW)):
            conn.execute(insert(cases).values(
                id=key, event="e1", opened=at, department="后勤保障处", owner_role="officer", due=at, status="closed",
                outcome="repaired", note="已修好", statement="情况说明", carried="晚报", closed=at, round=1, working=False,
            ))  # fmt: skip
            conn.execute(
                insert(case_steps).values(case=key, round=1, at=at, who="officer", what="closed", note="已修好")
            )
            conn.execute(insert(acks).values(event="e1", at=at, who="li", what="taken", note="在处理"))
            conn.execute(
                insert(silences).values(
                    id=key, event="e1", begins=at, ends=at + timedelta(hours=2), who="li", why="重复"
                )
            )
            conn.execute(insert(briefings).values(**an_edition(key, at)))
    purge(engine, NOW)
    with reading(engine) as conn:
        notes = dict(conn.execute(select(cases.c.id, cases.c.note + cases.c.statement + cases.c.carried)).all())
        steps = dict(map(tuple, conn.execute(select(case_steps.c.case, case_steps.c.note)).all()))
        said = list(conn.scalars(select(acks.c.note).order_by(acks.c.at)))
        silent = list(conn.scalars(select(silences.c.id)))
        outcomes = set(conn.scalars(select(cases.c.outcome)))
        frozen = {
            key: zlib.decompress(data).decode() for key, data in conn.execute(select(briefings.c.id, briefings.c.data))
        }
    assert notes == {"old": "", "new": "已修好情况说明晚报"}
    assert steps == {"old": "", "new": "已修好"}
    assert (said, silent, outcomes) == (["", "在处理"], ["new"], {"repaired"})
    assert QUOTE["text"] not in frozen["old"]
    assert "https://paper.example" not in frozen["old"]
    assert '"items":42' in frozen["old"]
    assert str(QUOTE["text"]) in frozen["new"]


def an_edition(key: str, at: Any) -> dict[str, Any]:
    """A locked edition with one cited item and one quotation."""
    data = {
        "cited": [{"id": "p1", "title": "二食堂被指食品安全问题", "url": "https://paper.example/1"}],
        "events": [{"id": "e1", "title": "二食堂", "quotes": [QUOTE]}], "carried": [], "seasons": [], "totals": {"items": 42},
        "trace": {"rows": [["p1", 1]], "before": [], "year_ago": [], "lists": {}},
    }  # fmt: skip
    return {
        "id": key, "period": key, "edition": 1, "state": "locked", "language": "zh", "layout": "plain", "hash": "0" * 64,
        "data": zlib.compress(msgspec.json.encode(data)), "first": {}, "sentences": {}, "made": at, "redacted": 0,
    }  # fmt: skip


def test_doctor_says_whether_somebody_works(tmp_path: Path) -> None:
    """Without a process and without work it is well; work that nobody does is a fault; a held lease is said."""
    engine = a_store(tmp_path)
    with reading(engine) as conn:
        assert [good for good, _ in examine_parts(conn, NOW, 0)] == [True, True]
        assert [good for good, _ in examine_parts(conn, NOW, 3)] == [False, True]
    with writing(engine) as conn:
        conn.execute(insert(leases).values(name="worker", holder="x", fence=1, until=NOW + timedelta(minutes=1)))
    with reading(engine) as conn:
        found = list(examine_parts(conn, NOW, 3))
    assert found[0] == (True, "a process decides about what is read")


def test_the_sender_alone_pings_the_heartbeat() -> None:
    """Where the parts are separate processes, `alert` is the one that pings: the help says so."""
    assert "heartbeat" in CliRunner().invoke(alert, ["--help"]).output
