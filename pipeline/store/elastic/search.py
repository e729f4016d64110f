"""Search in Elasticsearch, with the answers of `SqliteSearch`: it says which items fit and counts them; what is shown of
them is read from the state of record, so that nothing is shown that was asked to be forgotten a moment ago.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Engine, RowMapping, func, select

from pipeline.store.elastic.connection import Address, ElasticUnavailable, connect, telling
from pipeline.store.elastic.documents import EPOCH, order_of
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.standing import read_standing
from pipeline.store.engine import reading
from pipeline.store.query import Both, Either, Node, Not, Phrase, parse_query
from pipeline.store.schema import documents
from pipeline.store.search import (
    COUNTED,
    VALUES_SHOWN,
    Found,
    Hit,
    Query,
    SearchIndex,
    make_cursor,
    make_hit,
    page_size,
    read_cursor,
)

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Clause = dict[str, Any]
WORDS = "tocsin.words"
FACETS = ("source_kind", "topic", "label", "event")
WINDOW, WIDER = 2 * COUNTED, 16  # how many of the newest items are looked at first; how much further back then
TIRED_S = 30.0
# A reader waits; a bulk request may take longer. One other node is asked: where a node hangs, each of the others waits for
# its shards until the cluster gives it up (half a minute), and SQLite answers sooner.
PATIENCE_S, TRIES = 4.0, 2
log = structlog.get_logger()


class ElasticSearchIndex:
    """Search through the alias that has every stored item. Safe to use from several threads."""

    def __init__(self, engine: Engine, address: Address, names: Names) -> None:
        self._engine, self._address, self._names = engine, address, names
        self._client: Elasticsearch | None = None

    def search(self, query: Query) -> Found:
        """One page of hits. Raises QueryError, ElasticUnavailable, StoreUnavailable."""
        tree = parse_query(query.text)
        narrow = [*([to_clause(tree)] if tree else []), *filters(query)]
        after = after_clause(query)
        with telling(self._address.hosts):
            found, counts = self._ask(query, narrow, after)
        limit = page_size(query)
        hits = self._show([one["_id"] for one in found[:limit]], tree)
        following = _next_cursor(found[limit - 1]["sort"], query.order) if len(found) > limit else None
        if counts is None:
            return Found(hits, following)
        return Found(hits, following, counts["doc_count"], {name: read_facet(counts[name]) for name in FACETS})

    def _ask(self, query: Query, narrow: Sequence[Clause], after: Sequence[Clause]) -> tuple[Any, Any]:
        """The hits of a page with one more, and the counts when they are asked for."""
        size, top = page_size(query) + 1, self._newest_number()
        if query.order == "published":
            return self._count(query, [*narrow, *newer(self._floor(narrow, top))], size, after)
        if query.facets and not after and size <= COUNTED:
            return self._count(query, [*narrow, *newer(self._floor(narrow, top))], size, ())
        hits = self._newest_of(
            [*narrow, *after], top if query.after is None else read_cursor(query.after, "arrived")[1], size
        )
        if not query.facets:
            return hits, None
        return hits, self._count(query, [*narrow, *newer(self._floor(narrow, top))], 0, ())[1]

    def _count(self, query: Query, wanted: Sequence[Clause], size: int, after: Sequence[Clause]) -> tuple[Any, Any]:
        """One request for both: `after` narrows the page and not the counts."""
        sort = [*([{"tocsin.order": "desc"}] if query.order == "published" else []), {"tocsin.n": "desc"}]
        answer = self._search(
            query=both(wanted), size=size, sort=sort, post_filter=both(after) if after else None,
            aggs={"all": {"filter": {"match_all": {}}, "aggs": facet_clauses()}} if query.facets else None,
        )  # fmt: skip
        return answer["hits"]["hits"], answer["aggregations"]["all"] if query.facets else None

    def _floor(self, narrow: Sequence[Clause], top: int) -> int:
        """The number of the COUNTED-th newest match, 0 when there are not so many."""
        found = self._newest_of(narrow, top, 1, COUNTED - 1)
        return int(found[0]["sort"][0]) if found else 0

    def _newest_of(self, wanted: Sequence[Clause], top: int, size: int, skip: int = 0) -> Any:
        """Matches in the order of arrival, newest first. A common word is looked for among the newest items and only when
        they do not have enough of it further back: the server would read every place of the word in every month."""
        window = WINDOW
        while True:
            low = max(0, top - window)
            found = self._search(query=both([*wanted, *newer(low)]), size=size, from_=skip, sort=[{"tocsin.n": "desc"}])
            hits = found["hits"]["hits"]
            if not low or len(hits) == size:
                return hits
            window *= WIDER

    def _newest_number(self) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(func.max(documents.c.n))) or 0

    def _search(self, **body: Any) -> Any:
        if self._client is None:
            self._client = connect(replace(self._address, timeout=min(self._address.timeout, PATIENCE_S)), tries=TRIES)
        given = {name: value for name, value in body.items() if value is not None}
        return self._client.search(
            index=self._names.alias("search"), source=False, track_total_hits=False, allow_partial_search_results=False,
            **given,
        ).body  # fmt: skip

    def _show(self, ids: Sequence[str], tree: Node | None) -> tuple[Hit, ...]:
        """Hits in the given order; what is not stored any more is left out."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(documents).where(documents.c.id.in_(ids))).mappings().all()
        found: dict[str, RowMapping] = {row["id"]: row for row in rows}
        return tuple(make_hit(found[one], tree) for one in ids if one in found)


@dataclass(slots=True)
class StandingIn:
    """Asks `first`; while that cannot answer, or does not follow what is stored, `second` does, and the answer says so.
    After a failure `first` is left alone for half a minute, so that not every page waits for it."""

    first: SearchIndex
    second: SearchIndex
    engine: Engine
    monotonic: Callable[[], float] = time.monotonic
    again_at: float = 0.0

    def search(self, query: Query) -> Found:
        """One page of hits."""
        if self.monotonic() >= self.again_at and self._is_followed():
            try:
                return self.first.search(query)
            except ElasticUnavailable as error:
                self.again_at = self.monotonic() + TIRED_S
                log.warning("search stands in", said=str(error))
        return replace(self.second.search(query), stand_in=True)

    def _is_followed(self) -> bool:
        with reading(self.engine) as connection:
            standing = read_standing(connection)
        return standing.generation > 0 and not standing.said


def to_clause(node: Node) -> Clause:
    """A parsed query in the language of Elasticsearch."""
    match node:
        case Phrase():
            return {"match_phrase": {WORDS: " ".join(node.words)}}
        case Not(part):
            return {"bool": {"must_not": [to_clause(part)]}}
        case Both(parts):
            return {"bool": {"filter": [to_clause(part) for part in parts]}}
        case Either(parts):
            return {"bool": {"should": [to_clause(part) for part in parts], "minimum_should_match": 1}}


def filters(query: Query) -> list[Clause]:
    """What is asked for besides words."""
    asked = {
        "source_kind": query.source_kinds, "source": query.sources, "topic": query.topics, "label": query.labels,
        "event": query.events,
    }  # fmt: skip
    found: list[Clause] = [{"terms": {f"tocsin.{name}": list(values)}} for name, values in asked.items() if values]
    if query.outlets_only:
        found.append({"term": {"tocsin.private": False}})
    if query.stories_only:
        found.append({"term": {"tocsin.story": True}})
    if query.since is not None:
        found.append({"range": {"tocsin.order": {"gte": order_of(query.since)}}})
    if query.until is not None:
        found.append({"range": {"tocsin.order": {"lt": order_of(query.until)}}})
    return found


def after_clause(query: Query) -> list[Clause]:
    """Only what comes after the page before. Raises QueryError."""
    if query.after is None:
        return []
    moment, n = read_cursor(query.after, query.order)
    older: Clause = {"range": {"tocsin.n": {"lt": n}}}
    if moment is None:
        return [older]
    order = order_of(moment)
    earlier, same = {"range": {"tocsin.order": {"lt": order}}}, {"term": {"tocsin.order": order}}
    return [{"bool": {"should": [earlier, {"bool": {"filter": [same, older]}}], "minimum_should_match": 1}}]


def newer(floor: int) -> list[Clause]:
    """Items from a place in the ingest sequence on."""
    return [{"range": {"tocsin.n": {"gte": floor}}}] if floor else []


def both(clauses: Sequence[Clause]) -> Clause:
    """All of them, without a score."""
    return {"bool": {"filter": list(clauses)}}


def facet_clauses() -> Clause:
    """Counts by value, most frequent first, then by name; exact, however many values there are."""
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {
        name: {"terms": {"field": f"tocsin.{name}", "size": VALUES_SHOWN, "shard_size": COUNTED, "order": order}}
        for name in FACETS
    }


def read_facet(answer: Any) -> tuple[tuple[str, int], ...]:
    """Values and counts."""
    return tuple((bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"])


def _next_cursor(sort: Sequence[int], order: str) -> str:
    moment = EPOCH + timedelta(microseconds=sort[0]) if order == "published" else EPOCH
    return make_cursor(sort[-1], moment, order)
