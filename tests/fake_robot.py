"""What the chat services on loopback have in common: a real HTTP server with planned mishaps, and a verdict in the body.

with FakeWeCom() as service:
    service.refuse()      the next message is refused for good, with status 200 and a code in the body
    service.throttle()    the next one is refused for being too fast
    service.break_down()  the next call answers 500
    service.swallow()     the next one is accepted, and the connection cut before the answer
    service.garble()      the next one is accepted, and the answer cannot be read
"""

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


class FakeRobot:
    """`taken` are accepted messages. A subclass says what is wrong with one in `find_fault`, and how it answers."""

    path: ClassVar[str] = "/send"
    query: ClassVar[str] = ""
    refusal: ClassVar[Any] = 1
    pace: ClassVar[Any] = 2
    burst: ClassVar[int] = 20  # messages a minute

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.queries: list[dict[str, str]] = []
        self.tricks: deque[str] = deque()
        self.times: deque[float] = deque()
        self.headers: dict[str, str] = {}  # of the last call, in lower case
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Any:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()

    @property
    def url(self) -> str:
        """The robot's address, which holds its key."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{self.path}{self.query}"

    def refuse(self) -> None:
        self.tricks.append("refuse")

    def throttle(self) -> None:
        self.tricks.append("throttle")

    def break_down(self) -> None:
        self.tricks.append("break")

    def swallow(self) -> None:
        self.tricks.append("swallow")

    def garble(self) -> None:
        self.tricks.append("garble")

    def too_fast(self) -> bool:
        """True for the message that is one too many in a minute."""
        now = time.monotonic()
        while self.times and now - self.times[0] > 60:
            self.times.popleft()
        self.times.append(now)
        return len(self.times) > self.burst

    def parse(self, raw: bytes) -> dict[str, Any]:
        """The body of a call."""
        body: dict[str, Any] = json.loads(raw)
        return body

    def find_fault(self, raw: bytes, body: dict[str, Any], query: dict[str, str]) -> Any:
        """The service's number for what is wrong, None when nothing is."""
        raise NotImplementedError

    def answer(self, fault: Any) -> tuple[int, str]:
        """Status and body for a fault (None: accepted)."""
        raise NotImplementedError

    def judge(self, raw: bytes, path: str) -> tuple[int, str]:
        """Check a call as the service would and keep what it accepts."""
        trick = self.tricks.popleft() if self.tricks else ""
        if trick == "break":
            return 500, "<html>Internal Server Error</html>"
        if trick in ("refuse", "throttle"):
            return self.answer(self.refusal if trick == "refuse" else self.pace)
        parts = urlsplit(path)
        query = {key: one[0] for key, one in parse_qs(parts.query).items()}
        body = self.parse(raw)
        fault = self.pace if self.too_fast() else self.find_fault(raw, body, query)  # may complete `body`
        if fault is None:
            self.taken.append(body)
            self.queries.append(query)
        status, text = self.answer(fault)
        return (0, "") if trick == "swallow" else (status, "<garbled" if trick == "garble" else text)


def _handler(robot: FakeRobot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            robot.headers = {name.lower(): value for name, value in self.headers.items()}
            status, text = robot.judge(raw, self.path)
            if not status:
                return
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                return

    return Handler
