"""One worker, one sender: a lease with a fence, for parts that run as separate processes.

Whoever holds the lease has a number (fence) that only grows. A holder that slept too long finds at its next
write that a higher number was given and writes nothing.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, update

from pipeline.store.engine import writing
from pipeline.store.schema import leases

CLOCK_PLAY = timedelta(seconds=5)  # between two machines that keep time


class LeaseLost(Exception):  # noqa: N818 - says what is the matter
    """Another process has taken over; nothing was written."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease `name` as seen by `holder`, which must be unique to this process."""

    engine: Engine
    name: str
    holder: str

    def acquire(self, now: datetime, ttl: timedelta) -> int | None:
        """The fence, or None while somebody else holds it. Raises StoreUnavailable."""
        with writing(self.engine) as connection:
            row = connection.execute(select(leases).where(leases.c.name == self.name)).mappings().first()
            if row is None:
                connection.execute(insert(leases).values(name=self.name, holder=self.holder, fence=1, until=now + ttl))
                return 1
            if row["holder"] != self.holder and is_held(row["until"], now, ttl) and not is_gone(row["holder"]):
                return None
            fence: int = row["fence"] + 1
            changed = update(leases).where(leases.c.name == self.name)
            connection.execute(changed.values(holder=self.holder, fence=fence, until=now + ttl))
            return fence

    def renew(self, fence: int, now: datetime, ttl: timedelta) -> bool:
        """Hold it longer; False when it was lost. Raises StoreUnavailable."""
        return self._set_end(fence, now + ttl)

    def release(self, fence: int, now: datetime) -> bool:
        """Give it back, so that the next holder need not wait; False when it was lost already."""
        return self._set_end(fence, now)

    def _set_end(self, fence: int, until: datetime) -> bool:
        mine = (leases.c.name == self.name) & (leases.c.holder == self.holder) & (leases.c.fence == fence)
        with writing(self.engine) as connection:
            return connection.execute(update(leases).where(mine).values(until=until)).rowcount == 1


def process_name() -> str:
    """Who this process is, for a lease: machine and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_held(until: datetime, now: datetime, ttl: timedelta) -> bool:
    """True while a lease runs. One that ends later than any that could be given now was given by a clock that has been
    set back since: its holder, if it lives, has renewed it within a second."""
    return now < until <= now + ttl + CLOCK_PLAY


def is_gone(holder: str) -> bool:
    """True when `holder` was a process of this machine that has ended (killed, say), so that its successor need not
    wait for the lease to run out. Of another machine's process nothing is known."""
    host, _, number = holder.rpartition(":")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def check_fence(connection: Connection, name: str, fence: int) -> None:
    """Raises LeaseLost when a higher fence was given for `name`; to be called inside the writing transaction."""
    given = connection.scalar(select(leases.c.fence).where(leases.c.name == name))
    if given != fence:
        raise LeaseLost(f"another process holds the lease {name!r} now (fence {given}, ours is {fence})")
