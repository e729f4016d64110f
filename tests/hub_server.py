"""A WebSub hub on loopback: takes subscriptions, asks the callback, and delivers what is published, signed."""

import hashlib
import hmac
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote

from service_kit import end_server


class Hub:
    """One hub. `asked` are the subscriptions as they came, `answers` what callbacks said."""

    def __init__(self, lease: int = 3600, refuse: bool = False) -> None:
        self.lease, self.refuse = lease, refuse
        self.asked: list[dict[str, str]] = []
        self.confirmed: list[bool] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30  # a client that opens a connection and says nothing

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                hub.asked.append(form)
                self.send_response(400 if hub.refuse else 202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if not hub.refuse:
                    threading.Thread(target=hub.verify, args=(form,), daemon=True).start()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def netloc(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """Where to subscribe."""
        return f"http://{self.netloc}/hub"

    def verify(self, form: dict[str, str]) -> None:
        """Ask the callback whether it meant the subscription."""
        topic = quote(form["hub.topic"], safe="")
        query = f"hub.mode=subscribe&hub.topic={topic}&hub.challenge=riddle-7&hub.lease_seconds={self.lease}"
        status, body = fetch(f"{form['hub.callback']}?{query}")
        self.confirmed.append(status == 200 and body == b"riddle-7")

    def publish(self, body: bytes, secret: str | None = None, method: str = "sha256") -> int:
        """Deliver to the last subscriber; the status it answered."""
        form = self.asked[-1]
        key = form["hub.secret"] if secret is None else secret
        digest = hmac.new(key.encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {"X-Hub-Signature": f"{method}={digest}", "Content-Type": "application/rss+xml"}
        return fetch(form["hub.callback"], body, headers)[0]

    def close(self) -> None:
        """Shut the port."""
        end_server(self._server)


def fetch(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body, whatever the status."""
    request = urllib.request.Request(url, data, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
