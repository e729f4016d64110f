"""A reply by mail: who sent it, and the one code that its writer wrote. Pure.

What machines send (absences, bounces, lists, our own messages) is no reply. Codes count only in the writer's own
words: a quoted message of ours holds the codes of every act, perhaps of somebody else.
"""

import email
import hashlib
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

from alerts.buttons.codes import find_codes

MACHINES = ("mailer-daemon@", "postmaster@", "noreply@", "no-reply@")
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
MARKS = ("x-autoreply", "x-autorespond", "x-auto-response", "list-id", "x-tocsin-key", "x-failed-recipients")


@dataclass(frozen=True, slots=True)
class Reply:
    """`sender` is looked up in the roster and goes nowhere else; `key` names the mail; `thread` is its Message-ID, for
    the answer; `codes` are the distinct codes in the writer's own words."""

    sender: str
    key: str
    thread: str
    codes: tuple[str, ...]


def read_reply(raw: bytes, own_words: str) -> Reply | None:
    """The reply in a mail (its beginning is enough) whose own words were found by the caller; None for what is none.
    Never raises for any bytes."""
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\n\n", 1)[0][:65_536]
    try:
        mail = email.message_from_bytes(head + b"\n\n")
        sender = find_sender(mail)
        if not sender or is_automatic(mail):
            return None
        name = _line(mail, "message-id")
    except (ValueError, LookupError, AttributeError, RecursionError):
        return None
    key = name or hashlib.sha256(raw).hexdigest()
    thread = name if name.startswith("<") and name.endswith(">") and len(name) < 300 and name.isascii() else ""
    return Reply(sender, key, thread, tuple(find_codes(own_words)))


def find_sender(mail: Message) -> str:
    """The one address of From, "" when there is none or more."""
    written = mail.get_all("from") or []
    found = [address for _, address in getaddresses([str(one) for one in written]) if address]
    return found[0].strip().casefold() if len(written) == 1 and len(found) == 1 and "@" in found[0] else ""


def is_automatic(mail: Message) -> bool:
    """True for what a machine sent (RFC 3834 and what is older than it)."""
    if (_line(mail, "auto-submitted").lower() or "no").split(";")[0].strip() != "no":
        return True
    if _line(mail, "precedence").lower() in BULK or any(mail.get(mark) is not None for mark in MARKS):
        return True
    if mail.get_content_type() == "multipart/report" or _line(mail, "return-path") == "<>":
        return True
    return find_sender(mail).startswith(MACHINES)


def _line(mail: Message, name: str) -> str:
    return " ".join(str(mail.get(name, "")).split())[:1000]
