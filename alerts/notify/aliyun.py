"""`aliyun`: a text message of Alibaba Cloud, or with `voice` a call that reads the text.

Signed by ACS3-HMAC-SHA256 (https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature). A
refusal is a `Code` other than OK, with status 200 or 400. The clock may be wrong by fifteen minutes.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.phones import call_api, describe, find_numbers, tell_each
from alerts.notify.robots import TIMEOUT_S, open_client, reveal_key
from alerts.plain import plain
from alerts.settings import ChannelSpec

SMS, CALLS, VERSION = "https://dysmsapi.aliyuncs.com", "https://dyvmsapi.aliyuncs.com", "2017-05-25"
PASSING = ("isp.", "Throttling", "ServiceUnavailable", "InternalError", "isv.BUSINESS_LIMIT_CONTROL")
PAUSE = timedelta(minutes=1)


class Aliyun:
    """Implements `Notifier`. `user` and `password` are the access key, `sender` the signature of the texts (or the
    number that calls), `template` its code."""

    def __init__(self, spec: ChannelSpec, timeout: float = TIMEOUT_S) -> None:
        self.spec, self.client = spec, open_client(timeout)

    def send(self, delivery: Delivery) -> Sent | Failed:
        """One call a number."""
        return tell_each(find_numbers(self.spec, delivery), lambda number: self._tell(number, delivery))

    def _tell(self, number: str, delivery: Delivery) -> Sent | Failed:
        try:
            secret = reveal_key(self.spec.password)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)
        base = self.spec.base_url or (CALLS if self.spec.voice else SMS)
        action, query = write_query(self.spec, number, delivery)
        headers = sign(action, query, urlsplit(base).netloc, (self.spec.user, secret), delivery)
        answer, failure = call_api(self.client, f"{base}/?{write_canonical(query)}", b"", headers)
        return judge(answer, failure)

    def probe(self) -> Failed | None:
        """The secret is there; nothing is sent."""
        try:
            return None if reveal_key(self.spec.password) else Failed("no access key secret is set", permanent=True)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)


def write_query(spec: ChannelSpec, number: str, delivery: Delivery) -> tuple[str, dict[str, str]]:
    """The action and its parameters."""
    words, number = json.dumps(describe(delivery.message), ensure_ascii=False), number.removeprefix("+86")
    if spec.voice:
        called = {"CalledNumber": number, "TtsCode": spec.template, "TtsParam": words, "OutId": delivery.key[:15]}
        return "SingleCallByTts", called | ({"CalledShowNumber": spec.sender} if spec.sender else {})
    return "SendSms", {
        "PhoneNumbers": number.lstrip("+"), "SignName": spec.sender, "TemplateCode": spec.template,
        "TemplateParam": words, "OutId": delivery.key,
    }  # fmt: skip


def write_canonical(query: Mapping[str, str]) -> str:
    """Parameters in order, percent-coded as RFC 3986 says."""
    return "&".join(f"{quote(key, safe='~')}={quote(query[key], safe='~')}" for key in sorted(query))


def sign(action: str, query: Mapping[str, str], host: str, key: tuple[str, str], delivery: Delivery) -> dict[str, str]:
    """The headers of a signed call. The nonce is the message's key and the second, so that no two calls share one."""
    now: datetime = delivery.now.astimezone(UTC)
    nonce = hashlib.sha256(f"{delivery.key}{now.isoformat()}{query}".encode()).hexdigest()[:32]
    headers = {
        "host": host, "x-acs-action": action, "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "x-acs-signature-nonce": nonce, "x-acs-version": VERSION,
    }  # fmt: skip
    return headers | {"Authorization": authorize(headers, write_canonical(query), key)}


def authorize(headers: Mapping[str, str], query: str, key: tuple[str, str]) -> str:
    """The value of `Authorization` over `headers` (lower case) and the query of a call without a body."""
    names, lines = ";".join(sorted(headers)), "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    said = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key[1].encode(), said.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={key[0]},SignedHeaders={names},Signature={signature}"


def judge(answer: Any, failure: Failed | None) -> Sent | Failed:
    """Only `Code` OK is a success; which refusals may pass is known by their names."""
    code = str(answer.get("Code", "")) if isinstance(answer, dict) else ""
    if not code:
        return failure or Failed("the service's answer has no verdict", unknown=True)
    if code == "OK":
        return Sent(str(answer.get("BizId") or answer.get("CallId") or "OK"))
    passing = code.startswith(PASSING)
    said = plain(f"refused with {code}", 120)
    return Failed(said, permanent=not passing, after=PAUSE if "LIMIT" in code or "Throttling" in code else None)
