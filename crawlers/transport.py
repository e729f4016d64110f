"""An httpx transport that resolves a name once, checks every address it leads to, and connects to exactly that.

The check sits where the socket is opened, so a redirect, a second lookup with another answer (DNS rebinding) or a
pooled connection cannot get round it. TLS still verifies the certificate against the host name of the URL.
Proxies from the environment are not used: behind a proxy nobody could check the address.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Any

import httpcore
import httpx

from crawlers.address import is_excepted, refuse_address
from crawlers.bounded import call_bounded
from crawlers.settings import CrawlPolicy

Resolver = Callable[[str, int], Awaitable[list[str]]]

RESOLVE_SECONDS = 10.0
CONNECT_TRIES = 3
NEXT_AFTER_SECONDS = 5.0  # a network with half an IPv6 swallows packets; the next address gets its chance


class AddressRefused(Exception):  # noqa: N818 - a refusal, not a fault
    """A connection that must not be opened; its text is a sentence for a person."""


async def resolve_name(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order of the system. Raises OSError when there is none."""

    def look_up() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    return await call_bounded(look_up, RESOLVE_SECONDS)


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to checked addresses only."""

    def __init__(self, policy: CrawlPolicy, resolver: Resolver = resolve_name) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the first checked address that answers. Raises AddressRefused or httpcore.ConnectError."""
        addresses = await self._find(host, port)
        error: Exception | None = None
        for address in addresses:
            patience = timeout if address == addresses[-1] else min(timeout or NEXT_AFTER_SECONDS, NEXT_AFTER_SECONDS)
            try:
                return await self._inner.connect_tcp(address, port, patience, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error or httpcore.ConnectError("the host name has no address")

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
            raise httpcore.ConnectTimeout("the name server does not answer") from slow
        except (OSError, UnicodeError) as unknown:
            raise httpcore.ConnectError("the host name is not known") from unknown

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a source is on the network."""
        raise AddressRefused(f"a local socket is not a source: {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its tries."""
        await asyncio.sleep(seconds)


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


class _Stream(httpx.AsyncByteStream):
    """The body of an answer, with the errors of httpcore told as those of httpx."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                yield chunk
        except _FOREIGN as failed:
            raise _as_httpx(failed) from failed

    async def aclose(self) -> None:
        """Give the connection back or close it."""
        await self._inner.aclose()


class CheckedTransport(httpx.AsyncBaseTransport):
    """The one way out: HTTP/1.1 over a small pool of checked connections."""

    def __init__(
        self, policy: CrawlPolicy, resolver: Resolver = resolve_name, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=policy.concurrency,
            max_keepalive_connections=min(16, policy.concurrency),
            keepalive_expiry=10.0,
            network_backend=CheckedBackend(policy, resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises AddressRefused, or the TransportError of httpx that names what happened."""
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(outgoing)
        except _FOREIGN as failed:
            raise _as_httpx(failed) from failed
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


_FOREIGN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


def _as_httpx(failed: Exception) -> httpx.TransportError:
    """The error of httpx that has the same name (the two libraries share their names)."""
    kind = getattr(httpx, type(failed).__name__, httpx.TransportError)
    error: httpx.TransportError = kind(str(failed))
    return error
