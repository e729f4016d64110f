"""`tencent`: a text message of Tencent Cloud, or with `voice` a call that reads the text.

Signed by TC3-HMAC-SHA256 (https://cloud.tencent.com/document/api/382/52072). A refusal has status 200 and an `Error`,
or a status of its own for the number. The clock may be wrong by five minutes.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from alerts.notify.base import Delivery, Failed, Sent
from alerts.notify.phones import call_api, describe, find_numbers, tell_each, with_country
from alerts.notify.robots import TIMEOUT_S, open_client, reveal_key
from alerts.plain import plain
from alerts.settings import ChannelSpec

SMS, CALLS = "https://sms.tencentcloudapi.com", "https://vms.tencentcloudapi.com"
VERSIONS = {"sms": "2021-01-11", "vms": "2020-09-02"}
REGION, CONTENT = "ap-guangzhou", "application/json; charset=utf-8"
PASSING = ("InternalError", "LimitExceeded", "RequestLimitExceeded", "ResourceUnavailable")
PAUSE = timedelta(minutes=1)


class Tencent:
    """Implements `Notifier`. `user` and `password` are the secret id and key, `app` the application's id, `sender` the
    signature of the texts, `template` the template's id."""

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
        base, service = self.spec.base_url or (CALLS if self.spec.voice else SMS), "vms" if self.spec.voice else "sms"
        body = json.dumps(write_body(self.spec, number, delivery), ensure_ascii=False).encode()
        signed = sign(service, body, urlsplit(base).netloc, (self.spec.user, secret), delivery.now)
        action = "SendTtsVoice" if self.spec.voice else "SendSms"
        headers = {**signed, "X-TC-Action": action, "X-TC-Version": VERSIONS[service], "X-TC-Region": REGION}
        answer, failure = call_api(self.client, f"{base}/", body, headers)
        return judge(answer, failure)

    def probe(self) -> Failed | None:
        """The secret is there; nothing is sent."""
        try:
            return None if reveal_key(self.spec.password) else Failed("no secret key is set", permanent=True)
        except LookupError as error:
            return Failed(str(error.args[0]), permanent=True)


def write_body(spec: ChannelSpec, number: str, delivery: Delivery) -> dict[str, Any]:
    """The call's parameters; a template's variables are given in order."""
    words = list(describe(delivery.message).values())
    if spec.voice:
        return {
            "TemplateId": spec.template, "CalledNumber": with_country(number), "VoiceSdkAppid": spec.app,
            "TemplateParamSet": words, "PlayTimes": 2, "SessionContext": delivery.key,
        }  # fmt: skip
    return {
        "PhoneNumberSet": [with_country(number)], "SmsSdkAppId": spec.app, "SignName": spec.sender,
        "TemplateId": spec.template, "TemplateParamSet": words, "SessionContext": delivery.key,
    }  # fmt: skip


def sign(service: str, body: bytes, host: str, key: tuple[str, str], now: datetime) -> dict[str, str]:
    """The headers of a signed call at `now`."""
    stamp, day = int(now.timestamp()), now.astimezone(UTC).date().isoformat()
    names, scope = "content-type;host", f"{day}/{service}/tc3_request"
    lines = f"content-type:{CONTENT}\nhost:{host}\n"
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    said = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    made = f"TC3{key[1]}".encode()
    for part in (day, service, "tc3_request"):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(made, said.encode(), hashlib.sha256).hexdigest()
    login = f"TC3-HMAC-SHA256 Credential={key[0]}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {"Content-Type": CONTENT, "Host": host, "X-TC-Timestamp": str(stamp), "Authorization": login}


def judge(answer: Any, failure: Failed | None) -> Sent | Failed:
    """An `Error`, or a number's `Code` other than Ok, is a refusal."""
    said = answer.get("Response") if isinstance(answer, dict) else None
    if not isinstance(said, dict):
        return failure or Failed("the service's answer has no verdict", unknown=True)
    status: dict[str, Any] = said.get("SendStatus") or next(iter(said.get("SendStatusSet") or []), {})
    code = str((said.get("Error") or {}).get("Code") or status.get("Code") or ("Ok" if status.get("CallId") else ""))
    if code == "Ok":
        return Sent(str(status.get("SerialNo") or status.get("CallId") or "Ok"))
    if not code:
        return failure or Failed("the service's answer has no verdict", unknown=True)
    passing = code.startswith(PASSING)
    return Failed(plain(f"refused with {code}", 120), not passing, PAUSE if "LimitExceeded" in code else None)
