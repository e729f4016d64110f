"""Who is on duty: rotations, shifts, overrides, leave, swaps. Asked for one moment; pure apart from `load_roster`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alerts.duty.turns import Rotation, Shift, ShiftKind, Swap, add_stand_ins, list_turns
from pipeline.store.schema import officers, shifts
from pipeline.store.schema_duty import rotations, swaps

Role = Literal["officer", "leader", "operator"]
INSTANT, HORIZON = timedelta(microseconds=1), timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Officer:
    """Someone of the office. `addresses` are by channel id: a mail address, a chat user id."""

    id: str
    name: str
    role: Role
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody is on duty."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """All officers, the single shifts, and the rules from which all others follow."""

    officers: tuple[Officer, ...] = ()
    shifts: tuple[Shift, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    swaps: tuple[Swap, ...] = ()

    def within(self, begin: datetime, end: datetime) -> tuple[Shift, ...]:
        """Every shift that overlaps `begin` to `end`, whole, substitutes included."""
        single = [shift for shift in self.shifts if shift.begins < end and shift.ends > begin]
        turns = [turn for one in self.rotations for turn in list_turns(one, self.swaps, begin, end)]
        return tuple(one for one in add_stand_ins([*turns, *single]) if one.begins < end and one.ends > begin)

    def on_duty(self, now: datetime) -> tuple[Officer, ...]:
        """Officers on duty at `now`, in roster order: the override's if there is one, else the regular ones; nobody
        who is on leave."""
        named = find_named(self.within(now, now + INSTANT), now)
        return tuple(officer for officer in self.officers if officer.id in named)

    def next_up(self, now: datetime) -> tuple[Officer, ...]:
        """The officer whose duty begins next and who is neither on duty nor on leave now; empty when there is none."""
        coming = self.within(now, now + HORIZON)
        away = {shift.officer for shift in coming if shift.covers(now) and shift.kind == "leave"}
        busy = away | find_named(coming, now)
        later = [shift for shift in coming if shift.kind != "leave" and shift.begins > now]
        first = sorted((shift.begins, shift.officer) for shift in later if shift.officer not in busy)
        return self.pick(first[0][1]) if first else ()

    def leaders(self, now: datetime) -> tuple[Officer, ...]:
        """Leaders who are not on leave."""
        away = {shift.officer for shift in self.shifts if shift.covers(now) and shift.kind == "leave"}
        return tuple(officer for officer in self.officers if officer.role == "leader" and officer.id not in away)

    def pick(self, officer: str) -> tuple[Officer, ...]:
        """The officer with this id, as a tuple of none or one."""
        return tuple(one for one in self.officers if one.id == officer)

    def chain(self, now: datetime) -> tuple[tuple[Officer, ...], ...]:
        """Who is asked after the duty officer does not answer: the next person, then the leaders."""
        steps = (self.next_up(now), self.leaders(now))
        return tuple(step for step in steps if step)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which the same officers (by id, in order of id) are on duty."""

    begins: datetime
    ends: datetime
    officers: tuple[str, ...]


def find_named(active: Sequence[Shift], now: datetime) -> frozenset[str]:
    """Ids of those on duty at `now` by these shifts."""
    current = [shift for shift in active if shift.covers(now)]
    away = {shift.officer for shift in current if shift.kind == "leave"}
    for kind in ("override", "duty"):
        named = frozenset(shift.officer for shift in current if shift.kind == kind) - away
        if named:
            return named
    return frozenset()


def list_stretches(roster: Roster, begin: datetime, end: datetime) -> list[Stretch]:
    """Who is on duty from `begin` to `end`, without holes: only at shift borders can that change."""
    known = {officer.id for officer in roster.officers}
    around = roster.within(begin, end)
    edges = {edge for shift in around for edge in (shift.begins, shift.ends) if begin < edge < end}
    found: list[Stretch] = []
    for left, right in pairwise(sorted({begin, end} | edges)):
        named = tuple(sorted(find_named([one for one in around if one.covers(left)], left) & known))
        if found and found[-1].officers == named:
            found[-1] = Stretch(found[-1].begins, right, named)
        else:
            found.append(Stretch(left, right, named))
    return found


def find_gaps(roster: Roster, begin: datetime, days: int) -> list[Gap]:
    """Stretches within the next `days` in which nobody is on duty."""
    stretches = list_stretches(roster, begin, begin + timedelta(days=days))
    return [Gap(one.begins, one.ends) for one in stretches if not one.officers]


def find_unreachable(roster: Roster, channels: Iterable[str]) -> list[Officer]:
    """Officers and leaders with no address on any of `channels`."""
    known = set(channels)
    return [one for one in roster.officers if one.role != "operator" and not known & set(one.addresses)]


def load_roster(connection: Connection) -> Roster:
    """The roster as it stands in the store."""
    people = connection.execute(select(officers).order_by(officers.c.id)).mappings()
    times = connection.execute(select(shifts).order_by(shifts.c.begins, shifts.c.id)).mappings()
    rules = connection.execute(select(rotations).order_by(rotations.c.made, rotations.c.id)).mappings()
    changed = connection.execute(select(swaps).order_by(swaps.c.made, swaps.c.id)).mappings()
    return Roster(
        tuple(Officer(row["id"], row["name"], row["role"], dict(row["addresses"])) for row in people),
        tuple(Shift(row["officer"], row["begins"], row["ends"], row["kind"], row["substitute"]) for row in times),
        tuple(read_rotation(row) for row in rules),
        tuple(Swap(row["id"], row["rotation"], _day(row["first"]), _day(row["second"])) for row in changed),
    )


def read_rotation(row: Mapping[Any, Any]) -> Rotation:
    """A row of `rotations`."""
    return Rotation(
        row["id"], row["name"], tuple(row["members"]), _day(row["starts"]), row["weekday"], _clock(row["clock"]),
        row["days"], _zone(row["zone"]), _day(row["ends"]) if row["ends"] else None,
        timedelta(minutes=row["span_min"]),
    )  # fmt: skip


_day, _clock, _zone = lru_cache(date.fromisoformat), lru_cache(time.fromisoformat), lru_cache(ZoneInfo)
__all__ = [
    "Gap", "Officer", "Role", "Roster", "Rotation", "Shift", "ShiftKind", "Stretch", "Swap", "find_gaps", "find_named",
    "find_unreachable", "list_stretches", "load_roster", "read_rotation",
]  # fmt: skip
