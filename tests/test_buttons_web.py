"""`/slack/actions` and the settings of buttons: what strangers get, and what a wrong file is told."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from bell import Bell
from buttons_kit import desk_of, rows, slack_office
from dash_client import Reader
from dash_seed import make_context
from fake_slack import FakeSlack
from service_kit import wait_for

from alerts.buttons.slack import SlackRequests
from alerts.buttons.standing import note_standing
from alerts.settings import Secret
from pipeline.store.engine import writing
from pipeline.store.schema import acks
from tocsin.config import ConfigError, load_config
from tocsin.logs import secrets_of

Site = tuple[Bell, FakeSlack, Reader]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A dashboard over an office whose Slack can reach it."""
    with slack_office(tmp_path, monkeypatch, "https://tocsin.example", signing_key=Secret(env="T_KEY")) as (
        bell,
        slack,
    ):
        context = make_context(bell.engine, tmp_path)
        given = SlackRequests([bell.specs["chat"]], desk_of(bell))
        yield bell, slack, Reader(replace(context, slack=given, now=lambda: bell.now))


def headers(body: bytes, at: datetime) -> dict[str, str]:
    """A request's headers as Slack signs them."""
    stamp = str(int(at.timestamp()))
    made = hmac.new(b"CANARY123-signing", b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={made}", **kind}


def body_of(slack: FakeSlack, act: str = "take") -> bytes:
    return f"payload={quote_plus(json.dumps(slack.press(act, 'U0LI')['payload']))}".encode()


def test_a_signed_press_is_answered_and_shown(site: Site) -> None:
    """200 without a word when it is in the ledger; then the message changes and the presser reads the sentence."""
    bell, slack, client = site
    body = body_of(slack)
    answer = client.post("/slack/actions", content=body, headers=headers(body, bell.now))
    assert (answer.status_code, answer.text, "set-cookie" in answer.headers) == (200, "", False)
    assert [one["what"] for one in rows(bell, acks)] == ["taken"]
    wait_for("it is shown", lambda: "Taken at" in str(slack.posts[0]["blocks"]))
    again = client.post("/slack/actions", content=body, headers=headers(body, bell.now))
    assert again.status_code == 200
    assert len(rows(bell, acks)) == 1


def test_what_is_not_slacks_is_refused(site: Site) -> None:
    """Unsigned, signed for another body, too old, read instead of posted, too large: nothing happens."""
    bell, slack, client = site
    body = body_of(slack)
    old = headers(body, bell.now - timedelta(minutes=6))
    for given, sent in (({}, body), (headers(b"x", bell.now), body), (old, body)):
        assert client.post("/slack/actions", content=sent, headers=given).status_code == 401
    assert client.get("/slack/actions").status_code == 405
    large = b"x" * (1024 * 1024 + 1)
    assert client.post("/slack/actions", content=large, headers=headers(large, bell.now)).status_code == 413
    assert not rows(bell, acks)


def test_without_a_signing_key_there_is_no_such_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same 401 as for a wrong signature: a stranger learns nothing."""
    with slack_office(tmp_path, monkeypatch) as (bell, slack):
        client = Reader(make_context(bell.engine, tmp_path))
        body = body_of(slack)
        answer = client.post("/slack/actions", content=body, headers=headers(body, bell.now))
    assert (answer.status_code, answer.json()) == (401, {"error": "the signature does not fit"})


def test_healthz_says_whether_presses_reach_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connected, not connected, and nothing where no channel keeps a connection."""
    with slack_office(tmp_path, monkeypatch) as (bell, _):
        context = make_context(bell.engine, tmp_path)
        loaded = replace(context.loaded, channels=(bell.specs["chat"],))
        client = Reader(replace(context, loaded=loaded, now=lambda: bell.now))
        assert client.get("/healthz").json()["buttons"] == "not connected"
        with writing(bell.engine) as conn:
            note_standing(conn, "chat", "", bell.now)
        assert client.get("/healthz").json()["buttons"] == "connected"
        assert "buttons" not in Reader(make_context(bell.engine, tmp_path)).get("/healthz").json()


FILES = [
    ('kind = "slack"\nurl = { env = "U" }\napp_token = { env = "A" }', "needs a token (bot)"),
    ('kind = "feishu"\napp = "cli_1"', "needs app_token"),
    ('kind = "dingtalk"\napp = "d"\napp_token = { env = "A" }\ntarget = "cid"\nurl = { env = "U" }', "choose one"),
    ('kind = "wecom"\nurl = { env = "U" }\napp_token = { env = "A" }', "means nothing to the wecom channel"),
    ('kind = "email"\nhost = "h"\nsender = "a@b.c"\nto = ["a@b.c"]\nmailbox = "https://h/"', "imaps://host/Folder"),
    ('kind = "email"\nhost = "h"\nsender = "a@b.c"\nto = ["a@b.c"]\nmailbox = "imaps://h/"', "opened with user and password"),
    ('kind = "feishu"\napp = "cli_1"\napp_token = { env = "A" }\ntarget = "oc_1"', ""),
    ('kind = "dingtalk"\napp = "d"\napp_token = { env = "A" }\ntarget = "cid"', ""),
    ('kind = "slack"\ntoken = { env = "T" }\ntarget = "C1"\napp_token = { env = "A" }\nsigning_key = { env = "S" }', ""),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "said"), FILES)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, lines: str, said: str) -> None:
    """What buttons need and what contradicts itself, with the line of the file."""
    path = tmp_path / "tocsin.toml"
    path.write_text(f'[school]\nname = "澜川学院"\n[[channels]]\nid = "c"\n{lines}\n', encoding="utf-8")
    if not said:
        assert load_config(path).config.channels[0].id == "c"
        return
    with pytest.raises(ConfigError, match=r"tocsin\.toml line \d+: ") as refused:
        load_config(path)
    assert said in str(refused.value)


def test_secrets_of_buttons_are_known_to_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """App token and signing key are taken out of log lines like the others."""
    monkeypatch.setenv("A", "CANARY-app")
    monkeypatch.setenv("S", "CANARY-key")
    path = tmp_path / "tocsin.toml"
    path.write_text(f'[school]\nname = "澜川学院"\n[[channels]]\nid = "c"\n{FILES[-1][0]}\n', encoding="utf-8")
    assert {"CANARY-app", "CANARY-key"} <= set(secrets_of(load_config(path).config))
