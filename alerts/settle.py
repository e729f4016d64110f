"""What becomes of an alert whose time has come: sent to whom, put off until when, or kept silent, and why. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.message import Holding
from alerts.mute import Silence, breaks_quiet, find_mute, quiet_end
from alerts.notify.opening import Channel
from alerts.outbox import Owed
from alerts.roster import Roster
from alerts.route import Target, route_duty, route_operator
from alerts.settings import Alerting
from pipeline.model import Alert, Reason, Severity

BURST = 8
RETRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Desk:
    """The office as it stands at one moment: its rules of telling, channels, roster and zone."""

    alerting: Alerting
    zone: ZoneInfo
    channels: tuple[Channel, ...]
    roster: Roster


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of an alert's event: `severity` is the highest so far, `last_seen` when its newest item came,
    `topics` those of the alert's stories."""

    severity: Severity
    last_seen: datetime
    topic: str
    topics: tuple[str, ...]
    silences: tuple[Silence, ...]
    holding: Holding | None
    overtaken: bool


@dataclass(frozen=True, slots=True)
class Settled:
    """The new state of an alert. `due` only for `deferred` and for one that nobody can be told."""

    state: str
    note: Reason
    targets: tuple[Target, ...] = ()
    due: datetime | None = None


def settle(owed: Owed, about: Circumstances, desk: Desk, now: datetime) -> Settled:
    """Mute, overtaken, quiet hours, route: in this order."""
    if owed.alert.kind == "operator":
        return settle_notice(desk)
    mute = find_mute(owed.alert, about.topic, about.silences, about.holding, now)
    if mute is not None:
        return Settled("silenced", mute)
    if owed.state == "deferred" and about.overtaken and owed.alert.kind != "closed":
        return Settled("stale", Reason("overtaken", "a later alert of the event was told meanwhile"))
    end = quiet_end(now, desk.alerting, desk.zone)
    if end is not None and not breaks_quiet(owed.alert, about.severity, about.topics, desk.alerting):
        text = f"quiet hours, put off to {end.isoformat()}"
        return Settled("deferred", Reason("quiet_hours", text, {"until": end.isoformat()}), due=end)
    return settle_route(about.severity, desk, now)


def settle_route(severity: Severity, desk: Desk, now: datetime) -> Settled:
    """To those on duty at this moment; what is critical to the leaders at once."""
    people = desk.roster.on_duty(now)
    if severity is Severity.CRITICAL:
        leaders = [one for one in desk.roster.leaders(now) if one not in people]
        people = (*people, *leaders) if people else people
    targets = route_duty(people, desk.channels)
    if not targets:
        return Settled("pending", Reason("no_channel", "no channel can be used"), due=now + RETRY)
    return Settled("routed", Reason("routed", "on its way", {"to": [one.receiver for one in targets]}), targets)


def settle_notice(desk: Desk) -> Settled:
    """To the operator's channels; without one it is shown on the dashboard only."""
    targets = route_operator(desk.channels)
    code, text = ("routed", "on its way") if targets else ("no_operator_channel", "no operator channel")
    return Settled("routed", Reason(code, text), targets)


def make_digest(members: Sequence[Owed], now: datetime) -> Alert:
    """One alert for many that were held back (or that came all at once)."""
    key = hashlib.sha256("\n".join(sorted(one.alert.id for one in members)).encode()).hexdigest()[:16]
    severity = max((one.alert.severity for one in members), key=lambda level: level.rank)
    items = tuple(dict.fromkeys(item for one in members for item in one.alert.items))
    numbers = {"count": len(members), "alerts": [one.alert.id for one in members]}
    return Alert(key, now, "digest", "", None, severity, items, Reason("digest", "held back", numbers))


def wants_digest(ready: Sequence[Owed]) -> list[Owed]:
    """Which of the alerts that go out now are told together: two or more whose quiet hours ended, or the less than
    critical ones of a burst."""
    waited = [one for one in ready if one.state == "deferred"]
    if len(ready) > BURST:
        waited = [one for one in ready if one.state == "deferred" or one.alert.severity is not Severity.CRITICAL]
    return waited if len(waited) > 1 else []
