"""Feishu's open platform on loopback: token, messages, replies and the long connection, for an app of one's own.

The frames are written and read by Google's protobuf library from the vendor's schema, so that our own hand-written
codec meets another one.
"""

import base64
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fake_socket import FakeSocket
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

APP, SECRET, CHAT = "cli_CANARYapp", "CANARY123-secret", "oc_duty"


def make_schema() -> Any:
    """`pbbp2.Frame` as the vendor's library declares it (proto2)."""
    file = descriptor_pb2.FileDescriptorProto(name="pbbp2.proto", package="pbbp2", syntax="proto2")
    header, frame = file.message_type.add(name="Header"), file.message_type.add(name="Frame")
    kind, label = descriptor_pb2.FieldDescriptorProto, (2, 1, 3)  # required, optional, repeated
    for place, name in enumerate(("key", "value"), 1):
        header.field.add(name=name, number=place, type=kind.TYPE_STRING, label=label[0])
    for place, (name, what) in enumerate(
        (
            ("SeqID", kind.TYPE_UINT64),
            ("LogID", kind.TYPE_UINT64),
            ("service", kind.TYPE_INT32),
            ("method", kind.TYPE_INT32),
        ),
        1,
    ):
        frame.field.add(name=name, number=place, type=what, label=label[0])
    frame.field.add(name="headers", number=5, type=kind.TYPE_MESSAGE, label=label[2], type_name=".pbbp2.Header")
    frame.field.add(name="payload_encoding", number=6, type=kind.TYPE_STRING, label=label[1])
    frame.field.add(name="payload_type", number=7, type=kind.TYPE_STRING, label=label[1])
    frame.field.add(name="payload", number=8, type=kind.TYPE_BYTES, label=label[1])
    frame.field.add(name="LogIDNew", number=9, type=kind.TYPE_STRING, label=label[1])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("pbbp2.Frame"))


PbFrame = make_schema()


class FakeFeishuApp:
    """`posts` are accepted messages in order; `tricks` the codes that the next calls are answered with."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.tokens = 0
        self.tricks: deque[int | str] = deque()  # a code; `break`: 500; `swallow`: accepted, the answer is cut off
        self.socket = FakeSocket()
        self.presses = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FakeFeishuApp":
        self.socket.__enter__()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.__exit__()
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        """As the service would, with `code` for the verdict."""
        trick = self.tricks.popleft() if self.tricks else 0
        if trick == "swallow":
            return {**self.accept(path, body), "cut": True}
        if trick:
            return {"code": trick, "msg": "as planned"}
        if path.startswith("/open-apis/auth/"):
            return self.give_token(body)
        if path.startswith("/callback/ws/endpoint"):
            if (body.get("AppID"), body.get("AppSecret")) != (APP, SECRET):
                return {"code": 514, "msg": "auth failed"}
            url = self.socket.ticket("device_id=1&service_id=33554678&access_key")
            return {"code": 0, "msg": "ok", "data": {"URL": url, "ClientConfig": {"PingInterval": 0.2}}}
        if token != f"t-{self.tokens}":
            return {"code": 99991663, "msg": "Invalid access token"}
        return self.accept(path, body)

    def give_token(self, body: dict[str, Any]) -> dict[str, Any]:
        if (body.get("app_id"), body.get("app_secret")) != (APP, SECRET):
            return {"code": 10014, "msg": "app secret invalid"}
        self.tokens += 1
        return {"code": 0, "msg": "ok", "tenant_access_token": f"t-{self.tokens}", "expire": 7200}

    def accept(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Check a message as the service does and keep it; the same `uuid` again is the same message."""
        known = next((one for one in self.posts if one["uuid"] == body.get("uuid")), None)
        if known:
            return {"code": 0, "msg": "success", "data": {"message_id": known["message_id"]}}
        parent = path.split("/messages/")[1].split("/")[0] if path.endswith("/reply") else ""
        if (not parent and body.get("receive_id") != CHAT) or (
            parent and parent not in [p["message_id"] for p in self.posts]
        ):
            return {"code": 230002, "msg": "Bot/User can NOT be out of the chat."}
        if (
            len(body["content"].encode()) > 30 * 1024
            or not is_card(json.loads(body["content"]))
            or len(body["uuid"]) > 50
        ):
            return {"code": 230001, "msg": "param is invalid"}
        name = f"om_{len(self.posts) + 1:032x}"
        self.posts.append({**body, "card": json.loads(body["content"]), "message_id": name, "parent": parent})
        return {"code": 0, "msg": "success", "data": {"message_id": name}}

    # -------------------------------------------------------------- pressing

    def event(self, act: str, open_id: str = "", user_id: str = "", post: int = 0, **more: Any) -> dict[str, Any]:
        """A press of a button of a message, as Feishu tells it."""
        self.presses += 1
        buttons = [one for part in self.posts[post]["card"]["elements"] for one in part.get("actions", [])]
        value = next(one["value"] for one in buttons if one.get("value", {}).get("code", "").split("-")[1:2] == [act])
        head = {"event_id": f"ev{self.presses}", "event_type": "card.action.trigger", "app_id": APP, "token": "v"}
        body = {
            "operator": {"tenant_key": "t", "open_id": open_id, "user_id": user_id, "union_id": "on_CANARY"},
            "action": {"tag": "button", "value": value}, "host": "im_message",
            "context": {"open_message_id": self.posts[post]["message_id"], "open_chat_id": CHAT},
        }  # fmt: skip
        return {"schema": "2.0", "header": {**head, **more}, "event": body}

    def tell(self, event: Any, parts: int = 1) -> dict[str, Any]:
        """Send an event in so many frames and wait for its answer."""
        raw, before = json.dumps(event).encode(), self.answers()
        size = -(-len(raw) // parts)
        for place in range(parts):
            self.socket.say(self.frame(raw[place * size : (place + 1) * size], place, parts))
        self.socket.wait("an answer", lambda: len(self.answers()) > len(before))
        return self.answers()[-1]

    def frame(self, payload: bytes, place: int = 0, parts: int = 1, kind: str = "event") -> bytes:
        made = PbFrame(
            SeqID=7, LogID=2**63, service=33554678, method=1, payload=payload, payload_encoding="x", LogIDNew="y"
        )
        heads = {"type": kind, "message_id": f"m{self.presses}", "trace_id": "t", "sum": str(parts), "seq": str(place)}
        for key, value in heads.items():
            made.headers.add(key=key, value=value)
        raw: bytes = made.SerializeToString()
        return raw

    def answers(self) -> list[dict[str, Any]]:
        """What was answered to events, read by the other codec; `data` is decoded."""
        frames = [PbFrame.FromString(one) for one in self.socket.heard]
        told = [json.loads(one.payload) for one in frames if one.method == 1]
        return [{**one, "data": json.loads(base64.b64decode(one["data"])) if "data" in one else None} for one in told]

    def pings(self) -> int:
        frames = [PbFrame.FromString(one) for one in self.socket.heard]
        return sum(one.method == 0 and one.service == 33554678 for one in frames)


def is_card(card: dict[str, Any]) -> bool:
    """Known tags, no empty text; a button opens a page or has a value, which is an object."""
    texts = [element["text"] for element in card["elements"] if element["tag"] == "div"]
    buttons = [button for element in card["elements"] if element["tag"] == "action" for button in element["actions"]]
    known = all(element["tag"] in ("div", "action") for element in card["elements"])
    leads = all(one.get("url", "").startswith("http") or isinstance(one.get("value"), dict) for one in buttons)
    filled = all(one["content"] for one in (card["header"]["title"], *texts, *(button["text"] for button in buttons)))
    return bool(card["elements"]) and known and filled and leads


def _handler(feishu: FakeFeishuApp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            answer = feishu.answer(self.path, body, self.headers.get("Authorization", "").removeprefix("Bearer "))
            if answer.get("cut"):
                return
            broken = answer["code"] == "break"
            raw = b"<html>" if broken else json.dumps(answer).encode()
            self.send_response(500 if broken else 400 if answer["code"] else 200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    return Handler
