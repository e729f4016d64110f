"""A receiver of webhooks on loopback that answers as told and checks signatures."""

import hashlib
import hmac
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeHook:
    """A real HTTP server; `taken` are accepted bodies, `headers` their headers, `unanswered` those of the accepted whose
    sender never heard of it."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.unanswered: list[dict[str, Any]] = []
        self.tricks: deque[tuple[str, Any]] = deque()
        self.wake = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FakeHook":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wake.set()
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook/CANARY123"

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.tricks.append(("answer", (status, body, headers)))

    def swallow(self) -> None:
        self.tricks.append(("swallow", None))

    def stall(self) -> None:
        self.tricks.append(("stall", None))

    def signed(self, raw: bytes, headers: dict[str, str]) -> bool:
        """True when no key is set or the signature fits."""
        stamp = headers.get("X-Tocsin-Timestamp", "")
        want = hmac.new(self.key.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
        return not self.key or headers.get("X-Tocsin-Signature") == f"sha256={want}"


def _handler(hook: FakeHook) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class, not a function
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            if len(raw) < length:
                return None  # its sender died in the middle of it
            trick, value = hook.tricks.popleft() if hook.tricks else ("", None)
            if trick == "answer":
                return self.reply(*value)
            if not hook.signed(raw, dict(self.headers)):
                return self.reply(401, "bad signature", {})
            hook.taken.append(json.loads(raw))
            hook.headers.append(dict(self.headers))
            if trick == "stall":
                hook.wake.wait(5)
            if trick != "swallow":
                return self.reply(200, "", {})
            hook.unanswered.append(hook.taken[-1])
            return None

        def reply(self, status: int, body: str, headers: dict[str, str]) -> None:
            try:
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())
            except OSError:
                return

    return Handler
