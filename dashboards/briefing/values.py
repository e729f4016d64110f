"""The values of a briefing's frozen data set: what the documents are made from and nothing else.

None means that a thing did not happen or is not known; the documents say so and put no number in its place.
"""

import msgspec

from dashboards.briefing.trace import Trace


class Count(msgspec.Struct, frozen=True):
    """Items (copies included), distinct stories, and negative items of one row. `imported`: from an old spreadsheet."""

    name: str
    items: int
    stories: int
    negative: int
    before: int | None = None
    imported: bool = False


class Quote(msgspec.Struct, frozen=True):
    """Words of a cited item: a headline of an outlet, or at most 20 masked characters of a private voice."""

    id: str
    text: str
    private: bool


class EventFigure(msgspec.Struct, frozen=True):
    """One key event. Times are ISO 8601 in the school's zone. `peak` is its day with most items; `did` what the office did."""

    id: str
    title: str
    topic: str
    severity: str | None
    status: str
    first_seen: str
    last_seen: str
    items: int
    stories: int
    outlets: int
    sources: int
    negative: int
    alerts: int
    told: str | None
    taken: str | None
    outcome: str | None
    peak: str | None = None
    first_reporter: str | None = None
    departments: list[str] = []
    quotes: list[Quote] = []


class Cited(msgspec.Struct, frozen=True):
    """A cited item. Private voices: id, platform and day only, never a link, a time or a headline."""

    id: str
    event: str
    source: str
    day: str
    time: str | None
    title: str | None
    url: str | None
    fingerprint: str


class Response(msgspec.Struct, frozen=True):
    """What the office did. Minutes are medians."""

    alerts: int
    by_severity: dict[str, int]
    false_alarms: int
    events_told: int
    precision: float | None
    published_to_seen_min: float | None
    seen_to_told_min: float | None
    told_to_taken_min: float | None
    issued_to_answered_min: float | None
    opened_to_closed_min: float | None
    undelivered: int
    cases_opened: int
    cases_closed: int
    cases_late: int
    deadlines_due: int
    deadlines_met: int
    slips: int
    orders: int


class Checked(msgspec.Struct, frozen=True):
    """The ten-minute review: of `looked` items so many were wrong; shares with their 95 % Wilson interval, in percent."""

    looked: int
    tone_wrong: int
    topic_wrong: int
    tone_low: float
    tone_high: float
    topic_low: float
    topic_high: float


class Quiet(msgspec.Struct, frozen=True):
    """A source and what can be said of its downtime: days without an item, the longest run of them and its last day."""

    source: str
    quiet_days: int
    longest: int
    last: str


class Scope(msgspec.Struct, frozen=True):
    """What was watched and how. `expired` items are counted, but their texts are past their time; `unseen` are places
    that are used and cannot be read, by the ids of `crawlers.coverage`."""

    names: list[str]
    sources: list[str]
    blind_now: list[str]
    taggers: list[str]
    corrections: int
    expired: int = 0
    quiet: list[Quiet] = []
    checked: Checked | None = None
    unseen: list[str] = []


class Reporter(msgspec.Struct, frozen=True):
    """A source that brought so many of the period's matters first."""

    source: str
    events: int


class Carried(msgspec.Struct, frozen=True):
    """A statement of the school and who carried it: outlets with a copy, or with a story of the same matter after it,
    and those the office noted on the case (`by_hand`). `id` is that of the publication, else of the case."""

    id: str
    title: str
    at: str
    copies: int
    outlets: int
    first_after_min: float | None
    by_hand: list[str] = []


class Repeated(msgspec.Struct, frozen=True):
    """Complaints about one service at one place that came back: matters, and their stories."""

    topic: str
    place: str
    events: int
    stories: int


class Matter(msgspec.Struct, frozen=True):
    """A matter of last year's window."""

    id: str
    title: str
    day: str
    stories: int


class Season(msgspec.Struct, frozen=True):
    """A window of the school year ahead, its topics, and the largest matters of the same window a year ago."""

    key: str
    begin: str
    end: str
    topics: list[str]
    matters: list[Matter]


class Proposal(msgspec.Struct, frozen=True):
    """A proposal and what came of it (open, doing, done, dropped)."""

    number: int
    text: str
    status: str
    reply: str


class Voice(msgspec.Struct, frozen=True):
    """A school's items in the sources that cover all compared schools."""

    school: str
    items: int


class ShareOfVoice(msgspec.Struct, frozen=True):
    """Ours beside named peers; empty with `why` (no_peers, no_counts, other_sources) when they cannot be compared."""

    voices: list[Voice]
    why: str
    sources: list[str]


class BriefData(msgspec.Struct, frozen=True):
    """Everything a briefing says. `labels` are names of sources; `until` is the last day with data of a period that is
    not over; `hash` is sha256 over the rest."""

    school: str
    period: str
    begin: str
    end: str
    totals: Count
    before: Count
    before_name: str
    year_ago: Count
    days: list[Count]
    topics: list[Count]
    kinds: list[Count]
    outlets: list[Count]
    events: list[EventFigure]
    response: Response
    scope: Scope
    cited: list[Cited]
    reporters: list[Reporter]
    carried: list[Carried]
    repeated: list[Repeated]
    seasons: list[Season]
    voice: ShareOfVoice
    proposals: list[Proposal]
    followed: list[Proposal]
    trace: Trace
    statements: int = 0
    statements_carried: int = 0
    labels: dict[str, str] = {}
    until: str | None = None
    zone: str = "Asia/Shanghai"
    kind: str = "quarter"
    hash: str = ""

    def source(self, key: str | None) -> str:
        """A source's name as the configuration calls it."""
        return self.labels.get(key, key) if key else "—"

    @property
    def first(self) -> bool:
        """True when there is nothing to compare with: the layout without comparison."""
        return not self.before.items and not self.year_ago.items
