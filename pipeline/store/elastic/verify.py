"""Comparing the projection with the state of record: how many documents each month has, and the sum of their checksums.

Where a month differs, its documents are compared one by one. Changes that have not been sent yet show as differences.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.store.elastic.connection import telling
from pipeline.store.elastic.documents import Projected, checksum_of
from pipeline.store.elastic.names import PARTS, Part, month_in
from pipeline.store.elastic.records import read_all
from pipeline.store.elastic.standing import read_standing
from pipeline.store.elastic.sync import Follower
from pipeline.store.engine import reading

PAGE = 1000
SHOWN = 5


@dataclass(slots=True)
class Tally:
    """Documents of one month: how many, and the sum of their checksums."""

    count: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one part (None: the part is not cut), here and there, and by id what differs: `missing` there,
    `left` there though gone here, `different`."""

    part: Part
    month: str | None
    here: Tally
    there: Tally
    missing: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    different: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both have the same."""
        return self.here == self.there and not (self.missing or self.left or self.different)

    def sentence(self) -> str:
        """What differs, with some ids."""
        parts = [(name, getattr(self, name)) for name in ("missing", "left", "different")]
        said = [
            f"{len(ids)} {name} ({', '.join(ids[:SHOWN])}{' …' if len(ids) > SHOWN else ''})"
            for name, ids in parts
            if ids
        ]
        return f"{self.here.count} in SQL, {self.there.count} in Elasticsearch: " + (
            "; ".join(said) or "checksums differ"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All months, and how many changes were still unsent when it began."""

    behind: int
    parked: int
    months: list[Month] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """True when nothing differs."""
        return all(month.same for month in self.months)


def compare(follower: Follower, now: datetime, *, deep: bool = False) -> Comparison:
    """Compare everything. `deep` reads each document there instead of adding up the checksums that came with it, and so
    finds what was changed by another hand. Raises ElasticUnavailable."""
    with reading(follower.engine) as connection:
        standing = read_standing(connection)
    generation = standing.generation
    found = Comparison(standing.behind, standing.parked)
    with telling(follower.target.address.hosts):
        follower.indices.forget()
        follower.indices.refresh(generation)
        for part in PARTS:
            here = tally_here(follower, part, now)
            there = {month_in(name): name for name in follower.indices.of(part, generation)}
            for month in sorted({*here, *there}, key=lambda one: one or ""):
                found.months.append(_compare_month(follower, part, month, here, there.get(month), deep))
    return found


def read_part(follower: Follower, part: Part, now: datetime) -> Iterator[Projected]:
    """Every document that should be there."""
    after: Any = None
    while True:
        with reading(follower.engine) as connection:
            page, after = read_all(connection, part, after, PAGE, follower.lens)
        yield from (one for one in page if part != "items" or follower.indices.is_kept(one.month, now))
        if after is None:
            return


def tally_here(follower: Follower, part: Part, now: datetime) -> dict[str | None, Tally]:
    """By month, from SQL."""
    found: dict[str | None, Tally] = {}
    for one in read_part(follower, part, now):
        tally = found.setdefault(one.month, Tally())
        tally.count += 1
        tally.total += one.checksum
    return found


def _compare_month(
    follower: Follower, part: Part, month: str | None, tallies: dict[str | None, Tally], index: str | None, deep: bool
) -> Month:
    here = tallies.get(month, Tally())
    if index is not None and not deep:
        there = _tally_there(follower, index)
        if here == there:
            return Month(part, month, here, there)
    sums = dict(scan(follower, index, deep)) if index else {}
    wanted = {one.id: one.checksum for one in _month_of(follower, part, month)}
    return Month(
        part, month, here, Tally(len(sums), sum(sums.values())), tuple(sorted(wanted.keys() - sums.keys())),
        tuple(sorted(sums.keys() - wanted.keys())),
        tuple(sorted(key for key in wanted.keys() & sums.keys() if wanted[key] != sums[key])),
    )  # fmt: skip


def _month_of(follower: Follower, part: Part, month: str | None) -> Iterator[Projected]:
    after: Any = None
    while True:
        with reading(follower.engine) as connection:
            page, after = read_all(connection, part, after, PAGE, follower.lens)
        yield from (one for one in page if one.month == month)
        if after is None:
            return


def _tally_there(follower: Follower, index: str) -> Tally:
    answer = follower.client.search(
        index=index, size=0, track_total_hits=True, aggs={"sum": {"sum": {"field": "tocsin.checksum"}}}
    )
    return Tally(answer["hits"]["total"]["value"], int(answer["aggregations"]["sum"]["value"]))


def scan(follower: Follower, index: str, deep: bool) -> Iterator[tuple[str, int]]:
    """(id, checksum) of every document of an index: the one it carries, or with `deep` the one of its content."""
    wanted: Any = True if deep else ["tocsin.checksum"]
    client, after = follower.client, None
    point = client.open_point_in_time(index=index, keep_alive="2m")["id"]
    try:
        while True:
            answer = client.search(
                pit={"id": point, "keep_alive": "2m"}, size=PAGE, source=wanted, sort=[{"_shard_doc": "asc"}],
                search_after=after, track_total_hits=False,
            )  # fmt: skip
            hits = answer["hits"]["hits"]
            for hit in hits:
                body = hit["_source"]
                yield hit["_id"], checksum_of(body) if deep else body.get("tocsin", {}).get("checksum", 0)
            if not hits:
                return
            after = hits[-1]["sort"]
    finally:
        client.close_point_in_time(id=point)
