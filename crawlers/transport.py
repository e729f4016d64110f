"""An httpx transport that resolves a name once, checks every address it leads to, and connects to exactly that.

The check sits where the socket is opened, so a redirect, a second lookup with another answer (DNS rebinding) or a
pooled connection cannot get round it. TLS still verifies the certificate against the host name of the URL.
Proxies from the environment are not used: behind a proxy nobody could check the address.
A connection is kept a while for the same scheme, host and port and for nobody else.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import zip_longest
from typing import TypeVar

import httpx

from crawlers.address import is_excepted, refuse_address
from crawlers.bounded import call_bounded
from crawlers.settings import CrawlPolicy
from crawlers.wire import Header, Line, Wire

Resolver = Callable[[str, int], Awaitable[list[str]]]
Key = tuple[str, str, int]
T = TypeVar("T")

RESOLVE_SECONDS = 10.0
CONNECT_TRIES = 3
NEXT_AFTER_SECONDS = 5.0  # a network with half an IPv6 swallows packets; the next address gets its chance
KEEP_SECONDS = 10.0
KEEP_FOR_EACH = 4  # idle connections, times `concurrency`: about as many hosts as are being read at a time
DEFAULT_PORTS = {"http": 80, "https": 443}


class AddressRefused(Exception):  # noqa: N818 - a refusal, not a fault
    """A connection that must not be opened; its text is a sentence for a person."""


async def resolve_name(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order of the system. Raises OSError when there is none."""

    def look_up() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    return await call_bounded(look_up, RESOLVE_SECONDS)


class Dialer:
    """Opens connections to checked addresses only."""

    def __init__(self, policy: CrawlPolicy, resolver: Resolver, trust: ssl.SSLContext | None) -> None:
        self._policy = policy
        self._resolver = resolver
        self._given = trust
        self._trust: ssl.SSLContext | None = None

    async def dial(self, key: Key) -> Wire:
        """A connection to the first checked address that answers. Raises AddressRefused or httpx.TransportError."""
        scheme, host, port = key
        addresses = await self._find(host, port)
        error: httpx.TransportError | None = None
        for address in addresses:
            try:
                async with asyncio.timeout(None if address == addresses[-1] else NEXT_AFTER_SECONDS):
                    return await self._open(address, port, host if scheme == "https" else None)
            except ssl.SSLError as failed:
                raise httpx.ConnectError(f"SSL: {failed}") from failed
            except TimeoutError:
                error = httpx.ConnectTimeout("no connection in time")
            except OSError as failed:
                error = httpx.ConnectError(str(failed))
        raise error or httpx.ConnectError("the host name has no address")

    async def _open(self, address: str, port: int, name: str | None) -> Wire:
        secured = {"ssl": self._context(), "server_hostname": name} if name else {}
        _, line = await asyncio.get_running_loop().create_connection(Line, address, port, **secured)  # type: ignore[call-overload]
        return Wire(line)

    def _context(self) -> ssl.SSLContext:
        """Made when it is first needed: reading the certificates takes longer than reading twenty feeds."""
        if self._trust is None:
            self._trust = self._given or httpx.create_ssl_context()
            self._trust.set_alpn_protocols(["http/1.1"])
        return self._trust

    async def _find(self, host: str, port: int) -> list[str]:
        """Checked addresses to try, in order. One bad address refuses the name: a public site does not need it."""
        addresses = [host] if _is_literal(host) else await self._resolve(host, port)
        excepted = is_excepted(host.lower(), port, self._policy)
        for address in addresses:
            if refusal := refuse_address(address, excepted):
                raise AddressRefused(refusal)
        return order_addresses(addresses)[:CONNECT_TRIES]

    async def _resolve(self, host: str, port: int) -> list[str]:
        try:
            return await self._resolver(host, port)
        except TimeoutError as slow:
            raise httpx.ConnectTimeout("the name server does not answer") from slow
        except (OSError, UnicodeError) as unknown:
            raise httpx.ConnectError("the host name is not known") from unknown


def order_addresses(addresses: Sequence[str]) -> list[str]:
    """The addresses in the order of the system, the two families taking turns (RFC 8305 §4)."""
    first = [each for each in addresses if (":" in each) == (":" in addresses[0])]
    second = [each for each in addresses if each not in first]
    pairs = zip_longest(first, second)
    return [each for pair in pairs for each in pair if each is not None]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Kept:
    """Idle connections, at most one for each scheme, host and port. Each closes by itself after KEEP_SECONDS."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._wires: OrderedDict[Key, tuple[Wire, asyncio.TimerHandle]] = OrderedDict()

    def take(self, key: Key) -> Wire | None:
        """The one for `key`, if it is still sound."""
        if key not in self._wires:
            return None
        wire, ends = self._wires.pop(key)
        ends.cancel()
        if wire.idle:
            return wire
        wire.close()
        return None

    def put(self, key: Key, wire: Wire) -> None:
        """Keep one; the oldest makes room."""
        if key in self._wires:
            self._end(key)
        while len(self._wires) >= self._most:
            self._end(next(iter(self._wires)))
        self._wires[key] = wire, asyncio.get_running_loop().call_later(KEEP_SECONDS, self._end, key)

    def _end(self, key: Key) -> None:
        wire, ends = self._wires.pop(key)
        ends.cancel()
        wire.close()

    def close(self) -> None:
        """Close all."""
        while self._wires:
            self._end(next(iter(self._wires)))


class _Body(httpx.AsyncByteStream):
    """The body of an answer; closing it gives the connection back or closes it."""

    def __init__(self, wire: Wire, patience: float | None, done: Callable[[Wire], None]) -> None:
        self._wire = wire
        self._patience = patience
        self._done: Callable[[Wire], None] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._wire.pieces()
        while (piece := await _in_time(anext(pieces, None), self._patience)) is not None:
            yield piece

    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done:
            done(self._wire)


class CheckedTransport(httpx.AsyncBaseTransport):
    """The one way out: HTTP/1.1 over a small pool of checked connections. Belongs to one event loop.

    A wait longer than the `read` of httpx's `timeout` raises httpx.ReadTimeout; without one the caller minds the time.
    """

    def __init__(
        self, policy: CrawlPolicy, resolver: Resolver = resolve_name, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._dialer = Dialer(policy, resolver, ssl_context)
        self._kept = Kept(KEEP_FOR_EACH * policy.concurrency)
        self._room = asyncio.Semaphore(policy.concurrency)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises AddressRefused, or the TransportError of httpx that names what happened."""
        patience = request.extensions.get("timeout", {}).get("read")
        await self._room.acquire()
        try:
            return await self._exchange(request, await request.aread(), patience)
        except BaseException:
            self._room.release()
            raise

    async def _exchange(self, request: httpx.Request, body: bytes, patience: float | None) -> httpx.Response:
        """Over a kept connection, or a new one when that was closed by the other side just now."""
        key = _key_of(request.url)
        kept = self._kept.take(key) if request.method == "GET" else None
        if kept is not None:
            try:
                return await self._send(kept, key, request, body, patience)
            except (httpx.ReadError, httpx.RemoteProtocolError):
                if not kept.silent:
                    raise
        wire = await _in_time(self._dialer.dial(key), patience)
        return await self._send(wire, key, request, body, patience)

    async def _send(
        self, wire: Wire, key: Key, request: httpx.Request, body: bytes, patience: float | None
    ) -> httpx.Response:
        headers: list[Header] = request.headers.raw
        try:
            asked = wire.ask(request.method.encode("ascii"), request.url.raw_path, headers, body)
            answer = await _in_time(asked, patience)
        except BaseException:
            wire.close()
            raise
        stream = _Body(wire, patience, lambda used: self._give_back(key, used))
        return httpx.Response(answer.status_code, headers=answer.headers.raw_items(), stream=stream)

    def _give_back(self, key: Key, wire: Wire) -> None:
        self._room.release()
        if wire.finish():
            self._kept.put(key, wire)
        else:
            wire.close()

    async def aclose(self) -> None:
        """Close every connection."""
        self._kept.close()


def _key_of(url: httpx.URL) -> Key:
    return url.scheme, url.raw_host.decode("ascii"), url.port or DEFAULT_PORTS[url.scheme]


async def _in_time(work: Awaitable[T], patience: float | None) -> T:
    """The result of `work`. Raises httpx.ReadTimeout after `patience` seconds."""
    if patience is None:
        return await work
    try:
        async with asyncio.timeout(patience):
            return await work
    except TimeoutError as slow:
        raise httpx.ReadTimeout("no answer in time") from slow
