"""Real sockets on loopback that behave as badly as the web does. One `Sites` thread holds any number of ports."""

import asyncio
import gzip
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service_kit import join_thread

PATIENCE = 30.0  # seconds for what takes milliseconds on a machine that has nothing else to do
Answer = Callable[[asyncio.StreamWriter, "Request"], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What a client sent: `headers` with lower-case names, values as they came."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass
class Site:
    """One port. Unknown paths answer 404, so that robots.txt allows everything unless a test says otherwise."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def netloc(self) -> str:
        """host:port, as `allow_private` wants it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The address of `path` here."""
        return f"http://{self.netloc}{path}"

    def on(self, path: str, answer: Answer) -> "Site":
        """Let `path` answer so."""
        self.answers[path] = answer
        return self

    def asked(self, path: str) -> list[Request]:
        """The requests for `path`, in order."""
        return [request for request in self.requests if request.path == path]


class Sites:
    """A thread with an event loop in which the sites live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []
        self._thread.start()

    def open(self) -> Site:
        """A new site on a free port."""
        site = Site()
        asyncio.run_coroutine_threadsafe(self._listen(site), self._loop).result(PATIENCE)
        return site

    def close(self) -> None:
        """Shut every port and end the thread."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        join_thread(self._thread, "the thread of the sites", PATIENCE)
        self._loop.close()

    async def _listen(self, site: Site) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            site.connections += 1
            try:
                await _converse(site, reader, writer)
            except (ConnectionError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        site.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=PATIENCE / 2)


async def _converse(site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        request = Request(first.split(" ")[1], headers, asyncio.get_running_loop().time())
        site.requests.append(request)
        await site.answers.get(request.path, reply(status=404))(writer, request)
        await writer.drain()
        if writer.is_closing():
            return


@contextmanager
def open_sites() -> Iterator[Sites]:
    """Sites for the length of a block."""
    sites = Sites()
    try:
        yield sites
    finally:
        sites.close()


def dead_url(sites: Sites) -> tuple[str, str]:
    """An address on which nobody listens, and its host:port."""
    site = Site()
    asyncio.run_coroutine_threadsafe(_open_and_shut(site), sites._loop).result(PATIENCE)
    return site.url("/feed.xml"), site.netloc


async def _open_and_shut(site: Site) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.wait_for(server.wait_closed(), PATIENCE)


# ---------------------------------------------------------------- ways to answer


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    """A proper answer; `Retry_After="5"` becomes `Retry-After: 5`."""

    async def answer(writer: asyncio.StreamWriter, _request: Request) -> None:
        writer.write(make_head(status, headers | {"Content-Length": str(len(body))}) + body)

    return answer


def raw(data: bytes) -> Answer:
    """These bytes and nothing else, then the end of the connection."""

    async def answer(writer: asyncio.StreamWriter, _request: Request) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return answer


def make_head(status: int, headers: dict[str, str]) -> bytes:
    """Status line and header fields."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} So", *lines, "", ""]).encode("utf-8")


def redirect(target: str, status: int = 302) -> Answer:
    """A redirect to `target`."""
    return reply(status=status, Location=target)


def conditional(body: bytes, etag: str, last_modified: str = "") -> Answer:
    """200 with validators, and 304 for whoever brings them back unchanged."""
    headers = {"ETag": etag} | ({"Last-Modified": last_modified} if last_modified else {})

    async def answer(writer: asyncio.StreamWriter, request: Request) -> None:
        same = request.headers.get("if-none-match") == etag
        await reply(b"" if same else body, 304 if same else 200, **headers)(writer, request)

    return answer


async def hang(_writer: asyncio.StreamWriter, _request: Request) -> None:
    """Take the request and say nothing."""
    await asyncio.sleep(3600)


async def drip(writer: asyncio.StreamWriter, _request: Request) -> None:
    """A body that comes one byte at a time and never ends: no single read is ever slow."""
    writer.write(make_head(200, {"Content-Type": "application/xml"}))
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_headers(writer: asyncio.StreamWriter, _request: Request) -> None:
    """Header fields for ever, one at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Slow: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drop(writer: asyncio.StreamWriter, _request: Request) -> None:
    """Close the connection without a word."""
    writer.close()


def huge(megabytes: int, declared: bool = False) -> Answer:
    """A body of that size, its length declared or not."""

    async def answer(writer: asyncio.StreamWriter, _request: Request) -> None:
        length = {"Content-Length": str(megabytes << 20)} if declared else {"Connection": "close"}
        writer.write(make_head(200, length))
        block = b"x" * (1 << 20)
        for _ in range(megabytes):
            writer.write(block)
            await writer.drain()
        writer.close()

    return answer


def bomb(megabytes: int, coding: str = "gzip") -> Answer:
    """Nothing but zeros, compressed a thousandfold."""
    plain = b"\0" * (megabytes << 20)
    body = gzip.compress(plain, 9) if coding == "gzip" else zlib.compress(plain, 9)
    return reply(body, Content_Encoding=coding)


def feed(*titles: str) -> bytes:
    """A small RSS document with one item per title."""
    items = "".join(
        f"<item><title>{title}</title><link>http://example.org/{number}</link></item>"
        for number, title in enumerate(titles)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


class PeakMemory:
    """How many megabytes the process grew to at most since this was made, on Linux."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def grown(self) -> float:
        """Megabytes from then to the highest point since."""
        return (self._read("VmHWM") - self._before) / 1024

    @staticmethod
    def _read(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))
