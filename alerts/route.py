"""To whom and by which channels: by audience, severity and the roster of the moment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.notify.opening import Channel
from alerts.roster import Officer

DUTY, OPERATOR = "duty", "operator"
PERSONAL = ("email", "aliyun", "tencent", "twilio")  # an officer's own address there replaces the list


@dataclass(frozen=True, slots=True)
class Target:
    """One message owed: to an officer (by id) or to whoever reads a channel (`duty`, `operator`)."""

    receiver: str
    channel: str


def has_own_address(channel: Channel) -> bool:
    """True for a channel that reaches somebody without an officer's address: a conversation, a list, a webhook."""
    spec = channel.spec
    return spec.kind in ("terminal", "webhook") or bool(spec.target or spec.url or spec.to)


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


def route_duty(people: Sequence[Officer], channels: Sequence[Channel]) -> tuple[Target, ...]:
    """For an alert: the people by their channels, or every duty channel as such when the roster names nobody."""
    duty = [channel for channel in channels if channel.spec.audience == "duty"]
    named = reach_officers(people, duty)
    return named or tuple(Target(DUTY, channel.id) for channel in duty if has_own_address(channel))


def route_operator(channels: Sequence[Channel]) -> tuple[Target, ...]:
    """For a notice about the watch itself: operator channels only."""
    return tuple(Target(OPERATOR, channel.id) for channel in channels if channel.spec.audience == "operator")
