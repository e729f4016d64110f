"""`feishu`: a group robot of Feishu (飞书) or Lark, signed when it has a `key`, as an interactive card with buttons.

The signature is base64(HMAC-SHA256) with "<seconds>\\n<key>" as the HMAC's key over nothing, in the body. A body is at
most 20 KB; 5 messages a second and 100 a minute. A refusal has status 200 and a `code` that is not 0.
"""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta
from typing import Any

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.robots import (
    TIMEOUT_S,
    Code,
    judge_code,
    open_client,
    post_json,
    probe_hook,
    reveal_key,
    reveal_url,
)  # fmt: skip
from alerts.notify.wording import find_colour, fit_lines, list_links, whom_to_ring
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

BODY, HEADER, BUTTON = 19_000, 200, 40
USER_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_\-]{1,63}$")
COLOURS = {"info": "blue", "notice": "yellow", "serious": "orange", "critical": "red"}
# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot explains the robot's answers.
CODES = {
    9499: Code("the message has a form or length that it does not take, or calls came too fast", permanent=False),
    11232: Code("too many messages: it asks to wait", permanent=False, after=timedelta(minutes=1)),
    19001: Code("it does not know this robot's address"),
    19002: Code("a part of the message is missing"),
    19007: Code("the robot has been switched off"),
    19021: Code("the signature does not fit or is older than an hour: is key the robot's secret, and the clock right?"),
    19022: Code("this machine's address is not in the robot's list of addresses"),
    19024: Code("the robot wants its own keyword in every message: give it as keyword"),
}  # fmt: skip


class Feishu:
    """Implements `Notifier`. `address` of a delivery is an open id (`ou_…`) or a user id of the group's member."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST; only `code` 0 in the body is a success."""
        try:
            url, key = reveal_url(self.spec), reveal_key(self.spec.key)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        body = write_body(delivery.message, whom_to_ring(delivery), self.spec.keyword)
        body |= sign(key, delivery.now) if key else {}
        answer = post_json(self.client, url, json.dumps(body, ensure_ascii=False).encode())
        if isinstance(answer, Failed):
            return answer
        return judge_code(answer, ("code", "StatusCode"), CODES) or Sent(delivery.key)

    def probe(self) -> Failed | None:
        """The secrets are there and the address is one."""
        return probe_hook(self.spec, self.spec.key)


def sign(key: str, now: datetime) -> dict[str, str]:
    """The fields of a signed message at `now`."""
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{key}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def write_body(message: Message, address: str, keyword: str = "") -> dict[str, Any]:
    """A card. Crawled words stand in `plain_text`, which has no markup; the only `lark_md` is our mention."""
    head = cut(plain(message.headline), HEADER)
    title = {"tag": "plain_text", "content": head}
    header = {"template": find_colour(message.severity, COLOURS), "title": title}
    fixed = [*_write_mention(address), *_write_buttons(message)]
    frame = {"config": {"wide_screen_mode": True}, "header": header, "elements": fixed}
    whole = head == plain(message.headline) and bool(message.lines)
    lines = [*([] if whole else [message.headline]), *message.lines]  # a card has a body
    room = BODY - len(json.dumps(frame, ensure_ascii=False).encode()) - 400
    words = fit_lines([*([plain(keyword)] if keyword else []), *map(plain, lines)], room, message.link)
    text = [{"tag": "div", "text": {"tag": "plain_text", "content": "\n".join(words)}}] if words else []
    return {"msg_type": "interactive", "card": {**frame, "elements": [*text, *fixed]}}


def _write_mention(address: str) -> list[dict[str, Any]]:
    if not USER_ID.match(address) or address.lower() == "all":
        return []
    return [{"tag": "div", "text": {"tag": "lark_md", "content": f"<at id={address}></at>"}}]


def _write_buttons(message: Message) -> list[dict[str, Any]]:
    buttons = [
        {"tag": "button", "text": {"tag": "plain_text", "content": cut(plain(one.label), BUTTON)},
         "type": "default" if place else "primary", **({"value": {"code": one.code}} if one.code else {"url": one.link})}
        for place, one in enumerate(list_links(message))
    ]  # fmt: skip
    return [{"tag": "action", "actions": buttons}] if buttons else []
