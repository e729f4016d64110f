"""Proof of watch: when the whole chain was at work, when it was not, and which sources are blind.

A stretch is lengthened once a minute by the sender while sources are being read and items are being worked off. What
lies between stretches was not watched, whatever the reason: a stopped service, a dead collector, a clock that jumped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.store.schema import leases, sources
from pipeline.store.schema_telling import watch

HOLE = timedelta(minutes=15)  # what is shorter is a restart; sources are read minutes apart anyway
UNREAD = timedelta(minutes=45)
KEPT = timedelta(days=60)
WORKER = "worker"
BLIND = ("failing", "silent", "refused")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, `begins` to `ends`."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class BlindSource:
    """A source that gives nothing, and since when (None: it never gave anything)."""

    id: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Proof:
    """How well we watched in a period: sources in all, blind ones, stretches without watching."""

    sources: int
    blind: tuple[BlindSource, ...]
    gaps: tuple[Stretch, ...]

    @property
    def is_whole(self) -> bool:
        """True when nothing was missed that we know of."""
        return not self.blind and not self.gaps


def note_watch(conn: Connection, now: datetime) -> bool:
    """Lengthen the present stretch when the whole chain works; called about once a minute. False when it does not."""
    if not is_watching(conn, now):
        return False
    last = conn.execute(select(watch).order_by(watch.c.ends.desc()).limit(1)).mappings().first()
    if last is None or now - last["ends"] > HOLE or now < last["begins"]:
        conn.execute(insert(watch).values(begins=now, ends=now))
        conn.execute(delete(watch).where(watch.c.ends < now - KEPT))
    elif now > last["ends"]:
        conn.execute(update(watch).where(watch.c.n == last["n"]).values(ends=now))
    return True


def is_watching(conn: Connection, now: datetime) -> bool:
    """True while sources are read (or there is none to read) and a worker that once worked still does."""
    last_run, shortest = conn.execute(select(func.max(sources.c.last_run), func.min(sources.c.interval_s))).one()
    if last_run is not None:
        rhythm = timedelta(seconds=2 * (shortest or 0))
        if now - last_run > max(UNREAD, rhythm):
            return False
    until = conn.scalar(select(leases.c.until).where(leases.c.name == WORKER))
    return until is None or now - until <= HOLE


def read_proof(conn: Connection, begin: datetime, end: datetime) -> Proof:
    """What is known of the watch between `begin` and `end`."""
    rows = conn.execute(select(sources).order_by(sources.c.id)).mappings().all()
    blind = [BlindSource(row["id"], _since(row)) for row in rows if row["health"] in BLIND]
    return Proof(len(rows), tuple(blind), tuple(find_gaps(read_stretches(conn, begin, end), begin, end)))


def _since(row: object) -> datetime | None:
    found: datetime | None = row["last_new"] if row["health"] == "silent" else row["last_ok"]  # type: ignore[index]
    return found


def read_stretches(conn: Connection, begin: datetime, end: datetime) -> list[Stretch]:
    """Stretches that touch the period, in order."""
    rows = conn.execute(
        select(watch.c.begins, watch.c.ends)
        .where(watch.c.ends >= begin, watch.c.begins <= end)
        .order_by(watch.c.begins)
    )
    return [Stretch(row.begins, row.ends) for row in rows]


def began_watching(conn: Connection) -> datetime | None:
    """The beginning of the first stretch that is kept, None when there is none."""
    first: datetime | None = conn.scalar(select(func.min(watch.c.begins)))
    return first


def find_gaps(stretches: Sequence[Stretch], begin: datetime, end: datetime) -> list[Stretch]:
    """Stretches of the period that no watching covers, shorter ones than `HOLE` left out. Pure."""
    ends, edges = begin, [Stretch(begin, begin)]
    for one in stretches:
        edges.append(Stretch(max(one.begins, begin), max(ends, min(one.ends, end))))
        ends = edges[-1].ends
    edges.append(Stretch(end, end))
    return [Stretch(left.ends, right.begins) for left, right in pairwise(edges) if right.begins - left.ends > HOLE]
