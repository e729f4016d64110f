"""Whether the watch itself is healthy: sources, queue, lag. Proof that a quiet day is quiet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from crawlers.base import PUSHED
from crawlers.settings import SourceSpec
from dashboards.queries.volume import items_by_source
from pipeline.store.schema import changes, documents, intake, leases, notifications, sources
from pipeline.store.store import WORKER

NEVER_RUN = timedelta(hours=1)  # a source that was never read for so long after it should have been is blind


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source and how it is. `state`: healthy, blind, silent, refused, new, off (no longer configured)."""

    id: str
    name: str
    kind: str
    via: str
    url: str
    state: str
    last_run: datetime | None
    last_ok: datetime | None
    last_new: datetime | None
    next_due: datetime | None
    interval_s: int | None
    failures: int
    said: str
    items_day: int


@dataclass(frozen=True, slots=True)
class Watch:
    """The health of the watch in numbers. `blind` are sources that cannot be read now, longest first.

    `last_item` is when the last item was seen; `queue` are items waiting for the worker; `oldest_message` is how
    long the oldest unsent message has been owed.
    """

    total: int
    healthy: int
    blind: tuple[SourceRow, ...]
    silent: tuple[SourceRow, ...]
    last_run: datetime | None
    last_item: datetime | None
    queue: int
    owed: int
    dead: int

    @property
    def whole(self) -> bool:
        """True when every source can be read and no message is stuck."""
        return not self.blind and not self.dead and self.total > 0


def source_rows(conn: Connection, specs: Iterable[SourceSpec], now: datetime) -> list[SourceRow]:
    """Every configured source with its state, and stored ones that are no longer configured, worst first."""
    stored = {row.id: row for row in conn.execute(select(sources))}
    day = items_by_source(conn, now - timedelta(days=1))
    rows = [make_source(spec, stored.pop(spec.id, None), day.get(spec.id, 0), now) for spec in specs]
    rows += [left_over(row, day.get(row.id, 0)) for row in stored.values()]
    order = {"blind": 0, "refused": 1, "silent": 2, "new": 3, "healthy": 4, "off": 5}
    return sorted(rows, key=lambda r: (order.get(r.state, 3), r.name or r.id))


def make_source(spec: SourceSpec, row: object, items: int, now: datetime) -> SourceRow:
    """One configured source; `row` is its stored state or None before its first run."""
    return SourceRow(
        id=spec.id, name=spec.name or spec.id, kind=spec.kind, via=spec.via, url=spec.url, state=state_of(row, now),
        last_run=getattr(row, "last_run", None), last_ok=getattr(row, "last_ok", None),
        last_new=getattr(row, "last_new", None), next_due=None if spec.via in PUSHED else getattr(row, "next_due", None),
        interval_s=getattr(row, "interval_s", None), failures=getattr(row, "failures", 0),
        said=getattr(row, "said", ""), items_day=items,
    )  # fmt: skip


def left_over(row: object, items: int) -> SourceRow:
    """A source that has state but is not configured any more."""
    spec = SourceSpec(id=row.id, url="", kind="other")  # type: ignore[attr-defined]  # a row of `sources`
    made = make_source(spec, row, items, row.next_due)  # type: ignore[attr-defined]
    return SourceRow(**{name: getattr(made, name) for name in made.__slots__} | {"state": "off"})


def state_of(row: object, now: datetime) -> str:
    """The reader's word for a stored health."""
    if row is None:
        return "new"
    health = getattr(row, "health", "new")
    if health == "new" and getattr(row, "next_due", now) < now - NEVER_RUN:
        return "blind"
    return {"failing": "blind"}.get(health, health)


def watch_health(conn: Connection, rows: Iterable[SourceRow]) -> Watch:
    """The watch in numbers, from the source rows and the queues."""
    known = [row for row in rows if row.state != "off"]
    blind = [r for r in known if r.state in {"blind", "refused"}]
    states = message_states(conn)
    return Watch(
        total=len(known),
        healthy=sum(r.state in {"healthy", "silent"} for r in known),
        blind=tuple(sorted(blind, key=lambda r: (r.last_ok is not None, r.last_ok or r.last_run))),
        silent=tuple(r for r in known if r.state == "silent"),
        last_run=max((r.last_run for r in known if r.last_run), default=None),
        last_item=last_item(conn),
        queue=conn.scalar(select(func.count()).select_from(intake)) or 0,
        owed=states.get("queued", 0) + states.get("sending", 0),
        dead=states.get("dead", 0),
    )


def last_item(conn: Connection) -> datetime | None:
    """When the newest item was seen: the real age of everything shown."""
    newest: datetime | None = conn.scalar(select(func.max(documents.c.seen)))
    return newest


def message_states(conn: Connection) -> Mapping[str, int]:
    """Messages by state, from the state index."""
    query = select(notifications.c.state, func.count()).group_by(notifications.c.state)
    return dict(conn.execute(query).all())


def oldest_waiting(conn: Connection) -> datetime | None:
    """When the oldest message that is still owed was due."""
    query = select(func.min(notifications.c.due)).where(notifications.c.state.in_(("queued", "sending")))
    oldest: datetime | None = conn.scalar(query)
    return oldest


def holders(conn: Connection, now: datetime) -> Mapping[str, bool]:
    """Which single roles (worker, sender) somebody holds at the moment."""
    return {name: until > now for name, until in conn.execute(select(leases.c.name, leases.c.until))}


def worker_until(conn: Connection) -> datetime | None:
    """When the worker's lease runs (or ran) out; None when no worker ever worked on this store."""
    until: datetime | None = conn.scalar(select(leases.c.until).where(leases.c.name == WORKER))
    return until


def last_change(conn: Connection) -> int:
    """The number of the last change, 0 for none; the live stream follows it."""
    return conn.scalar(select(func.max(changes.c.n))) or 0
