"""A mail server on loopback that takes, refuses and hangs up as told.

with FakeSmtp() as smtp:
    smtp.refuse_data(451)    the next message is refused after its data, for now
    smtp.refuse_rcpt(550)    the next receiver does not exist
    smtp.swallow()           the next message is taken, and the connection cut before the answer
"""

import socketserver
import threading
from collections import deque
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


class FakeSmtp:
    """A real TCP server; `mails` are accepted messages, parsed; `raw` their bytes."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.receivers: list[list[str]] = []
        self.tricks: dict[str, deque[int]] = {name: deque() for name in ("mail", "rcpt", "data", "swallow", "helo")}
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> "FakeSmtp":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join(30)
        self.server.server_close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raw]  # type: ignore[misc]

    def refuse_data(self, code: int) -> None:
        self.tricks["data"].append(code)

    def refuse_rcpt(self, code: int) -> None:
        self.tricks["rcpt"].append(code)

    def refuse_sender(self, code: int) -> None:
        self.tricks["mail"].append(code)

    def swallow(self) -> None:
        self.tricks["swallow"].append(1)

    def take(self, name: str) -> int:
        """The next planned answer at this point of the talk, 0 when none is planned."""
        return self.tricks[name].popleft() if self.tricks[name] else 0


def _handler(smtp: FakeSmtp) -> type[socketserver.StreamRequestHandler]:  # noqa: C901 - a class, not a function
    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.to: list[str] = []
            self.say("220 fake ESMTP")
            while line := self.rfile.readline():
                word = line.split(b":")[0].strip().upper()
                if word == b"DATA":
                    if not self.data():
                        return
                elif word == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.talk(word, line)

        def talk(self, word: bytes, line: bytes) -> None:
            if word.startswith((b"EHLO", b"HELO")):
                self.say("250-fake\r\n250-AUTH PLAIN\r\n250 8BITMIME")
            elif word.startswith(b"AUTH"):
                self.say("235 welcome")
            elif word == b"MAIL FROM":
                code = smtp.take("mail")
                self.say(f"{code} no" if code else "250 ok")
            elif word == b"RCPT TO":
                code = smtp.take("rcpt")
                self.to += [] if code else [line.decode().split("<")[1].split(">")[0]]
                self.say(f"{code} no such user" if code else "250 ok")
            elif word in (b"RSET", b"NOOP"):
                self.say("250 ok")
            else:
                self.say("502 what?")

        def data(self) -> bool:
            """Take the message; False when the talk ends here."""
            self.say("354 go on")
            lines: list[bytes] = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b"..") else line)
            code = smtp.take("data")
            if code:
                self.say(f"{code} not now")
                return True
            smtp.raw.append(b"".join(lines))
            smtp.receivers.append(list(self.to))
            if smtp.take("swallow"):
                return False
            self.say("250 queued")
            return True

    return Handler
