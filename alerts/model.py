"""What the alerting side passes around between evaluating a rule and having told a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.plain import plain
from alerts.settings import RuleSpec
from pipeline.model import Reason, Severity

SMALL_COUNT = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one arrived item: met or not, at which severity, by which stories, and why.

    `severity` may be lower than the rule's own (a single private voice is at most `notice`).
    `items` are the stories that met the rule, empty when it was not met.
    """

    rule: RuleSpec
    met: bool
    severity: Severity
    items: tuple[str, ...]
    reason: Reason


def held(rule: RuleSpec, code: str, text: str, numbers: Mapping[str, object] | None = None) -> Verdict:
    """A rule that was not met, and why."""
    return Verdict(rule, met=False, severity=rule.severity, items=(), reason=Reason(code, text, numbers or {}))


def fired(rule: RuleSpec, items: tuple[str, ...], reason: Reason) -> Verdict:
    """A rule that was met by `items`, at its own severity."""
    return Verdict(rule, met=True, severity=rule.severity, items=items, reason=reason)


def show_count(number: int) -> int | str:
    """A number of voices as it may be shown: `<5` when it is so small that people could be made out."""
    return number if number >= SMALL_COUNT else f"<{SMALL_COUNT}"


@dataclass(frozen=True, slots=True)
class Action:
    """One button under a message: what it does, what it is called, and the page it leads to. `code` is what a press
    sends where the channel itself answers; then `link` may be empty."""

    name: str
    label: str
    link: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message in plain words, before any channel gives it a form.

    `number` is what people quote ("A-0042"), `headline` fits a lock screen (level, place, matter in its first
    40 characters), `lines` follow it, `thread` names the channel's own message under which this one goes.
    `hint` says how to use the codes of the buttons where they are written out. Nothing here is a private voice's words.
    """

    number: str
    alert: str
    event: str | None
    headline: str
    lines: tuple[str, ...]
    actions: tuple[Action, ...] = ()
    link: str = ""
    thread: str = ""
    severity: str = "notice"
    kind: str = "first"
    hint: str = ""

    @property
    def text(self) -> str:
        """Everything as plain text, at most twelve lines."""
        return "\n".join(plain(line) for line in (self.headline, *self.lines))
