"""The caches that are filled at the start."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from dash_client import fresh_engine
from dash_seed import NOW, make_context

from dashboards.queries.volume import read_days
from dashboards.warm import DAYS, warm
from pipeline.store.engine import open_engine, reading


def test_the_days_are_added_up_at_the_start(tmp_path: Path) -> None:
    """After warming, half a year of days is in memory, and as the store has it."""
    with fresh_engine(tmp_path) as engine:
        context = make_context(engine, tmp_path)
        warm(context)
        zone = ZoneInfo("Asia/Shanghai")
        assert len(context.cubes.known) == DAYS - 1  # today is never kept
        with reading(engine) as conn:
            fresh = read_days(conn, make_context(engine, tmp_path).cubes, zone, DAYS, NOW)
            assert read_days(conn, context.cubes, zone, DAYS, NOW) == fresh


def test_a_store_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    """A missing database is a line in the log; the server starts and says it to its readers itself."""
    with fresh_engine(tmp_path) as engine:
        gone = open_engine(f"sqlite:///{tmp_path / 'gone' / 'x.db'}")
        (tmp_path / "gone" / "x.db").write_bytes(b"not a database at all, but long enough to be read as one" * 40)
        with structlog.testing.capture_logs() as said:
            warm(replace(make_context(engine, tmp_path), engine=gone))
        assert [line["event"] for line in said] == ["not_warmed"]
        gone.dispose()
