"""DingTalk's open platform on loopback: token, messages of an app's robot, and the Stream."""

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from fake_socket import FakeSocket

APP, SECRET, GROUP = "dingCANARYapp", "CANARY123-secret", "cidDUTY=="
SENDS = "dtmd://dingtalkclient/sendMessage?content="


class FakeDingTalkApp:
    """`posts` are messages in the group, `whispers` those to one person; `tricks` (status, code) of the next calls;
    `slow_s` is how long the next message to one person takes."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.whispers: list[tuple[str, dict[str, Any]]] = []
        self.opened: list[dict[str, Any]] = []
        self.staff = {"U0LI", "U0WANG", "U0CHEN", "U0NOBODY"}
        self.tokens = 0
        self.tricks: deque[tuple[int, str]] = deque()
        self.socket = FakeSocket()
        self.said = 0
        self.slow_s = 0.0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FakeDingTalkApp":
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

    def answer(self, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        """Status and body as the service gives them."""
        if self.tricks:
            status, code = self.tricks.popleft()
            if code == "swallow":
                return 0, self.accept(path, body)[1]
            return status, {"code": code, "message": "as planned", "requestid": "r"}
        if path == "/v1.0/oauth2/accessToken":
            if (body.get("appKey"), body.get("appSecret")) != (APP, SECRET):
                return 400, {"code": "invalidClientIdOrSecret", "message": "无效的clientId或者clientSecret"}
            self.tokens += 1
            return 200, {"accessToken": f"t{self.tokens}", "expireIn": 7200}
        if path == "/v1.0/gateway/connections/open":
            return self.open(body)
        if token != f"t{self.tokens}":
            return 401, {"code": "InvalidAuthentication", "message": "不合法的access_token"}
        return self.accept(path, body)

    def open(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if (body.get("clientId"), body.get("clientSecret")) != (APP, SECRET):
            return 401, {"code": "authFailed", "message": "鉴权失败"}
        self.opened.append(body)
        endpoint, _, ticket = self.socket.ticket().partition("?ticket=")
        return 200, {"endpoint": endpoint, "ticket": ticket}

    def accept(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Check a message and keep it."""
        words = json.loads(body.get("msgParam", "{}"))
        if body.get("robotCode") != APP:
            return 400, {"code": "invalidParameter.robotCode", "message": "robot 不存在"}
        if body.get("msgKey") != "sampleMarkdown" or not words.get("title") or not words.get("text"):
            return 400, {"code": "invalidParameter.msgParam", "message": "msgParam 不合法"}
        if len(body["msgParam"].encode()) > 20_000:
            return 400, {"code": "invalidParameter.param.longLimited", "message": "消息过长"}
        if path == "/v1.0/robot/oToMessages/batchSend":
            slow, self.slow_s = self.slow_s, 0.0
            time.sleep(slow)
            known = [one for one in body["userIds"] if one in self.staff]
            self.whispers += [(one, words) for one in known]
            lost = [one for one in body["userIds"] if one not in known]
            return 200, {"processQueryKey": "q", "invalidStaffIdList": lost, "flowControlledStaffIdList": []}
        if body.get("openConversationId") != GROUP:
            return 400, {"code": "invalidParameter.openConversationId", "message": "群不存在"}
        self.posts.append(words)
        return 200, {"processQueryKey": f"q{len(self.posts)}"}

    # -------------------------------------------------------------- people

    def press(self, word: str, user: str, text: str = "", **more: Any) -> str:
        """Press the link of an act in the group's or one's own last message that has it; returns the message id."""
        for words in [*(w for who, w in reversed(self.whispers) if who == user), *reversed(self.posts)]:
            codes = [unquote(one.split(")")[0]) for one in words["text"].split(SENDS)[1:]]
            found = [one for one in codes if one.split("-")[1] == word]
            if found:
                return self.say(f" {found[0]} ", user, **more)
        raise AssertionError(f"nobody offers {word}")

    def say(self, text: str, user: str, **more: Any) -> str:
        """Somebody says something to the robot; waits for the acknowledgement."""
        self.said += 1
        number = str(more.pop("number", f"msg{self.said}"))
        data = {
            "conversationId": GROUP, "chatbotUserId": "$:LWCP_v1:$x", "msgId": number, "senderNick": "CANARY-nick",
            "senderStaffId": user, "senderId": "$:LWCP_v1:$CANARY", "conversationType": "2", "conversationTitle": "值班群",
            "sessionWebhook": "https://oapi.dingtalk.example/robot/sendBySession?session=CANARY123", "isInAtList": True,
            "text": {"content": text}, "msgtype": "text", "robotCode": APP, **more,
        }  # fmt: skip
        before = len(self.acks())
        self.frame("CALLBACK", "/v1.0/im/bot/messages/get", json.dumps(data))
        self.socket.wait("an acknowledgement", lambda: len(self.acks()) > before)
        return number

    def frame(self, kind: str, topic: str, data: str) -> None:
        head = {"appId": "a", "connectionId": "c", "contentType": "application/json", "messageId": f"f{self.said}-{kind}-{topic}",
                "time": "1", "topic": topic}  # fmt: skip
        self.socket.say(json.dumps({"specVersion": "1.0", "type": kind, "headers": head, "data": data}))

    def acks(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.socket.heard]


def _handler(ding: FakeDingTalkApp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            status, answer = ding.answer(self.path, body, self.headers.get("x-acs-dingtalk-access-token", ""))
            if not status:  # accepted, and the answer is cut off
                return
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    return Handler
