"""When nobody takes an alert: the next person, then the leaders; and again when a hold has ended. Pure."""

from dataclasses import dataclass
from datetime import datetime

from alerts.mute import breaks_quiet, find_mute, quiet_end
from alerts.notify.opening import Channel
from alerts.outbox import LAPSE, Owed
from alerts.route import Target, reach_officers
from alerts.settings import parse_span
from alerts.settle import Circumstances, Desk
from pipeline.model import Severity

SPEAKS = frozenset({"first", "severity", "reach", "threshold", "reopened"})


@dataclass(frozen=True, slots=True)
class Told:
    """How far the telling of an alert has come: `step` of the escalation, when its last message was sent (None while
    none was), whether all messages of that step died, and when those on duty were asked again after a hold ended."""

    step: int
    sent: datetime | None
    dead: bool
    asked_again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """Messages that are now owed, as which step."""

    step: int
    targets: tuple[Target, ...]


def remind(owed: Owed, told: Told, about: Circumstances, desk: Desk, now: datetime) -> Reminder | None:
    """The next step of the escalation, None while it is not due or not wanted."""
    if not _escalates(owed, about, now) or _sleeps(owed, about, desk, now):
        return None
    wait, since = parse_span(desk.alerting.escalate_after), _asked_at(told, about, now)
    unanswered = since is not None and now - since >= wait
    if not unanswered and not told.dead:
        return None
    chain = desk.roster.chain(now)
    for step in range(told.step + 1, len(chain) + 1):
        targets = reach_officers(chain[step - 1], _duty_channels(desk))
        if targets:
            return Reminder(step, targets)
    return None


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
    targets = reach_officers(people, _duty_channels(desk))
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
