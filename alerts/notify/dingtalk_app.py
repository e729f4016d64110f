"""`dingtalk` with a robot of the school's own app (`app`, `app_token`, `target`): messages whose buttons come back to us.

Markdown in the group (`/v1.0/robot/groupMessages/send`). Such messages cannot address anybody, so who is to be rung gets
the same words from the robot in a chat of two (`/v1.0/robot/oToMessages/batchSend`), which rings in muted groups too.
Success is an answer with `processQueryKey`; everything else has `code` and `message`
(https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message).
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from alerts.model import Message
from alerts.notify.answers import RETRY_STATUS, read_error, read_wait
from alerts.notify.app_token import AppToken
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.dingtalk import TITLE, USER_ID, write_markdown
from alerts.notify.robots import TIMEOUT_S, open_client
from alerts.notify.wording import tame, whom_to_ring
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

BASE, TOKEN_HEADER = "https://api.dingtalk.com", "x-acs-dingtalk-access-token"
TOO_FAST = ("flowcontrol", "qps", "throttl", "toomanyrequests")


class DingTalkApp:
    """Implements `Notifier`. `address` of a delivery is the user id (工号) of a member of the school."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)
        self.token = AppToken(spec, self._ask_token)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Post into the group, then ring. A ring that failed is said; the message stands all the same."""
        body = {"openConversationId": self.spec.target, **self._write(delivery.message)}
        answer = self.call("/v1.0/robot/groupMessages/send", body)
        if isinstance(answer, Failed):
            return answer
        address = whom_to_ring(delivery)
        rung = self.tell(address, delivery.message) if USER_ID.match(address) else None
        said = f"nobody was rung: {rung.said}" if isinstance(rung, Failed) else ""
        return Sent(str(answer["processQueryKey"]), said)

    def tell(self, user: str, message: Message) -> Failed | None:
        """Say something to one person in a chat of two."""
        answer = self.call("/v1.0/robot/oToMessages/batchSend", {"userIds": [user], **self._write(message)})
        if isinstance(answer, Failed):
            return answer
        missed = [*(answer.get("invalidStaffIdList") or []), *(answer.get("flowControlledStaffIdList") or [])]
        return Failed("it does not know this user id, or asks to wait") if missed else None

    def probe(self) -> Failed | None:
        """Whether the app's id and secret are good."""
        return self.token.probe()

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any] | Failed:
        """One call with the app's token; a token that has become stale is renewed once."""
        for _ in range(2):
            token = self.token.get()
            if isinstance(token, Failed):
                return token
            answer = self.post(path, body, {TOKEN_HEADER: token})
            if not (isinstance(answer, Failed) and answer.said.startswith("refused with 401")):
                break
            self.token.drop()
        if isinstance(answer, Failed) or answer.get("processQueryKey"):
            return answer
        return Failed("DingTalk's answer has no verdict", unknown=True)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any] | Failed:
        """The answer of a success; what it says otherwise."""
        try:
            url = f"{self.spec.base_url.rstrip('/') or BASE}{path}"
            response = self.client.post(url, json=body, headers=headers)
        except httpx.HTTPError as error:
            return read_error(error)
        except (httpx.InvalidURL, UnicodeError):
            return Failed("the configured address is not an address", permanent=True)
        try:
            found = response.json()
        except ValueError:
            found = None
        if response.is_success:
            return found if isinstance(found, dict) else Failed("DingTalk's answer could not be read", unknown=True)
        return judge(response, found)

    def _write(self, message: Message) -> dict[str, Any]:
        title, text = cut(tame(message.headline), TITLE), write_markdown(message, "", "")
        words = json.dumps({"title": title, "text": text}, ensure_ascii=False)
        return {"robotCode": self.spec.app, "msgKey": "sampleMarkdown", "msgParam": words}

    def _ask_token(self, secret: str) -> tuple[str, float] | Failed:
        answer = self.post("/v1.0/oauth2/accessToken", {"appKey": self.spec.app, "appSecret": secret})
        if isinstance(answer, Failed):
            return replace(answer, unknown=False)  # no message went out: nothing is doubtful
        token = str(answer.get("accessToken", ""))
        return (token, float(answer.get("expireIn") or 0)) if token else Failed("DingTalk gave no token")


def judge(response: httpx.Response, found: Any) -> Failed:
    """What a refusal means: wait, try again, or give up."""
    code = plain(str(found.get("code", "")), 80) if isinstance(found, dict) else ""
    words = plain(str(found.get("message", "")), 120) if isinstance(found, dict) else ""
    said = f"refused with {response.status_code} {code}: {words or 'no reason given'}"
    if any(mark in code.lower() for mark in TOO_FAST):
        return Failed(said, after=read_wait(response.headers) or timedelta(minutes=1))
    return Failed(said, permanent=response.status_code not in RETRY_STATUS, after=read_wait(response.headers))
