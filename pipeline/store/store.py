"""The state of record as the collector and the worker use it: each method is one transaction.

Everything raises StoreUnavailable (full disk, locked, gone) after a rollback; what was asked for can be asked again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from pipeline.ingest import Known, Waiting
from pipeline.model import Alert, Decision, Event, Outcome, Screened, VoiceToken
from pipeline.store import intake, resume, ways_in
from pipeline.store.engine import reading, writing
from pipeline.store.lease import check_fence
from pipeline.store.outcomes import save_events, save_outcomes
from pipeline.store.rows import Stored
from pipeline.store.schema import robots, sightings, sources, voice_keys
from pipeline.store.statements import insert_or_skip, insert_or_update

WORKER = "worker"
KNOWN_ITEMS = 5_000


class SqlStore:
    """The tables behind plain values; safe to use from several threads on a file or a server.

    `link_life` is how long the sealed link of a private voice is kept.
    """

    def __init__(self, engine: Engine, link_life: timedelta = timedelta(days=14)) -> None:
        self.engine = engine
        self._link_life = link_life

    # ---------------------------------------------------------------- the collector's side

    def source_rows(self) -> list[dict[str, Any]]:
        """The state of every source that was ever read, as columns of `sources`."""
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(select(sources)).mappings()]

    def put_source(self, values: Mapping[str, Any]) -> None:
        """Store the state of one source that brought nothing; `values` are columns, at least `id`,
        `next_due` and `interval_s`; those that are not given keep what they were."""
        with writing(self.engine) as connection:
            intake.write_source(connection, values)

    def put_sources(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store the states of several sources that brought nothing, all or none; all rows have the same columns."""
        with writing(self.engine) as connection:
            intake.write_sources(connection, rows)

    def enqueue(self, source: Mapping[str, Any], screened: Sequence[Screened], now: datetime) -> int:
        """Store the new state of a source together with what it brought; returns how many items are new or edited.

        Already known items are only sighted, forgotten ones do not come back.
        """
        with writing(self.engine) as connection:
            intake.write_source(connection, source)
            return intake.enqueue(connection, source["id"], screened, now, self._link_life)

    def push(
        self, source: Mapping[str, Any], nonce: str, screened: Sequence[Screened], now: datetime
    ) -> list[bool] | None:
        """Store what others brought, once for each nonce; for every item whether the worker will see it.

        None when a post with this nonce was stored before."""
        with writing(self.engine) as connection:
            if nonce and not ways_in.spend_nonce(connection, source["id"], nonce, now):
                return None
            return ways_in.take_pushed(connection, source, screened, now, self._link_life)

    def known_items(self, source: str) -> frozenset[str]:
        """Ids of the last KNOWN_ITEMS items that `source` gave: their pages need not be read again."""
        mine = select(sightings.c.item).where(sightings.c.source == source)
        with reading(self.engine) as connection:
            return frozenset(connection.scalars(mine.order_by(sightings.c.seen.desc()).limit(KNOWN_ITEMS)))

    def robots_row(self, origin: str) -> dict[str, Any] | None:
        """What is remembered of the robots.txt of `origin`, as columns of `robots`."""
        with reading(self.engine) as connection:
            row = connection.execute(select(robots).where(robots.c.origin == origin)).mappings().first()
            return None if row is None else dict(row)

    def put_robots(self, values: Mapping[str, Any]) -> None:
        """Remember a robots.txt; `values` are columns, at least `origin` and `fetched`."""
        with writing(self.engine) as connection:
            insert_or_update(connection, robots, [dict(values)])

    def voice_key(self, day: str, fresh: bytes) -> bytes:
        """The key of `day` (ISO date); `fresh` becomes it when there is none yet, whoever comes first."""
        with writing(self.engine) as connection:
            insert_or_skip(connection, voice_keys, [{"day": day, "secret": fresh}])
            return bytes(connection.scalar(select(voice_keys.c.secret).where(voice_keys.c.day == day)) or b"")

    # ---------------------------------------------------------------- the worker's side

    def waiting(self, limit: int, *, history: bool = False) -> list[Waiting]:
        """The first items of the queue in ingest order; with `history` only what first fetches brought, in the order
        of publishing. A row that nobody can read is logged and taken out."""
        with reading(self.engine) as connection:
            found, broken = intake.read_waiting(connection, limit, history)
        if broken:
            with writing(self.engine) as connection:
                intake.delete_waiting(connection, broken)
        return found

    def park(self, number: int, why: str) -> None:
        """Take one row of the queue aside; `why` names the error, never the text."""
        with writing(self.engine) as connection:
            intake.park_waiting(connection, number, why)

    def voices_of(self, ids: Sequence[str]) -> dict[str, tuple[VoiceToken, ...]]:
        """The voice tokens of items, as long as their keys live."""
        found: dict[str, list[VoiceToken]] = defaultdict(list)
        with reading(self.engine) as connection:
            for item, token in intake.read_voices(connection, ids):
                found[item].append(token)
        return {item: tuple(tokens) for item, tokens in found.items()}

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Those of `ids` that are stored already (an item that comes again is an edit)."""
        with reading(self.engine) as connection:
            return dict(resume.read_known(connection, ids))

    def save(
        self, outcomes: Sequence[Outcome], done: Sequence[int], now: datetime | None = None, fence: int | None = None
    ) -> None:
        """Store everything a batch caused and take the rows `done` out of the queue.

        With a `fence`, raises LeaseLost and writes nothing when another worker has taken over.
        """
        with writing(self.engine) as connection:
            if fence is not None:
                check_fence(connection, WORKER, fence)
            save_outcomes(connection, outcomes, now)
            intake.delete_waiting(connection, done)

    def save_closed(
        self, closed: Sequence[tuple[Event, Decision | None]], now: datetime, fence: int | None = None
    ) -> None:
        """Store events that changed without an item (they went quiet), and what is to be told of it."""
        with writing(self.engine) as connection:
            if fence is not None:
                check_fence(connection, WORKER, fence)
            save_events(connection, [(event, decision, now) for event, decision in closed])

    # ---------------------------------------------------------------- rebuilding memory

    def resume(self, since: datetime) -> Iterator[Stored]:
        """Documents seen at or after `since`, in ingest order."""
        return resume.read_documents(self.engine, since)

    def told(self, since: datetime) -> dict[str, tuple[Alert, ...]]:
        """Alerts at or after `since` by (kept) event."""
        with reading(self.engine) as connection:
            return resume.read_told(connection, since)

    def events(self, since: datetime) -> list[Event]:
        """Events that are open or had an item at or after `since`."""
        with reading(self.engine) as connection:
            return list(resume.read_events(connection, since))

    def event_sources(self, event: str) -> list[tuple[str, str]]:
        """The distinct (source, source kind) of an event, since its beginning."""
        with reading(self.engine) as connection:
            return list(resume.read_event_sources(connection, event))

    def arrival_hours(self, since: datetime) -> dict[datetime, int]:
        """Stories by hour of arrival."""
        with reading(self.engine) as connection:
            return resume.read_arrivals(connection, since)
