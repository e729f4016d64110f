"""A WebSocket server on loopback that a vendor's fake stands on: it keeps what it was sent and says what it is told.

with FakeSocket() as socket:
    socket.say("frame")     every connection hears it
    socket.drop()           all connections are cut without a word
    socket.close_door()     new connections are refused until open_door()
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


class FakeSocket:
    """`heard` are frames in order, `paths` the addresses that were connected to, `tickets` those that let in (once)."""

    def __init__(self) -> None:
        self.heard: list[str | bytes] = []
        self.paths: list[str] = []
        self.tickets: set[str] = set()
        self.live: list[ServerConnection] = []
        self.shut = False
        self.news = threading.Condition()
        self.server = serve(self._hold, "127.0.0.1", 0, process_request=self._check)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> "FakeSocket":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.drop()
        finally:
            self.server.shutdown()
            self.thread.join(30)

    def ticket(self, query: str = "ticket") -> str:
        """An address that lets one connection in."""
        name = f"t{len(self.paths) + len(self.tickets)}-CANARY123"
        self.tickets.add(name)
        return f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/link?{query}={name}"

    def say(self, frame: str | bytes) -> None:
        """Send to the one connection that lives; waits for it."""
        self.wait("a connection", lambda: bool(self.live))
        self.live[-1].send(frame)

    def drop(self) -> None:
        """Cut every connection."""
        for one in list(self.live):
            one.close_socket()
        self.wait("nobody is connected", lambda: not self.live)

    def close_door(self) -> None:
        self.shut = True

    def open_door(self) -> None:
        self.shut = False

    def wait(self, what: str, ask: Callable[[], bool], seconds: float = 30.0) -> None:
        """Until `ask` is true; an AssertionError naming `what` otherwise."""
        end = time.monotonic() + seconds
        with self.news:
            while not ask():
                assert time.monotonic() < end, f"waited in vain: {what}"
                self.news.wait(0.05)

    def wait_heard(self, count: int) -> list[str | bytes]:
        """The frames, once there are `count` of them."""
        self.wait(f"{count} frames", lambda: len(self.heard) >= count)
        return list(self.heard)

    def _check(self, _: ServerConnection, request: Request) -> Response | None:
        name = request.path.rpartition("=")[2]
        if self.shut or name not in self.tickets:
            status = HTTPStatus.FORBIDDEN
            return Response(status.value, status.phrase, Headers({"Content-Length": "0"}))
        self.tickets.discard(name)
        return None

    def _hold(self, place: ServerConnection) -> None:
        self._note(lambda: (self.paths.append(place.request.path), self.live.append(place)))  # type: ignore[union-attr]
        with suppress(ConnectionClosed, OSError):
            for frame in place:
                self._note(lambda frame=frame: self.heard.append(frame))
        self._note(lambda: self.live.remove(place))

    def _note(self, change: Callable[[], object]) -> None:
        with self.news:
            change()
            self.news.notify_all()
