"""A DingTalk robot on loopback: it checks token, signature, clock and keyword; who is too fast is deaf-eared for a while."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

from fake_robot import FakeRobot

TOKEN, SECRET = "CANARY123-ding", "SECCANARY123"
MESSAGES = {
    0: "ok", 40035: "缺少参数 json", 130101: "send too fast, exceed 20 times per minute", 300001: "token is not exist",
    "sign": "sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]",
    "clock": "description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内",
    "keyword": "keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]",
    "ip": "ip 127.0.0.1 not in whitelist",
}  # fmt: skip


class FakeDingTalk(FakeRobot):
    """`now` is the service's clock. With `keyword`, a message must hold it."""

    path, query = "/robot/send", f"?access_token={TOKEN}"
    refusal, pace = 300001, 130101

    def __init__(self, now: datetime, secret: str = SECRET, keyword: str = "") -> None:
        super().__init__()
        self.now, self.secret, self.keyword = now, secret, keyword

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> Any:
        if query.get("access_token") != TOKEN:
            return 300001
        markdown = body.get("markdown", {})
        if body.get("msgtype") != "markdown" or not markdown.get("title") or not markdown.get("text"):
            return 40035
        if self.keyword and self.keyword not in markdown["title"] + markdown["text"]:
            return "keyword"
        if len(raw) > 20_000:
            return 40035
        return self.find_bad_sign(query) if self.secret else None

    def find_bad_sign(self, query: dict[str, str]) -> str | None:
        """`sign`, `clock`, or None when both are right."""
        stamp = query.get("timestamp", "0")
        digest = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        if query.get("sign") != base64.b64encode(digest).decode():
            return "sign"
        skew = abs(self.now.timestamp() - int(stamp) / 1000)
        return "clock" if skew > timedelta(hours=1).total_seconds() else None

    def answer(self, fault: Any) -> tuple[int, str]:
        code = fault if isinstance(fault, int) else 310000 if fault else 0
        return 200, json.dumps({"errcode": code, "errmsg": MESSAGES[fault or 0]}, ensure_ascii=False)
