"""The daily and the weekly word to the officers: what was, what was kept back, who has what, and proof that we watched.

Once for each day and week, whatever a kill or a clock does: its id is made of the date, and it begins where the last
one ended. After a stretch in which we did not watch it says so.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, select

from alerts.acks import read_holding
from alerts.outbox import add_alert, find_owed, owe, set_state
from alerts.route import reach_gently
from alerts.settle import Desk, Settled, settle_route
from alerts.watch import Proof, began_watching, read_proof
from pipeline.model import Alert, Reason, Severity
from pipeline.store.schema import alerts, events, keep
from pipeline.store.statements import insert_or_update

Period = Literal["daily", "weekly"]
MATTERS = ("first", "severity", "reach", "threshold", "reopened")
KEPT_BACK = ("deferred", "silenced", "inhibited")
LONGEST = {"daily": timedelta(days=7), "weekly": timedelta(days=28)}
USUAL = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
MARK = "digest_{}"


@dataclass(frozen=True, slots=True)
class Due:
    """A digest whose hour has come: which, for the day that begins it, of which stretch."""

    period: Period
    day: date
    begins: datetime
    ends: datetime

    @property
    def id(self) -> str:
        """The same in every process: 16 hex digits."""
        return hashlib.sha256(f"{self.period} digest\n{self.day.isoformat()}".encode()).hexdigest()[:16]


def digests_due(conn: Connection, desk: Desk, now: datetime) -> list[Due]:
    """Digests whose hour has passed today and that were not made."""
    wanted: list[tuple[Period, str]] = [("daily", desk.policy.digest.daily), ("weekly", desk.policy.digest.weekly_at)]
    found = [_due(conn, desk, period, hour, now) for period, hour in wanted if hour]
    return [one for one in found if one is not None and not _is_done(conn, one)]


def _due(conn: Connection, desk: Desk, period: Period, hour: str, now: datetime) -> Due | None:
    """The newest hour that has come. In the night of a change of the clock it is the wall clock's all the same."""
    local = now.astimezone(desk.zone)
    hours, minutes = (int(part) for part in hour.split(":"))
    day = local.date()
    moment = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=desk.zone)
    if moment > local or (period == "weekly" and day.isoweekday() != desk.policy.digest.weekday):
        return None
    first = began_watching(conn)
    if first is not None and first >= moment:  # we were not there yet: nothing can be said of that time
        return None
    until = read_until(conn, period)
    usual = moment - USUAL[period]
    begins = max(until, moment - LONGEST[period]) if until is not None and until < moment else usual
    begins = max(begins, first) if first is not None else begins
    return Due(period, day, begins.astimezone(now.tzinfo), moment.astimezone(now.tzinfo))


def read_until(conn: Connection, period: Period) -> datetime | None:
    """Where the last digest ended."""
    kept = conn.scalar(select(keep.c.value).where(keep.c.key == MARK.format(period)))
    return datetime.fromisoformat(kept) if kept else None


def _is_done(conn: Connection, due: Due) -> bool:
    until = read_until(conn, due.period)
    return (until is not None and until == due.ends) or find_owed(conn, due.id) is not None


def make_digests(conn: Connection, desk: Desk, now: datetime) -> None:
    """Owe the digests that are due; a day on which nothing was to be said is only marked, unless quiet days are told."""
    for due in digests_due(conn, desk, now):
        numbers = gather(conn, due, desk, now)
        speaks = desk.policy.digest.quiet or _has_news(numbers)
        if speaks and not _send(conn, due, numbers, desk, now):
            continue
        insert_or_update(conn, keep, [{"key": MARK.format(due.period), "value": due.ends.isoformat()}])


def _has_news(numbers: Mapping[str, Any]) -> bool:
    """A blind watch is news even on a quiet day; a single blind source is the operator's."""
    return bool(numbers["matters"] or numbers["held"] or numbers["open"] or numbers["gaps"])


def _send(conn: Connection, due: Due, numbers: Mapping[str, Any], desk: Desk, now: datetime) -> bool:
    """False while nobody can be told; it is tried again."""
    settled = _to_officers(due, desk, now)
    if settled.state != "routed":
        return False
    alert = Alert(
        due.id, now, "digest", "", None, Severity.INFO, (), Reason(due.period, f"{due.period} digest", numbers)
    )
    add_alert(conn, alert, now)
    set_state(conn, due.id, "routed", settled.note, to=list(dict.fromkeys(one.receiver for one in settled.targets)))
    owe(conn, due.id, settled.targets, 0, now)
    return True


def _to_officers(due: Due, desk: Desk, now: datetime) -> Settled:
    """Those on duty at this hour; leaders where that is wanted, by ways that the officers do not share with them."""
    settled = settle_route(Severity.INFO, desk, now)
    wanted = desk.policy.digest.leaders if due.period == "daily" else desk.policy.digest.weekly_leaders
    if not wanted or settled.state != "routed":
        return settled
    more = [one for one in reach_gently(desk.roster.leaders(now), desk.channels) if desk.roster.leaders(now)]
    fresh = [one for one in more if one not in settled.targets]
    used = {one.channel for one in settled.targets}
    shared = {channel.id for channel in desk.channels if channel.spec.kind != "email"}
    extra = [one for one in fresh if one.channel not in used & shared]
    return Settled(settled.state, settled.note, (*settled.targets, *extra))


# ------------------------------------------------------------------ what it says, as numbers


def gather(conn: Connection, due: Due, desk: Desk, now: datetime) -> dict[str, Any]:
    """Everything the digest says, fixed when it is made, so that a second attempt says the same. Ids of events and
    alerts, never words: what is forgotten later is not in here."""
    rows = _alerts_between(conn, due)
    told = [row for row in rows if row["kind"] in MATTERS and row["state"] == "routed"]
    matters = list(dict.fromkeys(row["event"] for row in told))
    held = [row["id"] for row in rows if row["kind"] in MATTERS and row["state"] in KEPT_BACK]
    was_deferred = [row["id"] for row in told if (row["note"] or {}).get("code") == "in_digest"]
    proof = read_proof(conn, due.begins, min(due.ends, now))
    return {
        "begins": due.begins.isoformat(), "ends": due.ends.isoformat(), "matters": matters,
        "levels": _levels(told), "held": list(dict.fromkeys([*held, *was_deferred])), "open": _open_matters(conn, now),
        "next": _next_role(desk, now), **show_proof(proof),
    }  # fmt: skip


def show_proof(proof: Proof) -> dict[str, Any]:
    """The proof of watch as JSON."""
    return {
        "sources": proof.sources, "healthy": proof.sources - len(proof.blind),
        "blind": [[one.id, one.since.isoformat() if one.since else None] for one in proof.blind],
        "gaps": [[gap.begins.isoformat(), gap.ends.isoformat()] for gap in proof.gaps],
    }  # fmt: skip


def _alerts_between(conn: Connection, due: Due) -> Sequence[RowMapping]:
    query = select(alerts).where(alerts.c.made > due.begins, alerts.c.made <= due.ends, alerts.c.drill.is_(False))
    return conn.execute(query.order_by(alerts.c.n)).mappings().all()


def _levels(rows: Iterable[RowMapping]) -> dict[str, int]:
    """Matters by their highest level."""
    top: dict[str, Severity] = {}
    for row in rows:
        level = Severity(row["severity"])
        top[row["event"]] = max(level, top.get(row["event"], level), key=lambda one: one.rank)
    counts = {level.value: sum(one is level for one in top.values()) for level in reversed(Severity)}
    return {level: count for level, count in counts.items() if count}


def _open_matters(conn: Connection, now: datetime) -> list[list[str]]:
    """Told matters that are still open: [event, held or unheld], for whoever is on duty next."""
    told = select(alerts.c.event).where(
        alerts.c.kind.in_(MATTERS), alerts.c.state == "routed", alerts.c.drill.is_(False)
    )
    query = (
        select(events.c.id).where(events.c.status == "open", events.c.id.in_(told)).order_by(events.c.last_seen.desc())
    )
    found = []
    for event in conn.scalars(query.limit(30)):
        holding = read_holding(conn, event)
        if holding is None or holding.what != "false_alarm":
            found.append([event, "held" if holding is not None and holding.holds(now) else "unheld"])
    return found


def _next_role(desk: Desk, now: datetime) -> str:
    """When the next officer's duty begins, "" when nobody follows."""
    coming = desk.roster.next_up(now)
    begins = [
        shift.begins for shift in desk.roster.shifts
        if coming and shift.officer == coming[0].id and shift.kind != "leave" and shift.begins > now
    ]  # fmt: skip
    return min(begins).isoformat() if begins else ""
