"""The stored history that rules are tried on: what is read for it, and what in it is no longer as it was."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from pipeline.counts import floor_hour
from pipeline.model import VoiceToken
from pipeline.store.intake import read_voices
from pipeline.store.regrouping import read_splits
from pipeline.store.resume import read_arrivals
from pipeline.store.rows import Stored, read_stored
from pipeline.store.schema import alerts, corrections, documents, events, voice_tokens
from pipeline.store.schema_telling import voice_hours
from pipeline.store.statements import in_chunks

ARRIVALS = timedelta(weeks=9)
PAGE = 1000
Page = list[tuple[Stored, tuple[VoiceToken, ...]]]


@dataclass(slots=True)
class Changed:
    """Events of which something was changed after it had been judged, by what: `merged`, `split`, `edited`, `corrected`."""

    events: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def of(self, event: str) -> list[str]:
        """The codes of `event`, in a fixed order."""
        return sorted(self.events.get(event, ()))

    def shaped(self, events: Iterable[str]) -> bool:
        """True when one of `events` was merged or taken apart since: then it was, or was not, like others."""
        return any(not {"merged", "split"}.isdisjoint(self.events.get(event, ())) for event in events)


@dataclass(frozen=True, slots=True)
class History:
    """What a backtest reads. `begin` is the first moment that counts; items come from `since` on. `maxima`: by event and
    hour the highest 24-hour count of voices. `sounded`: events somebody was really told of.
    `exact_from`: from when tokens are whole, None when there are none."""

    connection: Connection
    begin: datetime
    since: datetime
    until: datetime
    total: int
    first: datetime | None
    maxima: dict[str, dict[datetime, int]]
    exact_from: datetime | None
    arrivals: dict[datetime, int]
    apart: tuple[tuple[str, str], ...]
    titles: dict[str, str]
    changed: Changed
    blank: bool
    sent: int
    sounded: frozenset[str]

    def pages(self) -> Iterator[Page]:
        """The items in ingest order, with their living voice tokens."""
        after = 0
        inside = documents.c.seen >= self.since, documents.c.seen <= self.until
        while True:
            query = select(documents).where(documents.c.n > after, *inside).order_by(documents.c.n).limit(PAGE)
            rows = self.connection.execute(query).mappings().all()
            if rows:
                after = rows[-1]["n"]
                yield self._with_tokens([read_stored(row) for row in rows])
            if len(rows) < PAGE:
                return

    def _with_tokens(self, page: list[Stored]) -> Page:
        found: dict[str, list[VoiceToken]] = defaultdict(list)
        if self.exact_from is not None and page[-1].document.seen >= self.exact_from - timedelta(days=2):
            for item, token in read_voices(self.connection, [one.document.id for one in page]):
                found[item].append(token)
        return [(one, tuple(found.get(one.document.id, ()))) for one in page]


def open_history(connection: Connection, begin: datetime, since: datetime, until: datetime) -> History:
    """Everything but the items themselves."""
    since = floor_hour(since)
    inside = documents.c.seen >= since, documents.c.seen <= until
    first = connection.scalar(select(func.min(documents.c.seen)).where(documents.c.seen >= begin))
    blank = select(func.count()).where(documents.c.seen >= begin, documents.c.seen <= until, documents.c.text == "")
    titles = select(events.c.id, events.c.title).where(events.c.last_seen >= since)
    return History(
        connection, begin, since, until,
        total=connection.scalar(select(func.count()).select_from(documents).where(*inside)) or 0,
        first=first,
        maxima=read_maxima(connection, since),
        exact_from=find_exact(connection),
        arrivals=read_volume(connection, since),
        apart=tuple(read_splits(connection)),
        titles={row.id: row.title for row in connection.execute(titles)},
        changed=find_changed(connection, since),
        blank=bool(connection.scalar(blank)),
        sent=count_sent(connection, begin, until),
        sounded=find_sounded(connection, since),
    )  # fmt: skip


def count_sent(connection: Connection, begin: datetime, until: datetime) -> int:
    """How many alerts about events the service really made in these days, closings left out."""
    mine = alerts.c.at >= begin, alerts.c.at <= until, alerts.c.event.is_not(None), alerts.c.drill.is_(False)
    told = alerts.c.kind.in_(("first", "severity", "reach", "threshold", "reopened"))
    return connection.scalar(select(func.count()).select_from(alerts).where(*mine, told)) or 0


def find_sounded(connection: Connection, since: datetime) -> frozenset[str]:
    """Events that somebody was really told of since then; what was merged counts for what it is part of now."""
    home = func.coalesce(events.c.merged_into, alerts.c.event)
    query = select(home).select_from(alerts.join(events, events.c.id == alerts.c.event)).where(alerts.c.at >= since)
    return frozenset(connection.scalars(query.distinct()))


def read_maxima(connection: Connection, since: datetime) -> dict[str, dict[datetime, int]]:
    """The highest 24-hour counts of voices; what was merged counts for what it is part of now."""
    home = func.coalesce(events.c.merged_into, voice_hours.c.event)
    joined = voice_hours.outerjoin(events, events.c.id == voice_hours.c.event)
    query = (
        select(home, voice_hours.c.hour, voice_hours.c.voices).select_from(joined).where(voice_hours.c.hour >= since)
    )
    found: dict[str, dict[datetime, int]] = defaultdict(dict)
    for event, hour, voices in connection.execute(query):
        found[event][hour] = max(voices, found[event].get(hour, 0))
    return found


def find_exact(connection: Connection) -> datetime | None:
    """From when on a count over 24 hours finds the tokens of all its items: the day after the oldest living key's."""
    oldest = connection.scalar(select(func.min(voice_tokens.c.day)))
    return None if oldest is None else datetime.fromisoformat(oldest).replace(tzinfo=UTC) + timedelta(days=1)


def read_volume(connection: Connection, since: datetime) -> dict[datetime, int]:
    """Stories by hour before `since`, without what later first looks brought of that time."""
    hours = {hour: count for hour, count in read_arrivals(connection, since - ARRIVALS).items() if hour < since}
    late = select(documents.c.published).where(
        documents.c.seen >= since, documents.c.history.is_(True), documents.c.duplicate_of.is_(None),
        documents.c.published < since, documents.c.published >= since - ARRIVALS,
    )  # fmt: skip
    for hour, count in Counter(floor_hour(moment) for moment in connection.scalars(late)).items():
        hours[hour] = max(0, hours.get(hour, 0) - count)
    return hours


def find_changed(connection: Connection, since: datetime) -> Changed:
    """Which events are not what they were when they were judged."""
    changed = Changed()
    merged = select(events.c.merged_into).where(events.c.merged_into.is_not(None), events.c.last_seen >= since)
    edited = select(documents.c.event).where(documents.c.version > 1, documents.c.seen >= since)
    said = select(corrections.c.document, corrections.c.event, corrections.c.field).where(corrections.c.at >= since)
    for event in connection.scalars(merged):
        changed.events[event].add("merged")
    for event in connection.scalars(edited.where(documents.c.event.is_not(None)).distinct()):
        changed.events[event].add("edited")
    for one, other in read_splits(connection):
        changed.events[one].add("split")
        changed.events[other].add("split")
    touched = [
        row.document for row in connection.execute(said) if row.document and row.field in ("label", "topic", "school")
    ]
    for event in _events_of(connection, touched):
        changed.events[event].add("corrected")
    return changed


def _events_of(connection: Connection, items: list[str]) -> Iterator[str]:
    for chunk in in_chunks(items):
        found = select(documents.c.event).where(documents.c.id.in_(chunk), documents.c.event.is_not(None))
        yield from connection.scalars(found.distinct())
