"""Every list as a file: search, events, cases, sources, alerts, audit. Private voices keep their rules: no link, no
wording, their time by the hour. Audited."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboards.call import Call, missing
from dashboards.exports import KINDS, MOST, Cell, Sheet, make_file
from dashboards.pages.events import read_filter
from dashboards.pages.search import HitRow, find_page, is_guarded, read_form, show_hits
from dashboards.queries.events import list_events
from dashboards.queries.telling import list_cases, read_audit
from dashboards.queries.watch import source_rows
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import alerts, events
from pipeline.store.shown import shown_title

Rows = Sequence[Sequence[Cell]]
PAGE, MOST_HITS = 100, 2_000
LOOK_BACK = timedelta(days=730)


def send_list(call: Call) -> Response:
    """One list with the filters of its page, at most 10,000 rows (2,000 of a search); what was cut is said in the file."""
    what, kind = call.path("what"), call.path("kind")
    if what not in LISTS or kind not in KINDS:
        missing("there is no such file")
    if what == "audit" and not (call.user and call.user.may("operator")):
        raise HTTPException(403, "your role may not do this")
    keys, read, most = LISTS[what]
    rows = read(call)
    cut = len(rows) > most
    body = make_file(Sheet(what, keys, titles(call, keys), rows[:most], note(call, len(rows[:most]), cut), cut), kind)
    call.conn.rollback()
    with writing(call.context.engine) as conn:
        append_audit(conn, call.now, call.who, "export", what, f"{kind} {len(rows[:most])}")
    headers = {"Content-Disposition": f'attachment; filename="{what}.{kind}"'}
    return Response(body, 200, headers, media_type=KINDS[kind])


def titles(call: Call, keys: Iterable[str]) -> tuple[str, ...]:
    """The titles of columns in the reader's language."""
    return tuple(call.words.name("column", key) for key in keys)


def note(call: Call, count: int, cut: bool) -> str:
    """How many rows, as of when, and whether there were more."""
    say, when = call.words.say, call.clock.full(call.now)
    if cut:
        return say(
            "{n} rows as of {when}; there are more, which are not in this file: narrow the list.", n=count, when=when
        )
    return say("{n} rows as of {when}; these are all.", n=count, when=when)


def read_hits(call: Call) -> Rows:
    """Hits of a search; a private voice as id, source, hour, tone and topic only."""
    asked = read_form(call)
    guarded = is_guarded(call, asked)
    rows: list[Sequence[Cell]] = []
    after: str | None = None
    while len(rows) <= MOST_HITS:
        found, problem = find_page(call, asked, guarded, after, PAGE)
        if problem:
            raise HTTPException(400, problem)
        rows += [hit_cells(hit) for hit in show_hits(call, found.hits)] if found else []
        after = found.next if found else None
        if after is None:
            break
    return rows


def hit_cells(hit: HitRow) -> Sequence[Cell]:
    """One hit. The wording of a private voice stays on the pages."""
    title, text = ("".join(piece.text for piece in parts) for parts in (hit.title, hit.snippet))
    said: tuple[Cell, ...] = (None, None, None) if hit.private else (title, text, hit.url)
    return (hit.id, hit.when, hit.source, hit.source_kind, hit.label, hit.topic, hit.event, *said)


def read_event_rows(call: Call) -> Rows:
    """Events as on their page, as far back as they are kept."""
    found = list_events(call.conn, read_filter(call), call.now, 1, MOST)
    return [
        (r.id, r.title, r.status, r.severity, r.topic, r.place, r.first_seen, r.last_seen, r.items, r.stories, r.voices,
         r.outlets, r.negative_share, r.reach, r.verdict, r.told)
        for r in found
    ]  # fmt: skip


def read_case_rows(call: Call) -> Rows:
    """Cases, open ones by deadline first."""
    found = list_cases(call.conn, call.now, limit=MOST + 1)
    return [
        (r.id, r.event, r.title, r.department, r.owner_role, r.opened, r.due, r.status, r.outcome, r.note)
        for r in found
    ]


def read_source_rows(call: Call) -> Rows:
    """Sources and how they are."""
    found = source_rows(call.conn, call.context.loaded.sources, call.now)
    return [
        (r.id, r.name, r.kind, r.via, r.url, r.state, r.last_run, r.last_ok, r.last_new, r.items_day) for r in found
    ]


def read_alert_rows(call: Call) -> Rows:
    """Alerts of the last 24 months, newest first; drills are marked."""
    a = alerts.c
    query = select(a.id, a.at, a.kind, a.severity, a.event, a.rule, a.state, a.drill, shown_title())
    joined = query.outerjoin(events, events.c.id == a.event).where(a.at > call.now - LOOK_BACK)
    rows = call.conn.execute(joined.order_by(a.n.desc()).limit(MOST + 1)).all()
    return [
        (r.id, r.at, r.kind, r.severity, r.event, r.title, r.rule, r.state, "drill" if r.drill else "") for r in rows
    ]


def read_audit_rows(call: Call) -> Rows:
    """The audit trail, newest first."""
    return [(r.n, r.at, r.who, r.what, r.target, r.detail) for r in read_audit(call.conn, 1, MOST)]


LISTS: Mapping[str, tuple[tuple[str, ...], Callable[[Call], Rows], int]] = {
    "search": (("id", "when", "source", "kind", "tone", "topic", "event", "title", "text", "url"), read_hits, MOST_HITS),
    "events": (
        ("id", "title", "status", "severity", "topic", "place", "first_seen", "last_seen", "items", "stories", "voices",
         "outlets", "negative_share", "reach", "verdict", "alerts"), read_event_rows, MOST,
    ),
    "cases": (
        ("id", "event", "title", "department", "owner", "opened", "due", "status", "outcome", "note"), read_case_rows, MOST,
    ),
    "sources": (
        ("id", "name", "kind", "via", "url", "state", "last_run", "last_ok", "last_new", "items_day"), read_source_rows, MOST,
    ),
    "alerts": (("id", "when", "kind", "severity", "event", "title", "rule", "state", "drill"), read_alert_rows, MOST),
    "audit": (("n", "when", "who", "what", "target", "detail"), read_audit_rows, MOST),
}  # fmt: skip
