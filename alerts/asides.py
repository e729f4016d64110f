"""Messages that are not about one matter alone: several put-off alerts, a notice to the operator, a line on who has it.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.message import LOCK_SCREEN, MAX_LINES, Holding, Style, name_matter, write_time
from alerts.model import Message
from alerts.plain import cut, plain
from alerts.words import say, say_reason
from pipeline.model import Alert, Event


@dataclass(frozen=True, slots=True)
class Held:
    """One alert of a digest: its level, its event's title, when it was due and the number of stories."""

    severity: str
    event: Event
    at: datetime


def write_digest(number: str, alert: Alert, held: Sequence[Held], style: Style, now: datetime, link: str) -> Message:
    """Several alerts that were held back, as one message: the gravest first, none left out unsaid."""
    language = style.language
    begin, end = (write_time(moment, style, now) for moment in (min(one.at for one in held), now))
    level = say(language, "level", "digest")
    frame = f"【{level}】" if language == "zh" else f"[{level}] "
    headline = cut(frame + say(language, "line", "digest", begin=begin, end=end, count=len(held)), LOCK_SCREEN)
    order = sorted(held, key=lambda one: (one.severity != "critical", one.severity != "serious", one.at))
    shown = order if len(order) < MAX_LINES else order[: MAX_LINES - 2]
    lines = [_digest_line(one, style, now) for one in shown]
    if len(shown) < len(order):
        lines.append(say(language, "line", "digest_more", count=len(order) - len(shown)))
    return Message(
        number, alert.id, None, headline, tuple(lines), (), link, severity=alert.severity.value, kind="digest"
    )


def _digest_line(one: Held, style: Style, now: datetime) -> str:
    return say(
        style.language, "line", "digest_item", level=style.level(one.severity),
        title=plain(name_matter(one.event, style.language), 40), time=write_time(one.at, style, now),
        stories=one.event.stories,
    )  # fmt: skip


def write_notice(number: str, alert: Alert, style: Style, repeat: bool, failed_channel: str) -> Message:
    """A message to the operator: something that the watch itself suffers from."""
    language = style.language
    frame = "【{}】" if language == "zh" else "[{}] "
    text = plain(say_reason(language, alert.reason), 400)
    lines = [f"{number} · {say(language, 'kind', 'operator')}"]
    if repeat:
        lines.append(say(language, "line", "maybe_repeat"))
    if failed_channel:
        lines.append(say(language, "line", "fallback", channel=failed_channel))
    headline = frame.format(say(language, "level", "operator")) + text
    return Message(number, alert.id, None, headline, tuple(lines), severity=alert.severity.value, kind="operator")


def write_update(number: str, alert: Alert, holding: Holding, style: Style, now: datetime) -> Message:
    """One line under the first message: who took it, handed it over, called it a false alarm or put it back."""
    text = say(
        style.language, "line", f"update_{holding.what}", who=plain(holding.who, 40),
        time=write_time(holding.at, style, now), number=number,
    )  # fmt: skip
    return Message(number, alert.id, alert.event, text, (), severity=alert.severity.value, kind="update")
