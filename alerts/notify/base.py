"""What the dispatcher asks of a channel. A channel is one file with a class, one line in `opening.py` and a paragraph
of docs; the contract suite in tests/test_notify_contract.py runs over all of them.

A refusal is a value, never an exception, and never taken for success: a channel reads what the other side answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from alerts.model import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address. `key` is the same at every attempt, so that a channel can recognise it;
    `since` is when it may first have been sent. `address` is the receiver's own (a mail address, a user id), or "".
    `threads` are the messages under which an earlier attempt may have put it: what is first about an event can change
    between two attempts."""

    key: str
    message: Message
    address: str
    since: datetime
    now: datetime
    threads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has accepted it. `receipt` is its name for the message; `said` what was wrong nevertheless."""

    receipt: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not accepted, in one sentence without secrets. `permanent`: trying again is useless.

    `after`: how long the other side asks to wait. `unknown`: it may have been accepted all the same (the answer
    was lost), so that sending again may repeat it.
    """

    said: str
    permanent: bool = False
    after: timedelta | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """A look into the channel shows that the message is not there."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `count` messages in any span of `per`."""

    count: int
    per: timedelta

    def is_spent(self, moments: Sequence[datetime], now: datetime) -> bool:
        """True when as many went out within the span before `now`. A moment that lies further ahead was told by a clock
        that has been set back since, and counts no more."""
        return sum(abs(now - moment) < self.per for moment in moments) >= self.count


class Notifier(Protocol):
    """One configured channel. Methods block, keep their own time-outs and never raise for what the other side does."""

    def send(self, delivery: Delivery) -> Sent | Failed:
        """Hand the message over."""

    def probe(self) -> Failed | None:
        """None when the channel could send now; nothing that a person would see is sent."""


@runtime_checkable
class ReadBack(Protocol):
    """A channel that can be asked whether a message arrived."""

    def look_up(self, delivery: Delivery) -> Sent | Missing | Failed:
        """Whether the message with this key is there already."""
