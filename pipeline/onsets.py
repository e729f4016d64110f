"""How often something new is said at a school, by tone: what "soon after" is worth depends on it.

Where a complaint comes once a day, five within an hour are one matter in other words; where hundreds come, they prove nothing.
"""

import math

SPAN_H = 14 * 24.0
LEAST_H = 48.0
QUIET = 3.0  # a day: fewer prove no more
PRIOR = 1.0  # events of a tone in a span when none has been seen


class Onsets:
    """Live events by the tone of their first story, each counting the square root of its stories.

    Not 1: else whoever wrongly put everything into one event would find that nothing new is ever said. Not all of its
    stories: else one large matter would hide for two weeks how quiet the school is.
    """

    def __init__(self) -> None:
        self._live: dict[str, tuple[int, float, int]] = {}  # event -> tone and hour of its first story, stories
        self._sum: dict[int, float] = {}
        self._began: float | None = None

    def add(self, event: str, tone: int, now: float, stories: int = 1) -> None:
        """`stories` more of `event`, which began at hour `now` with `tone` when it is not known yet."""
        self._began = now if self._began is None else self._began
        tone, began, before = self._live.get(event, (tone, now, 0))
        self._live[event] = (tone, began, before + stories)
        self._sum[tone] = self._sum.get(tone, 0.0) + math.sqrt(before + stories) - math.sqrt(before)

    def drop(self, event: str) -> int:
        """Forget `event`; returns how many stories it had."""
        tone, _, stories = self._live.pop(event, (0, 0.0, 0))
        self._sum[tone] = self._sum.get(tone, 0.0) - math.sqrt(stories)
        return stories

    def join(self, kept: str, gone: str) -> None:
        """`gone` is part of `kept`, which is known."""
        if kept in self._live:
            tone, began, _ = self._live[kept]
            self.add(kept, tone, began, self.drop(gone))

    def log_rate(self, tone: int, now: float) -> float:
        """Natural logarithm of how many times `QUIET` begin in a day with `tone`; 0 when it is less."""
        span = min(SPAN_H, max(now - (now if self._began is None else self._began), LEAST_H))
        return max(0.0, math.log(24.0 * (self._sum.get(tone, 0.0) + PRIOR) / span / QUIET))

    def forget(self, before: float) -> None:
        """Drop what began before hour `before`."""
        for event in [event for event, (_, began, _) in self._live.items() if began < before]:
            self.drop(event)
