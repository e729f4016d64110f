"""What staff saw: up to 200 characters, or a public address that is read by the crawler's own door.

    form -> ReportDesk -> text: screened and queued at once
                       -> address: checked, made person-free, sealed -> ReportReader -> robots, SSRF-safe GET, screen

The page that takes a report fetches nothing. What it says comes in as a private voice (`other`), masked like all
others; a page of a configured source comes in as what that source is.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog

from crawlers.address import refuse_url
from crawlers.base import FetchFailed, ParseFailed
from crawlers.door import Screener
from crawlers.extract import extract_page
from crawlers.faults import place_of
from crawlers.fetch import Fetcher
from crawlers.identity import item_id, local_id
from crawlers.politeness import HostTurns
from crawlers.settings import CrawlPolicy, SourceSpec
from crawlers.visit import Visitor
from crawlers.walls import is_login_address
from pipeline.links import host_of, is_profile, person_free
from pipeline.model import RawItem, Screened
from pipeline.person import check_source
from pipeline.seal import LinkSeal
from pipeline.store.engine import reading, writing
from pipeline.store.store import SqlStore
from pipeline.store.ways_in import Report, count_reports, due_reports, put_report, settle_report

SOURCE = "staff-report"
MAX_CHARS = 200
PER_HOUR = 60
TRIES = 3
AGAIN = timedelta(minutes=15)
Problem = Literal["empty", "long", "address", "profile", "refused", "full"]
log = structlog.get_logger()


class ReportDesk:
    """Takes reports. May be called from several threads."""

    def __init__(self, store: SqlStore, screen: Screener, seal: LinkSeal, policy: CrawlPolicy) -> None:
        self._store = store
        self._screen = screen
        self._seal = seal
        self._policy = policy
        self._lock = threading.Lock()

    def submit(self, url: str, text: str, now: datetime) -> Problem | None:
        """Take an address, a text or both; what is wrong with them, else None."""
        problem = self._problem_of(url, text, now)
        if problem is None and text:
            problem = self._take_text(text, now)
        if problem is None and url:
            link = person_free(url)
            with writing(self._store.engine) as connection:
                put_report(connection, host_of(link), self._seal.seal(link), now)
        return problem

    def _problem_of(self, url: str, text: str, now: datetime) -> Problem | None:
        if not url and not text:
            return "empty"
        if len(text) > MAX_CHARS:
            return "long"
        if url and (refuse_url(url, self._policy) or not person_free(url)):
            return "address"
        if url and (is_profile(url) or not check_source(person_free(url)).ok):
            return "profile"
        with reading(self._store.engine) as connection:
            return "full" if count_reports(connection, now - timedelta(hours=1)) >= PER_HOUR else None

    def _take_text(self, text: str, now: datetime) -> Problem | None:
        raw = RawItem(id=local_id(SOURCE, text), source=SOURCE, source_kind="other", url="", seen=now, text=text)
        with self._lock:
            screened = self._screen.screen(raw, now)
        if not isinstance(screened, Screened):
            return "refused"
        self._store.push({"id": SOURCE}, "", [screened], now)
        return None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one address. `said` is a stable code of why not; `again`: it may work later."""

    state: str
    said: str
    again: bool = False


class ReportReader:
    """Reads the addresses that wait. `step` is called by one thread."""

    def __init__(
        self, store: SqlStore, screen: Screener, seal: LinkSeal, policy: CrawlPolicy,
        specs: Sequence[SourceSpec], clock_now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._store, self._screen, self._seal = store, screen, seal
        self._policy, self._clock_now = policy, clock_now
        self._by_host = {host_of(spec.url): spec for spec in reversed(specs) if spec.via not in ("mailbox", "inbox")}

    def step(self) -> int:
        """Read what is due; how many addresses were tried."""
        with reading(self._store.engine) as connection:
            due = due_reports(connection, self._clock_now())
        if due:
            asyncio.run(self._read_all(due))
        return len(due)

    async def _read_all(self, due: Sequence[Report]) -> None:
        fetcher, turns = Fetcher(self._policy), HostTurns(self._policy)
        visitor = Visitor(fetcher, turns, self._store, {}, self._clock_now)
        try:
            for report in due:
                outcome = await self._try(report, fetcher, turns, visitor)
                self._settle(report, outcome)
        finally:
            await fetcher.aclose()

    def _settle(self, report: Report, outcome: _Outcome) -> None:
        again = outcome.again and report.tries + 1 < TRIES
        with writing(self._store.engine) as connection:
            state = "waiting" if again else outcome.state
            settle_report(connection, report.number, state, outcome.said, self._clock_now() + AGAIN if again else None)

    async def _try(self, report: Report, fetcher: Fetcher, turns: HostTurns, visitor: Visitor) -> _Outcome:
        try:
            return await self._read(report, fetcher, turns, visitor)
        except Exception as fault:
            log.error("report_fault", report=report.number, fault=place_of(fault))  # noqa: TRY400 - no traceback, see place_of
            return _Outcome("refused", "parse_fault")

    async def _read(self, report: Report, fetcher: Fetcher, turns: HostTurns, visitor: Visitor) -> _Outcome:
        async def check(url: str) -> FetchFailed | None:
            return (await visitor.judge(url)).refusal

        url, now = self._seal.open(report.sealed), self._clock_now()
        if url is None:
            return _Outcome("refused", "expired")
        fetched = await fetcher.get(url, now, check=check, turn=turns.turn)
        if isinstance(fetched, FetchFailed):
            return _Outcome("refused", fetched.code, fetched.grade == "temporary")
        if is_login_address(fetched.final_url):
            return _Outcome("refused", "login")
        if is_profile(fetched.final_url):
            return _Outcome("refused", "refused")
        spec = self._by_host.get(host_of(url)) or SourceSpec(SOURCE, url, "other")
        page = extract_page(spec, fetched, now)
        if isinstance(page, ParseFailed):
            return _Outcome("refused", "not_parsed")
        raw = RawItem(
            id=item_id(url), source=spec.id, source_kind=spec.kind, url=url, seen=now, title=page.title, text=page.text,
            published=page.published, reach=spec.reach,
        )  # fmt: skip
        return self._bring(raw, now)

    def _bring(self, raw: RawItem, now: datetime) -> _Outcome:
        screened = self._screen.screen(raw, now)
        if not isinstance(screened, Screened):
            return _Outcome("refused", "not_parsed")
        fresh = self._store.push({"id": raw.source}, "", [screened], now) or [False]
        return _Outcome("taken" if fresh[0] else "known", "")
