"""The dead man's switch: an address elsewhere that is pinged every minute while collecting, deciding and sending really work.

Whoever watches that address (Healthchecks, Uptime Kuma, a cron job on another machine) tells the operator when the pings
end, which is the one thing that this machine cannot tell when it is down. What counts is what the parts did lately,
not that their threads are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import structlog
from sqlalchemy import Connection, func, select

from alerts.fenced import LEASE
from alerts.settings import Secret
from crawlers.base import CRAWLED
from crawlers.settings import SourceSpec
from pipeline.store.engine import reading
from pipeline.store.schema import alerts, intake, leases, notifications, sources
from pipeline.store.store import WORKER
from tocsin.house import House
from tocsin.service import Part, loop

EVERY_S, TIMEOUT_S = 60.0, 10.0
STUCK = timedelta(minutes=5)  # the first of the queue still the same, an alert undecided
UNSENT = timedelta(minutes=15)  # a message owed: a burst takes some minutes at twelve a minute
LATE, LATE_CRAWL = timedelta(minutes=15), timedelta(hours=3)  # a polite first crawl of a forum takes hours
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Vitals:
    """What the store says of the parts at one moment. `first` is the number of the queue's first item, `None` when
    it is empty; `late` is the longest that a source is overdue beyond what its kind may take."""

    worker_until: datetime | None
    sender_until: datetime | None
    first: int | None
    undecided: datetime | None
    unsent: datetime | None
    late: timedelta


def read_vitals(conn: Connection, specs: Sequence[SourceSpec], now: datetime) -> Vitals:
    """Look at leases, queue, alerts, messages and due times."""
    until = {row.name: row.until for row in conn.execute(select(leases.c.name, leases.c.until))}
    waiting, queued = alerts.c.state.in_(("pending", "deferred")), notifications.c.state == "queued"
    return Vitals(
        worker_until=until.get(WORKER), sender_until=until.get(LEASE),
        first=conn.scalar(select(func.min(intake.c.n))),
        undecided=conn.execute(select(func.min(alerts.c.due)).where(waiting)).scalar(),
        unsent=conn.execute(select(func.min(notifications.c.due)).where(queued)).scalar(),
        late=read_delay(conn, specs, now),
    )  # fmt: skip


def read_delay(conn: Connection, specs: Sequence[SourceSpec], now: datetime) -> timedelta:
    """How long the most overdue source has been waiting beyond what is usual; negative when all are in time."""
    due = {row.id: row.next_due for row in conn.execute(select(sources.c.id, sources.c.next_due))}
    delays = [
        now - due[spec.id] - (LATE_CRAWL if spec.via in CRAWLED or spec.follow else LATE)
        for spec in specs
        if spec.id in due
    ]
    return max(delays, default=-LATE)


def find_stall(vitals: Vitals, first_since: datetime, now: datetime) -> str:
    """Which part stands still, in one sentence; "" when all work. `first_since`: when the first of the queue was
    first seen there."""
    if vitals.worker_until is None or vitals.worker_until <= now:
        return "no worker is at work"
    if vitals.sender_until is None or vitals.sender_until <= now:
        return "no sender is at work"
    if vitals.first is not None and now - first_since >= STUCK:
        return "the queue stands still"
    if vitals.undecided is not None and now - vitals.undecided >= STUCK:
        return "an alert waits to be decided on"
    if vitals.unsent is not None and now - vitals.unsent >= UNSENT:
        return "a message waits to be sent"
    return "sources are not read at their time" if vitals.late > timedelta(0) else ""


class Heartbeat:
    """One beat a minute: look, and ping when all is well. Remembers how long the queue's first item has been there."""

    def __init__(self, house: House, address: Secret) -> None:
        self.house, self.address = house, address
        self.client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        self.first: int | None = None
        self.first_since = house.clock()

    def beat(self) -> bool:
        """True when the address was pinged and answered. The address is a secret and is in no log."""
        now = self.house.clock()
        with reading(self.house.engine) as conn:
            vitals = read_vitals(conn, self.house.config.sources, now)
        if vitals.first != self.first:
            self.first, self.first_since = vitals.first, now
        stall = find_stall(vitals, self.first_since, now)
        if stall:
            log.error("heartbeat withheld", said=stall)
            return False
        return self._ping()

    def _ping(self) -> bool:
        try:
            response = self.client.get(self.address.reveal())
        except LookupError as error:
            log.warning("heartbeat not sent", said=str(error.args[0]))
            return False
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            log.warning("heartbeat not sent", said=type(error).__name__)
            return False
        if not response.is_success:
            log.warning("heartbeat not taken", status=response.status_code)
        return response.is_success


def heartbeat_part(house: House) -> Part | None:
    """A part that beats every minute; None when no address is configured."""
    address = house.config.alerting.heartbeat
    return loop(Heartbeat(house, address).beat, EVERY_S, "heartbeat") if address else None
