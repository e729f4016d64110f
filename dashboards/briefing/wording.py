"""The words of a briefing, and the findings: sentences made by rules from the figures, each with where it comes from."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from dashboards.briefing.values import BriefData, Count

RANKS = ("info", "notice", "serious", "critical")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence under a key that stays the same, and references to the ids behind it.

    `rule` is the rule's wording where an editor changed it, `unsupported` what that edit holds and the data does not.
    """

    key: str
    text: str
    refs: tuple[str, ...] = ()
    rule: str | None = None
    unsupported: tuple[str, ...] = ()


@cache
def load_words(language: str) -> Mapping[str, Mapping[str, str]]:
    """The tables sections, texts and names of a language."""
    file = resources.files(__package__).joinpath(f"words-{language}.toml")
    tables: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return tables


class Wording:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        tables = load_words(language)
        self._words, self._names, self._sections = tables["texts"], tables["names"], tables["sections"]

    def __call__(self, key: str, **values: object) -> str:
        """The text called `key` with its fields filled."""
        return self._words[key].format(**values)

    def name(self, key: str | None) -> str:
        """The name of a topic, kind, level or window."""
        return "—" if key is None else self._names.get(key, key)

    def section(self, key: str) -> str:
        """The heading of a section, without its number."""
        return self._sections[key]

    def number(self, value: float | None) -> str:
        """A number, or the words for missing data."""
        return self("missing") if value is None else plain(value)

    def minutes(self, value: float | None) -> str:
        """A number of minutes, or the words for missing data."""
        return self("no_minutes") if value is None else self("minutes", n=plain(value))

    def aside(self, *parts: object) -> str:
        """Words in brackets, with the blank that belongs before them."""
        said = ("，" if self.language == "zh" else ", ").join(str(part) for part in parts)
        return f"（{said}）" if self.language == "zh" else f" ({said})"

    def join(self, parts: list[str]) -> str:
        """A list of words, or a dash for none."""
        return ("、" if self.language == "zh" else ", ").join(parts) or "—"


def plain(value: float) -> str:
    """A number without a trailing .0 and never in scientific form."""
    return str(int(value)) if value == int(value) else f"{value:.1f}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal place, or — where there is nothing to divide."""
    return f"{100 * part / whole:.1f}" if whole else "—"


def change(one: Count) -> str:
    """The change against the period before as a signed percentage; — where there is nothing before."""
    return f"{100 * (one.items - one.before) / one.before:+.0f}%" if one.before else "—"


def findings(data: BriefData, say: Wording) -> list[Sentence]:
    """Three to five sentences, each from figures of the frozen data."""
    if not data.totals.items:
        return [Sentence("no_items", say("no_items"), ("items",))]
    found = [_volume(data, say), _tone(data, say), _topic(data, say), _event(data, say), _response(data, say)]
    return [one for one in found if one.text]


def _volume(data: BriefData, say: Wording) -> Sentence:
    totals = data.totals
    text = say("f_volume", items=totals.items, stories=totals.stories, change=compare(data, say), year=_year(data, say))
    return Sentence("f_volume", text.strip(), ("items", "story", "before/items", "year_ago/items"))


def compare(data: BriefData, say: Wording) -> str:
    """The change against the period before, in words."""
    now, before, name = data.totals.items, data.before.items, data.before_name
    if not before:
        return say("f_volume_none")
    name += say("imported") if data.before.imported else ""
    key = "f_volume_same" if now == before else "f_volume_up" if now > before else "f_volume_down"
    return say(key, name=name, before=before, percent=_percent(now, before))


def _percent(now: int, before: int) -> str:
    return f"{100 * abs(now - before) / before:.0f}"


def _year(data: BriefData, say: Wording) -> str:
    now, before = data.totals.items, data.year_ago.items
    if not before:
        return "" if data.first else say("f_year_none")
    key = "f_year_same" if now == before else "f_year_up" if now > before else "f_year_down"
    return say(key, before=before, percent=_percent(now, before))


def _tone(data: BriefData, say: Wording) -> Sentence:
    totals, before = data.totals, data.before
    known = before.items and not before.imported
    earlier = (
        say("f_tone_change", negative=before.negative, share=share(before.negative, before.items)) if known else ""
    )
    text = say("f_tone", negative=totals.negative, share=share(totals.negative, totals.items), change=earlier)
    return Sentence("f_tone", text, ("label:negative", "before/label:negative"))


def _topic(data: BriefData, say: Wording) -> Sentence:
    worst, best = max(data.topics, key=lambda one: one.negative), data.topics[0]
    text = say(
        "f_topic", topic=say.name(best.name), items=best.items, worst=say.name(worst.name), negative=worst.negative
    )
    return Sentence("f_topic", text, (f"topic:{best.name}", f"topic:{worst.name}&label:negative"))


def _event(data: BriefData, say: Wording) -> Sentence:
    told = [event for event in data.events if event.severity in RANKS]
    if not told:
        return Sentence("f_event", say("f_no_event"))
    top = max(told, key=lambda event: (RANKS.index(event.severity or "info"), event.stories))
    return Sentence(
        "f_event", say("f_event", title=top.title, stories=top.stories, outlets=top.outlets), (f"event:{top.id}",)
    )


def _response(data: BriefData, say: Wording) -> Sentence:
    response = data.response
    if not response.alerts:
        return Sentence("f_response", say("f_no_alert"), ("alerts",))
    text = say(
        "f_response", alerts=response.alerts, events=response.events_told, told=say.minutes(response.seen_to_told_min),
        taken=say.minutes(response.told_to_taken_min),
    )  # fmt: skip
    return Sentence("f_response", text, ("alerts", "told"))


def movers(data: BriefData, say: Wording) -> list[Sentence]:
    """Which topic rose and which fell most, in items; none in a first period."""
    known = [one for one in data.topics if one.before is not None]
    if data.first or not known:
        return []
    by_step = sorted(known, key=lambda one: (one.items - (one.before or 0), one.name))
    full = "。" if say.language == "zh" else "."
    lines = []
    for key, one in (("f_rise", by_step[-1]), ("f_fall", by_step[0])):
        step = one.items - (one.before or 0)
        if step * (1 if key == "f_rise" else -1) > 0:
            text = say(key, topic=say.name(one.name), before=one.before, items=one.items) + full
            lines.append(Sentence(key, text[0].upper() + text[1:], (f"topic:{one.name}", f"before/topic:{one.name}")))
    return lines
