"""The sender with the real Slack channel against a Slack on loopback: arriving, threads, reading back."""

import pytest
from bell import Bell, staffed
from fake_slack import CHANNEL, TOKEN, FakeSlack

from alerts.notify.slack import SlackBot
from alerts.settings import ChannelSpec, Secret


@pytest.fixture
def office(tmp_path, monkeypatch):
    """A staffed office whose chat is the loopback Slack."""
    monkeypatch.setenv("T_TOKEN", TOKEN)
    with FakeSlack() as slack:
        bell = staffed(tmp_path)
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url)
        bell.fakes["chat"] = SlackBot(spec, timeout=2)
        bell.restart()
        yield bell, slack


def test_an_alert_stands_in_slack_with_its_buttons(office):
    """Headline, mention of the officer on duty, four buttons to the signed page, the key in the metadata."""
    bell, slack = office
    bell.alert("10:00")
    bell.run("10:01")
    (post,) = slack.posts
    assert post["text"] == "【橙】二食堂 疑似食物中毒"
    assert "<@U0LI>" in str(post["blocks"])
    assert [button["action_id"] for button in post["blocks"][-1]["elements"]] == [
        "tocsin_take", "tocsin_hand_over", "tocsin_false_alarm", "tocsin_silence",
    ]  # fmt: skip
    assert post["metadata"]["event_payload"]["key"] == bell.notices()[0]["id"]


def test_who_took_it_stands_in_the_thread(office):
    """Taken at 10:04 is a line under the message, and does not ring in the channel."""
    bell, slack = office
    bell.alert("10:00")
    bell.run("10:04")
    bell.act("taken")
    bell.run("10:06")
    first, line = slack.posts
    assert (line["thread_ts"], line["reply_broadcast"]) == (first["ts"], False)


def test_a_lost_answer_is_found_and_not_repeated(office):
    """Slack took it and the answer was lost: the channel is read, nothing is posted again."""
    bell, slack = office
    slack.swallow()
    bell.alert("10:00")
    bell.run("10:03")
    assert len(slack.posts) == 1
    assert bell.notices()[0]["state"] == "sent"
    assert "conversations.history" in slack.calls


def test_a_row_in_flight_at_a_kill_is_looked_up(office):
    """The process died after Slack took it: a new one reads the channel first."""
    bell, slack = office
    bell.alert("10:00")
    bell.run("10:01")
    with bell.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE notifications SET state = 'sending', sent = NULL, receipt = NULL")
    bell.restart()
    bell.run("10:03")
    assert len(slack.posts) == 1
    assert bell.notices()[0]["receipt"].startswith(CHANNEL)


def test_rate_limits_delay_and_lose_nothing(office):
    """Limited twice, it arrives after the time that Slack asked for."""
    bell, slack = office
    slack.limit(30)
    slack.limit(30)
    bell.alert("10:00")
    bell.run("10:05")
    assert len(slack.posts) == 1


def test_a_revoked_token_is_the_operators_matter(tmp_path, monkeypatch):
    """A token that Slack does not know dies at once, says so, and no token is in any row."""
    monkeypatch.setenv("T_TOKEN", "xoxb-WRONG-CANARY123")
    with FakeSlack() as slack:
        bell = Bell(tmp_path)
        spec = ChannelSpec("chat", "slack", token=Secret(env="T_TOKEN"), target=CHANNEL, base_url=slack.base_url)
        bell.fakes["chat"] = SlackBot(spec, timeout=2)
        bell.restart()
        bell.alert("10:00")
        bell.run("10:02")
    (row,) = bell.notices()
    assert (row["state"], row["said"]) == ("dead", "Slack answered invalid_auth")
    assert b"CANARY123" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
