"""Replies with a code: the mailbox is read while somebody may answer, and every reply that acts is answered.

alert not taken -> every 30 s; codes that still live -> every five minutes; else the mailbox is left alone
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, select

from alerts.acks import LINK_LIFE, read_holding
from alerts.buttons.desk import PressDesk, find_presser
from alerts.buttons.mail_reply import Reply, read_reply
from alerts.buttons.press import Answer, Pressed
from alerts.model import Message
from alerts.notify.base import Delivery, Failed, Notifier
from alerts.settings import ChannelSpec
from alerts.words import say
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, events, keep, notifications
from pipeline.store.schema_telling import taps
from pipeline.store.statements import insert_or_update

SELDOM = timedelta(minutes=5)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Batch:
    """New mails (their beginnings), and where the mailbox was read to."""

    mails: Sequence[bytes]
    position: str


ReadBox = Callable[[str, datetime], Batch | Failed]


@dataclass
class MailDesk:
    """One channel's replies. `read` reads the mailbox from a position, `words` finds the writer's own words in a mail."""

    spec: ChannelSpec
    desk: PressDesk
    notifier: Notifier
    read: ReadBox
    words: Callable[[bytes], str]
    last: datetime | None = None

    @property
    def engine(self) -> Engine:
        """The store."""
        return self.desk.engine

    def poll(self, now: datetime) -> str:
        """Read the mailbox when it is time to; why it could not be read, "" when all is well. Raises StoreUnavailable;
        then the same mails are read again."""
        with reading(self.engine) as conn:
            wait = find_wait(conn, self.spec.id, now)
            position = conn.scalar(select(keep.c.value).where(keep.c.key == self._key)) or ""
        if wait is None or (self.last is not None and timedelta(0) <= now - self.last < wait):
            return ""
        batch = self.read(position, now)
        if isinstance(batch, Failed):
            return batch.said
        self.last = now
        for raw in batch.mails:
            self._take(raw, now, first_time=not position)
        with writing(self.engine) as conn:
            insert_or_update(conn, keep, [{"key": self._key, "value": batch.position}])
        return ""

    @property
    def _key(self) -> str:
        return f"replies:{self.spec.id}"

    def _take(self, raw: bytes, now: datetime, *, first_time: bool) -> None:
        """One mail. Only somebody of the roster is answered, so that nobody can use us to write to others."""
        reply = read_reply(raw, self.words(raw))
        if reply is None or not reply.codes:
            return
        with reading(self.engine) as conn:
            known = find_presser(conn, self.spec.id, reply.sender)
        if len(known) != 1:
            log.info("press", channel=self.spec.id, outcome="refused", number="")
            return
        answer = self._press(reply, now)
        if answer.outcome == "repeat" or (first_time and answer.outcome == "refused"):
            return
        self._tell(reply, answer, known[0].addresses[self.spec.id], now)

    def _press(self, reply: Reply, now: datetime) -> Answer:
        if len(reply.codes) > 1:
            return Answer("refused", say(self.desk.style.language, "button", "one_code"))
        return self.desk.take(Pressed(self.spec.id, reply.codes[0], reply.sender, reply.key), now)

    def _tell(self, reply: Reply, answer: Answer, address: str, now: datetime) -> None:
        """Answer under the reply: what was done, what it stops, and the code that undoes it."""
        language = self.desk.style.language
        headline = say(language, "button", "mail_answer", number=answer.number or "–")
        hint = say(language, "button", "mail_codes") if answer.actions else ""
        lines = tuple(line for line in (answer.line, answer.said) if line)
        message = Message(
            answer.number, "", None, headline, lines, answer.actions or (), thread=reply.thread, severity="info",
            kind="answer", hint=hint,
        )  # fmt: skip
        key = hashlib.sha256(f"answer\n{reply.key}".encode()).hexdigest()[:24]
        sent = self.notifier.send(Delivery(key, message, address, now, now))
        if isinstance(sent, Failed):
            log.warning("press not shown", channel=self.spec.id, said=sent.said)


def find_wait(conn: Connection, channel: str, now: datetime) -> timedelta | None:
    """How long the mailbox may rest: not at all while an alert that went out by this channel is not taken or a tap can
    be undone, None when no code lives."""
    sent = (notifications.c.channel == channel, notifications.c.state == "sent", alerts.c.at > now - LINK_LIFE)
    query = select(alerts.c.event).join(notifications, notifications.c.alert == alerts.c.id).where(*sent).distinct()
    told = [event for event in conn.scalars(query) if event]
    if not told:
        return None
    if conn.scalar(select(taps.c.id).where(taps.c.ends > now, taps.c.undone.is_(None)).limit(1)) is not None:
        return timedelta(0)
    still_open = select(events.c.id).where(events.c.id.in_(told), events.c.status == "open")
    held = (read_holding(conn, event) for event in conn.scalars(still_open))
    taken = all(one is not None and (one.holds(now) or one.what == "false_alarm") for one in held)
    return SELDOM if taken else timedelta(0)
