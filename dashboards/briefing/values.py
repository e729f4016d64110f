"""The values of a briefing's frozen data set: what the documents are made from and nothing else."""

import msgspec


class Count(msgspec.Struct, frozen=True):
    """Items (copies included), distinct stories, and negative stories' items of one row."""

    name: str
    items: int
    stories: int
    negative: int
    before: int | None = None


class EventFigure(msgspec.Struct, frozen=True):
    """One key event. Times are ISO 8601 in the school's zone; None means that it did not happen or is not known."""

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


class Cited(msgspec.Struct, frozen=True):
    """A cited item. Private voices: id, source and day only, never a link or words."""

    id: str
    event: str
    source: str
    day: str
    title: str | None
    url: str | None
    fingerprint: str


class Response(msgspec.Struct, frozen=True):
    """What the office did. Minutes are medians; None when there is nothing to measure."""

    alerts: int
    by_severity: dict[str, int]
    false_alarms: int
    events_told: int
    seen_to_told_min: float | None
    told_to_taken_min: float | None
    undelivered: int
    cases_opened: int
    cases_closed: int
    cases_late: int


class Scope(msgspec.Struct, frozen=True):
    """What was watched and how."""

    names: list[str]
    sources: list[str]
    blind_now: list[str]
    taggers: list[str]
    corrections: int


class BriefData(msgspec.Struct, frozen=True):
    """Everything a briefing says. `hash` is sha256 over the rest."""

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
    hash: str = ""
