"""Where a figure comes from: the items of the period with what they are counted by, and lists of other ids.

A reference names a figure's items by what selects them: `items`, `topic:canteen`, `kind:forum&label:negative`,
`event:E1&story`, `days:2026-07-01..2026-07-07`, `before/topic:canteen`; `alerts`, `cases` and their kin are lists of ids.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec


class TraceRow(msgspec.Struct, frozen=True, array_like=True):
    """An item that is still stored: no words, no link, the day only."""

    id: str
    day: str
    source: str
    kind: str
    topic: str
    label: str
    story: bool
    event: str | None


class Trace(msgspec.Struct, frozen=True):
    """Items of the period and of the two it is compared with, and lists of ids of alerts, events, cases."""

    rows: list[TraceRow] = []
    before: list[TraceRow] = []
    year_ago: list[TraceRow] = []
    lists: dict[str, list[str]] = {}


def ids_of(trace: Trace, reference: str) -> list[str]:
    """The ids behind a figure. Raises KeyError for a reference that means nothing."""
    if reference in trace.lists:
        return trace.lists[reference]
    rows, condition = _choose_rows(trace, reference)
    for test in condition.split("&"):
        rows = _narrow(rows, test)
    return [row.id for row in rows]


def _choose_rows(trace: Trace, reference: str) -> tuple[Sequence[TraceRow], str]:
    for name in ("before", "year_ago"):
        if reference.startswith(f"{name}/"):
            return getattr(trace, name), reference.removeprefix(f"{name}/")
    return trace.rows, reference


def _narrow(rows: Sequence[TraceRow], test: str) -> Sequence[TraceRow]:
    column, _, value = test.partition(":")
    if column == "items":
        return rows
    if column == "story":
        return [row for row in rows if row.story]
    if column == "days":
        begin, _, end = value.partition("..")
        return [row for row in rows if begin <= row.day <= end]
    if column not in TraceRow.__struct_fields__:
        raise KeyError(test)
    read = attrgetter(column)
    return [row for row in rows if read(row) == value]


def list_references(trace: Trace, references: Iterable[str]) -> dict[str, list[str]]:
    """The ids of each reference, in the order they are first named."""
    return {reference: ids_of(trace, reference) for reference in dict.fromkeys(references)}
