"""The school's year: named windows in which some topics are loud anyway, so that other numbers hold. Pure.

A window never makes safety or health quieter: the configuration check refuses it, and a matter that touches them keeps
the written numbers whatever its main topic is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

import msgspec

from alerts.model import Verdict
from alerts.rulekinds.seasonal import read_surge
from alerts.rulekinds.single import LIFE_TOPICS
from alerts.rulekinds.spike import Surge
from alerts.settings import RuleSpec
from alerts.workdays import WorkSettings
from pipeline.model import TOPICS, EventFacts, Reason, Volume

SEASONAL = frozenset({"threshold", "spike", "growth"})
LEAST, MOST = 0.2, 10.0
HOUR = timedelta(hours=1)


class CalendarWindow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[calendar.windows]]`. `begins` and `ends` are both dates (`2026-06-20`) or both month-days (`06-20`, every
    year), the last day included; `holidays = true` instead means China's public holidays.

    `factor`: by topic, how many times a rule's stories, voices and floor are asked for. `stories`: by topic, the number
    of stories that threshold rules ask for instead of their own. `volume`: how many times the usual number of mentions
    is expected (the baseline of `spike`).
    """

    id: str
    name: str = ""
    begins: str = ""
    ends: str = ""
    holidays: bool = False
    factor: dict[str, float] = {}
    stories: dict[str, int] = {}
    volume: float = 1.0

    def number_for(self, rule: RuleSpec, topic: str) -> tuple[int, int] | None:
        """The number that `rule` asks for without and with this window, None when that is the same."""
        written = _written(rule)
        if written is None or rule.kind not in SEASONAL:
            return None
        asked = _asked(self, rule, topic, written)
        return None if asked == written else (written, asked)

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.name or self.id

    def covers(self, day: date) -> bool:
        """True on a day of the window."""
        if self.holidays:
            return is_holiday(day)
        if len(self.begins) == len("06-20"):
            now = f"{day:%m-%d}"
            within = (self.begins <= now, now <= self.ends)
            return all(within) if self.begins <= self.ends else any(within)
        return self.begins <= day.isoformat() <= self.ends


class CalendarSettings(WorkSettings, frozen=True, forbid_unknown_fields=True):
    """`[calendar]`: the windows of the school's year, beside its working calendar."""

    windows: list[CalendarWindow] = msgspec.field(default_factory=list)


@lru_cache(maxsize=4)
def _holidays_of(year: int) -> frozenset[date]:
    from holidays import country_holidays  # large; only schools that ask for holidays pay for it

    return frozenset(country_holidays("CN", years=year))


def is_holiday(day: date) -> bool:
    """True on a Chinese public holiday (days off; from the `holidays` library)."""
    return day in _holidays_of(day.year)


@dataclass(frozen=True, slots=True)
class Raised:
    """What a window changed in a rule: which window, for which topic, and the number before and after."""

    season: str
    topic: str
    before: int
    after: int

    @property
    def sentence(self) -> str:
        """For the reason of a verdict."""
        return f"in {self.season} the threshold for {self.topic} is {self.after} instead of {self.before}"

    def as_numbers(self) -> dict[str, object]:
        """For the numbers of a reason."""
        return {"season": self.season, "season_topic": self.topic, "season_from": self.before, "season_to": self.after}


@dataclass(frozen=True, slots=True)
class Seasons:
    """The windows in the school's time zone; without windows every rule and baseline stays as it is."""

    windows: tuple[CalendarWindow, ...] = ()
    zone: tzinfo = UTC
    known: dict[tuple[datetime, int], tuple[float, ...]] = field(default_factory=dict, compare=False, repr=False)

    def active(self, now: datetime) -> tuple[CalendarWindow, ...]:
        """The windows that `now` is in."""
        day = now.astimezone(self.zone).date()
        return tuple(window for window in self.windows if window.covers(day))

    def tune(self, rule: RuleSpec, facts: EventFacts, now: datetime) -> tuple[RuleSpec, Raised | None]:
        """The rule as it holds now for the event's main topic, and what was changed. Of several windows the one that
        asks for most counts."""
        if not self.windows or rule.kind not in SEASONAL or not facts.topics or _is_vital(facts):
            return rule, None
        topic, written = facts.topics[0], _written(rule)
        if written is None:
            return rule, None
        found = [(window, _asked(window, rule, topic, written)) for window in self.active(now)]
        changed = [(window, asked) for window, asked in found if asked != written]
        if not changed:
            return rule, None
        window, asked = max(changed, key=lambda pair: pair[1])
        return _with_numbers(rule, window, topic, asked), Raised(window.title, topic, written, asked)

    def factors(self, volume: Volume) -> tuple[float, ...]:
        """Expected share of the usual mentions, one number an hour of `volume`; empty when no window says so."""
        loud = [window for window in self.windows if window.volume != 1.0]
        if not loud:
            return ()
        asked = volume.last_hour, len(volume.hours)
        if asked not in self.known:  # asked for with every story, and the same for an hour
            self.known.clear()
            self.known[asked] = self._factors(loud, *asked)
        return self.known[asked]

    def _factors(self, loud: Sequence[CalendarWindow], last: datetime, count: int) -> tuple[float, ...]:
        days: dict[date, float] = {}
        hours = (last - HOUR * (count - 1 - at) for at in range(count))
        return tuple(_volume_on(loud, hour.astimezone(self.zone).date(), days) for hour in hours)

    def read_surge(self, volume: Volume) -> Surge:
        """The baseline behind `spike` with the calendar's factors."""
        return read_surge(volume, self.factors(volume))


def _volume_on(windows: Sequence[CalendarWindow], day: date, known: dict[date, float]) -> float:
    if day not in known:
        known[day] = max((window.volume for window in windows if window.covers(day)), key=_strength, default=1.0)
    return known[day]


def _strength(factor: float) -> float:
    """How far a factor is from 1, either way."""
    return factor if factor >= 1 else 1 / factor


def _is_vital(facts: EventFacts) -> bool:
    """True when safety or health is touched by the event or by the story that has just come."""
    arrived = facts.arrived.topics if facts.arrived else ()
    return not LIFE_TOPICS.isdisjoint({*facts.topics, *arrived})


def _written(rule: RuleSpec) -> int | None:
    """The number that people mean by a rule's threshold."""
    return rule.stories if rule.kind == "threshold" and rule.stories is not None else rule.floor or rule.voices


def _asked(window: CalendarWindow, rule: RuleSpec, topic: str, written: int) -> int:
    if rule.kind == "threshold" and rule.stories is not None and topic in window.stories:
        return window.stories[topic]
    return _times(written, window.factor.get(topic, 1.0))


def _times(number: int, factor: float) -> int:
    """Rounded up, at least 1. Floats of a config file (1.1 x 10) must not add one by their last digit."""
    return max(1, -int(-number * round(factor, 6) // 1)) if factor != 1.0 else number


def _with_numbers(rule: RuleSpec, window: CalendarWindow, topic: str, asked: int) -> RuleSpec:
    """The rule with `asked` in place of its number; a factor moves voices and floor too."""
    factor = window.factor.get(topic, 1.0)
    moved = {
        name: _times(number, factor) for name in ("voices", "floor") if (number := getattr(rule, name)) is not None
    }
    if rule.kind == "threshold" and rule.stories is not None:
        moved["stories"] = asked
    elif rule.stories is not None:
        moved["stories"] = _times(rule.stories, factor)
    return msgspec.structs.replace(rule, **moved)


def explain_season(verdict: Verdict, raised: Raised | None) -> Verdict:
    """The verdict with the window in its reason."""
    if raised is None:
        return verdict
    old = verdict.reason
    reason = Reason(old.code, f"{old.text}; {raised.sentence}", {**old.numbers, **raised.as_numbers()})
    return replace(verdict, reason=reason)


# ------------------------------------------------------------------ checking what is written


def find_calendar_faults(settings: CalendarSettings) -> Iterator[tuple[int, str, str]]:
    """(index of the window, setting, sentence) for everything that cannot be used or that we refuse."""
    for index, window in enumerate(settings.windows):
        for setting, sentence in _window_faults(window):
            yield index, setting, f"window '{window.id}': {sentence}"
        if window.id in [one.id for one in settings.windows[:index]]:
            yield index, "id", f"two windows have the id '{window.id}'"


def _window_faults(window: CalendarWindow) -> Iterator[tuple[str, str]]:
    if window.holidays:
        if window.begins or window.ends:
            yield "holidays", "give either holidays = true or begins and ends"
    else:
        yield from _span_faults(window)
    yield from _number_faults("factor", window.factor)
    yield from _number_faults("stories", window.stories)
    if not LEAST <= window.volume <= MOST:
        yield "volume", f"volume is from {LEAST:g} to {MOST:g}, not {window.volume:g}"
    if not window.factor and not window.stories and window.volume == 1.0:
        yield "id", "it changes nothing: give factor, stories or volume"


def _span_faults(window: CalendarWindow) -> Iterator[tuple[str, str]]:
    lengths = []
    for setting, text in (("begins", window.begins), ("ends", window.ends)):
        try:
            date.fromisoformat(text if len(text) == len("2026-06-20") else f"2024-{text}")
            lengths.append(len(text))
        except ValueError:
            yield setting, f"{setting} '{text}' is not a date such as 2026-06-20 or 06-20"
    if len(lengths) == len(("begins", "ends")):
        if len(set(lengths)) > 1:
            yield "ends", "begins and ends are both dates or both month-days"
        elif lengths[0] == len("2026-06-20") and window.ends < window.begins:
            yield "ends", f"it ends ({window.ends}) before it begins ({window.begins})"


def _number_faults(setting: str, numbers: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for topic, number in numbers.items():
        if topic not in TOPICS:
            yield setting, f"'{topic}' is not a topic; there are {', '.join(TOPICS)}"
        elif topic in LIFE_TOPICS and (setting == "stories" or number > 1):
            yield setting, f"{topic} is never raised: a matter of life waits for no second story"
        elif setting == "factor" and not LEAST <= number <= MOST:
            yield setting, f"the factor of {topic} is from {LEAST:g} to {MOST:g}, not {number:g}"
        elif setting == "stories" and number < 1:
            yield setting, f"the stories of {topic} must be at least 1, not {number:g}"
