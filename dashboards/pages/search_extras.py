"""Beside the results of a search: the span of days (by form or by dragging on the chart), saved searches, events of
the last 24 months whose titles fit."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select
from starlette.responses import RedirectResponse, Response

from alerts.duty.moments import read_day
from dashboards.call import Call, missing
from dashboards.charts import Chart, Series
from dashboards.queries.events import EventRow, base_query, with_acts
from dashboards.queries.volume import Day, read_days, tone_of_day
from pipeline.model import TOPICS
from pipeline.person import person_check
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import events
from pipeline.store.schema_desk import saved_searches
from pipeline.store.shown import CARE

LOOK_BACK, WEEK, MOST_SAVED, EVENTS = 730, 7, 30, 5
KEPT_FIELDS = ("q", "kind", "topic", "tone", "days", "from", "to")


def read_span(call: Call) -> tuple[str, str]:
    """The two dates of the address, empty where they are none; in order."""
    begin, end = (read_day(call.asked(name)) for name in ("from", "to"))
    if begin and end and end < begin:
        begin, end = end, begin
    return (begin.isoformat() if begin else "", end.isoformat() if end else "")


def span_moments(call: Call, begins: str, ends: str) -> tuple[datetime | None, datetime | None]:
    """The span as moments in the school's zone, the last day included."""
    zone = ZoneInfo(call.context.loaded.school.timezone)

    def midnight(text: str, more: int) -> datetime | None:
        if not text:
            return None
        day = date.fromisoformat(text) + timedelta(days=more)
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return midnight(begins, 0), midnight(ends, 1)


def brush_chart(call: Call, days: int) -> tuple[Chart, list[tuple[str, str]]]:
    """All stories by week (by day up to 90 days), and the first and last day behind each bar. It shows everything that
    is about the school, not the hits: it is there to choose days on."""
    zone = ZoneInfo(call.context.loaded.school.timezone)
    step = 1 if days <= 90 else WEEK
    read = read_days(call.conn, call.context.cubes, zone, days, call.now)
    bars = [read[k : k + step] for k in range(0, len(read), step)]
    first = next((k for k, bar in enumerate(bars) if any(day.stories for day in bar)), len(bars) - 1)
    bars = bars[first:]
    values = tuple(float(sum(tone_of_day(day, "").total for day in bar)) for bar in bars)
    spans = [(bar[0].day.isoformat(), bar[-1].day.isoformat()) for bar in bars]
    text = "Everything about the school since {when}: drag over the bars to choose days, or give two dates."
    sentence = call.words.say(text, when=spans[0][0])
    labels = tuple(begin[2:] for begin, _ in spans)
    return Chart("stack", labels, (Series(call.words.say("stories"), "plain", values),), sentence), spans


def sum_weeks(days: Sequence[Day]) -> list[Day]:
    """Days added up by sevens, each under its first day; for charts of years."""
    weeks = []
    for k in range(0, len(days), WEEK):
        part = days[k : k + WEEK]
        stories: dict[tuple[str, str], int] = {}
        for day in part:
            for cell, count in day.stories.items():
                stories[cell] = stories.get(cell, 0) + count
        weeks.append(Day(part[0].day, stories, {}))
    return weeks


def fitting_events(call: Call, text: str, guarded: bool) -> list[EventRow]:
    """Events of the last 24 months whose title holds `text`; none for what reads as a person. Of wellbeing none."""
    if len(text) < 2 or guarded:
        return []
    e = events.c
    fits = base_query().where(e.title.contains(text, autoescape=True), e.topic != CARE)
    since = call.now - timedelta(days=LOOK_BACK)
    rows = call.conn.execute(fits.where(e.last_seen > since).order_by(e.last_seen.desc()).limit(EVENTS)).all()
    return with_acts(call.conn, rows, call.now)


# ------------------------------------------------------------------ saved searches


def list_saved(call: Call) -> list[Mapping[str, object]]:
    """The reader's own, by name."""
    s = saved_searches.c
    rows = call.conn.execute(select(s.id, s.name, s.fields).where(s.who == call.who).order_by(s.name))
    return [{"id": row.id, "name": row.name, "fields": row.fields} for row in rows]


def save_search(call: Call) -> Response:
    """Keep a search under a name. What reads as a person, an account or a number is not kept. Audited without words."""
    fields = {name: call.form.get(name, "")[:200].strip() for name in KEPT_FIELDS}
    name = call.form.get("name", "").strip()[:60] or fields["q"][:60]
    school = call.context.loaded.school
    if not all(person_check(text, school).ok for text in (fields["q"], name) if text):
        return RedirectResponse("/search?done=search_person", 303)
    if not name or not any(fields.values()) or (fields["topic"] and fields["topic"] not in TOPICS):
        return RedirectResponse("/search?done=search_empty", 303)
    key = secrets.token_hex(8)
    with writing(call.context.engine) as conn:
        mine = saved_searches.c.who == call.who
        if (conn.scalar(select(func.count()).select_from(saved_searches).where(mine)) or 0) >= MOST_SAVED:
            return RedirectResponse("/search?done=search_full", 303)
        kept = {field: value for field, value in fields.items() if value}
        conn.execute(insert(saved_searches).values(id=key, who=call.who, name=name, fields=kept, made=call.now))
        append_audit(conn, call.now, call.who, "save_search", key)
    return RedirectResponse(f"/search?{urlencode({**kept, 'done': 'search_saved'})}", 303)


def drop_search(call: Call) -> Response:
    """Delete one's own. Audited."""
    key = call.path("id")
    with writing(call.context.engine) as conn:
        mine = (saved_searches.c.id == key) & (saved_searches.c.who == call.who)
        if not conn.execute(delete(saved_searches).where(mine)).rowcount:
            missing("there is no such entry")
        append_audit(conn, call.now, call.who, "drop_search", key)
    return RedirectResponse("/search?done=search_dropped", 303)
