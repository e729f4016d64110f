"""Connections are kept for their own host only, and what a server says unasked is never taken for an answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from crawlers.base import Fetched, FetchFailed
from crawlers.fetch import Fetcher
from crawlers.settings import CrawlPolicy

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def said(body: bytes, *more: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *more, b"", body])


class Server:
    """Gives its answers one after the other on every connection; `after` is what it then does unasked."""

    def __init__(self, answers: Sequence[bytes], after: Play | None = None) -> None:
        self.answers, self.after = list(answers), after
        self.connections = 0
        self.requests: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(self.answers[min(len(self.requests), len(self.answers)) - 1])
                await writer.drain()
                if self.after:
                    await self.after(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def read_twice(server: Server, pause_s: float = 0.1) -> list[Fetched | FetchFailed]:
    """Two fetches of one page by one client."""

    async def run() -> list[Fetched | FetchFailed]:
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        fetcher = Fetcher(CrawlPolicy(allow_private=[f"127.0.0.1:{port}"], timeout=3.0))
        try:
            first = await fetcher.get(f"http://127.0.0.1:{port}/", NOW)
            await asyncio.sleep(pause_s)
            return [first, await fetcher.get(f"http://127.0.0.1:{port}/", NOW)]
        finally:
            await fetcher.aclose()
            listening.close()

    return asyncio.run(run())


def bodies(found: Sequence[Fetched | FetchFailed]) -> list[bytes]:
    return [one.body if isinstance(one, Fetched) else one.code.encode() for one in found]


def test_a_host_is_asked_twice_over_one_connection() -> None:
    """Two sources of one host cost one connection."""
    server = Server([said(b"one"), said(b"two")])
    assert bodies(read_twice(server)) == [b"one", b"two"]
    assert server.connections == 1


def test_a_page_that_nobody_reads_does_not_cost_the_connection() -> None:
    """A 404 with a small page, as robots.txt mostly is: the connection goes on being used."""
    server = Server([said(b"not here").replace(b"200 OK", b"404 Not Found"), said(b"two")])
    assert bodies(read_twice(server)) == [b"http_status", b"two"]
    assert server.connections == 1


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one() -> None:
    """A server that sends a second answer at once, or later while the connection rests, gets a new connection."""

    async def push(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(said(b"forged"))
        await writer.drain()

    at_once, later = Server([said(b"one") + said(b"forged"), said(b"two")]), Server([said(b"one"), said(b"two")], push)
    for server in (at_once, later):
        assert bodies(read_twice(server)) == [b"one", b"two"]
        assert server.connections == 2


def test_a_connection_that_the_server_closed_is_no_failure() -> None:
    """Closing a resting connection, or at the very moment of the next request, costs a new connection and no more."""

    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def close_when_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    for play in (close, close_when_asked):
        server = Server([said(b"one"), said(b"two")], play)
        assert bodies(read_twice(server)) == [b"one", b"two"]
        assert server.connections == 2


def test_a_fault_in_the_middle_of_an_answer_is_not_asked_again() -> None:
    """Only a connection that died without a word is tried once more: a server is not asked twice for its nonsense."""
    server = Server([said(b"one"), b"HTTP/1.1 nonsense\r\n\r\n"])
    assert bodies(read_twice(server)) == [b"one", b"protocol"]
    assert len(server.requests) == 2


def test_two_ports_of_one_machine_share_no_connection() -> None:
    """A connection is for one scheme, host and port."""

    async def run() -> list[int]:
        servers = [Server([said(b"a")]), Server([said(b"b")])]
        listening = [await asyncio.start_server(server, "127.0.0.1", 0) for server in servers]
        netlocs = [f"127.0.0.1:{each.sockets[0].getsockname()[1]}" for each in listening]
        fetcher = Fetcher(CrawlPolicy(allow_private=netlocs, timeout=3.0))
        try:
            for netloc in netlocs * 3:
                await fetcher.get(f"http://{netloc}/", NOW)
            return [server.connections for server in servers]
        finally:
            await fetcher.aclose()
            for each in listening:
                each.close()

    assert asyncio.run(run()) == [1, 1]
