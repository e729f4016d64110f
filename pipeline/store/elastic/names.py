"""How indices, templates and aliases are called, and which alias shows what.

    tocsin-items-v1-g1-2026.09     items seen in September 2026, layout 1, generation 1
    tocsin-events-v1-g1            kinds of which a school has few rows are one index

A generation is a whole set of indices: `rebuild` fills the next one beside the one in use, then moves the aliases.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

LAYOUT = 1  # a change of mappings that old indices cannot take needs the next number and a rebuild

Part = Literal["items", "events", "alerts", "cases", "sources"]
PARTS: tuple[Part, ...] = ("items", "events", "alerts", "cases", "sources")
# Only items come in numbers and are dropped by the month; the others are few and stay, and each index costs the server.
MONTHLY: frozenset[str] = frozenset({"items"})
OURS = {"term": {"tocsin.ours": True}}


@dataclass(frozen=True, slots=True)
class View:
    """An alias over the indices of one part; readers see only what fits `only`."""

    name: str
    part: Part
    only: dict[str, Any] | None = None


VIEWS: tuple[View, ...] = (
    View("items", "items", OURS),  # what is counted
    View("outlets", "items", {"bool": {"filter": [OURS, {"term": {"tocsin.private": False}}]}}),  # may be listed
    View("search", "items"),  # everything that is stored, as SQLite's search has it
    View("events", "events", {"bool": {"must_not": [{"exists": {"field": "tocsin.merged_into"}}]}}),
    View("alerts", "alerts"),
    View("cases", "cases"),
    View("sources", "sources"),
)


@dataclass(frozen=True, slots=True)
class Names:
    """The names under one prefix."""

    prefix: str = "tocsin"

    def alias(self, view: str) -> str:
        """What readers ask: `tocsin-items`."""
        return f"{self.prefix}-{view}"

    def template(self, part: Part) -> str:
        """The index template of a part in this layout."""
        return f"{self.prefix}-{part}-v{LAYOUT}"

    def component(self, name: str) -> str:
        """A component template."""
        return f"{self.prefix}-part-{name}-v{LAYOUT}"

    def index(self, part: Part, generation: int, month: str | None = None) -> str:
        """One index; `month` is `2026-09`, None for the parts that are not cut into months."""
        base = f"{self.template(part)}-g{generation}"
        return f"{base}-{month.replace('-', '.')}" if month and part in MONTHLY else base

    def all_of(self, part: Part, generation: int) -> str:
        """A pattern for every index of a part in one generation."""
        base = f"{self.template(part)}-g{generation}"
        return f"{base}-*" if part in MONTHLY else base

    def everything(self, generation: int) -> str:
        """Patterns for all indices of a generation, comma-separated."""
        return ",".join(self.all_of(part, generation) for part in PARTS)

    @property
    def control(self) -> str:
        """The index with the one document that says from which database this was filled, and how far."""
        return f"{self.prefix}-control-v{LAYOUT}"


def month_of(moment: datetime) -> str:
    """The month of a moment in UTC: `2026-09`."""
    there = moment.astimezone(UTC)
    return f"{there.year:04}-{there.month:02}"


def month_in(index: str) -> str | None:
    """The month at the end of an index name, None when there is none."""
    tail = index.rpartition("-")[2]
    year, _, month = tail.partition(".")
    return f"{year}-{month}" if year.isdigit() and month.isdigit() else None


def month_begin(month: str) -> datetime:
    """The first moment of a month, in UTC."""
    first = date.fromisoformat(f"{month}-01")
    return datetime(first.year, first.month, 1, tzinfo=UTC)


def month_end(month: str) -> datetime:
    """The first moment after a month, in UTC."""
    first = date.fromisoformat(f"{month}-01")
    year, following = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    return datetime(year, following, 1, tzinfo=UTC)
