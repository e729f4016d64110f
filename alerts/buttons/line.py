"""A connection that we open and keep, so that presses reach a machine that nobody can reach.

open (HTTP) -> WebSocket -> frames -> answers; broken -> open again, after 1 s, 2 s, 4 s … at most a minute

A kill loses nothing: what was not acknowledged is told again by the vendor or pressed again by the officer, and what
was counted is remembered in the store.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect

from alerts.notify.base import Failed

FIRST_PAUSE_S, LAST_PAUSE_S, REFUSED_PAUSE_S = 1.0, 60.0, 300.0
LOOK_S, OPEN_S, MAX_FRAME = 0.5, 10.0, 1024 * 1024
NOTE_S = 60.0  # how often a living connection says so
Frame = str | bytes
Note = Callable[[str], None]  # "" while connected, else one sentence
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a frame calls for: frames to send at once, work that may take seconds, and whether to connect anew."""

    answers: Sequence[Frame] = ()
    work: Sequence[Callable[[], object]] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """Where to connect (an address with a ticket: a secret), and what to send every `ping_s` seconds."""

    url: str
    ping: Frame | None = None
    ping_s: float = field(default=120.0)


class Wire(Protocol):
    """One vendor's way of speaking. Methods keep their own time-outs and never raise for what the other side does."""

    channel: str

    def open(self) -> Opened | Failed:
        """Ask for an address to connect to."""

    def take(self, frame: Frame) -> Taken:
        """Understand one frame."""


class Line:
    """Keeps one wire connected until told to stop. `note` is told when the state changes, and every minute."""

    def __init__(self, wire: Wire, note: Note, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self.wire, self.note, self.first_pause = wire, note, first_pause_s
        # One worker: answers go out in the order of the presses, so that "taken" never stands over a later "undone".
        self.workers = ThreadPoolExecutor(1, f"press-{wire.channel}")

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Never raises for what the other side does."""
        pause = self.first_pause
        try:
            while not stop.is_set():
                opened = self.wire.open()
                before = time.monotonic()
                said = opened.said if isinstance(opened, Failed) else self._talk(opened, stop)
                if stop.is_set():
                    return
                refused = isinstance(opened, Failed) and opened.permanent
                pause = self.first_pause if time.monotonic() - before > LAST_PAUSE_S else pause
                if said:
                    self._tell(said)
                stop.wait(REFUSED_PAUSE_S if refused else pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
                pause = min(LAST_PAUSE_S, pause * 2)
        finally:
            self.workers.shutdown()

    def _talk(self, opened: Opened, stop: threading.Event) -> str:
        """One connection; why it ended, "" when the other side asked for a new one."""
        try:
            with connect(opened.url, open_timeout=OPEN_S, close_timeout=2, max_size=MAX_FRAME, proxy=None) as place:
                self.note("")
                return self._listen(place, opened, stop)
        except TimeoutError:
            return "the service does not answer"
        except (InvalidHandshake, InvalidURI) as error:
            return f"the connection is refused ({type(error).__name__})"
        except (OSError, WebSocketException) as error:
            return f"the connection broke ({type(error).__name__})"

    def _listen(self, place: ClientConnection, opened: Opened, stop: threading.Event) -> str:
        pinged = noted = time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            if opened.ping is not None and now - pinged >= opened.ping_s:
                place.send(opened.ping)
                pinged = now
            if now - noted >= NOTE_S:
                self.note("")
                noted = now
            try:
                frame = place.recv(timeout=LOOK_S)
            except TimeoutError:
                continue
            if self._serve(place, frame):
                return ""
        return ""

    def _serve(self, place: ClientConnection, frame: Frame) -> bool:
        """Answer one frame; True when a new connection is wanted."""
        try:
            taken = self.wire.take(frame)
        except Exception as error:  # a frame that breaks us must not end the connection; it is not acknowledged
            log.exception("press failed", channel=self.wire.channel, error=type(error).__name__)
            return False
        for answer in taken.answers:
            place.send(answer)
        for work in taken.work:
            self.workers.submit(self._work, work)
        return taken.again

    def _work(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("press not answered", channel=self.wire.channel)

    def _tell(self, said: str) -> None:
        log.warning("line", channel=self.wire.channel, said=said)
        self.note(said)
