"""A backtest, or two side by side, as a person reads it in a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from alerts.backtest import Backtest, Told
from alerts.backtest_score import Score, compare

SHOWN = 20
WHY = {
    "voices": "voices are known exactly only while their keys live (48 h); before that they come from the hourly maxima",
    "text_gone": "texts that retention has removed cannot be searched for watchwords",
    "merged": "matters that were merged later are judged as one from the start",
    "split": "matters that were split later are judged apart from the start",
    "kin": "a told matter with words in common was merged or split later: whether both were one is judged as it is now",
    "edited": "items that were edited are judged by their last text",
    "corrected": "items that the office corrected are judged by its word",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One file of rules: its name, what it would have told, how that does on labelled events."""

    name: str
    result: Backtest
    score: Score | None


def describe(columns: Sequence[Column], zone: tzinfo, labels: str) -> Iterator[RenderableType]:
    """Everything but the difference of two, top down."""
    first = columns[0].result
    days = f"{first.begin.astimezone(zone):%Y-%m-%d} to {first.end.astimezone(zone):%Y-%m-%d}"
    yield f"{days}: {first.items} items about the school, {first.events} matters."
    if first.history:
        yield f"{first.history} of the items were old when their source was first read; nobody is told of those."
    yield ""
    yield sums(columns, labels)
    yield rules(columns)
    yield weeks(columns, zone)
    yield from caveats(columns)


def sums(columns: Sequence[Column], labels: str) -> Table:
    """Totals, levels, and the score on labelled events."""
    table = new_table("", columns)
    add_row(table, "alerts", [f"{len(one.result.told)} ({one.result.per_week:.1f} a week)" for one in columns])
    for level in columns[0].result.by_severity():
        add_row(table, f"  {level.value}", [str(one.result.by_severity()[level]) for one in columns])
    add_row(table, "messages that it is over", [str(one.result.closed) for one in columns])
    add_row(table, "really sent in these days", [str(one.result.sent) for one in columns])
    scores = [one.score for one in columns if one.score is not None]
    if len(scores) < len(columns):
        add_row(table, f"labelled by the {labels}" if labels == "office" else labels, ["nothing"] * len(columns))
        return table
    add_row(table, "recall", [share(one.recall, one.found, one.worth) for one in scores])
    add_row(table, "precision", [share(one.precision, one.right, one.told) for one in scores])
    add_row(table, "delay, median items", [number(one.delay_items) for one in scores])
    add_row(table, "delay, median minutes", [number(one.delay_minutes) for one in scores])
    return table


def rules(columns: Sequence[Column]) -> Table:
    """Alerts by rule; `≈` where a rule can only be approximated."""
    table = new_table("rule", columns)
    names = dict.fromkeys(note.rule for one in columns for note in one.result.rules)
    for name in names:
        found = [next((note for note in one.result.rules if note.rule == name), None) for one in columns]
        marked = any(note and (note.approximate or note.guessed) for note in found)
        counts = [
            "–" if note is None else f"{note.alerts}" + (f" (≈ {note.guessed})" if note.guessed else "")
            for note in found
        ]
        add_row(table, f"{name} ≈" if marked else name, counts)
    return table


def weeks(columns: Sequence[Column], zone: tzinfo) -> Table:
    """Alerts by week."""
    table = new_table("week of", columns)
    found = [one.result.by_week(zone) for one in columns]
    for monday in sorted({*(day for one in found for day in one)}):
        add_row(table, monday.isoformat(), [str(one.get(monday, 0)) for one in found])
    return table


def caveats(columns: Sequence[Column]) -> Iterator[str]:
    """What ≈ stands for here."""
    codes = {code for one in columns for note in one.result.rules for code in note.approximate}
    codes |= {code for one in columns for told in one.result.told for code in told.approximate}
    for code in sorted(codes):
        yield f"≈ {code}: {WHY[code]}"


def describe_difference(before: Column, after: Column, zone: tzinfo) -> Iterator[str]:
    """The events that only one of the two tells."""
    found = compare(before.result, after.result)
    for name, told in ((before.name, found.only_before), (after.name, found.only_after)):
        yield f"\nonly with {name}: {len(told)}"
        yield from (f"  {say_told(one, zone)}" for one in told[:SHOWN])
        if len(told) > SHOWN:
            yield f"  and {len(told) - SHOWN} more (--json gives all)"


def say_told(told: Told, zone: tzinfo) -> str:
    """One alert in a line."""
    mark = " ≈" if told.approximate else ""
    return (
        f"{told.at.astimezone(zone):%m-%d %H:%M} {told.severity.value:8} {told.title} ({told.rule}, {told.event}){mark}"
    )


def new_table(head: str, columns: Sequence[Column]) -> Table:
    """A plain table with a column a file."""
    table = Table(head, box=None, pad_edge=False, title_justify="left")
    for one in columns:
        table.add_column(one.name, justify="right")
    return table


def add_row(table: Table, name: str, values: Sequence[str]) -> None:
    """A row whose words are never read as markup."""
    table.add_row(Text(name), *(Text(value) for value in values))


def share(value: float | None, part: int, whole: int) -> str:
    """75 % (3 of 4)."""
    return "–" if value is None else f"{value:.0%} ({part} of {whole})"


def number(value: float | None) -> str:
    """One decimal, or a dash."""
    return "–" if value is None else f"{value:.1f}"
