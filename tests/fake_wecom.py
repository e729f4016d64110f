"""A WeCom robot on loopback: bytes are counted, `@all` is noticed, refusals come with status 200."""

import json
from typing import Any

from fake_robot import FakeRobot

KEY = "CANARY123-wecom"
MESSAGES = {
    0: "ok", 40008: "invalid message type", 40058: "exceed max length", 44004: "empty content",
    45009: "api freq out of limit", 93000: "invalid webhook url, hint: CANARY123-wecom",
}  # fmt: skip


class FakeWeCom(FakeRobot):
    """`rung` are the users and numbers that messages mentioned."""

    path, query = "/cgi-bin/webhook/send", f"?key={KEY}"
    refusal, pace = 93000, 45009

    @property
    def rung(self) -> list[str]:
        texts = [body["text"] for body in self.taken if body["msgtype"] == "text"]
        return [one for text in texts for name in ("mentioned_list", "mentioned_mobile_list") for one in text[name]]

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> int | None:
        if query.get("key") != KEY:
            return 93000
        kind = body.get("msgtype")
        if kind not in ("text", "markdown"):
            return 40008
        content = body[kind]["content"]
        if not content:
            return 44004
        return 40058 if len(content.encode()) > (2048 if kind == "text" else 4096) else None

    def answer(self, fault: int | None) -> tuple[int, str]:
        return 200, json.dumps({"errcode": fault or 0, "errmsg": MESSAGES[fault or 0]})
