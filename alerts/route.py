"""To whom and by which channels: by audience, severity, routes and the roster of the moment. Pure.

Telephones (text messages and calls) are kept for waking: a first message uses them only when nothing else reaches
anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.notify.opening import Channel
from alerts.policy import DepartmentSpec, Policy, RouteSpec
from alerts.roster import Officer
from pipeline.model import Severity

DUTY, OPERATOR, DEPARTMENT = "duty", "operator", "dept:"
PHONES = ("aliyun", "tencent", "twilio")
PERSONAL = ("email", *PHONES)  # an officer's own address there replaces the list


@dataclass(frozen=True, slots=True)
class Target:
    """One message owed: to an officer (by id), to whoever reads a channel (`duty`, `operator`) or to a department's
    contact (`dept:ID`)."""

    receiver: str
    channel: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What routes ask about: level, topic, campus ("" when none is named) and department (None when it is nobody's)."""

    severity: Severity
    topic: str
    campus: str = ""
    department: DepartmentSpec | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Who could be told now: those on duty and the leaders."""

    duty: tuple[Officer, ...] = ()
    leaders: tuple[Officer, ...] = ()


def has_own_address(channel: Channel) -> bool:
    """True for a channel that reaches somebody without an officer's address: a conversation, a list, a webhook."""
    spec = channel.spec
    return spec.kind in ("terminal", "webhook") or bool(spec.target or spec.url or spec.to)


def is_phone(channel: Channel) -> bool:
    """True for text messages and calls."""
    return channel.spec.kind in PHONES


def by_means(channels: Sequence[Channel], means: Sequence[str]) -> list[Channel]:
    """The duty channels that are `chat` (anything but a telephone), `sms` or `voice`."""
    return [one for one in channels if one.spec.audience == "duty" and _means_of(one) in means]


def _means_of(channel: Channel) -> str:
    if not is_phone(channel):
        return "chat"
    return "voice" if channel.spec.voice else "sms"


def reach_officers(people: Sequence[Officer], channels: Sequence[Channel]) -> tuple[Target, ...]:
    """By every duty channel on which an officer has an address; a shared channel also without one. A shared channel
    is used once, in the name of the first officer (a list of mail addresses or telephone numbers is not shared for an
    officer who has an own one)."""
    targets: list[Target] = []
    shared: set[str] = set()
    for officer in people:
        for channel in channels:
            own = channel.spec.kind in PERSONAL and channel.id in officer.addresses
            if own or (has_own_address(channel) and channel.id not in shared):
                targets.append(Target(officer.id, channel.id))
                shared |= set() if own else {channel.id}
    return tuple(targets)


def reach_gently(people: Sequence[Officer], channels: Sequence[Channel]) -> tuple[Target, ...]:
    """Without telephones where that reaches anybody, then by text message, then by a call."""
    for means in ("chat", "sms", "voice"):
        ways = by_means(channels, [means])
        targets = reach_officers(people, ways) or (() if people else tuple(_as_such(ways)))
        if targets:
            return targets
    return ()


def _as_such(channels: Sequence[Channel]) -> list[Target]:
    return [Target(DUTY, channel.id) for channel in channels if has_own_address(channel)]


def route_duty(people: Sequence[Officer], channels: Sequence[Channel]) -> tuple[Target, ...]:
    """For an alert: the people by their channels, or every duty channel as such when the roster names nobody."""
    return reach_gently(people, channels) or reach_gently((), channels)


def route_operator(channels: Sequence[Channel]) -> tuple[Target, ...]:
    """For a notice about the watch itself: operator channels only."""
    return tuple(Target(OPERATOR, channel.id) for channel in channels if channel.spec.audience == "operator")


# ------------------------------------------------------------------ routes


def describe_matter(policy: Policy, severity: Severity, topic: str, place: str) -> Matter:
    """An event as routes see it: the first configured campus that its place names, and whose matter it is."""
    campus = policy.campus_of(place)
    return Matter(severity, topic, campus, policy.department_of(topic, campus))


def find_routes(policy: Policy, matter: Matter) -> tuple[RouteSpec, ...]:
    """The first route that fits, and those after it while `continue = true`; empty when none fits."""
    found: list[RouteSpec] = []
    for route in policy.routes:
        if _fits(route, matter):
            found.append(route)
            if not route.go_on:
                break
    return tuple(found)


def _fits(route: RouteSpec, matter: Matter) -> bool:
    department = matter.department.id if matter.department else ""
    asked = (
        (route.severities, matter.severity), (route.topics, matter.topic), (route.campuses, matter.campus),
        (route.departments, department),
    )  # fmt: skip
    return all(not wanted or given in wanted for wanted, given in asked)


def follow_routes(
    routes: Sequence[RouteSpec], matter: Matter, people: People, channels: Sequence[Channel]
) -> tuple[Target, ...]:
    """All targets of `routes`, each message once: the same channel is not used twice for the same group."""
    found: list[Target] = []
    for route in routes:
        for target in _follow(route, matter, people, channels):
            if target not in found and not _repeats(target, found, channels):
                found.append(target)
    return tuple(found)


def _follow(route: RouteSpec, matter: Matter, people: People, channels: Sequence[Channel]) -> list[Target]:
    ways = [one for one in channels if not route.channels or one.id in route.channels]
    known = {one.id for one in channels}
    targets: list[Target] = []
    for name in route.to:
        if name == "duty":
            targets += route_duty(people.duty, ways)
        elif name == "leader":
            targets += reach_gently(people.leaders, ways) if people.leaders else ()
        elif name == "department":
            targets += _reach_department(matter, known)
        elif name in known:
            targets.append(Target(DUTY, name))
    return targets


def _reach_department(matter: Matter, known: set[str]) -> list[Target]:
    """The contact of the matter's department. What is about somebody's wellbeing is no department's."""
    if matter.department is None or matter.topic == "wellbeing":
        return []
    return [
        Target(f"{DEPARTMENT}{matter.department.id}", name) for name in matter.department.addresses if name in known
    ]


def reach_asked_department(policy: Policy, matter: Matter, channels: Sequence[Channel]) -> tuple[Target, ...]:
    """The contact of a department that was asked about a matter, where a route that fits leads to departments."""
    asked = any("department" in route.to for route in find_routes(policy, matter))
    return tuple(_reach_department(matter, {one.id for one in channels})) if asked else ()


def _repeats(target: Target, found: Sequence[Target], channels: Sequence[Channel]) -> bool:
    """True for a shared conversation that is used already."""
    spec = next(one.spec for one in channels if one.id == target.channel)
    shared = spec.kind not in PERSONAL and not target.receiver.startswith(DEPARTMENT)
    return shared and any(one.channel == target.channel for one in found)
