"""Numbers of the office's work for the briefing: slips and orders on time, reports, facts. Counts only, no words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from alerts.response.slips import Slip, make_slips
from pipeline.store.schema_response import duty_log, facts, handovers, reports, slips


@dataclass(frozen=True, slots=True)
class OnTime:
    """Slips (or orders) of a period. Of those `decided` (answered, or past their deadline) the share `on_time` in
    percent is `rate`, None while nothing is decided."""

    issued: int
    answered: int
    on_time: int
    late: int
    overdue: int
    returned: int
    rate: int | None


@dataclass(frozen=True, slots=True)
class DepartmentOnTime:
    """One department's slips and orders together."""

    department: str
    numbers: OnTime


@dataclass(frozen=True, slots=True)
class OfficeWork:
    """What the office wrote in a period."""

    notices: OnTime
    orders: OnTime
    departments: tuple[DepartmentOnTime, ...]
    first_reports: int
    updates: int
    final_reports: int
    facts_confirmed: int
    facts_denied: int
    log_lines: int
    handovers: int


def read_office_work(conn: Connection, begin: datetime, end: datetime, now: datetime) -> OfficeWork:
    """The numbers of what was issued in [begin, end), as they stand at `now`."""
    found = slips_between(conn, begin, end)
    by_department: dict[str, list[Slip]] = {}
    for slip in found:
        by_department.setdefault(slip.department, []).append(slip)
    rows = [DepartmentOnTime(name, count_on_time(some, now)) for name, some in by_department.items()]
    kinds: dict[str, int] = dict(conn.execute(
        select(reports.c.kind, func.count()).where(reports.c.issued >= begin, reports.c.issued < end).group_by(reports.c.kind)
    ).all())  # fmt: skip
    statuses = _fact_statuses(conn, begin, end)
    return OfficeWork(
        count_on_time((s for s in found if s.kind == "notice"), now),
        count_on_time((s for s in found if s.kind == "order"), now),
        tuple(sorted(rows, key=lambda row: (-row.numbers.issued, row.department))),
        kinds.get("first", 0), kinds.get("update", 0), kinds.get("final", 0),
        statuses.get("confirmed", 0), statuses.get("denied", 0),
        _count(conn, duty_log.c.at, begin, end), _count(conn, handovers.c.at, begin, end),
    )  # fmt: skip


def slips_between(conn: Connection, begin: datetime, end: datetime) -> list[Slip]:
    """Slips and orders issued in [begin, end), in order."""
    query = select(slips).where(slips.c.issued >= begin, slips.c.issued < end).order_by(slips.c.issued)
    return make_slips(conn, conn.execute(query).mappings().all())


def count_on_time(found: Iterable[Slip], now: datetime) -> OnTime:
    """On time is: the first answer came by the deadline that held when it came."""
    some = list(found)
    answered = [slip for slip in some if slip.answers]
    on_time = [slip for slip in answered if not slip.answers[0].late]
    overdue = [slip for slip in some if not slip.answers and slip.due <= now]
    decided = len(answered) + len(overdue)
    returned = sum(any(answer.decision == "returned" for answer in slip.answers) for slip in some)
    return OnTime(
        len(some), len(answered), len(on_time), len(answered) - len(on_time), len(overdue), returned,
        round(100 * len(on_time) / decided) if decided else None,
    )  # fmt: skip


def _fact_statuses(conn: Connection, begin: datetime, end: datetime) -> dict[str, int]:
    """Facts whose present state was written in the period, by state."""
    newest = select(func.max(facts.c.n)).group_by(facts.c.fact)
    query = select(facts.c.status, func.count()).where(facts.c.n.in_(newest), facts.c.at >= begin, facts.c.at < end)
    return dict(conn.execute(query.group_by(facts.c.status)).all())


def _count(conn: Connection, column: object, begin: datetime, end: datetime) -> int:
    return conn.scalar(select(func.count()).where(column >= begin, column < end)) or 0  # type: ignore[operator, arg-type]
