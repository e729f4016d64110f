"""The sender: settles alerts whose time has come, reminds, and sends one message after the other. One process at a
time, by a lease whose number is checked in every writing transaction.

    pending / deferred -> silenced | stale | deferred | routed      (settle)
    queued -> sending (committed) -> sent | queued again | dead     (send)

A kill at any instruction loses nothing: what was `sending` is looked up where the channel can be read, and otherwise
sent once more, marked as a possible repeat.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from alerts import rounds
from alerts.absence import notify_blind
from alerts.acks import Links
from alerts.buttons.codes import Codes
from alerts.buttons.offer import Buttons, answers_by_itself
from alerts.case_round import look_after_cases
from alerts.case_settings import CaseSettings
from alerts.compose import Composer
from alerts.fenced import LEASE, FencedWriting
from alerts.message import Style
from alerts.notify.base import Delivery, Failed, Missing, ReadBack, Sent
from alerts.notify.opening import MINUTE, Channel, is_spent
from alerts.outbox import (
    Notice,
    claim_next,
    find_owed,
    find_sent_since,
    find_threads,
    is_under_way,
    mark,
    owe,
    requeue_interrupted,
)
from alerts.plain import plain
from alerts.policy import Policy
from alerts.roster import load_roster
from alerts.rounds import report_dead
from alerts.route import DEPARTMENT, Target
from alerts.settings import Alerting, RuleSpec, parse_span
from alerts.settle import Desk
from alerts.watch import note_watch
from alerts.workdays import WorkSettings
from pipeline.store.engine import reading
from pipeline.store.lease import Lease

TTL = timedelta(seconds=30)
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)
TRIES_BEFORE_FALLBACK = 4
GONE = Failed("what it was about is not kept any more", permanent=True)
GIVE_UP, TRIES_BEFORE_GIVING_UP = timedelta(hours=24), 20  # both: a clock that jumps a day ahead tires nobody
SENDING_S = 10.0
LOOK_EVERY, REMIND_EVERY = timedelta(minutes=1), timedelta(seconds=5)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Office:
    """What the sender is given: settings, channels, the school's zone, the address and key of signed links;
    `reachable_url` is the address that others reach, "" when there is none."""

    alerting: Alerting
    channels: tuple[Channel, ...]
    zone: str
    public_url: str = ""
    link_key: bytes = b""
    rules: tuple[RuleSpec, ...] = ()
    policy: Policy = field(default_factory=Policy)
    cases: CaseSettings = field(default_factory=CaseSettings)
    calendar: WorkSettings = field(default_factory=WorkSettings)
    reachable_url: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending a message; `doubtful`: what stands in the channel may be a repeat."""

    notice: Notice
    answer: Sent | Failed
    doubtful: bool


class Dispatcher:
    """`holder` must be unique to this process. Not thread-safe: one thread ticks it."""

    def __init__(self, engine: Engine, office: Office, holder: str) -> None:
        self.engine, self.office = engine, office
        self.zone = ZoneInfo(office.zone)
        self.channels = {channel.id: channel for channel in office.channels}
        self.lease = Lease(engine, LEASE, holder)
        self.fence: int | None = None
        self.renewed = self.looked = self.reminded = datetime.min.replace(tzinfo=UTC)
        self.sent_lately: dict[str, list[datetime]] = {}
        self.unwritten: Attempt | None = None  # sent, but the store would not take what came of it
        close_hours = parse_span(office.alerting.close_after) / timedelta(hours=1)
        style = Style(
            office.alerting.language, self.zone, office.public_url, close_hours,
            {level.value: one.name for level, one in office.alerting.severities.items() if one.name},
            office.policy.care, office.policy.digest.not_seen,
        )  # fmt: skip
        falls_to = {channel.id: channel.spec.fallback for channel in office.channels if channel.spec.fallback}
        shares = tuple(office.cases.remind_at)
        specs = {one.id: one.spec for one in office.channels if answers_by_itself(one.spec, office.reachable_url)}
        buttons = Buttons(Codes(office.link_key), specs, office.policy)
        links = Links(office.link_key, office.public_url)
        self.composer = Composer(style, links, falls_to, office.calendar, shares, buttons)

    def tick(self, now: datetime) -> int:
        """Everything that is due at `now`; returns how many messages were sent. 0 while another process sends.

        Raises StoreUnavailable, and LeaseLost when another process took over in the middle; nothing is half-done.
        """
        if not self._hold_lease(now):
            return 0
        if self.unwritten is not None:
            self._finish(self.unwritten, now)
        self._look_around(now)
        with reading(self.engine) as conn:
            work = rounds.find_work(conn, self._desk(conn), now, self._may_remind(now))
        if work.to_decide:
            with self._writing() as conn:
                rounds.work_off(conn, self._desk(conn), now)
        return self._send_all(now) if work else 0

    def _may_remind(self, now: datetime) -> bool:
        """Every five seconds is often enough for reminders that are due after minutes."""
        if abs(now - self.reminded) < REMIND_EVERY:
            return False
        self.reminded = now
        return True

    def _look_around(self, now: datetime) -> None:
        """Once a minute: are sources blind (`absence` rules; to the operator), and does the whole chain work?"""
        if abs(now - self.looked) < LOOK_EVERY:
            return
        self.looked = now
        with self._writing() as conn:
            notify_blind(conn, self.office.rules, now)
            note_watch(conn, now)
            look_after_cases(conn, self.office.cases, self.office.calendar, self.zone, now)

    def _desk(self, conn: Connection) -> Desk:
        return Desk(self.office.alerting, self.zone, self.office.channels, load_roster(conn), self.office.policy)

    def _hold_lease(self, now: datetime) -> bool:
        """Renew, or take over; who takes over finds what was in flight."""
        if self.fence is not None and abs(now - self.renewed) < TTL / 3:
            return True
        self.renewed = now
        if self.fence is not None and self.lease.renew(self.fence, now, TTL):
            return True
        self.fence = self.lease.acquire(now, TTL)
        return self.fence is not None and self._begin(now)

    def _begin(self, now: datetime) -> bool:
        """A new fence: what was in flight is owed again, except what this process itself knows the answer of. Until that
        is written the lease does not count as held, so that the next tick tries again."""
        fence, self.fence = self.fence, None
        with FencedWriting(self.engine, fence or 0) as conn:
            count = requeue_interrupted(conn, now, self.unwritten.notice if self.unwritten else None)
            self.sent_lately = find_sent_since(conn, now - MINUTE)
        self.fence = fence
        if count:
            log.warning("messages were in flight when a sender ended", count=count)
        return True

    def go_on_from(self, earlier: "Dispatcher") -> None:
        """Take over the lease, the budgets and what is not written yet of the sender in whose place this one comes."""
        self.fence, self.renewed, self.sent_lately = earlier.fence, earlier.renewed, earlier.sent_lately
        self.unwritten = earlier.unwritten

    def _writing(self) -> FencedWriting:
        return FencedWriting(self.engine, self.fence or 0)

    def _send_all(self, now: datetime) -> int:
        """One message after the other, for as long as the lease surely lasts; the rest is for the next tick."""
        sent, began = 0, time.monotonic()
        while time.monotonic() - began < SENDING_S and (notice := self._claim(now)) is not None:
            sent += self._send(notice, now)
        return sent

    def _claim(self, now: datetime) -> Notice | None:
        with self._writing() as conn:
            return claim_next(conn, now, self._spent(now))

    def _spent(self, now: datetime) -> list[str]:
        """Channels that had their share; what is owed there waits in the queue."""
        self.sent_lately = {
            name: [moment for moment in moments if now - moment < MINUTE] for name, moments in self.sent_lately.items()
        }
        specs = {channel.id: channel.spec for channel in self.office.channels}
        return [name for name, moments in self.sent_lately.items() if is_spent(specs.get(name), moments, now)]

    def _send(self, notice: Notice, now: datetime) -> bool:
        channel = self.channels.get(notice.channel)
        if channel is None:
            gone = Failed("this channel is not configured any more", permanent=True)
            self._finish(Attempt(notice, gone, doubtful=False), now)
            return False
        self.sent_lately.setdefault(notice.channel, []).append(now)
        answer, doubtful = self._deliver(channel, notice, now)
        self.unwritten = Attempt(notice, answer, doubtful)
        self._finish(self.unwritten, now)
        return isinstance(answer, Sent)

    def _deliver(self, channel: Channel, notice: Notice, now: datetime) -> tuple[Sent | Failed, bool]:
        """Hand over; what may have arrived already is looked up first where that is possible. Also says whether the
        message that stands in the channel may be a repeat."""
        doubtful = notice.maybe_repeat
        try:
            if doubtful and isinstance(channel.notifier, ReadBack):
                found = self._look_up(channel.notifier, channel, notice, now)
                if found is not None:
                    return found, isinstance(found, Failed)
                doubtful = False
            delivery = self._prepare(channel, notice, doubtful, now)
            answer = channel.notifier.send(delivery) if delivery else GONE
        except Exception as error:  # a channel that breaks must not stop the others; it may have sent
            log.exception("channel failed", channel=channel.id)
            answer = Failed(f"the channel broke ({type(error).__name__})", unknown=True)
        return answer, doubtful or (isinstance(answer, Failed) and answer.unknown)

    def _look_up(self, reader: ReadBack, channel: Channel, notice: Notice, now: datetime) -> Sent | Failed | None:
        """What the channel knows of the message; None when it is surely not there. A channel that can never be
        asked (a missing permission) is told to the log, and the message goes out with its mark."""
        delivery = self._prepare(channel, notice, False, now)
        found = reader.look_up(delivery) if delivery else GONE
        if isinstance(found, Failed) and found.permanent and delivery:
            log.warning("channel cannot be read back", channel=channel.id, said=found.said)
            marked = self._prepare(channel, notice, True, now)
            return channel.notifier.send(marked) if marked else GONE
        return None if isinstance(found, Missing) else found

    def _prepare(self, channel: Channel, notice: Notice, doubtful: bool, now: datetime) -> Delivery | None:
        with reading(self.engine) as conn:
            message = self.composer.compose(conn, notice, doubtful, now)
            owed = find_owed(conn, notice.alert)
            threads = find_threads(conn, owed.alert.event, notice) if owed and notice.maybe_repeat else ()
            people = load_roster(conn).pick(notice.receiver)
        if message is None or owed is None:
            return None
        address = people[0].addresses.get(channel.id, "") if people else self._outside(notice, channel)
        return Delivery(notice.id, message, address, min(owed.alert.at, now), now, threads)

    def _outside(self, notice: Notice, channel: Channel) -> str:
        """The address of a department's contact on the channel, "" for whoever reads it."""
        name = notice.receiver.removeprefix(DEPARTMENT) if notice.receiver.startswith(DEPARTMENT) else ""
        found = [one.addresses.get(channel.id, "") for one in self.office.policy.departments if name and one.id == name]
        return found[0] if found else ""

    def _finish(self, attempt: Attempt, now: datetime) -> None:
        """Write what came of an attempt. When the store refuses (a full disk, a lock) it is kept and written first thing at
        the next tick: the message would otherwise stay on its way for good, or be sent again though it arrived."""
        notice, answer, doubtful = attempt.notice, attempt.answer, attempt.doubtful
        with self._writing() as conn:
            if not is_under_way(conn, notice):  # another sender had the lease meanwhile, and saw to it
                log.warning("what came of a message was not written in time", alert=notice.alert)
            elif isinstance(answer, Sent):
                said = plain(answer.said, 300)
                mark(conn, notice.id, "sent", sent=now, receipt=answer.receipt, said=said, maybe_repeat=doubtful)
            else:
                self._note_failure(conn, notice, answer, doubtful, now)
        self.unwritten = None
        outcome = "sent" if isinstance(answer, Sent) else "failed"
        said = answer.said if isinstance(answer, Failed) else ""
        log.info("message", outcome=outcome, channel=notice.channel, alert=notice.alert, step=notice.step, said=said)

    def _note_failure(self, conn: Connection, notice: Notice, failure: Failed, doubtful: bool, now: datetime) -> None:
        """Try again later, or give up here and go on by the fallback; the operator hears of a dead channel."""
        fallback = self.composer.falls_to.get(notice.channel, "")
        owed = find_owed(conn, notice.alert)
        too_long = owed is None or (now - owed.due > GIVE_UP and notice.attempts >= TRIES_BEFORE_GIVING_UP)
        tired = bool(fallback) and notice.attempts >= TRIES_BEFORE_FALLBACK
        said = plain(failure.said, 300)
        if not (failure.permanent or tired or too_long):
            due = now + (failure.after or pause_after(notice.attempts))
            mark(conn, notice.id, "queued", due=due, said=said, maybe_repeat=doubtful)
            return
        mark(conn, notice.id, "dead", said=said, maybe_repeat=doubtful)
        if fallback:
            owe(conn, notice.alert, [Target(notice.receiver, fallback)], notice.step, now)
        if owed is not None and owed.alert.kind != "operator" and failure is not GONE:
            report_dead(conn, notice.channel, said, now)


def pause_after(attempts: int) -> timedelta:
    """15 s, 30 s, 1 min … at most a quarter of an hour."""
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(0, attempts - 1), 10)
    return min(LAST_PAUSE, doubled)
