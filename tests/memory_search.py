"""Search over a list, read character by character: what the others are compared with, and a stand-in for tests."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, select

from pipeline.model import PRIVATE_KINDS
from pipeline.store.engine import reading
from pipeline.store.highlight import find_spans
from pipeline.store.query import Both, Either, Node, Not, Phrase, parse_query
from pipeline.store.schema import documents
from pipeline.store.search import (
    COUNTED,
    VALUES_SHOWN,
    Found,
    Query,
    make_cursor,
    make_hit,
    page_size,
    read_cursor,
)

FACETS = ("source_kind", "topic", "label", "event")


@dataclass
class MemorySearch:
    """Rows of `documents`, newest first."""

    rows: Sequence[RowMapping]

    @classmethod
    def of(cls, engine: Engine) -> "MemorySearch":
        """What a store has now."""
        with reading(engine) as connection:
            return cls(connection.execute(select(documents).order_by(documents.c.n.desc())).mappings().all())

    def search(self, query: Query) -> Found:
        """One page of hits."""
        tree = parse_query(query.text)
        fits = [row for row in self.rows if (tree is None or says(tree, row)) and passes(query, row)][:COUNTED]
        page = (
            sorted(fits, key=lambda row: (row["charted"], row["n"]), reverse=True)
            if query.order == "published"
            else fits
        )
        if query.after is not None:
            page = list(follow(page, query))
        limit = page_size(query)
        hits = tuple(make_hit(row, tree) for row in page[:limit])
        following = make_cursor(hits[-1].n, hits[-1].charted, query.order) if len(page) > limit else None
        if not query.facets:
            return Found(hits, following)
        return Found(hits, following, len(fits), {name: count(row[name] for row in fits) for name in FACETS})


def says(node: Node, row: RowMapping) -> bool:
    """Whether title or text says it."""
    match node:
        case Phrase():
            return any(find_spans(row[part] or "", [node.words]) for part in ("title", "text"))
        case Not(part):
            return not says(part, row)
        case Both(parts):
            return all(says(part, row) for part in parts)
        case Either(parts):
            return any(says(part, row) for part in parts)


def passes(query: Query, row: RowMapping) -> bool:
    """Whether the filters let it through."""
    asked = {
        "source_kind": query.source_kinds, "source": query.sources, "topic": query.topics, "label": query.labels,
        "event": query.events,
    }  # fmt: skip
    return (
        all(row[name] in values for name, values in asked.items() if values)
        and not (query.outlets_only and row["source_kind"] in PRIVATE_KINDS)
        and not (query.stories_only and row["duplicate_of"] is not None)
        and (query.since is None or row["charted"] >= query.since)
        and (query.until is None or row["charted"] < query.until)
    )


def follow(page: Sequence[RowMapping], query: Query) -> Iterable[RowMapping]:
    """What comes after the page before."""
    moment, n = read_cursor(query.after or "", query.order)
    if moment is None:
        return (row for row in page if row["n"] < n)
    return (row for row in page if (row["charted"], row["n"]) < (moment, n))


def count(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    """Values by frequency, then by name."""
    counted = Counter(value for value in values if value is not None)
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:VALUES_SHOWN])
