"""How good a backtest is: against what the office said of events, and beside another one. Pure but for `read_labels`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

import msgspec
from sqlalchemy import Connection, select

from alerts.backtest import Backtest, Told
from pipeline.store.schema import acks, cases, corrections, documents, events

WORTH = ("taken", "handed_over")


class Label(msgspec.Struct, frozen=True):
    """One line of a truth file: an event (or an item of it) and whether it was worth telling; `at` is when it should
    have been known, else its first item. Other fields are ignored."""

    alert: bool
    event: str = ""
    item: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """Events worth telling or not, and from when; by which of the office's words."""

    worth: Mapping[str, bool]
    since: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Score:
    """Recall: told of those worth telling. Precision: worth telling of those told that have a label. Delays are of what
    was told and worth it: items that had come until then, and the time since the first one (or the label's `at`)."""

    worth: int
    found: int
    told: int
    right: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]
    items: tuple[int, ...]
    waits: tuple[timedelta, ...]

    @property
    def recall(self) -> float | None:
        """Share of what was worth telling that was told; None without any."""
        return self.found / self.worth if self.worth else None

    @property
    def precision(self) -> float | None:
        """Share of what was told (and has a label) that was worth it; None without any."""
        return self.right / self.told if self.told else None

    @property
    def delay_items(self) -> float | None:
        """Median number of items until the first alert."""
        return median(self.items) if self.items else None

    @property
    def delay_minutes(self) -> float | None:
        """Median minutes until the first alert."""
        return median(wait.total_seconds() / 60 for wait in self.waits) if self.waits else None


def score(backtest: Backtest, truth: Truth) -> Score:
    """The first alert of each labelled event against its label."""
    first = backtest.first_told()
    worth = [event for event, is_worth in truth.worth.items() if is_worth]
    found = [first[event] for event in worth if event in first]
    wrong = tuple(event for event, is_worth in truth.worth.items() if not is_worth and event in first)
    return Score(
        len(worth), len(found), len(found) + len(wrong), len(found),
        tuple(event for event in worth if event not in first), wrong,
        tuple(one.items for one in found), tuple(_wait(one, truth) for one in found),
    )  # fmt: skip


def _wait(told: Told, truth: Truth) -> timedelta:
    since = truth.since.get(told.event)
    return told.waited if since is None else max(timedelta(), told.at - since)


@dataclass(frozen=True, slots=True)
class Difference:
    """Events that only one of two backtests would tell, by its first alert."""

    only_before: tuple[Told, ...]
    only_after: tuple[Told, ...]


def compare(before: Backtest, after: Backtest) -> Difference:
    """What the second one no longer tells, and what it tells besides."""
    one, other = before.first_told(), after.first_told()
    return Difference(
        tuple(told for event, told in one.items() if event not in other),
        tuple(told for event, told in other.items() if event not in one),
    )


# ------------------------------------------------------------------ where labels come from


def read_labels(connection: Connection, begin: datetime, end: datetime) -> Truth:
    """What officers said of the events of these days: taken, handed over or made a case is worth telling; a false alarm
    is not, whoever took it before. What was undone never held."""
    mine = select(events.c.id).where(events.c.last_seen >= begin, events.c.first_seen <= end)
    worth: dict[str, bool] = {}
    for event in connection.scalars(select(cases.c.event).where(cases.c.event.in_(mine))):
        worth[event] = True
    said = select(acks.c.event, acks.c.what).where(acks.c.event.in_(mine), acks.c.undone.is_(None)).order_by(acks.c.n)
    wrong = select(corrections.c.event).where(corrections.c.event.in_(mine), corrections.c.field == "false_alarm")
    acts = connection.execute(said).all()
    worth |= {event: True for event, what in acts if what in WORTH}
    worth |= {event: False for event, what in acts if what == "false_alarm"}
    worth |= dict.fromkeys(connection.scalars(wrong.where(corrections.c.office != "no")), False)
    return Truth(worth, {})


def read_truth(lines: Sequence[str], connection: Connection) -> Truth | str:
    """The labels of a truth file, or what is wrong with it: "line 3: …"."""
    worth: dict[str, bool] = {}
    since: dict[str, datetime] = {}
    for number, label in _read_lines(lines):
        if isinstance(label, str):
            return f"line {number}: {label}"
        event = _home_of(connection, label)
        if event is None:
            return f"line {number}: there is no event '{label.event}' and no item '{label.item}'"
        worth[event] = label.alert
        if label.at is not None:
            since[event] = label.at
    return Truth(worth, since)


def _read_lines(lines: Sequence[str]) -> Iterator[tuple[int, Label | str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            label = msgspec.json.decode(line, type=Label)
        except msgspec.DecodeError as error:
            yield number, f'this is not a label such as {{"event": "…", "alert": true}}: {error}'
            return
        if not (label.event or label.item):
            yield number, "a label names an 'event' or an 'item'"
        elif label.at is not None and label.at.tzinfo is None:
            yield number, "'at' needs its offset, as in 2026-11-24T08:00:00+08:00"
        else:
            yield number, label


def _home_of(connection: Connection, label: Label) -> str | None:
    """The event that a label means now."""
    if label.event:
        row = connection.execute(select(events.c.id, events.c.merged_into).where(events.c.id == label.event)).first()
        return None if row is None else row.merged_into or row.id
    return connection.scalar(select(documents.c.event).where(documents.c.id == label.item))
