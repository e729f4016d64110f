"""Feishu's long connection: presses of card buttons come over a WebSocket that we open and are answered on it.

    POST /callback/ws/endpoint (app id, secret) -> address -> frames; `event` with `card.action.trigger` -> toast, card

Callbacks are answered within three seconds (https://open.feishu.cn/document/feishu-cards/card-callback-communication):
the toast is seen by the presser alone, the card by everybody.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from alerts.buttons.desk import PressDesk
from alerts.buttons.feishu_frames import CONTROL, DATA, FeishuFrame, read_frame, write_frame
from alerts.buttons.line import Frame, Opened, Taken
from alerts.buttons.press import Answer, Pressed
from alerts.compose import Composer
from alerts.notify.base import Failed
from alerts.notify.feishu import write_body
from alerts.notify.feishu_app import FeishuApp
from alerts.notify.robots import Code, judge_code
from alerts.outbox import find_sent
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec
from pipeline.store.engine import reading

PARTS, WAITING, TOAST = 16, 8, 300
OPENING = {
    1: Code("the service is busy", permanent=False),
    403: Code("the app may not keep a long connection: choose it in the console"),
    514: Code("the app's id or secret is wrong"),
    1000040343: Code("the service has an error", permanent=False),
    1000040344: Code("the app's id or secret is missing"),
    1000040350: Code("the app keeps too many connections already", permanent=False),
}


class FeishuWire:
    """Implements `Wire`. `composer` writes the message anew, as it stands after the press."""

    def __init__(
        self, spec: ChannelSpec, desk: PressDesk, now: Callable[[], datetime], composer: Composer | None = None
    ) -> None:
        self.channel, self.spec, self.desk, self.now, self.composer = spec.id, spec, desk, now, composer
        self.app = FeishuApp(spec)
        self.parts: dict[str, list[bytes]] = {}
        self.service = 0

    def open(self) -> Opened | Failed:
        """An address with a ticket; its query names the service that pings carry."""
        try:
            secret = self.spec.app_token.reveal() if self.spec.app_token else ""
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        answer = self.app.post("/callback/ws/endpoint", {"AppID": self.spec.app, "AppSecret": secret}, {"locale": "zh"})
        failed = answer if isinstance(answer, Failed) else judge_code(answer, ("code",), OPENING)
        if failed is not None or isinstance(answer, Failed):
            return failed or Failed("Feishu gave no address to connect to")
        data = answer.get("data") or {}
        url, settings = str(data.get("URL", "")), data.get("ClientConfig") or {}
        service = parse_qs(urlsplit(url).query).get("service_id", ["0"])[0]
        self.service = int(service) if service.isdigit() else 0
        ping = write_frame(FeishuFrame(self.service, CONTROL, {"type": "ping"}))
        return Opened(url, ping, float(settings.get("PingInterval") or 120))

    def take(self, frame: Frame) -> Taken:
        """Answer data frames; pongs need nothing. A press that could not be stored is answered with 500, so that the
        presser is told that it failed."""
        try:
            found = read_frame(frame if isinstance(frame, bytes) else frame.encode())
        except (ValueError, UnicodeDecodeError):
            return Taken()
        payload = self._gather(found) if found.method == DATA else None
        if payload is None:
            return Taken()
        result = self._act(payload) if found.headers.get("type") == "event" else None
        said: dict[str, Any] = {"code": 200}
        if result is not None:
            said["data"] = base64.b64encode(json.dumps(result, ensure_ascii=False).encode()).decode()
        return Taken([write_frame(replace(found, payload=json.dumps(said).encode()))])

    def _gather(self, frame: FeishuFrame) -> bytes | None:
        """The whole payload, once all parts of it are here."""
        number, whole = _number(frame.headers.get("seq", "0")), _number(frame.headers.get("sum", "1"))
        if whole <= 1:
            return frame.payload
        if whole > PARTS or number >= whole:
            return None
        name = frame.headers.get("message_id", "")
        while name not in self.parts and len(self.parts) >= WAITING:
            self.parts.pop(next(iter(self.parts)))
        pieces = self.parts.setdefault(name, [b""] * whole)
        if number < len(pieces):
            pieces[number] = frame.payload
        return b"".join(self.parts.pop(name)) if all(pieces) else None

    def _act(self, payload: bytes) -> dict[str, Any] | None:
        """The answer to a press: what the presser reads, and the card when it has changed; None for other events."""
        try:
            event = json.loads(payload)
        except ValueError:
            return None
        read = read_press(event, self.spec)
        if read is None:
            return None
        pressed, message = read
        now = self.now()
        answer = self.desk.take(replace(pressed, user=self.desk.pick_user(pressed.channel, pressed.user.split())), now)
        kind = {"done": "success", "refused": "error"}.get(answer.outcome, "info")
        result: dict[str, Any] = {"toast": {"type": kind, "content": cut(plain(answer.said), TOAST)}}
        card = self._write_card(message, answer, now) if answer.line else None
        return {**result, "card": {"type": "raw", "data": card}} if card else result

    def _write_card(self, message: str, answer: Answer, now: datetime) -> dict[str, Any] | None:
        """The message as it stands now, with who has it and the buttons that make sense."""
        with reading(self.desk.engine) as conn:
            notice = find_sent(conn, self.channel, message)
            made = self.composer.compose(conn, notice, False, now) if self.composer and notice else None
        if made is None:
            return None
        links = tuple(one for one in made.actions if not one.code)
        shown = replace(made, lines=(*made.lines, answer.line), actions=(*(answer.actions or ()), *links))
        card: dict[str, Any] = write_body(shown, "")["card"]
        return card


def read_press(event: Any, spec: ChannelSpec) -> tuple[Pressed, str] | None:
    """The press in an event and the message it was on; None for everything else. Both ids of the presser are in `user`."""
    try:
        head, body = event["header"], event["event"]
        code, chat, message = (
            body["action"]["value"]["code"], body["context"]["open_chat_id"], body["context"]["open_message_id"],
        )  # fmt: skip
        ids = [one for one in (body["operator"].get("open_id"), body["operator"].get("user_id")) if one]
        known = (head["event_type"], head["app_id"], chat) == ("card.action.trigger", spec.app, spec.target)
        key = str(head["event_id"])
    except (KeyError, TypeError, AttributeError):
        return None
    texts = (code, message, *ids)
    if not known or not ids or not all(isinstance(one, str) and len(one) < 2000 for one in texts):
        return None
    return Pressed(spec.id, code, " ".join(ids), key), message


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
