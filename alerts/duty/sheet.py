"""The roster as an XLSX and back: everything that was entered, so that an office can edit it where it edits all else.

All or nothing: whoever calls `store_rows` rolls back when it returns sentences.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from alerts.duty.entries import RotationPlan, ShiftPlan, add_rotation, add_shift, add_swap, entry_id
from alerts.duty.moments import read_clock, read_day, read_moment, read_weekday, write_moment
from alerts.duty.people import By, add_officer, find_id
from alerts.duty.table import HEADINGS, SHEETS, Row
from alerts.free_text import Clean
from alerts.roster import ShiftKind
from alerts.settings import ChannelSpec
from alerts.taps import Refused
from pipeline.store.schema import officers, shifts
from pipeline.store.schema_duty import rotations, swaps

ROLES = {"值班员": "officer", "负责人": "leader", "领导": "leader", "运维": "operator"}
WEEKDAY_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
STEPS = {"周": 7, "week": 7, "7": 7, "每周": 7, "日": 1, "天": 1, "day": 1, "1": 1, "每天": 1}
MOST_FAULTS = 30


@dataclass(frozen=True, slots=True)
class Sheets:
    """What reading rows needs: the school's zone, the channels, and the cleaner of free text."""

    zone: ZoneInfo
    channels: Sequence[ChannelSpec]
    clean: Clean


class _EntryError(Exception):
    """A cell cannot be used; the message names it."""


def store_rows(conn: Connection, rows: Sequence[Row], sheets: Sheets, by: By) -> tuple[int, list[str]]:
    """Store rows in order; returns how many were stored, and a sentence for each that was not."""
    stored, faults = 0, []
    for row in rows:
        try:
            answer = STORE[row.kind](conn, row, sheets, by)
        except _EntryError as fault:
            faults.append(str(fault))
            continue
        if isinstance(answer, Refused):
            faults.append(row.say_row(answer.why))
        else:
            stored += 1
    return stored, faults[:MOST_FAULTS]


def _store_officer(conn: Connection, row: Row, sheets: Sheets, by: By) -> str | Refused:
    role = ROLES.get(row.get("role"), row.get("role") or "officer")
    return add_officer(conn, row.get("name"), role, row.addresses, sheets.channels, by, row.get("id"))


def _store_rotation(conn: Connection, row: Row, sheets: Sheets, by: By) -> str | Refused:
    said = row.get("members").replace("、", ",").replace("，", ",").replace("；", ",").replace(";", ",")
    members = tuple(_officer(conn, row, "members", one.strip()) for one in said.split(",") if one.strip())
    step = STEPS.get(row.get("days") or "周")
    if step is None:
        raise _EntryError(row.say("days", f"'{row.get('days')}' is neither 周 (week) nor 日 (day)"))
    starts = _need(row, "starts", read_day, "a date such as 2026-09-07")
    clock = _need(row, "clock", read_clock, "a time such as 08:30")
    weekday = _need(row, "weekday", read_weekday, "a day such as 周一 or Mon") if row.get("weekday") else 0
    ends = _need(row, "ends", read_day, "a date such as 2027-01-15") if row.get("ends") else None
    plan = RotationPlan(members, starts, weekday, clock, step, sheets.zone, row.get("name"), ends)
    key = row.get("id") or entry_id("rotation", ",".join(members), starts.isoformat(), f"{clock:%H:%M}", str(step))
    return add_rotation(conn, plan, by, key=key)


def _store_shift(conn: Connection, row: Row, sheets: Sheets, by: By) -> str | Refused:
    def moment(text: str) -> Any:
        return read_moment(text, sheets.zone)

    begins = _need(row, "begins", moment, "a time such as 2026-11-24 08:30")
    ends = _need(row, "ends", moment, "a time such as 2026-11-25 08:30")
    substitute = _officer(conn, row, "substitute", row.get("substitute")) if row.get("substitute") else ""
    why = sheets.clean(row.get("why"), 200)
    if isinstance(why, Refused):
        raise _EntryError(row.say("why", why.why))
    kind: ShiftKind = row.kind  # type: ignore[assignment]  # one of the three by SHEETS
    return add_shift(
        conn, ShiftPlan(kind, _officer(conn, row, "officer", row.get("officer")), begins, ends, why, substitute), by
    )


def _store_swap(conn: Connection, row: Row, sheets: Sheets, by: By) -> str | Refused:
    first = _need(row, "first", read_day, "a date such as 2026-11-30")
    second = _need(row, "second", read_day, "a date such as 2026-12-07")
    said, why = row.get("rotation"), sheets.clean(row.get("why"), 200)
    found = conn.execute(select(rotations.c.id, rotations.c.name)).all()
    match = next((one.id for one in found if said in (one.id, one.name)), found[0].id if len(found) == 1 else None)
    if match is None:
        raise _EntryError(row.say("rotation", f"'{said}' is no rotation"))
    if isinstance(why, Refused):
        raise _EntryError(row.say("why", why.why))
    return add_swap(conn, match, first, second, why, by)


STORE: dict[str, Callable[[Connection, Row, Sheets, By], "str | Refused"]] = {
    "people": _store_officer, "rotations": _store_rotation, "duty": _store_shift, "override": _store_shift,
    "leave": _store_shift, "swaps": _store_swap,
}  # fmt: skip


def _officer(conn: Connection, row: Row, field: str, said: str) -> str:
    known = {one.id: one.name for one in conn.execute(select(officers.c.id, officers.c.name))}
    found = find_id(known, said)
    if found is None:
        raise _EntryError(row.say(field, f"'{said}' is no officer of the roster" if said else "it is empty"))
    return found


def _need(row: Row, field: str, read: Callable[[str], Any], what: str) -> Any:
    text = row.get(field)
    found = read(text) if text else None
    if found is None:
        raise _EntryError(row.say(field, f"'{text}' is not {what}" if text else f"it needs {what}"))
    return found


# ------------------------------------------------------------------ out


def write_book(conn: Connection, zone: ZoneInfo, channels: Sequence[str], headings: Mapping[str, str]) -> bytes:
    """Everything that was entered, a sheet for each kind; an empty roster gives the form to fill in."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]
    for kind, (title, fields) in SHEETS.items():
        extra = [*channels, "phone"] if kind == "people" else []
        sheet = book.create_sheet(title)
        _append(sheet, [*(headings.get(field, HEADINGS[field]) for field in fields), *extra])
        for line in LINES[kind](conn, zone, extra):
            _append(sheet, line)
        sheet.freeze_panes = "A2"
        for column in range(1, len(fields) + len(extra) + 1):
            sheet.column_dimensions[sheet.cell(1, column).column_letter].width = 20
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _append(sheet: Any, values: Sequence[str]) -> None:
    """A row of texts; one that begins with = stays a text and never becomes a formula."""
    sheet.append(list(values))
    for cell in sheet[sheet.max_row]:
        cell.data_type = "s" if cell.value is not None else cell.data_type


def _people_lines(conn: Connection, _zone: ZoneInfo, extra: Sequence[str]) -> list[list[str]]:
    rows = conn.execute(select(officers).order_by(officers.c.id)).mappings()
    names = {value: key for key, value in ROLES.items() if key != "领导"}
    return [
        [row["id"], row["name"], names[row["role"]], *(str(row["addresses"].get(one, "")) for one in extra)]
        for row in rows
    ]


def _rotation_lines(conn: Connection, _zone: ZoneInfo, _extra: Sequence[str]) -> list[list[str]]:
    """Rotations that a sheet can say: those with turns of nobody or with hours of their own come from a calendar."""
    rows = conn.execute(select(rotations).order_by(rotations.c.starts)).mappings()
    return [
        [row["id"], row["name"], "、".join(row["members"]), row["starts"], row["ends"] or "",
         WEEKDAY_NAMES[row["weekday"]], row["clock"], "周" if row["days"] == 7 else "日"]
        for row in rows if all(row["members"]) and row["span_min"] == row["days"] * 1440
    ]  # fmt: skip


def _shift_lines(kind: str) -> Callable[[Connection, ZoneInfo, Sequence[str]], list[list[str]]]:
    def lines(conn: Connection, zone: ZoneInfo, _extra: Sequence[str]) -> list[list[str]]:
        found = conn.execute(select(shifts).where(shifts.c.kind == kind).order_by(shifts.c.begins)).mappings()
        return [
            [row["officer"], write_moment(row["begins"], zone), write_moment(row["ends"], zone),
             *([row["substitute"] or ""] if kind == "leave" else []), row["why"]]
            for row in found
        ]  # fmt: skip

    return lines


def _swap_lines(conn: Connection, _zone: ZoneInfo, _extra: Sequence[str]) -> list[list[str]]:
    rows = conn.execute(select(swaps).order_by(swaps.c.made)).mappings()
    return [[row["rotation"], row["first"], row["second"], row["why"]] for row in rows]


LINES: dict[str, Callable[[Connection, ZoneInfo, Sequence[str]], list[list[str]]]] = {
    "people": _people_lines, "rotations": _rotation_lines, "duty": _shift_lines("duty"),
    "override": _shift_lines("override"), "leave": _shift_lines("leave"), "swaps": _swap_lines,
}  # fmt: skip
__all__ = ["Sheets", "store_rows", "write_book"]
