"""The roster as its page shows it: fourteen days, who now, what was entered. No address leaves the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alerts.duty.turns import list_turns
from alerts.roster import Roster, Rotation, Stretch, list_stretches
from alerts.workdays import WorkCalendar
from pipeline.store.schema import shifts
from pipeline.store.schema_duty import rotations, swaps

STRIP_DAYS, TURNS = 14, 12


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day: from and to by the wall (`24:00` is midnight), and who is on duty; nobody when empty."""

    begins: str
    ends: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutyDay:
    """One day of the strip. `special` is a holiday's name or `make-up day`; `own` when the office decided."""

    day: date
    worked: bool
    special: str
    own: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was entered and can be taken back. `what` is officer, rotation, shift or swap."""

    what: str
    id: str
    kind: str
    who: str
    begins: datetime | str
    ends: datetime | str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that may be swapped: its rotation, the day on which it begins, and whose it is."""

    rotation: str
    day: str
    name: str


def strip_of(roster: Roster, calendar: WorkCalendar, now: datetime) -> list[DutyDay]:
    """The rest of today and the thirteen days after it."""
    first = now.astimezone(calendar.zone).date()
    days = [first + timedelta(days=k) for k in range(STRIP_DAYS)]
    names = {officer.id: officer.name for officer in roster.officers}
    stretches = list_stretches(roster, now, midnight(days[-1] + timedelta(days=1), calendar.zone))
    return [
        DutyDay(
            day, calendar.is_workday(day), calendar.name_day(day), day in calendar.own,
            tuple(cut_day(stretches, day, calendar.zone, names)),
        )
        for day in days
    ]  # fmt: skip


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day, in UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def cut_day(stretches: Sequence[Stretch], day: date, zone: ZoneInfo, names: Mapping[str, str]) -> list[Part]:
    """The parts of the stretches that lie on one local day."""
    begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return [
        Part(
            f"{max(one.begins, begin).astimezone(zone):%H:%M}",
            "24:00" if one.ends >= end else f"{one.ends.astimezone(zone):%H:%M}",
            tuple(names[key] for key in one.officers),
        )
        for one in stretches if one.begins < end and one.ends > begin
    ]  # fmt: skip


def list_entries(conn: Connection, roster: Roster, now: datetime) -> list[Entry]:
    """Rotations, coming shifts, overrides and leave, and swaps, in the order of a reader's interest."""
    names = {officer.id: officer.name for officer in roster.officers}
    found = [
        Entry(
            "rotation", row.id, row.name, " → ".join(names.get(one, one) or "–" for one in row.members), row.starts,
            row.ends, f"{row.clock}/{row.days}",
        )
        for row in conn.execute(select(rotations).order_by(rotations.c.starts))
    ]  # fmt: skip
    coming = select(shifts).where(shifts.c.ends > now).order_by(shifts.c.begins).limit(300)
    for row in conn.execute(coming):
        note = names.get(row.substitute, "") if row.substitute else ""
        found.append(Entry("shift", row.id, row.kind, names[row.officer], row.begins, row.ends, note))
    changed = conn.execute(select(swaps).order_by(swaps.c.first))
    return [*found, *(Entry("swap", row.id, "swap", "", row.first, row.second, row.why) for row in changed)]


def coming_turns(roster: Roster, now: datetime) -> list[Turn]:
    """The next turns of each rotation, whoever has them after the swaps."""
    names = {officer.id: officer.name for officer in roster.officers}
    found: list[Turn] = []
    for rotation in roster.rotations:
        ahead = timedelta(days=rotation.days * TURNS)
        turns = list(list_turns(rotation, roster.swaps, now, now + ahead))[:TURNS]
        found += [Turn(rotation.id, begun_on(rotation, turn.begins), names[turn.officer]) for turn in turns]
    return found


def begun_on(rotation: Rotation, moment: datetime) -> str:
    """The day by which a turn is named: the handover on or before its (perhaps cut) beginning."""
    day = moment.astimezone(rotation.zone).date()
    return rotation.begins_on(rotation.number(day)).isoformat()
