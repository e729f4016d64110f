"""The sections about what was said: scope, volume, events, topics, channels."""

from collections.abc import Sequence

from crawlers.coverage import ALWAYS, Lang, name_of
from dashboards.briefing.outline import Plot, Section, Table
from dashboards.briefing.values import BriefData, Count, EventFigure
from dashboards.briefing.wording import Sentence, Wording, change, movers, share

CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩"


def scope(data: BriefData, say: Wording) -> Section:
    """Scope and method, with what is not covered and how often the machine was wrong."""
    about = data.scope
    taggers = say.join(about.taggers) if about.taggers else say("missing")
    lines = [
        Sentence("names", say("names", names=say.join(about.names))),
        Sentence(
            "watched",
            say("watched", count=len(about.sources), sources=say.join([data.source(one) for one in about.sources])),
            ("items",),
        ),
        Sentence("quiet", say("quiet", count=len(about.quiet)) if about.quiet else say("no_quiet")),
        Sentence("method", say("method", taggers=taggers, corrections=about.corrections), ("corrections",)),
        _checked(data, say),
        Sentence("not_covered", say("not_covered", places=_places(about.unseen, say))),
    ]
    if about.blind_now:
        lines.append(Sentence("blind", say("blind", blind=say.join([data.source(one) for one in about.blind_now]))))
    if data.until:
        lines.append(Sentence("until", say("until", until=data.until)))
    if about.expired:
        lines.append(Sentence("expired", say("expired", expired=about.expired)))
    header = (say("source"), say("quiet_days"), say("longest"), say("last"))
    rows = tuple((data.source(one.source), str(one.quiet_days), str(one.longest), one.last) for one in about.quiet)
    tables = (Table(say("t_quiet"), header, rows, frozenset({1, 2})),) if rows else ()
    return Section("scope", say.section("scope"), tuple(lines), tables)


def _places(unseen: Sequence[str], say: Wording) -> str:
    language: Lang = "zh" if say.language == "zh" else "en"
    return say.join([name_of(one, language) for one in unseen or ALWAYS])


def _checked(data: BriefData, say: Wording) -> Sentence:
    one = data.scope.checked
    if one is None:
        return Sentence("checked", say("not_checked"))
    text = say(
        "checked", looked=one.looked, tone=one.tone_wrong, tone_low=f"{one.tone_low:.1f}", tone_high=f"{one.tone_high:.1f}",
        topic=one.topic_wrong, topic_low=f"{one.topic_low:.1f}", topic_high=f"{one.topic_high:.1f}",
    )  # fmt: skip
    return Sentence("checked", text, ("checks",))


def volume(data: BriefData, say: Wording) -> Section:
    """Items by day, by seven days or by month, with the key events marked."""
    spans = split_days(data.days)
    header = (say("day"), say("items"), say("stories"), say("negative"), say("share"))
    rows = tuple(
        (_span_name(one), str(one.items), str(one.stories), str(one.negative), share(one.negative, one.items))
        for _, one in spans
    )
    refs = tuple(f"days:{days}" for days, _ in spans)
    table = Table(say("t_volume"), header, rows, frozenset({1, 2, 3, 4}), refs)
    return Section("volume", say.section("volume"), (), (table,), (_plot(data, spans, say),) if rows else ())


def split_days(days: Sequence[Count]) -> list[tuple[str, Count]]:
    """(`first..last`, sum) of each day up to a month, of seven days up to a quarter, of a month beyond."""
    if len(days) <= 31:
        parts = [[day] for day in days]
    elif len(days) <= 100:
        parts = [list(days[begin : begin + 7]) for begin in range(0, len(days), 7)]
    else:
        months = dict.fromkeys(day.name[:7] for day in days)
        parts = [[day for day in days if day.name.startswith(month)] for month in months]
    return [_sum(part) for part in parts]


def _sum(part: Sequence[Count]) -> tuple[str, Count]:
    name = f"{part[0].name}..{part[-1].name}"
    return name, Count(name, *(sum(getattr(day, key) for day in part) for key in ("items", "stories", "negative")))


def _span_name(one: Count) -> str:
    first, _, last = one.name.partition("..")
    return first if first == last else f"{first} – {last[5:]}"


def _plot(data: BriefData, spans: Sequence[tuple[str, Count]], say: Wording) -> Plot:
    labels = tuple(name[5:10] for name, _ in spans)
    negative = tuple(one.negative for _, one in spans)
    rest = tuple(one.items - one.negative for _, one in spans)
    rest_name = "其余" if say.language == "zh" else "Other"
    marks = tuple(
        (label, CIRCLES[place])
        for place, event in enumerate(data.events)
        for (name, _), label in zip(spans, labels, strict=True)
        if name[:10] <= event.first_seen[:10] <= name[12:]
    )
    return Plot(say("c_volume"), labels, ((say("negative"), "negative", negative), (rest_name, "rest", rest)), marks)


def events(data: BriefData, say: Wording) -> Section:
    """Key events in order of weight, what was done about them, and their own words."""
    if not data.events:
        return Section("events", say.section("events"), (Sentence("no_events", say("no_events")),))
    quotes = tuple(
        Sentence(f"quote.{quote.id}", _quote(place, event, quote.id, quote.text, data, say), (f"id:{quote.id}",))
        for place, event in enumerate(data.events, 1)
        for quote in event.quotes
    )
    return Section("events", say.section("events"), (), (_happened(data, say), _done(data, say)), (), quotes)


def _quote(place: int, event: EventFigure, item: str, text: str, data: BriefData, say: Wording) -> str:
    row = next((one for one in data.trace.rows if one.id == item), None)
    source, day = (data.source(row.source), row.day) if row else ("—", event.first_seen[:10])
    return say("quote", number=place, source=source, day=day, text=text, id=item)


def _happened(data: BriefData, say: Wording) -> Table:
    names = (
        "number",
        "event",
        "topic",
        "level",
        "first",
        "peak",
        "items",
        "stories",
        "outlets_count",
        "negative_stories",
        "reporter",
    )
    rows = tuple(
        (
            CIRCLES[place], one.title, say.name(one.topic), say.name(one.severity), short(one.first_seen),
            one.peak[5:] if one.peak else say("missing"), str(one.items), str(one.stories), str(one.outlets), str(one.negative),
            data.source(one.first_reporter) if one.first_reporter else say("missing"),
        )
        for place, one in enumerate(data.events)
    )  # fmt: skip
    refs = tuple(f"event:{one.id}" for one in data.events)
    return Table(say("t_events"), tuple(say(name) for name in names), rows, frozenset({6, 7, 8, 9}), refs)


def _done(data: BriefData, say: Wording) -> Table:
    names = ("number", "event", "told", "taken", "did", "status", "outcome")
    rows = tuple(
        (
            CIRCLES[place], one.title, short(one.told), short(one.taken), say.join(one.departments),
            say(one.status), say.name(one.outcome),
        )
        for place, one in enumerate(data.events)
    )  # fmt: skip
    return Table(say("t_did"), tuple(say(name) for name in names), rows)


def short_events(data: BriefData, say: Wording) -> Table:
    """At most five events in five columns, for the one-page version."""
    rows = tuple(
        (one.title, say.name(one.severity), short(one.first_seen), str(one.stories), say(one.status))
        for one in data.events[:5]
    )
    names = ("event", "level", "first", "stories", "status")
    refs = tuple(f"event:{one.id}" for one in data.events[:5])
    return Table(say("t_events"), tuple(say(name) for name in names), rows, frozenset({3}), refs)


def topics(data: BriefData, say: Wording) -> Section:
    """Topics with rise and fall, and complaints that came back."""
    lines, tables = movers(data, say), [_counts(data, data.topics, "topic", "t_topics", say)]
    if data.repeated:
        header = (say("topic"), say("place"), say("matters"), say("stories"))
        rows = tuple((say.name(one.topic), one.place, str(one.events), str(one.stories)) for one in data.repeated)
        tables.append(Table(say("t_repeated"), header, rows, frozenset({2, 3}), tuple("events" for _ in rows)))
    else:
        lines.append(Sentence("no_repeated", say("no_repeated")))
    return Section("topics", say.section("topics"), tuple(lines), tuple(tables))


def channels(data: BriefData, say: Wording) -> Section:
    """Kinds, sources, who reported first, and our share beside peers."""
    tables = [
        _counts(data, data.kinds, "kind", "t_kinds", say),
        _counts(data, data.outlets, "source", "t_outlets", say),
    ]
    lines = [] if data.reporters else [Sentence("no_reporters", say("no_reporters"))]
    if data.reporters:
        rows = tuple((data.source(one.source), str(one.events)) for one in data.reporters)
        header = (say("source"), say("matters"))
        tables.append(Table(say("t_reporters"), header, rows, frozenset({1}), tuple("events" for _ in rows)))
    voice = data.voice
    text = (
        say(f"voice_{voice.why}")
        if voice.why
        else say("voice_ok", sources=say.join([data.source(one) for one in voice.sources]))
    )
    lines.append(Sentence("voice", text))
    if voice.voices:
        whole = sum(one.items for one in voice.voices)
        compared = tuple((one.school, str(one.items), share(one.items, whole)) for one in voice.voices)
        tables.append(Table(say("t_voice"), (say("school"), say("items"), "%"), compared, frozenset({1, 2})))
    return Section("channels", say.section("channels"), tuple(lines), tuple(tables))


def _counts(data: BriefData, counts: Sequence[Count], column: str, caption: str, say: Wording) -> Table:
    """Counts by a column; without an earlier period the two columns of comparison are left out."""
    mark = say("imported") if any(one.imported for one in counts) else ""
    header = (
        say("name"),
        say("items"),
        say("stories"),
        say("negative"),
        say("share"),
        say("before") + mark,
        say("change"),
    )
    width = 5 if data.first else 7
    rows = tuple(
        (
            data.source(one.name) if column == "source" else say.name(one.name), str(one.items), str(one.stories),
            str(one.negative), share(one.negative, one.items),
            say.number(one.before), change(one),
        )[:width]
        for one in counts
    )  # fmt: skip
    refs = tuple(f"{column}:{one.name}" for one in counts)
    return Table(say(caption), header[:width], rows, frozenset(range(1, width)), refs)


def short(moment: str | None) -> str:
    """Month, day and time to the minute, or a dash; the year is that of the period."""
    return moment[5:16].replace("T", " ") if moment else "—"
