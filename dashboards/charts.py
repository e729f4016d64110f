"""Charts as data: labels, series and one sentence that says the same. Drawn by the browser, readable without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["negative", "neutral", "positive", "unknown", "plain", "usual"]
TONES: tuple[Tone, ...] = ("negative", "neutral", "positive", "unknown")


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values; `tone` chooses the colour."""

    name: str
    tone: Tone
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at `label` that says what happened then."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its sentence. `kind`: stacked bars, lines, or a ring."""

    kind: Literal["stack", "lines", "ring"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    sentence: str
    marks: tuple[Mark, ...] = ()

    @property
    def total(self) -> float:
        """Sum over all values, 0 for an empty chart."""
        return sum(v or 0 for s in self.series for v in s.values)


def bar_width(value: float, largest: float, full: int = 100) -> float:
    """The width of a bar when `largest` fills `full`."""
    return round(full * value / largest, 2) if largest > 0 else 0


def percent(part: float, whole: float) -> int:
    """`part` of `whole` in percent, 0 for nothing."""
    return round(100 * part / whole) if whole else 0


def median(values: Sequence[float]) -> float | None:
    """The middle value, None for none."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
