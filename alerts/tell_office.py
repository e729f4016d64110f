"""To whom a reminder goes that belongs to a case or a slip, and not to an alert of its event."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from alerts.acks import follow_merger
from alerts.outbox import Owed
from alerts.roster import Officer
from alerts.route import describe_matter, reach_asked_department, route_duty
from alerts.settle import RETRY, Desk, Settled
from pipeline.model import Reason
from pipeline.store.schema import events


def tell_office(
    conn: Connection, owed: Owed, event: str, department: str, people: Sequence[Officer], desk: Desk, now: datetime
) -> Settled:  # fmt: skip
    """To the office, and to the contact of the department that was asked where the routes lead to departments."""
    targets = route_duty(people, desk.channels)
    row = conn.execute(select(events.c.topic, events.c.place).where(events.c.id == follow_merger(conn, event))).first()
    spec = desk.policy.department_called(department)
    if row is not None and spec is not None:
        matter = describe_matter(desk.policy, owed.alert.severity, row.topic, row.place or "")
        targets += reach_asked_department(desk.policy, replace(matter, department=spec), desk.channels)
    if not targets:
        return Settled("pending", Reason("no_channel", "no channel can be used"), due=now + RETRY)
    return Settled("routed", Reason("routed", "on its way", {"to": [one.receiver for one in targets]}), targets)
