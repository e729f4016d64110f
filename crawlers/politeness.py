"""One request at a time per host and a pause between two, whatever sources share the host; and few at once in all.

Times are of the monotonic clock: a pause must not depend on somebody setting the time.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawlers.address import host_key
from crawlers.settings import CrawlPolicy

MAX_HOSTS = 4096


class _Host:
    """One host: whose turn it is, and when the next request may start."""

    __slots__ = ("delay_s", "free_at", "lock", "waiting")

    def __init__(self, delay_s: float) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
        self.delay_s = delay_s
        self.waiting = 0


class HostTurns:
    """Belongs to one event loop."""

    def __init__(self, policy: CrawlPolicy) -> None:
        self._policy = policy
        self._hosts: dict[str, _Host] = {}
        self._gate = asyncio.Semaphore(policy.concurrency)

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait for the host of `url` and for a free connection; the pause begins when the block ends."""
        host = self._host(host_key(url, self._policy))
        host.waiting += 1
        try:
            async with host.lock:
                await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
                try:
                    async with self._gate:
                        yield
                finally:
                    host.free_at = time.monotonic() + host.delay_s
        finally:
            host.waiting -= 1

    async def pause(self, url: str) -> None:
        """Wait until the host of `url` may be asked again, without asking it."""
        await asyncio.sleep(max(0.0, self._host(host_key(url, self._policy)).free_at - time.monotonic()))

    def slow_down(self, url: str, delay_s: float) -> None:
        """Keep at least `delay_s` between two requests to the host of `url` (its Crawl-delay)."""
        host = self._host(host_key(url, self._policy))
        host.delay_s = max(self._policy.host_delay, delay_s)

    def touch(self, url: str) -> None:
        """Begin the pause of a host that was visited by somebody else (the crawl child)."""
        host = self._host(host_key(url, self._policy))
        host.free_at = time.monotonic() + host.delay_s

    def delay_of(self, url: str) -> float:
        """Seconds between two requests to the host of `url`."""
        return self._host(host_key(url, self._policy)).delay_s

    def _host(self, key: str) -> _Host:
        if key not in self._hosts:
            if len(self._hosts) >= MAX_HOSTS:
                self._forget_idle()
            self._hosts[key] = _Host(self._policy.host_delay)
        return self._hosts[key]

    def _forget_idle(self) -> None:
        """Redirects name new hosts for ever; those that nobody waits for and whose pause is over can go."""
        now = time.monotonic()
        for key in [key for key, host in self._hosts.items() if not host.waiting and host.free_at < now]:
            del self._hosts[key]
