"""An iCalendar file as entries of the roster. Pure: bytes in, plans or sentences out; nothing is stored here.

A weekly or daily series becomes a rotation (a rule, however many times it repeats), a single event a shift. Who is
meant stands in SUMMARY: an officer's name or id, alone or within other words. Bounded: bytes, events, and the exceptions
of a series, which is then written out for a year at most.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alerts.duty.entries import RotationPlan, ShiftPlan
from alerts.plain import plain
from alerts.roster import Officer

MOST_BYTES, MOST_EVENTS, MOST_WRITTEN_OUT = 2_000_000, 2000, 400
MOST_LINE = 20_000
WRITTEN_OUT = timedelta(days=366)
DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
WEEK, DAY = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds, ready to be stored, by id; and what is wrong with it, one sentence each."""

    rotations: Mapping[str, RotationPlan]
    shifts: Mapping[str, ShiftPlan]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One event: who, when by the wall of which zone, and how it repeats."""

    uid: str
    officer: str
    begins: datetime
    ends: datetime
    zone: ZoneInfo
    rule: Mapping[str, Any] | None
    left_out: frozenset[date]


class _EntryError(Exception):
    """Something in the file cannot be used; the message is one sentence."""


def read_ical(body: bytes, officers: Sequence[Officer], zone: ZoneInfo, now: datetime) -> Imported:
    """The entries of a file. Never raises for bad input."""
    refusal = _check_size(body)
    if refusal:
        return Imported({}, {}, (refusal,))
    from icalendar import Calendar

    try:
        events = list(Calendar.from_ical(body).walk("VEVENT"))
    except Exception as error:  # the parser raises many kinds for hostile bytes; each means the same to the reader
        return Imported({}, {}, (f"this is not an iCalendar file: {plain(str(error), 120)}",))
    if not events:
        return Imported({}, {}, ("there is no event in the file",))
    return _gather(events, officers, zone, now)


def _check_size(body: bytes) -> str | None:
    if len(body) > MOST_BYTES:
        return f"the file is larger than {MOST_BYTES // 1_000_000} MB"
    if body.upper().count(b"BEGIN:") > MOST_EVENTS * 2:
        return f"the file has more than {MOST_EVENTS} events"
    if max((len(line) for line in body.replace(b"\r\n ", b"").split(b"\n")), default=0) > MOST_LINE:
        return "a line of the file is too long"
    return None


def _gather(events: Sequence[Any], officers: Sequence[Officer], zone: ZoneInfo, now: datetime) -> Imported:
    rotations: dict[str, RotationPlan] = {}
    shifts: dict[str, ShiftPlan] = {}
    faults: list[str] = []
    moved = _moved_days(events, zone)
    for number, event in enumerate(events, 1):
        try:
            entry = _read_event(event, officers, zone, moved)
            if entry.rule is None:
                shifts[_key(entry, "once")] = _shift(entry, entry.begins)
            else:
                _repeat(entry, now, rotations, shifts)
        except _EntryError as fault:
            faults.append(f"event {number} ({plain(str(event.get('SUMMARY', '')), 40) or 'no summary'}): {fault}")
    return Imported(rotations, shifts, tuple(faults))


def _moved_days(events: Sequence[Any], zone: ZoneInfo) -> dict[str, set[date]]:
    """Days of a series that an event of their own replaces (RECURRENCE-ID), by UID."""
    found: dict[str, set[date]] = {}
    for event in events:
        moved = event.get("RECURRENCE-ID")
        if moved is not None:
            found.setdefault(str(event.get("UID", "")), set()).add(_local(moved.dt, zone)[0].date())
    return found


def _read_event(event: Any, officers: Sequence[Officer], zone: ZoneInfo, moved: Mapping[str, set[date]]) -> _Entry:
    start = event.get("DTSTART")
    if start is None:
        raise _EntryError("it has no DTSTART")
    begins, used = _local(start.dt, zone)
    uid = str(event.get("UID", "")) or hashlib.sha256(event.to_ical()).hexdigest()
    rule, single = event.get("RRULE"), event.get("RECURRENCE-ID") is not None
    if isinstance(rule, list):
        raise _EntryError("it has more than one RRULE")
    if event.get("RDATE") is not None:
        raise _EntryError("RDATE cannot be read; enter those days as events of their own")
    left_out = frozenset() if single else frozenset(_left_out(event, used) | moved.get(uid, set()))
    ends = _end(event, begins, used)
    if ends <= begins:
        raise _EntryError("it ends before it begins")
    return _Entry(uid, _who(event, officers), begins, ends, used, None if single else rule, left_out)


def _left_out(event: Any, zone: ZoneInfo) -> set[date]:
    found = event.get("EXDATE")
    lists = found if isinstance(found, list) else [found] if found is not None else []
    return {_local(one.dt, zone)[0].date() for each in lists for one in each.dts[:MOST_WRITTEN_OUT]}


def _local(value: Any, zone: ZoneInfo) -> tuple[datetime, ZoneInfo]:
    """The wall time of a DATE or DATE-TIME, without zone, and the zone it is meant in. A floating time is the
    school's; UTC is shown on the school's wall."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0)), zone
    if value.tzinfo is None:
        return value, zone
    name = getattr(value.tzinfo, "key", None) or ""
    try:
        own = ZoneInfo(name) if name and name != "UTC" else zone
    except (ZoneInfoNotFoundError, ValueError):
        own = zone
    return value.astimezone(own).replace(tzinfo=None, fold=0), own


def _end(event: Any, begins: datetime, zone: ZoneInfo) -> datetime:
    """The wall time of the end: DTEND, DURATION, or a whole day."""
    end, length = event.get("DTEND"), event.get("DURATION")
    try:
        if end is not None:
            found, own = _local(end.dt, zone)
            return found if own == zone else _local(found.replace(tzinfo=own).astimezone(zone), zone)[0]
        return begins + (length.dt if length is not None else DAY)
    except (OverflowError, TypeError, ValueError):
        raise _EntryError("its end cannot be read") from None


def _who(event: Any, officers: Sequence[Officer]) -> str:
    """The officer whom the event names: our own mark, the whole SUMMARY, or the only one within it."""
    said, mark = plain(str(event.get("SUMMARY", "")), 200), str(event.get("X-TOCSIN-OFFICER", ""))
    exact = [one.id for one in officers if mark == one.id or said in (one.id, one.name)]
    within = exact or [one.id for one in officers if len(one.name) > 1 and one.name in said]
    if len(set(within)) == 1:
        return within[0]
    raise _EntryError("it names more than one officer" if within else "it names no officer of the roster")


def _key(entry: _Entry, what: str) -> str:
    """The same event has the same id whenever it is read."""
    return hashlib.sha256(f"ics\n{entry.uid}\n{what}\n{entry.begins.isoformat()}".encode()).hexdigest()[:16]


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    try:
        return wall.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise _EntryError("its date is out of reach") from None


def _shift(entry: _Entry, begins: datetime) -> ShiftPlan:
    end = begins + (entry.ends - entry.begins)
    return ShiftPlan("duty", entry.officer, _moment(begins, entry.zone), _moment(end, entry.zone))


def _repeat(entry: _Entry, now: datetime, rotations: dict[str, RotationPlan], shifts: dict[str, ShiftPlan]) -> None:
    """A series: rotations, one for each day of the week; written out for a year when days of it are left out."""
    plans = list(_series(entry))
    if not entry.left_out:
        rotations.update({_key(entry, f"r{number}"): plan for number, plan in enumerate(plans)})
        return
    until = now + WRITTEN_OUT
    for begins in _write_out(plans, max(entry.begins, _wall(now - WEEK, entry.zone)), _wall(until, entry.zone)):
        if begins.date() not in entry.left_out:
            shifts[_key(entry, begins.isoformat())] = _shift(entry, begins)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _write_out(plans: Sequence[RotationPlan], begin: datetime, end: datetime) -> list[datetime]:
    """Wall times at which turns of somebody begin, within the window and the bound."""
    found: list[datetime] = []
    for plan in plans:
        day = plan.starts
        steps = max(0, (begin.date() - day).days // plan.days - len(plan.members))
        number = steps - steps % len(plan.members)
        while (day := plan.starts + timedelta(days=number * plan.days)) <= end.date():
            if (plan.ends and day >= plan.ends) or len(found) >= MOST_WRITTEN_OUT:
                break
            if plan.members[number % len(plan.members)] and day >= begin.date():
                found.append(datetime.combine(day, plan.clock))
            number += 1
    return sorted(found)


def _series(entry: _Entry) -> Iterator[RotationPlan]:
    """The rotations that an RRULE means."""
    rule = entry.rule or {}
    every, count = _number(rule, "INTERVAL", 1), _number(rule, "COUNT", 0)
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    if frequency not in ("WEEKLY", "DAILY") or not set(rule) <= {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}:
        raise _EntryError("only plain weekly and daily series can be read")
    step, span = (7 if frequency == "WEEKLY" else 1), entry.ends - entry.begins
    days = _by_day(rule, entry) if step == 7 else [0]
    if span > timedelta(days=step) or every > 52 or entry.begins.second:
        raise _EntryError("its turns are longer than its step, or its interval is longer than a year")
    last = _last_day(rule, entry, count, every * step, len(days))
    for offset in days:
        first = entry.begins.date() + timedelta(days=offset)
        if last is None or first <= last:
            members = (entry.officer, *[""] * (every - 1))
            ends = None if last is None else min(last + DAY, date(2200, 1, 1))
            yield RotationPlan(
                members, first, first.weekday(), entry.begins.time(), step, entry.zone, "", ends, span
            )  # fmt: skip


def _by_day(rule: Mapping[str, Any], entry: _Entry) -> list[int]:
    """Days after the first event on which the others of its round begin; weeks begin on Monday."""
    said = [str(one).upper() for one in rule.get("BYDAY", [])]
    if any(one not in DAYS for one in said):
        raise _EntryError("BYDAY with numbers cannot be read")
    every, first = _number(rule, "INTERVAL", 1), entry.begins.weekday()
    offsets = {DAYS[one] - first + (7 * every if DAYS[one] < first else 0) for one in said}
    return sorted(offsets) or [0]


def _last_day(rule: Mapping[str, Any], entry: _Entry, count: int, step: int, per_step: int) -> date | None:
    """The last local day on which a turn may begin: by UNTIL, or by COUNT (reckoned, not counted out)."""
    until = rule.get("UNTIL")
    if until:
        return _local(until[0], entry.zone)[0].date()
    if not count:
        return None
    whole, rest = divmod(count - 1, per_step)
    days = whole * step + (_by_day(rule, entry)[rest] if per_step > 1 else 0)
    return entry.begins.date() + timedelta(days=min(days, 36_500))


def _number(rule: Mapping[str, Any], name: str, default: int) -> int:
    value = (rule.get(name) or [default])[0]
    if not isinstance(value, int) or value < (0 if name == "COUNT" else 1):
        raise _EntryError(f"its {name} is not a number that can be used")
    return value
