"""Slack's two ways to tell of a press: over the connection that we keep (Socket Mode), or by a signed request.

Socket Mode: `apps.connections.open` gives an address for one connection; each envelope is acknowledged within three
seconds; `disconnect` announces that the connection ends (https://docs.slack.dev/apis/events-api/using-socket-mode).
Requests: HMAC-SHA256 over `v0:<seconds>:<body>`, not older than five minutes
(https://docs.slack.dev/authentication/verifying-requests-from-slack). The acknowledgement goes out when the press is
in the ledger, the words that everybody sees follow it.
"""

import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import structlog

from alerts.buttons.desk import PressDesk
from alerts.buttons.line import Frame, Opened, Taken
from alerts.buttons.slack_press import SlackPress, read_press, show_answer
from alerts.notify.base import Failed
from alerts.notify.slack import SlackBot
from alerts.settings import ChannelSpec

WINDOW = timedelta(minutes=5)
log = structlog.get_logger()
Work = Callable[[], object]


def serve_press(desk: PressDesk, bot: SlackBot, press: SlackPress, now: datetime) -> Work:
    """Put a press into the ledger; returns what is left to do: telling the presser and the group."""
    answer = desk.take(press.pressed, now)

    def tell() -> None:
        for failed in show_answer(bot, press, answer):
            log.warning("press not shown", channel=press.pressed.channel, said=failed.said)

    return tell


class SlackWire:
    """Implements `Wire`. The connection is opened with the app's token (`xapp-…`, connections:write)."""

    def __init__(self, spec: ChannelSpec, desk: PressDesk, now: Callable[[], datetime]) -> None:
        self.channel, self.spec, self.desk, self.now = spec.id, spec, desk, now
        self.bot = SlackBot(spec)
        self.app = SlackBot(spec, token=spec.app_token)

    def open(self) -> Opened | Failed:
        """An address with a ticket for one connection."""
        answer = self.app.call("apps.connections.open", {})
        if isinstance(answer, Failed):
            return answer
        url = answer.get("url")
        return Opened(url) if isinstance(url, str) else Failed("Slack gave no address to connect to")

    def take(self, frame: Frame) -> Taken:
        """Acknowledge every envelope; act on presses. A press that could not be stored is not acknowledged, so that
        Slack tells the presser so."""
        try:
            envelope = json.loads(frame)
        except ValueError:
            return Taken()
        if not isinstance(envelope, dict):
            return Taken()
        if envelope.get("type") == "disconnect":
            return Taken(again=True)
        number = envelope.get("envelope_id")
        if not isinstance(number, str):
            return Taken()
        work = self._act(envelope.get("payload")) if envelope.get("type") == "interactive" else []
        return Taken([json.dumps({"envelope_id": number})], work)

    def _act(self, payload: Any) -> list[Work]:
        press = read_press(payload, self.spec.id, self.spec.target)
        return [serve_press(self.desk, self.bot, press, self.now())] if press else []


class InOrder:
    """Shows presses in the order in which the ledger took them, whichever thread comes first: "taken" must not be
    written over a later "undone"."""

    def __init__(self) -> None:
        self._taking, self._showing = threading.Lock(), threading.Lock()
        self._waiting: deque[Work] = deque()

    def take(self, press: Callable[[], Work]) -> Work:
        """Put a press into the ledger; what is left shows it, and what was taken before it and is not shown yet."""
        with self._taking:
            self._waiting.append(press())
        return self._show

    def _show(self) -> None:
        with self._showing:
            while self._waiting:
                self._waiting.popleft()()


class SlackRequests:
    """Slack's signed requests to `/slack/actions`. `specs` are the channels with a signing key."""

    def __init__(self, specs: list[ChannelSpec], desk: PressDesk) -> None:
        self.desk, self.specs = desk, specs
        self.bots = {spec.id: SlackBot(spec) for spec in specs}
        self.order = InOrder()

    def take(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Work | None:
        """What is left to do after the answer 200; None for a request that is not Slack's, or is too old. Raises
        StoreUnavailable."""
        signed = [spec for spec in self.specs if is_signed(spec, headers, body, now)]
        if not signed:
            return None
        payload = read_form(body)
        found = ((spec, read_press(payload, spec.id, spec.target)) for spec in signed)
        spec, press = next(((one, press) for one, press in found if press), (None, None))
        if spec is None or press is None:
            return lambda: None
        return self.order.take(lambda: serve_press(self.desk, self.bots[spec.id], press, now))


def is_signed(spec: ChannelSpec, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """True for a request that Slack made with this channel's signing key within five minutes."""
    stamp, given = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or spec.signing_key is None:
        return False
    if abs(now.timestamp() - int(stamp)) > WINDOW.total_seconds():
        return False
    try:
        key = spec.signing_key.reveal()
    except LookupError as error:
        log.warning("press refused", channel=spec.id, said=str(error.args[0]))
        return False
    made = hmac.new(key.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={made}".encode(), given.encode())


def read_form(body: bytes) -> Any:
    """The JSON in the form field `payload`; None when there is none."""
    try:
        return json.loads(parse_qs(body.decode(), max_num_fields=20)["payload"][0])
    except (ValueError, KeyError, UnicodeDecodeError):
        return None
