"""`wecom`: a group robot of WeCom (企业微信). Its address holds its key.

Markdown of at most 4,096 bytes; for a person on duty a text of at most 2,048 bytes instead, because only there does
`mentioned_list` ring that person's phone. 20 messages a minute a robot; past that errcode 45009 with status 200.
"""

import json
import re
from datetime import timedelta
from typing import Any

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.robots import TIMEOUT_S, Code, judge_code, open_client, post_json, probe_hook, reveal_url
from alerts.notify.wording import find_colour, fit_lines, list_links, tame, weigh, whom_to_ring, write_links
from alerts.plain import plain
from alerts.settings import ChannelSpec

MARKDOWN, TEXT = 4096, 2048
MOBILE = re.compile(r"^1[3-9]\d{9}$")
USER_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._@\-]{0,63}$")
COLOURS = {"info": "info", "notice": "comment", "serious": "warning", "critical": "warning"}
# https://developer.work.weixin.qq.com/document/path/90313 lists the numbers.
CODES = {
    -1: Code("the service is busy", permanent=False),
    40008: Code("it does not know this form of message"),
    40058: Code("the message has a form or length that it does not take"),
    44004: Code("the message is empty"),
    45002: Code("the message is too long"),
    45009: Code("too many messages a minute", permanent=False, after=timedelta(minutes=1)),
    45033: Code("too many calls at once", permanent=False, after=timedelta(seconds=15)),
    93000: Code("the robot's address is not valid (any more)"),
    93004: Code("the robot has been switched off"),
    93008: Code("the robot is not in the group any more"),
}  # fmt: skip


class WeCom:
    """Implements `Notifier`. `address` of a delivery is a user id or a mobile number of the group's member."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST; only `errcode` 0 in the body is a success."""
        try:
            url = reveal_url(self.spec)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        body = write_body(delivery.message, whom_to_ring(delivery))
        answer = post_json(self.client, url, json.dumps(body, ensure_ascii=False).encode())
        if isinstance(answer, Failed):
            return answer
        return judge_code(answer, ("errcode",), CODES) or Sent(delivery.key)

    def probe(self) -> Failed | None:
        """The secret is there and an address."""
        return probe_hook(self.spec)


def write_body(message: Message, address: str) -> dict[str, Any]:
    """Text with a mention when there is somebody to mention, Markdown otherwise."""
    users = [address] if USER_ID.match(address) and not MOBILE.match(address) and address.lower() != "all" else []
    mobiles = [address] if MOBILE.match(address) else []
    if not users and not mobiles:
        return {"msgtype": "markdown", "markdown": {"content": write_markdown(message)}}
    content = {"content": write_text(message), "mentioned_list": users, "mentioned_mobile_list": mobiles}
    return {"msgtype": "text", "text": content}


def write_markdown(message: Message) -> str:
    """Headline in the level's colour, lines, links. `<font>` is the only tag, and it is ours."""
    colour = find_colour(message.severity, COLOURS)
    frame, foot = f'**<font color="{colour}">{{}}</font>**', write_links(list_links(message))
    room = MARKDOWN - weigh(frame) - weigh(f"\n{foot}")
    head, *lines = fit_lines([tame(line) for line in (message.headline, *message.lines)], room, message.link)
    return "\n".join([frame.replace("{}", head), *lines, *([foot] if foot else [])])


def write_text(message: Message) -> str:
    """Plain lines and the page's address; a text has no buttons."""
    foot = f"处置 / act: {message.link}" if message.link else ""
    room = TEXT - weigh(f"\n{foot}")
    lines = fit_lines([tame(line) for line in (plain(message.headline), *message.lines)], room, message.link)
    return "\n".join([*lines, *([foot] if foot else [])])
