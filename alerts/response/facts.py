"""The fact box of an event: what is known, from whom, since when, and whether it is confirmed. History is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Column, Connection, func, insert, select

from alerts.plain import plain
from alerts.response.wording import Pen, family
from alerts.taps import Refused
from pipeline.store.schema_response import facts

Status = Literal["unconfirmed", "confirmed", "denied"]
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Fact:
    """One state of a fact. `role` is who wrote it down, `source` who says so, `happened` when it was so."""

    n: int
    fact: str
    event: str
    at: datetime
    role: str
    status: str
    words: str
    source: str
    happened: datetime | None


def put_fact(
    conn: Connection, event: str, words: str, source: str, status: str, role: str, pen: Pen, now: datetime,
    happened: datetime | None = None, fact: str | None = None,
) -> str | Refused:  # fmt: skip
    """Write a fact down, or (with `fact`) its new state; returns its id."""
    if status not in STATUSES:
        return Refused("a fact is unconfirmed, confirmed or denied")
    if not words.strip() or not source.strip():
        return Refused("a fact needs a sentence and its source")
    said, whose = pen.read(conn, words, event, 300), pen.read(conn, source, event, 80)
    for one in (said, whose):
        if isinstance(one, Refused):
            return one
    if fact is not None and not any(known.fact == fact for known in list_facts(conn, event)):
        return Refused("this fact is not kept any more")
    key = fact or secrets.token_hex(6)
    row = {"fact": key, "event": event, "at": now, "role": plain(role, 40), "status": status, "happened": happened}
    conn.execute(insert(facts).values(words=said, source=whose, **row))
    return key


def list_facts(conn: Connection, event: str) -> list[Fact]:
    """The facts of an event as they stand, in the order of their first writing."""
    mine = facts.c.event.in_(family(conn, event))
    newest = select(func.max(facts.c.n)).where(mine).group_by(facts.c.fact)
    first = select(facts.c.fact, func.min(facts.c.n).label("n")).where(mine).group_by(facts.c.fact).subquery()
    query = select(*_columns()).where(facts.c.n.in_(newest)).join(first, first.c.fact == facts.c.fact)
    return [Fact(*row) for row in conn.execute(query.order_by(first.c.n))]


def fact_history(conn: Connection, event: str) -> list[Fact]:
    """Every state of every fact of an event, in order."""
    query = select(*_columns()).where(facts.c.event.in_(family(conn, event))).order_by(facts.c.n)
    return [Fact(*row) for row in conn.execute(query)]


def _columns() -> list[Column[Any]]:
    return [facts.c[name] for name in Fact.__slots__]
