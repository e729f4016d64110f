"""`absence`: a source, or most of the watch, is blind. Told to the operator, once for each stretch of blindness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from alerts.rounds import notify_operator
from alerts.settings import RuleSpec
from pipeline.model import Reason, Severity
from pipeline.store.schema import sources

MANY = 3  # so many blind at once, and at least half of all, is one notice about the watch


@dataclass(frozen=True, slots=True)
class Blind:
    """A source that gives nothing: since when (None: it never gave anything), and why in one sentence."""

    source: str
    since: datetime | None
    said: str


def find_blind(conn: Connection, rule: RuleSpec, now: datetime) -> tuple[list[Blind], int]:
    """Sources without a successful reading in the rule's window, and those whose health says that they are silent;
    also how many sources there are."""
    rows = conn.execute(select(sources).order_by(sources.c.id)).mappings().all()
    blind = []
    for row in rows:
        unread = row["last_ok"] is not None and now - row["last_ok"] >= rule.span
        never = row["last_ok"] is None and row["failures"] > 0 and row["health"] in ("failing", "refused")
        if unread or never or row["health"] == "silent":
            since = row["last_new"] if row["health"] == "silent" else row["last_ok"]
            blind.append(Blind(row["id"], since, row["said"]))
    return blind, len(rows)


def notify_blind(conn: Connection, rules: Sequence[RuleSpec], now: datetime) -> int:
    """Owe the operator what the absence rules find; returns how many notices are new."""
    new = 0
    for rule in rules:
        if rule.kind != "absence":
            continue
        blind, every = find_blind(conn, rule, now)
        if len(blind) >= MANY and 2 * len(blind) >= every:
            new += _notify_watch(conn, rule, len(blind), every, now)
        else:
            new += sum(_notify_source(conn, rule, one, now) for one in blind)
    return new


def _notify_watch(conn: Connection, rule: RuleSpec, blind: int, every: int, now: datetime) -> bool:
    """At most once a day: most sources failing together is our own network or ourselves."""
    text = f"{blind} of {every} sources give nothing"
    reason = Reason("watch_blind", text, {"blind": blind, "all": every, "rule": rule.id})
    return notify_operator(conn, f"watch {now.date().isoformat()}", reason, Severity.SERIOUS, now)


def _notify_source(conn: Connection, rule: RuleSpec, one: Blind, now: datetime) -> bool:
    since = one.since.isoformat(timespec="minutes") if one.since else "the beginning"
    numbers = {"source": one.source, "since": since, "said": one.said, "rule": rule.id}
    reason = Reason("source_blind", f"source {one.source} has given nothing since {since}: {one.said}", numbers)
    return notify_operator(conn, f"{rule.id} {one.source} {since}", reason, rule.severity, now)
