"""A Slack on loopback: it keeps Slack's documented limits and errors, threads, metadata and history.

with FakeSlack() as slack:
    slack.limit(2)              the next call answers 429 with Retry-After: 2
    slack.refuse("is_archived") the next post is refused
    slack.swallow()             the next post is accepted, and the connection cut before the answer
    slack.stall()               the next post is accepted, and the answer comes too late
    slack.connect()             from now on Socket Mode is there
    slack.press("take", "U0LI") somebody presses a button of the last message, told over the socket
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fake_socket import FakeSocket

TOKEN, CHANNEL = "xoxb-CANARY123", "C0DUTY"
APP_TOKEN = "xapp-CANARY123"


class FakeSlack:
    """A real HTTP server; `posts` are accepted messages in order, `calls` the methods that were called. With a `clock`
    messages bear its time and a question for what is newer than `oldest` gets no more than that."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.clock = clock
        self.accepting = threading.Lock()
        self.posts: list[dict[str, Any]] = []
        self.hooks: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.asides: list[dict[str, Any]] = []  # what was said to one person only
        self.socket: FakeSocket | None = None
        self.presses = 0
        self.tricks: deque[tuple[str, Any]] = deque()
        self.wake = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FakeSlack":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wake.set()
        if self.socket:
            self.socket.__exit__()
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()

    @property
    def base_url(self) -> str:
        """For `base_url` of a channel."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/api/"

    @property
    def hook_url(self) -> str:
        """An incoming webhook; its path is the secret."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/services/T0/B0/CANARY123"

    def limit(self, seconds: int) -> None:
        self.tricks.append(("limit", seconds))

    def refuse(self, error: str) -> None:
        self.tricks.append(("refuse", error))

    def break_down(self) -> None:
        self.tricks.append(("status", 503))

    def swallow(self) -> None:
        self.tricks.append(("swallow", None))

    def stall(self) -> None:
        self.tricks.append(("stall", None))

    def connect(self) -> FakeSocket:
        """Offer Socket Mode."""
        self.socket = FakeSocket().__enter__()
        return self.socket

    def press(self, act: str, user: str, ts: str = "", **more: Any) -> dict[str, Any]:
        """Press a button as Slack tells it: an envelope, which is sent over the socket when there is one."""
        self.presses += 1
        post = next(one for one in reversed(self.posts) if one["ts"] == ts or (not ts and find_button(one, act)))
        envelope = {"type": "interactive", "envelope_id": f"e{self.presses}", "accepts_response_payload": True,
                    "payload": {**self.payload(post, act, user), **more}}  # fmt: skip
        if self.socket:
            self.socket.say(json.dumps(envelope))
        return envelope

    def payload(self, post: dict[str, Any], act: str, user: str) -> dict[str, Any]:
        """The block action as Slack tells it, names of people included."""
        button = find_button(post, act)
        stamp = f"1788600100.{self.presses:06d}"
        action = {**{key: button[key] for key in ("action_id", "value", "type") if key in button}, "action_ts": stamp}
        return {
            "type": "block_actions", "user": {"id": user, "username": "CANARY-handle", "name": "CANARY-name"},
            "channel": {"id": CHANNEL, "name": "duty"}, "actions": [{**action, "block_id": "tocsin_buttons"}],
            "message": {key: post[key] for key in ("ts", "text", "blocks", "thread_ts") if key in post},
            "response_url": "https://hooks.slack.example/actions/CANARY123", "trigger_id": "1.2.CANARY",
        }  # fmt: skip

    def change(self, post: dict[str, Any]) -> dict[str, Any]:
        """`chat.update`: other text and blocks, the same metadata."""
        error = find_error(post, {one["ts"] for one in self.posts})
        found = [one for one in self.posts if one["ts"] == post.get("ts")]
        if error or not found:
            return {"ok": False, "error": error or "message_not_found"}
        found[0].update(text=post["text"], blocks=post["blocks"])
        return {"ok": True, "channel": CHANNEL, "ts": post["ts"]}

    def whisper(self, post: dict[str, Any]) -> dict[str, Any]:
        """`chat.postEphemeral`: for one person."""
        if post.get("channel") != CHANNEL or not post.get("user") or not post.get("text"):
            return {"ok": False, "error": "user_not_in_channel"}
        self.asides.append(post)
        return {"ok": True, "message_ts": f"1788600000.9{len(self.asides):05d}"}

    def accept(self, post: dict[str, Any]) -> dict[str, Any]:
        """Check a post as Slack would and keep it."""
        error = find_error(post, {one["ts"] for one in self.posts})
        if error:
            return {"ok": False, "error": error}
        with self.accepting:
            second = int(self.clock()) if self.clock else 1788600000
            stamp = f"{second}.{len(self.posts) + 1:06d}"
            self.posts.append({**post, "ts": stamp})
        return {"ok": True, "channel": CHANNEL, "ts": stamp}

    def history(self, query: dict[str, str], thread: str = "") -> dict[str, Any]:
        """A page of the messages of the channel, newest first, or of a thread with what it hangs on, oldest first; metadata
        only when asked for."""
        found = [one for one in self.posts if one.get("thread_ts", "") == thread or (thread and one["ts"] == thread)]
        if thread and not found:
            return {"ok": False, "error": "thread_not_found"}
        if not thread:
            found = [one for one in self.posts if not one.get("thread_ts") or one.get("reply_broadcast")][::-1]
        if self.clock:
            oldest = float(query.get("oldest", 0))
            found = [one for one in found if float(one["ts"]) > oldest or one["ts"] == thread]
        begin, size = int(query.get("cursor") or 0), int(query.get("limit") or 100)
        more = str(begin + size) if begin + size < len(found) else ""
        found = found[begin : begin + size]
        shown = [{"ts": one["ts"], "text": one["text"]} for one in found]
        if query.get("include_all_metadata") in ("1", "true", "True"):
            shown = [{**one, "metadata": post.get("metadata")} for one, post in zip(shown, found, strict=True)]
        return {"ok": True, "messages": shown, "response_metadata": {"next_cursor": more}}


def find_error(post: dict[str, Any], known: set[str]) -> str:
    """Slack's name for what is wrong with a post, "" when nothing is."""
    blocks = post.get("blocks", [])
    texts = [block["text"] for block in blocks if "text" in block]
    buttons = [button for block in blocks for button in block.get("elements", [])]
    total = sum(len(text["text"]) for text in texts) + len(post.get("text", ""))
    if post.get("channel") != CHANNEL:
        return "channel_not_found"
    if post.get("thread_ts") and post["thread_ts"] not in known:
        return "thread_not_found"
    if len(blocks) > 50 or any(len(text["text"]) > 3000 or not text["text"] for text in texts):
        return "invalid_blocks"
    if any(len(block["text"]["text"]) > 150 for block in blocks if block["type"] == "header"):
        return "invalid_blocks"
    if any(not is_button(one) for one in buttons) or len({one["action_id"] for one in buttons}) < len(buttons):
        return "invalid_blocks"
    return "msg_blocks_too_long" if total > 13_200 else ""


def is_button(button: dict[str, Any]) -> bool:
    """Limits of a button: text 75, value 2,000, action id 255; a link, when it has one, is one."""
    sizes = len(button["text"]["text"]) <= 75 and len(button.get("value", "")) <= 2000 and button["action_id"]
    return bool(sizes) and button.get("url", "http").startswith("http")


def find_button(post: dict[str, Any], act: str) -> dict[str, Any]:
    """The button of a message by its act; empty when it has none."""
    buttons = [button for block in post.get("blocks", []) for button in block.get("elements", [])]
    return next((one for one in buttons if one["action_id"] == f"tocsin_{act}"), {})


def _handler(slack: FakeSlack) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class, not a function
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            self.answer({key: one[0] for key, one in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            raw = self.rfile.read(length)
            if len(raw) < length:
                return  # its sender died in the middle of it
            if "json" in self.headers.get("Content-Type", ""):
                self.answer(json.loads(raw or b"{}"))
            else:
                self.answer({key: one[0] for key, one in parse_qs(raw.decode()).items()})

        def answer(self, body: dict[str, Any]) -> None:
            method = urlsplit(self.path).path.rpartition("/")[2]
            slack.calls.append(method)
            trick, value = slack.tricks.popleft() if slack.tricks else ("", None)
            if trick == "limit":
                return self.reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(value)})
            if trick == "status":
                return self.reply({"ok": False, "error": "service_unavailable"}, value)
            if self.path.startswith("/services/"):
                return self.hook(body, trick, value)
            wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
            if self.headers.get("Authorization") != f"Bearer {wanted}":
                return self.reply({"ok": False, "error": "invalid_auth"})
            if trick == "refuse":
                return self.reply({"ok": False, "error": value})
            answer = self.act(method, body)
            if trick == "swallow":
                return None
            if trick == "stall":
                slack.wake.wait(5)
            return self.reply(answer)

        def hook(self, body: dict[str, Any], trick: str, value: Any) -> None:
            if trick == "refuse":
                return self.reply(value, 404)
            slack.hooks.append(body)
            if trick == "stall":
                slack.wake.wait(5)
            return None if trick == "swallow" else self.reply("ok")

        def act(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
            if method == "auth.test":
                return {"ok": True}
            if method == "apps.connections.open":
                return (
                    {"ok": True, "url": slack.socket.ticket()}
                    if slack.socket
                    else {"ok": False, "error": "fatal_error"}
                )
            if method == "chat.update":
                return slack.change(body)
            if method == "chat.postEphemeral":
                return slack.whisper(body)
            if method == "conversations.history":
                return slack.history(body)
            if method == "conversations.replies":
                return slack.history(body, body["ts"])
            return slack.accept(body)

        def reply(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            try:
                self.send_response(status)
                for key, value in (headers or {}).items():
                    self.send_header(key, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                return

    return Handler
