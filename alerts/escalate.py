"""When nobody takes an alert: the next person, then the leaders; and again when a hold has ended. Pure."""

from dataclasses import dataclass
from datetime import datetime

from alerts.message import Holding
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
    none was), and whether all messages of that step died."""

    step: int
    sent: datetime | None
    dead: bool


@dataclass(frozen=True, slots=True)
class Reminder:
    """Messages that are now owed, as which step."""

    step: int
    targets: tuple[Target, ...]


def remind(owed: Owed, told: Told, about: Circumstances, desk: Desk, now: datetime) -> Reminder | None:
    """The next step of the escalation, None while it is not due or not wanted."""
    if not _escalates(owed, about, now) or _sleeps(owed, about, desk, now):
        return None
    wait = parse_span(desk.alerting.escalate_after)
    unanswered = told.sent is not None and now - told.sent >= wait
    if not unanswered and not told.dead:
        return None
    chain = desk.roster.chain(now)
    for step in range(told.step + 1, len(chain) + 1):
        targets = reach_officers(chain[step - 1], _duty_channels(desk))
        if targets:
            return Reminder(step, targets)
    return None


def remind_lapsed(owed: Owed, holding: Holding | None, ack: int, desk: Desk, now: datetime) -> Reminder | None:
    """A hold that has ended asks those on duty again, once a hold."""
    if holding is None or holding.what not in ("taken", "handed_over") or holding.holds(now) or not holding.expires:
        return None
    if owed.alert.kind not in SPEAKS:
        return None
    people = desk.roster.on_duty(now)
    targets = reach_officers(people, _duty_channels(desk)) if people else ()
    return Reminder(LAPSE + ack, targets) if targets else None


def _escalates(owed: Owed, about: Circumstances, now: datetime) -> bool:
    """One unconfirmed voice and mere information wake nobody further; what is in hand or false neither."""
    if owed.alert.kind not in SPEAKS or owed.alert.reason.code == "one_voice" or about.overtaken:
        return False
    if about.severity is Severity.INFO:
        return False
    if find_mute(owed.alert, about.topic, about.silences, about.holding, now) is not None:
        return False
    return about.holding is None or not about.holding.holds(now)


def _sleeps(owed: Owed, about: Circumstances, desk: Desk, now: datetime) -> bool:
    quiet = quiet_end(now, desk.alerting, desk.zone) is not None
    return quiet and not breaks_quiet(owed.alert, about.severity, about.topics, desk.alerting)


def _duty_channels(desk: Desk) -> list[Channel]:
    return [channel for channel in desk.channels if channel.spec.audience == "duty"]
