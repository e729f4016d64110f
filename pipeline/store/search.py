"""Finding stored items: words, filters, counts by kind, pages.

`SearchIndex` is what the dashboard asks; `SqliteSearch` answers from FTS5 in the state of record itself, in the
same transaction as everything else, so an item is findable as soon as it is saved.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    bindparam,
    column,
    literal_column,
    select,
    table,
)  # fmt: skip

from pipeline.model import PRIVATE_KINDS
from pipeline.store.engine import reading
from pipeline.store.fulltext import TABLE
from pipeline.store.highlight import Snippet, Span, cut_snippet, find_spans
from pipeline.store.query import Match, Node, QueryError, parse_query, to_match, wanted_phrases
from pipeline.store.schema import documents, write_moment

SNIPPET = 160
MOST = 200
COUNTED = 10_000
VALUES_SHOWN = 20
FACETS = documents.c.source_kind, documents.c.topic, documents.c.label, documents.c.event

_words = table(TABLE, column("rowid"))


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. An empty filter asks nothing; times filter on when a chart shows the item.

    `outlets_only` finds news and official items only: for texts that read as a person, a handle or a number.
    `after` is `Found.next` of the page before. `order`: newest in the ingest sequence first, or latest published first
    (sorted among the newest COUNTED matches, so that a common word does not make the page slow).
    """

    text: str = ""
    source_kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    outlets_only: bool = False
    stories_only: bool = False
    order: Literal["arrived", "published"] = "arrived"
    after: str | None = None
    limit: int = 20
    facets: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A found item. `url` is None for private voices; spans are offsets into the text beside them (masked text)."""

    n: int
    id: str
    source: str
    source_kind: str
    reach: str | None
    url: str | None
    title: str | None
    title_spans: tuple[Span, ...]
    snippet: Snippet
    charted: datetime
    seen: datetime
    label: str
    topic: str
    event: str | None
    duplicate_of: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `next` is where the following page begins, None at the end.

    `total` and `facets` (`source_kind`, `topic`, `label`, `event`: value and count, most frequent first) are over all
    pages, and are only counted when the query asks for facets (otherwise None and empty). More than COUNTED matches
    are not counted on, so that a common word does not make the page slow: then `total` is COUNTED, meaning "at least".
    """

    hits: tuple[Hit, ...]
    next: str | None
    total: int | None = None
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    stand_in: bool = False


class SearchIndex(Protocol):
    """Full-text search over stored items."""

    def search(self, query: Query) -> Found:
        """One page of hits. Raises QueryError (one sentence) for a text that cannot be understood."""


@dataclass(frozen=True, slots=True)
class SqliteSearch:
    """Search in the SQLite file. Raises StoreUnavailable when it cannot be read."""

    engine: Engine

    def search(self, query: Query) -> Found:
        """One page of hits."""
        tree = parse_query(query.text)
        match = to_match(tree) if tree else None
        narrow = _narrowing(query, match)
        with reading(self.engine) as connection:
            rows = connection.execute(_page(narrow, query, _newest(match))).mappings().all()
            counts = _count(connection, narrow, _newest(match)) if query.facets else None
        limit = page_size(query)
        hits = tuple(make_hit(row, tree) for row in rows[:limit])
        following = make_cursor(hits[-1].n, hits[-1].charted, query.order) if len(rows) > limit else None
        if counts is None:
            return Found(hits, following)
        return Found(hits, following, counts["source_kind"].total(), _as_facets(counts))


Narrow = Callable[[Select[Any]], Select[Any]]


def _narrowing(query: Query, match: Match | None) -> Narrow:
    """A function that restricts a SELECT to what the query asks for."""
    conditions = _filters(query)
    if match is None:
        return lambda chosen: chosen.select_from(documents).where(*conditions)
    fits = literal_column(TABLE).op("MATCH")(bindparam("match", match.expression))
    if match.without:
        unwanted = select(_words.c.rowid).where(fits)
        return lambda chosen: chosen.select_from(documents).where(documents.c.n.not_in(unwanted), *conditions)
    joined = _words.join(documents, documents.c.n == _words.c.rowid)
    return lambda chosen: chosen.select_from(joined).where(fits, *conditions)


def _filters(query: Query) -> list[ColumnElement[bool]]:
    asked = {
        "source_kind": query.source_kinds, "source": query.sources, "topic": query.topics, "label": query.labels,
        "event": query.events,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [documents.c[name].in_(values) for name, values in asked.items() if values]
    if query.outlets_only:
        found.append(documents.c.source_kind.not_in(sorted(PRIVATE_KINDS)))
    if query.stories_only:
        found.append(documents.c.duplicate_of.is_(None))
    if query.since is not None:
        found.append(documents.c.charted >= query.since)
    if query.until is not None:
        found.append(documents.c.charted < query.until)
    return found


def page_size(query: Query) -> int:
    """How many hits a page has."""
    return max(1, min(query.limit, MOST))


def _newest(match: Match | None) -> ColumnElement[Any]:
    """The ingest sequence backwards. FTS5 gives its rows in that order without sorting if its own number is named."""
    by_index = match is not None and not match.without
    return _words.c.rowid.desc() if by_index else documents.c.n.desc()


def _page(narrow: Narrow, query: Query, newest: ColumnElement[Any]) -> Select[Any]:
    """One row more than asked for, to know whether there is a next page."""
    if query.order == "arrived":
        chosen, order = narrow(select(documents)), [newest]
    else:
        window = narrow(select(documents.c.n)).order_by(newest).limit(COUNTED).subquery()
        chosen = select(documents).join(window, documents.c.n == window.c.n)
        order = [documents.c.charted.desc(), documents.c.n.desc()]
    if query.after is not None:
        chosen = chosen.where(_after(query.after, query.order))
    return chosen.order_by(*order).limit(page_size(query) + 1)


def make_cursor(n: int, charted: datetime, order: str) -> str:
    """Where the page after an item begins."""
    return str(n) if order == "arrived" else f"{write_moment(charted)}~{n}"


def _after(cursor: str, order: str) -> ColumnElement[bool]:
    moment, n = read_cursor(cursor, order)
    if moment is None:
        return documents.c.n < n
    return (documents.c.charted < moment) | ((documents.c.charted == moment) & (documents.c.n < n))


def read_cursor(cursor: str, order: str) -> tuple[datetime | None, int]:
    """Where a page begins: after this moment (None in the order of arrival) and number. Raises QueryError."""
    try:
        if order == "arrived":
            return None, _read_number(cursor)
        text, _, n = cursor.partition("~")
        moment = datetime.fromisoformat(text)
        write_moment(moment)  # a time without a zone is a ValueError, too
        return moment, _read_number(n)
    except ValueError:
        raise QueryError("This page does not exist; begin at the first one.") from None


def _read_number(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError("no number of ours")
    return number


def _count(connection: Connection, narrow: Narrow, order: ColumnElement[Any]) -> dict[str, Counter[str]]:
    """Values of the newest matches, in one pass."""
    counts: dict[str, Counter[str]] = {one.name: Counter() for one in FACETS}
    for row in connection.execute(narrow(select(*FACETS)).order_by(order).limit(COUNTED)):
        for name, value in zip(counts, row, strict=True):
            counts[name][value] += 1
    return counts


def _as_facets(counts: Mapping[str, Counter[str]]) -> dict[str, tuple[tuple[str, int], ...]]:
    counts["event"].pop(cast(str, None), None)
    ranked = {name: sorted(found.items(), key=lambda one: (-one[1], one[0])) for name, found in counts.items()}
    return {name: tuple(values[:VALUES_SHOWN]) for name, values in ranked.items()}


def make_hit(row: RowMapping, tree: Node | None) -> Hit:
    """A row of `documents` as it is shown, with what `tree` asks for marked."""
    phrases: Sequence[tuple[str, ...]] = [phrase.words for phrase in wanted_phrases(tree)]
    title, text = row["title"], row["text"]
    return Hit(
        n=row["n"], id=row["id"], source=row["source"], source_kind=row["source_kind"], reach=row["reach"],
        url=row["url"], title=title, title_spans=find_spans(title or "", phrases),
        snippet=cut_snippet(text, find_spans(text, phrases), SNIPPET), charted=row["charted"], seen=row["seen"],
        label=row["label"], topic=row["topic"], event=row["event"], duplicate_of=row["duplicate_of"],
    )  # fmt: skip
