"""The words of the daily and weekly digest, and of the lines that stand under an earlier message. Pure.

The order is that of a hand-over: how many matters, whether we watched, what they are, what was kept back, who has what,
and what we cannot see at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.message import MAX_LINES, Holding, Style, name_matter, write_time
from alerts.model import Message
from alerts.outbox import Owed
from alerts.plain import cut, plain
from alerts.words import Language, say
from pipeline.model import Alert, Event

SHOWN, NAMED = 4, 3


@dataclass(frozen=True, slots=True)
class Book:
    """What a digest looks up: events by id, alerts by id, the number of an event's newest alert, who has an event."""

    events: Mapping[str, Event]
    alerts: Mapping[str, Owed]
    numbers: Mapping[str, str]
    holdings: Mapping[str, Holding]


def write_review(number: str, alert: Alert, book: Book, style: Style, now: datetime) -> Message:
    """The digest whose numbers stand in the reason of `alert`; what was forgotten since is not named."""
    facts, language = alert.reason.numbers, style.language
    span = _show_span(facts.get("begins"), facts.get("ends"), style, now)
    count = len(_list(facts, "matters"))
    headline = say(language, "line", f"review_{alert.reason.code}", span=span, count=count)
    lines = [_proof_line(facts, style, now), _gap_line(facts, style, now)]
    lines += [*_level_line(facts, style), *_matter_lines(facts, book, style, now)]
    lines += [*_held_lines(facts, book, style), _hand_over_line(facts, style, now)]
    lines.append(say(language, "line", "not_seen", what=style.not_seen or say(language, "line", "not_seen_usual")))
    return Message(
        number, alert.id, None, cut(headline, 60), tuple(lines[:MAX_LINES]), (), style.public_url, severity="info",
        kind="digest",
    )  # fmt: skip


def _list(facts: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = facts.get(key)
    return found if isinstance(found, list) else []


def _show_time(text: object, style: Style, now: datetime) -> str:
    return write_time(datetime.fromisoformat(str(text)), style, now) if text else "–"


def _show_span(begins: object, ends: object, style: Style, now: datetime) -> str:
    return f"{_show_time(begins, style, now)}–{_show_time(ends, style, now)}"


def join(language: Language, parts: Sequence[str]) -> str:
    """A short enumeration."""
    return ("、" if language == "zh" else ", ").join(parts)


def _proof_line(facts: Mapping[str, Any], style: Style, now: datetime) -> str:
    """`0 matters; 41 of 43 sources healthy; blind: city-forum since 09:10`."""
    language, blind = style.language, _list(facts, "blind")
    line = say(
        language, "line", "proof", count=len(_list(facts, "matters")), healthy=facts.get("healthy", 0),
        sources=facts.get("sources", 0),
    )  # fmt: skip
    if not blind:
        return line
    parts = [
        say(language, "line", "blind_since" if since else "blind_never", source=plain(str(name), 40),
            since=_show_time(since, style, now))
        for name, since in blind[:NAMED]
    ]  # fmt: skip
    rest = [say(language, "line", "and_more", count=len(blind) - NAMED)] if len(blind) > NAMED else []
    return line + say(language, "line", "blind", sources=join(language, [*parts, *rest]))


def _gap_line(facts: Mapping[str, Any], style: Style, now: datetime) -> str:
    """When we were not watching; a claim to have watched only when it is so."""
    gaps = _list(facts, "gaps")
    if not gaps:
        return say(style.language, "line", "watched")
    spans = [_show_span(begins, ends, style, now) for begins, ends in gaps[:NAMED]]
    rest = [say(style.language, "line", "and_more", count=len(gaps) - NAMED)] if len(gaps) > NAMED else []
    return say(style.language, "line", "not_watched", spans=join(style.language, [*spans, *rest]))


def _level_line(facts: Mapping[str, Any], style: Style) -> list[str]:
    levels = facts.get("levels")
    if not isinstance(levels, dict) or len(levels) <= 1:
        return []
    parts = [f"{style.level(level)} {count}" for level, count in levels.items()]
    return [say(style.language, "line", "levels", levels=join(style.language, parts))]


def _matter_lines(facts: Mapping[str, Any], book: Book, style: Style, now: datetime) -> list[str]:
    known = [book.events[one] for one in _list(facts, "matters") if one in book.events]
    order = sorted(known, key=lambda event: -(event.severity.rank if event.severity else 0))
    lines = [_matter_line(event, book, style, now) for event in order[:SHOWN]]
    if len(order) > SHOWN:
        lines.append(say(style.language, "line", "digest_more", count=len(order) - SHOWN))
    return lines


def _matter_line(event: Event, book: Book, style: Style, now: datetime) -> str:
    holding, language = book.holdings.get(event.id), style.language
    has = holding is not None and holding.holds(now)
    who = (
        say(language, "line", "held_by", who=plain(holding.who, 20))
        if holding and has
        else say(language, "line", "unheld")
    )
    if event.status == "closed":
        who = say(language, "line", "is_closed")
    return say(
        language, "line", "review_item", level=style.level(event.severity.value if event.severity else "info"),
        title=plain(name_matter(event, language), 36), number=book.numbers.get(event.id, "–"), stories=event.stories,
        who=who,
    )  # fmt: skip


def _held_lines(facts: Mapping[str, Any], book: Book, style: Style) -> list[str]:
    """What was put off, silenced or covered, each with why."""
    held = [book.alerts[one] for one in _list(facts, "held") if one in book.alerts]
    parts = [f"{one.number}{_why_held(one, style.language)}" for one in held[:NAMED]]
    if not parts:
        return []
    rest = [say(style.language, "line", "and_more", count=len(held) - NAMED)] if len(held) > NAMED else []
    return [say(style.language, "line", "held_back", count=len(held), which=join(style.language, [*parts, *rest]))]


def _why_held(owed: Owed, language: Language) -> str:
    state = "deferred" if owed.state == "routed" else owed.state
    why = say(language, "line", f"held_{state}")
    return f"（{why}）" if language == "zh" else f" ({why})"


def _hand_over_line(facts: Mapping[str, Any], style: Style, now: datetime) -> str:
    states = [state for _, state in _list(facts, "open")]
    line = say(
        style.language, "line", "hand_over", unheld=states.count("unheld"), held=states.count("held"),
    )  # fmt: skip
    nxt = facts.get("next")
    return line + say(style.language, "line", "next_duty", time=_show_time(nxt, style, now)) if nxt else line


# ------------------------------------------------------------------ lines under an earlier message


def write_covers(number: str, alert: Alert, smaller: Owed, event: Event, style: Style) -> Message:
    """A smaller matter is held back under this one."""
    level = style.level((event.severity or smaller.alert.severity).value)
    text = say(
        style.language, "line", "update_covers", number=number, level=level,
        title=plain(name_matter(event, style.language), 40), smaller=smaller.number,
    )  # fmt: skip
    return Message(number, alert.id, alert.event, text, (), severity=alert.severity.value, kind="update")


def write_undone(number: str, alert: Alert, holding: Holding, style: Style, now: datetime) -> Message:
    """A tap was taken back: what had been said in the group does not hold."""
    what = say(style.language, "act", holding.what)
    text = say(style.language, "line", "update_undone", what=what, time=write_time(now, style, now), number=number)
    return Message(number, alert.id, alert.event, text, (), severity=alert.severity.value, kind="update")
