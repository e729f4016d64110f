"""What keeps an alert from being sent now: silences, a false alarm, quiet hours. Pure. Nothing here drops an alert:
quiet hours put it off to their end, a silence is kept with its reason and can be read on the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.message import Holding
from alerts.settings import Alerting
from pipeline.model import Alert, Reason, Severity


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is sent about `event` or `topic` (None: any) from `begins` to `ends`, because somebody said so."""

    id: str
    event: str | None
    topic: str | None
    begins: datetime
    ends: datetime
    who: str
    why: str

    def covers(self, event: str | None, topic: str, now: datetime) -> bool:
        """True while it lasts and for what it names."""
        named = self.event in (None, event) and self.topic in (None, topic)
        return named and self.begins <= now < self.ends


def find_mute(
    alert: Alert, topic: str, silences: Sequence[Silence], holding: Holding | None, now: datetime
) -> Reason | None:
    """Why the alert is not sent at all; None when nothing holds it back. A rise in severity is never held back."""
    if alert.kind in ("severity", "operator"):
        return None
    if holding is not None and holding.what == "false_alarm" and alert.kind != "reopened":
        return Reason("false_alarm", f"{holding.who} called it a false alarm", {"who": holding.who})
    for silence in silences:
        if silence.covers(alert.event, topic, now):
            numbers = {"until": silence.ends.isoformat(), "why": silence.why, "silence": silence.id}
            return Reason("silenced", f"silenced until {silence.ends.isoformat()}: {silence.why}", numbers)
    return None


def breaks_quiet(alert: Alert, severity: Severity, topics: Sequence[str], alerting: Alerting) -> bool:
    """True for what is sent at night too: the configured severities and topics, and one unconfirmed voice about life
    and limb. That something is over never wakes anybody."""
    if alert.kind in ("closed", "digest"):
        return False
    if alert.reason.code == "one_voice" or severity in alerting.breaks_quiet:
        return True
    return not set(alerting.breaks_quiet_topics).isdisjoint(topics)


def quiet_end(now: datetime, alerting: Alerting, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `now` is in end; None outside of them. On special days there are none."""
    local = now.astimezone(zone)
    if local.date().isoformat() in alerting.special_days:
        return None
    ends = [end for span in alerting.quiet_hours if (end := _span_end(span, local, zone))]
    return max(ends).astimezone(now.tzinfo) if ends else None


def _span_end(span: str, local: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of `HH:MM-HH:MM` when `local` is in it. A span over midnight may have begun yesterday."""
    begin, end = (_read_clock(text) for text in span.split("-"))
    for day in (local.date() - timedelta(days=1), local.date()):
        last = day + timedelta(days=1) if end <= begin else day
        begins, ends = _moment(day, begin, zone), _moment(last, end, zone)
        if begins <= local < ends:
            return ends
    return None


def _read_clock(text: str) -> timedelta:
    hours, minutes = text.strip().split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _moment(day: date, clock: timedelta, zone: ZoneInfo) -> datetime:
    """The moment that a wall clock shows `clock` on `day`; 24:00 is the next midnight."""
    extra, rest = divmod(clock, timedelta(days=1))
    wall = time(rest.seconds // 3600, rest.seconds % 3600 // 60)
    return datetime.combine(day + timedelta(days=extra), wall, zone)
