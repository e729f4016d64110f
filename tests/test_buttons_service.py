"""The running service with Slack's connection: an alert is pressed away, across kills, without a public address."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bell import story_row
from fake_slack import APP_TOKEN, CHANNEL, TOKEN, FakeSlack, find_button
from service_kit import free_port, running, wait_for
from sqlalchemy import insert, select

from alerts.buttons.standing import note_standing, read_standings
from pipeline.model import Alert, Event, Reason, Severity
from pipeline.store.audit import verify_audit
from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.rows import alert_row, event_row
from pipeline.store.schema import acks, alerts, documents, events, metadata, notifications, officers, shifts

CONFIG = """
[school]
name = "澜川学院"
[server]
port = {port}
[alerting]
language = "en"
quiet_hours = []
[[channels]]
id = "chat"
kind = "slack"
token = {{ env = "T_TOKEN" }}
app_token = {{ env = "T_APP" }}
target = "{channel}"
base_url = "{base}"
"""
ENV = {**os.environ, "T_TOKEN": TOKEN, "T_APP": APP_TOKEN}


def tocsin(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tocsin.cli", *words, "--config", str(folder / "tocsin.toml")]
    return subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=90, check=False)


@contextmanager
def service(folder: Path, *words: str) -> Iterator[Any]:
    command = [sys.executable, "-m", "tocsin.cli", *words, "--config", str(folder / "tocsin.toml")]
    with running(command, folder / "service.log", ENV) as child:
        yield child


def ring(folder: Path, count: int = 1) -> None:
    """Alerts as the worker would have saved them, and an officer on duty."""
    now = datetime.now(UTC)
    engine = open_engine(f"sqlite:///{folder / 'data' / 'tocsin.db'}")
    with writing(engine) as conn:
        if conn.scalar(select(officers.c.id)) is None:
            conn.execute(insert(officers).values(id="li", name="li", role="officer", addresses={"chat": "U0LI"}))
            week = {"begins": now - timedelta(days=1), "ends": now + timedelta(days=6), "kind": "duty"}
            conn.execute(insert(shifts).values(id="s1", officer="li", **week))
        event = Event(
            id=f"e{count}", title="二食堂 食物中毒", status="open", first_seen=now, last_seen=now, items=2, stories=2,
            outlets=0, sources=1, voices_met=2, negative=2, topic="canteen", reach=None, place="二食堂", terms=(),
            severity=Severity.SERIOUS,
        )  # fmt: skip
        alert = Alert(
            f"a{count}", now, "first", event.id, "R", Severity.SERIOUS, (f"i{count}",), Reason("threshold_met", "x")
        )
        conn.execute(insert(events).values(event_row(event)))
        conn.execute(insert(alerts).values(alert_row(alert, now)))
        conn.execute(insert(documents).values(story_row(f"i{count}", event.id, now, ("canteen",))))
    engine.dispose()


def look(folder: Path, ask: Callable[[Any], Any]) -> Any:
    engine = open_engine(f"sqlite:///{folder / 'data' / 'tocsin.db'}")
    try:
        with reading(engine) as conn:
            return ask(conn)
    finally:
        engine.dispose()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, FakeSlack, int]]:
    """A configured school whose chat is Slack on loopback."""
    with FakeSlack() as slack:
        slack.connect()
        port = free_port()
        (tmp_path / "tocsin.toml").write_text(CONFIG.format(port=port, channel=CHANNEL, base=slack.base_url))
        yield tmp_path, slack, port


def test_pressed_in_slack_across_kills(place: tuple[Path, FakeSlack, int]) -> None:
    """`tocsin run`: the alert arrives, a press takes it, the group is told, kill -9, the undo button works afterwards."""
    folder, slack, port = place
    with service(folder, "run") as child:
        slack.socket.wait("connected", lambda: bool(slack.socket.live), 60)  # type: ignore[union-attr]
        ring(folder)
        wait_for("the alert", lambda: slack.posts, 60)
        slack.press("take", "U0LI")
        wait_for("the message says who has it", lambda: find_button(slack.posts[0], "undo"), 30)
        wait_for("the group is told", lambda: len(slack.posts) == 2, 30)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=20).json()["buttons"] == "connected"
        child.kill()
        child.wait(20)
    assert slack.posts[1]["thread_ts"] == slack.posts[0]["ts"]
    assert "took it at" in slack.posts[1]["text"]
    with service(folder, "alert"):
        slack.socket.wait("connected again", lambda: len(slack.socket.paths) == 2, 60)  # type: ignore[union-attr]
        slack.press("undo", "U0LI", ts=slack.posts[0]["ts"])
        wait_for("the buttons are back", lambda: find_button(slack.posts[0], "take"), 30)
        wait_for("the group is told", lambda: any("undone" in one["text"] for one in slack.posts[2:]), 30)
        doctor = tocsin(folder, "doctor")
        assert "ok  buttons of channel chat are connected" in doctor.stdout
    rows = look(folder, lambda conn: [dict(one) for one in conn.execute(select(acks)).mappings()])
    assert [(one["what"], one["who"], one["undone"] is None) for one in rows] == [("taken", "li", False)]
    assert look(folder, verify_audit) is None
    log = (folder / "service.log").read_text() + "".join(p.read_text() for p in (folder / "data" / "logs").iterdir())
    for word in ("CANARY", "U0LI"):
        assert word not in log


def test_a_kill_between_the_ledger_and_the_acknowledgement(place: tuple[Path, FakeSlack, int]) -> None:
    """Slack tells the press again after a kill: it is known, and the presser hears so."""
    folder, slack, _ = place
    with service(folder, "alert") as child:
        slack.socket.wait("connected", lambda: bool(slack.socket.live), 60)  # type: ignore[union-attr]
        ring(folder)
        wait_for("the alert", lambda: slack.posts, 60)
        envelope = slack.press("take", "U0LI")
        wait_for("it is in the ledger", lambda: look(folder, lambda conn: conn.scalar(select(acks.c.n))), 30)
        child.kill()
        child.wait(20)
    with service(folder, "alert"):
        slack.socket.wait("connected again", lambda: len(slack.socket.paths) == 2, 60)  # type: ignore[union-attr]
        slack.socket.say(json.dumps(envelope))  # type: ignore[union-attr]
        wait_for("it is known", lambda: any("counted already" in one["text"] for one in slack.asides), 30)
    assert len(look(folder, lambda conn: conn.execute(select(acks)).all())) == 1
    assert not look(folder, lambda conn: conn.scalar(select(notifications.c.id).where(notifications.c.state == "dead")))


def test_a_line_that_is_down_is_told_to_the_operator(tmp_path: Path) -> None:
    """Ten minutes without a connection: one notice a day; the doctor's sentence says why and since when."""
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    metadata.create_all(engine)
    begin = datetime(2026, 9, 5, 2, tzinfo=UTC)
    with writing(engine) as conn:
        for minute in (0, 5, 10, 15):
            note_standing(conn, "chat", "Slack answered invalid_auth", begin + timedelta(minutes=minute))
    with reading(engine) as conn:
        assert [row.kind for row in conn.execute(select(alerts.c.kind))] == ["operator"]
        (line,) = read_standings(conn, ["chat"])
        later = begin + timedelta(minutes=16)
        assert line.sentence(later) == (
            "buttons of channel chat are not connected since 2026-09-05 02:00 UTC: Slack answered invalid_auth"
        )
        assert not read_standings(conn, ["mail"])[0].stands(later)
    with writing(engine) as conn:
        note_standing(conn, "chat", "", begin + timedelta(minutes=17))
        (line,) = read_standings(conn, ["chat"])
    assert line.stands(begin + timedelta(minutes=19))
    assert line.sentence(begin + timedelta(minutes=21)).endswith("nobody keeps the connection")
    engine.dispose()


def test_check_tries_the_connection(place: tuple[Path, FakeSlack, int]) -> None:
    """Without a public address the check says which buttons work all the same, and whether they can be connected."""
    folder, slack, _ = place
    said = tocsin(folder, "check").stdout
    assert "ok  buttons of channel chat: can be connected, without a public address" in said
    assert "ok  no public_url: the buttons of chat work without it, all others on this machine only" in said
    slack.socket = None
    assert "!!  buttons of channel chat: Slack answered fatal_error" in tocsin(folder, "check").stdout
