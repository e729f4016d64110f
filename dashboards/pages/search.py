"""Search in what is kept: words, phrases, AND, OR, NOT; narrowed by kind, topic, tone and days.

What reads as a person, a handle or a number finds news and official items only, and the page says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboards.call import Call, View
from dashboards.pages.corrections import fresh_words
from dashboards.pages.search_extras import LOOK_BACK, brush_chart, fitting_events, list_saved, read_span, span_moments
from dashboards.pages.topics import PERIODS
from dashboards.queries.corrections import words_on
from dashboards.queries.stories import floor_hour
from pipeline.model import PRIVATE_KINDS, SOURCE_KINDS, TOPICS
from pipeline.person import person_check
from pipeline.store.highlight import Snippet, Span
from pipeline.store.query import QueryError
from pipeline.store.search import COUNTED, Found, Hit, Query
from pipeline.store.shown import CARE, care_events, title_of

TONES = ("negative", "neutral", "positive")
SIZE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """The search form's fields as they were given, unknown values dropped. `begins`, `ends`: local dates or empty."""

    text: str
    kind: str
    topic: str
    tone: str
    days: str
    begins: str
    ends: str
    after: str
    count: bool

    @property
    def fields(self) -> dict[str, str]:
        """What an address of this search holds."""
        return {
            "q": self.text, "kind": self.kind, "topic": self.topic, "tone": self.tone, "days": self.days,
            "from": self.begins, "to": self.ends,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class HitRow:
    """A found item as it is shown."""

    id: str
    source: str
    source_kind: str
    private: bool
    url: str | None
    when: datetime
    label: str
    topic: str
    event: str | None
    is_copy: bool
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


def show_search(call: Call) -> View:
    """The form, and results when something was asked for."""
    asked = read_form(call)
    guarded = is_guarded(call, asked)
    found, problem = find(call, asked, guarded)
    chart, spans = brush_chart(call, PERIODS[asked.days] if asked.days else LOOK_BACK)
    return View(
        "search.html",
        {
            "asked": asked,
            "guarded": guarded,
            "problem": problem,
            "hits": show_hits(call, found.hits) if found else [],
            "next": found.next if found else None,
            "stand_in": found.stand_in if found else False,
            "total": found.total if found else None,
            "most": COUNTED,
            "facets": found.facets if found else {},
            "words": words_on(call.conn, [hit.id for hit in found.hits]) if found else {},
            **fresh_words(call),
            "done": call.asked("done"),
            "saved": list_saved(call),
            "brush": chart,
            "spans": spans,
            "old_events": fitting_events(call, asked.text, guarded) if not asked.after else [],
            "periods": tuple(PERIODS),
            "kinds": SOURCE_KINDS,
            "topics": TOPICS,
            "all_topics": TOPICS,
            "tones": TONES,
            "source_names": {s.id: s.name or s.id for s in call.context.loaded.sources},
        },
    )


def read_form(call: Call) -> Asked:
    """The query from the address."""
    begins, ends = read_span(call)
    return Asked(
        begins=begins,
        ends=ends,
        text=call.asked("q"),
        kind=pick(call.asked("kind"), SOURCE_KINDS),
        topic=pick(call.asked("topic"), TOPICS),
        tone=pick(call.asked("tone"), TONES),
        days=pick(call.asked("days"), tuple(PERIODS)),
        after=call.asked("after"),
        count=call.asked("count") == "1",
    )


def pick(value: str, known: Sequence[str]) -> str:
    """`value` when it is one of `known`, else empty."""
    return value if value in known else ""


def find(call: Call, asked: Asked, guarded: bool) -> tuple[Found | None, str]:
    """One page of hits, or a sentence why the query cannot be understood."""
    return find_page(call, asked, guarded, asked.after or None, SIZE)


def is_guarded(call: Call, asked: Asked) -> bool:
    """True when the words read as a person, an account or a number."""
    return bool(asked.text) and not person_check(asked.text, call.context.loaded.school).ok


def find_page(call: Call, asked: Asked, guarded: bool, after: str | None, size: int) -> tuple[Found | None, str]:
    """One page of `size` hits from `after` on."""
    if not any((asked.text, asked.kind, asked.topic, asked.tone, asked.begins, asked.ends)):
        return None, ""
    since, until = span_moments(call, asked.begins, asked.ends)
    if asked.days and since is None:
        since = call.now - timedelta(days=PERIODS[asked.days])
    query = Query(
        text=asked.text,
        source_kinds=(asked.kind,) if asked.kind else (),
        topics=(asked.topic,) if asked.topic else (),
        labels=(asked.tone,) if asked.tone else (),
        since=since,
        until=until,
        outlets_only=guarded,
        after=after,
        limit=size,
        facets=asked.count,
    )
    try:
        return call.context.search.search(query), ""
    except QueryError as error:
        return None, str(error)


def show_hits(call: Call, hits: Sequence[Hit]) -> list[HitRow]:
    """The hits as they may be shown; of what is about somebody's wellbeing no word stands in a list."""
    care = care_events(call.conn, {hit.event for hit in hits if hit.event})
    return [veil_hit(hit, hit.topic == CARE or hit.event in care) for hit in hits]


def veil_hit(hit: Hit, care: bool = False) -> HitRow:
    """A hit as it may be shown: a private voice by its hour, without a link; with `care` its title neutral, its text
    left to the page of the event."""
    private = hit.source_kind in PRIVATE_KINDS
    if care:
        hit = replace(hit, title=title_of(CARE, ""), title_spans=(), snippet=Snippet("", ()))
    return HitRow(
        id=hit.id, source=hit.source, source_kind=hit.source_kind, private=private, url=None if private else hit.url,
        when=floor_hour(hit.charted) if private else hit.charted, label=hit.label, topic=hit.topic, event=hit.event,
        is_copy=hit.duplicate_of is not None, title=tuple(pieces(hit.title or "", hit.title_spans)),
        snippet=tuple(pieces(hit.snippet.text, hit.snippet.spans)),
    )  # fmt: skip


def pieces(text: str, spans: Sequence[Span]) -> Iterator[Piece]:
    """`text` cut at its marks, so that the template escapes every piece."""
    at = 0
    for start, end in spans:
        if start > at:
            yield Piece(text[at:start], False)
        yield Piece(text[start:end], True)
        at = end
    if at < len(text):
        yield Piece(text[at:], False)
