"""Services for text messages and calls on loopback: they check signatures by the documented algorithms, clocks and forms."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote

from fake_robot import FakeRobot

USER, SECRET = "AKIDTEST", "CANARY123-secret"


class FakeCloud(FakeRobot):
    """`now` is the service's clock; `url` is its base address."""

    path = ""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now


class FakeAliyun(FakeCloud):
    """Text messages and calls of Alibaba Cloud. `taken` are the parameters of accepted calls."""

    refusal, pace = "isv.SMS_TEMPLATE_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL"

    def parse(self, raw: bytes) -> dict[str, Any]:
        return {}

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> str | None:
        fault = self.find_bad_sign(raw, query)
        if fault:
            return fault
        words = json.loads(query.get("TemplateParam") or query.get("TtsParam") or "{}")
        if not {"number", "matter"} <= set(words) or any(len(word) > 35 for word in words.values()):
            return "isv.PARAM_LENGTH_LIMIT"
        number = query.get("PhoneNumbers") or query.get("CalledNumber", "")
        if not number.isdigit():
            return "isv.MOBILE_NUMBER_ILLEGAL"
        body |= {**query, "action": self.headers["x-acs-action"]}
        return None

    def find_bad_sign(self, raw: bytes, query: dict[str, str]) -> str | None:
        """The documented check, written from the receiver's side."""
        login = dict(part.split("=", 1) for part in self.headers["authorization"].split(" ", 1)[1].split(","))
        names = login["SignedHeaders"].split(";")
        canonical = "&".join(f"{quote(key, '~')}={quote(query[key], '~')}" for key in sorted(query))
        lines = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        digest = hashlib.sha256(raw).hexdigest()
        request = "\n".join(["POST", "/", canonical, lines, login["SignedHeaders"], digest])
        words = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
        want = hmac.new(SECRET.encode(), words.encode(), hashlib.sha256).hexdigest()
        if login["Credential"] != USER or login["Signature"] != want or "host" not in names:
            return "SignatureDoesNotMatch"
        sent = datetime.strptime(self.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return "InvalidTimeStamp.Expired" if abs((self.now - sent).total_seconds()) > 900 else None

    def answer(self, fault: str | None) -> tuple[int, str]:
        status = 400 if fault and not fault.startswith("isv.") else 200
        extra = {} if fault else {"BizId": f"biz-{len(self.taken)}"}
        return status, json.dumps({"Code": fault or "OK", "Message": f"said {SECRET}", "RequestId": "R", **extra})


class FakeTencent(FakeCloud):
    """Text messages and calls of Tencent Cloud."""

    refusal, pace = "FailedOperation.TemplateIncorrectOrUnapproved", "LimitExceeded.PhoneNumberThirtySecondLimit"

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> str | None:
        fault = self.find_bad_sign(raw)
        if fault:
            return fault
        action = self.headers["x-tc-action"]
        number = body["PhoneNumberSet"][0] if action == "SendSms" else body["CalledNumber"]
        if len(body["TemplateParamSet"]) != 2:
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        return None if number.startswith("+") else "InvalidParameterValue.IncorrectPhoneNumber"

    def find_bad_sign(self, raw: bytes) -> str | None:
        """The documented check, written from the receiver's side."""
        stamp = int(self.headers["x-tc-timestamp"])
        day = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d")
        service = "sms" if self.headers["x-tc-action"] == "SendSms" else "vms"
        lines = f"content-type:{self.headers['content-type']}\nhost:{self.headers['host']}\n"
        request = f"POST\n/\n\n{lines}\ncontent-type;host\n{hashlib.sha256(raw).hexdigest()}"
        scope = f"{day}/{service}/tc3_request"
        words = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = ("TC3" + SECRET).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        want = hmac.new(key, words.encode(), hashlib.sha256).hexdigest()
        login = f"TC3-HMAC-SHA256 Credential={USER}/{scope}, SignedHeaders=content-type;host, Signature={want}"
        if self.headers["authorization"] != login:
            return "AuthFailure.SignatureFailure"
        return "AuthFailure.SignatureExpire" if abs(self.now.timestamp() - stamp) > 300 else None

    def answer(self, fault: str | None) -> tuple[int, str]:
        if fault and fault.startswith("AuthFailure"):
            return 200, json.dumps({"Response": {"Error": {"Code": fault, "Message": SECRET}, "RequestId": "R"}})
        if self.headers["x-tc-action"] != "SendSms" and not fault:
            return 200, json.dumps({"Response": {"SendStatus": {"CallId": "call-1", "SessionContext": ""}}})
        status = {"SerialNo": "" if fault else "5000:1", "Code": fault or "Ok", "Message": "m"}
        return 200, json.dumps({"Response": {"SendStatusSet": [status], "RequestId": "R"}})


class FakeTwilio(FakeCloud):
    """Text messages and calls of Twilio."""

    refusal, pace = 21211, 20429

    def parse(self, raw: bytes) -> dict[str, Any]:
        return {key: one[0] for key, one in parse_qs(raw.decode(), strict_parsing=True).items()}

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> int | None:
        login = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if self.headers.get("authorization") != f"Basic {login}":
            return 20003
        if not body["To"].startswith("+") or not body["From"].startswith("+"):
            return 21211
        text = body.get("Body") or body.get("Twiml", "")
        return 21617 if not text or len(text) > 1600 else None

    def answer(self, fault: int | None) -> tuple[int, str]:
        statuses = {20003: 401, 20429: 429}
        if fault:
            return statuses.get(fault, 400), json.dumps({"code": fault, "message": SECRET, "status": 400})
        return 201, json.dumps({"sid": f"SM{len(self.taken)}", "status": "queued"})
