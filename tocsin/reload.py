"""What was changed in the file is taken up by the running service where that is safe; everything else waits for a restart.

Sources (collector), rules, levels, timing and the school's year (worker), routes, channels and what goes with telling
(sender), the connections that bring presses, and all of these on the pages. Each part looks at the file every two
seconds, between its batches. A file that cannot be
used changes nothing: what was loaded stays in force, and the log says why. The worker then begins anew as after a
restart: its memory comes from the store with the ledger of what was told, so that nothing is told twice; what waits,
waits in the queue.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from alerts.dispatch import Dispatcher
from tocsin.checks import find_problem
from tocsin.config import ConfigError, Loaded, load_config
from tocsin.house import House
from tocsin.logs import hide_secrets, secrets_of
from tocsin.service import Part, run_parts

LOOK_SECONDS = 2.0
WATCHED_SECONDS = 30.0
SOURCES = ("sources",)
DECIDING = ("rules", "alerting", "calendar")
TELLING = (*DECIDING, "channels", "routes", "departments", "inhibit", "digest", "care", "cases")
ANSWERING = ("channels", "departments", "cases", "calendar", "alerting")
SHOWING = (*SOURCES, *TELLING, "coverage", "briefing")
log = structlog.get_logger()


class SourceWatch:
    """Follows `parts` of a house's configuration file, by default its sources."""

    def __init__(
        self, house: House, monotonic: Callable[[], float] = time.monotonic, parts: Sequence[str] = SOURCES
    ) -> None:
        self.house = house
        self._parts = parts
        self._monotonic = monotonic
        self._looked = monotonic()
        self._stamp = self._stamp_now()

    def look(self) -> bool:
        """True when what is followed is another than before; `house` is then the new one."""
        if self._monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = self._monotonic()
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        return self._take()

    def _take(self) -> bool:
        try:
            loaded = load_config(self.house.loaded.path)
        except ConfigError as error:
            log.warning("configuration_not_taken_up", said=str(error))
            return False
        fresh = {name: getattr(loaded.config, name) for name in self._parts}
        config = msgspec.structs.replace(self.house.config, **fresh)
        if config == self.house.config or find_problem(config) is not None:
            return False
        changed = [name for name in self._parts if fresh[name] != getattr(self.house.config, name)]
        self.house = replace(self.house, loaded=Loaded(config, self.house.loaded.path, loaded.text))
        hide_secrets(secrets_of(config))
        log.info("configuration_taken_up", changed=changed)
        return True

    def _stamp_now(self) -> tuple[int, int]:
        try:
            found = self.house.loaded.path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)


class UntilChanged(threading.Event):
    """Is set when `stop` is, when the sources have changed, or when others are under a special watch (`watched`,
    looked at every half minute)."""

    def __init__(
        self, stop: threading.Event, watch: SourceWatch, watched: Callable[[House], frozenset[str]] = lambda _: frozenset(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__()
        self._stop = stop
        self._watch = watch
        self._watched, self._monotonic = watched, monotonic
        self._known, self._looked = watched(watch.house), monotonic()

    def is_set(self) -> bool:
        """Asked by the collector four times a second."""
        if not super().is_set() and (self._watch.look() or self._others_watched()):
            self.set()
        return super().is_set() or self._stop.is_set()

    def _others_watched(self) -> bool:
        if self._monotonic() - self._looked < WATCHED_SECONDS:
            return False
        self._looked = self._monotonic()
        return self._watched(self._watch.house) != self._known


def collecting(
    house: House, run: Callable[[House, threading.Event], None],
    watched: Callable[[House], frozenset[str]] = lambda _: frozenset(),
) -> Part:  # fmt: skip
    """A part that runs `run` with the sources of the moment, anew whenever they change or others are `watched`."""

    def part(stop: threading.Event) -> None:
        watch = SourceWatch(house)
        while not stop.is_set():
            run(watch.house, UntilChanged(stop, watch, watched))

    return part


def following(
    house: House, build: Callable[[House], Mapping[str, Part]], parts: Sequence[str],
    monotonic: Callable[[], float] = time.monotonic,
) -> Part:  # fmt: skip
    """A part that runs what `build` makes of the configuration of the moment, anew whenever `parts` of it change."""

    def part(stop: threading.Event) -> None:
        watch = SourceWatch(house, monotonic, parts)
        while not stop.is_set():
            end = threading.Event()
            threading.Thread(target=end_when_changed, args=[stop, watch, end], daemon=True).start()
            if run_parts(build(watch.house), end):
                raise RuntimeError("a part that follows the configuration ended by itself")

    return part


def end_when_changed(stop: threading.Event, watch: SourceWatch, end: threading.Event) -> None:
    """Set `end` when `stop` is, or when what is followed has changed."""
    while not (end.is_set() or stop.wait(0.5) or watch.look()):
        pass
    end.set()


class LiveApp:
    """An ASGI application that is built anew when what it shows of the configuration has changed."""

    def __init__(self, house: House, build: Callable[[House], ASGIApp]) -> None:
        self._watch = SourceWatch(house, parts=SHOWING)
        self._build = build
        self._app = build(house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application of the moment."""
        if scope["type"] == "http" and self._watch.look():
            self._app = self._build(self._watch.house)
        await self._app(scope, receive, send)


class LiveSender:
    """A sender that is built anew, between two rounds, when what it goes by has changed."""

    def __init__(
        self, house: House, build: Callable[[House], Dispatcher], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._watch = SourceWatch(house, monotonic, TELLING)
        self._build = build
        self._sender = build(house)

    def tick(self, now: datetime) -> int:
        """One round of the sender of the moment. The new one goes on with the old one's lease and its budget."""
        if self._watch.look():
            fresh = self._build(self._watch.house)
            fresh.go_on_from(self._sender)
            self._sender = fresh
        return self._sender.tick(now)
