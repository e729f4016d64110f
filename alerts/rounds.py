"""The three rounds of a tick, each inside the sender's transaction: settle what is due, remind, say who took it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerts.acks import read_holding
from alerts.compose import find_event
from alerts.escalate import SPEAKS, Reminder, Told, remind, remind_lapsed
from alerts.outbox import (
    LAPSE,
    UPDATE,
    Owed,
    add_alert,
    find_due,
    find_silences,
    find_topics,
    owe,
    read_mark,
    read_owed,
    set_state,
    was_overtaken,
    was_owed,
    write_mark,
)  # fmt: skip
from alerts.route import Target
from alerts.settle import Circumstances, Desk, Settled, make_digest, settle, settle_route, wants_digest
from pipeline.model import Alert, Reason, Severity
from pipeline.store.schema import acks, alerts, events, notifications

LIVELY = timedelta(days=3)
UPDATED = ("slack", "terminal", "wecom", "dingtalk", "feishu", "teams")  # groups, where the others see who has it
ACKS_TOLD = "acks_told"
AT_ONCE = Reason("overtaken", "a later alert of the event was told in the same moment")


@dataclass(frozen=True, slots=True)
class Work:
    """What a tick would find to do; an idle second costs three reads and no write."""

    due: bool
    reminders: bool
    acts: bool
    queued: bool

    @property
    def to_decide(self) -> bool:
        """Something other than sending."""
        return self.due or self.reminders or self.acts

    def __bool__(self) -> bool:
        return self.to_decide or self.queued


def find_work(conn: Connection, desk: Desk, now: datetime, remind_too: bool) -> Work:
    """Whether anything is due, without writing. Reminders cost a few reads for each lively event, so the caller says
    when they are looked for."""
    waiting = select(notifications.c.id).where(notifications.c.state == "queued", notifications.c.due <= now)
    return Work(
        due=bool(find_due(conn, now, 1)),
        reminders=remind_too and bool(find_reminders(conn, desk, now)),
        acts=(conn.scalar(select(func.max(acks.c.n))) or 0) > read_mark(conn, ACKS_TOLD),
        queued=conn.scalar(waiting.limit(1)) is not None,
    )


def work_off(conn: Connection, desk: Desk, now: datetime) -> None:
    """Settle, remind, post: all that a tick decides."""
    settle_due(conn, desk, now)
    for alert, reminder in find_reminders(conn, desk, now):
        owe(conn, alert, reminder.targets, reminder.step, now)
    post_updates(conn, desk, now)


def settle_due(conn: Connection, desk: Desk, now: datetime) -> None:
    """Decide about every alert whose time has come. Of several on one matter the last speaks: each message tells the
    matter as it stands, so the others would say the same again in the same second."""
    ready: list[tuple[Owed, Settled]] = []
    for owed in find_due(conn, now):
        settled = settle(owed, find_circumstances(conn, owed, now), desk, now)
        if settled.state == "routed" and owed.alert.kind != "operator":
            ready.append((owed, settled))
        else:
            write_settled(conn, owed, settled, now)
    last = {owed.alert.event: owed.n for owed, _ in ready}
    for owed, _ in [one for one in ready if one[0].n < last[one[0].alert.event]]:
        set_state(conn, owed.alert.id, "stale", AT_ONCE)
    ready = [one for one in ready if one[0].n == last[one[0].alert.event]]
    together = wants_digest([owed for owed, _ in ready])
    if together:
        send_together(conn, together, desk, now)
    for owed, settled in ready:
        if owed not in together:
            write_settled(conn, owed, settled, now)


def write_settled(conn: Connection, owed: Owed, settled: Settled, now: datetime) -> None:
    """The new state of one alert and the messages it owes."""
    more: dict[str, object] = {"due": settled.due} if settled.due else {}
    if settled.targets:
        more["to"] = list(dict.fromkeys(one.receiver for one in settled.targets))
    set_state(conn, owed.alert.id, settled.state, settled.note, **more)
    owe(conn, owed.alert.id, settled.targets, 0, now)


def send_together(conn: Connection, members: Sequence[Owed], desk: Desk, now: datetime) -> None:
    """One digest for many alerts, to those on duty now."""
    digest = make_digest(members, now)
    settled = settle_route(digest.severity, desk, now)
    add_alert(conn, digest, now)
    if settled.state != "routed":  # nobody can be told: the members go on waiting
        return
    to = list(dict.fromkeys(one.receiver for one in settled.targets))
    set_state(conn, digest.id, "routed", settled.note, to=to)
    owe(conn, digest.id, settled.targets, 0, now)
    note = Reason("in_digest", "told in a digest", {"digest": digest.id})
    for one in members:
        set_state(conn, one.alert.id, "routed", note, to=to)


def find_circumstances(conn: Connection, owed: Owed, now: datetime) -> Circumstances:
    """What is known about an alert's event now."""
    event = find_event(conn, owed.alert.event)
    levels = [owed.alert.severity, *([event.severity] if event and event.severity else [])]
    return Circumstances(
        severity=max(levels, key=lambda level: level.rank),
        last_seen=event.last_seen if event else owed.alert.at,
        topic=event.topic if event else "other",
        topics=find_topics(conn, owed.alert.items),
        silences=tuple(find_silences(conn, now)),
        holding=read_holding(conn, owed.alert.event) if owed.alert.event else None,
        overtaken=was_overtaken(conn, owed),
    )


def find_reminders(conn: Connection, desk: Desk, now: datetime) -> list[tuple[str, Reminder]]:
    """Who is to be asked next about what nobody has taken, or whose hold has ended. Only the newest alert of an open
    event speaks."""
    if not desk.roster.officers:
        return []
    newest = select(func.max(alerts.c.n)).where(alerts.c.state == "routed", alerts.c.kind.in_(SPEAKS))
    recent = newest.where(alerts.c.at > now - LIVELY).group_by(alerts.c.event)
    still_open = select(events.c.id).where(events.c.status == "open")
    rows = conn.execute(select(alerts).where(alerts.c.n.in_(recent), alerts.c.event.in_(still_open)))
    owed = [read_owed(row) for row in rows.mappings()]
    return [(one.alert.id, reminder) for one in owed for reminder in _remind(conn, one, desk, now)]


def _remind(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> list[Reminder]:
    about, told = find_circumstances(conn, owed, now), find_told(conn, owed)
    if told is None:
        return []
    ack = conn.scalar(select(func.max(acks.c.n)).where(acks.c.event == owed.alert.event)) or 0
    lapsed = remind_lapsed(owed, about, ack, desk, now)
    if lapsed is not None and was_owed(conn, owed.alert.id, lapsed.step):
        lapsed = None
    return [one for one in (remind(owed, told, about, desk, now), lapsed) if one is not None]


def find_told(conn: Connection, owed: Owed) -> Told | None:
    """How far an alert's telling has come; None when it owes no message of its own (it went into a digest)."""
    mine = (notifications.c.alert == owed.alert.id, notifications.c.step < LAPSE)
    step = conn.scalar(select(func.max(notifications.c.step)).where(*mine))
    if step is None:
        return None
    rows = conn.execute(select(notifications).where(*mine, notifications.c.step == step)).mappings().all()
    sent = [row["sent"] for row in rows if row["state"] == "sent"]
    again = select(func.max(notifications.c.sent)).where(notifications.c.alert == owed.alert.id)
    asked_again = conn.execute(again.where(notifications.c.step.between(LAPSE, UPDATE - 1))).scalar()
    return Told(step, max(sent) if sent else None, all(row["state"] == "dead" for row in rows), asked_again)


def post_updates(conn: Connection, desk: Desk, now: datetime) -> None:
    """Say in the group who took an event, handed it over, or called it false: once an act, under the first message."""
    last = read_mark(conn, ACKS_TOLD)
    fresh = conn.execute(select(acks).where(acks.c.n > last).order_by(acks.c.n)).mappings().all()
    groups = {channel.id for channel in desk.channels if channel.spec.kind in UPDATED}
    for act in fresh:
        told = select(notifications).join(alerts, alerts.c.id == notifications.c.alert)
        told = told.where(alerts.c.event == act["event"], notifications.c.state == "sent", notifications.c.step < LAPSE)
        rows = conn.execute(told.order_by(notifications.c.sent.desc())).mappings().all()
        latest = {row["channel"]: row for row in reversed(rows) if row["channel"] in groups}
        for channel, row in latest.items():
            owe(conn, row["alert"], [Target(row["receiver"], channel)], UPDATE + act["n"], now)
    if fresh:
        write_mark(conn, ACKS_TOLD, fresh[-1]["n"])


def notify_operator(conn: Connection, key: str, reason: Reason, severity: Severity, now: datetime) -> bool:
    """Owe the operator a notice, once for each `key`; False when it was owed before."""
    notice = hashlib.sha256(f"operator\n{key}".encode()).hexdigest()[:16]
    return add_alert(conn, Alert(notice, now, "operator", "", None, severity, (), reason), now)


def report_dead(conn: Connection, channel: str, said: str, now: datetime) -> None:
    """Tell the operator, at most once a day for each channel, that a channel cannot deliver."""
    reason = Reason("channel_dead", f"channel {channel} cannot deliver: {said}", {"channel": channel, "said": said})
    notify_operator(conn, f"channel_dead {channel} {now.date().isoformat()}", reason, Severity.SERIOUS, now)
