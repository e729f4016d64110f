"""Proposals of a briefing, and what came of those of the period before."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select, update

from dashboards.briefing.values import Proposal
from pipeline.store.audit import append_audit
from pipeline.store.schema_briefing import briefing_proposals as table

Status = Literal["open", "doing", "done", "dropped"]
STATUSES: tuple[Status, ...] = get_args(Status)
MOST, LONGEST = 20, 400


def read_proposals(connection: Connection, period: str) -> list[Proposal]:
    """The proposals made for a period, in order."""
    query = select(table.c.n, table.c.text, table.c.status, table.c.reply).where(table.c.period == period)
    return [Proposal(*row) for row in connection.execute(query.order_by(table.c.n))]


def add_proposal(connection: Connection, period: str, text: str, who: str, now: datetime) -> str | None:
    """Store a proposal (`text` is masked); a sentence when it cannot be. Audited."""
    text = " ".join(text.split())[:LONGEST]
    if not text:
        return "A proposal needs words."
    if len(read_proposals(connection, period)) >= MOST:
        return "There are twenty proposals already."
    connection.execute(insert(table).values(period=period, text=text, status="open", reply="", at=now, who=who))
    append_audit(connection, now, who, "briefing_propose", period)
    return None


def answer_proposal(
    connection: Connection, number: int, status: str, reply: str, who: str, now: datetime
) -> str | None:
    """Say what came of a proposal (`reply` is masked); a sentence when it cannot be. Audited."""
    if status not in STATUSES:
        return "There is no such status."
    values = {"status": status, "reply": " ".join(reply.split())[:LONGEST]}
    changed = connection.execute(update(table).where(table.c.n == number).values(values))
    if not changed.rowcount:
        return "There is no such proposal."
    append_audit(connection, now, who, "briefing_follow", str(number), status)
    return None
