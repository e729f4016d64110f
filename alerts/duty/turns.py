"""Rules of duty and the stretches of time that follow from them. Pure: a rule is stored once, its turns are reckoned.

A handover happens by the wall clock of the school, so that it stays at half past eight when clocks change; the turn of
that week is then an hour shorter or longer by the sun.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

ShiftKind = Literal["duty", "override", "leave"]
STAND_INS = 3  # a substitute of a substitute of a substitute, and no further
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time `begins <= t < ends`. An override replaces the regular duty, a leave takes its officer out
    and puts the `substitute`, if there is one, into the officer's place."""

    officer: str
    begins: datetime
    ends: datetime
    kind: ShiftKind
    substitute: str | None = None

    def covers(self, now: datetime) -> bool:
        """True while it lasts."""
        return self.begins <= now < self.ends


@dataclass(frozen=True, slots=True)
class Rotation:
    """Officers who follow each other. A turn begins every `days` (1 or 7) at `clock`, weekly ones on `weekday`
    (Monday is 0), and lasts `span` by the wall clock. "" among the members is a turn of nobody. Turns are counted from
    the handover on or before `starts`; nothing is covered before `starts` or after `ends`."""

    id: str
    name: str
    members: tuple[str, ...]
    starts: date
    weekday: int
    clock: time
    days: int
    zone: ZoneInfo
    ends: date | None = None
    span: timedelta = timedelta(days=7)

    @property
    def anchor(self) -> date:
        """The day on which turn 0 begins."""
        return self.starts - timedelta(days=(self.starts.weekday() - self.weekday) % 7 if self.days == 7 else 0)

    def number(self, day: date) -> int:
        """The turn that begins on `day` or was the last to begin before it."""
        return (day - self.anchor).days // self.days

    def begins_on(self, number: int) -> date:
        """The local day on which a turn begins."""
        return self.anchor + timedelta(days=number * self.days)

    def is_handover(self, day: date) -> bool:
        """True when a turn begins on `day`."""
        return (day - self.anchor).days % self.days == 0 and self.number(day) >= 0

    def wall(self, day: date, after: timedelta = timedelta(0)) -> datetime:
        """The moment of the handover on `day`, or so much wall-clock time `after` it, in UTC."""
        naive = datetime.combine(day, self.clock) + after
        return naive.replace(tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Swap:
    """Two turns of a rotation, by the days on which they begin, whose officers change places."""

    id: str
    rotation: str
    first: date
    second: date


def place_members(rotation: Rotation, swaps: Sequence[Swap]) -> dict[date, str]:
    """Who has the turns that were swapped; all others follow the order. Swaps act one after the other."""
    placed: dict[date, str] = {}
    for swap in swaps:
        if swap.rotation == rotation.id:
            one, other = (placed.get(day) or regular_member(rotation, day) for day in (swap.first, swap.second))
            placed[swap.first], placed[swap.second] = other, one
    return placed


def regular_member(rotation: Rotation, day: date) -> str:
    """Whose turn begins on `day` when nothing was swapped."""
    return rotation.members[rotation.number(day) % len(rotation.members)]


def list_turns(rotation: Rotation, swaps: Sequence[Swap], begin: datetime, end: datetime) -> Iterator[Shift]:
    """The turns that overlap `begin` to `end`, in order."""
    if not rotation.members:
        return
    placed = place_members(rotation, swaps)
    reach = max(1, -(-rotation.span // DAY))
    number = max(0, rotation.number(begin.astimezone(rotation.zone).date() - timedelta(days=reach + 1)))
    while True:
        day = rotation.begins_on(number)
        turn = _clip(rotation, day)
        if rotation.wall(day) >= end or (rotation.ends is not None and day >= rotation.ends):
            return
        member = placed.get(day) or regular_member(rotation, day)
        if member and turn is not None and turn[1] > begin:
            yield Shift(member, *turn, "duty")
        number += 1


def _clip(rotation: Rotation, day: date) -> tuple[datetime, datetime] | None:
    """The turn that begins on `day`, within the first and last day of the rotation; None when nothing is left."""
    begin, end = max(rotation.wall(day), rotation.wall(rotation.starts)), rotation.wall(day, rotation.span)
    if rotation.ends is not None:
        end = min(end, rotation.wall(rotation.ends))
    return (begin, end) if begin < end else None


def add_stand_ins(shifts: Sequence[Shift]) -> list[Shift]:
    """`shifts` and those of the substitutes: whoever stands in for somebody on leave has the other's shifts meanwhile."""
    leaves = [one for one in shifts if one.kind == "leave" and one.substitute]
    found, fresh = list(shifts), [one for one in shifts if one.kind != "leave"]
    for _ in range(STAND_INS):
        fresh = [cut for shift in fresh for leave in leaves if (cut := _stand_in(shift, leave)) is not None]
        found += fresh
    return found


def _stand_in(shift: Shift, leave: Shift) -> Shift | None:
    """The part of a shift that the substitute of a leave takes over; None when they do not touch."""
    if leave.officer != shift.officer or not leave.substitute or leave.substitute == shift.officer:
        return None
    begins, ends = max(shift.begins, leave.begins), min(shift.ends, leave.ends)
    return replace(shift, officer=leave.substitute, begins=begins, ends=ends) if begins < ends else None
