"""A Feishu robot on loopback: body size, signature, clock and the form of a card; refusals come with status 200."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from fake_robot import FakeRobot

SECRET = "CANARY123-feishu"
MESSAGES = {
    0: "success", 9499: "Bad Request", 11232: "create message trigger rate limit",
    19001: "param invalid: incoming webhook access token invalid",
    19002: "params error, msg_type need", 19021: "sign match fail or timestamp is not within one hour from current time",
    19024: "Key Words Not Found",
}  # fmt: skip


class FakeFeishu(FakeRobot):
    """`now` is the service's clock. With `keyword`, a message must hold it."""

    path = "/open-apis/bot/v2/hook/CANARY123-hook"
    refusal, pace, burst = 19001, 11232, 100

    def __init__(self, now: datetime, secret: str = SECRET, keyword: str = "") -> None:
        super().__init__()
        self.now, self.secret, self.keyword = now, secret, keyword

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> int | None:
        if len(raw) > 20 * 1024:
            return 9499
        if body.get("msg_type") != "interactive":
            return 19002
        if self.secret and not self.is_signed(body):
            return 19021
        if self.keyword and self.keyword not in raw.decode():
            return 19024
        return None if is_card(body["card"]) else 9499

    def is_signed(self, body: dict[str, Any]) -> bool:
        """The signature is the secret's, and not older than an hour."""
        stamp = str(body.get("timestamp", ""))
        digest = hmac.new(f"{stamp}\n{self.secret}".encode(), b"", hashlib.sha256).digest()
        fresh = stamp.isdigit() and abs(int(stamp) - self.now.timestamp()) < 3600
        return fresh and body.get("sign") == base64.b64encode(digest).decode()

    def answer(self, fault: int | None) -> tuple[int, str]:
        extra = {} if fault else {"StatusCode": 0, "StatusMessage": "success", "Extra": None}
        return 200, json.dumps({"code": fault or 0, "data": {}, "msg": MESSAGES[fault or 0], **extra})


def is_card(card: dict[str, Any]) -> bool:
    """Header and elements have the tags that a card may have, and no text is empty."""
    texts = [element["text"] for element in card["elements"] if element["tag"] == "div"]
    buttons = [button for element in card["elements"] if element["tag"] == "action" for button in element["actions"]]
    known = all(element["tag"] in ("div", "action") for element in card["elements"])
    filled = all(one["content"] for one in (card["header"]["title"], *texts, *(button["text"] for button in buttons)))
    return bool(card["elements"]) and known and filled and all(button["url"].startswith("http") for button in buttons)
