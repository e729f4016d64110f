"""One event from inside: its stories and copies, who carries it, how it moves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from pipeline.model import PRIVATE_KINDS
from pipeline.store.schema import documents, private_links
from pipeline.store.shown import is_story

EXCERPT = 220
SHOWN = 60
SCANNED = 20_000


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One distinct story. A private voice has no url, and its time is the hour only.

    `copies` counts the items that repeat it, `carriers` are their sources; `sealed` says whether the original can
    still be opened by the button.
    """

    id: str
    source: str
    source_kind: str
    reach: str | None
    private: bool
    url: str | None
    title: str | None
    excerpt: str
    when: datetime
    seen: datetime
    label: str
    topic: str
    matched: tuple[str, ...]
    copies: int
    carriers: tuple[str, ...]
    withdrawn: datetime | None
    versions: int
    sealed: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """What is needed of each item of an event to count it."""

    id: str
    source: str
    source_kind: str
    reach: str | None
    label: str
    seen: datetime
    charted: datetime
    root: str | None

    @property
    def outlet(self) -> bool:
        """True for news and official items."""
        return self.source_kind not in PRIVATE_KINDS


@dataclass(frozen=True, slots=True)
class Carrier:
    """A source that carries the event: how often, and since when."""

    source: str
    source_kind: str
    reach: str | None
    items: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the event moves: stories in the last hour, in the last six, and in the six before those.

    `trend`: growing, steady, fading, quiet (nothing for twelve hours).
    """

    hour: int
    recent: int
    before: int
    peak: datetime | None
    trend: str


@dataclass(frozen=True, slots=True)
class StepTone:
    """Stories of one step of the event's life, by tone."""

    begins: datetime
    negative: int
    neutral: int
    positive: int
    unknown: int


def event_moments(conn: Connection, event: str) -> list[Moment]:
    """Every item of the event in ingest order, the newest 20,000 at most."""
    c = documents.c
    query = select(c.id, c.source, c.source_kind, c.reach, c.label, c.seen, c.charted, c.duplicate_of)
    rows = conn.execute(query.where(c.event == event).order_by(c.n.desc()).limit(SCANNED)).all()
    return [Moment(*row) for row in reversed(rows)]


def event_stories(conn: Connection, event: str, moments: Sequence[Moment], now: datetime) -> list[StoryRow]:
    """The newest stories of the event with their copies folded in."""
    copies = fold_copies(moments)
    query = select(documents).where(documents.c.event == event, is_story())
    rows = conn.execute(query.order_by(documents.c.n.desc()).limit(SHOWN)).all()
    ids = [row.id for row in rows]
    sealed = sealed_ids(conn, ids, now)
    return [make_story(row, copies.get(row.id, ()), row.id in sealed) for row in rows]


def fold_copies(moments: Sequence[Moment]) -> Mapping[str, tuple[str, ...]]:
    """Sources of the copies of each root."""
    found: dict[str, list[str]] = {}
    for moment in moments:
        if moment.root is not None:
            found.setdefault(moment.root, []).append(moment.source)
    return {root: tuple(names) for root, names in found.items()}


def sealed_ids(conn: Connection, ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Documents whose original link is still kept."""
    query = select(private_links.c.document).where(private_links.c.document.in_(ids), private_links.c.expires > now)
    return frozenset(conn.scalars(query))


def make_story(row: object, copies: tuple[str, ...], sealed: bool) -> StoryRow:
    """One stored document as a story; a private voice loses its minute and has no link."""
    private = row.source_kind in PRIVATE_KINDS  # type: ignore[attr-defined]  # a row of `documents`
    when: datetime = row.charted  # type: ignore[attr-defined]
    seen: datetime = row.seen  # type: ignore[attr-defined]
    pick = {name: getattr(row, name) for name in ("id", "source", "source_kind", "reach", "title", "label", "topic")}
    return StoryRow(
        **pick,
        private=private,
        url=None if private else row.url,  # type: ignore[attr-defined]
        excerpt=cut_text(row.text),  # type: ignore[attr-defined]
        when=floor_hour(when) if private else when,
        seen=floor_hour(seen) if private else seen,
        matched=tuple(row.matched),  # type: ignore[attr-defined]
        copies=len(copies),
        carriers=tuple(sorted(set(copies))),
        withdrawn=None if private else row.withdrawn,  # type: ignore[attr-defined]
        versions=row.version,  # type: ignore[attr-defined]
        sealed=private and sealed,
    )


def cut_text(text: str, length: int = EXCERPT) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def floor_hour(moment: datetime) -> datetime:
    """The hour `moment` lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def carriers_of(moments: Sequence[Moment]) -> list[Carrier]:
    """The sources that carry the event, outlets first, each by its first item."""
    first: dict[str, Moment] = {}
    for moment in moments:
        first.setdefault(moment.source, moment)
    counts = Counter(m.source for m in moments)
    rows = [
        Carrier(m.source, m.source_kind, m.reach, counts[m.source], m.seen if m.outlet else floor_hour(m.seen))
        for m in first.values()
    ]
    return sorted(rows, key=lambda r: (r.source_kind in PRIVATE_KINDS, r.first))


def pulse_of(moments: Sequence[Moment], now: datetime) -> Pulse:
    """Whether the event grows or fades, by distinct stories."""
    seen = [m.seen for m in moments if m.root is None]
    hour = sum(now - timedelta(hours=1) < s <= now for s in seen)
    recent = sum(now - timedelta(hours=6) < s <= now for s in seen)
    before = sum(now - timedelta(hours=12) < s <= now - timedelta(hours=6) for s in seen)
    hours = Counter(floor_hour(s) for s in seen)
    peak = max(hours, key=lambda h: (hours[h], h), default=None)
    return Pulse(hour, recent, before, peak, name_trend(recent, before))


def name_trend(recent: int, before: int) -> str:
    """Growing from half as many again and at least two more; fading at half."""
    if not recent and not before:
        return "quiet"
    if recent >= before + 2 and recent >= 1.5 * before:
        return "growing"
    return "fading" if recent <= before / 2 else "steady"


def tone_steps(moments: Sequence[Moment], zone: ZoneInfo) -> list[StepTone]:
    """Stories by tone over the event's life, in about twenty steps of whole hours."""
    stories = [m for m in moments if m.root is None]
    if not stories:
        return []
    begin = floor_hour(min(m.charted for m in stories).astimezone(zone))
    life = max(m.charted for m in stories) - begin
    step = timedelta(hours=next((h for h in (1, 2, 3, 6, 12, 24) if life <= timedelta(hours=24 * h)), 72))
    counts = Counter(((m.charted - begin) // step, m.label) for m in stories)
    last = max(k for k, _ in counts)
    return [
        StepTone(begin + k * step, *(counts[(k, x)] for x in ("negative", "neutral", "positive", "unknown")))
        for k in range(last + 1)
    ]


def find_sealed(conn: Connection, document: str, now: datetime) -> bytes | None:
    """The sealed link of a private voice, while it is kept."""
    query = select(private_links.c.sealed).where(private_links.c.document == document, private_links.c.expires > now)
    return conn.scalar(query)
