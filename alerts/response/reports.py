"""Situation reports (舆情快报): first, update, final. Drafted by rules, edited by the office, numbered when issued.

What the office writes is kept apart from the draft, so that both can be seen; an issued report does not change.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from alerts.response.deadlines import Deadlines
from alerts.response.drafting import Frame, ReportKind, draft_report
from alerts.response.numbering import local_year, name_paper, take_number
from alerts.response.reading import read_picture
from alerts.response.report_words import SECTIONS
from alerts.response.wording import Pen, family
from alerts.taps import Refused
from pipeline.model import Severity
from pipeline.store.schema_response import reports
from pipeline.store.shown import CARE, care_events, title_of

KINDS: tuple[str, ...] = get_args(ReportKind)
BY_NOTICE = Deadlines()


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands. `number` is None while it is a draft."""

    id: str
    event: str
    kind: str
    year: int | None
    number: int | None
    turn: int
    follows: str | None
    made: datetime
    issued: datetime | None
    next_due: datetime | None
    lang: str
    title: str
    figures: Mapping[str, Any]
    drafted: Mapping[str, str]
    edited: Mapping[str, str]
    cited: list[Mapping[str, str]]

    @property
    def name(self) -> str:
        """`舆情快报〔2026〕7号`."""
        return name_paper("report", self.year, self.number, self.lang)

    def sections(self) -> dict[str, str]:
        """{section: text} as it is printed: the office's words where it wrote some, the draft's elsewhere."""
        merged = {name: self.edited.get(name, self.drafted.get(name, "")) for name in SECTIONS}
        return {name: text for name, text in merged.items() if text}


def make_draft(
    conn: Connection, event: str, kind: str, lang: str, names: Mapping[str, str], write: Callable[[datetime], str],
    now: datetime, deadlines: Deadlines = BY_NOTICE,
) -> Report | Refused:  # fmt: skip
    """A fresh draft; the one that was not issued yet is replaced, what the office wrote in it is lost only by `kind`.

    Without a first report an update becomes the first; after one, a second first becomes an update.
    """
    picture = read_picture(conn, event, names, now)
    if picture is None:
        return Refused("this event is not kept any more")
    if kind not in KINDS:
        return Refused("a report is a first one, an update or a final one")
    last = last_issued(conn, event)
    real = _fit_kind(kind, last)
    due = None if real == "final" else deadlines.after(Severity(picture.figures["severity"] or "info"), now)
    is_update = real == "update" and last is not None
    frame = Frame(real, lang, write, now, due)
    if is_update and last is not None:
        said = frozenset(last.drafted.get("proposed", "").split("\n"))
        frame = replace(frame, since=last.issued, before=last.figures, said=said)
    conn.execute(delete(reports).where(reports.c.event == event, reports.c.issued.is_(None)))
    key = secrets.token_hex(6)
    conn.execute(insert(reports).values(
        id=key, event=event, kind=real, year=None, number=None, turn=last.turn + 1 if last else 1,
        follows=last.id if last else None, made=now, issued=None, next_due=due, lang=lang, title=picture.title,
        figures=dict(picture.figures), drafted=draft_report(picture, frame), edited={},
        cited=[asdict(one) for one in picture.cited],
    ))  # fmt: skip
    return read_report(conn, key) or Refused("the report was not stored")


def _fit_kind(kind: str, last: Report | None) -> ReportKind:
    if last is None:
        return "final" if kind == "final" else "first"
    if last.kind == "final" and kind != "final":
        return "first"
    return "final" if kind == "final" else "update"


def edit_report(conn: Connection, report: str, texts: Mapping[str, str], pen: Pen) -> Refused | None:
    """Keep the office's words where they differ from the draft; an empty text leaves its section out."""
    found = read_report(conn, report)
    if found is None or found.issued is not None:
        return Refused("an issued report does not change; write an update")
    edited: dict[str, str] = {}
    for name in SECTIONS:
        if name not in texts or _same(texts[name], found.drafted.get(name, "")):
            continue
        said = pen.read(conn, texts[name], found.event)
        if isinstance(said, Refused):
            return said
        edited[name] = said
    conn.execute(update(reports).where(reports.c.id == report).values(edited=edited))
    return None


def _same(given: str, drafted: str) -> bool:
    return given.replace("\r\n", "\n").strip() == drafted.strip()


def issue_report(conn: Connection, report: str, now: datetime, zone: ZoneInfo) -> Report | Refused:
    """Give a draft its number; it does not change any more."""
    found = read_report(conn, report)
    if found is None or found.issued is not None:
        return Refused("there is no such draft")
    if not found.sections():
        return Refused("an empty report is not issued")
    year = local_year(now, zone)
    values = {"year": year, "number": take_number(conn, "report", year), "issued": now}
    conn.execute(update(reports).where(reports.c.id == report).values(values))
    return read_report(conn, report) or Refused("the report was not stored")


def drop_draft(conn: Connection, report: str) -> Refused | None:
    """Throw a draft away; it never had a number."""
    gone = conn.execute(delete(reports).where(reports.c.id == report, reports.c.issued.is_(None))).rowcount
    return None if gone else Refused("there is no such draft")


def read_report(conn: Connection, report: str) -> Report | None:
    """One report."""
    row = conn.execute(select(reports).where(reports.c.id == report)).mappings().first()
    return _make_report(row, care_events(conn, [row["event"]])) if row else None


def list_reports(conn: Connection, event: str = "", limit: int = 300) -> list[Report]:
    """Reports, drafts first, then the newest; of one event when it is named."""
    query = select(reports).order_by(reports.c.issued.is_not(None), reports.c.made.desc(), reports.c.id).limit(limit)
    query = query.where(reports.c.event.in_(family(conn, event))) if event else query
    rows = conn.execute(query).mappings().all()
    care = care_events(conn, [row["event"] for row in rows])
    return [_make_report(row, care) for row in rows]


def issued_reports(conn: Connection, known: Collection[str]) -> list[Report]:
    """Every issued report on the events `known`, the oldest first."""
    mine = reports.c.event.in_(list(known)) & reports.c.issued.is_not(None)
    query = select(reports).where(mine).order_by(reports.c.made, reports.c.id.desc())
    return [_make_report(row, frozenset()) for row in conn.execute(query).mappings()]


def _make_report(row: RowMapping, care: frozenset[str]) -> Report:
    """A stored report, under a neutral title where its event is one of `care`."""
    return Report(**{**row, "title": title_of(CARE if row["event"] in care else "", row["title"])})


def last_issued(conn: Connection, event: str) -> Report | None:
    """The last issued report on an event."""
    mine = reports.c.event.in_(family(conn, event))
    query = select(reports).where(mine, reports.c.issued.is_not(None))
    row = conn.execute(query.order_by(reports.c.issued.desc(), reports.c.turn.desc()).limit(1)).mappings().first()
    return _make_report(row, care_events(conn, [row["event"]])) if row else None
