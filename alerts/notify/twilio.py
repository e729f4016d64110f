"""`twilio`: a text message, or with `voice` a call that reads the headline. For schools outside mainland China.

HTTP basic authentication with account id and token (https://www.twilio.com/docs/messaging/api/message-resource).
"""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.phones import call_api, find_numbers, tell_each, with_country
from alerts.notify.robots import TIMEOUT_S, open_client, reveal_key
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

BASE, TEXT, SPOKEN = "https://api.twilio.com", 480, 200
PASSING = frozenset({20429, 20500, 20503, 14107, 30001})
HAN = re.compile(r"[\u4e00-\u9fff]")


class Twilio:
    """Implements `Notifier`. `user` is the account's id, `password` its token, `sender` the number that sends."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """One call a number."""
        return tell_each(find_numbers(self.spec, delivery), lambda number: self._tell(number, delivery))

    def _tell(self, number: str, delivery: Delivery) -> Sent | Failed:
        try:
            token = reveal_key(self.spec.password)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        resource = "Calls" if self.spec.voice else "Messages"
        url = f"{self.spec.base_url or BASE}/2010-04-01/Accounts/{self.spec.user}/{resource}.json"
        words = {"Twiml": write_speech(delivery.message)} if self.spec.voice else {"Body": write_text(delivery.message)}
        body = urlencode({"To": with_country(number), "From": self.spec.sender, **words}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return judge(*call_api(self.client, url, body, headers, (self.spec.user, token)))

    def probe(self) -> Failed | None:
        """The secret is there; nothing is sent."""
        try:
            return None if reveal_key(self.spec.password) else Failed("no token is set", permanent=True)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)


def write_text(message: Message) -> str:
    """Number, headline and the page; a text that was cut shows it, and the link stays whole."""
    link = f" {message.link}" if message.link else ""
    return cut(f"{plain(message.number)} {plain(message.headline)}", max(60, TEXT - len(link))) + link


def write_speech(message: Message) -> str:
    """The headline, read twice, in the voice of its language."""
    text = html.escape(cut(plain(f"{message.headline} {message.number}"), SPOKEN))
    language = "zh-CN" if HAN.search(text) else "en-GB"
    return f'<Response><Say language="{language}" loop="2">{text}</Say></Response>'


def judge(answer: Any, failure: Failed | None) -> Sent | Failed:
    """A success has an id; a refusal a number, which says whether it may pass."""
    known = isinstance(answer, dict)
    if failure is None:
        receipt = str(answer.get("sid") or "") if known else ""
        return Sent(receipt) if receipt else Failed("the service's answer has no id", unknown=True)
    code = answer.get("code") if known else None
    if not isinstance(code, int):
        return failure
    wait = failure.after or (timedelta(minutes=1) if code == 20429 else None)
    return Failed(f"refused with code {code}", permanent=failure.permanent and code not in PASSING, after=wait)
