"""Entering the roster: rotations, single shifts, overrides, leave, swaps; and taking an entry back with a reason.

Every function works in the caller's transaction, writes its own audit line and refuses with one sentence. Reasons come
in cleaned (`alerts/free_text.py`).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, delete, or_, select, update

from alerts.duty.people import By
from alerts.plain import plain
from alerts.roster import Rotation, ShiftKind, read_rotation
from alerts.taps import Refused
from pipeline.store.audit import append_audit
from pipeline.store.schema import officers, shifts
from pipeline.store.schema_duty import rotations, swaps
from pipeline.store.statements import insert_or_update

LONGEST_SHIFT, MOST_MEMBERS, MOST_ENTRIES = timedelta(days=400), 60, 5000
OLD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class RotationPlan:
    """A rotation as it is asked for. `members` are officer ids in order, "" a turn of nobody; `weekday` (Monday is 0)
    counts for turns of seven days."""

    members: tuple[str, ...]
    starts: date
    weekday: int
    clock: time
    days: int
    zone: ZoneInfo
    name: str = ""
    ends: date | None = None
    span: timedelta | None = None


def add_rotation(conn: Connection, plan: RotationPlan, by: By, replaces: bool = False, key: str = "") -> str | Refused:
    """Store a rule of duty; with `replaces` the rules that are in force end where it begins. Returns its id."""
    wrong = _check_rotation(conn, plan)
    if wrong:
        return Refused(wrong)
    made = key or secrets.token_hex(6)
    if replaces:
        running = or_(rotations.c.ends.is_(None), rotations.c.ends > plan.starts.isoformat())
        conn.execute(update(rotations).where(running, rotations.c.id != made).values(ends=plan.starts.isoformat()))
    span = plan.span or timedelta(days=plan.days)
    row = {
        "id": made, "name": plain(plan.name, 40) or _call(plan), "members": list(plan.members),
        "starts": plan.starts.isoformat(), "ends": plan.ends.isoformat() if plan.ends else None,
        "weekday": plan.weekday, "clock": f"{plan.clock:%H:%M}", "days": plan.days,
        "span_min": span // timedelta(minutes=1), "zone": plan.zone.key, "made": by.now,
    }  # fmt: skip
    insert_or_update(conn, rotations, [row])
    append_audit(conn, by.now, by.who, "roster_rotation", made, f"{', '.join(plan.members)} from {row['starts']}")
    return made


def _call(plan: RotationPlan) -> str:
    return f"{'weekly' if plan.days == 7 else 'daily'} {plan.clock:%H:%M}"


def _check_rotation(conn: Connection, plan: RotationPlan) -> str | None:
    if not any(plan.members) or len(plan.members) > MOST_MEMBERS:
        return f"a rotation needs 1 to {MOST_MEMBERS} officers in order"
    if plan.days not in (1, 7) or not 0 <= plan.weekday <= 6:
        return "a turn lasts one day or one week, and a week begins on one of its seven days"
    if not timedelta(minutes=15) <= (plan.span or timedelta(days=plan.days)) <= timedelta(days=plan.days):
        return "a turn lasts at least a quarter of an hour and ends before the next of its kind begins"
    if plan.ends is not None and plan.ends <= plan.starts:
        return "a rotation ends after it begins"
    if not 2000 <= plan.starts.year <= 2100:
        return "the first day must lie between 2000 and 2100"
    return _check_people(conn, [one for one in plan.members if one])


def _check_people(conn: Connection, people: Sequence[str]) -> str | None:
    """Everybody is on the roster, and no operator is on duty."""
    roles = {row.id: row.role for row in conn.execute(select(officers.c.id, officers.c.role))}
    for one in people:
        if one not in roles:
            return f"there is no officer '{plain(one, 40)}'"
        if roles[one] == "operator":
            return f"'{one}' is an operator, who hears of the watch itself and is not on duty"
    return None


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """A single shift, an override or a leave as it is asked for."""

    kind: ShiftKind
    officer: str
    begins: datetime
    ends: datetime
    why: str = ""
    substitute: str = ""


def add_shift(conn: Connection, plan: ShiftPlan, by: By, key: str = "") -> str | Refused:
    """Store it; returns its id. The same entry twice is one entry."""
    wrong = _check_shift(conn, plan)
    if wrong:
        return Refused(wrong)
    made = key or entry_id(plan.kind, plan.officer, plan.begins.isoformat(), plan.ends.isoformat(), plan.substitute)
    row = {
        "id": made, "officer": plan.officer, "begins": plan.begins, "ends": plan.ends, "kind": plan.kind,
        "substitute": plan.substitute or None, "why": plan.why, "made": by.now,
    }  # fmt: skip
    insert_or_update(conn, shifts, [row])
    detail = f"{plan.officer} {plan.begins:%Y-%m-%d %H:%M}/{plan.ends:%Y-%m-%d %H:%M} UTC"
    stands_in = f", {plan.substitute} stands in" if plan.substitute else ""
    append_audit(conn, by.now, by.who, f"roster_{plan.kind}", made, detail + stands_in)
    return made


def _check_shift(conn: Connection, plan: ShiftPlan) -> str | None:
    if plan.begins >= plan.ends:
        return "it must end after it begins"
    if plan.ends - plan.begins > LONGEST_SHIFT:
        return f"it may last {LONGEST_SHIFT.days} days at most"
    if plan.substitute and (plan.kind != "leave" or plan.substitute == plan.officer):
        return "a substitute stands in for somebody else who is on leave"
    return _check_people(conn, [plan.officer, *([plan.substitute] if plan.substitute else [])])


def add_swap(
    conn: Connection, rotation: str, first: date, second: date, why: str, by: By, key: str = ""
) -> str | Refused:
    """Let two turns of a rotation change hands; the days are those on which the turns begin. Returns its id; the same
    swap twice is one swap."""
    found = find_rotation(conn, rotation)
    if found is None:
        return Refused("there is no such rotation")
    for day in (first, second):
        if not found.is_handover(day) or (found.ends and day >= found.ends):
            return Refused(f"no turn of '{found.name}' begins on {day.isoformat()}")
    if first == second:
        return Refused("a swap needs two different turns")
    made = key or entry_id("swap", rotation, *sorted((first.isoformat(), second.isoformat())))
    row = {"id": made, "rotation": rotation, "first": first.isoformat(), "second": second.isoformat(), "why": why}
    insert_or_update(conn, swaps, [{**row, "made": by.now}])
    append_audit(conn, by.now, by.who, "roster_swap", made, f"{first.isoformat()} for {second.isoformat()}")
    return made


def find_rotation(conn: Connection, key: str) -> Rotation | None:
    """One rotation by id."""
    row = conn.execute(select(rotations).where(rotations.c.id == key)).mappings().first()
    return read_rotation(row) if row else None


TABLES: dict[str, Table] = {"rotation": rotations, "shift": shifts, "swap": swaps}


def delete_entry(conn: Connection, what: str, key: str, why: str, by: By) -> Refused | None:
    """Take an entry back, with a reason; a rotation takes its swaps along."""
    table = TABLES.get(what)
    if table is None or conn.scalar(select(table.c.id).where(table.c.id == key)) is None:
        return Refused("there is no such entry")
    if not why:
        return Refused("say why")
    if what == "rotation":
        conn.execute(delete(swaps).where(swaps.c.rotation == key))
    conn.execute(delete(table).where(table.c.id == key))
    append_audit(conn, by.now, by.who, f"roster_delete_{what}", key, why)
    return None


def drop_old(conn: Connection, now: datetime) -> int:
    """Shifts that ended more than 400 days ago go; returns how many."""
    return conn.execute(delete(shifts).where(shifts.c.ends < now - OLD)).rowcount


def entry_id(*parts: str) -> str:
    """The same entry has the same id whenever it is made: 16 hex digits."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


__all__ = [
    "By", "RotationPlan", "ShiftPlan", "add_rotation", "add_shift", "add_swap", "delete_entry", "drop_old", "entry_id",
    "find_rotation",
]  # fmt: skip
