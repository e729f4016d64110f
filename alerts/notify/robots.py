"""What robots of chat services have in common: one POST, and the verdict in the body, which status 200 says nothing about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from alerts.notify.answers import read_error, read_status
from alerts.notify.base import Failed
from alerts.plain import plain
from alerts.settings import ChannelSpec, Secret

TIMEOUT_S = 10.0
BAD_ADDRESS = Failed("the configured address is not an address", permanent=True)


@dataclass(frozen=True, slots=True)
class Code:
    """What one number of a service means: in words, and whether and when trying again makes sense."""

    said: str
    permanent: bool = True
    after: timedelta | None = None


def open_client(timeout: float) -> httpx.Client:
    """A client that follows no redirect (an address with a key must not travel) and asks no proxy of the environment."""
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)


def reveal_url(spec: ChannelSpec) -> str:
    """The configured address. Raises LookupError."""
    if spec.url is None:
        raise LookupError(f"channel '{spec.id}' has no url")
    return spec.url.reveal()


def reveal_key(key: Secret | None) -> str:
    """The configured key, "" when none is configured. Raises LookupError."""
    return key.reveal() if key else ""


def post_json(client: httpx.Client, url: str, body: bytes, params: Mapping[str, str] | None = None) -> Any | Failed:
    """The body of the answer as JSON. A success that cannot be read may have been one: nobody knows."""
    try:
        address = httpx.URL(url).copy_merge_params(dict(params or {}))
        response = client.post(address, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    except httpx.HTTPError as error:
        return read_error(error)
    except (httpx.InvalidURL, UnicodeError):
        return BAD_ADDRESS
    failure = read_status(response)
    if failure is not None:
        return failure
    try:
        return response.json()
    except ValueError:
        return Failed("the service's answer could not be read", unknown=True)


def judge_code(answer: Any, names: tuple[str, ...], codes: Mapping[int, Code]) -> Failed | None:
    """None when the first of `names` in the body is 0; a number we do not know is tried again later."""
    found = [answer[name] for name in names if name in answer] if isinstance(answer, dict) else []
    if not found or not isinstance(found[0], int):
        return Failed("the service's answer has no verdict", unknown=True)
    number = found[0]
    if number == 0:
        return None
    code = codes.get(number)
    words = code.said if code else plain(str(answer.get("errmsg") or answer.get("msg") or "no reason given"), 120)
    said = f"refused with {names[0]} {number}: {words}"
    return Failed(said, code.permanent, code.after) if code else Failed(said)


def probe_hook(spec: ChannelSpec, *keys: Secret | None) -> Failed | None:
    """The secrets are there and the address is one. Robots cannot be tried without posting."""
    try:
        url = reveal_url(spec)
        for key in keys:
            reveal_key(key)
    except LookupError as error:
        return Failed(str(error.args[0]), permanent=True)
    return None if url.startswith(("https://", "http://")) else BAD_ADDRESS
