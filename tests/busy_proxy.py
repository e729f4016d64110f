"""A server in front of Elasticsearch that is busy when told: single items of a bulk answered 429, whole requests refused,
connections that hang. What it lets through goes to the real server."""

import json
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution, queue capacity = 1"}
HEADERS = {"Content-Type": "application/vnd.elasticsearch+json;compatible-with=9", "X-Elastic-Product": "Elasticsearch"}


@dataclass
class BusyProxy:
    """Use as a context. `refuse_items(n)`: each of the next n bulks loses every second item; `refuse_requests(n)`: the
    next n bulks are refused whole; `demand_key(key)`: without that API key everything is answered 401; `hold()`: bulks
    wait until `let_go`. `bulks` counts them, `refused` the items."""

    target: str
    items_left: int = 0
    requests_left: int = 0
    bulks: int = 0
    refused: int = 0
    too_large: int = 0
    key: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    inside: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "BusyProxy":
        self.gate.set()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """One request through the proxy."""

            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = 401, b'{"error": {"type": "security_exception", "reason": "no"}, "status": 401}'
                if not proxy.key or self.headers.get("Authorization") == f"ApiKey {proxy.key}":
                    status, answer = proxy.answer(self.command, self.path, body, self.headers.get("Content-Type", ""))
                self.send_response(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def refuse_items(self, times: int) -> None:
        """The next bulks are taken by half."""
        self.items_left = times

    def refuse_requests(self, times: int) -> None:
        """The next bulks are not taken."""
        self.requests_left = times

    def limit_bytes(self, most: int) -> None:
        """Larger bulks are answered 413, as a web server in between does."""
        self.too_large = most

    def demand_key(self, key: str) -> None:
        """As a server that knows one API key."""
        self.key = key

    def hold(self) -> None:
        """Bulks wait."""
        self.inside.clear()
        self.gate.clear()

    def let_go(self) -> None:
        """Bulks wait no longer."""
        self.gate.set()

    def answer(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Status and body for one request."""
        if not path.partition("?")[0].endswith("/_bulk"):
            return self.forward(method, path, body, kind)
        self.bulks += 1
        self.inside.set()
        self.gate.wait(30)
        if self.too_large and len(body) > self.too_large:
            return 413, b'{"error": {"type": "too_large", "reason": ""}, "status": 413}'
        if self.requests_left > 0:
            self.requests_left -= 1
            return 429, json.dumps({"error": BUSY, "status": 429}).encode()
        if self.items_left > 0:
            self.items_left -= 1
            return self.take_half(method, path, body, kind)
        return self.forward(method, path, body, kind)

    def take_half(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Every second item is refused, the others are sent on."""
        pairs = split_bulk(body)
        through = [pair for place, pair in enumerate(pairs) if place % 2]
        done = []
        if through:
            status, answer = self.forward(method, path, b"".join(line for pair in through for line in pair), kind)
            assert status == 200, answer
            done = json.loads(answer)["items"]
        items = []
        for place, pair in enumerate(pairs):
            if place % 2:
                items.append(done.pop(0))
                continue
            ((action, head),) = json.loads(pair[0]).items()
            items.append({action: {"_index": head["_index"], "_id": head["_id"], "status": 429, "error": BUSY}})
            self.refused += 1
        return 200, json.dumps({"took": 1, "errors": True, "items": items}).encode()

    def forward(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """To the real server and back."""
        headers = {"Content-Type": kind, "Accept": HEADERS["Content-Type"]} if kind else {}
        request = urllib.request.Request(f"{self.target}{path}", body or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def split_bulk(body: bytes) -> list[list[bytes]]:
    """The lines of a bulk, an action with its document."""
    lines = iter(body.splitlines(keepends=True))
    return [[line] if b'"delete"' in line[:12] else [line, next(lines)] for line in lines]
