"""A mailbox of the school's own (press clippings, complaints) by IMAP over TLS. Nothing in it is changed.

    EXAMINE -> UIDVALIDITY, UIDNEXT -> UID SEARCH -> UID FETCH BODY.PEEK[]<0.256 KB> -> mail_text -> RawItem

The position is `UIDVALIDITY:UIDNEXT`; after a new UIDVALIDITY the last fortnight is read again, and the same mails get
the same ids. The standard client blocks, so it runs in a thread with a deadline, and its sizes are bounded here.
"""

import base64
import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import unquote, urlsplit

from crawlers.address import is_excepted, refuse_address
from crawlers.base import FetchFailed, Parsed, ParseFailed
from crawlers.bounded import call_bounded
from crawlers.entries import Entry, build_items
from crawlers.mail_text import entries_of
from crawlers.settings import CrawlPolicy, SourceSpec

BOX_SECONDS = 120.0
MAX_MAILS = 100
MAX_MAIL = 256 * 1024
MAX_BYTES = 48 * 1024 * 1024
FIRST_DAYS = 14
PORTS = {"imaps": 993, "imap": 143}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_RE_POSITION = re.compile(r"(\d{1,20}):(\d{1,20})\Z")
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))  # type: ignore[attr-defined,unused-ignore]


class BoxClosedError(Exception):
    """The mailbox is not read; the message is one sentence without names or text. `grade` as in `FetchFailed`."""

    def __init__(self, sentence: str, grade: str = "temporary", code: str = "mailbox") -> None:
        super().__init__(sentence)
        self.grade = grade
        self.code = code


@dataclass(frozen=True, slots=True)
class BoxAddress:
    """`imaps://host[:port]/Folder` (TLS at once) or `imap://…` (STARTTLS, always)."""

    host: str
    port: int
    folder: str
    at_once: bool


def read_address(url: str) -> BoxAddress | None:
    """The parts of a mailbox's address, None when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.password:
        return None
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return BoxAddress(parts.hostname, port or PORTS[parts.scheme], folder, parts.scheme == "imaps")


async def read_mailbox(spec: SourceSpec, position: str, policy: CrawlPolicy, now: datetime) -> Parsed | FetchFailed:
    """What came since `position`. Never raises for what the server says."""
    try:
        return await call_bounded(lambda: _read(spec, position, policy, now), BOX_SECONDS)
    except TimeoutError:
        return FetchFailed("temporary", f"The mailbox was not read in {BOX_SECONDS:g} s.", code="timeout")
    except BoxClosedError as closed:
        return FetchFailed(closed.grade, str(closed), code=closed.code)  # type: ignore[arg-type]  # one of the grades


class BoundedImap(imaplib.IMAP4):
    """The standard client over a connection of ours, with a limit on what a server may send."""

    def __init__(self, place: BoxAddress, address: str, context: ssl.SSLContext, seconds: float) -> None:
        self._place, self._address, self._context = place, address, context
        self._read_so_far = 0
        self._watch: tuple[threading.Timer, socket.socket] | None = None
        try:
            super().__init__(place.host, place.port, seconds)
        except BaseException:
            self._unwatch()
            raise

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self._address, self._place.port), timeout)
        line = plain.dup()
        watch = threading.Timer(BOX_SECONDS, hang_up, (line,))
        self._watch = watch, line
        watch.daemon = True
        watch.start()
        if not self._place.at_once:
            return plain
        return self._context.wrap_socket(plain, server_hostname=self._place.host)

    def read(self, size: int) -> bytes:
        """A literal of `size` bytes; one that is larger than was asked for ends the connection."""
        self._read_so_far += size
        if size > 2 * MAX_MAIL or self._read_so_far > MAX_BYTES:
            raise BoxClosedError("The mail server sends more than was asked for.", "soft")
        return super().read(size)

    def shutdown(self) -> None:
        """Close the connection."""
        self._unwatch()
        super().shutdown()

    def _unwatch(self) -> None:
        kept, self._watch = self._watch, None
        if kept is not None:
            kept[0].cancel()
            kept[1].close()


def hang_up(line: socket.socket) -> None:
    """End a connection whose server says a byte now and then: no single read of it is ever late."""
    with suppress(OSError), line:
        line.shutdown(socket.SHUT_RDWR)


def _read(spec: SourceSpec, position: str, policy: CrawlPolicy, now: datetime) -> Parsed:
    place = read_address(spec.url)
    if place is None:
        raise BoxClosedError("The address is not that of a mailbox.", "hard", "unsafe_address")
    with _opened(place, spec, policy) as box:
        numbers, after = _find_new(box, place, position, now)
        entries, lost = _fetch_all(box, spec, numbers, now)
    notes = (f"{lost} of {len(numbers)} mails held nothing for this source.",) if lost else ()
    items = build_items(spec, entries, "", now)
    return Parsed(items, notes=notes, position=after, partial=True)


def read_raw(spec: SourceSpec, position: str, policy: CrawlPolicy, now: datetime) -> tuple[list[bytes], str]:
    """The beginnings of the mails since `position`, and the new position: for a caller that answers mails and so has to
    know who wrote them. Blocks. Raises BoxClosedError."""
    place = read_address(spec.url)
    if place is None:
        raise BoxClosedError("The address is not that of a mailbox.", "hard", "unsafe_address")
    with _opened(place, spec, policy) as box:
        numbers, after = _find_new(box, place, position, now)
        return [raw for number in numbers if (raw := _fetch(box, number))], after


def try_box(spec: SourceSpec, policy: CrawlPolicy) -> None:
    """Log in, open the folder, leave. Blocks. Raises BoxClosedError."""
    place = read_address(spec.url)
    if place is None:
        raise BoxClosedError("The address is not that of a mailbox.", "hard", "unsafe_address")
    with _opened(place, spec, policy) as box:
        _examine(box, place)


def _find_new(box: "BoundedImap", place: BoxAddress, position: str, now: datetime) -> tuple[list[int], str]:
    """The numbers of the mails that are new since `position`, and the position after them."""
    validity, following = _examine(box, place)
    found = _RE_POSITION.match(position)
    known = int(found[2]) if found and int(found[1]) == validity else 0
    if known and following and known >= following:
        return [], position
    numbers = _search(box, known, now)
    numbers = numbers[:MAX_MAILS] if known else numbers[-MAX_MAILS:]
    return numbers, f"{validity}:{numbers[-1] + 1 if numbers else max(known, following or 1)}"


@contextmanager
def _opened(place: BoxAddress, spec: SourceSpec, policy: CrawlPolicy) -> Iterator[BoundedImap]:
    """A session that is logged in, and logged out whatever happens; foreign errors become sentences here."""
    password = _password(spec)
    box: BoundedImap | None = None
    try:
        box = _connect(place, policy)
        _log_in(box, spec.user, password)
        yield box
    except ssl.SSLError:
        raise BoxClosedError("No secure connection to the mail server could be made.", "soft", "tls") from None
    except (TimeoutError, OSError):
        raise BoxClosedError("The mail server does not answer.", "temporary", "unreachable") from None
    except imaplib.IMAP4.error:
        raise BoxClosedError("The mail server broke off or refused a command.", "soft", "protocol") from None
    except (ValueError, IndexError, TypeError):
        raise BoxClosedError("The mail server does not answer in proper IMAP.", "soft", "protocol") from None
    finally:
        with suppress(OSError, imaplib.IMAP4.error, BoxClosedError, ValueError):
            if box is not None:
                box.logout()
        with suppress(OSError, AttributeError):
            if box is not None:
                box.shutdown()  # a server that hung up first leaves the socket to us


def _password(spec: SourceSpec) -> str:
    try:
        return spec.key.reveal() if spec.key else ""
    except LookupError as error:
        raise BoxClosedError(f"The password of the mailbox is missing: {error}.", "hard", "login") from None


def _connect(place: BoxAddress, policy: CrawlPolicy) -> BoundedImap:
    """Connect to an address that was checked, and speak TLS with a verified certificate."""
    excepted = is_excepted(place.host, place.port, policy)
    if not excepted and place.port not in PORTS.values():
        raise BoxClosedError(f"Port {place.port} is not one of a mail server.", "hard", "unsafe_address")
    started = time.monotonic()
    resolved = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    for *_, where in resolved[:4]:
        refusal = refuse_address(str(where[0]), excepted)
        if refusal:
            raise BoxClosedError(f"The mailbox is not read: {refusal}.", "hard", "unsafe_address")
    seconds = max(1.0, policy.timeout - (time.monotonic() - started))
    context = ssl.create_default_context()
    box = BoundedImap(place, str(resolved[0][4][0]), context, seconds)
    try:
        if not place.at_once:
            box.starttls(context)
    except BaseException:
        with suppress(OSError):
            box.shutdown()
        raise
    return box


def _log_in(box: BoundedImap, user: str, password: str) -> None:
    try:
        box.login(user, password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise BoxClosedError("The mailbox does not accept the login.", "hard", "login") from None
    if "ID" in box.capabilities:  # some Chinese providers open no folder to a client that has not named itself
        with suppress(imaplib.IMAP4.error):
            box._simple_command("ID", '("name" "Tocsin")')  # imaplib has no method for it


def _examine(box: BoundedImap, place: BoxAddress) -> tuple[int, int]:
    """Open the folder for reading only; its UIDVALIDITY, and UIDNEXT (0 where the server does not say)."""
    status, _ = box.select(f'"{encode_folder(place.folder)}"', readonly=True)
    if status != "OK":
        raise BoxClosedError("There is no such folder in the mailbox.", "hard", "folder")
    said = {name: box.response(name)[1] for name in ("UIDVALIDITY", "UIDNEXT")}
    validity, following = (int(values[-1]) if values and values[-1] else 0 for values in said.values())
    return validity, following


def _search(box: BoundedImap, known: int, now: datetime) -> list[int]:
    """The numbers of new mails, oldest first. `n:*` names the last mail even when it is older than n."""
    day = now - timedelta(days=FIRST_DAYS)
    since = f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"
    wanted = ("UID", f"{known}:*") if known else ("SINCE", since)
    status, data = box.uid("SEARCH", *wanted)
    if status != "OK":
        raise BoxClosedError("The mail server does not search.", "soft", "protocol")
    numbers = sorted({int(one) for one in b" ".join(part for part in data if part).split()})
    return [number for number in numbers if number >= known]


def _fetch_all(box: BoundedImap, spec: SourceSpec, numbers: list[int], now: datetime) -> tuple[list[Entry], int]:
    """The entries of all mails, and how many held none."""
    entries: list[Entry] = []
    lost = 0
    for number in numbers:
        found = entries_of(spec, _fetch(box, number), now)
        if isinstance(found, ParseFailed):
            lost += 1
        else:
            entries += found
    return entries, lost


def _fetch(box: BoundedImap, number: int) -> bytes:
    """The first quarter of a megabyte of a mail, without marking it as read; empty when it is gone."""
    status, data = box.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{MAX_MAIL}>)")
    if status != "OK":
        return b""
    return next((bytes(part[1]) for part in data if isinstance(part, tuple) and len(part) > 1), b"")


def encode_folder(name: str) -> str:
    """A folder's name as IMAP writes it (modified UTF-7), safe inside quotation marks."""
    written = []
    for plain, run in groupby(name, key=lambda char: " " <= char <= "~"):
        text = "".join(run)
        packed = base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        written.append(text.replace("&", "&-") if plain else f"&{packed}-")
    return "".join(written).replace("\\", "\\\\").replace('"', '\\"')
