"""`webhook`: signed JSON to an address, in the form of Alertmanager's webhook version 4 with our own fields beside it.

The signature is HMAC-SHA256 with the configured key over `<timestamp>.<body>`, hex, in `X-Tocsin-Signature`.
`X-Tocsin-Key` is the same at every attempt: a receiver that remembers it never acts twice.
"""

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx

from alerts.model import Message
from alerts.notify.answers import read_error, read_refusal, read_status
from alerts.notify.base import Delivery, Failed, Sent
from alerts.plain import plain
from alerts.settings import ChannelSpec

TIMEOUT_S = 10.0
BROKE = 500


class Webhook:
    """Implements `Notifier`."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec = spec
        self.client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST the message; a body that says no is a refusal even with status 200."""
        try:
            url, key = self._secrets()
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        body = json.dumps(describe(delivery), ensure_ascii=False).encode()
        try:
            response = self.client.post(url, content=body, headers=sign(body, key, delivery))
        except httpx.HTTPError as error:
            return read_error(error)
        except (httpx.InvalidURL, UnicodeError):
            return Failed("the configured address is not an address", permanent=True)
        return _judge(response, delivery)

    def probe(self) -> Failed | None:
        """The secrets are there and the address is one; nothing is sent."""
        try:
            url, _ = self._secrets()
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        usable = url.startswith(("https://", "http://"))
        return None if usable else Failed("the configured address is not an address", permanent=True)

    def _secrets(self) -> tuple[str, bytes]:
        if self.spec.url is None:
            raise LookupError(f"channel '{self.spec.id}' has no url")
        return self.spec.url.reveal(), self.spec.key.reveal().encode() if self.spec.key else b""


def _judge(response: httpx.Response, delivery: Delivery) -> Sent | Failed:
    failure = read_status(response)
    if failure is not None:  # a receiver of its own making that breaks may have acted before
        return replace(failure, unknown=failure.unknown or response.status_code == BROKE)
    try:
        refusal = read_refusal(response.json())
    except ValueError:
        refusal = ""
    return Failed(refusal) if refusal else Sent(delivery.key)


def sign(body: bytes, key: bytes, delivery: Delivery) -> dict[str, str]:
    """Headers of one attempt; without a key there is no signature."""
    stamp = str(int(delivery.now.timestamp()))
    headers = {"Content-Type": "application/json", "X-Tocsin-Key": delivery.key, "X-Tocsin-Timestamp": stamp}
    if key:
        digest = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers["X-Tocsin-Signature"] = f"sha256={digest}"
    return headers


def describe(delivery: Delivery) -> dict[str, Any]:
    """The message as JSON. Alertmanager's fields first, so that its receivers understand it; ours under `tocsin`."""
    message = delivery.message
    labels = {"alertname": "tocsin", "severity": message.severity, "event": message.event or "", "kind": message.kind}
    status = "resolved" if message.kind == "closed" else "firing"
    said = {"summary": plain(message.headline), "description": message.text}
    alert = {
        "status": status, "labels": labels, "annotations": said,
        "startsAt": delivery.since.isoformat(), "endsAt": None, "generatorURL": message.link,
        "fingerprint": message.alert,
    }  # fmt: skip
    return {
        "version": "4", "groupKey": message.event or message.alert, "truncatedAlerts": 0, "status": status,
        "receiver": delivery.address, "groupLabels": {"event": message.event or ""}, "commonLabels": labels,
        "commonAnnotations": {"summary": plain(message.headline)}, "externalURL": message.link, "alerts": [alert],
        "tocsin": show_message(message, delivery.key),
    }  # fmt: skip


def show_message(message: Message, key: str) -> dict[str, Any]:
    """Our own fields: everything a receiver needs to build its own message."""
    return {
        "key": key, "number": message.number, "headline": plain(message.headline),
        "lines": [plain(line) for line in message.lines],
        "actions": [{"name": one.name, "label": one.label, "link": one.link} for one in message.actions],
    }  # fmt: skip
