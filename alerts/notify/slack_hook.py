"""`slack` with an incoming webhook: no token, no thread, no reading back. Its address is a secret."""

import httpx

from alerts.notify.answers import read_error, read_status
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.slack_blocks import write_blocks, write_text
from alerts.plain import plain
from alerts.settings import ChannelSpec

TIMEOUT_S = 10.0


class SlackHook:
    """Implements `Notifier`."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec = spec
        self.client = httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """POST; Slack says `ok` in the body of a success and the reason otherwise."""
        message = delivery.message
        body = {"text": write_text(message), "blocks": write_blocks(message, delivery.address)}
        try:
            url = self.spec.url.reveal() if self.spec.url else ""
            response = self.client.post(url, json=body)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        except httpx.HTTPError as error:
            return read_error(error)
        except (httpx.InvalidURL, UnicodeError):
            return Failed("the configured address is not an address", permanent=True)
        failure = read_status(response)
        if failure is not None:
            said = plain(f"{failure.said}: {response.text}", 120)
            return Failed(said, failure.permanent, failure.after)
        return Sent(delivery.key) if response.text.strip() == "ok" else Failed("Slack did not say ok")

    def probe(self) -> Failed | None:
        """The secret is there; Slack has no way to try a webhook without posting."""
        try:
            usable = self.spec.url is not None and self.spec.url.reveal().startswith(("https://", "http://"))
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        return None if usable else Failed("the configured address is not an address", permanent=True)
