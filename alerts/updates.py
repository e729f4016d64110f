"""Lines under the first message, which wake nobody: who has it, what is covered, what was undone. And what a tap stops.

Each line is owed once: its step carries the number of the act, of the covered alert, or of the act that was undone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from alerts.inhibit import release_covered
from alerts.outbox import COVERS, LAPSE, UNDONE, UPDATE, Owed, owe, read_mark, write_mark
from alerts.route import Target
from alerts.settle import Desk
from pipeline.model import Reason
from pipeline.store.schema import acks, alerts, notifications
from pipeline.store.schema_telling import taps

UPDATED = ("slack", "terminal", "wecom", "dingtalk", "feishu", "teams")  # groups, where the others see who has it
ACKS_TOLD = "acks_told"
STOPS = ("taken", "handed_over", "false_alarm")


def has_news(conn: Connection) -> bool:
    """True when somebody did or undid something that the sender has not seen."""
    if (conn.scalar(select(func.max(acks.c.n))) or 0) > read_mark(conn, ACKS_TOLD):
        return True
    return conn.scalar(select(taps.c.id).where(_unposted()).limit(1)) is not None


def _unposted() -> Any:
    return taps.c.undone.is_not(None) & taps.c.posted.is_(False)


def post_updates(conn: Connection, desk: Desk, now: datetime) -> None:
    """Say in the group who took an event, handed it over, or called it false: once an act, under the first message.
    What was to ring still is stopped; what a false alarm covered is let go."""
    fresh = _fresh_acts(conn)
    for act in fresh:
        if act["undone"] is None:
            _follow_act(conn, act, desk, now)
    if fresh:
        write_mark(conn, ACKS_TOLD, fresh[-1]["n"])
    _post_undone(conn, now)


def _fresh_acts(conn: Connection) -> Sequence[RowMapping]:
    query = select(acks).where(acks.c.n > read_mark(conn, ACKS_TOLD)).order_by(acks.c.n)
    return conn.execute(query).mappings().all()


def _follow_act(conn: Connection, act: RowMapping, desk: Desk, now: datetime) -> None:
    for channel, row in _latest_told(conn, act["event"], desk).items():
        owe(conn, row["alert"], [Target(row["receiver"], channel)], UPDATE + act["n"], now)
    if act["what"] in STOPS:
        stop_reminders(conn, act["event"], act["n"])
    if act["what"] == "false_alarm":
        release_covered(conn, act["event"], now)


def _latest_told(conn: Connection, event: str, desk: Desk) -> Mapping[str, RowMapping]:
    """The newest message about the event in each group."""
    groups = {channel.id for channel in desk.channels if channel.spec.kind in UPDATED}
    told = select(notifications).join(alerts, alerts.c.id == notifications.c.alert)
    told = told.where(alerts.c.event == event, notifications.c.state == "sent", notifications.c.step < LAPSE)
    rows = conn.execute(told.order_by(notifications.c.sent.desc())).mappings().all()
    return {row["channel"]: row for row in reversed(rows) if row["channel"] in groups}


def stop_reminders(conn: Connection, event: str, act: int) -> None:
    """Reminders, text messages and calls about the event that have not left do not leave any more."""
    mine = select(alerts.c.id).where(alerts.c.event == event)
    waits = (notifications.c.alert.in_(mine), notifications.c.state == "queued")
    reminder = notifications.c.step.between(1, LAPSE - 1) | notifications.c.step.between(LAPSE, UPDATE - 1)
    conn.execute(update(notifications).where(*waits, reminder).values(state="stopped", said=f"stopped by act {act}"))


def list_covered(conn: Connection, owed: Owed, note: Reason, now: datetime) -> None:
    """One line under the bigger matter that a smaller one is held back under it."""
    bigger = str(note.numbers.get("alert", ""))
    rows = conn.execute(
        select(notifications).where(
            notifications.c.alert == bigger, notifications.c.step == 0, notifications.c.state != "dead"
        )
    ).mappings()
    owe(conn, bigger, [Target(row["receiver"], row["channel"]) for row in rows], COVERS + owed.n, now)


def _post_undone(conn: Connection, now: datetime) -> None:
    """Where "taken" was said, that it was taken back is said too; a line that has not left is not sent at all."""
    for tap in conn.execute(select(taps).where(_unposted()).order_by(taps.c.at)).mappings().all():
        if tap["act"]:
            said = notifications.c.step == UPDATE + tap["act"]
            conn.execute(update(notifications).where(said, notifications.c.state == "queued").values(state="stopped"))
            rows = conn.execute(select(notifications).where(said, notifications.c.state.in_(("sent", "sending"))))
            for row in rows.mappings().all():
                owe(conn, row["alert"], [Target(row["receiver"], row["channel"])], UNDONE + tap["act"], now)
        conn.execute(update(taps).where(taps.c.id == tap["id"]).values(posted=True))
