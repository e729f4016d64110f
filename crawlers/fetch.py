"""One GET, done politely and safely: an answer read whole, or one sentence why not.

The transport of httpx is asked without its client: redirects are followed here, so that every hop is checked, waits
for its own host and counts against one deadline. No cookies, no Referer, no query added, validators sent back byte
for byte.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

import httpx

from crawlers.address import parse_url, refuse_url
from crawlers.base import Fetched, FetchFailed
from crawlers.inflate import BodyRefused, Inflater, read_coding
from crawlers.refusals import explain_error, explain_status, refuse_redirects, refuse_target
from crawlers.settings import CrawlPolicy
from crawlers.transport import AddressRefused, CheckedTransport

PRODUCT = "Tocsin"
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
_LISTS = frozenset({"cache-control", "link", "vary"})

Check = Callable[[str], Awaitable[FetchFailed | None]]
Turn = Callable[[str], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for besides the URL.

    `etag` and `last_modified` are the stored validators. `limit` overrides the size limit in bytes; with `cut` a
    longer body is cut there instead of refused.
    """

    etag: str | None = None
    last_modified: str | None = None
    limit: int | None = None
    cut: bool = False

    @property
    def conditional(self) -> bool:
        """True when a 304 may be answered."""
        return bool(self.etag or self.last_modified)


PLAIN = Wish()


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    elapsed_s: float

    @property
    def location(self) -> str | None:
        return self.headers.get("location") if self.status in REDIRECTS else None


@dataclass(frozen=True, slots=True)
class _Way:
    """Where the redirects have led so far. `permanent` is the end of the leading run of 301 and 308."""

    url: str
    seen: frozenset[str]
    spent_s: float = 0.0
    permanent: str | None = None
    straight: bool = True

    def follow(self, answer: _Answer) -> "_Way":
        """The way after a redirect. Raises httpx.InvalidURL when the target cannot be understood."""
        target = str(httpx.URL(self.url).join(answer.location or ""))
        straight = self.straight and answer.status in PERMANENT
        return _Way(
            url=target,
            seen=self.seen | {target},
            spent_s=self.spent_s + answer.elapsed_s,
            permanent=target if straight else self.permanent,
            straight=straight,
        )


def name_agent(contact: str) -> str:
    """The User-Agent: `Tocsin/<version> (+contact)`. Characters that a header cannot carry are left out."""
    plain = "".join(char for char in contact if " " <= char <= "~" and char not in "()")
    return f"{PRODUCT}/{version('tocsin')}" + (f" (+{plain})" if plain else "")


async def allow_all(_url: str) -> None:
    """A check that refuses nothing."""


class Fetcher:
    """One long-lived client for every source. Belongs to one event loop; `aclose` it there."""

    def __init__(self, policy: CrawlPolicy, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._policy = policy
        self._transport = transport or CheckedTransport(policy)
        self._headers = [
            (b"User-Agent", name_agent(policy.contact).encode("ascii")),
            (b"Accept", ACCEPT.encode("ascii")),
            (b"Accept-Encoding", b"gzip, deflate"),
        ]

    @property
    def policy(self) -> CrawlPolicy:
        """How this client reads."""
        return self._policy

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def get(
        self,
        url: str,
        now: datetime,
        wish: Wish = PLAIN,
        check: Check = allow_all,
        turn: Turn = lambda _url: nullcontext(),  # type: ignore[assignment,unused-ignore]
    ) -> Fetched | FetchFailed:
        """Fetch `url`. `check` may refuse each hop (robots.txt), `turn` waits for each host's slot.

        The deadline covers the network time of all hops together, not the waiting for slots. Never raises for
        what a server does. `now` is the time against which a Retry-After date is read.
        """
        way = _Way(url, frozenset({url}))
        for _ in range(self._policy.max_redirects + 1):
            if refusal := refuse_url(way.url, self._policy):
                return refuse_target(refusal)
            if failed := await check(way.url):
                return failed
            async with turn(way.url):
                answer = await self._ask(way, wish)
            if isinstance(answer, FetchFailed):
                return answer
            if answer.location is None:
                return self._conclude(url, way, answer, wish, now)
            try:
                following = way.follow(answer)
            except (httpx.InvalidURL, ValueError):
                return refuse_target("it redirects to something that is not an address")
            if following.url in way.seen:
                return refuse_redirects("The source redirects in a circle.")
            way = following
        return refuse_redirects(f"The source redirects more than {self._policy.max_redirects} times.")

    async def _ask(self, way: _Way, wish: Wish) -> _Answer | FetchFailed:
        """One request within what is left of the deadline; every expected error as a value."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._policy.timeout - way.spent_s):
                answer = await self._exchange(way.url, wish)
        except TimeoutError:
            return FetchFailed(
                "temporary", f"The source did not finish its answer in {self._policy.timeout:g} s.", code="timeout"
            )
        except BodyRefused as refused:
            return FetchFailed("soft", f"The answer was not used: {refused}.", code="body")
        except AddressRefused as refused:
            return refuse_target(str(refused))
        except httpx.HTTPError as error:
            return explain_error(error)
        return replace(answer, elapsed_s=time.monotonic() - started)

    async def _exchange(self, url: str, wish: Wish) -> _Answer:
        request = httpx.Request("GET", parse_url(url), headers=self._ask_headers(wish))
        response = await self._transport.handle_async_request(request)
        try:
            headers = read_headers(response.headers.raw)
            body = await self._read_body(response, headers, wish) if 200 <= response.status_code < 300 else b""
            return _Answer(response.status_code, headers, body, 0.0)
        finally:
            await response.aclose()

    def _ask_headers(self, wish: Wish) -> list[tuple[bytes, bytes]]:
        headers = list(self._headers)
        if wish.etag:
            headers.append((b"If-None-Match", wish.etag.encode("latin-1")))
        if wish.last_modified:
            headers.append((b"If-Modified-Since", wish.last_modified.encode("latin-1")))
        return headers

    async def _read_body(self, response: httpx.Response, headers: dict[str, str], wish: Wish) -> bytes:
        limit = wish.limit or self._policy.max_bytes
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > limit and not wish.cut:
            raise BodyRefused(f"the answer is larger than {limit // 1024} KiB")
        inflater = Inflater(read_coding(headers.get("content-encoding", "")), limit, wish.cut)
        async for piece in response.aiter_raw():
            inflater.feed(piece)
            if inflater.full:
                break
        return inflater.finish()

    def _conclude(self, url: str, way: _Way, answer: _Answer, wish: Wish, now: datetime) -> Fetched | FetchFailed:
        usable = answer.status in (200, 203) or (answer.status == 304 and wish.conditional)
        if not usable:
            return explain_status(answer.status, answer.headers, now)
        return Fetched(
            url, way.url, answer.status, answer.headers, answer.body, way.spent_s + answer.elapsed_s, way.permanent
        )


def read_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields with lower-case names, values as Latin-1 so that validators keep their bytes.

    A repeated field is joined where lists are usual; of any other the first one holds. The bytes of a
    Location that should have been escaped are, as they are: a server with GBK in its paths wants GBK back.
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = raw_name.decode("latin-1").lower()
        value = _read_location(raw_value) if name == "location" else raw_value.decode("latin-1")
        if name not in found:
            found[name] = value
        elif name in _LISTS:
            found[name] += f", {value}"
    return found


def _read_location(raw: bytes) -> str:
    return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)
