"""What becomes of an alert whose time has come: sent to whom, put off until when, or kept silent, and why. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.inhibit import Bigger
from alerts.message import Holding
from alerts.mute import Silence, breaks_quiet, find_mute, quiet_end
from alerts.notify.opening import Channel
from alerts.outbox import Owed
from alerts.policy import Policy, RouteSpec
from alerts.roster import Roster
from alerts.route import (
    PHONES,
    Matter,
    People,
    Target,
    describe_matter,
    find_routes,
    follow_routes,
    route_duty,
    route_operator,
)
from alerts.settings import Alerting, parse_span
from pipeline.model import Alert, Reason, Severity

BURST = 8
RETRY = timedelta(minutes=5)
UPDATES = frozenset({"reach", "threshold", "reopened"})  # a rise in severity waits for nothing


@dataclass(frozen=True, slots=True)
class Desk:
    """The office as it stands at one moment: its rules of telling, channels, roster, zone and routes."""

    alerting: Alerting
    zone: ZoneInfo
    channels: tuple[Channel, ...]
    roster: Roster
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of an alert's event: `severity` is the highest so far, `last_seen` when its newest item came,
    `topics` those of the alert's stories, `told` the messages that arrived about the event, `last_told` when the newest
    did, `cover` the bigger matter that covers this one."""

    severity: Severity
    last_seen: datetime
    topic: str
    topics: tuple[str, ...]
    silences: tuple[Silence, ...]
    holding: Holding | None
    overtaken: bool
    place: str = ""
    told: tuple[Target, ...] = ()
    last_told: datetime | None = None
    cover: Bigger | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The new state of an alert. `due` only for `deferred` and for one that nobody can be told."""

    state: str
    note: Reason
    targets: tuple[Target, ...] = ()
    due: datetime | None = None


def settle(owed: Owed, about: Circumstances, desk: Desk, now: datetime) -> Settled:
    """Mute, overtaken, quiet hours, covered by a bigger matter, waiting times, route: in this order."""
    if owed.alert.kind == "operator":
        return settle_notice(desk)
    mute = find_mute(owed.alert, about.topic, about.silences, about.holding, now)
    if mute is not None:
        return Settled("silenced", mute)
    if about.overtaken and owed.alert.kind != "closed":
        return Settled("stale", Reason("overtaken", "a later alert of the event was told meanwhile"))
    end = quiet_end(now, desk.alerting, desk.zone)
    if end is not None and not breaks_quiet(owed.alert, about.severity, about.topics, desk.alerting):
        text = f"quiet hours, put off to {end.isoformat()}"
        return Settled("deferred", Reason("quiet_hours", text, {"until": end.isoformat()}), due=end)
    if about.cover is not None:
        numbers = {"alert": about.cover.alert, "number": about.cover.number}
        return Settled("inhibited", Reason("inhibited", f"{about.cover.number} covers it", numbers))
    if owed.alert.kind == "closed" and about.told:
        return settle_closed(about, desk, now)
    matter = describe_matter(desk.policy, about.severity, about.topic, about.place)
    routes = find_routes(desk.policy, matter)
    return find_waiting(owed, about, desk, routes, now) or settle_matter(matter, routes, desk, now)


def find_waiting(
    owed: Owed, about: Circumstances, desk: Desk, routes: Sequence[RouteSpec], now: datetime
) -> Settled | None:
    """The group wait of a route for what nobody has heard of yet, the update interval for what is no rise."""
    route, at = (routes[0] if routes else None), owed.alert.at
    if about.last_told is None:
        if route is None or not route.group_wait:
            return None
        due = at - parse_span(desk.alerting.group_wait) + parse_span(route.group_wait)
        note = Reason("group_wait", f"waits for more until {due.isoformat()}", {"until": due.isoformat()})
        return Settled("pending", note, due=due) if due > now and owed.state == "pending" else None
    if owed.alert.kind not in UPDATES:
        return None
    due = about.last_told + parse_span((route.update_interval if route else "") or desk.alerting.update_interval)
    note = Reason("update_interval", f"told lately; the next word is due {due.isoformat()}", {"until": due.isoformat()})
    return Settled("pending", note, due=due) if due > now >= about.last_told else None


def settle_closed(about: Circumstances, desk: Desk, now: datetime) -> Settled:
    """The same people hear that it is over, by the ways that reached them; calls are left out where words reached too."""
    kinds = {channel.id: channel.spec.kind for channel in desk.channels}
    known = [target for target in about.told if target.channel in kinds]
    words = [target for target in known if kinds[target.channel] not in PHONES]
    targets = tuple(dict.fromkeys(words or known))
    if not targets:
        return settle_route(about.severity, desk, now)
    return Settled("routed", Reason("routed", "on its way", {"to": [one.receiver for one in targets]}), targets)


def settle_matter(matter: Matter, routes: Sequence[RouteSpec], desk: Desk, now: datetime) -> Settled:
    """By the routes that fit; by the usual way when there is none, or when they lead to nobody."""
    if not routes:
        return settle_route(matter.severity, desk, now)
    people = People(desk.roster.on_duty(now), desk.roster.leaders(now))
    targets = follow_routes(routes, matter, people, desk.channels)
    if not targets:
        return settle_route(matter.severity, desk, now)
    numbers = {"to": [one.receiver for one in targets], "routes": [route.id for route in routes]}
    return Settled("routed", Reason("routed", "on its way", numbers), targets)


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
