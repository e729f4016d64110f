"""Looking again at single items, within the same manners as every other request to their host.

    due looks -> robots, host turn, GET (conditional) -> there / gone / absent / unclear -> verdict -> store

Two items of a host a minute, up to `MOST_OF_HOST` while more are due than an hour of that would reach, and one request of
a host at a time, whoever asks. What the site cannot answer (time-out, 5xx, robots.txt, login) says nothing about the item.
"""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from crawlers.address import host_key
from crawlers.base import Fetched, FetchFailed, ParseFailed
from crawlers.bounded import call_bounded
from crawlers.decode import decode
from crawlers.evidence import copy_answer, copy_status
from crawlers.extract import Page, extract_page
from crawlers.faults import place_of
from crawlers.fetch import Fetcher, Turn, Wish
from crawlers.robots import Verdict as Allowance
from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.model import RawItem, Screened
from pipeline.recheck import Found, Look, Verdict, judge_look, next_look

log = structlog.get_logger()

LOOK_SECONDS = 60.0
PER_ROUND = 120
ROUND_SECONDS = 50.0  # a host that is slow does not hold up the next round
PER_HOST = 2
MOST_OF_HOST = 12  # five seconds between two: 13,680 posts of one host in the nineteen hours that there are
CLEARED_IN = 60  # rounds
LATE = timedelta(hours=13)  # with EVERY and CONFIRM_PRIVATE: what is gone would be erased after more than a day
READ_SECONDS = 20.0
STORE_SECONDS = 60.0
SHORT_PAGE = 600
_MARKERS = re.compile(
    r"(?:该|此|本|这)?(?:帖子?|主题|微博|文章|内容|回答|问题|笔记|视频|话题|页面)(?:已被?|已经被?|已由)?(?:作者|发布者|楼主|管理员|版主|系统)?"
    r"(?:自行)?(?:删除|刪除|屏蔽|撤回|移除)"
    r"|(?:指定的)?(?:帖子|主题|主題|页面|頁面|内容|文章|话题)(?:不存在|不見了)|你访问的页面不存在|您访问的页面不存在|您要查看的内容不存在"
    r"|(?:this|the) (?:topic|thread|post|article|page|content) (?:has been|was|is) (?:deleted|removed|withdrawn)"
    r"|(?:topic|thread|post) (?:does not exist|not found)|no topic was found",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_COUNTERS = re.compile(
    r"(?:阅读|浏览|点击|访问|评论|点赞|分享|收藏|views?|comments?|likes?)(?:量|数|次数?)?\s*[:：(（]?\s*\d+\s*次?"
)
_SPACE = re.compile(r"\s+")
_MASKED = re.compile(r"〔[^〔〕]{1,20}〕")
_RUN = re.compile(r"\w{4,}")
_FRONT = frozenset({"", "/", "/index.html", "/index.htm", "/index.php", "/index.jsp", "/forum.php", "/portal.php"})
_LOGIN = re.compile(r"login|signin|passport|member\.php|/cas/", re.IGNORECASE)


class RecheckStore(Protocol):
    """Where looks come from and go to. Called off the event loop; each call is one transaction."""

    def due_looks(self, now: datetime, limit: int) -> list[Look]:
        """Items whose turn it is, fairly over the sources; at most `limit` outlets and `limit` private voices."""

    def settle_look(self, look: Look, verdict: Verdict, now: datetime) -> bool:
        """Store what was found."""


@dataclass(frozen=True, slots=True)
class Again:
    """What looking again needs besides the network. `open_link` unseals the address of a private voice."""

    store: RecheckStore
    open_link: Callable[[bytes], str | None]


Judge = Callable[[str], Awaitable[Allowance]]


class Looker:
    """Belongs to one event loop, and shares its fetcher, robots.txt and host turns with the polling."""

    def __init__(
        self,
        again: Again,
        specs: Mapping[str, SourceSpec],
        policy: CrawlPolicy,
        fetcher: Fetcher,
        judge: Judge,
        turn: Turn,
        screen: Callable[[RawItem, datetime], Screened | None],
    ) -> None:
        self._again = again
        self._specs = specs
        self._policy = policy
        self._fetcher = fetcher
        self._judge = judge
        self._turn = turn
        self._screen = screen

    async def look_round(self, now: datetime) -> int:
        """Look at what is due, a few of each host; returns how many were looked at."""
        due = await call_bounded(lambda: self._again.store.due_looks(now, 10 * PER_ROUND), STORE_SECONDS)
        self._warn_late(due, now)
        ends = asyncio.get_running_loop().time() + ROUND_SECONDS
        looked = await asyncio.gather(*(self._look_at_host(pairs, now, ends) for pairs in self._choose(due).values()))
        return sum(looked)

    async def _look_at_host(self, pairs: Sequence[tuple[Look, str]], now: datetime, ends: float) -> int:
        """One after the other while there is time; what is left stays due."""
        for place, (look, url) in enumerate(pairs):
            if asyncio.get_running_loop().time() > ends:
                return place
            await self._look_safely(look, url, now)
        return len(pairs)

    def _choose(self, due: Sequence[Look]) -> dict[str, list[tuple[Look, str]]]:
        """By host: the first ones, PER_ROUND in all; of sources that are still configured."""
        chosen: dict[str, list[tuple[Look, str]]] = defaultdict(list)
        waiting: dict[str, dict[tuple[str, bool], int]] = defaultdict(dict)
        room = PER_ROUND
        for look in due:
            url = look.url or (self._again.open_link(look.sealed) if look.sealed else None)
            if url is None or look.source not in self._specs:
                continue
            host = host_key(url, self._policy)
            waiting[host][look.source, look.private] = look.waiting
            if room and len(chosen[host]) < allow_looks(sum(waiting[host].values())):
                room -= 1
                chosen[host].append((look, url))
        return chosen

    def _warn_late(self, due: Sequence[Look], now: datetime) -> None:
        """Say where the promise of a day does not hold: too many posts of one host, or a host that is too slow."""
        late = {look.source: look.waiting for look in due if look.private and look.since and now - look.since > LATE}
        for source, waiting in late.items():
            log.warning("looks_late", source=source, waiting=waiting)

    async def _look_safely(self, look: Look, url: str, now: datetime) -> None:
        try:
            verdict = await self._look(look, url, now)
            await call_bounded(lambda: self._again.store.settle_look(look, verdict, now), STORE_SECONDS)
        except Exception as fault:  # one odd item must not cost the others; it is due again in the next round
            log.error("look_fault", source=look.source, item=look.document, fault=place_of(fault))  # noqa: TRY400 - see place_of
            return
        if verdict.fate not in ("same", "first"):
            log.info("looked_again", source=look.source, item=look.document, fate=verdict.fate)

    async def _look(self, look: Look, url: str, now: datetime) -> Verdict:
        async def check(target: str) -> FetchFailed | None:
            return (await self._judge(target)).refusal

        wish = Wish(look.etag, look.last_modified)
        answer = await self._fetcher.get(url, now, wish, check, self._turn)
        if isinstance(answer, FetchFailed):
            return self._conclude(look, name_failure(answer), now, status=answer.status)
        return await self._read(look, answer, now)

    async def _read(self, look: Look, answer: Fetched, now: datetime) -> Verdict:
        if answer.status == 304:
            fate = judge_look(look, "there", look.page_hash, now)
            return Verdict(fate, next_look(look, fate, now), look.page_hash, look.etag, look.last_modified)
        spec = self._specs[look.source]
        found, page = await call_bounded(lambda: read_again(spec, look, answer, now), READ_SECONDS)
        return self._conclude(look, found, now, answer=answer, page=page)

    def _conclude(
        self,
        look: Look,
        found: Found,
        now: datetime,
        *,
        answer: Fetched | None = None,
        page: Page | None = None,
        status: int | None = None,
    ) -> Verdict:
        mark = hash_page(page) if page is not None and not look.private else None
        fate = judge_look(look, found, mark, now)
        headers = answer.headers if answer is not None and found == "there" else {}
        kept = fate in ("first", "corrected", "withdrawn", "back")
        said = self._make_edit(look, page, now) if kept and page is not None and not look.private else None
        evidence = None
        if kept:
            article = said.document if said else None
            evidence = copy_answer(answer, article, now) if answer else copy_status(status or 0)
        edit = said if fate == "corrected" else None
        return Verdict(
            fate, next_look(look, fate, now), mark, headers.get("etag"), headers.get("last-modified"), evidence, edit
        )

    def _make_edit(self, look: Look, page: Page, now: datetime) -> Screened | None:
        spec = self._specs[look.source]
        title = look.title if look.title and look.title in (page.title or look.title) else page.title
        raw = RawItem(
            look.document, look.source, look.source_kind, look.url or "", now, title, page.text,
            published=look.published, reach=spec.reach,
        )  # fmt: skip
        return self._screen(raw, now)


def allow_looks(waiting: int) -> int:
    """How many of a host may be looked at in this round, when so many are due."""
    return min(MOST_OF_HOST, max(PER_HOST, -(-waiting // CLEARED_IN)))


def name_failure(failed: FetchFailed) -> Found:
    """What a failure says about the item: 410 gone, 404 absent, anything else nothing."""
    return {410: "gone", 404: "absent"}.get(failed.status or 0, "unclear")  # type: ignore[return-value]


def read_again(spec: SourceSpec, look: Look, answer: Fetched, now: datetime) -> tuple[Found, Page | None]:
    """Whether the item is on the page, and the page as an article where it is one."""
    if led_away(answer):
        return ("unclear" if _LOGIN.search(answer.final_url) else "absent"), None
    shown = _SPACE.sub(" ", _TAG.sub(" ", decode(answer.body, answer.headers.get("content-type", "")).text))
    if says_deleted(shown, look.title):
        return "gone", None
    page = extract_page(spec, answer, now)
    return "there", None if isinstance(page, ParseFailed) else page


def led_away(answer: Fetched) -> bool:
    """True when the answer is of the front page or a login although another page was asked."""
    asked, came = urlsplit(answer.url), urlsplit(answer.final_url)
    if (asked.path, asked.query) == (came.path, came.query):
        return False
    front = came.path.lower() in _FRONT and not came.query and asked.path.lower() not in _FRONT
    return front or bool(_LOGIN.search(came.path))


def says_deleted(shown: str, title: str | None) -> bool:
    """True for a page that says that the item is deleted and does not show it: it is short, or without the title."""
    if not _MARKERS.search(shown):
        return False
    words = max(_RUN.findall(_MASKED.sub(" ", title or "")), key=len, default="")
    if words and words in shown and not _MARKERS.search(title or ""):
        return False
    return len(shown.strip()) < SHORT_PAGE or bool(words)


def hash_page(page: Page) -> str:
    """16 hex digits that stay the same while only counters and white space of a page change."""
    body = _SPACE.sub("", _COUNTERS.sub("", f"{page.title or ''}\n{page.text}"))
    return hashlib.sha256(body.encode("utf-8", "replace")).hexdigest()[:16]
