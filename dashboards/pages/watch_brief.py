"""The brief of a special watch, in the outline of a briefing: numbers, days, outlets, headlines of the press."""

from sqlalchemy import select

from alerts.special_watch import SpecialWatch, belongs_to, measure_watch, outlets_of, tones_by_day
from dashboards.briefing.outline import Outline, Section, Table
from dashboards.briefing.wording import Sentence
from dashboards.call import Call
from dashboards.queries.events import EventRow, veil_count
from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import documents
from pipeline.store.shown import CARE, title_of

HEADLINES = 20
TONES = ("negative", "neutral", "positive", "unknown")


def brief_outline(call: Call, watch: SpecialWatch, event: EventRow | None) -> Outline:
    """The brief as of now. Officers stand in it by no name; private voices as numbers."""
    say, clock = call.words.say, call.clock
    care = bool(event and event.topic == CARE)
    period = say("{begins} to {ends}", begins=clock.short(watch.begins), ends=clock.short(min(watch.ends, call.now)))
    sections = [summary(call, watch, event), days(call, watch), outlets(call, watch)]
    if not care:
        sections.append(headlines(call, watch))
    state = say("Drawn up by rules from the figures, as of {when}.", when=clock.full(call.now))
    return Outline(
        say("Special watch: {name}", name=title_of(CARE, "") if care else watch.name), period, state, tuple(sections),
        say("Counts of what was found on the sources that are read; what lies outside them is not in it."), call.words.lang,
    )  # fmt: skip


def summary(call: Call, watch: SpecialWatch, event: EventRow | None) -> Section:
    """What it follows, how much, in what state."""
    say, name = call.words.say, call.words.name
    followed = measure_watch(call.conn, watch)
    texts = [
        say(
            "{items} items by {voices} voices and {outlets} outlets on the topic {topic}.", items=followed.items,
            voices=veil_count(followed.voices), outlets=followed.outlets, topic=name("topic", watch.topic),
        ),
    ]  # fmt: skip
    if event is not None:
        texts.append(
            say(
                "The event was first seen {when}; {share}% of its stories are negative.",
                when=call.clock.short(event.first_seen), share=event.negative_share,
            )
        )  # fmt: skip
    if watch.state == "paused":
        texts.append(say("The watch is paused: it follows one voice only."))
    return Section("summary", say("In short"), tuple(Sentence(f"w{k}", text) for k, text in enumerate(texts)))


def days(call: Call, watch: SpecialWatch) -> Section:
    """Distinct stories by day and tone."""
    say, name = call.words.say, call.words.name
    rows = tuple(
        (day, *(str(tones.get(tone, 0)) for tone in TONES))
        for day, tones in tones_by_day(call.conn, watch, call.clock.zone).items()
    )
    header = (say("day"), *(name("tone", tone) for tone in TONES))
    table = Table(say("Stories a day by tone"), header, rows, frozenset({1, 2, 3, 4}))
    return Section("days", say("Tone over time"), tables=(table,) if rows else ())


def outlets(call: Call, watch: SpecialWatch) -> Section:
    """Who carries it."""
    say = call.words.say
    names = {source.id: source.name or source.id for source in call.context.loaded.sources}
    rows = tuple((names.get(source, source), str(count)) for source, count in outlets_of(call.conn, watch))
    table = Table(say("Outlets and official pages"), (say("Source"), say("Items")), rows, frozenset({1}))
    none = () if rows else (Sentence("o0", say("None so far: no outlet and no official page has confirmed it.")),)
    return Section("outlets", say("Who carries it"), none, (table,) if rows else ())


def headlines(call: Call, watch: SpecialWatch) -> Section:
    """Headlines of news and official pages with their addresses."""
    say = call.words.say
    d = documents.c
    mine = select(d.title, d.source, d.charted, d.url).where(
        belongs_to(watch),
        d.source_kind.not_in(PRIVATE_KINDS),
        d.title.is_not(None),
        d.duplicate_of.is_(None),
        d.topic != CARE,
    )
    rows = call.conn.execute(mine.order_by(d.n.desc()).limit(HEADLINES)).all()
    texts = [f"{call.clock.short(row.charted)}　{row.title}　{row.url or ''}".strip() for row in rows]
    return Section("headlines", say("Headlines"), tuple(Sentence(f"h{k}", text) for k, text in enumerate(texts)))


def write_text(outline: Outline) -> str:
    """The outline as plain text."""
    lines = [outline.title, outline.subtitle, outline.state, ""]
    for section in outline.sections:
        lines += [f"【{section.heading}】", *(one.text for one in section.sentences)]
        for table in section.tables:
            lines += [" | ".join(row) for row in (table.header, *table.rows)]
        lines.append("")
    return "\n".join([*lines, outline.footer, ""])
