"""From rows to a message: reads the event, who was told, who has it, and lets `message` say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerts.acks import Links, read_holding
from alerts.asides import Held, write_digest, write_notice, write_update
from alerts.buttons.offer import Buttons
from alerts.case_tell import gather_case, write_case, write_doubts
from alerts.duty.calendar_days import load_calendar
from alerts.message import (
    Holding,
    Outlet,
    Style,
    Telling,
    in_thread,
    write_message,
)  # fmt: skip
from alerts.model import Action, Message
from alerts.outbox import (
    COVERS,
    LAPSE,
    UNDONE,
    UPDATE,
    Notice,
    Owed,
    find_failed_channel,
    find_owed,
    find_thread,
    read_owed,
    sent_before,
)
from alerts.review import Book, write_covers, write_review, write_undone
from alerts.route import DEPARTMENT
from alerts.slip_round import find_slip, write_slip
from alerts.words import say
from alerts.workdays import WorkCalendar, WorkSettings
from pipeline.model import OUTLET_KINDS, Event
from pipeline.store.rows import read_event
from pipeline.store.schema import acks, alerts, documents, events, notifications, officers


@dataclass(frozen=True, slots=True)
class Composer:
    """How messages are written here. `falls_to` maps a channel to its fallback."""

    style: Style
    links: Links
    falls_to: Mapping[str, str]
    work: WorkSettings = field(default_factory=WorkSettings)
    shares: tuple[float, ...] = (0.5, 0.8)
    buttons: Buttons | None = None

    def calendar(self, conn: Connection) -> WorkCalendar:
        """The working calendar, for the clocks of cases."""
        return load_calendar(conn, self.work, self.style.zone)

    def compose(self, conn: Connection, notice: Notice, doubtful: bool, now: datetime) -> Message | None:
        """The message of `notice`; `doubtful` when it may be a repeat. None when its alert or event is gone."""
        owed = find_owed(conn, notice.alert)
        if owed is None:
            return None
        made = self._write(conn, owed, notice, doubtful, now)
        mark = say(self.style.language, "line", "maybe_repeat")
        if made and doubtful and mark not in made.lines:  # a digest, or a line about who has it
            made = replace(made, lines=(mark, *made.lines))
        threaded = owed.alert.kind not in ("operator", "digest")
        return made and in_thread(made, find_thread(conn, owed.alert.event, notice) if threaded else "")

    def _write(self, conn: Connection, owed: Owed, notice: Notice, doubtful: bool, now: datetime) -> Message | None:
        failed = find_failed_channel(conn, notice, self.falls_to)
        if owed.alert.kind == "operator":
            return write_notice(owed.number, owed.alert, self.style, doubtful, failed)
        if owed.alert.kind == "case":
            return self._write_case(conn, owed, notice, doubtful, failed, now)
        if owed.alert.kind == "digest" and owed.alert.reason.code in ("daily", "weekly"):
            return write_review(owed.number, owed.alert, read_book(conn, owed), self.style, now)
        if owed.alert.kind == "digest":
            held = read_held(conn, owed)
            return write_digest(owed.number, owed.alert, held, self.style, now, self.style.public_url) if held else None
        if notice.step >= COVERS:
            return self._write_line(conn, owed, notice, now)
        if notice.step >= UPDATE:
            holding = read_act(conn, notice.step - UPDATE)
            return write_update(owed.number, owed.alert, holding, self.style, now) if holding else None
        telling = self._tell(conn, owed, notice, doubtful, failed, now)
        outside = notice.receiver.startswith(DEPARTMENT)  # a department's contact sees, and takes nothing
        link = "" if outside else self.links.address(owed.alert.event, notice.receiver, owed.alert.id, now)
        offered = self._offer(conn, owed, notice, telling.event) if telling and not outside else ()
        made = write_message(telling, self.style, now, link, offered) if telling else None
        return replace(made, hint=say(self.style.language, "button", "mail_codes")) if made and offered else made

    def _offer(self, conn: Connection, owed: Owed, notice: Notice, event: Event) -> tuple[Action, ...]:
        """The buttons of a channel that answers by itself; none elsewhere. In a mail they are one officer's own."""
        if self.buttons is None or notice.channel not in self.buttons.specs:
            return ()
        known = conn.scalar(select(officers.c.id).where(officers.c.id == notice.receiver)) or ""
        return self.buttons.offer(
            notice.channel, owed.n, known, event.topic, event.place or "", self.style.language
        )  # fmt: skip

    def _write_line(self, conn: Connection, owed: Owed, notice: Notice, now: datetime) -> Message | None:
        """One line under an earlier message: what is held back under it, or that a tap was undone."""
        if notice.step >= UNDONE:
            holding = read_act(conn, notice.step - UNDONE)
            return write_undone(owed.number, owed.alert, holding, self.style, now) if holding else None
        smaller = find_number(conn, notice.step - COVERS)
        event = find_event(conn, smaller.alert.event) if smaller else None
        return write_covers(owed.number, owed.alert, smaller, event, self.style) if smaller and event else None

    def _write_case(
        self, conn: Connection, owed: Owed, notice: Notice, doubtful: bool, failed: str, now: datetime
    ) -> Message | None:
        event = str(owed.alert.reason.numbers.get("event_id", ""))
        outside = notice.receiver.startswith(DEPARTMENT)
        link = "" if outside else self.links.address(event, notice.receiver, owed.alert.id, now)
        if owed.alert.reason.code == "slip_due":
            slip = find_slip(conn, owed)
            doubts = write_doubts(doubtful, failed, self.style.language)
            shown = find_event(conn, event)
            return write_slip(owed, slip, shown, doubts, self.style, now, link) if slip else None
        found = gather_case(conn, owed, self.calendar(conn), self.shares, doubtful, failed)
        return write_case(found, self.style, now, link) if found else None

    def _tell(
        self, conn: Connection, owed: Owed, notice: Notice, doubtful: bool, failed: str, now: datetime
    ) -> Telling | None:
        event = find_event(conn, owed.alert.event)
        if event is None:
            return None
        return Telling(
            number=owed.number, alert=owed.alert, event=event, outlets=find_outlets(conn, event.id),
            told=find_told(conn, event.id, notice), holding=read_holding(conn, event.id),
            step=count_step(conn, notice), earlier=find_earlier(conn, owed), department=notice.receiver.startswith(DEPARTMENT),
            waited=find_wait(conn, notice, now), maybe_repeat=doubtful, failed_channel=failed, drill=owed.drill,
        )  # fmt: skip


def find_event(conn: Connection, event: str | None) -> Event | None:
    """The event's snapshot."""
    row = conn.execute(select(events).where(events.c.id == event)).mappings().first()
    return read_event(row) if row else None


def find_outlets(conn: Connection, event: str) -> tuple[Outlet, ...]:
    """The first public reports with a link; private voices have none."""
    public = documents.c.source_kind.in_(OUTLET_KINDS)
    query = select(documents.c.source, documents.c.url).where(documents.c.event == event, public, documents.c.url != "")
    rows = conn.execute(query.where(documents.c.duplicate_of.is_(None)).order_by(documents.c.n).limit(2))
    return tuple(Outlet(row.source, row.url) for row in rows)


def find_told(conn: Connection, event: str, notice: Notice) -> tuple[str, ...]:
    """The roles that got a message about the event before this one."""
    roles = {row.id: row.role for row in conn.execute(select(officers.c.id, officers.c.role))}
    rows = conn.execute(sent_before(event, notice.alert)).mappings()
    told = [roles.get(row["receiver"], name_receiver(row["receiver"])) for row in rows if row["id"] != notice.id]
    return tuple(dict.fromkeys(told))


def name_receiver(receiver: str) -> str:
    """The role of a receiver who is nobody's name on the roster."""
    return "department" if receiver.startswith(DEPARTMENT) else receiver


def read_book(conn: Connection, owed: Owed) -> Book:
    """What a digest looks up."""
    facts = owed.alert.reason.numbers
    matters, held = (
        [str(one) for one in found] if isinstance(found := facts.get(key), list) else [] for key in ("matters", "held")
    )
    rows = conn.execute(select(alerts).where(alerts.c.id.in_(held))).mappings()
    known = {row["id"]: read_owed(row) for row in rows}
    found = {one: event for one in matters if (event := find_event(conn, one)) is not None}
    newest = select(alerts.c.event, func.max(alerts.c.n)).where(alerts.c.event.in_(matters)).group_by(alerts.c.event)
    numbers = {event: f"A-{n:04d}" for event, n in conn.execute(newest)}
    holdings = {one: holding for one in found if (holding := read_holding(conn, one)) is not None}
    return Book(found, known, numbers, holdings)


def count_step(conn: Connection, notice: Notice) -> int:
    """Which reminder a message is, counted as people count: steps that rang nobody are left out."""
    if not 0 < notice.step < LAPSE:
        return notice.step
    steps = select(func.count(func.distinct(notifications.c.step))).where(notifications.c.alert == notice.alert)
    return conn.scalar(steps.where(notifications.c.step.between(1, notice.step))) or 1


def find_earlier(conn: Connection, owed: Owed) -> str:
    """The number under which the event was told before this alert, "" when this is the first."""
    first = select(func.min(alerts.c.n)).join(notifications, notifications.c.alert == alerts.c.id)
    told = first.where(alerts.c.event == owed.alert.event, alerts.c.n < owed.n, notifications.c.state == "sent")
    number = conn.scalar(told)
    return f"A-{number:04d}" if number else ""


def find_number(conn: Connection, n: int) -> Owed | None:
    """One alert by its number."""
    row = conn.execute(select(alerts).where(alerts.c.n == n)).mappings().first()
    return read_owed(row) if row else None


def find_wait(conn: Connection, notice: Notice, now: datetime) -> timedelta:
    """How long nobody has answered the last message about the alert, for a reminder."""
    last = select(func.max(notifications.c.sent)).where(notifications.c.alert == notice.alert)
    sent = conn.execute(last.where(notifications.c.id != notice.id, notifications.c.step < UPDATE)).scalar()
    return now - sent if sent else timedelta(0)


def read_act(conn: Connection, n: int) -> Holding | None:
    """One act by its number."""
    row = conn.execute(select(acks).where(acks.c.n == n)).mappings().first()
    return Holding(row["what"], row["who"], row["at"], row["expires"]) if row else None


def read_held(conn: Connection, owed: Owed) -> Sequence[Held]:
    """The alerts of a digest whose events are still there."""
    ids = owed.alert.reason.numbers.get("alerts", [])
    members = [find_owed(conn, str(one)) for one in ids] if isinstance(ids, list) else []
    pairs = [(one, find_event(conn, one.alert.event)) for one in members if one is not None]
    return [Held((event.severity or one.alert.severity).value, event, one.alert.at) for one, event in pairs if event]
