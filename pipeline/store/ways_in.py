"""What others bring: signed posts, each once, and addresses that staff reported until they have been read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.model import Screened
from pipeline.store import intake
from pipeline.store.schema_ways_in import inbox_nonces, staff_reports

NONCE_LIFE = timedelta(minutes=15)
REPORT_LIFE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Report:
    """A reported address that waits. `sealed` is the address, encrypted."""

    number: int
    sealed: bytes
    tries: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What became of a report, for its reader: a host, never the address."""

    number: int
    at: datetime
    host: str
    state: str
    said: str


def spend_nonce(connection: Connection, source: str, nonce: str, now: datetime) -> bool:
    """False when this post was seen before; old ones are dropped."""
    connection.execute(delete(inbox_nonces).where(inbox_nonces.c.at < now - NONCE_LIFE))
    seen = select(inbox_nonces.c.at).where(inbox_nonces.c.source == source, inbox_nonces.c.nonce == nonce)
    if connection.scalar(seen) is not None:
        return False
    connection.execute(insert(inbox_nonces).values(source=source, nonce=nonce, at=now))
    return True


def take_pushed(
    connection: Connection, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime, life: timedelta
) -> list[bool]:
    """Store what was brought, with the state of its source where there is one (staff reports have none).

    For each item whether the worker will see it.
    """
    known = intake.load_known(connection, screened)
    fresh: list[bool] = []
    for one in screened:
        document = one.document
        buried = document.id in known.buried or document.fingerprint in known.buried
        new = not buried and known.is_news(source["id"], one)
        fresh.append(new)
        if new:
            known.take(source["id"], document)
            known.sighted[document.id][source["id"]] = document.fingerprint
    if "next_due" in source:
        intake.write_source(connection, source)
    intake.enqueue(connection, source["id"], screened, now, life)
    return fresh


def put_report(connection: Connection, host: str, sealed: bytes, now: datetime) -> int:
    """Remember an address until it has been read; reports older than a fortnight go."""
    connection.execute(delete(staff_reports).where(staff_reports.c.at < now - REPORT_LIFE))
    row = {"at": now, "due": now, "host": host, "sealed": sealed, "state": "waiting", "tries": 0, "said": ""}
    number = connection.execute(insert(staff_reports).values(**row)).inserted_primary_key
    return int(number[0]) if number else 0


def due_reports(connection: Connection, now: datetime, limit: int = 10) -> list[Report]:
    """Addresses whose turn it is, oldest first."""
    wanted = select(staff_reports.c.n, staff_reports.c.sealed, staff_reports.c.tries)
    wanted = (
        wanted.where(staff_reports.c.state == "waiting", staff_reports.c.due <= now)
        .order_by(staff_reports.c.n)
        .limit(limit)
    )
    return [Report(n, bytes(sealed or b""), tries) for n, sealed, tries in connection.execute(wanted)]


def settle_report(connection: Connection, number: int, state: str, said: str, again: datetime | None = None) -> None:
    """Note what became of a report. Unless it is tried `again`, its address is forgotten."""
    values: dict[str, Any] = {"state": state, "said": said, "tries": staff_reports.c.tries + 1}
    values |= {"due": again} if again else {"sealed": None}
    connection.execute(update(staff_reports).where(staff_reports.c.n == number).values(**values))


def drop_old_ways(connection: Connection, now: datetime) -> None:
    """Reports and nonces that have served their time, whether new ones come or not."""
    connection.execute(delete(staff_reports).where(staff_reports.c.at < now - REPORT_LIFE))
    connection.execute(delete(inbox_nonces).where(inbox_nonces.c.at < now - NONCE_LIFE))


def last_reports(connection: Connection, limit: int = 10) -> list[ReportRow]:
    """What became of the last reports, newest first."""
    wanted = select(
        staff_reports.c.n, staff_reports.c.at, staff_reports.c.host, staff_reports.c.state, staff_reports.c.said
    )
    return [ReportRow(*row) for row in connection.execute(wanted.order_by(staff_reports.c.n.desc()).limit(limit))]


def count_reports(connection: Connection, since: datetime) -> int:
    """How many addresses were reported since then."""
    return connection.scalar(select(func.count()).select_from(staff_reports).where(staff_reports.c.at >= since)) or 0
