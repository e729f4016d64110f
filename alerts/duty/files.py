"""The roster's files, both ways: what the command line and the page share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from alerts.duty.entries import add_rotation, add_shift
from alerts.duty.ical_in import read_ical
from alerts.duty.ical_out import write_ical
from alerts.duty.people import By
from alerts.duty.sheet import Sheets, store_rows, write_book
from alerts.duty.table import SheetError, read_rows
from alerts.free_text import Clean
from alerts.roster import list_stretches, load_roster
from alerts.settings import ChannelSpec
from alerts.taps import Refused

MOST_BYTES = 2_000_000
KINDS = {"ics": "text/calendar", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """What files need to know of the office."""

    zone: ZoneInfo
    channels: Sequence[ChannelSpec]
    headings: Mapping[str, str]
    clean: Clean
    title: str


def take_body(conn: Connection, body: bytes, name: str, shelf: Shelf, by: By) -> tuple[int, list[str]]:
    """Store what a file holds; returns how many entries, and a sentence for each that cannot be used. The caller rolls
    back when there are sentences."""
    if name.lower().endswith(".ics"):
        return _take_ical(conn, body, shelf, by)
    try:
        rows = read_rows(body, shelf.headings)
    except SheetError as error:
        return 0, [str(error)]
    return store_rows(conn, rows, Sheets(shelf.zone, shelf.channels, shelf.clean), by)


def _take_ical(conn: Connection, body: bytes, shelf: Shelf, by: By) -> tuple[int, list[str]]:
    found = read_ical(body, load_roster(conn).officers, shelf.zone, by.now)
    if found.faults:
        return 0, list(found.faults)
    answers = [add_rotation(conn, plan, by, key=key) for key, plan in found.rotations.items()]
    answers += [add_shift(conn, plan, by, key=key) for key, plan in found.shifts.items()]
    return len(answers), [one.why for one in answers if isinstance(one, Refused)]


def make_body(conn: Connection, kind: str, shelf: Shelf, now: datetime, days: int) -> bytes:
    """The roster as a file of this kind; `days` is how far an iCalendar file reaches."""
    if kind == "xlsx":
        return write_book(conn, shelf.zone, [channel.id for channel in shelf.channels], shelf.headings)
    roster = load_roster(conn)
    return write_ical(list_stretches(roster, now, now + timedelta(days=days)), roster.officers, shelf.title, now)
