"""Who is on duty: shifts, overrides, leave. Asked for one moment; pure apart from `load_roster`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from sqlalchemy import Connection, select

from pipeline.store.schema import officers, shifts

Role = Literal["officer", "leader", "operator"]
ShiftKind = Literal["duty", "override", "leave"]


@dataclass(frozen=True, slots=True)
class Officer:
    """Someone of the office. `addresses` are by channel id: a mail address, a chat user id."""

    id: str
    name: str
    role: Role
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time `begins <= t < ends`. An override replaces the regular duty, a leave takes its officer out."""

    officer: str
    begins: datetime
    ends: datetime
    kind: ShiftKind

    def covers(self, now: datetime) -> bool:
        """True while it lasts."""
        return self.begins <= now < self.ends


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody is on duty."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Roster:
    """All officers and the shifts around now."""

    officers: tuple[Officer, ...] = ()
    shifts: tuple[Shift, ...] = ()

    def on_duty(self, now: datetime) -> tuple[Officer, ...]:
        """Officers on duty at `now`, in roster order: the override's if there is one, else the regular ones; nobody
        who is on leave."""
        active = [shift for shift in self.shifts if shift.covers(now)]
        away = {shift.officer for shift in active if shift.kind == "leave"}
        for kind in ("override", "duty"):
            named = {shift.officer for shift in active if shift.kind == kind} - away
            if named:
                return tuple(officer for officer in self.officers if officer.id in named)
        return ()

    def next_up(self, now: datetime) -> tuple[Officer, ...]:
        """The officer whose duty begins next and who is neither on duty nor on leave now; empty when there is none."""
        away = {shift.officer for shift in self.shifts if shift.covers(now) and shift.kind == "leave"}
        busy = away | {officer.id for officer in self.on_duty(now)}
        later = [shift for shift in self.shifts if shift.kind != "leave" and shift.begins > now]
        coming = sorted((shift.begins, shift.officer) for shift in later if shift.officer not in busy)
        return self.pick(coming[0][1]) if coming else ()

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


def find_gaps(roster: Roster, begin: datetime, days: int) -> list[Gap]:
    """Stretches within the next `days` in which nobody is on duty; only at shift borders can that change."""
    end = begin + timedelta(days=days)
    edges = {edge for shift in roster.shifts for edge in (shift.begins, shift.ends)}
    borders, gaps = sorted({begin, end} | {edge for edge in edges if begin < edge < end}), list[Gap]()
    for left, right in pairwise(borders):
        if roster.on_duty(left):
            continue
        if gaps and gaps[-1].ends == left:
            gaps[-1] = Gap(gaps[-1].begins, right)
        else:
            gaps.append(Gap(left, right))
    return gaps


def find_unreachable(roster: Roster, channels: Iterable[str]) -> list[Officer]:
    """Officers and leaders with no address on any of `channels`."""
    known = set(channels)
    return [one for one in roster.officers if one.role != "operator" and not known & set(one.addresses)]


def load_roster(connection: Connection) -> Roster:
    """The roster as it stands in the store."""
    people = connection.execute(select(officers).order_by(officers.c.id)).mappings()
    times = connection.execute(select(shifts).order_by(shifts.c.begins, shifts.c.id)).mappings()
    return Roster(
        tuple(Officer(row["id"], row["name"], row["role"], dict(row["addresses"])) for row in people),
        tuple(Shift(row["officer"], row["begins"], row["ends"], row["kind"]) for row in times),
    )
