"""From a press to the ledger: who pressed, may they, and then the same acts as the page behind a phone link.

code -> seal, age -> roster -> pressed before? -> take / false alarm / silence / case / undo -> audit, one transaction
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, delete, insert, select

from alerts import cases
from alerts.acks import LINK_LIFE, AckDesk, follow_merger, read_holding
from alerts.buttons.codes import Coded, mail_scope
from alerts.buttons.offer import Buttons
from alerts.buttons.press import Answer, Press, Pressed
from alerts.case_settings import CaseSettings
from alerts.duty.calendar_days import load_calendar
from alerts.message import Style, write_time
from alerts.outbox import Owed, find_owed
from alerts.roster import Officer, load_roster
from alerts.taps import LATE, LATER, Refused, describe_tap, find_tap, record_tap
from alerts.words import say
from alerts.workdays import WorkSettings
from pipeline.model import Severity
from pipeline.store.audit import append_audit
from pipeline.store.engine import reading, writing
from pipeline.store.schema import alerts, events
from pipeline.store.schema import cases as case_rows
from pipeline.store.schema_telling import presses

REMEMBERED = LINK_LIFE + timedelta(days=1)  # longer than any code lives
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Matter:
    """The alert that a code names and its event as it is now."""

    owed: Owed
    event: str
    topic: str
    place: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class PressDesk:
    """What every vendor's part calls. `style` gives language and zone."""

    engine: Engine
    acks: AckDesk
    buttons: Buttons
    style: Style
    cases: CaseSettings = field(default_factory=CaseSettings)
    calendar: WorkSettings = field(default_factory=WorkSettings)

    def pick_user(self, channel: str, ids: Sequence[str]) -> str:
        """Of the several ids that a vendor has for one person, the one that the roster knows; else the first."""
        with reading(self.engine) as conn:
            return next((one for one in ids if find_presser(conn, channel, one)), ids[0] if ids else "")

    def take(self, pressed: Pressed, now: datetime) -> Answer:
        """Do what was pressed, once. Raises StoreUnavailable; then nothing was done and the press may come again."""
        with writing(self.engine) as conn:
            answer = self._take(conn, pressed, now)
        log.info("press", channel=pressed.channel, outcome=answer.outcome, number=answer.number)
        return answer

    def _take(self, conn: Connection, pressed: Pressed, now: datetime) -> Answer:
        officers = find_presser(conn, pressed.channel, pressed.user)
        coded = self._read(pressed, officers)
        if coded is None:
            return self._refuse("forged")
        matter = find_matter(conn, coded.number)
        if matter is None or now >= matter.owed.alert.at + LINK_LIFE:
            return self._refuse("gone" if matter is None else "expired")
        number = matter.owed.number
        if len(officers) != 1 or officers[0].role == "operator":
            return self._refuse("shared" if len(officers) > 1 else "stranger", number, user=pressed.user[:80])
        if not note_press(conn, pressed, now):
            return Answer("repeat", self._say("counted"), number)
        press = Press(coded.number, coded.act, officers[0].id, officers[0].role, coded.tap)
        return self._undo(conn, press, matter, pressed, now) if press.act == "undo" else self._act(
            conn, press, matter, pressed, now
        )  # fmt: skip

    def _read(self, pressed: Pressed, officers: list[Officer]) -> Coded | None:
        """The code; in a mail it must be the sender's own."""
        spec = self.buttons.specs.get(pressed.channel)
        if spec is None:
            return None
        scopes = [mail_scope(spec.id, one.id) for one in officers] if spec.kind == "email" else [spec.id]
        found = (self.buttons.codes.read(pressed.code, scope) for scope in scopes)
        return next((one for one in found if one is not None), None)

    # -------------------------------------------------------------- doing

    def _act(self, conn: Connection, press: Press, matter: Matter, pressed: Pressed, now: datetime) -> Answer:
        number, before = matter.owed.number, read_holding(conn, matter.event)
        stands = before is not None and (before.holds(now) or before.what == "false_alarm")
        if before is not None and stands and (before.what, before.who) == (press.act, press.officer):
            return Answer("known", self._say("already", time=write_time(before.at, self.style, now)), number)
        refused = self._do(conn, press, matter, pressed.channel, now)
        if refused is not None:
            return Answer("refused", self._say_refusal(refused), number)
        tap = find_tap(conn, matter.event, now)
        until = write_time(tap.until, self.style, now) if tap and tap.until else ""
        ends = write_time(tap.ends, self.style, now) if tap else ""
        language = self.style.language
        said = f"{number} {describe_tap(language, press.act, until)} {say(language, 'tap', 'undo_until', until=ends)}"
        undo = self.buttons.make(pressed.channel, press.number, "undo", press.officer, language, tap.id if tap else "")
        return Answer("done", said, number, self._line(press, now), (undo,) if undo and tap else ())

    def _do(self, conn: Connection, press: Press, matter: Matter, channel: str, now: datetime) -> Refused | None:
        """The act of the phone link, with its line in the audit trail."""
        if press.act == "case":
            return self._open_case(conn, press, matter, channel, now)
        if press.act == "silence":
            made = self.acks.silence(conn, matter.event, press.officer, "", now)
            if isinstance(made, Refused):
                return made
            append_audit(conn, now, press.officer, "silence", matter.event, f"{made} by {channel}")
            return None
        act = "false_alarm" if press.act == "false_alarm" else "taken"
        refused = self.acks.act(conn, matter.event, act, press.officer, "", now)  # type: ignore[arg-type]  # one of two
        if refused is None:
            append_audit(conn, now, press.officer, act, matter.event, f"by {channel}")
        return refused

    def _open_case(self, conn: Connection, press: Press, matter: Matter, channel: str, now: datetime) -> Refused | None:
        """For the department whose matter it is, with the deadline of the level."""
        policy = self.buttons.policy
        department = policy.department_of(matter.topic, policy.campus_of(matter.place))
        if department is None:
            return Refused("no_department")
        is_open = select(case_rows.c.id).where(case_rows.c.event == matter.event, case_rows.c.status != "closed")
        if conn.scalar(is_open.limit(1)) is not None:
            return Refused("case_open")
        calendar = load_calendar(conn, self.calendar, self.style.zone)
        name = department.name or department.id
        made = cases.open_case(
            conn, matter.event, name, matter.severity, now, None, self.cases, calendar, "officer", press.officer
        )
        if isinstance(made, Refused):
            return made
        append_audit(conn, now, press.officer, "open_case", matter.event, f"{made} by {channel}")
        record_tap(conn, event=matter.event, what="case", who=press.officer, now=now, target=made)
        return None

    def _undo(self, conn: Connection, press: Press, matter: Matter, pressed: Pressed, now: datetime) -> Answer:
        refused = self.acks.undo(conn, matter.event, press.tap, press.officer, now)
        if refused is not None:
            return Answer("refused", self._say_refusal(refused), matter.owed.number)
        append_audit(conn, now, press.officer, "undo", matter.event, f"{press.tap} by {pressed.channel}")
        offered = self.buttons.offer(
            pressed.channel, press.number, press.officer, matter.topic, matter.place, self.style.language
        )
        said = f"{matter.owed.number} {say(self.style.language, 'tap', 'undone')}"
        return Answer("done", said, matter.owed.number, self._line(press, now), offered)

    # -------------------------------------------------------------- saying

    def _line(self, press: Press, now: datetime) -> str:
        """What stands in the group: the time and a role, nobody's name."""
        role = say(self.style.language, "role", press.role)
        return self._say(f"line_{press.act}", time=write_time(now, self.style, now), role=role)

    def _say(self, key: str, **numbers: object) -> str:
        return say(self.style.language, "button", key, **numbers)

    def _refuse(self, key: str, number: str = "", **numbers: object) -> Answer:
        return Answer("refused", self._say(key, **numbers), number)

    def _say_refusal(self, refused: Refused) -> str:
        key = {LATE: "undo_late", LATER: "undo_later"}.get(refused.why, refused.why)
        known = key in ("undo_late", "undo_later", "no_department", "case_open")
        return self._say(key) if known else self._say("not_done", why=refused.why)


def find_presser(conn: Connection, channel: str, user: str) -> list[Officer]:
    """Everybody on the roster with this address on the channel: one, as a rule. Mail addresses know no case."""
    wanted = user.strip().casefold()
    people = load_roster(conn).officers
    return [one for one in people if wanted and one.addresses.get(channel, "").strip().casefold() == wanted]


def find_matter(conn: Connection, number: int) -> Matter | None:
    """The alert with this number and the event that it is now part of; None when either is not kept any more."""
    row = conn.execute(select(alerts.c.id, alerts.c.event).where(alerts.c.n == number)).first()
    event = follow_merger(conn, row.event) if row and row.event else None
    owed = find_owed(conn, row.id) if row else None
    if event is None or owed is None:
        return None
    found = conn.execute(select(events.c.topic, events.c.place, events.c.severity).where(events.c.id == event)).first()
    if found is None:
        return None
    return Matter(owed, event, found.topic, found.place or "", Severity(found.severity or owed.alert.severity))


def note_press(conn: Connection, pressed: Pressed, now: datetime) -> bool:
    """Remember a press by a digest of the vendor's id for it; False when it has been here before."""
    key = hashlib.sha256(f"{pressed.channel}\n{pressed.key}".encode()).hexdigest()[:32]
    if conn.scalar(select(presses.c.key).where(presses.c.key == key)) is not None:
        return False
    conn.execute(delete(presses).where(presses.c.at < now - REMEMBERED))
    conn.execute(insert(presses).values(key=key, at=now))
    return True
