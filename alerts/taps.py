"""One tap of an officer: what it stops, until when and for whom, in one line before and after; and taking it back.

Within ten minutes a tap can be undone: the act never held, the silence never was, messages that it kept back go on
waiting where they were. Later there is only the ordinary way (give back, end the silence, close the case).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from alerts.words import Language, say
from pipeline.store.changes import note_changes
from pipeline.store.schema import acks, alerts, cases, notifications, silences
from pipeline.store.schema_duty import case_steps
from pipeline.store.schema_telling import taps

TapKind = Literal["taken", "handed_over", "false_alarm", "released", "silence", "case", "correction"]
KINDS: tuple[TapKind, ...] = ("taken", "handed_over", "false_alarm", "released", "silence", "case", "correction")
UNDO = timedelta(minutes=10)
LATE = "ten minutes have passed: it can be changed on the event's page, not undone"
LATER = "somebody has acted on it since: undo that first"


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that was not done, and why in one sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap that can still be undone until `ends`; `until` is when what it stops begins again by itself."""

    id: str
    what: str
    who: str
    at: datetime
    ends: datetime
    until: datetime | None


def record_tap(
    conn: Connection, *, event: str, what: TapKind, who: str, now: datetime, until: datetime | None = None,
    act: int | None = None, target: str | None = None,
) -> str:  # fmt: skip
    """Remember a tap so that it can be undone; returns its id. `target` is the silence or the case it made."""
    key = secrets.token_hex(8)
    row = {"id": key, "event": event, "what": what, "who": who, "at": now, "ends": now + UNDO, "until": until}
    conn.execute(insert(taps).values(**row, act=act, target=target, posted=False))
    return key


def find_tap(conn: Connection, event: str, now: datetime) -> Tap | None:
    """The newest tap on an event, None when it was undone or its ten minutes are over."""
    query = select(taps).where(taps.c.event == event, taps.c.undone.is_(None)).order_by(taps.c.at.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    if row is None or now >= row["ends"]:
        return None
    return Tap(row["id"], row["what"], row["who"], row["at"], row["ends"], row["until"])


# ------------------------------------------------------------------ what it says


def describe_tap(language: Language, what: str, until: str = "") -> str:
    """What a tap would stop, until when (as it is shown) and for whom."""
    return say(
        language, "tap", f"{what}_until" if until and what in ("taken", "handed_over", "silence") else what, until=until
    )


def describe_done(language: Language, what: str, who: str, until: str, undo_until: str) -> str:
    """The same after it was done, with the end of the ten minutes."""
    done = say(language, "tap", f"did_{what}", who=who)
    return f"{done}{describe_tap(language, what, until)} {say(language, 'tap', 'undo_until', until=undo_until)}"


# ------------------------------------------------------------------ taking it back


def undo_tap(conn: Connection, event: str, tap: str, by: str, now: datetime) -> Refused | None:
    """Everything as it was before the tap; None when done."""
    row = conn.execute(select(taps).where(taps.c.id == tap, taps.c.event == event)).mappings().first()
    refused = _why_not(conn, row, now)
    if refused is not None or row is None:
        return refused
    if row["act"]:
        _undo_act(conn, row, now)
    elif row["what"] == "silence":
        _undo_silence(conn, row, now)
    elif row["what"] == "case":
        conn.execute(delete(case_steps).where(case_steps.c.case == row["target"]))
        conn.execute(delete(cases).where(cases.c.id == row["target"]))
        note_changes(conn, "case", [row["target"]], gone=True)
    conn.execute(update(taps).where(taps.c.id == tap).values(undone=now, undone_by=by))
    return None


def _why_not(conn: Connection, row: RowMapping | None, now: datetime) -> Refused | None:
    if row is None:
        return Refused("there is nothing to undo")
    if row["undone"] is not None:
        return Refused("it was undone already")
    if now >= row["ends"]:
        return Refused(LATE)
    later = select(acks.c.n).where(acks.c.event == row["event"], acks.c.n > (row["act"] or 0), acks.c.undone.is_(None))
    if row["act"] and conn.scalar(later.limit(1)) is not None:
        return Refused(LATER)
    if row["what"] == "case" and not _is_untouched(conn, row["target"]):
        return Refused("the case has been worked on: close it instead")
    return None


def _is_untouched(conn: Connection, case: str) -> bool:
    """True while nothing but its opening has happened to a case."""
    found = conn.execute(select(cases.c.status, cases.c.note).where(cases.c.id == case)).first()
    steps = conn.scalar(select(func.count()).where(case_steps.c.case == case, case_steps.c.what != "opened"))
    return found is not None and found.status == "open" and not found.note and not steps


def _undo_act(conn: Connection, row: RowMapping, now: datetime) -> None:
    """The act never held; reminders that it stopped are queued again, what it kept silent is decided anew."""
    conn.execute(update(acks).where(acks.c.n == row["act"]).values(undone=now))
    stopped = (notifications.c.state == "stopped", notifications.c.said == f"stopped by act {row['act']}")
    conn.execute(update(notifications).where(*stopped).values(state="queued", due=now, said=""))
    if row["what"] == "false_alarm":
        _wake_silenced(conn, row, now, lambda note: note.get("code") == "false_alarm")


def _undo_silence(conn: Connection, row: RowMapping, now: datetime) -> None:
    """The silence ends where it began."""
    conn.execute(update(silences).where(silences.c.id == row["target"]).values(ends=silences.c.begins))
    _wake_silenced(conn, row, now, lambda note: note.get("silence") == row["target"])


def _wake_silenced(conn: Connection, row: RowMapping, now: datetime, caused: Any) -> None:
    """Alerts that this tap kept silent are due again."""
    mine = (alerts.c.event == row["event"], alerts.c.state == "silenced")
    found: Sequence[Any] = conn.execute(select(alerts.c.id, alerts.c.note).where(*mine)).all()
    woken = [one.id for one in found if caused(one.note)]
    if woken:
        conn.execute(update(alerts).where(alerts.c.id.in_(woken)).values(state="pending", due=now))
        note_changes(conn, "alert", woken)
