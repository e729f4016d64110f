"""`teams`: a workflow webhook of Microsoft Teams ("when a Teams webhook request is received"), as an adaptive card.

A workflow answers 202 and posts afterwards; what goes wrong after that, nobody is told. The address holds its key.
At most 28 KB a message; more than four calls a second are throttled (429).
"""

import json
import re
from typing import Any

import httpx

from alerts.model import Message
from alerts.notify.answers import read_error, read_status
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.robots import BAD_ADDRESS, TIMEOUT_S, open_client, probe_hook, reveal_url
from alerts.notify.wording import find_colour, fit_lines, list_links, whom_to_ring
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

BODY, HEADER, BUTTON = 24_000, 300, 60
LINE_FRAME = 100  # bytes around each line of a card
MENTIONED = re.compile(r"^[A-Za-z0-9._%+\-]{1,64}(@[A-Za-z0-9.\-]{1,190})?$")
COLOURS = {"info": "accent", "notice": "warning", "serious": "warning", "critical": "attention"}


class Teams:
    """Implements `Notifier`. `address` of a delivery is the sign-in name (or object id) of somebody in the team."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST. Older connectors answer 200 and say in words that they failed."""
        try:
            url = reveal_url(self.spec)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        body = json.dumps(write_body(delivery.message, whom_to_ring(delivery)), ensure_ascii=False).encode()
        try:
            response = self.client.post(url, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
        except httpx.HTTPError as error:
            return read_error(error)
        except (httpx.InvalidURL, UnicodeError):
            return BAD_ADDRESS
        return judge(response) or Sent(delivery.key)

    def probe(self) -> Failed | None:
        """The secret is there and an address."""
        return probe_hook(self.spec)


def judge(response: httpx.Response) -> Failed | None:
    """Status first; a body in words is a success only when it is empty, `1` or JSON."""
    failure = read_status(response)
    if failure is not None:
        return failure
    text = response.text.strip()
    if text in ("", "1") or text.startswith(("{", "[")):
        return None
    throttled = "429" in text
    return Failed("Teams took the call and refused the message", permanent=not throttled)


def write_body(message: Message, address: str) -> dict[str, Any]:
    """One card. Crawled words stand in text runs, which have no markup; a text block would read Markdown."""
    head = cut(plain(message.headline), HEADER)
    lines = [*([] if head == plain(message.headline) else [message.headline]), *message.lines]
    buttons = [
        {"type": "Action.OpenUrl", "title": cut(plain(one.label), BUTTON), "url": one.link}
        for one in list_links(message)
    ]
    room = BODY - len(json.dumps([head, buttons], ensure_ascii=False).encode()) - LINE_FRAME * (len(lines) + 10)
    runs = [_write_run(line) for line in fit_lines([plain(line) for line in lines], room, message.link)]
    headline = _write_run(head, weight="Bolder", size="Medium", color=find_colour(message.severity, COLOURS))
    mention, entities = _write_mention(address)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": [headline, *runs, *mention], "actions": buttons, "msteams": {"width": "Full", **entities},
    }  # fmt: skip
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def _write_run(text: str, **look: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}


def _write_mention(address: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The one text block, which is ours, and whom it rings."""
    if not MENTIONED.match(address):
        return [], {}
    tag = f"<at>{address}</at>"
    entity = {"type": "mention", "text": tag, "mentioned": {"id": address, "name": address}}
    return [{"type": "TextBlock", "text": tag, "wrap": True}], {"entities": [entity]}
