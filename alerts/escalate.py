"""When nobody takes an alert: those on duty are rung, then the next person and the leaders are asked; and again when a
hold has ended. Pure: the steps that were taken are in the outbox, so a restart goes on where it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.mute import breaks_quiet, find_mute, quiet_end
from alerts.notify.opening import Channel
from alerts.outbox import LAPSE, Owed
from alerts.roster import Officer
from alerts.route import Target, by_means, is_phone, reach_gently, reach_officers
from alerts.settings import parse_span
from alerts.settle import Circumstances, Desk
from pipeline.model import Severity

SPEAKS = frozenset({"first", "severity", "reach", "threshold", "reopened"})


@dataclass(frozen=True, slots=True)
class Told:
    """How far the telling of an alert has come: `step` of the escalation, when its last message was sent (None while
    none was), whether all messages of that step died (and on which channels), and when those on duty were asked again
    after a hold ended."""

    step: int
    sent: datetime | None
    dead: bool
    asked_again: datetime | None = None
    died_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reminder:
    """Messages that are now owed, as which step."""

    step: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: how long after the link before it, and who is asked. Without targets its time is added to
    the next one's. `again`: those are rung who were told already."""

    gap: timedelta
    targets: tuple[Target, ...]
    again: bool = False


def remind(owed: Owed, told: Told, about: Circumstances, desk: Desk, now: datetime) -> Reminder | None:
    """The next step of the escalation, None while it is not due or not wanted."""
    if not _escalates(owed, about, now) or _sleeps(owed, about, desk, now):
        return None
    since, waited = _asked_at(told, about, now), timedelta()
    for number, step in enumerate(find_chain(owed, about, desk, now), 1):
        if number <= told.step:
            continue
        waited += step.gap
        targets = _alive(step, told)
        if targets:
            unanswered = since is not None and now - since >= waited
            return Reminder(number, targets) if unanswered or told.dead else None
    return None


def _alive(step: Step, told: Told) -> tuple[Target, ...]:
    """The targets of a step; nobody is rung again on a channel that has just given up on them."""
    if not (step.again and told.dead):
        return step.targets
    return tuple(one for one in step.targets if one.channel not in told.died_on)


def find_chain(owed: Owed, about: Circumstances, desk: Desk, now: datetime) -> list[Step]:
    """Who is asked after the first message, in the order of time. What does not break quiet hours, and what was in hand
    before, wakes nobody: it goes to the next person and the leaders after `escalate_after` each."""
    wakes = breaks_quiet(owed.alert, about.severity, about.topics, desk.alerting) and not _has_lapsed(about, now)
    wait, ways = parse_span(desk.alerting.escalate_after), _duty_channels(desk)
    if wakes and desk.alerting.wake is not None:
        return _written_chain(desk, now)
    third, duty = wait / 3, desk.roster.on_duty(now) if wakes else ()
    means = ("chat", "sms") if wakes else ("chat",)
    steps = [Step(third, _ring(duty, ways, ("chat", "sms")), True), Step(third, _ring(duty, ways, ("voice",)), True)]
    for place, people in enumerate(desk.roster.chain(now)):
        steps.append(Step(third if place == 0 else wait, _ask(people, ways, means)))
    return steps


def _written_chain(desk: Desk, now: datetime) -> list[Step]:
    """The steps of `[[alerting.wake]]`."""
    roster, ways, before, steps = desk.roster, _duty_channels(desk), timedelta(), list[Step]()
    for one in desk.alerting.wake or ():
        after = parse_span(one.after)
        people = {"same": roster.on_duty, "next": roster.next_up, "leader": roster.leaders}[one.who](now)
        targets = _ring(people, ways, one.by) if one.who == "same" else _ask(people, ways, one.by)
        steps.append(Step(after - before, targets, one.who == "same"))
        before = after
    return steps


def _ring(people: Sequence[Officer], channels: Sequence[Channel], means: Sequence[str]) -> tuple[Target, ...]:
    """Those who were told already, only where they are addressed by name or number: a second message that rings nobody
    is noise."""
    found: list[Target] = []
    for channel in by_means(channels, means):
        own = [one for one in people if one.addresses.get(channel.id)]
        if is_phone(channel) and not own and channel.spec.to and people:
            own = list(people[:1])
        found += [Target(one.id, channel.id) for one in own]
    return tuple(found)


def _ask(people: Sequence[Officer], channels: Sequence[Channel], means: Sequence[str]) -> tuple[Target, ...]:
    """Those who were not told yet: by the means that the step names, by whatever reaches them when these do not."""
    return reach_officers(people, by_means(channels, means)) or (reach_gently(people, channels) if people else ())


def _asked_at(told: Told, about: Circumstances, now: datetime) -> datetime | None:
    """When somebody was last asked to take it; of a hold that has ended, when those on duty were asked again."""
    if not _has_lapsed(about, now) or about.holding is None or about.holding.expires is None:
        return told.sent
    again = told.asked_again
    return max(again, told.sent or again) if again is not None and again >= about.holding.expires else None


def remind_lapsed(owed: Owed, about: Circumstances, ack: int, desk: Desk, now: datetime) -> Reminder | None:
    """A hold that has ended asks those on duty again, once a hold; by day, and only when something has come since."""
    if owed.alert.kind not in SPEAKS or not _has_lapsed(about, now) or not _is_newer(about):
        return None
    people = () if quiet_end(now, desk.alerting, desk.zone) else desk.roster.on_duty(now)
    targets = reach_gently(people, _duty_channels(desk)) if people else ()
    return Reminder(LAPSE + ack, targets) if targets else None


def _is_newer(about: Circumstances) -> bool:
    """True when an item has come since somebody took the event."""
    return about.holding is not None and about.last_seen > about.holding.at


def _has_lapsed(about: Circumstances, now: datetime) -> bool:
    """True when somebody had it in hand and nobody has now."""
    holding = about.holding
    return holding is not None and holding.expires is not None and now >= holding.expires


def _escalates(owed: Owed, about: Circumstances, now: datetime) -> bool:
    """One unconfirmed voice and mere information wake nobody further; what is in hand or false neither."""
    if owed.alert.kind not in SPEAKS or owed.alert.reason.code == "one_voice" or about.overtaken:
        return False
    if about.severity is Severity.INFO:
        return False
    if find_mute(owed.alert, about.topic, about.silences, about.holding, now) is not None:
        return False
    if _has_lapsed(about, now):
        return _is_newer(about)
    return about.holding is None or not about.holding.holds(now)


def _sleeps(owed: Owed, about: Circumstances, desk: Desk, now: datetime) -> bool:
    """By night only what breaks quiet hours goes on asking, and nothing that was in hand before."""
    if quiet_end(now, desk.alerting, desk.zone) is None:
        return False
    return _has_lapsed(about, now) or not breaks_quiet(owed.alert, about.severity, about.topics, desk.alerting)


def _duty_channels(desk: Desk) -> list[Channel]:
    return [channel for channel in desk.channels if channel.spec.audience == "duty"]
