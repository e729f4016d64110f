"""How an event spreads: what is new in the last hour, who has which share, and the path over outlets."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.queries.stories import Carrier, Moment

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LastHour:
    """What came in the last hour: stories, copies, outlets that joined, and the negative share in percent of these
    stories and of all before (None without any)."""

    stories: int
    copies: int
    joined: tuple[str, ...]
    negative: int | None
    negative_before: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A source kind or source with its items and its share in percent."""

    key: str
    items: int
    share: int


@dataclass(frozen=True, slots=True)
class Step:
    """An outlet on the path: when it took the matter up, how long after the one before (in seconds)."""

    source: str
    reach: str | None
    at: datetime
    after_s: int


def last_hour(moments: Sequence[Moment], now: datetime) -> LastHour:
    """What changed in the hour before `now`."""
    fresh = [m for m in moments if now - HOUR < m.seen <= now]
    old = [m for m in moments if m.seen <= now - HOUR]
    known = {m.source for m in old}
    joined = tuple(dict.fromkeys(m.source for m in fresh if m.outlet and m.source not in known))
    stories = [m for m in fresh if m.root is None]
    return LastHour(
        len(stories), len(fresh) - len(stories), joined, negative_share(stories),
        negative_share([m for m in old if m.root is None]),
    )  # fmt: skip


def negative_share(stories: Sequence[Moment]) -> int | None:
    """Negative ones in percent."""
    return round(100 * sum(m.label == "negative" for m in stories) / len(stories)) if stories else None


def kind_shares(moments: Sequence[Moment]) -> list[Share]:
    """Items by kind of source."""
    return _shares(Counter(m.source_kind for m in moments))


def outlet_shares(moments: Sequence[Moment]) -> list[Share]:
    """Items of news and official pages by source, ten at most."""
    return _shares(Counter(m.source for m in moments if m.outlet))[:10]


def _shares(counts: Counter[str]) -> list[Share]:
    total = sum(counts.values())
    return [Share(key, n, round(100 * n / total)) for key, n in counts.most_common()]


def spread_path(carriers: Sequence[Carrier], private: frozenset[str]) -> list[Step]:
    """Outlets in the order in which they took it up."""
    steps: list[Step] = []
    for one in sorted((c for c in carriers if c.source_kind not in private), key=lambda c: c.first):
        gap = int((one.first - steps[-1].at).total_seconds()) if steps else 0
        steps.append(Step(one.source, one.reach, one.first, gap))
    return steps
