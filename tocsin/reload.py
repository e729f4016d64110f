"""Sources that were added to the file are taken up by the running service; everything else waits for a restart.

The collector and the dashboard each look at the file every two seconds. A file that cannot be used changes nothing:
what was loaded stays in force, and the log says why.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.checks import find_problem
from tocsin.config import ConfigError, Loaded, load_config
from tocsin.house import House
from tocsin.service import Part

LOOK_SECONDS = 2.0
log = structlog.get_logger()


class SourceWatch:
    """Follows the sources in a house's configuration file."""

    def __init__(self, house: House, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.house = house
        self._monotonic = monotonic
        self._looked = monotonic()
        self._stamp = self._stamp_now()

    def look(self) -> bool:
        """True when the sources are others than before; `house` is then the new one."""
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
        config = msgspec.structs.replace(self.house.config, sources=loaded.config.sources)
        if config == self.house.config or find_problem(config) is not None:
            return False
        self.house = replace(self.house, loaded=Loaded(config, self.house.loaded.path, loaded.text))
        log.info("sources_taken_up", sources=len(config.sources))
        return True

    def _stamp_now(self) -> tuple[int, int]:
        try:
            found = self.house.loaded.path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)


class UntilChanged(threading.Event):
    """Is set when `stop` is, or when the sources have changed."""

    def __init__(self, stop: threading.Event, watch: SourceWatch) -> None:
        super().__init__()
        self._stop = stop
        self._watch = watch

    def is_set(self) -> bool:
        """Asked by the collector four times a second."""
        if not super().is_set() and self._watch.look():
            self.set()
        return super().is_set() or self._stop.is_set()


def collecting(house: House, run: Callable[[House, threading.Event], None]) -> Part:
    """A part that runs `run` with the sources of the moment, anew whenever they change."""

    def part(stop: threading.Event) -> None:
        watch = SourceWatch(house)
        while not stop.is_set():
            run(watch.house, UntilChanged(stop, watch))

    return part


class LiveApp:
    """An ASGI application that is built anew when the sources have changed."""

    def __init__(self, house: House, build: Callable[[House], ASGIApp]) -> None:
        self._watch = SourceWatch(house)
        self._build = build
        self._app = build(house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application of the moment."""
        if scope["type"] == "http" and self._watch.look():
            self._app = self._build(self._watch.house)
        await self._app(scope, receive, send)
