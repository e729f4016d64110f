"""The outline of a briefing: headings, sentences and tables in order, before any format. Word and HTML draw the same."""

from dataclasses import dataclass

from dashboards.briefing.values import BriefData, Count
from dashboards.briefing.wording import Wording, change, findings, share


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header row and rows of text. `numeric` are the columns that are set right-aligned."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its sentences and its tables."""

    heading: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole briefing."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    footer: str


def make_outline(data: BriefData, language: str) -> Outline:
    """Everything the documents say, from the frozen data alone."""
    say = Wording(language)
    sections = (
        Section(say("findings"), tuple(findings(data, say))),
        _scope(data, say),
        Section(say("volume"), (), (_days(data, say),)),
        Section(say("events"), (), (_events(data, say),)),
        Section(say("topics"), (), (_counts(data.topics, say),)),
        Section(say("channels"), (), (_counts(data.kinds, say), _counts(data.outlets, say))),
        Section(say("response"), (), (_response(data, say),)),
        Section(say("cited"), (), (_cited(data, say),)),
    )
    period = say("period", begin=data.begin, end=data.end, period=data.period)
    return Outline(say("title", school=data.school), period, sections, say("hash", hash=data.hash))


def _scope(data: BriefData, say: Wording) -> Section:
    scope = data.scope
    joint = "、" if say.language == "zh" else ", "
    blind = say("blind", blind=joint.join(scope.blind_now)) if scope.blind_now else say("no_blind")
    return Section(say("scope"), (
        say("names", names=joint.join(scope.names)),
        say("watched", count=len(scope.sources), sources=joint.join(scope.sources) or "—"),
        blind,
        say("method", taggers=joint.join(scope.taggers) or say("missing"), corrections=scope.corrections),
        say("not_covered"),
    ))  # fmt: skip


def _days(data: BriefData, say: Wording) -> Table:
    """By day up to a month, by seven days beyond."""
    counts = data.days if len(data.days) <= 31 else _weeks(data.days)
    header = (say("day"), say("items"), say("stories"), say("negative"), say("share"))
    rows = tuple(
        (one.name, str(one.items), str(one.stories), str(one.negative), share(one.negative, one.items))
        for one in counts
    )
    return Table(header, rows, frozenset({1, 2, 3, 4}))


def _weeks(days: list[Count]) -> list[Count]:
    weeks = []
    for begin in range(0, len(days), 7):
        part = days[begin : begin + 7]
        name = f"{part[0].name} – {part[-1].name[5:]}"
        weeks.append(Count(name, *(sum(getattr(day, key) for day in part) for key in ("items", "stories", "negative"))))
    return weeks


def _counts(counts: list[Count], say: Wording) -> Table:
    header = (say("name"), say("items"), say("stories"), say("negative"), say("share"), say("before"), say("change"))
    rows = tuple(
        (
            say.name(one.name),
            str(one.items),
            str(one.stories),
            str(one.negative),
            share(one.negative, one.items),
            str(one.before),
            change(one),
        )
        for one in counts
    )
    return Table(header, rows, frozenset(range(1, 7)))


def _events(data: BriefData, say: Wording) -> Table:
    header = (
        say("event"), say("topic"), say("level"), say("first"), say("stories"), say("outlets"), say("told"),
        say("taken"), say("status"), say("outcome"),
    )  # fmt: skip
    rows = tuple(
        (
            event.title,
            say.name(event.topic),
            say.name(event.severity),
            _when(event.first_seen),
            str(event.stories),
            str(event.outlets),
            _when(event.told),
            _when(event.taken),
            say(event.status),
            event.outcome or "—",
        )
        for event in data.events
    )
    return Table(header, rows, frozenset({4, 5}))


def _response(data: BriefData, say: Wording) -> Table:
    response = data.response
    pairs = (
        ("r_alerts", response.alerts), ("r_events", response.events_told), ("r_false", response.false_alarms),
        ("r_told", response.seen_to_told_min), ("r_taken", response.told_to_taken_min),
        ("r_undelivered", response.undelivered), ("r_opened", response.cases_opened),
        ("r_closed", response.cases_closed), ("r_late", response.cases_late),
    )  # fmt: skip
    return Table((say("name"), ""), tuple((say(key), say.number(value)) for key, value in pairs), frozenset({1}))


def _cited(data: BriefData, say: Wording) -> Table:
    header = (say("id"), say("event"), say("source"), say("day"), say("heading"), say("link"))
    rows = tuple(
        (one.id, one.event, one.source, one.day, one.title or say("private"), one.url or "—") for one in data.cited
    )
    return Table(header, rows)


def _when(moment: str | None) -> str:
    return moment[:16].replace("T", " ") if moment else "—"
