"""Special watches (专题): which there are, the board of one, beginning, renewing and ending one, its brief."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from alerts.free_text import make_clean
from alerts.season import CalendarWindow
from alerts.special_watch import (
    MOST_DAYS,
    MOST_TERMS,
    Ask,
    SpecialWatch,
    begin_watch,
    belongs_to,
    end_watch,
    find_watch,
    list_watches,
    measure_watch,
    outlets_of,
    renew_watch,
    tones_by_day,
)
from alerts.taps import Refused
from dashboards.call import Call, View, missing
from dashboards.charts import TONES, Chart, Series
from dashboards.pages.watch_brief import brief_outline, write_text
from dashboards.queries.events import EventRow, find_event, veil_count
from dashboards.queries.stories import StoryRow, make_story
from dashboards.queries.watch import source_rows
from dashboards.refusals import say_refusal
from pipeline.model import TOPICS
from pipeline.store.engine import writing
from pipeline.store.schema import documents
from pipeline.store.shown import CARE

SHOWN = 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show_watches(call: Call) -> View:
    """The list, and a form for an occasion of the calendar."""
    return watches_page(call)


def watches_page(call: Call, problem: str = "") -> View:
    """The list with what went wrong."""
    data = {
        "watches": list_watches(call.conn, call.now), "occasions": list(occasions_of(call).values()),
        "topics": [topic for topic in TOPICS if topic != CARE], "problem": problem, "most": MOST_DAYS,
        "done": call.asked("done"), "given": dict(call.form) if problem else {},
    }  # fmt: skip
    return View("watches.html", data, 400 if problem else 200)


def occasions_of(call: Call) -> Mapping[str, CalendarWindow]:
    """The windows of the school's year by id."""
    return {window.id: window for window in getattr(call.context.loaded.calendar, "windows", ())}


def begin(call: Call) -> View | Response:
    """Put an event or an occasion under a watch. Audited."""
    form = call.form
    days = form.get("days", "")
    cut = form.get("terms", "").replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
    ask = Ask(
        form.get("name", "")[:200], form.get("topic", ""), tuple(one.strip() for one in cut if one.strip())[: MOST_TERMS + 1],
        int(days) if days.isdecimal() and len(days) < 4 else 0, form.get("event", "")[:80], form.get("occasion", "")[:80],
    )  # fmt: skip
    call.conn.rollback()
    with writing(call.context.engine) as conn:
        made = begin_watch(conn, ask, call.context.loaded.school, occasions_of(call), call.who, call.now)
        if isinstance(made, Refused):
            conn.rollback()
    if isinstance(made, Refused):
        return watches_page(call, say_refusal(call.words, made.why))
    return RedirectResponse(f"/watches/{made}?done=watch_begun", 303)


def show_board(call: Call) -> View:
    """The board of one watch."""
    return board_page(call, watch_of(call))


def watch_of(call: Call) -> SpecialWatch:
    """The watch of the address; 404 without one."""
    found = find_watch(call.conn, call.path("id"), call.now)
    if found is None:
        missing("there is no such special watch")
    return found


def board_page(call: Call, watch: SpecialWatch, problem: str = "") -> View:
    """Everything the board shows; of what turned out to be about somebody's wellbeing numbers only."""
    conn, loaded = call.conn, call.context.loaded
    event = find_event(conn, watch.event, call.now) if watch.event else None
    followed, care = measure_watch(conn, watch), bool(event and event.topic == CARE)
    states = {row.id: row for row in source_rows(conn, loaded.sources, call.now)}
    occasion = occasions_of(call).get(watch.occasion or "")
    data = {
        "watch": watch, "event": event, "occasion": occasion.title if occasion else watch.occasion,
        "items": followed.items, "voices": veil_count(followed.voices), "outlet_count": followed.outlets,
        "terms": () if care else watch.terms, "stories": [] if care else newest(call, watch),
        "outlets": outlets_of(conn, watch), "chart": days_chart(call, watch), "problem": problem, "care": care,
        "sources": [states[one] for one in watch.sources if one in states], "done": call.asked("done"),
        "may_renew": watch.state != "ended" and watch.renewed is None and watch.made_by != call.who,
        "source_names": {s.id: s.name or s.id for s in loaded.sources},
    }  # fmt: skip
    return View("watch_board.html", data, 400 if problem else 200)


def newest(call: Call, watch: SpecialWatch) -> list[StoryRow]:
    """The newest distinct stories; a private voice by its hour and without a link."""
    mine = select(documents).where(belongs_to(watch), documents.c.duplicate_of.is_(None), documents.c.topic != CARE)
    rows = call.conn.execute(mine.order_by(documents.c.n.desc()).limit(SHOWN)).all()
    return [make_story(row, (), False) for row in rows]


def days_chart(call: Call, watch: SpecialWatch) -> Chart:
    """Distinct stories a day by tone."""
    days = tones_by_day(call.conn, watch, call.clock.zone)
    name = call.words.name
    series = tuple(
        Series(name("tone", tone), tone, tuple(float(day.get(tone, 0)) for day in days.values()))
        for tone in TONES
        if tone != "unknown" or any(day.get(tone) for day in days.values())
    )
    total = sum(sum(day.values()) for day in days.values())
    bad = sum(day.get("negative", 0) for day in days.values())
    sentence = call.words.say("{n} distinct stories, {bad} of them negative.", n=total, bad=bad)
    return Chart("stack", tuple(day[5:] for day in days), series, sentence)


def change_watch(call: Call) -> View | Response:
    """Renew or end it. Audited."""
    watch, act = watch_of(call), call.path("act")
    if act not in ("renew", "end"):
        missing("there is no such action")
    school = call.context.loaded.school
    why = make_clean([school.name, school.english, *school.aliases])(call.form.get("why", ""), 200)
    if isinstance(why, Refused):
        return board_page(call, watch, say_refusal(call.words, why.why))
    call.conn.rollback()
    with writing(call.context.engine) as conn:
        ended = act == "end"
        refused = (
            end_watch(conn, watch.id, call.who, call.now)
            if ended
            else renew_watch(conn, watch.id, why, call.who, call.now)
        )
    if refused is not None:
        return board_page(call, watch, say_refusal(call.words, refused.why))
    return RedirectResponse(f"/watches/{watch.id}?done=watch_{act}", 303)


def send_brief(call: Call) -> Response:
    """The brief as text or Word; private voices are counted in it, never linked or quoted."""
    watch, kind = watch_of(call), call.path("kind")
    if kind not in ("txt", "docx"):
        missing("there is no such file")
    event = find_event(call.conn, watch.event, call.now) if watch.event else None
    outline = brief_outline(call, watch, event)
    headers = {"Content-Disposition": f'attachment; filename="watch-{watch.id}.{kind}"'}
    if kind == "txt":
        return Response(write_text(outline), 200, headers, media_type="text/plain; charset=utf-8")
    from dashboards.briefing.word import make_word  # its library stays out of a service that makes no brief

    return Response(
        make_word(outline, "plain", call.context.loaded.school.name, one_page=True), 200, headers, media_type=WORD
    )


def watch_form(call: Call, row: EventRow, terms: tuple[str, ...]) -> dict[str, object]:
    """For the event page: what the one-click form begins with, or the watch that is on already."""
    on = [w for w in list_watches(call.conn, call.now) if w.event == row.id and w.state != "ended"]
    zone = ZoneInfo(call.context.loaded.school.timezone)
    name = call.words.name("topic", row.topic)
    plain = f"{name} {(row.first_seen.astimezone(zone)):%m-%d}"
    fit = [term for term in terms if 2 <= len(term) <= 30][:5]
    last = (call.now + timedelta(days=7)).astimezone(zone)
    return {"special": on[0] if on else None, "watch_name": plain, "watch_terms": fit, "watch_until": last}
