"""A Kibana that takes saved objects: a real HTTP server on loopback that checks requests and answers as the documented API does.

It is strict where Kibana is: the kbn-xsrf header, one multipart part called `file` with a name ending in .ndjson, known
types, references that are in the file or were imported before. `objects` is what it keeps, by space, type and id.
"""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TYPES = {"dashboard", "index-pattern", "search", "visualization", "lens", "tag", "links"}
ICONS = {"dashboard": "dashboardApp", "index-pattern": "indexPatternApp", "search": "discoverApp"}
Answer = tuple[int, dict[str, Any] | str]


@dataclass
class FakeKibana:
    """What it demands and what it got."""

    port: int = 0
    scheme: str = "http"
    login: str = ""  # the whole Authorization header that it wants
    spaces: set[str] = field(default_factory=lambda: {""})
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    _next: list[Answer] = field(default_factory=list)
    _refused: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def demand_password(self, user: str, password: str) -> None:
        """Only this user with this password comes in."""
        self.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def demand_key(self, key: str) -> None:
        """Only this API key comes in."""
        self.login = f"ApiKey {key}"

    def answer_once(self, status: int, body: dict[str, Any] | str) -> None:
        """The next request gets this, whatever it says."""
        self._next.append((status, body))

    def refuse(self, key: str, error: dict[str, Any]) -> None:
        """This object is refused with this error from now on."""
        self._refused[key] = error

    # ------------------------------------------------------------ answering

    def take(self, path: str, headers: Any, body: bytes) -> Answer:
        """The answer to one POST."""
        self.requests.append(path)
        if self._next:
            return self._next.pop(0)
        if self.login and headers.get("Authorization") != self.login:
            return problem(401, "Unauthorized", "[security_exception]: unable to authenticate user")
        if not headers.get("kbn-xsrf"):
            return problem(400, "Bad Request", "Request must contain a kbn-xsrf header.")
        parts = urlsplit(path)
        space, _, rest = (
            parts.path.removeprefix("/s/").partition("/") if parts.path.startswith("/s/") else ("", "", parts.path[1:])
        )
        if rest != "api/saved_objects/_import" or space not in self.spaces:
            return problem(404, "Not Found", "Not Found")
        if set(parse_qs(parts.query)) - {"overwrite", "createNewCopies", "compatibilityMode"}:
            return problem(400, "Bad Request", "[request query]: definition for this key is missing")
        file = read_file(headers.get("Content-Type", ""), body)
        if isinstance(file, str):
            return problem(400, "Bad Request", file)
        return self.put(space, file, parse_qs(parts.query).get("overwrite") == ["true"])

    def put(self, space: str, lines: list[dict[str, Any]], overwrite: bool) -> Answer:
        """Keep what can be kept; say of each other object why not."""
        coming = {(one["type"], one["id"]) for one in lines}
        errors, done = [], []
        for one in lines:
            error = self.find_error(space, one, coming, overwrite)
            meta = {"title": one["attributes"].get("title"), "icon": ICONS.get(one["type"], "")}
            if error:
                errors.append({"id": one["id"], "type": one["type"], "meta": meta, "error": error})
                continue
            key = (space, one["type"], one["id"])
            done.append(
                {
                    "id": one["id"],
                    "type": one["type"],
                    "meta": meta,
                    **({"overwrite": True} if key in self.objects else {}),
                }
            )
            self.objects[key] = one
        answer: dict[str, Any] = {"successCount": len(done), "success": not errors, "warnings": []}
        return 200, answer | ({"errors": errors} if errors else {}) | ({"successResults": done} if done else {})

    def find_error(
        self, space: str, one: dict[str, Any], coming: set[tuple[str, str]], overwrite: bool
    ) -> dict[str, Any] | None:
        """Why an object is not taken."""
        if one["id"] in self._refused:
            return self._refused[one["id"]]
        if one["type"] not in TYPES:
            return {"type": "unsupported_type"}
        there = coming | {(kind, key) for at, kind, key in self.objects if at == space}
        missing = [
            {"type": ref["type"], "id": ref["id"]}
            for ref in one["references"]
            if ref["type"] in ("index-pattern", "search") and (ref["type"], ref["id"]) not in there
        ]
        if missing:
            return {"type": "missing_references", "references": missing}
        if not overwrite and (space, one["type"], one["id"]) in self.objects:
            return {"type": "conflict"}
        return None


def problem(status: int, error: str, message: str) -> Answer:
    """An error as Kibana words it."""
    return status, {"statusCode": status, "error": error, "message": message}


def read_file(kind: str, body: bytes) -> list[dict[str, Any]] | str:
    """The saved objects in the one part of a multipart body, or what is wrong with it."""
    if not kind.startswith("multipart/form-data"):
        return "[request body]: expected a multipart form"
    message = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = list(message.iter_parts())
    if [part.get_param("name", header="Content-Disposition") for part in parts] != ["file"]:
        return "[request body.file]: expected exactly one part called file"
    name = parts[0].get_filename() or ""
    if not name.endswith(".ndjson"):
        return f"Invalid file extension {Path(name).suffix}"
    lines = [json.loads(line) for line in parts[0].get_payload(decode=True).decode().splitlines()]  # type: ignore[union-attr]
    wrong = [
        one for one in lines if not (one.get("type") and one.get("id") and isinstance(one.get("attributes"), dict))
    ]
    return "an object without type, id or attributes" if wrong else lines


@contextmanager
def open_kibana(certificate: tuple[Path, Path] | None = None) -> Iterator[FakeKibana]:
    """A Kibana for the length of a block; with `certificate` (file and key) it speaks TLS."""
    kibana = FakeKibana(scheme="https" if certificate else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = kibana.take(self.path, self.headers, body)
            text = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header(
                "Content-Type", "text/html" if isinstance(answer, str) else "application/json; charset=utf-8"
            )
            self.send_header("kbn-name", "fake")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    kibana.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield kibana
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
