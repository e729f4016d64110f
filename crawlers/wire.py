"""One connection and the HTTP/1.1 on it (h11 reads and writes it), on plain asyncio.

A general client costs six times what a small answer costs by itself, and most answers are `304 Not Modified`.
Errors are those of httpx, which the rest of the package knows by name. Deadlines are the caller's.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import h11
import httpx

MAX_HEAD = 100 * 1024  # bytes of status line and header fields
HIGH_WATER = 256 * 1024  # more is not taken from the network before it is read here
LEFTOVER = 64 * 1024  # of an answer that nobody wants to read, before the connection is rather closed

Header = tuple[bytes, bytes]


class Line(asyncio.Protocol):
    """The bytes that come in, in the order in which they come."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self._paused = False
        self._fault: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._pieces.append(data)
        self._held += len(data)
        if self._held > HIGH_WATER and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Called by the loop, which then closes."""
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self.ended, self._fault = True, self._fault or exc
        self._wake()

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    @property
    def quiet(self) -> bool:
        """True for an open connection on which nothing has come that was not asked for."""
        return not (self.ended or self._pieces)

    def write(self, data: bytes) -> None:
        """Send; a connection that is gone says so to the next `read`."""
        if self._transport:
            self._transport.write(data)

    async def read(self) -> bytes:
        """What has come, empty at the end. Raises httpx.ReadError for a connection that broke."""
        if not self._pieces and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        if not self._pieces and self._fault:
            raise httpx.ReadError(str(self._fault))
        data, self._pieces, self._held = b"".join(self._pieces), [], 0
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return data

    def abort(self) -> None:
        """Close at once."""
        self.ended = True
        if self._transport:
            self._transport.abort()


class Wire:
    """One request after the other on one connection, each read to its end or the connection closed."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self.silent = True  # nothing has come in answer to the request under way

    async def ask(self, method: bytes, target: bytes, headers: Sequence[Header], body: bytes) -> h11.Response:
        """Send a request; the head of the answer. Raises httpx.ReadError or httpx.ProtocolError."""
        self.silent = True
        try:
            head = self._http.send(h11.Request(method=method, target=target, headers=list(headers)))
            said = (head, self._http.send(h11.Data(data=body)) if body else b"", self._http.send(h11.EndOfMessage()))
        except h11.LocalProtocolError as failed:
            raise httpx.LocalProtocolError(str(failed)) from failed
        self._line.write(b"".join(piece for piece in said if piece))
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise httpx.RemoteProtocolError("the answer is not HTTP")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, without its chunking. Raises as `ask`."""
        while True:
            event = await self._next()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return

    async def _next(self) -> object:
        while True:
            event = self._step()
            if event is not h11.NEED_DATA:
                return event
            data = await self._line.read()
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("the server closed without an answer")
            self.silent = self.silent and not data
            self._http.receive_data(data)

    def _step(self) -> object:
        try:
            return self._http.next_event()
        except h11.ProtocolError as failed:
            raise httpx.RemoteProtocolError(str(failed)) from failed

    def finish(self) -> bool:
        """End the exchange without waiting; True when the connection may carry another one.

        What has come of a body that nobody read is passed over; nothing may have come after it.
        """
        passed = 0
        try:
            while self._http.their_state is h11.SEND_BODY and passed <= LEFTOVER:
                event = self._step()
                if not isinstance(event, h11.Data | h11.EndOfMessage):
                    return False
                passed += len(event.data) if isinstance(event, h11.Data) else 0
            if (self._http.our_state, self._http.their_state) != (h11.DONE, h11.DONE):
                return False
            if self._http.trailing_data[0] or not self.idle:
                return False
            self._http.start_next_cycle()
        except (httpx.ProtocolError, h11.ProtocolError):
            return False
        return True

    @property
    def idle(self) -> bool:
        """True while the connection is open and the server has said nothing unasked."""
        return self._line.quiet

    def close(self) -> None:
        """Close at once."""
        self._line.abort()
