"""An office whose chat answers by itself: a bell, a desk behind its buttons, and the doors of the vendors' parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bell import ZONE, Bell, staffed
from fake_slack import APP_TOKEN, CHANNEL, TOKEN, FakeSlack
from sqlalchemy import Table, select

from alerts.buttons.codes import Codes
from alerts.buttons.desk import PressDesk
from alerts.buttons.offer import Buttons
from alerts.buttons.press import Answer, Pressed
from alerts.message import Style
from alerts.notify.slack import SlackBot
from alerts.policy import DepartmentSpec, Policy
from alerts.settings import ChannelSpec, Secret
from pipeline.store.engine import reading

CANTEEN = Policy(departments=(DepartmentSpec("logistics", "后勤处", ["canteen"]),))


def slack_spec(slack: FakeSlack, **more: Any) -> ChannelSpec:
    """The chat of the office, by Socket Mode unless told otherwise."""
    more = more or {"app_token": Secret(env="T_APP")}
    return ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url, **more)


def desk_of(bell: Bell, language: str = "en") -> PressDesk:
    """The desk behind the buttons of the bell's channels."""
    style = Style(language, ZONE)  # type: ignore[arg-type]
    return PressDesk(bell.engine, bell.desk, Buttons(Codes(b"secret"), bell.specs, bell.policy), style)


@contextmanager
def slack_office(folder: Path, monkeypatch: Any, reachable: str = "", **more: Any) -> Iterator[tuple[Bell, FakeSlack]]:
    """A staffed office with one Slack channel whose alert of ten o'clock has arrived."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    monkeypatch.setenv("T_APP", APP_TOKEN)
    monkeypatch.setenv("T_KEY", "CANARY123-signing")
    with FakeSlack() as slack:
        bell = staffed(folder)
        bell.policy, bell.reachable = CANTEEN, reachable
        bell.specs["chat"] = slack_spec(slack, **more)
        bell.fakes["chat"] = SlackBot(bell.specs["chat"], timeout=5)  # type: ignore[assignment]
        bell.restart()
        bell.alert("10:00")
        bell.run("10:02")
        yield bell, slack


def code(act: str, number: int = 1, scope: str = "chat", tap: str = "") -> str:
    """The code behind a button of the first alert."""
    return Codes(b"secret").make(number, act, scope, tap)


def press(bell: Bell, act: str, user: str = "U0LI", key: str = "", **more: Any) -> Answer:
    """Press a button of the first alert at the bell's time."""
    given = Pressed("chat", more.pop("code", "") or code(act, **more), user, key or f"{act} {user} {bell.now}")
    return desk_of(bell).take(given, bell.now)


def rows(bell: Bell, table: Table) -> list[dict[str, Any]]:
    """Everything in a table."""
    with reading(bell.engine) as conn:
        return [dict(row) for row in conn.execute(select(table)).mappings()]
