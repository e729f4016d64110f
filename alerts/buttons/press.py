"""What a pressed button is, and what comes back: the same for every vendor, and nothing of the vendor in it."""

from dataclasses import dataclass
from typing import Literal

from alerts.model import Action

Outcome = Literal["done", "known", "repeat", "refused"]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A verified press as a vendor tells it. `user` is the chat's own id or a mail address: it is looked up in the
    roster, in memory, and goes nowhere. `key` is the vendor's id of the press, by which a repeated one is known."""

    channel: str
    code: str
    user: str
    key: str


@dataclass(frozen=True, slots=True)
class Press:
    """What a press means here: an alert's number, what to do, and the presser's id on the roster and role. `tap` is
    the tap that an `undo` takes back."""

    number: int
    act: str
    officer: str
    role: str
    tap: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome`: done; known (it was so already); repeat (the same press again); refused. `said` is for the presser
    only. `line` and `actions` are what everybody sees where the buttons were; None leaves the message as it is.
    `number` is what people quote, "" when the code was none of ours."""

    outcome: Outcome
    said: str
    number: str = ""
    line: str = ""
    actions: tuple[Action, ...] | None = None
