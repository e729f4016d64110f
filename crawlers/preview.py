"""Trying a source before it is one: what kind it is, whether we may read it, and the first items it would give.

Everything goes the way of the collector (robots.txt, checked addresses, pauses, limits) and nothing is stored; items
are screened, so that a preview shows what would be kept and not what somebody wrote.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec.structs import replace as remake

from crawlers.asking import ask_url
from crawlers.base import Fetched, FetchFailed, ParseFailed
from crawlers.bounded import call_bounded
from crawlers.detect import Guess, detect
from crawlers.door import Screener
from crawlers.fetch import Fetcher
from crawlers.kinds import SOURCES
from crawlers.politeness import HostTurns
from crawlers.robots import RobotsShelf
from crawlers.rsshub import refuse_instance
from crawlers.schedule import floor_of
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.visit import Visitor
from pipeline.model import RawItem, Screened
from pipeline.person import check_source

SHOWN = 5
SECONDS = 60.0
PARSE_SECONDS = 15.0
Get = Callable[[str], Awaitable[Fetched | FetchFailed]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as it would be kept: masked; `link` only for news and official sources."""

    title: str
    text: str
    published: datetime | None
    link: str | None
    ours: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a source would be. `spec` is None when nothing could be made of the address;
    `said` is why, in English, and `code` the same for translation.

    `allowed` is the verdict of robots.txt, `floor_minutes` the shortest pause between two readings, `why` a code for
    how the kind was found, `found` how many items the answer holds.
    """

    said: str
    code: str = ""
    spec: SourceSpec | None = None
    why: str = ""
    allowed: bool = True
    floor_minutes: float = 60.0
    found: int = 0
    items: tuple[Shown, ...] = ()


class Previewer:
    """Tries addresses; safe to call from any thread, one after the other."""

    def __init__(
        self, shelf: RobotsShelf, screen: Screener, policy: CrawlPolicy, clock_now: Callable[[], datetime]
    ) -> None:
        self._shelf, self._screen, self._policy, self._clock_now = shelf, screen, policy, clock_now
        self._lock = threading.Lock()

    def preview(self, spec: SourceSpec, given: bool) -> Preview:
        """Try `spec`. Unless `given`, its `via` is found out; else it is read as it says."""
        try:
            with self._lock:
                return asyncio.run(asyncio.wait_for(self._preview(spec, given), SECONDS))
        except TimeoutError:
            return Preview(f"The site did not answer in {SECONDS:g} s.", "timeout")

    async def _preview(self, spec: SourceSpec, given: bool) -> Preview:
        refused = refuse_source(spec)
        if refused:
            return Preview(refused, "refused")
        fetcher, turns = Fetcher(self._policy), HostTurns(self._policy)
        visitor = Visitor(fetcher, turns, self._shelf, {}, self._clock_now)

        async def get(url: str) -> Fetched | FetchFailed:
            async def check(hop: str) -> FetchFailed | None:
                return (await visitor.judge(hop)).refusal

            return await fetcher.get(url, self._clock_now(), check=check, turn=turns.turn)

        try:
            return await self._try_all(spec, given, get)
        finally:
            await fetcher.aclose()

    async def _try_all(self, spec: SourceSpec, given: bool, get: Get) -> Preview:
        if given:
            return await self._try(spec, "given", get)
        first = await get(spec.url)
        if isinstance(first, FetchFailed):
            return Preview(first.sentence, first.code, allowed=first.code != "robots")
        best = Preview("Nothing on this page repeats as a list does, and it names no feed.", "no_list")
        for guess in detect(first, self._clock_now()):
            tried = await self._try(
                spec_of(spec, guess), guess.why, get, first if guess.url == first.final_url else None
            )
            if tried.items:
                return tried
            best = tried if best.spec is None else best
        return best

    async def _try(self, spec: SourceSpec, why: str, get: Get, at_hand: Fetched | None = None) -> Preview:
        refused = refuse_source(spec)
        if refused:
            return Preview(refused)
        asked = ask_url(spec, spec.url)
        fetched = at_hand if at_hand is not None and asked == spec.url else await get(asked)
        if isinstance(fetched, FetchFailed):
            return Preview(fetched.sentence, fetched.code, spec, why, fetched.code != "robots")
        now = self._clock_now()
        parsed = await call_bounded(lambda: SOURCES[spec.via].parse(spec, fetched, now), PARSE_SECONDS)
        if isinstance(parsed, ParseFailed):
            return Preview(parsed.sentence, "not_parsed", spec, why)
        floor = floor_of(spec, self._policy).total_seconds() / 60
        shown = self._show(parsed.items, now)
        said = "" if parsed.items else "The answer is there but holds no items."
        return Preview(said, "" if parsed.items else "empty", spec, why, True, floor, len(parsed.items), shown)

    def _show(self, items: Sequence[RawItem], now: datetime) -> tuple[Shown, ...]:
        screened = (self._screen.screen(replace(item, first_fetch=True), now) for item in items[: 2 * SHOWN])
        documents = [one.document for one in screened if isinstance(one, Screened)][:SHOWN]
        return tuple(
            Shown(one.title or "", one.text[:200], one.published, one.url, one.mention.is_ours) for one in documents
        )


def spec_of(spec: SourceSpec, guess: Guess) -> SourceSpec:
    """The source that a guess makes of what was asked; what the person chose stays."""
    chosen = spec.selectors if spec.selectors.item else guess.selectors
    return remake(spec, url=guess.url, via=guess.via, selectors=chosen, items=spec.items or guess.items)


def refuse_source(spec: SourceSpec) -> str:
    """Why this address is no source, empty when it may be one."""
    check = check_source(spec.url, spec.organisation)
    if not check.ok:
        return check.reason
    hosted = refuse_instance(spec.url)
    return f"{hosted[:1].upper()}{hosted[1:]}." if hosted else ""
