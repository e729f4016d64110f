"""`apprise`: the long tail of services (ntfy, Telegram, Pushover, Gotify …) through the optional package `apprise`.

Apprise only says yes or no, and for some services it says yes to what was refused (it reads the status, not the body).
So the services that we read ourselves are not taken here, and a no may have been a yes whose answer was lost.
"""

import importlib
import logging
from typing import Any

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.robots import reveal_url
from alerts.plain import plain
from alerts.settings import ChannelSpec

MISSING = Failed("the package apprise is not installed: pip install 'tocsin[apprise]'", permanent=True)
OWN = {
    "wecombot": "wecom", "dingtalk": "dingtalk", "feishu": "feishu", "lark": "feishu", "slack": "slack",
    "mailto": "email", "mailtos": "email", "msteams": "teams", "workflow": "teams", "workflows": "teams",
}  # fmt: skip


class LongTail:
    """Implements `Notifier`. The address is an Apprise URL, which holds keys."""

    def __init__(self, spec: ChannelSpec) -> None:
        self.spec = spec

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Hand over as plain text; Apprise keeps the service's limits and its own time-outs."""
        opened = self._open()
        if isinstance(opened, Failed):
            return opened
        title, body = plain(delivery.message.headline, 200), write_text(delivery.message)
        taken = opened.notify(body=body, title=title, body_format="text", interpret_escapes=False)
        said = "the service refused it, or its answer was lost; Apprise does not say which"
        return Sent(delivery.key) if taken else Failed(said, unknown=True)

    def probe(self) -> Failed | None:
        """The package is there and knows the service; nothing is sent."""
        opened = self._open()
        return opened if isinstance(opened, Failed) else None

    def _open(self) -> Any | Failed:
        """An Apprise with the one service in it. Its log may hold addresses with keys, so it is silenced."""
        try:
            url, library = reveal_url(self.spec), importlib.import_module("apprise")
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        except ImportError:
            return MISSING
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        own = OWN.get(url.partition("://")[0].lower())
        if own:
            return Failed(f"for this service use a channel of kind {own}, which reads its answers", permanent=True)
        service = library.Apprise()
        return service if service.add(url) else Failed("Apprise does not know the configured address", permanent=True)


def write_text(message: Message) -> str:
    """Lines and the buttons' addresses in full."""
    links = [f"{plain(one.label)}: {one.link}" for one in message.actions] or ([message.link] if message.link else [])
    return "\n".join([*(plain(line) for line in message.lines), *links]) or plain(message.headline)
