"""A drill goes the whole way, says where it ends, and leaves no trace in what is counted."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_hook import FakeHook
from fake_wecom import FakeWeCom
from sqlalchemy import func, select

from alerts.acks import AckDesk, Links, read_holding
from alerts.compose import find_event as find_snapshot
from alerts.dispatch import Dispatcher
from alerts.pack import default_pack
from dashboards.briefing.period import Period
from dashboards.briefing.response import read_response
from dashboards.queries.events import count_open, find_event
from pipeline.store.engine import reading, writing
from pipeline.store.resume import read_events, read_told
from pipeline.store.schema import alerts, arrivals, audit, documents, events, hourly, intake, notifications
from tocsin.commands.drill import drill
from tocsin.config import load_config
from tocsin.house import House, open_house
from tocsin.wiring import build_dispatcher

CONFIG = """
[school]
name = "澜川学院"
[store]
folder = "data"
[server]
public_url = "https://tocsin.example"
[tagger]
kind = "rules"
[[channels]]
id = "group"
kind = "wecom"
url = { env = "T_WECOM" }
[[channels]]
id = "hook"
kind = "webhook"
url = { env = "T_HOOK" }
audience = "operator"
"""
STEPS = ["screen", "queue", "worker", "ledger", "sender"]


@dataclass
class Site:
    """A configured house, and the services its channels reach."""

    path: Path
    robot: FakeWeCom
    hook: FakeHook

    def run(self, *options: str) -> Result:
        return CliRunner().invoke(drill, ["--config", str(self.path), *options])

    def open(self) -> House:
        return open_house(load_config(self.path))


def steps_of(result: Result) -> list[tuple[str, str]]:
    """(`ok` or `!!`, name) of each step that was printed."""
    lines = [line for line in result.output.splitlines() if line[:3] in ("ok ", "!! ")]
    return [(line[:2], line[3:24].strip()) for line in lines]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with FakeWeCom() as robot, FakeHook() as hook:
        monkeypatch.setenv("T_WECOM", robot.url)
        monkeypatch.setenv("T_HOOK", hook.url)
        monkeypatch.setattr("tocsin.commands.drill.set_up_logs", lambda *_, **__: None)  # of the process, not of a test
        path = tmp_path / "tocsin.toml"
        path.write_text(f"{CONFIG}\n{default_pack()}", encoding="utf-8")
        yield Site(path, robot, hook)


def test_a_drill_goes_the_whole_way(site):
    """Every step happens and is timed; the message says that it is a drill and has its buttons."""
    result = site.run()
    assert result.exit_code == 0, result.output
    assert steps_of(result) == [("ok", name) for name in [*STEPS, "channel group"]]
    assert "the whole way took" in result.output
    said = site.robot.taken[0]["markdown"]["content"]
    assert "【演练】" in said
    assert "https://tocsin.example/a/" in said
    assert site.hook.taken == []


def test_a_drill_is_in_no_list_and_no_count(site):
    """Nothing made up is stored as said, counted, told to the judge, or shown among the matters."""
    assert site.run().exit_code == 0
    house = site.open()
    with reading(house.engine) as conn:
        for table in (documents, hourly, arrivals, intake):
            assert conn.scalar(select(func.count()).select_from(table)) == 0
        now = house.clock()
        assert conn.scalar(select(alerts.c.drill)) is True
        assert count_open(conn, now) == 0
        assert list(read_events(conn, now - timedelta(days=9))) == []
        assert read_told(conn, now - timedelta(days=9)) == {}
        response = read_response(conn, Period("week", now - timedelta(days=1), now + timedelta(days=1)))
        assert (response.alerts, response.seen_to_told_min, response.events_told) == (0, None, 0)
        assert conn.scalar(select(audit.c.what)) == "drill"
    house.engine.dispose()


def test_the_buttons_of_a_drill_work(site):
    """Its event can be opened and taken, and the taking is not counted either."""
    assert site.run().exit_code == 0
    house = site.open()
    now = house.clock()
    with writing(house.engine) as conn:
        event = conn.scalar(select(events.c.id))
        desk = AckDesk(Links(house.secret), 4)
        assert desk.act(conn, event, "taken", "li", "", now) is None
        assert read_holding(conn, event).what == "taken"
        assert find_event(conn, event, now).id == event
        assert find_snapshot(conn, event).title.startswith("演练")
        period = Period("week", now - timedelta(days=1), now + timedelta(days=1))
        assert read_response(conn, period).told_to_taken_min is None
    house.engine.dispose()


def test_a_drill_can_be_for_one_channel(site):
    """`--to` rings that channel only, also the operator's."""
    result = site.run("--to", "hook")
    assert result.exit_code == 0, result.output
    assert site.robot.taken == []
    assert site.hook.taken[0]["tocsin"]["headline"].startswith("【演练】")


def test_an_unknown_channel_is_named(site):
    """A channel that is not configured is refused with those that are."""
    result = site.run("--to", "nobody")
    assert result.exit_code == 2
    assert "group, hook" in result.output


def test_a_channel_that_refuses_fails_the_drill(site):
    """A refused message is status 1 with the reason, and is not tried again afterwards."""
    site.robot.throttle()
    result = site.run()
    assert result.exit_code == 1
    assert steps_of(result)[-1] == ("!!", "channel group")
    assert "45009" in result.output
    house = site.open()
    with reading(house.engine) as conn:
        assert conn.scalar(select(notifications.c.state)) == "dead"
    assert build_dispatcher(house).tick(house.clock() + timedelta(hours=1)) == 0
    assert site.robot.taken == []
    house.engine.dispose()


def test_rules_that_cannot_be_met_fail_the_drill(site):
    """Without a rule that a story could meet, the drill says so at its first step."""
    site.path.write_text(CONFIG, encoding="utf-8")
    result = site.run()
    assert result.exit_code == 1
    assert steps_of(result) == [("!!", "screen")]


def test_a_sender_that_does_nothing_fails_the_drill(site, monkeypatch):
    """When another process has the sender's role and does not send, the drill says that nobody took the message."""
    house = site.open()
    other = Dispatcher(house.engine, build_dispatcher(house).office, "elsewhere:1")
    other.tick(house.clock())
    result = site.run("--wait", "0.3")
    house.engine.dispose()
    assert result.exit_code == 1
    assert ("!!", "sender") in steps_of(result)
    assert site.robot.taken == []


def test_the_running_services_sender_is_the_one_that_sends(site):
    """While a service runs, its sender delivers the drill, and the drill sees that it did."""
    house = site.open()
    other = Dispatcher(house.engine, build_dispatcher(house).office, "elsewhere:1")
    other.tick(house.clock())
    stop = threading.Event()

    def serve() -> None:
        while not stop.wait(0.05):
            other.tick(house.clock())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    result = site.run("--wait", "10")
    stop.set()
    thread.join(30)
    house.engine.dispose()
    assert result.exit_code == 0, result.output
    assert "the running service sent" in result.output
    assert len(site.robot.taken) == 1


@pytest.mark.parametrize(
    "rule",
    [
        'kind = "watchword"\nphrases = ["食物中毒"]\nseverity = "serious"',
        'kind = "threshold"\nstories = 6\nvoices = 3\nsources = 2\nnegative_share = 0.5\nseverity = "notice"',
        'kind = "threshold"\nstories = 5\nvoices = 4\nsource_kinds = ["forum"]\nseverity = "serious"',
        'kind = "first_seen"\ntopics = ["canteen"]\nsource_kinds = ["forum"]\nseverity = "notice"',
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_kind_of_rule_can_be_drilled(site, rule, language):
    """Whatever the office watches for, the drill meets it, in both languages."""
    text = f'{CONFIG}\n[alerting]\nlanguage = "{language}"\n[[rules]]\nid = "R"\n{rule}\n'
    site.path.write_text(text, encoding="utf-8")
    result = site.run()
    assert result.exit_code == 0, result.output
    assert "rule R speaks" in result.output


def test_the_command_keeps_its_secrets(site):
    """As a command of its own it works, and no address is in what it prints or logs, whatever the service says."""
    site.robot.refuse()
    command = [sys.executable, "-m", "tocsin.cli", "drill", "--config", str(site.path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    logs = (site.path.parent / "data" / "logs" / "tocsin.log").read_text(encoding="utf-8")
    assert ran.returncode == 1, ran.stderr
    assert "93000" in ran.stdout
    assert "93000" in logs
    assert "CANARY123" not in ran.stdout + ran.stderr + logs
