"""Mailpit, a real SMTP server with a web API, on free ports of loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from service_kit import answers, free_port, need, running, wait_for

PROGRAM = Path(__file__).parent.parent / ".make" / "bin" / "mailpit"


@dataclass(frozen=True)
class Mailpit:
    """A running server: `smtp` takes mail, `web` answers for it."""

    smtp: int
    web: int

    def ask(self, path: str) -> Any:
        """One answer of the web API."""
        answer = httpx.get(f"http://127.0.0.1:{self.web}/api/v1/{path}", timeout=20)
        answer.raise_for_status()
        return answer.json()

    def mails(self) -> list[dict[str, Any]]:
        """Every mail that was taken, oldest first: `Subject`, `From`, `To`, `Text`, `HTML`, …"""
        listed = self.ask("messages?limit=100")["messages"]
        return [self.ask(f"message/{one['ID']}") for one in reversed(listed)]

    def headers_of(self, mail: dict[str, Any]) -> dict[str, list[str]]:
        """The header fields of a mail as they came over the wire."""
        found: dict[str, list[str]] = self.ask(f"message/{mail['ID']}/headers")
        return found


@contextmanager
def open_mailpit(folder: Path) -> Iterator[Mailpit]:
    """Mailpit for the length of a block."""
    program = need(PROGRAM, "receive mail over real SMTP")
    mailpit = Mailpit(free_port(), free_port())
    command = [
        program, "--smtp", f"127.0.0.1:{mailpit.smtp}", "--listen", f"127.0.0.1:{mailpit.web}",
        "--database", str(folder / "mailpit.db"), "--disable-version-check", "--smtp-disable-rdns",
    ]  # fmt: skip
    with running(command, folder / "mailpit.log"):
        wait_for("Mailpit listens", lambda: answers(mailpit.smtp) and answers(mailpit.web))
        yield mailpit
