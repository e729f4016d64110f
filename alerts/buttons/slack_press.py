"""Slack's block actions: what was pressed, and what stands under the message afterwards.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload names the fields. Names of people are in
them; only the user id is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.buttons.press import Answer, Pressed
from alerts.notify.base import Failed
from alerts.notify.slack import SlackBot
from alerts.notify.slack_blocks import BUTTONS, write_buttons
from alerts.plain import cut, plain

STANDING, MARK = "tocsin_standing", "tocsin_"
MAX_BLOCKS = 50


@dataclass(frozen=True, slots=True)
class SlackPress:
    """One press and the message it was on: its conversation, its time stamp (Slack's name for it), thread and blocks."""

    pressed: Pressed
    conversation: str
    ts: str
    thread: str
    blocks: tuple[Mapping[str, Any], ...]
    text: str


def read_press(payload: Any, channel: str, target: str) -> SlackPress | None:
    """The press in a payload; None for everything else: links (which Slack tells too), other apps' buttons, other
    conversations than the configured one."""
    if not isinstance(payload, dict) or payload.get("type") != "block_actions":
        return None
    action, message = _first(payload.get("actions")), _dict(payload.get("message"))
    user, place = _text(_dict(payload.get("user")).get("id")), _text(_dict(payload.get("channel")).get("id"))
    code, stamp, ts = _text(action.get("value")), _text(action.get("action_ts")), _text(message.get("ts"))
    if not _text(action.get("action_id")).startswith(MARK) or place != target or not (code and stamp and ts and user):
        return None
    blocks = tuple(one for one in message.get("blocks") or [] if isinstance(one, dict))
    pressed = Pressed(channel, code, user, f"{ts} {stamp} {user}")
    return SlackPress(pressed, place, ts, _text(message.get("thread_ts")), blocks, _text(message.get("text")))


def write_standing(press: SlackPress, answer: Answer) -> list[dict[str, Any]]:
    """The message's blocks with who has it, and the buttons that now make sense. Links stay."""
    kept = [dict(one) for one in press.blocks if one.get("block_id") not in (STANDING, BUTTONS)]
    links = [
        dict(button) for one in press.blocks if one.get("block_id") == BUTTONS
        for button in one.get("elements", []) if button.get("url")
    ]  # fmt: skip
    words = {"type": "plain_text", "text": cut(plain(answer.line), 2900), "emoji": False}
    standing = {"type": "section", "block_id": STANDING, "text": words}
    elements = [*write_buttons(answer.actions or ()), *links]
    buttons = [{"type": "actions", "block_id": BUTTONS, "elements": elements}] if elements else []
    return [*kept[: MAX_BLOCKS - 2], standing, *buttons]


def show_answer(bot: SlackBot, press: SlackPress, answer: Answer) -> list[Failed]:
    """Say the sentence to the presser alone, and show in the message who has it. Returns what Slack refused."""
    said: dict[str, Any] = {"channel": press.conversation, "user": press.pressed.user, "text": plain(answer.said, 2900)}
    said |= {"thread_ts": press.thread} if press.thread else {}
    answers = [bot.call("chat.postEphemeral", said)]
    if answer.line:
        shown = {"channel": press.conversation, "ts": press.ts, "text": press.text or plain(answer.line)}
        answers.append(bot.call("chat.update", {**shown, "blocks": write_standing(press, answer)}))
    return [one for one in answers if isinstance(one, Failed)]


def _first(found: Any) -> dict[str, Any]:
    return _dict(found[0]) if isinstance(found, list) and found else {}


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _text(found: Any) -> str:
    return found[:3000] if isinstance(found, str) else ""
