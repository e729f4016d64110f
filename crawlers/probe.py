"""A look at sources without keeping anything: for `tocsin check`, which asks before it promises."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.base import Source
from crawlers.fetch import Fetcher
from crawlers.politeness import HostTurns
from crawlers.schedule import floor_of
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import begin_state
from crawlers.visit import Visitor


@dataclass(frozen=True, slots=True)
class Probe:
    """What a source answered: `said` is one sentence; `items` is how many its first page or feed held."""

    id: str
    ok: bool
    said: str
    items: int


class _Forgetful:
    """robots.txt for the length of one look."""

    def __init__(self) -> None:
        self._rows: dict[str, Mapping[str, Any]] = {}

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        return self._rows.get(origin)

    def put_robots(self, values: Mapping[str, Any]) -> None:
        self._rows[values["origin"]] = values


def probe_sources(
    specs: Sequence[SourceSpec], policy: CrawlPolicy, sources: Mapping[str, Source], now: datetime
) -> list[Probe]:
    """Read each source once, politely and at the same time; of a crawled one only its first list. Same order."""
    return asyncio.run(_probe_all(specs, policy, sources, now))


async def _probe_all(
    specs: Sequence[SourceSpec], policy: CrawlPolicy, sources: Mapping[str, Source], now: datetime
) -> list[Probe]:
    fetcher = Fetcher(policy)
    try:
        visitor = Visitor(fetcher, HostTurns(policy), _Forgetful(), sources, lambda: now)
        return await asyncio.gather(*(_probe(visitor, spec, policy, now) for spec in specs))
    finally:
        await fetcher.aclose()


async def _probe(visitor: Visitor, spec: SourceSpec, policy: CrawlPolicy, now: datetime) -> Probe:
    visit = await visitor.visit(spec, begin_state(spec, floor_of(spec, policy), now))
    failure, items = visit.attempt.failure, visit.attempt.items
    if failure is not None:
        return Probe(spec.id, False, failure.sentence, 0)
    return Probe(spec.id, True, f"It works and holds {items} items." if items else "It works but is empty.", items)
