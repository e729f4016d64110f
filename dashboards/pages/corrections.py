"""What an officer says against the machine: tone, topic, not our school; two events are one, or one is two."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from starlette.responses import RedirectResponse, Response

from alerts.taps import UNDO
from dashboards.call import Call, View, missing
from dashboards.csrf import safe_next
from dashboards.queries.corrections import (
    FIELDS,
    Near,
    fold_size,
    last_regrouping,
    near_events,
    title_of,
    words_in,
    words_of,
    words_on,
)
from dashboards.queries.events import EventRow, find_details, find_event
from dashboards.queries.stories import StoryRow, event_moments, event_stories
from pipeline.model import TOPICS
from pipeline.regroup import request_merge, request_split
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from pipeline.store.schema import corrections, documents
from pipeline.store.schema_desk import regroupings
from pipeline.tag.corrections import VALUES, record_correction, undo_correction

TICKS = 60


def correction_box(call: Call, row: EventRow, stories: Sequence[StoryRow]) -> dict[str, object]:
    """For the event page: words on its items, the last ones with the way back, and a merge or split to undo."""
    last_words = words_in(call.conn, row.id)
    return {
        "words": words_on(call.conn, [story.id for story in stories]),
        "last_words": last_words,
        "fresh_words": [word for word in last_words if word.at > call.now - UNDO],
        "undo_life": UNDO,
        "tones": VALUES["label"],
        "all_topics": TOPICS,
        "regrouped": last_regrouping(call.conn, row.id, call.now, UNDO),
    }


def correct_item(call: Call) -> Response:
    """One word on one item; audited where it is stored. Goes back to where it was said."""
    document, field, value = (call.form.get(name, "")[:80] for name in ("document", "field", "value"))
    back = safe_next(call.form.get("next", "/search"))
    if field not in FIELDS:
        missing("there is no such action")
    with writing(call.context.engine) as conn:
        refused = record_correction(conn, call.who, document, field, value, call.now)
    return RedirectResponse(with_done(back, "refused" if refused else "corrected"), 303)


def fresh_words(call: Call) -> dict[str, object]:
    """For a page without an event: what the reader said lately and can take back."""
    return {"fresh_words": words_of(call.conn, call.who, call.now, UNDO) if call.who else [], "undo_life": UNDO}


def undo_word(call: Call) -> Response:
    """Within ten minutes a word was never said. Audited; goes back to where it stood."""
    number = call.form.get("n", "")
    back = safe_next(call.form.get("next", "/search"))
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        missing("there is no such action")
    with writing(call.context.engine) as conn:
        refused = undo_correction(conn, call.who, int(number), call.now)
    return RedirectResponse(with_done(back, f"word_{refused}" if refused else "undone"), 303)


def with_done(back: str, done: str) -> str:
    """`back` with the name of what is said there."""
    path, _, query = back.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("done=")]
    return f"{path}?{'&'.join([*kept, f'done={done}'])}"


# ------------------------------------------------------------------ merge and split


def show_regroup(call: Call) -> View | Response:
    """Choose: another event to join with, or items that leave."""
    row = event_of(call)
    moments = event_moments(call.conn, row.id)
    stories = event_stories(call.conn, row.id, moments, call.now)[:TICKS]
    terms = () if row.topic == "wellbeing" else find_details(call.conn, row.id).terms
    return regroup_page(call, row, near_events(call.conn, row, terms, call.now), stories)


def regroup_page(
    call: Call, row: EventRow, near: Sequence[Near] = (), stories: Sequence[StoryRow] = (), problem: str = ""
) -> View:
    """The page in its first step."""
    data = {
        "event": row, "near": near, "stories": stories, "problem": problem, "step": "choose", "other": None,
        "items": (), "taken": 0, "whole": 0, "done": call.asked("done"),
        "source_names": {s.id: s.name or s.id for s in call.context.loaded.sources},
    }  # fmt: skip
    return View("regroup.html", data, 400 if problem else 200)


def show_merge(call: Call) -> View | Response:
    """What joining would do, before it is done."""
    row = event_of(call)
    other = title_of(call.conn, call.asked("other") or call.asked("near"), call.now)
    if other is None:
        return regroup_page(call, row, problem=call.words.say("There is no such event."))
    if other.id == row.id:
        return regroup_page(call, row, problem=call.words.say("The two are one event already."))
    view = regroup_page(call, row)
    return View(view.template, {**view.data, "step": "merge", "other": other})


def show_split(call: Call) -> View | Response:
    """What taking items out would do, before it is done."""
    row = event_of(call)
    items = tuple(dict.fromkeys(call.request.query_params.getlist("item")))[:TICKS]
    taken, whole = fold_size(call.conn, row.id, items) if items else (0, 0)
    if not taken:
        return regroup_page(call, row, problem=call.words.say("None of the items is in this event."))
    if taken == whole:
        return regroup_page(call, row, problem=call.words.say("With their copies these are all items of the event."))
    view = regroup_page(call, row)
    return View(view.template, {**view.data, "step": "split", "items": items, "taken": taken, "whole": whole})


def event_of(call: Call) -> EventRow:
    """The event of the address, or what it became part of; 404 without one."""
    row = find_event(call.conn, call.path("id"), call.now)
    if row is None:
        missing("there is no such event")
    return row


def regroup_event(call: Call) -> Response:
    """Merge, split, or take the last one back. Audited by the wish itself."""
    row, act = event_of(call), call.form.get("act", "")
    if act == "merge":
        done = merge(call, row, call.form.get("other", "")[:80])
    elif act == "split":
        done = split(call, row, [one for one in call.form.get("items", "").split(" ") if one][:TICKS])
    elif act == "undo":
        done = undo_regrouping(call, row)
    else:
        missing("there is no such event or action")
    return RedirectResponse(f"/events/{row.id}?done={done}", 303)


def merge(call: Call, row: EventRow, gone: str) -> str:
    """Ask for the merge; what `gone` had is remembered for ten minutes."""
    with writing(call.context.engine) as conn:
        other = find_event(conn, gone, call.now)
        if other is None or request_merge(conn, call.who, row.id, other.id, call.now).code != "asked":
            return "refused"
        items = conn.scalars(select(documents.c.id).where(documents.c.event == other.id)).all()
        remember(conn, call, row.id, other.id, items)
    return "merge_asked"


def split(call: Call, row: EventRow, items: Sequence[str]) -> str:
    """Ask for the split."""
    with writing(call.context.engine) as conn:
        if request_split(conn, call.who, row.id, items, call.now).code != "asked":
            return "refused"
        remember(conn, call, row.id, None, items)
    return "split_asked"


def remember(conn: Connection, call: Call, event: str, gone: str | None, items: Sequence[str]) -> None:
    """The way back of the wish that was just written; older ones go."""
    conn.execute(delete(regroupings).where(regroupings.c.at < call.now - UNDO - timedelta(minutes=5)))
    number = conn.execute(
        select(func.max(corrections.c.n)).where(corrections.c.field.in_(("merge", "split")))
    ).scalar_one()
    row = {"n": number, "event": event, "gone": gone, "items": list(items), "at": call.now, "who": call.who}
    conn.execute(insert(regroupings).values(row))


def undo_regrouping(call: Call, row: EventRow) -> str:
    """A merge is undone by taking out again what came with it, a split by joining again."""
    found = last_regrouping(call.conn, row.id, call.now, UNDO)
    if found is None:
        return "undo_late"
    if not found.followed:
        return "undo_soon"
    with writing(call.context.engine) as conn:
        if found.gone:
            answer = request_split(conn, call.who, row.id, found.items, call.now)
        else:
            answer = request_merge(conn, call.who, row.id, found.fresh or "", call.now)
        if answer.code != "asked":
            return "refused"
        conn.execute(update(regroupings).where(regroupings.c.n == found.n).values(undone=call.now))
        append_audit(conn, call.now, call.who, "undo", row.id, "merge" if found.gone else "split")
    return "regroup_undone"
