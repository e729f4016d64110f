"""`feishu` with an app of the school's own (`app`, `app_token`, `target`): cards with buttons that come back to us, in
the thread of the first message, and no repeats: the key of a delivery is the message's `uuid`, which Feishu takes once
in an hour.

https://open.feishu.cn/document/server-docs/im-v1/message/create and …/authentication-management/access-token name the
calls. A refusal has a `code` that is not 0, whatever the status is.
"""

import json
from datetime import timedelta
from typing import Any

import httpx

from alerts.notify.answers import read_error, read_status, read_wait
from alerts.notify.app_token import AppToken
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.feishu import write_body
from alerts.notify.robots import TIMEOUT_S, Code, judge_code, open_client
from alerts.notify.wording import whom_to_ring
from alerts.settings import ChannelSpec

BASE = "https://open.feishu.cn"
STALE_TOKEN = (99991661, 99991663, 99991664, 99991668)
CODES = {
    10003: Code("the app's id or secret is wrong"),
    10014: Code("the app's secret is wrong"),
    230001: Code("a part of the message is wrong"),
    230002: Code("the app's robot is not in this group"),
    230006: Code("the app has no robot: switch it on in the console"),
    230020: Code("too many messages: it asks to wait", permanent=False, after=timedelta(minutes=1)),
    99991400: Code("too many calls: it asks to wait", permanent=False, after=timedelta(minutes=1)),
    99991401: Code("this machine's address is not in the app's list of addresses"),
    99991672: Code("the app lacks the permission im:message:send_as_bot"),
}


class FeishuApp:
    """Implements `Notifier`. `address` of a delivery is an open id or a user id of the group's member."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)
        self.token = AppToken(spec, self._ask_token)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Post into the group, or under the first message; the receipt is the message's id."""
        card = write_body(delivery.message, whom_to_ring(delivery))["card"]
        body = {"msg_type": "interactive", "content": json.dumps(card, ensure_ascii=False), "uuid": delivery.key}
        thread = delivery.message.thread
        if thread.startswith("om_") and thread.replace("_", "").isalnum():
            answer = self.call(f"/open-apis/im/v1/messages/{thread}/reply", {**body, "reply_in_thread": False})
        else:
            body |= {"receive_id": self.spec.target}
            answer = self.call("/open-apis/im/v1/messages?receive_id_type=chat_id", body)
        if isinstance(answer, Failed):
            return answer
        data = answer.get("data")
        name = data.get("message_id") if isinstance(data, dict) else None
        return Sent(str(name)) if name else Failed("Feishu's answer names no message", unknown=True)

    def probe(self) -> Failed | None:
        """Whether the app's id and secret are good."""
        return self.token.probe()

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any] | Failed:
        """One call with the app's token; a token that has become stale is renewed once."""
        answer: dict[str, Any] | Failed = Failed("no answer")
        for _ in range(2):
            token = self.token.get()
            if isinstance(token, Failed):
                return token
            answer = self.post(path, body, {"Authorization": f"Bearer {token}"})
            if isinstance(answer, Failed) or answer.get("code") not in STALE_TOKEN:
                break
            self.token.drop()
        return answer if isinstance(answer, Failed) else judge_code(answer, ("code",), CODES) or answer

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any] | Failed:
        """The answer's body, whatever its code says."""
        try:
            url = f"{self.spec.base_url.rstrip('/') or BASE}{path}"
            response = self.client.post(url, json=body, headers=headers)
            found = response.json()
        except httpx.HTTPError as error:
            return read_error(error)
        except (httpx.InvalidURL, UnicodeError):
            return Failed("the configured address is not an address", permanent=True)
        except ValueError:
            return read_status(response) or Failed("Feishu's answer could not be read", unknown=True)
        if response.status_code == 429:
            return Failed("Feishu asks to wait", after=read_wait(response.headers) or timedelta(minutes=1))
        return found if isinstance(found, dict) else Failed("Feishu's answer has no verdict", unknown=True)

    def _ask_token(self, secret: str) -> tuple[str, float] | Failed:
        path = "/open-apis/auth/v3/tenant_access_token/internal"
        answer = self.post(path, {"app_id": self.spec.app, "app_secret": secret})
        failed = answer if isinstance(answer, Failed) else judge_code(answer, ("code",), CODES)
        if failed is not None or isinstance(answer, Failed):
            said = failed or Failed("no token")
            return Failed(said.said, said.permanent, said.after)  # no message went out: nothing is doubtful
        return str(answer.get("tenant_access_token", "")), float(answer.get("expire") or 0)
