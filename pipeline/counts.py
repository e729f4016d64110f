"""Stories by hour of arrival, kept in memory for the spike rule; the `arrivals` table is its copy on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.model import Volume

HOUR = timedelta(hours=1)
KEPT_HOURS = 24 * 7 * 9


def floor_hour(moment: datetime) -> datetime:
    """The hour (UTC) that holds `moment`."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Arrivals:
    """Counts of stories per hour; nine weeks are kept, older hours are dropped."""

    def __init__(self) -> None:
        self._hours: dict[datetime, int] = {}
        self._line: _Line | None = None  # what `volume` gave last: it is asked for with nearly every story

    def restore(self, hours: Mapping[datetime, int]) -> None:
        """Take over stored counts."""
        self._hours, self._line = dict(hours), None

    def add(self, seen: datetime) -> None:
        """Count one story."""
        hour = floor_hour(seen)
        self._hours[hour] = self._hours.get(hour, 0) + 1
        if self._line is not None and not self._line.add(hour):
            self._line = None
        if len(self._hours) > 2 * KEPT_HOURS:
            oldest = hour - KEPT_HOURS * HOUR
            self._hours = {key: count for key, count in self._hours.items() if key >= oldest}

    def volume(self, now: datetime) -> Volume:
        """All kept hours up to the one that holds `now`; empty hours are zeros."""
        last = floor_hour(now)
        if self._line is None or self._line.last != last:
            first = min((hour for hour in self._hours if last - KEPT_HOURS * HOUR <= hour <= last), default=last)
            span = int((last - first) / HOUR) + 1
            self._line = _Line(first, last, [self._hours.get(first + index * HOUR, 0) for index in range(span)])
        return Volume(last, tuple(self._line.counts))


@dataclass(slots=True)
class _Line:
    """The hours from `first` to `last` without gaps."""

    first: datetime
    last: datetime
    counts: list[int]

    def add(self, hour: datetime) -> bool:
        """Count one more; False when the line would have to begin earlier."""
        if hour <= self.last and hour >= self.first:
            self.counts[int((hour - self.first) / HOUR)] += 1
        return hour >= self.first or hour < self.last - KEPT_HOURS * HOUR
