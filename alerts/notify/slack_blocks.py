"""A message in Slack's Block Kit. Crawled words stand in `plain_text`, or escaped; every label of a link is ours.

Limits (Slack's reference and slack-sdk): header 150, section 3000, button text 75, 50 blocks; about 13,000 characters
in all are refused without being documented (bolt-js issue 2509), so we stay under 12,000.
"""

import re
from collections.abc import Sequence
from typing import Any

from alerts.model import Action, Message
from alerts.plain import cut, plain

HEADER, SECTION, BUTTON, TOTAL = 150, 2900, 75, 11_000
BUTTONS = "tocsin_buttons"
USER_ID = re.compile(r"^[UW][A-Z0-9]{2,20}$")


def escape(text: str) -> str:
    """The three characters that make Slack's markup, as Slack asks for them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def write_blocks(message: Message, address: str) -> list[dict[str, Any]]:
    """Header, lines, who is addressed, buttons."""
    blocks: list[dict[str, Any]] = []
    headline, lines = plain(message.headline), [plain(line) for line in message.lines]
    if len(headline) <= HEADER and lines:
        blocks.append({"type": "header", "text": _words(headline)})
    else:
        lines = [headline, *lines]
    blocks += [{"type": "section", "text": _words(part)} for part in split_lines(lines, SECTION, TOTAL)]
    if USER_ID.match(address):
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": f"<@{address}>", "verbatim": True}})
    if message.actions:
        blocks.append({"type": "actions", "block_id": BUTTONS, "elements": write_buttons(message.actions)})
    return blocks


def write_text(message: Message) -> str:
    """What the lock screen shows: the headline, escaped."""
    return cut(escape(plain(message.headline)), SECTION)


def split_lines(lines: list[str], limit: int, total: int) -> list[str]:
    """Lines joined into parts of at most `limit` characters; what does not fit into `total` is counted, not dropped
    silently."""
    parts: list[str] = []
    used = 0
    for place, line in enumerate(lines):
        line = cut(line, limit)
        if used + len(line) > total:
            parts.append(f"… +{len(lines) - place}")
            break
        used += len(line) + 1
        if parts and len(parts[-1]) + 1 + len(line) <= limit:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line)
    return parts


def _words(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def write_buttons(actions: Sequence[Action]) -> list[dict[str, Any]]:
    """Elements of an actions block; the first is the one that is meant to be pressed."""
    return [_button(one, place) for place, one in enumerate(actions)]


def _button(action: Action, place: int) -> dict[str, Any]:
    """A press is told to us with its code, or opens a page."""
    leads = {"value": action.code} if action.code else {"url": action.link}
    style = {"style": "primary"} if place == 0 else {}
    text = _words(cut(action.label, BUTTON))
    return {"type": "button", "text": text, "action_id": f"tocsin_{action.name}", **leads, **style}
