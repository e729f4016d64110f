"""`[cases]` in TOML: how long a department has, by severity, and when it is reminded."""

from datetime import timedelta

import msgspec

from alerts.settings import parse_span
from pipeline.model import Severity

LONGEST = timedelta(days=60)


class CaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`critical`, `serious`, `notice`, `info`: the time allowed. `working_time` names severities whose clock runs in
    working hours only. `remind_at` are shares of the allowed time.

    The defaults are the clock of the State Council Office's notice of 2016 for authorities, which schools commonly
    follow: first word within an hour, information within five, a briefing within 24, anything else within 48 hours.
    """

    critical: str = "1h"
    serious: str = "5h"
    notice: str = "24h"
    info: str = "48h"
    working_time: list[Severity] = []
    remind_at: list[float] = msgspec.field(default_factory=lambda: [0.5, 0.8])

    def allowed(self, severity: Severity) -> timedelta:
        """The time allowed for a matter of this severity."""
        return parse_span(str(getattr(self, severity.value)))


def check_cases(settings: CaseSettings) -> tuple[str, str] | None:
    """(field, sentence) of what is wrong with `[cases]`, None when it can be used."""
    for severity in Severity:
        try:
            span = settings.allowed(severity)
        except ValueError as error:
            return severity.value, str(error)
        if not timedelta(minutes=5) <= span <= LONGEST:
            return severity.value, f"{severity.value} must be from 5 minutes to {LONGEST.days} days"
    if any(not 0 < share < 1 for share in settings.remind_at):
        return "remind_at", "remind_at are shares of the allowed time, more than 0 and less than 1"
    if len(settings.remind_at) > 5 or len(set(settings.remind_at)) < len(settings.remind_at):
        return "remind_at", "remind_at has at most five shares, each once"
    return None
