"""One polled source, once: robots, fetch, compare, parse. What it finds is a value; only surprises are logged."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from crawlers.asking import ask_url, kept_url
from crawlers.base import Fetched, FetchFailed, Parsed, ParseFailed, Source
from crawlers.bounded import call_bounded
from crawlers.drift import measure_items
from crawlers.faults import place_of
from crawlers.fetch import Fetcher, Wish
from crawlers.health import check_empty
from crawlers.mailbox import read_mailbox
from crawlers.oldness import mark_old
from crawlers.politeness import HostTurns
from crawlers.refusals import read_http_date
from crawlers.robots import MAX_BYTES, RobotsKeeper, RobotsShelf, Verdict
from crawlers.settings import SourceSpec
from crawlers.state import Attempt, SourceState
from pipeline.model import RawItem

log = structlog.get_logger()

PARSE_SECONDS = 20.0
PARSERS_AT_ONCE = 2
MAX_ITEMS = 2_000
LOOKED_AT = 2_000  # bytes in which a sitemap says what it is
FULL_EVERY = timedelta(days=7)  # some servers keep their ETag when the content changes
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a run found: the attempt for the schedule, and the items to hand in."""

    attempt: Attempt
    items: tuple[RawItem, ...] = ()


def speaks_for_itself(spec: SourceSpec, fetched: Fetched) -> bool:
    """False for an index of sitemaps (packed ones too): it stays the same when the maps that it names do not."""
    packed = fetched.body.startswith(b"\x1f\x8b")
    return spec.via != "sitemap" or not (packed or b"<sitemapindex" in fetched.body[:LOOKED_AT])


class Visitor:
    """Reads polled sources. Belongs to one event loop."""

    def __init__(
        self,
        fetcher: Fetcher,
        turns: HostTurns,
        shelf: RobotsShelf,
        sources: Mapping[str, Source],
        clock_now: Callable[[], datetime],
    ) -> None:
        self._clock_now = clock_now
        self._fetcher = fetcher
        self._turns = turns
        self._sources = sources
        self._robots = RobotsKeeper(shelf, self._ask_robots)
        self._parsing = asyncio.Semaphore(PARSERS_AT_ONCE)

    async def _ask_robots(self, url: str, now: datetime) -> Fetched | FetchFailed:
        return await self._fetcher.get(url, now, Wish(limit=MAX_BYTES, cut=True), turn=self._turns.turn)

    async def judge(self, url: str) -> Verdict:
        """What robots.txt says of `url`; its Crawl-delay holds from now on."""
        verdict = await self._robots.judge(url, self._clock_now())
        self._turns.slow_down(url, verdict.rules.delay_s)
        return verdict

    async def visit(self, spec: SourceSpec, state: SourceState) -> Visit:
        """Read `spec` once. Never raises for what a site does or serves."""
        if spec.via == "mailbox":
            found = await read_mailbox(spec, state.memory.position, self._fetcher.policy, self._clock_now())
            return take_box(found, state)
        wish = make_wish(state, self._clock_now())
        fetched = await self._ask(spec, state, wish)
        if isinstance(fetched, FetchFailed):
            return Visit(Attempt(failure=fetched))
        return await self._read(spec, state, fetched, wish)

    async def look(self, spec: SourceSpec, state: SourceState) -> "Visit | tuple[Fetched, Attempt]":
        """The first list of a crawled source and what its headers say; or the visit that ends here, because nothing
        has changed or it cannot be read."""
        wish = make_wish(state, self._clock_now())
        fetched = await self._ask(spec, state, wish)
        if isinstance(fetched, FetchFailed):
            return Visit(Attempt(failure=fetched))
        base = describe_answer(spec, state, fetched, wish)
        if base.unchanged:
            return Visit(base)
        return fetched, base if speaks_for_itself(spec, fetched) else replace(
            base, etag=None, last_modified=None, content_hash=None
        )

    async def _ask(self, spec: SourceSpec, state: SourceState, wish: Wish) -> Fetched | FetchFailed:
        """The address of a source as far as robots.txt allows, redirects included."""

        async def check(url: str) -> FetchFailed | None:
            return (await self.judge(url)).refusal

        return await self._fetcher.get(address_of(state, spec), self._clock_now(), wish, check, self._turns.turn)

    async def _read(self, spec: SourceSpec, state: SourceState, fetched: Fetched, wish: Wish) -> Visit:
        base = describe_answer(spec, state, fetched, wish)
        if base.unchanged:
            return Visit(base)
        parsed = await self._parse(spec, fetched, self._clock_now())
        if isinstance(parsed, FetchFailed):
            return Visit(Attempt(failure=parsed))
        failure = None if parsed.partial else check_empty(state, len(parsed.items))
        if failure:
            return Visit(Attempt(failure=failure))
        return Visit(*take_parsed(base, parsed, state))

    async def _parse(self, spec: SourceSpec, fetched: Fetched, now: datetime) -> Parsed | FetchFailed:
        source = self._sources[spec.via]
        async with self._parsing:
            try:
                parsed = await call_bounded(lambda: source.parse(spec, fetched, now), PARSE_SECONDS)
            except TimeoutError:
                return FetchFailed("soft", f"The answer could not be read in {PARSE_SECONDS:g} s.", code="parse_slow")
            except Exception as fault:  # a parser promises not to raise; if it does, only this source suffers
                log.error("parse_fault", source=spec.id, via=spec.via, fault=place_of(fault))  # noqa: TRY400 - no traceback, see place_of
                return FetchFailed("soft", "The answer could not be read (a fault of ours).", code="parse_fault")
        if isinstance(parsed, ParseFailed):
            return FetchFailed("soft", parsed.sentence, code="not_parsed")
        for note in parsed.notes:
            log.info("source_note", source=spec.id, note=note)
        return parsed


def describe_answer(spec: SourceSpec, state: SourceState, fetched: Fetched, wish: Wish) -> Attempt:
    """What the headers and the bytes of an answer say, whatever is in it. Unchanged: a 304, or the same bytes."""
    digest = hashlib.sha256(fetched.body).hexdigest() if fetched.status != 304 else state.content_hash
    return Attempt(
        unchanged=fetched.status == 304 or digest == state.content_hash,
        max_age=read_max_age(fetched.headers),
        etag=_newer(fetched, "etag", state.etag),
        last_modified=_newer(fetched, "last-modified", state.last_modified),
        content_hash=digest,
        full=not wish.conditional,
        moved_to=kept_url(spec, fetched.permanent_redirect),
    )


def address_of(state: SourceState, spec: SourceSpec) -> str:
    """Where a run begins: a remembered move, or the configured address as its kind is asked."""
    return ask_url(spec, state.url_now or spec.url, state.memory.position)


def take_parsed(base: Attempt, parsed: Parsed, state: SourceState) -> tuple[Attempt, tuple[RawItem, ...]]:
    """What an answer brought, and its items with the mark of a first fetch."""
    items = mark_first(parsed.items[:MAX_ITEMS], state)
    told = replace(base, items=len(items), ttl=parsed.ttl, hub=parsed.hub, topic=parsed.topic)
    told = replace(told, quiet=parsed.quiet)
    told = replace(told, quality=measure_items(items))
    return replace(told, position=parsed.position, partial=parsed.partial), items


def take_box(found: Parsed | FetchFailed, state: SourceState) -> Visit:
    """A visit to a mailbox."""
    if isinstance(found, FetchFailed):
        return Visit(Attempt(failure=found))
    return Visit(*take_parsed(Attempt(), found, state))


def make_wish(state: SourceState, now: datetime) -> Wish:
    """The stored validators, or none when the last unconditional fetch is a week old."""
    if state.last_full is None or now - state.last_full >= FULL_EVERY:
        return Wish()
    return Wish(state.etag, state.last_modified)


def mark_first(items: tuple[RawItem, ...], state: SourceState) -> tuple[RawItem, ...]:
    """The items, marked when the source was never read before, or when they are old by their own account."""
    return mark_old(items, first=state.last_ok is None)


def _newer(fetched: Fetched, name: str, before: str | None) -> str | None:
    """The validator of this answer; a 304 without one leaves the stored one in force."""
    found = fetched.headers.get(name)
    return found or (before if fetched.status == 304 else None)


def read_max_age(headers: Mapping[str, str]) -> timedelta | None:
    """How long the answer is fresh: `Cache-Control: max-age`, else `Expires` against the server's own `Date`.

    None when nothing is said, or when nothing may be cached.
    """
    value = headers.get("cache-control", "")
    if "no-cache" in value.lower() or "no-store" in value.lower():
        return None
    with suppress(OverflowError):
        if match := _MAX_AGE.search(value):
            return timedelta(seconds=int(match[1]))
    ends, sent = read_http_date(headers.get("expires", "")), read_http_date(headers.get("date", ""))
    return ends - sent if ends and sent and ends > sent else None
