"""What a round of collecting works with, and how it says how a source stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from crawlers.base import CrawlBatch, Source
from crawlers.bounded import call_bounded
from crawlers.door import Door, Store
from crawlers.refusals import GONE
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.state import Health, SourceState
from crawlers.websub import Hubs
from crawlers.withdrawal import Again

ORDER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """How a source stands after a round. `ran` False: it was not due. `items` were in the answer, `new` of them new."""

    id: str
    ran: bool
    health: Health
    said: str
    items: int
    new: int
    next_due: datetime


def summarise(state: SourceState, items: int = 0, new: int = 0, ran: bool = False) -> SourceSummary:
    """The summary of a source from its state."""
    return SourceSummary(state.id, ran, state.health, state.said, items, new, state.next_due)


Report = Callable[[SourceSummary], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a round works with. `states` is shared and replaced entry by entry. `order_of` is the address and the
    operator's answer about a source that is gone."""

    specs: Mapping[str, SourceSpec]
    states: dict[str, SourceState]
    policy: CrawlPolicy
    store: Store
    door: Door
    crawl_batch: CrawlBatch
    sources: Mapping[str, Source]
    transport: Callable[[], httpx.AsyncBaseTransport] | None
    monotonic: Callable[[], float]
    again: Again | None = None
    hubs: Hubs | None = None
    order_of: Callable[[str], tuple[str, str] | None] = lambda _source: None


async def is_stopped(parts: Parts, spec: SourceSpec, state: SourceState) -> bool:
    """True when the operator has said that a source which is gone (410) need not be asked any more."""
    if state.memory.status != GONE:
        return False
    order = await call_bounded(lambda: parts.order_of(spec.id), ORDER_SECONDS)
    return order == (spec.url, "stop")
