"""Stories by hour of arrival, kept in memory for the spike rule; the `arrivals` table is its copy on disk."""

from collections.abc import Mapping
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

    def restore(self, hours: Mapping[datetime, int]) -> None:
        """Take over stored counts."""
        self._hours = dict(hours)

    def add(self, seen: datetime) -> None:
        """Count one story."""
        hour = floor_hour(seen)
        self._hours[hour] = self._hours.get(hour, 0) + 1
        if len(self._hours) > 2 * KEPT_HOURS:
            oldest = hour - KEPT_HOURS * HOUR
            self._hours = {key: count for key, count in self._hours.items() if key >= oldest}

    def volume(self, now: datetime) -> Volume:
        """All kept hours up to the one that holds `now`; empty hours are zeros."""
        last = floor_hour(now)
        first = min((hour for hour in self._hours if hour >= last - KEPT_HOURS * HOUR), default=last)
        span = int((last - first) / HOUR) + 1
        return Volume(last, tuple(self._hours.get(first + index * HOUR, 0) for index in range(span)))
