"""What text messages and calls have in common: numbers, few words, one verdict for several receivers.

Operators in China let no link and no free text pass: a registered template with two variables, the number of the alert and
its headline, says enough to open the dashboard.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from alerts.model import Message
from alerts.notify.answers import read_error, read_status
from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.robots import BAD_ADDRESS
from alerts.plain import cut, plain
from alerts.settings import ChannelSpec

NUMBER = re.compile(r"^\+?\d{7,15}$")
MATTER = 30  # characters that a variable of a template may have (35 at Aliyun)
NOBODY = Failed("nobody has a usable telephone number on this channel", permanent=True)


def find_numbers(spec: ChannelSpec, delivery: Delivery) -> list[str]:
    """The officer's own number, else those of the channel."""
    wanted = [delivery.address] if delivery.address else list(spec.to)
    return [number for one in wanted if NUMBER.match(number := re.sub(r"[ \-]", "", one))]


def with_country(number: str) -> str:
    """The number with its country; a bare one is Chinese."""
    return number if number.startswith("+") else f"+86{number}"


def describe(message: Message) -> dict[str, str]:
    """The two variables of a template. Brackets and links make operators refuse a text."""
    matter = re.sub(r"https?://\S+", " ", re.sub(r"[【】\[\]<>]", " ", message.headline))
    return {"number": plain(message.number, 20), "matter": cut(plain(matter), MATTER)}


def call_api(
    client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str], login: tuple[str, str] | None = None,
) -> tuple[Any, Failed | None]:  # fmt: skip
    """(JSON of the answer or None, the failure its status means or None). Refusals carry a reason in the body."""
    try:
        auth = httpx.BasicAuth(*login) if login else httpx.USE_CLIENT_DEFAULT
        response = client.post(url, content=body, headers=dict(headers), auth=auth)
    except httpx.HTTPError as error:
        return None, read_error(error)
    except (httpx.InvalidURL, UnicodeError):
        return None, BAD_ADDRESS
    try:
        return response.json(), read_status(response)
    except ValueError:
        unread = Failed("the service's answer could not be read", unknown=True)
        return None, read_status(response) or unread


def tell_each(numbers: Sequence[str], tell: Callable[[str], Sent | Failed]) -> Sent | Failed:
    """One call a number. Reached is whoever was reached: with one of several the message counts as sent, and says who
    was not, because trying again would ring the others twice."""
    if not numbers:
        return NOBODY
    answers = [tell(number) for number in numbers]
    sent = [one for one in answers if isinstance(one, Sent)]
    failed = [one for one in answers if isinstance(one, Failed)]
    if not sent:
        return min(failed, key=lambda one: (not one.unknown, one.permanent))  # doubt first, then what may pass
    said = f"{len(failed)} of {len(answers)} numbers were not reached ({failed[0].said})" if failed else ""
    return Sent(",".join(one.receipt for one in sent), said)
