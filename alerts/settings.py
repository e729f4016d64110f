"""`[alerting]`, `[[rules]]` and `[[channels]]` in TOML, validated and frozen."""

from datetime import timedelta
from typing import Literal

import msgspec

from pipeline.model import SOURCE_KINDS, TOPICS, Severity, SourceKind
from pipeline.secret import Secret

RuleKind = Literal["first_seen", "threshold", "spike", "growth", "reach", "absence", "watchword"]
Sensitivity = Literal["fewer", "balanced", "more"]
ChannelKind = Literal[
    "terminal", "slack", "email", "webhook", "wecom", "dingtalk", "feishu", "teams", "apprise", "aliyun", "tencent",
    "twilio",
]  # fmt: skip

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_span(text: str) -> timedelta:
    """`90s`, `15m`, `24h` or `7d` as a timedelta. Raises ValueError with one sentence otherwise."""
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not number.replace(".", "", 1).isdigit():
        raise ValueError(f"'{text}' is not a length of time such as 90s, 15m, 24h or 7d")
    return timedelta(seconds=float(number) * UNITS[unit])


class RuleSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. A condition that is None (not written) is not asked.

    `stories`, `voices`, `sources`: distinct counts in `window`. `negative_share`: share of negative stories.
    `phrases`: for `watchword`. `floor`: smallest count for `spike`. `factor`: for `growth`.
    """

    id: str
    kind: RuleKind
    severity: Severity
    window: str = "24h"
    stories: int | None = None
    voices: int | None = None
    sources: int | None = None
    negative_share: float | None = None
    topics: list[str] = []
    source_kinds: list[SourceKind] = []
    sensitivity: Sensitivity = "balanced"
    phrases: list[str] = []
    floor: int | None = None
    factor: float | None = None

    @property
    def span(self) -> timedelta:
        """The window as a timedelta."""
        return parse_span(self.window)


class WakeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[alerting.wake]]`: when nobody has taken an alert `after` its first message, ask `who` by `by`."""

    after: str
    who: Literal["same", "next", "leader"] = "same"
    by: list[Literal["chat", "sms", "voice"]] = msgspec.field(default_factory=lambda: ["chat"])


class SeverityWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[alerting.severities.LEVEL]`: the office's name for the level and what it stands for."""

    name: str = ""
    criteria: str = ""


class Alerting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Timing of telling. `quiet_hours` are local `HH:MM-HH:MM`; severities in `breaks_quiet` and topics in
    `breaks_quiet_topics` are sent all the same, everything else is deferred to their end, never dropped.
    `close_after`: an event without a new story for so long is closed. `heartbeat`: an address elsewhere that is
    pinged every minute while everything works (a Secret). `wake`: the steps of waking for what breaks quiet hours
    (None: a third and two thirds of `escalate_after` for those on duty, then the next person, then the leaders)."""

    group_wait: str = "90s"
    update_interval: str = "15m"
    close_after: str = "72h"
    quiet_hours: list[str] = msgspec.field(default_factory=lambda: ["22:30-07:00"])
    breaks_quiet: list[Severity] = msgspec.field(default_factory=lambda: [Severity.SERIOUS, Severity.CRITICAL])
    breaks_quiet_topics: list[str] = msgspec.field(default_factory=lambda: ["safety", "health"])
    ack_hours: float = 4.0
    escalate_after: str = "15m"
    language: Literal["zh", "en"] = "zh"
    special_days: list[str] = []
    heartbeat: Secret | None = None
    wake: list[WakeStep] | None = None
    severities: dict[Severity, SeverityWords] = {}


class ChannelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One configured way of sending. Fields not used by its `kind` are refused by the config check.

    slack: `token` (bot) and `target` (channel id), or `url` (incoming webhook, a Secret); `base_url` for tests; for
    buttons `app_token` (Socket Mode) or `signing_key` (signed requests to our public address).
    email: `host`, `port`, `tls`, `user`, `password`, `sender`, `to`; `mailbox` (imaps://…) where replies with a code
    are read. webhook: `url`, `key` (HMAC).
    wecom, teams, apprise: `url`. dingtalk, feishu: `url`, `key` (signature) or `keyword` (the robot's own); or, with
    buttons, a robot of the school's own: `app` (its id), `app_token` (its secret), `target` (the group's id).
    aliyun, tencent, twilio (text messages, with `voice` calls): `user`, `password` (the access key), `sender`, `to`,
    `template` and `app` where the service has them.
    """

    id: str
    kind: ChannelKind
    token: Secret | None = None
    url: Secret | None = None
    key: Secret | None = None
    keyword: str = ""
    target: str = ""
    base_url: str = ""
    host: str = ""
    port: int = 0
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: Secret | None = None
    sender: str = ""
    to: list[str] = []
    template: str = ""
    app: str = ""
    voice: bool = False
    audience: Literal["duty", "operator"] = "duty"
    fallback: str = ""
    app_token: Secret | None = None
    signing_key: Secret | None = None
    mailbox: str = ""


__all__ = ["SOURCE_KINDS", "TOPICS", "Alerting", "ChannelSpec", "RuleSpec", "Secret", "parse_span"]
