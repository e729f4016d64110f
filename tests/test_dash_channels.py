"""Channels added, changed, tried and taken out on the pages; their secrets go where secrets are kept and nowhere else."""

import json
import re
import stat
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from dash_client import BASE, Reader, fresh_engine, visible
from dash_seed import NOW, make_context
from service_kit import wait_for
from sqlalchemy import select

from alerts.dispatch import Dispatcher
from dashboards.editing_channels import FORMS
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading
from pipeline.store.schema import audit
from tocsin.channel_desk import FileChannelDesk
from tocsin.channels import EVERY, USES
from tocsin.config import load_config
from tocsin.house import House, open_house
from tocsin.reload import LiveSender, following
from tocsin.service import Part
from tocsin.wiring import build_dispatcher

KEY = "https://qyapi.example/cgi-bin/webhook/send?key=5ecret-robot"
CONFIG = """# Our file.
[school]
name = "清河理工学院"   # the long one

[[channels]]
id = "ops"   # faults go here
kind = "slack"
token = { env = "TOCSIN_TEST_UNSET" }
target = "C1"
audience = "operator"

[tagger]
kind = "rules"
"""
LIST, NEW = "/settings/channels", "/settings/channels/new?kind=wecom"


class Office:
    """The pages over a configuration file."""

    def __init__(self, reader: Reader, file: Path) -> None:
        self.reader, self.file = reader, file

    def send(self, path: str, act: str = "save", **fields: str) -> Any:
        """Open the form, then send it with these fields."""
        page = self.reader.get(path).text
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        data = {**hidden, "act": act, **fields}
        return self.reader.post(path.partition("?")[0], data=data, headers={"origin": BASE})

    def add(self, **fields: str) -> Any:
        """A WeCom robot, or what `fields` say."""
        return self.send(NEW, **({"id": "night", "url": KEY, "audience": "duty"} | fields))

    @property
    def text(self) -> str:
        """The file."""
        return self.file.read_text("utf-8")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    file = tmp_path / "tocsin.toml"
    file.write_text(CONFIG, encoding="utf-8")
    with fresh_engine(tmp_path) as engine:
        context = replace(make_context(engine, tmp_path), channels=FileChannelDesk(file))
        yield Office(Reader(context).as_role("operator"), file)


def trail(office: Office) -> list[tuple[str, str, str]]:
    """What the audit trail says of channels, oldest first."""
    with reading(office.reader.context.engine) as conn:
        assert verify_audit(conn) is None
        rows = conn.execute(select(audit.c.what, audit.c.target, audit.c.detail).order_by(audit.c.n)).all()
    return [tuple(row) for row in rows if row.target.startswith("channels")]


def test_the_forms_ask_for_what_a_kind_uses() -> None:
    """Each kind's form has exactly its settings (another API address apart, which is for tests and proxies)."""
    for kind, form in FORMS.items():
        names = {one.name for one in form.every_field} | set(form.every_secret)
        assert names | {"id", "kind"} == (USES[kind] | EVERY) - {"base_url"}, kind


def test_a_channel_is_added_and_its_secret_is_seen_no_more(office: Office) -> None:
    """The lines come after the others with all comments kept; the secret lies in a file for the owner alone, and no page,
    twin or audit line has it."""
    answer = office.add(fallback="ops")
    assert answer.headers["location"] == f"{LIST}/night?done=channel_saved"
    assert office.text.startswith(CONFIG.partition("[tagger]")[0])
    kept = office.file.parent / "secrets" / "night.url"
    assert kept.read_text("utf-8").strip() == KEY
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    spec = load_config(office.file).config.channels[-1]
    assert (spec.id, spec.kind, spec.fallback, spec.audience) == ("night", "wecom", "ops", "duty")
    assert spec.url is not None
    assert spec.url.reveal() == KEY
    pages = [office.reader.get(path).text for path in (LIST, f"{LIST}/night", f"{LIST}/night.json", "/audit")]
    assert not any(
        "5ecret" in page or str(kept.parent) in page for page in [*pages, office.text.replace(str(kept), "")]
    )
    assert "已设置，不再显示" in pages[1]
    assert trail(office) == [("edit_settings", "channels night", "fallback url (secret)")]


def test_a_setting_changes_and_the_secret_stays(office: Office) -> None:
    """An empty secret keeps what is set; a new one goes to the same file; only the changed line changes."""
    office.add()
    before = office.text
    office.send(f"{LIST}/night", audience="operator")
    assert office.text.replace('audience = "operator"\n\n[tagger]', "\n[tagger]").count("night") == before.count(
        "night"
    )
    assert [c.audience for c in load_config(office.file).config.channels] == ["operator", "operator"]
    held = office.text
    office.send(f"{LIST}/night", audience="operator", url=KEY + "-2")
    assert office.text == held
    assert load_config(office.file).config.channels[-1].url.reveal() == KEY + "-2"  # type: ignore[union-attr]


def test_a_secret_from_the_environment_is_named_as_such_and_replaced(office: Office) -> None:
    """Its name is not shown; what is missing is said on the list; typed anew it lies in a file."""
    page = office.reader.get(LIST).text
    assert "缺：令牌" in visible(page)
    form = office.reader.get(f"{LIST}/ops").text
    assert "TOCSIN_TEST_UNSET" not in form
    office.send(f"{LIST}/ops", token="xoxb-1", target="C1", audience="operator")
    assert load_config(office.file).config.channels[0].token.reveal() == "xoxb-1"  # type: ignore[union-attr]
    assert "# faults go here" in office.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://elsewhere.example/hook"}, "地址须以 https:// 开头"),
        ({"url": ""}, "缺少地址"),
        ({"url": "https://a.example/x\ny"}, "只能是一行"),
        ({"id": "ops"}, "已有同名渠道"),
        ({"id": "../x"}, "编号只能用字母"),
        ({"id": ""}, "编号只能用字母"),
        ({"fallback": "nobody"}, "备用渠道不存在"),
        ({"stamp": "old"}, "在此期间被改过"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_in_one_sentence(office: Office, fields: dict[str, str], said: str) -> None:
    """Nothing is written, no secret is kept, and the form comes back without the secret."""
    answer = office.add(**fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert "5ecret" not in answer.text
    assert office.text == CONFIG
    assert not (office.file.parent / "secrets").exists()


def test_a_channel_is_taken_out_with_its_secret(office: Office) -> None:
    """Only with the tick; what another channel falls back to stays."""
    office.add()
    office.send(f"{LIST}/ops", token="xoxb-1", target="C1", audience="operator", fallback="night")
    assert office.send(f"{LIST}/night", "remove").status_code == 400
    refused = office.send(f"{LIST}/night", "remove", sure="yes")
    assert "备用渠道不存在" in visible(refused.text)
    office.send(f"{LIST}/ops", target="C1", audience="operator")
    assert office.send(f"{LIST}/night", "remove", sure="yes").headers["location"] == f"{LIST}?done=channel_removed"
    assert [c.id for c in load_config(office.file).config.channels] == ["ops"]
    assert [file.name for file in (office.file.parent / "secrets").iterdir()] == ["ops.token"]
    assert trail(office)[-1] == ("edit_settings", "channels night", "removed")


class Robot(HTTPServer):
    """A WeCom robot on loopback that keeps what it was told; `code` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.told: list[Any] = []
        self.code = 0


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Robot

    def do_POST(self) -> None:
        """Keep the body; answer as the service does."""
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        body = json.dumps({"errcode": self.server.code, "errmsg": "said"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join(10)


def test_a_trial_sends_one_marked_message_and_says_what_was_answered(office: Office, robot: Robot) -> None:
    """The message begins with the mark and names the school; a refusal is the service's own, in a sentence, and both are
    audited."""
    office.add(url=f"http://127.0.0.1:{robot.server_port}/hook?key=5ecret")
    assert office.send(f"{LIST}/night", "try").headers["location"] == f"{LIST}?done=channel_tried"
    assert len(robot.told) == 1
    said = json.dumps(robot.told, ensure_ascii=False)
    assert "【测试】清河理工学院" in said
    assert "不是真实事件" in said
    robot.code = 93000
    answer = office.send(f"{LIST}/night", "try")
    assert answer.status_code == 502
    assert "未被接收" in answer.text
    assert "5ecret" not in answer.text
    assert [detail for what, _, detail in trail(office) if what == "try_channel"] == ["accepted", "refused"]
    missing = office.send(f"{LIST}/ops", "try")
    assert (missing.status_code, "is not set" in missing.text) == (502, True)


def test_only_operators_come_here(office: Office) -> None:
    """An editor sees nothing of it."""
    office.reader.as_role("editor")
    assert office.reader.get(LIST).status_code == office.reader.get(f"{LIST}/ops").status_code == 403


def test_unknown_kinds_and_channels_are_missing(office: Office) -> None:
    """404, not a form."""
    assert office.reader.get("/settings/channels/new?kind=pigeon").status_code == 404
    assert office.reader.get(f"{LIST}/nobody").status_code == 404


# ------------------------------------------------------------------ taking it up


class Tick:
    """A monotonic clock that is always three seconds later."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 3.0
        return self.now


@pytest.fixture
def house(office: Office) -> Iterator[House]:
    made = open_house(load_config(office.file), lambda: NOW)
    yield made
    made.engine.dispose()


def test_the_running_sender_sends_by_the_new_channel(office: Office, house: House) -> None:
    """Without a restart, with its lease."""
    built: list[Dispatcher] = []

    def build(current: House) -> Dispatcher:
        built.append(build_dispatcher(current))
        return built[-1]

    sender = LiveSender(house, build, Tick())
    sender.tick(NOW)
    office.add()
    sender.tick(NOW)
    assert [[c.id for c in one.office.channels] for one in built] == [["ops"], ["ops", "night"]]
    assert built[0].fence == built[1].fence is not None


def test_connections_that_bring_presses_follow_the_channels(office: Office, house: House) -> None:
    """What kept the old connections ends, what keeps the new ones begins, and all of it ends with the service."""
    seen: list[list[str]] = []

    def build(current: House) -> dict[str, Part]:
        ids = [one.id for one in current.config.channels]
        seen.append(ids)
        return {f"line {one}": lambda stop: wait_out(stop) for one in ids}

    stop = threading.Event()
    part = threading.Thread(target=following(house, build, ("channels",), Tick()), args=[stop], daemon=True)
    part.start()
    wait_for("the first connections", lambda: bool(seen))
    office.add()
    wait_for("the new connections", lambda: len(seen) > 1)
    stop.set()
    part.join(30)
    assert not part.is_alive()
    assert seen == [["ops"], ["ops", "night"]]


def wait_out(stop: threading.Event) -> None:
    """A connection: until it is ended, a minute at most."""
    end = time.monotonic() + 60
    while not stop.wait(0.05) and time.monotonic() < end:
        pass
