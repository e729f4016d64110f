"""The rounds of a tick, each inside the sender's transaction: settle what is due, remind, say who took it, digests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerts.acks import read_holding
from alerts.case_tell import settle_case
from alerts.compose import find_event
from alerts.digest import digests_due, make_digests
from alerts.escalate import SPEAKS, Reminder, Told, remind, remind_lapsed
from alerts.inhibit import Bigger, Smaller, find_bigger, find_cover
from alerts.outbox import (
    LAPSE,
    UPDATE,
    WAITING,
    Owed,
    add_alert,
    find_due,
    find_silences,
    find_topics,
    is_due,
    owe,
    read_owed,
    sent_before,
    set_state,
    was_overtaken,
    was_owed,
)  # fmt: skip
from alerts.route import Target, describe_matter, find_routes
from alerts.settings import parse_span
from alerts.settle import Circumstances, Desk, Settled, make_digest, settle, settle_route, wants_digest
from alerts.slip_round import settle_slip
from alerts.updates import has_news, list_covered, post_updates
from pipeline.model import Alert, Event, Reason, Severity
from pipeline.store.schema import acks, alerts, events, notifications

LIVELY = timedelta(days=3)
AT_ONCE = Reason("overtaken", "a later alert of the event was told in the same moment")


@dataclass(frozen=True, slots=True)
class Work:
    """What a tick would find to do; an idle second costs three reads and no write."""

    due: bool
    reminders: bool
    acts: bool
    digests: bool
    queued: bool

    @property
    def to_decide(self) -> bool:
        """Something other than sending."""
        return self.due or self.reminders or self.acts or self.digests

    def __bool__(self) -> bool:
        return self.to_decide or self.queued


def find_work(conn: Connection, desk: Desk, now: datetime, remind_too: bool) -> Work:
    """Whether anything is due, without writing. Reminders cost a few reads for each lively event, so the caller says
    when they are looked for."""
    waiting = select(notifications.c.id).where(is_due(now))
    return Work(
        due=bool(find_due(conn, now, 1)) or (has_short_waits(desk) and bool(find_ready(conn, desk, now))),
        reminders=remind_too and bool(find_reminders(conn, desk, now)),
        acts=has_news(conn),
        digests=bool(digests_due(conn, desk, now)),
        queued=conn.scalar(waiting.limit(1)) is not None,
    )


def work_off(conn: Connection, desk: Desk, now: datetime) -> None:
    """Who took what first (a false alarm frees what it covered, a taken one stops its calls), then settle, remind and
    digest: all that a tick decides."""
    post_updates(conn, desk, now)
    settle_due(conn, desk, now)
    for alert, reminder in find_reminders(conn, desk, now):
        owe(conn, alert, reminder.targets, reminder.step, now)
    make_digests(conn, desk, now)


def settle_due(conn: Connection, desk: Desk, now: datetime) -> None:
    """Decide about every alert whose time has come. Of several on one matter the last speaks: each message tells the
    matter as it stands, so the others would say the same again in the same second."""
    ready: list[tuple[Owed, Settled]] = []
    for owed in find_ready(conn, desk, now):
        settled = decide(conn, owed, desk, now)
        if settled.state == "routed" and owed.alert.kind not in ("operator", "case"):
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


def decide(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> Settled:
    """What becomes of one alert; a reminder of a case asks its case instead of an event."""
    if owed.alert.reason.code == "slip_due":
        return settle_slip(conn, owed, desk, now)
    if owed.alert.kind == "case":
        return settle_case(conn, owed, desk, now)
    return settle(owed, find_circumstances(conn, owed, desk, now), desk, now)


def find_ready(conn: Connection, desk: Desk, now: datetime) -> list[Owed]:
    """What is due, and what becomes due within the group wait on the same matters: one message, not two that come
    seconds apart. Oldest first."""
    later = now + parse_span(desk.alerting.group_wait)
    soon = find_due(conn, later)  # what is due after `later` is here because the clock was set back
    ready = [one for one in soon if one.due <= now or one.due > later or _is_short(conn, one, desk, now)]
    matters = {one.alert.event for one in ready if one.alert.event and one.alert.kind in SPEAKS}
    return [one for one in soon if one in ready or (one.alert.event in matters and _is_fresh(one))]


def has_short_waits(desk: Desk) -> bool:
    """True when a route may send before the usual group wait is over."""
    usual = parse_span(desk.alerting.group_wait)
    return any(route.group_wait and parse_span(route.group_wait) < usual for route in desk.policy.routes)


def _is_fresh(owed: Owed) -> bool:
    """True for what still waits for its first decision."""
    return owed.state == "pending" and not owed.note and owed.alert.kind in SPEAKS


def _is_short(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> bool:
    """True when the route of `owed` waits so much shorter that it is due now."""
    if not has_short_waits(desk) or not _is_fresh(owed):
        return False
    event = find_event(conn, owed.alert.event)
    if event is None:
        return False
    level = max(owed.alert.severity, event.severity or owed.alert.severity, key=lambda one: one.rank)
    routes = find_routes(desk.policy, describe_matter(desk.policy, level, event.topic, event.place or ""))
    if not routes or not routes[0].group_wait:
        return False
    return owed.alert.at - parse_span(desk.alerting.group_wait) + parse_span(routes[0].group_wait) <= now


def write_settled(conn: Connection, owed: Owed, settled: Settled, now: datetime) -> None:
    """The new state of one alert and the messages it owes."""
    more: dict[str, object] = {"due": settled.due} if settled.due else {}
    if settled.targets:
        more["to"] = list(dict.fromkeys(one.receiver for one in settled.targets))
    set_state(conn, owed.alert.id, settled.state, settled.note, **more)
    owe(conn, owed.alert.id, settled.targets, 0, now)
    if settled.state == "inhibited":
        list_covered(conn, owed, settled.note, now)


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


def find_circumstances(conn: Connection, owed: Owed, desk: Desk, now: datetime) -> Circumstances:
    """What is known about an alert's event now."""
    event = find_event(conn, owed.alert.event)
    levels = [owed.alert.severity, *([event.severity] if event and event.severity else [])]
    severity = max(levels, key=lambda level: level.rank)
    told = find_receivers(conn, owed)
    return Circumstances(
        severity=severity,
        last_seen=event.last_seen if event else owed.alert.at,
        topic=event.topic if event else "other",
        topics=find_topics(conn, owed.alert.items),
        silences=tuple(find_silences(conn, now)),
        holding=read_holding(conn, owed.alert.event) if owed.alert.event else None,
        overtaken=was_overtaken(conn, owed),
        place=(event.place or "") if event else "",
        told=tuple(target for target, _ in told),
        last_told=max((sent for _, sent in told), default=None),
        cover=find_covering(conn, owed, event, severity, desk, now) if event else None,
    )


def find_receivers(conn: Connection, owed: Owed) -> list[tuple[Target, datetime]]:
    """To whom and when messages about the event arrived, lines about who has it left out."""
    if not owed.alert.event:
        return []
    rows = conn.execute(sent_before(owed.alert.event, owed.alert.id).where(notifications.c.step < UPDATE)).mappings()
    return [(Target(row["receiver"], row["channel"]), row["sent"]) for row in rows]


def find_covering(
    conn: Connection, owed: Owed, event: Event, severity: Severity, desk: Desk, now: datetime
) -> Bigger | None:
    """The bigger matter that covers a waiting alert; a drill is covered by nothing."""
    if owed.state not in WAITING or owed.drill:
        return None
    policy, place = desk.policy, event.place or ""
    smaller = Smaller(event.id, owed.alert.kind, severity, event.topic, place, policy.campus_of(place))
    return find_cover(smaller, find_bigger(conn, policy, now), policy.inhibit, now)


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
    about, told = find_circumstances(conn, owed, desk, now), find_told(conn, owed)
    if told is None:
        return []
    held = select(func.max(acks.c.n)).where(acks.c.event == owed.alert.event, acks.c.undone.is_(None))
    ack = conn.scalar(held) or 0
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
    dead = frozenset(row["channel"] for row in rows if row["state"] == "dead")
    return Told(step, max(sent) if sent else None, all(row["state"] == "dead" for row in rows), asked_again, dead)


def notify_operator(conn: Connection, key: str, reason: Reason, severity: Severity, now: datetime) -> bool:
    """Owe the operator a notice, once for each `key`; False when it was owed before."""
    notice = hashlib.sha256(f"operator\n{key}".encode()).hexdigest()[:16]
    return add_alert(conn, Alert(notice, now, "operator", "", None, severity, (), reason), now)


def report_dead(conn: Connection, channel: str, said: str, now: datetime) -> None:
    """Tell the operator, at most once a day for each channel, that a channel cannot deliver."""
    reason = Reason("channel_dead", f"channel {channel} cannot deliver: {said}", {"channel": channel, "said": said})
    notify_operator(conn, f"channel_dead {channel} {now.date().isoformat()}", reason, Severity.SERIOUS, now)
