"""The values that travel through the pipeline: one frozen type a stage, nothing mutable, no author anywhere.

    RawItem -> Document -> (Copy, Tags, Placement) -> Disposition -> EventFacts -> Decision -> Outcome

`RawItem.voice` is the only place where an account id may appear; `pipeline.screen` turns it into
voice tokens and it is never stored. All datetimes are aware.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

SourceKind = Literal["news", "official", "forum", "social", "complaint", "other"]
Reach = Literal["local", "regional", "national"]
Label = Literal["negative", "neutral", "positive", "unknown"]
AlertKind = Literal["first", "severity", "reach", "threshold", "reopened", "closed", "digest", "operator", "case"]

OUTLET_KINDS: tuple[SourceKind, ...] = ("news", "official")  # speak in public under their name
SOURCE_KINDS: tuple[SourceKind, ...] = ("news", "official", "forum", "social", "complaint", "other")
PRIVATE_KINDS: frozenset[str] = frozenset({"forum", "social", "complaint", "other"})
REACHES: tuple[Reach, ...] = ("local", "regional", "national")
TOPICS: tuple[str, ...] = (
    "admissions", "teaching", "exams", "dorms", "canteen", "fees", "safety", "health",
    "wellbeing", "conduct", "employment", "scams", "facilities", "awards", "notices", "other",
)  # fmt: skip


class Severity(StrEnum):
    """Four levels, compared by `rank`; in Chinese they read 蓝 黄 橙 红."""

    INFO = "info"
    NOTICE = "notice"
    SERIOUS = "serious"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (info) to 3 (critical)."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was decided: a stable code, one English sentence, and the numbers it rests on.

    `numbers` are JSON values; a translation is looked up by `code` and filled from them.
    """

    code: str
    text: str
    numbers: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The form in which replay, the event page and the log show it."""
        return {"code": self.code, "text": self.text, **self.numbers}


# ---------------------------------------------------------------- what comes in


@dataclass(frozen=True, slots=True)
class RawItem:
    """One public item as a source gave it. Lives in memory only.

    `sentiment` and `topics` are given by an upstream tagger or a person and then used as they are.
    """

    id: str
    source: str
    source_kind: SourceKind
    url: str
    seen: datetime
    title: str | None = None
    text: str | None = None
    html: str | None = None
    published: datetime | None = None
    reach: Reach | None = None
    lang: str | None = None
    voice: str | None = None
    sentiment: Label | None = None
    topics: tuple[str, ...] | None = None
    first_fetch: bool = False

    @property
    def private(self) -> bool:
        """True for a private voice: no link, no raw page, no older version is ever kept."""
        return self.source_kind in PRIVATE_KINDS


@dataclass(frozen=True, slots=True)
class Mention:
    """Whether the item is about the school. `matched` are configured names, `reason` is for people."""

    is_ours: bool
    matched: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class VoiceToken:
    """HMAC(key of that day, host + account); deleted with its key 48 h after the key's day began."""

    key_day: date
    token: str


@dataclass(frozen=True, slots=True)
class Document:
    """A cleaned, matched and masked item: what may be stored.

    `url` is the person-free stored form, None for private voices. `title` and `text` are masked.
    `history` marks what a first fetch brought that is older than 48 h; it never alerts.
    `fingerprint` is a hash of the masked, normalised title and text.
    """

    id: str
    source: str
    source_kind: SourceKind
    reach: Reach | None
    url: str | None
    title: str | None
    text: str
    lang: str
    published: datetime | None
    seen: datetime
    mention: Mention
    fingerprint: str
    history: bool = False
    given_label: Label | None = None
    given_topics: tuple[str, ...] | None = None

    @property
    def private(self) -> bool:
        """True for a private voice."""
        return self.source_kind in PRIVATE_KINDS

    @property
    def counted_at(self) -> datetime | None:
        """When a story counts in the baseline of the spike rule: when it was seen; history when it was published, so
        that the past of a first look is a baseline; history of unknown age never."""
        return self.published if self.history else self.seen

    @property
    def body(self) -> str:
        """Title and text as one string, for copies, grouping and tagging."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Screened:
    """What the front half hands to the intake queue: the document, its voice tokens, and the original
    link of a private voice (sealed, short-lived, in a table of its own; None for news and official)."""

    document: Document
    voices: tuple[VoiceToken, ...] = ()
    sealed_link: bytes | None = None


# ---------------------------------------------------------------- what is found out


@dataclass(frozen=True, slots=True)
class Copy:
    """`root` is the id of the earliest copy, or None for a new story."""

    root: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Sentiment:
    """A label and three probabilities that sum to 1 (all 0 for `unknown`)."""

    label: Label
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A topic id and its probability."""

    topic: str
    score: float


@dataclass(frozen=True, slots=True)
class Tags:
    """Tone and topics (best first, never empty), and the version of what said so."""

    sentiment: Sentiment
    topics: tuple[TopicScore, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The event an item was put into. `absorbed` are events merged into it by this item."""

    event: str
    created: bool
    absorbed: tuple[str, ...]
    terms: tuple[str, ...]
    place: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Disposition:
    """What becomes of an item: kept as a story, merged as a copy, or dropped (not about the school)."""

    action: Literal["keep", "merge", "drop"]
    reason: Reason


# ---------------------------------------------------------------- what the rules see


@dataclass(frozen=True, slots=True)
class Story:
    """One distinct item of an event (copies removed), as rules see it."""

    id: str
    seen: datetime
    source: str
    source_kind: SourceKind
    reach: Reach | None
    label: Label
    topics: tuple[str, ...]
    history: bool

    @property
    def outlet(self) -> bool:
        """True for an organisation's own publication (news or official), False for a private voice."""
        return self.source_kind not in PRIVATE_KINDS


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing told about an event. `items` are the stories that met the rule, never empty."""

    id: str
    at: datetime
    kind: AlertKind
    event: str
    rule: str | None
    severity: Severity
    items: tuple[str, ...]
    reason: Reason
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volume:
    """Mentions of the school by hour of `seen`, for the spike rule.

    `hours[-1]` is the current, unfinished hour beginning at `last_hour`; copies are not counted.
    """

    last_hour: datetime
    hours: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventFacts:
    """All that a rule may look at when an item has joined an event. Windows run on `seen`.

    `stories` is in ingest order and includes the arrived one. `voices(window)` counts distinct voices in the
    window that ends now (over 24 h: the highest 24-h count). `told` are earlier alerts of this event and of those
    merged into it; `kin` are alerts of the last 14 days of other events that are the same matter.
    `phrases` are the configured watchwords that the arrived item contains.
    """

    event: str
    item: str
    is_copy: bool
    title: str
    place: str | None
    topics: tuple[str, ...]
    status: Literal["open", "closed"]
    stories: tuple[Story, ...]
    voices: Callable[[timedelta], int]
    told: tuple[Alert, ...]
    kin: tuple[Alert, ...]
    phrases: tuple[str, ...]
    volume: Callable[[], Volume]

    @property
    def arrived(self) -> Story | None:
        """The story that has just arrived, None when the item is a copy."""
        return None if self.is_copy else self.stories[-1]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a judge says of an item: at most one alert, and always the reason for it or for its absence."""

    alert: Alert | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Event:
    """A snapshot of one matter, as stored and shown. Counts are since its beginning."""

    id: str
    title: str
    status: Literal["open", "closed"]
    first_seen: datetime
    last_seen: datetime
    items: int
    stories: int
    outlets: int
    sources: int
    voices_met: int
    negative: int
    topic: str
    reach: Reach | None
    place: str | None
    terms: tuple[str, ...]
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything one item caused; a batch of these is saved in one transaction. `voices_day`: distinct voices of its
    event in the 24 hours before it, 0 when the item was not counted."""

    document: Document
    copy: Copy
    tags: Tags
    placement: Placement | None
    disposition: Disposition
    event: Event | None
    decision: Decision | None
    voices: tuple[VoiceToken, ...] = ()
    sealed_link: bytes | None = None
    voices_day: int = 0
