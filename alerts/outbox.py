"""The messages owed, in the store: alerts that wait, notifications on their way, and what became of each.

Every function takes a connection of the caller's transaction. A notification is claimed (`sending`, committed)
before it leaves and marked after; what is found in `sending` at start was in flight when the process died.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, select, update

from alerts.mute import Silence
from alerts.route import Target
from pipeline.model import Alert, Reason
from pipeline.store.changes import note_changes
from pipeline.store.restored import may_repeat
from pipeline.store.rows import alert_row, read_alert
from pipeline.store.schema import alerts, documents, keep, notifications, silences
from pipeline.store.statements import insert_or_skip, insert_or_update

# Steps from here on: a hold that ended; a line about who has it, about what is covered, about a tap that was undone.
LAPSE, UPDATE, COVERS, UNDONE = 1000, 1_000_000, 2_000_000, 3_000_000
WAITING = ("pending", "deferred")
LONGEST_HOLD = timedelta(hours=6)  # group waits and update intervals are minutes
LONGEST_PAUSE = timedelta(minutes=61)  # what a channel asks for is kept up to an hour (`read_wait`)
ARRIVAL = timedelta(seconds=5)  # what a dead sender had handed over is taken in by then, and can be read back
LONGEST_WAIT = timedelta(hours=25)  # quiet hours, on the day on which the clock is set back by an hour


@dataclass(frozen=True, slots=True)
class Owed:
    """An alert as the outbox has it. `n` is its number in the ledger, `note` the code of why it is in its state."""

    n: int
    alert: Alert
    state: str
    due: datetime
    drill: bool
    note: str = ""

    @property
    def number(self) -> str:
        """What people quote."""
        return f"A-{self.n:04d}"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one receiver by one channel."""

    id: str
    alert: str
    receiver: str
    channel: str
    step: int
    attempts: int
    maybe_repeat: bool


def read_owed(row: RowMapping) -> Owed:
    """A row of `alerts`."""
    return Owed(
        row["n"], read_alert(row), row["state"], row["due"], row["drill"], str((row["note"] or {}).get("code", ""))
    )


def find_due(conn: Connection, now: datetime, limit: int = 200) -> list[Owed]:
    """Alerts that wait and whose time has come, oldest first. One that was made in the future waits for no clock that
    was set back, nothing is put off for longer than a day, and what waits for more or for a channel is looked at again
    when it seems to wait for hours (a decision that changes nothing is none)."""
    back = (alerts.c.state == "pending") & (alerts.c.made > now)
    far = (alerts.c.due > now + LONGEST_WAIT) & (alerts.c.kind != "case")
    slow = (alerts.c.state == "pending") & (alerts.c.due > now + LONGEST_HOLD) & (alerts.c.kind != "case")
    come = (alerts.c.due <= now) | back | far | slow
    query = select(alerts).where(alerts.c.state.in_(WAITING), come).order_by(alerts.c.n).limit(limit)
    return [read_owed(row) for row in conn.execute(query).mappings()]


def find_owed(conn: Connection, alert: str) -> Owed | None:
    """One alert by id."""
    row = conn.execute(select(alerts).where(alerts.c.id == alert)).mappings().first()
    return read_owed(row) if row else None


def set_state(conn: Connection, alert: str, state: str, note: Reason, **more: Any) -> None:
    """Move an alert on, with the reason; `more` are other columns (`due`, `to`)."""
    values = {"state": state, "note": note.as_json(), **more}
    conn.execute(update(alerts).where(alerts.c.id == alert).values(values))
    note_changes(conn, "alert", [alert])


def add_alert(conn: Connection, alert: Alert, now: datetime) -> bool:
    """Put an alert of our own making (digest, operator) into the ledger; False when it is there already."""
    if conn.scalar(select(alerts.c.id).where(alerts.c.id == alert.id)):
        return False
    conn.execute(insert(alerts).values({**alert_row(alert, now), "event": alert.event or None}))
    note_changes(conn, "alert", [alert.id])
    return True


def notice_id(alert: str, target: Target, step: int) -> str:
    """The same message has the same id whenever it is made: 24 hex digits."""
    return hashlib.sha256(f"{alert}\n{target.receiver}\n{target.channel}\n{step}".encode()).hexdigest()[:24]


def owe(conn: Connection, alert: str, targets: Sequence[Target], step: int, now: datetime) -> None:
    """Queue one message a target; those that are owed already stay as they are. After a restore each is looked up first,
    or says that it may be a repeat."""
    doubtful = bool(targets) and may_repeat(conn, now)
    rows = [
        {"id": notice_id(alert, one, step), "alert": alert, "receiver": one.receiver, "channel": one.channel,
         "step": step, "state": "queued", "due": now, "attempts": 0, "said": "", "maybe_repeat": doubtful}
        for one in targets
    ]  # fmt: skip
    insert_or_skip(conn, notifications, rows)


def was_owed(conn: Connection, alert: str, step: int) -> bool:
    """True when a message of this step was owed before."""
    query = select(notifications.c.id).where(notifications.c.alert == alert, notifications.c.step == step)
    return conn.scalar(query.limit(1)) is not None


def _read_notice(row: RowMapping) -> Notice:
    return Notice(
        row["id"], row["alert"], row["receiver"], row["channel"], row["step"], row["attempts"], row["maybe_repeat"]
    )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Messages that wait and whose time has come: also those that were owed or tried in the future, before the clock was
    set back, and those put off for longer than any channel may ask."""
    back = (notifications.c.claimed > now) | (notifications.c.claimed.is_(None) & (notifications.c.due > now))
    far = notifications.c.due > now + LONGEST_PAUSE
    return (notifications.c.state == "queued") & ((notifications.c.due <= now) | back | far)


def claim_next(conn: Connection, now: datetime, busy: Sequence[str]) -> Notice | None:
    """The next message that is due on a channel not in `busy`, marked as on its way."""
    query = select(notifications).where(is_due(now), notifications.c.channel.not_in(busy))
    row = conn.execute(query.order_by(notifications.c.due, notifications.c.id).limit(1)).mappings().first()
    if row is None:
        return None
    mark(conn, row["id"], "sending", attempts=row["attempts"] + 1, claimed=now)
    return _read_notice({**row, "attempts": row["attempts"] + 1})  # type: ignore[arg-type]


def mark(conn: Connection, notice: str, state: str, **more: Any) -> None:
    """Move a message on."""
    conn.execute(update(notifications).where(notifications.c.id == notice).values(state=state, **more))
    if state in ("sent", "dead"):
        told = select(notifications.c.alert).where(notifications.c.id == notice)
        note_changes(conn, "alert", conn.scalars(told).all())


def requeue_interrupted(conn: Connection, now: datetime, but: Notice | None = None) -> int:
    """What was in flight when a sender died may have arrived, or may be arriving: owed again in a moment, marked as
    doubtful. `but` is left alone: the caller knows what came of it. Returns how many.

    `claimed` becomes the moment of this look: when the clock is set back later, the pause does not last until it has
    come there again."""
    interrupted = update(notifications).where(notifications.c.state == "sending")
    if but:
        interrupted = interrupted.where((notifications.c.id != but.id) | (notifications.c.attempts != but.attempts))
    said = "cut off while it was being sent"
    values = {"state": "queued", "due": now + ARRIVAL, "claimed": now, "maybe_repeat": True, "said": said}
    return conn.execute(interrupted.values(**values)).rowcount


def is_under_way(conn: Connection, notice: Notice) -> bool:
    """True while this very attempt is the one that is open."""
    row = (notifications.c.id == notice.id, notifications.c.attempts == notice.attempts)
    return conn.scalar(select(notifications.c.id).where(*row, notifications.c.state == "sending")) is not None


def find_sent_since(conn: Connection, since: datetime) -> dict[str, list[datetime]]:
    """When messages went out after `since`, by channel: what a new sender has to know of the budgets."""
    found: dict[str, list[datetime]] = {}
    claimed = select(notifications.c.channel, notifications.c.claimed).where(notifications.c.claimed > since)
    for channel, moment in conn.execute(claimed.order_by(notifications.c.claimed)):
        found.setdefault(channel, []).append(moment)
    return found


def sent_before(event: str | None, alert: str) -> Select[Any]:
    """Messages that arrived about the event (or, without one, of the alert), in order."""
    same = alerts.c.event == event if event else alerts.c.id == alert
    query = select(notifications, alerts.c.severity).join(alerts, alerts.c.id == notifications.c.alert)
    return query.where(same, notifications.c.state == "sent").order_by(notifications.c.sent, notifications.c.id)


def find_thread(conn: Connection, event: str | None, notice: Notice) -> str:
    """The receipt of the first message about the event on this channel to the same people, "" when there is none."""
    if not event:
        return ""
    for row in conn.execute(sent_before(event, notice.alert)).mappings():
        if row["channel"] == notice.channel and row["id"] != notice.id and row["receipt"]:
            return str(row["receipt"])
    return ""


def find_threads(conn: Connection, event: str | None, notice: Notice) -> tuple[str, ...]:
    """The receipts of all other messages about the event on this channel, the oldest first, at most 20."""
    if not event:
        return ()
    rows = conn.execute(sent_before(event, notice.alert)).mappings()
    mine = [str(row["receipt"]) for row in rows if row["channel"] == notice.channel and row["id"] != notice.id]
    return tuple(one for one in mine if one)[:20]


def find_sent(conn: Connection, channel: str, receipt: str) -> Notice | None:
    """The message that the other side calls `receipt`."""
    query = select(notifications).where(notifications.c.channel == channel, notifications.c.receipt == receipt)
    row = conn.execute(query.limit(1)).mappings().first()
    return _read_notice(row) if row else None


def find_failed_channel(conn: Connection, notice: Notice, falls_to: Mapping[str, str]) -> str:
    """The channel that failed so that this message took its place, "" when it is nobody's substitute."""
    same = (notifications.c.alert == notice.alert, notifications.c.receiver == notice.receiver)
    query = select(notifications.c.channel).where(*same, notifications.c.step == notice.step)
    dead = conn.scalars(query.where(notifications.c.state == "dead"))
    return next((name for name in dead if falls_to.get(name) == notice.channel), "")


def find_silences(conn: Connection, now: datetime) -> list[Silence]:
    """Silences that are in force."""
    query = select(silences).where(silences.c.begins <= now, silences.c.ends > now)
    names = ("id", "event", "topic", "begins", "ends", "who", "why")
    return [Silence(*(row[name] for name in names)) for row in conn.execute(query).mappings()]


def find_topics(conn: Connection, items: Sequence[str]) -> tuple[str, ...]:
    """The topics of an alert's stories, best first, without repeats."""
    rows = conn.scalars(select(documents.c.topics).where(documents.c.id.in_(list(items)[:50])))
    names = [entry[0] if isinstance(entry, list) else entry["topic"] for topics in rows for entry in topics]
    return tuple(dict.fromkeys(names))


def was_overtaken(conn: Connection, owed: Owed) -> bool:
    """True when a later alert of the same event was told while this one waited."""
    if not owed.alert.event:
        return False
    later = (alerts.c.event == owed.alert.event, alerts.c.n > owed.n, alerts.c.state == "routed")
    return bool(conn.scalar(select(func.count()).select_from(alerts).where(*later)))


def read_mark(conn: Connection, key: str) -> int:
    """A number kept under `key`; 0 when there is none."""
    return int(conn.scalar(select(keep.c.value).where(keep.c.key == key)) or 0)


def write_mark(conn: Connection, key: str, value: int) -> None:
    """Keep a number."""
    insert_or_update(conn, keep, [{"key": key, "value": str(value)}])
