"""Days that the office itself opens or closes: they stand above the public holidays of the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select

from alerts.duty.people import By
from alerts.taps import Refused
from alerts.workdays import WorkCalendar, WorkSettings, make_calendar
from pipeline.store.audit import append_audit
from pipeline.store.schema_duty import calendar_days
from pipeline.store.statements import insert_or_update


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day of the office's own: worked or not, and why."""

    day: str
    worked: bool
    why: str


def load_calendar(conn: Connection, settings: WorkSettings, zone: ZoneInfo) -> WorkCalendar:
    """The working calendar as it stands now."""
    return make_calendar(settings, zone, read_days(conn))


def read_days(conn: Connection) -> Mapping[date, bool]:
    """The office's own days: True is worked."""
    return {date.fromisoformat(row.day): row.worked for row in conn.execute(select(calendar_days))}


def list_days(conn: Connection, since: date) -> list[OwnDay]:
    """The office's own days from `since` on."""
    query = select(calendar_days).where(calendar_days.c.day >= since.isoformat()).order_by(calendar_days.c.day)
    return [OwnDay(row.day, row.worked, row.why) for row in conn.execute(query)]


def set_day(conn: Connection, day: date, worked: bool, why: str, by: By) -> Refused | None:
    """Open or close a day. A reason is asked for."""
    if not why:
        return Refused("say why")
    insert_or_update(conn, calendar_days, [{"day": day.isoformat(), "worked": worked, "why": why, "made": by.now}])
    append_audit(conn, by.now, by.who, "calendar_day", day.isoformat(), f"{'worked' if worked else 'off'}: {why}")
    return None


def clear_day(conn: Connection, day: date, why: str, by: By) -> Refused | None:
    """Leave a day to the library again."""
    if not why:
        return Refused("say why")
    gone = conn.execute(delete(calendar_days).where(calendar_days.c.day == day.isoformat())).rowcount
    if not gone:
        return Refused("there is no such entry")
    append_audit(conn, by.now, by.who, "calendar_clear_day", day.isoformat(), why)
    return None
