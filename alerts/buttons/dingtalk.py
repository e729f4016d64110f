"""DingTalk's Stream: what people say to the robot comes over a WebSocket that we open and is acknowledged on it.

    POST /v1.0/gateway/connections/open (app id, secret) -> endpoint and ticket -> frames
    SYSTEM ping, disconnect · CALLBACK /v1.0/im/bot/messages/get: a press is the code, said by the button's link

A button is a link that lets the presser say the code to the robot (`dtmd://dingtalkclient/sendMessage`), so it needs no
card template; typing the code does the same. The answer goes to the presser in a chat of two.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import structlog

from alerts.buttons.codes import find_codes
from alerts.buttons.desk import PressDesk
from alerts.buttons.line import Frame, Opened, Taken
from alerts.buttons.press import Answer, Pressed
from alerts.model import Message
from alerts.notify.base import Failed
from alerts.notify.dingtalk_app import DingTalkApp
from alerts.settings import ChannelSpec
from alerts.words import say

SAID = "/v1.0/im/bot/messages/get"
GROUP, TWO = "2", "1"
log = structlog.get_logger()


class DingTalkWire:
    """Implements `Wire`."""

    def __init__(self, spec: ChannelSpec, desk: PressDesk, now: Callable[[], datetime]) -> None:
        self.channel, self.spec, self.desk, self.now = spec.id, spec, desk, now
        self.app = DingTalkApp(spec)

    def open(self) -> Opened | Failed:
        """An address and a ticket for one connection."""
        try:
            secret = self.spec.app_token.reveal() if self.spec.app_token else ""
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        topics = [{"type": "CALLBACK", "topic": SAID}]
        body = {"clientId": self.spec.app, "clientSecret": secret, "subscriptions": topics, "ua": "tocsin"}
        answer = self.app.post("/v1.0/gateway/connections/open", body)
        if isinstance(answer, Failed):
            return answer
        endpoint, ticket = answer.get("endpoint"), answer.get("ticket")
        if not (isinstance(endpoint, str) and isinstance(ticket, str)):
            return Failed("DingTalk gave no address to connect to")
        return Opened(f"{endpoint}?ticket={quote(ticket, safe='')}")

    def take(self, frame: Frame) -> Taken:
        """Answer pings, acknowledge callbacks, act on codes. A press that could not be stored is not acknowledged, so
        that it is told again."""
        try:
            found = json.loads(frame)
            head, kind, data = found["headers"], found["type"], found.get("data") or "{}"
            topic, number = head["topic"], head["messageId"]
        except (ValueError, KeyError, TypeError):
            return Taken()
        if kind == "SYSTEM":
            return Taken(again=True) if topic == "disconnect" else Taken([write_ack(number, data)])
        work = self._act(data) if kind == "CALLBACK" and topic == SAID else []
        return Taken([write_ack(number, json.dumps({"response": None}))], work)

    def _act(self, data: str) -> list[Callable[[], object]]:
        pressed = read_saying(data, self.spec)
        if pressed is None:
            return []
        answer = self.desk.take(pressed, self.now())
        return [lambda: self._tell(pressed.user, answer)]

    def _tell(self, user: str, answer: Answer) -> None:
        """What was done and what it stops, with the undo button, to the presser alone."""
        language = self.desk.style.language
        headline = say(language, "button", "mail_answer", number=answer.number or "–")
        lines = tuple(line for line in (answer.line, answer.said) if line)
        message = Message(
            answer.number, "", None, headline, lines, answer.actions or (), kind="answer", severity="info"
        )
        failed = self.app.tell(user, message)
        if failed is not None:
            log.warning("press not shown", channel=self.channel, said=failed.said)


def read_saying(data: str, spec: ChannelSpec) -> Pressed | None:
    """The press in what somebody said to the robot, in the configured group or in a chat of two: exactly one code. Only
    the sender's user id is read; nick names are in the frame too."""
    try:
        found: Any = json.loads(data)
        words, user, number = found["text"]["content"], found["senderStaffId"], found["msgId"]
        kind, place = found["conversationType"], found["conversationId"]
    except (ValueError, KeyError, TypeError):
        return None
    if not all(isinstance(one, str) and one for one in (words, user, number)):
        return None
    codes = find_codes(words[:2000])
    here = kind == TWO or (kind == GROUP and place == spec.target)
    return Pressed(spec.id, codes[0], user, number) if here and len(codes) == 1 else None


def write_ack(number: str, data: str) -> str:
    """The acknowledgement of a frame."""
    heads = {"messageId": number, "contentType": "application/json"}
    return json.dumps({"code": 200, "headers": heads, "message": "OK", "data": data})
