"""Comparing the projection with the state of record: how many documents each month has, and the sum of their checksums.

Where a month differs, its documents are compared one by one. Changes that have not been sent yet show as differences.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.store.elastic.connection import telling
from pipeline.store.elastic.documents import Projected, checksum_of
from pipeline.store.elastic.names import MONTHLY, PARTS, Part, month_in
from pipeline.store.elastic.records import months_of_items, numbers_in, read_all, read_numbers
from pipeline.store.elastic.standing import read_standing
from pipeline.store.elastic.sync import Follower
from pipeline.store.engine import reading

PAGE = 1000
MOST_MONTHS = 2000
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
            indices = {month_in(name): name for name in follower.indices.of(part, generation)}
            there = {} if deep else tallies_there(follower, part, generation)
            for month in _months(follower, part, indices, now):
                index = indices.get(month)
                found.months.append(_compare_month(follower, part, month, index, there.get(index or "")))
    return found


def _months(follower: Follower, part: Part, indices: Iterable[str | None], now: datetime) -> list[str | None]:
    """What has to be compared, oldest first. Months that are too old are not: they are being dropped."""
    if part not in MONTHLY:
        return [None]
    with reading(follower.engine) as connection:
        here = months_of_items(connection)
    found = {month for month in (*here, *indices) if month and follower.indices.is_kept(month, now)}
    return [*sorted(found)]


def _compare_month(follower: Follower, part: Part, month: str | None, index: str | None, there: Tally | None) -> Month:
    """By count and sum when `there` has them and they are the same, otherwise document by document."""
    if there is not None:
        here = Tally()
        for one in read_month(follower, part, month):
            here.count += 1
            here.total += one.checksum
        if here == there:
            return Month(part, month, here, there)
    deep = there is None
    sums = dict(scan(follower, index, deep)) if index else {}
    wanted = {one.id: one.checksum for one in read_month(follower, part, month)}
    return Month(
        part, month, Tally(len(wanted), sum(wanted.values())), Tally(len(sums), sum(sums.values())),
        tuple(sorted(wanted.keys() - sums.keys())), tuple(sorted(sums.keys() - wanted.keys())),
        tuple(sorted(key for key in wanted.keys() & sums.keys() if wanted[key] != sums[key])),
    )  # fmt: skip


def read_month(follower: Follower, part: Part, month: str | None) -> Iterator[Projected]:
    """Every document of a part that should be there, or of one month of the items."""
    if month is None:
        yield from _read_part(follower, part)
        return
    with reading(follower.engine) as connection:
        numbers = numbers_in(connection, month)
    for start in range(0, len(numbers), PAGE):
        with reading(follower.engine) as connection:
            page = read_numbers(connection, numbers[start : start + PAGE], follower.lens)
        yield from page


def _read_part(follower: Follower, part: Part) -> Iterator[Projected]:
    after: Any = None
    while True:
        with reading(follower.engine) as connection:
            page, after = read_all(connection, part, after, PAGE, follower.lens)
        yield from page
        if after is None:
            return


def tallies_there(follower: Follower, part: Part, generation: int) -> dict[str, Tally]:
    """By index, in one request."""
    total = {"total": {"sum": {"field": "tocsin.checksum"}}}
    answer = follower.client.search(
        index=follower.target.names.all_of(part, generation), size=0, track_total_hits=False, ignore_unavailable=True,
        aggs={"indices": {"terms": {"field": "_index", "size": MOST_MONTHS}, "aggs": total}},
    )  # fmt: skip
    buckets = answer.body.get("aggregations", {}).get("indices", {}).get("buckets", ())
    found = {one["key"]: Tally(one["doc_count"], int(one["total"]["value"])) for one in buckets}
    return {name: found.get(name, Tally()) for name in follower.indices.of(part, generation)}


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
