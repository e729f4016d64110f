"""The register (台账): one row a matter and year, numbered, linked to its slips and reports, with columns of the office's
own that are filled by hand and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, delete, insert, select

from alerts.plain import plain
from alerts.response.numbering import local_year, take_number
from alerts.response.reports import issued_reports
from alerts.response.slips import slips_of
from alerts.response.wording import Pen
from alerts.taps import Refused
from pipeline.store.schema import alerts, cases, events
from pipeline.store.schema_response import register_cells, register_columns, register_rows
from pipeline.store.statements import insert_or_update
from pipeline.titles import TOPIC_NAMES

OURS: tuple[str, ...] = (
    "number", "found", "matter", "topic", "place", "level", "stories", "outlets", "status", "department", "due", "outcome",
    "slips", "reports",
)  # fmt: skip
MOST_OWN = 6
LONGEST = 500


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column of the register: one of ours, or the office's own (`own1` …) with its title."""

    key: str
    title: str
    shown: bool

    @property
    def own(self) -> bool:
        """True when it is filled by hand."""
        return self.key not in OURS


@dataclass(frozen=True, slots=True)
class Row:
    """One matter. `values` are our columns, `cells` what was filled in by hand, `slips` and `reports` the ids linked."""

    year: int
    number: int
    event: str
    values: Mapping[str, Any]
    cells: Mapping[str, str] = field(default_factory=dict)
    slips: Sequence[tuple[str, str]] = ()
    reports: Sequence[tuple[str, str]] = ()


def enter_event(conn: Connection, event: str, now: datetime, zone: ZoneInfo) -> int:
    """Put an event into the register of the year in which it was first seen; returns its number there."""
    first = conn.scalar(select(events.c.first_seen).where(events.c.id == event)) or now
    year = local_year(first, zone)
    known = select(register_rows.c.number).where(register_rows.c.event == event, register_rows.c.year == year)
    number = conn.scalar(known)
    if number is not None:
        return int(number)
    fresh = take_number(conn, "register", year)
    conn.execute(insert(register_rows).values(year=year, number=fresh, event=event, at=now))
    return fresh


def enter_missing(conn: Connection, year: int, now: datetime, zone: ZoneInfo) -> int:
    """Enter every matter of `year` that somebody was told of or that has a case, in the order of first being seen;
    returns how many were new."""
    told = select(alerts.c.event).where(alerts.c.kind != "closed", alerts.c.drill.is_(False))
    begin, end = (datetime(y, 1, 1, tzinfo=zone) for y in (year, year + 1))
    here = select(register_rows.c.event).where(register_rows.c.year == year)
    wanted = (events.c.id.in_(told) | events.c.id.in_(select(cases.c.event))) & events.c.id.not_in(here)
    within = (events.c.first_seen >= begin) & (events.c.first_seen < end) & events.c.merged_into.is_(None)
    found = conn.scalars(select(events.c.id).where(wanted, within).order_by(events.c.first_seen, events.c.id)).all()
    for event in found:
        enter_event(conn, event, now, zone)
    return len(found)


def read_register(conn: Connection, year: int) -> list[Row]:
    """The register of a year, by number."""
    query = select(register_rows.c.number, register_rows.c.event, events).outerjoin(
        events, events.c.id == register_rows.c.event
    )
    rows = conn.execute(query.where(register_rows.c.year == year).order_by(register_rows.c.number)).mappings().all()
    cells: dict[int, dict[str, str]] = {}
    for number, key, words in conn.execute(
        select(register_cells.c.number, register_cells.c.key, register_cells.c.words).where(
            register_cells.c.year == year
        )
    ):
        cells.setdefault(number, {})[key] = words
    papers = _read_papers(conn, [str(row["event"]) for row in rows])
    return [_make_row(year, row, cells.get(row["number"], {}), papers) for row in rows]


def list_years(conn: Connection, now: datetime, zone: ZoneInfo) -> list[int]:
    """Years that have a register, and this one."""
    found = set(conn.scalars(select(register_rows.c.year).distinct()))
    return sorted(found | {local_year(now, zone)}, reverse=True)


@dataclass(frozen=True, slots=True)
class _Papers:
    """What was written on the matters of a register, by event: slips and reports (id and name), the newest case."""

    slips: Mapping[str, list[tuple[str, str]]]
    reports: Mapping[str, list[tuple[str, str]]]
    cases: Mapping[str, RowMapping]


def _read_papers(conn: Connection, known: Sequence[str]) -> _Papers:
    """Four questions for the whole register; one a row is slow when there are hundreds."""
    merged = conn.execute(select(events.c.id, events.c.merged_into).where(events.c.merged_into.in_(known)))
    owner = {event: event for event in known} | {row.id: row.merged_into for row in merged}
    slips: dict[str, list[tuple[str, str]]] = {}
    for slip in slips_of(conn, owner):
        slips.setdefault(owner[slip.event], []).append((slip.id, slip.name))
    reports: dict[str, list[tuple[str, str]]] = {}
    for one in issued_reports(conn, owner):
        reports.setdefault(owner[one.event], []).append((one.id, one.name))
    newest = select(cases).where(cases.c.event.in_(known)).order_by(cases.c.opened)
    return _Papers(slips, reports, {row["event"]: row for row in conn.execute(newest).mappings()})


def _make_row(year: int, row: RowMapping, cells: Mapping[str, str], papers: _Papers) -> Row:
    event = str(row["event"])
    slips, reports = papers.slips.get(event, []), papers.reports.get(event, [])
    case = papers.cases.get(event)
    values: dict[str, Any] = {
        "number": row["number"], "found": row["first_seen"], "matter": row["title"] or "", "topic": row["topic"] or "",
        "place": row["place"] or "", "level": row["severity"] or "", "stories": row["stories"], "outlets": row["outlets"],
        "status": row["status"] or "", "department": case["department"] if case else "",
        "due": case["due"] if case else None, "outcome": (case["outcome"] or "") if case else "",
        "slips": "、".join(name for _, name in slips), "reports": "、".join(name for _, name in reports),
    }  # fmt: skip
    if row["topic"] == "wellbeing":
        values |= {"matter": TOPIC_NAMES["wellbeing"], "place": ""}
    return Row(year, row["number"], event, values, cells, slips, reports)


def read_columns(conn: Connection) -> list[ColumnChoice]:
    """The columns in their order; ours come first as long as nobody chose otherwise."""
    rows = conn.execute(select(register_columns).order_by(register_columns.c.place)).mappings().all()
    chosen = [ColumnChoice(row["key"], row["title"], row["shown"]) for row in rows]
    known = {column.key for column in chosen}
    return [*(ColumnChoice(key, "", True) for key in OURS if key not in known and not chosen), *chosen,
            *(ColumnChoice(key, "", False) for key in OURS if key not in known and chosen)]  # fmt: skip


def write_columns(conn: Connection, columns: Sequence[ColumnChoice]) -> Refused | None:
    """Which columns are shown, in which order, under which title. A hidden column keeps what was filled in."""
    keys = [column.key for column in columns]
    own = [column for column in columns if column.own]
    if len(set(keys)) != len(keys) or len(own) > MOST_OWN:
        return Refused("at most six columns of your own, each once")
    titles = [plain(column.title, 40) for column in own]
    if not all(titles) or len(set(titles)) != len(titles):
        return Refused("each column of your own needs a title that no other one has")
    conn.execute(delete(register_columns))
    rows = [
        {"key": column.key, "place": place, "title": plain(column.title, 40), "shown": column.shown}
        for place, column in enumerate(columns)
    ]
    conn.execute(insert(register_columns), rows)
    return None


def write_cells(
    conn: Connection, year: int, cells: Mapping[tuple[int, str], str], pen: Pen
) -> Refused | int:  # fmt: skip
    """Fill in cells of the office's own columns; an empty one is cleared. All or nothing: the first refused cell stops
    it, named by its row. Returns how many changed."""
    rows = {row.number: row for row in read_register(conn, year)}
    own = {column.key for column in read_columns(conn) if column.own}
    changed: list[dict[str, Any]] = []
    for (number, key), text in cells.items():
        if number not in rows or key not in own:
            return Refused(f"row {number}: the register of {year} has no such row or column")
        if text.strip() == rows[number].cells.get(key, "").strip():
            continue
        said = pen.read(conn, text, rows[number].event, LONGEST)
        if isinstance(said, Refused):
            why = said.why
            return Refused(f"row {number}: {why}")
        changed.append({"year": year, "number": number, "key": key, "words": said})
    insert_or_update(conn, register_cells, changed)
    conn.execute(delete(register_cells).where(register_cells.c.words == ""))
    return len(changed)
