"""How times are shown: in the school's time zone, short where the day is obvious, ages in words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.i18n import Words


@dataclass(frozen=True, slots=True)
class Clock:
    """A reader's moment: `now`, the zone and the words to say it in."""

    now: datetime
    zone: ZoneInfo
    words: Words

    def local(self, moment: datetime) -> datetime:
        """`moment` in the school's zone."""
        return moment.astimezone(self.zone)

    def short(self, moment: datetime | None) -> str:
        """`14:05` today, `11-24 14:05` this year, else with the year; a dash for never."""
        if moment is None:
            return "–"
        local, today = self.local(moment), self.local(self.now)
        if local.date() == today.date():
            return local.strftime("%H:%M")
        return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")

    def hour(self, moment: datetime | None) -> str:
        """The hour only, as it is kept for private voices: `11-24 14 h`."""
        if moment is None:
            return "–"
        return self.words.say("{day} {hour}h", day=self.local(moment).strftime("%m-%d"), hour=self.local(moment).hour)

    def full(self, moment: datetime | None) -> str:
        """Date, time and offset, for titles and print."""
        return "–" if moment is None else self.local(moment).strftime("%Y-%m-%d %H:%M %z")

    def age(self, moment: datetime | None) -> str:
        """How long ago, in the largest fitting unit."""
        if moment is None:
            return self.words.say("never")
        if moment > self.now - timedelta(minutes=1):
            return self.words.say("just now")
        return self.words.say("{span} ago", span=self.span(self.now - moment))

    def span(self, length: timedelta) -> str:
        """A length of time in the largest fitting unit: minutes under 2 h, hours under 2 d, else days."""
        minutes = max(0, int(length.total_seconds() // 60))
        if minutes < 120:
            return self.words.count("{n} minute", "{n} minutes", minutes)
        if minutes < 2880:
            return self.words.count("{n} hour", "{n} hours", minutes // 60)
        return self.words.count("{n} day", "{n} days", minutes // 1440)


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Local midnight before `now`, in UTC."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
