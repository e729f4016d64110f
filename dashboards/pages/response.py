"""What the pages of the office's papers have in common, and the box of an event page."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from starlette.responses import RedirectResponse, Response

from alerts.duty.calendar_days import load_calendar
from alerts.response.deadlines import Deadlines
from alerts.response.facts import STATUSES, list_facts
from alerts.response.log import read_lines
from alerts.response.playbooks import read_playbook
from alerts.response.replies import ReplyLinks
from alerts.response.reports import last_issued, list_reports
from alerts.response.slips import list_slips
from alerts.response.wording import Pen
from alerts.taps import Refused
from dashboards.call import Call
from dashboards.queries.events import EventRow
from dashboards.response.papers import Letterhead
from pipeline.mask import Masker
from pipeline.model import Severity
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import officers

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf", "png": "image/png", "txt": "text/plain; charset=utf-8",
}  # fmt: skip


def pen_of(call: Call) -> Pen:
    """How this school's words are checked."""
    loaded = call.context.loaded
    outlets = [source.name for source in loaded.sources if source.name]
    own = (*loaded.school.names, *(campus for campus in loaded.school.campuses if campus))
    return Pen(Masker([*own, *outlets]), own)


def letterhead(call: Call, lang: str = "") -> Letterhead:
    """The school's head in `lang`, else in the reader's language."""
    return Letterhead(call.context.loaded.school.name, zone_of(call), lang or call.words.lang)


def zone_of(call: Call) -> ZoneInfo:
    """The school's time zone."""
    return ZoneInfo(call.context.loaded.school.timezone)


def deadlines_of(call: Call) -> Deadlines:
    """The clock of reports, as `[cases]` and the working calendar say."""
    loaded = call.context.loaded
    return Deadlines(loaded.cases, load_calendar(call.conn, loaded.calendar, zone_of(call)))


def role_of(call: Call) -> str:
    """The reader's role: what stands in papers instead of a name."""
    return call.user.role if call.user else ""


def role_behind(conn: Connection, who: str) -> str:
    """The role of the officer of a signed link."""
    found = conn.scalar(select(officers.c.role).where((officers.c.id == who) | (officers.c.name == who)).limit(1))
    return found or "officer"


def links_of(call: Call) -> ReplyLinks:
    """Makes and reads the links of answers; without a public address they lead to this machine."""
    server = call.context.loaded.server
    own = server.public_url or f"http://{call.request.headers.get('host', '127.0.0.1')}"
    return ReplyLinks(call.context.secret, own)


def own_folder(call: Call, name: str) -> Path | None:
    """`templates` or `fonts` in the data folder."""
    folder = call.context.briefing_dir
    return folder.parent / name if folder is not None else None


def go(path: str, done: str = "") -> Response:
    """Back to a page, which says what was done."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)


def do(call: Call, what: str, target: str, act: Callable[[Connection], object], who: str = "") -> object:
    """Run `act` in one transaction with its audit line; a refusal leaves neither."""
    with writing(call.context.engine) as conn:
        result = act(conn)
        if isinstance(result, Refused):
            conn.rollback()
            return result
        append_audit(conn, call.now, who or call.who, what, target, name_result(result))
    return result


def name_result(result: object) -> str:
    """What the audit line says of a result: the name of a paper, a number, an id."""
    if result is None:
        return ""
    return str(getattr(result, "name", result))[:80]


def say_refusal(call: Call, refused: object) -> str:
    """The refusal in the reader's language: as it is, or by an entry with {fields} that fits it."""
    if not isinstance(refused, Refused):
        return ""
    said = call.words.say(refused.why)
    if said != refused.why or call.words.lang == "en":
        return said
    for (context, text), chinese in call.words.catalog.items():
        fields = {} if context or "{" not in text else match_fields(text, refused.why)
        if fields:
            return chinese.format_map({name: call.words.say(value) for name, value in fields.items()})
    return refused.why


def match_fields(text: str, said: str) -> dict[str, str]:
    """The values that turn `text` into `said`; empty when they do not fit."""
    parts = re.split(r"\{(\w+)\}", text)
    if len("".join(parts[::2]).strip()) < 6:
        return {}
    named = {place: part for place, part in enumerate(parts) if place % 2}
    first = {part: place for place, part in reversed(named.items())}
    pattern = "".join(
        re.escape(part) if place not in named else f"(?P<{part}>.+?)" if first[part] == place else f"(?P={part})"
        for place, part in enumerate(parts)
    )
    found = re.fullmatch(pattern, said)
    return found.groupdict() if found else {}


def send_file(data: bytes, name: str, form: str, *, show: bool = False) -> Response:
    """A download under a Chinese name; pictures and text are shown when `show`."""
    where = "inline" if show else "attachment"
    headers = {"content-disposition": f"{where}; filename=\"tocsin.{form}\"; filename*=UTF-8''{quote(name)}.{form}"}
    return Response(data, 200, headers, media_type=TYPES[form])


def read_local(call: Call, text: str) -> datetime | None:
    """A moment of a form (`2026-11-24T16:30`) in the school's zone; None when it is none."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone_of(call))
    except ValueError:
        return None


def response_box(call: Call, row: EventRow) -> dict[str, object]:
    """What the event page shows of the office's work."""
    conn = call.conn
    last = last_issued(conn, row.id)
    due = last.next_due if last else deadlines_of(call).after(Severity(row.severity or "info"), row.first_seen)
    return {
        "facts": list_facts(conn, row.id),
        "statuses": STATUSES,
        "slips": list_slips(conn, row.id),
        "reports": list_reports(conn, row.id),
        "report_due": due if row.severity and row.status == "open" else None,
        "report_next": "update" if last and last.kind != "final" else "first",
        "log": read_lines(conn, row.first_seen, call.now + timedelta(seconds=1), row.id)[-6:],
        "playbook": read_playbook(conn, row.topic).half(call.words.lang),
    }
