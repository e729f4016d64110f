"""An alert in the words that an officer reads on a lock screen at night. Pure.

Level, place and matter come first; then number, age, counts, whether it is confirmed, why now, who was told and
who has it. At most twelve lines. No private voice's words, link or name; voices only as "<5" or more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.model import Action, Message, show_count
from alerts.plain import cut, plain
from alerts.policy import CareSettings
from alerts.words import Language, say, say_reason
from pipeline.model import Alert, Event
from pipeline.titles import topic_only

LOCK_SCREEN = 40
MAX_LINES = 12
MAX_URL = 300


@dataclass(frozen=True, slots=True)
class Outlet:
    """A public report of the event: its source's name and its address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who has the event: the last act on it (`taken`, `handed_over`, `false_alarm`, `released`)."""

    what: str
    who: str
    at: datetime
    expires: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """True while somebody has it in hand."""
        return self.what in ("taken", "handed_over") and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything a message is made from. `told` are roles told before; `step` > 0 is a reminder (escalation), counted
    from 1; `earlier` is the number that people know the matter by; `department`: it goes to a department's contact."""

    number: str
    alert: Alert
    event: Event
    outlets: tuple[Outlet, ...] = ()
    told: tuple[str, ...] = ()
    holding: Holding | None = None
    step: int = 0
    waited: timedelta = timedelta(0)
    maybe_repeat: bool = False
    failed_channel: str = ""
    drill: bool = False
    earlier: str = ""
    department: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """Language, the school's time zone, the address of the dashboard ("" when it has none), the office's own names of
    the levels, the help card of wellbeing matters and what the watch cannot see."""

    language: Language
    zone: ZoneInfo
    public_url: str = ""
    close_hours: float = 72.0
    levels: Mapping[str, str] = field(default_factory=dict)
    care: CareSettings = field(default_factory=CareSettings)
    not_seen: str = ""

    def level(self, severity: str) -> str:
        """The short name of a level: the office's own, else the colour."""
        return self.levels.get(severity) or say(self.language, "level", severity)

    def severity(self, severity: str) -> str:
        """The long name of a level."""
        own = self.levels.get(severity)
        return own or say(self.language, "severity", severity)


ACTIONS = ("take", "hand_over", "false_alarm", "silence")


def write_message(
    telling: Telling, style: Style, now: datetime, link: str = "", offered: tuple[Action, ...] = ()
) -> Message:
    """The message of `telling` at `now`; `link` is the receiver's signed link, empty when there is none; `offered` are
    the buttons of a channel that answers by itself, which stand instead of their links."""
    closed = telling.alert.kind == "closed"
    lines = _closed_lines(telling, style, now) if closed else _open_lines(telling, style, now)
    if telling.department and not closed:
        lines.append(say(style.language, "line", "for_department"))
    elif not link and not closed and not offered:
        lines.append(say(style.language, "line", "no_buttons"))
    actions = () if closed else _join_actions(style.language, link, offered)
    return Message(
        number=telling.number,
        alert=telling.alert.id,
        event=telling.event.id,
        headline=write_headline(telling, style),
        lines=tuple(lines[: MAX_LINES - 1]),
        actions=actions,
        link=link,
        severity=top_severity(telling),
        kind=telling.alert.kind,
    )


def top_severity(telling: Telling) -> str:
    """The highest severity of the matter so far: a lower rule that speaks later does not make it look smaller."""
    levels = [telling.alert.severity, *([telling.event.severity] if telling.event.severity else [])]
    return max(levels, key=lambda level: level.rank).value


def write_headline(telling: Telling, style: Style) -> str:
    """Level, place, matter in at most forty characters."""
    language = style.language
    closed = telling.alert.kind == "closed"
    level = say(language, "level", "closed") if closed else style.level(top_severity(telling))
    frame = "【{}】" if language == "zh" else "[{}] "
    drill = frame.format(say(language, "line", "drill")) if telling.drill else ""
    return cut(drill + frame.format(level) + name_matter(telling.event, language), LOCK_SCREEN)


def name_matter(event: Event, language: Language) -> str:
    """Place and matter, `疑似` before the matter while no outlet has it. A wellbeing matter stays neutral."""
    if event.topic == "wellbeing":
        return say(language, "topic", "wellbeing")
    place, title = plain(event.place or ""), plain(event.title, 80)
    matter = title if topic_only(title) else title.removeprefix(place).strip()
    if topic_only(matter):
        matter = say(language, "line", "about", topic=say(language, "topic", event.topic))
    elif event.negative and not event.outlets:
        matter = say(language, "line", "suspected", matter=matter)
    return matter if place in title and (event.outlets or topic_only(title)) else f"{place} {matter}".strip()


def _open_lines(telling: Telling, style: Style, now: datetime) -> list[str]:
    language = style.language
    lines = [_kind_line(telling, style), *_warnings(telling, language)]
    lines += [_seen_line(telling.event, style, now), _count_line(telling.event, language)]
    lines.append(_sure_line(telling, language))
    lines.append(_why_line(telling, language))
    if telling.event.topic == "wellbeing":
        lines += write_help_card(style)
    room = MAX_LINES - 4 - len(lines)
    shown = () if telling.event.topic == "wellbeing" else telling.outlets[: max(0, min(2, room))]
    lines += [say(language, "line", "outlet", outlet=plain(one.name, 40), url=plain(one.url, MAX_URL)) for one in shown]
    return [*lines, _told_line(telling, language), _owner_line(telling.holding, style, now)]


def _kind_line(telling: Telling, style: Style) -> str:
    """Number, kind, level. A rise that is the first word anybody gets is a first word; later ones name the number that
    people know, for channels without threads."""
    language, kind = style.language, telling.alert.kind
    first = kind in ("severity", "threshold") and not telling.told and not telling.earlier
    kind_said, severity = say(language, "kind", "first" if first else kind), style.severity(top_severity(telling))
    line = say(language, "line", "kind", number=telling.number, kind=kind_said, severity=severity)
    return f"{line} · {say(language, 'line', 'earlier', number=telling.earlier)}" if telling.earlier else line


def list_help_numbers(care: CareSettings, language: Language) -> list[tuple[str, str]]:
    """(number, name) of everybody on the help card, the counsellor first."""
    first = [(care.counsellor, say(language, "help", "counsellor"))] if care.counsellor else []
    return [*first, *((one.number, one.name or say(language, "help", one.number)) for one in care.lines)]


def write_help_card(style: Style) -> list[str]:
    """For a matter of somebody's wellbeing: whom to call, in two lines; nothing about the person."""
    language, care = style.language, style.care
    first = care.counsellor and say(language, "line", "counsellor", number=plain(care.counsellor, 40))
    names = [plain(one.name, 24) or say(language, "help", one.number) for one in care.lines]
    lines = " · ".join(f"{plain(one.number, 20)} {name}" for one, name in zip(care.lines, names, strict=True))
    card = say(language, "line", "help", first=first or say(language, "line", "counsellor_on_duty"), lines=lines)
    report = plain(care.report, 160) or say(language, "line", "report_help")
    return [card, f"{report} {say(language, 'line', 'no_slip')}"]


def _warnings(telling: Telling, language: Language) -> list[str]:
    lines = []
    if telling.step:
        minutes = max(1, round(telling.waited.total_seconds() / 60))
        lines.append(say(language, "line", "escalated", step=telling.step, minutes=minutes))
    if telling.maybe_repeat:
        lines.append(say(language, "line", "maybe_repeat"))
    if telling.failed_channel:
        lines.append(say(language, "line", "fallback", channel=telling.failed_channel))
    return lines


def _seen_line(event: Event, style: Style, now: datetime) -> str:
    age = write_age(now - event.first_seen, style.language)
    return say(style.language, "line", "seen", first=write_time(event.first_seen, style, now), age=age)


def _count_line(event: Event, language: Language) -> str:
    share = round(100 * event.negative / max(1, event.stories))
    return say(
        language, "line", "counts", stories=event.stories, voices=show_count(event.voices_met),
        sources=event.sources, negative=share,
    )  # fmt: skip


def _sure_line(telling: Telling, language: Language) -> str:
    if telling.event.outlets:
        return say(language, "line", "confirmed", outlets=telling.event.outlets)
    lone = telling.alert.reason.code == "one_voice" and telling.event.voices_met <= 1
    return say(language, "line", "one_voice" if lone else "unconfirmed")


def _why_line(telling: Telling, language: Language) -> str:
    """Why now. Of a wellbeing matter no word is repeated, not even the watchword."""
    care = telling.event.topic == "wellbeing"
    reason = say(language, "reason", "first_seen") if care else say_reason(language, telling.alert.reason)
    return say(language, "line", "why", reason=plain(reason, 160))


def _told_line(telling: Telling, language: Language) -> str:
    if not telling.told:
        return say(language, "line", "told_nobody")
    names = ("、" if language == "zh" else ", ").join(say(language, "role", role) for role in telling.told)
    return say(language, "line", "told", names=names)


def _owner_line(holding: Holding | None, style: Style, now: datetime) -> str:
    if holding is None or holding.what == "released":
        return say(style.language, "line", "no_owner")
    key = {"handed_over": "handed", "false_alarm": "false_alarm"}.get(holding.what, "owner")
    at = holding.at
    if key != "false_alarm" and not holding.holds(now) and holding.expires:
        key, at = "lapsed", holding.expires
    return say(style.language, "line", key, who=plain(holding.who, 40), time=write_time(at, style, now))


def _closed_lines(telling: Telling, style: Style, now: datetime) -> list[str]:
    event, language = telling.event, style.language
    lines = [_kind_line(telling, style), *_warnings(telling, language), _seen_line(event, style, now)]
    lines.append(say(language, "line", "closed", hours=f"{style.close_hours:g}"))
    lines.append(say(language, "line", "total", stories=event.stories, outlets=event.outlets))
    return [*lines, _told_line(telling, language), _owner_line(telling.holding, style, now)]


def _join_actions(language: Language, link: str, offered: tuple[Action, ...]) -> tuple[Action, ...]:
    """What the channel answers itself first, then what only the page can do."""
    known = {one.name for one in offered}
    linked = _make_actions(language, link) if link else ()
    return (*offered, *(one for one in linked if one.name not in known))


def _make_actions(language: Language, link: str) -> tuple[Action, ...]:
    """Every button leads to the same signed page, which only shows; acting there needs one more tap."""
    return tuple(Action(name, say(language, "action", name), f"{link}?do={name}") for name in ACTIONS)


def write_time(moment: datetime, style: Style, now: datetime) -> str:
    """`23:44` today, `09-05 23:44` on another day, in the school's time."""
    local, today = moment.astimezone(style.zone), now.astimezone(style.zone)
    return local.strftime("%H:%M" if local.date() == today.date() else "%m-%d %H:%M")


def write_age(age: timedelta, language: Language) -> str:
    """How long ago, in the largest unit that fits; a clock that was set back reads as now."""
    minutes = int(age.total_seconds() // 60)
    for unit, size in (("days", 1440), ("hours", 60), ("minutes", 1)):
        if minutes >= size * (2 if unit == "days" else 1):
            return say(language, "age", unit, n=minutes // size)
    return say(language, "age", "now")


def in_thread(message: Message, thread: str) -> Message:
    """The message placed under an earlier one (the channel's own name of that message)."""
    return replace(message, thread=thread)
