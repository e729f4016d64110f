"""Sources: how each is, in a sentence a person understands."""

from dashboards.call import Call, View
from dashboards.pages.orders import gone_sources
from dashboards.queries.watch import SourceRow, source_rows, watch_health
from pipeline.store.elastic.standing import read_standing, why_parked

SIZE = 100
QUIET = "It works, but has brought nothing new"  # how the collector begins the sentence of a quiet source


def show_sources(call: Call) -> View:
    """Every source, the troubled ones first."""
    rows = source_rows(call.conn, call.context.loaded.sources, call.now)
    page = call.page()
    shown = rows[(page - 1) * SIZE : page * SIZE]
    sentences = {row.id: health_sentence(call, row) for row in shown}
    return View(
        "sources.html",
        {
            "sources": shown,
            "page": page,
            "more": len(rows) > page * SIZE,
            "watch": watch_health(call.conn, rows),
            "sentences": sentences,
            "mirror": read_standing(call.conn) if call.context.mirrored else None,
            "refused": why_parked(call.conn) if call.context.mirrored else [],
            "gone": gone_sources(call.conn),
        },
    )


def health_sentence(call: Call, row: SourceRow) -> str:
    """What a person needs to know of a source; the technical reason stays with the operator."""
    say, clock = call.words.say, call.clock
    if row.via == "inbox" and row.state in ("new", "healthy"):
        if row.last_ok is None:
            return say("Others bring its items; none has come yet.")
        return say("Others bring its items; the last came {age}.", age=clock.age(row.last_ok))
    if row.state == "blind":
        return blind_sentence(call, row)
    if row.state == "refused":
        return say("Its robots.txt does not allow us; it is not read.")
    if row.state == "silent":
        return silent_sentence(call, row)
    if row.state == "new":
        return say("Not read yet; the first reading is due {when}.", when=clock.short(row.next_due))
    if row.state == "off":
        return say("No longer configured; its items stay.")
    return say("Read {age}; {n} items in 24 hours.", age=clock.age(row.last_ok or row.last_run), n=row.items_day)


def silent_sentence(call: Call, row: SourceRow) -> str:
    """What it gives less of."""
    if not row.said.startswith(QUIET):
        return call.words.say("It can be read, but gives less than it used to; its pages may have changed.")
    span = call.clock.span(call.now - row.last_new) if row.last_new else "–"
    return call.words.say("It can be read, but has brought nothing new for {span}; usually it does.", span=span)


def blind_sentence(call: Call, row: SourceRow) -> str:
    """Since when nothing can be read."""
    if row.last_ok is None:
        return call.words.say("It could never be read; tried {n} times.", n=row.failures)
    text = "Blind since {when}: {n} attempts failed in a row. What it publishes is not seen."
    return call.words.say(text, when=call.clock.short(row.last_ok), n=row.failures)
