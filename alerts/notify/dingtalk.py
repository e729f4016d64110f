"""`dingtalk`: a group robot of DingTalk (钉钉), signed when it has a `key`, with its own `keyword` when that is its lock.

The signature is base64(HMAC-SHA256(key, "<milliseconds>\\n<key>")) in the address; the clock may be wrong by an hour.
20 messages a minute; who sends more is not heard for ten minutes.
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
from alerts.notify.wording import fit_lines, list_links, tame, weigh, whom_to_ring, write_links
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

BODY, TITLE = 19_000, 60
MOBILE = re.compile(r"^(\+\d{1,3}-)?\d{7,15}$")
USER_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._\-]{0,63}$")
TEN_MINUTES = timedelta(minutes=10)
# https://open.dingtalk.com/document/orgapp/custom-robot-access explains the robot's answers.
CODES = {
    -1: Code("the service is busy", permanent=False),
    40035: Code("a part of the message is missing"),
    43004: Code("it does not take this content type"),
    130101: Code("too many messages a minute: it listens again after ten minutes", permanent=False, after=TEN_MINUTES),
    300001: Code("it does not know this robot's token"),
    400013: Code("the group has been dissolved"),
    400101: Code("it does not know this robot's token"),
    400102: Code("the robot has been switched off"),
    400105: Code("it does not know this form of message"),
    400106: Code("the robot is not there any more"),
    410100: Code("too many messages: it asks to wait", permanent=False, after=TEN_MINUTES),
    430101: Code("a link in the message is held to be unsafe"),
    430102: Code("a word in the message is not allowed"),
    430104: Code("the content is not allowed"),
}  # fmt: skip
CHECK_FAILED = 310000


class DingTalk:
    """Implements `Notifier`. `address` of a delivery is a user id or a mobile number of the group's member."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST; only `errcode` 0 in the body is a success."""
        try:
            url, key = reveal_url(self.spec), reveal_key(self.spec.key)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        body = write_body(delivery.message, whom_to_ring(delivery), self.spec.keyword)
        params = sign(key, delivery.now) if key else {}
        answer = post_json(self.client, url, json.dumps(body, ensure_ascii=False).encode(), params)
        if isinstance(answer, Failed):
            return answer
        return judge(answer, delivery.now) or Sent(delivery.key)

    def probe(self) -> Failed | None:
        """The secrets are there and the address is one."""
        return probe_hook(self.spec, self.spec.key)


def sign(key: str, now: datetime) -> dict[str, str]:
    """Query parameters of a signed call at `now`."""
    stamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def judge(answer: Any, now: datetime) -> Failed | None:
    """What the body says; 310000 is one number for three locks, so the words tell which."""
    if isinstance(answer, dict) and answer.get("errcode") == CHECK_FAILED:
        return Failed(f"refused with errcode {CHECK_FAILED}: {_explain(str(answer.get('errmsg', '')), now)}", True)
    return judge_code(answer, ("errcode",), CODES)


def _explain(said: str, now: datetime) -> str:
    words = said.lower()
    if "keyword" in words or "关键词" in words:
        return "the robot wants its own keyword in every message: give it as keyword"
    if "timestamp" in words or "过期" in words:
        return f"the signature is too old or too new: is this machine's clock right? It says {now:%Y-%m-%d %H:%M} UTC"
    if "sign" in words or "签名" in words:
        return "the signature does not fit: is key the robot's secret (SEC…), and this machine's clock right?"
    if "ip" in words:
        return "this machine's address is not in the robot's list of addresses"
    return "keyword, signature (key, clock) or list of addresses of the robot does not fit"


def write_body(message: Message, address: str, keyword: str = "") -> dict[str, Any]:
    """Markdown with the title that a lock screen shows. A mention rings only when it stands in the text too."""
    mobile, user = bool(MOBILE.match(address)), bool(USER_ID.match(address)) and address.lower() != "all"
    at = {
        "isAtAll": False,
        "atMobiles": [address] if mobile else [],
        "atUserIds": [address] if user and not mobile else [],
    }
    mention = f"@{address}" if mobile or user else ""
    title = cut(tame(f"{keyword} {message.headline}" if keyword else message.headline), TITLE)
    text = write_markdown(message, mention, keyword)
    return {"msgtype": "markdown", "markdown": {"title": title, "text": text}, "at": at}


def write_markdown(message: Message, mention: str, keyword: str) -> str:
    """Headline, lines, links, mention. Two line ends make a new line there."""
    foot = [part for part in (write_links(list_links(message)), mention, plain(keyword)) if part]
    room = BODY - sum(weigh(f"\n\n{part}") for part in foot) - 100 - weigh("\n") * (len(message.lines) + 2)
    head, *lines = fit_lines([tame(line) for line in (message.headline, *message.lines)], room, message.link)
    return "\n\n".join([f"### {head}", *lines, *foot])
