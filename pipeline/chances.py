"""How likely two posts share a hashtag, place or kind of matter by mere coincidence.

Counts decay with a half life of a fortnight, so what a campus always talks about (canteen queues) proves little, and
what it has not spoken of for weeks (a transformer) proves much when it comes twice within hours.
"""

import math
from datetime import datetime

HALF_LIFE_H = 14 * 24.0
PRIOR = 0.4  # posts of a kind in a half life when none has been seen
HORIZON_H = HALF_LIFE_H / math.log(2)


def hours(moment: datetime) -> float:
    """`moment` in hours since 1970."""
    return moment.timestamp() / 3600.0


class Chances:
    """Running rates of features, all in hours."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}  # feature -> (decayed count, hour of the last)
        self._began: float | None = None

    def add(self, feature: str, now: float) -> None:
        """Count one story that has `feature`."""
        self._began = now if self._began is None else self._began
        count, last = self._seen.get(feature, (0.0, now))
        self._seen[feature] = (count * math.exp(-(now - last) / HORIZON_H) + 1.0, now)

    def chance(self, feature: str, gap: float, now: float, own: float = 0.0) -> float:
        """Probability that a story with `feature` comes within `gap` hours although it is another matter.

        `own` of those counted belong to the event in question: its own posts are no coincidence.
        """
        count, last = self._seen.get(feature, (0.0, now))
        span = min(HORIZON_H, max(now - (now if self._began is None else self._began), 48.0))
        others = max(0.0, count * math.exp(-(now - last) / HORIZON_H) - own)
        return 1.0 - math.exp(-(others + PRIOR) / span * max(gap, 0.5))

    def forget(self, before: float) -> None:
        """Drop features not seen since `before`."""
        for feature in [feature for feature, (_, last) in self._seen.items() if last < before]:
            del self._seen[feature]
