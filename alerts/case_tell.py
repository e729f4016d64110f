"""To whom a case's reminder goes, when, and in which words. The way of all messages: quiet hours put it off, the duty
roster of that moment receives it, a breach is told to the leaders too."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from alerts.case_clock import CaseClock, next_step
from alerts.case_round import once_key
from alerts.cases import Case, clock_of, read_case, read_steps
from alerts.message import Style, name_matter, write_time
from alerts.model import Message
from alerts.mute import quiet_end
from alerts.outbox import Owed
from alerts.plain import cut, plain
from alerts.settle import Desk, Settled
from alerts.tell_office import tell_office
from alerts.words import Language, say
from alerts.workdays import WorkCalendar
from pipeline.model import Event, Reason
from pipeline.store.rows import read_event
from pipeline.store.schema import events
from pipeline.store.schema_duty import case_steps

LOCK_SCREEN = 40


def settle_case(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> Settled:
    """What becomes of a reminder whose time has come."""
    case = find_case(conn, owed)
    if case is None or not is_current(conn, owed, case):
        return Settled("stale", Reason("case_moved_on", "the case was paused, closed or reminded of later"))
    end = quiet_end(now, desk.alerting, desk.zone)
    if end is not None and owed.alert.severity not in desk.alerting.breaks_quiet:
        text = f"quiet hours, put off to {end.isoformat()}"
        return Settled("deferred", Reason("quiet_hours", text, {"until": end.isoformat()}), due=end)
    people = desk.roster.on_duty(now)
    if owed.alert.reason.code == "case_breached":
        people = (*people, *(one for one in desk.roster.leaders(now) if one not in people))
    return tell_office(conn, owed, case.event, case.department, people, desk, now)


def find_case(conn: Connection, owed: Owed) -> Case | None:
    """The case of a reminder."""
    return read_case(conn, str(owed.alert.reason.numbers.get("case", "")))


def is_current(conn: Connection, owed: Owed, case: Case) -> bool:
    """True while the case runs in that round and no later step of it was said."""
    numbers = owed.alert.reason.numbers
    if case.status != "open" or numbers.get("round") != case.round:
        return False
    last = select(case_steps.c.once).where(case_steps.c.case == case.id, case_steps.c.once.is_not(None))
    said = conn.scalar(last.order_by(case_steps.c.n.desc()).limit(1))
    return said is None or said == once_key(case, float(str(numbers.get("share", 0))))


@dataclass(frozen=True, slots=True)
class CaseTelling:
    """What a reminder is made from."""

    owed: Owed
    case: Case
    clock: CaseClock
    event: Event | None
    shares: tuple[float, ...] = (0.5, 0.8)
    repeat: bool = False
    failed_channel: str = ""


def gather_case(
    conn: Connection, owed: Owed, calendar: WorkCalendar | None, shares: tuple[float, ...], repeat: bool, failed: str
) -> CaseTelling | None:  # fmt: skip
    """The case, its clock and its event; None when the case is gone."""
    case = find_case(conn, owed)
    if case is None:
        return None
    row = conn.execute(select(events).where(events.c.id == case.event)).mappings().first()
    clock = clock_of(case, read_steps(conn, case.id), calendar)
    return CaseTelling(owed, case, clock, read_event(row) if row else None, shares, repeat, failed)


def write_case(telling: CaseTelling, style: Style, now: datetime, link: str) -> Message:
    """The message: department and matter, the clock, what comes next."""
    owed, case, language = telling.owed, telling.case, style.language
    breach = owed.alert.reason.code == "case_breached"
    level = say(language, "level", owed.alert.severity.value)
    frame = f"【{level}】" if language == "zh" else f"[{level}] "
    matter = name_matter(telling.event, language) if telling.event else ""
    what = say(language, "line", "case_breached" if breach else "case_reminder", department=plain(case.department, 40))
    lines = [
        f"{owed.number} · {say(language, 'kind', 'case')}",
        *write_doubts(telling.repeat, telling.failed_channel, language),
    ]
    lines += [matter] if matter else []
    lines += _clock_lines(telling, style, now)
    lines.append(say(language, "line", "case_owner", role=say(language, "role", case.owner_role)))
    return Message(
        owed.number, owed.alert.id, case.event, cut(f"{frame}{what}", LOCK_SCREEN), tuple(lines), (), link,
        severity=owed.alert.severity.value, kind="case",
    )  # fmt: skip


def write_doubts(repeat: bool, failed_channel: str, language: Language) -> list[str]:
    """What the reader has to know of the message itself: that it may be a repeat, that another channel failed."""
    lines = [say(language, "line", "maybe_repeat")] if repeat else []
    return [*lines, say(language, "line", "fallback", channel=failed_channel)] if failed_channel else lines


def _clock_lines(telling: CaseTelling, style: Style, now: datetime) -> list[str]:
    clock, language = telling.clock, style.language
    spans = {"allowed": clock.allowed, "used": clock.used(now), "left": abs(clock.left(now))}
    said = {name: write_span(span, language) for name, span in spans.items()}
    late, end = clock.left(now) <= timedelta(0), clock.reaches(1)
    lines = [say(language, "line", "case_late" if late else "case_clock", **said)]
    if clock.calendar is not None:
        lines.append(say(language, "line", "case_working"))
    if end is not None:
        lines.append(say(language, "line", "case_due", time=write_time(end, style, now)))
    coming = next_step(clock, telling.shares, now)
    if coming is not None and not coming.breach:
        lines.append(say(language, "line", "case_next", time=write_time(coming.at, style, now)))
    return lines


def write_span(span: timedelta, language: Language) -> str:
    """`2 h 30 min`; days are hours here, because deadlines are."""
    hours, minutes = divmod(int(span.total_seconds() // 60), 60)
    key = "case_hours" if hours and not minutes else "case_minutes" if not hours else "case_span"
    return say(language, "line", key, hours=hours, minutes=minutes)
