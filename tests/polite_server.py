"""A server that scores its readers, in the spirit of Rachel Kroll's feed reader score (rachelbythebay.com/fs/help).

It keeps simulated time (`now` is set by whoever drives the reader), notes every request, and says afterwards which
manners were broken, each with the number of requests that broke it.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from hostile_server import Request, Site, make_head

Body = Callable[[datetime], bytes]


@dataclass
class Asked:
    """One request: when in simulated time, what of, and what was answered."""

    at: datetime
    path: str
    headers: dict[str, str]
    status: int
    etag: str | None
    last_modified: str | None


@dataclass
class Manners:
    """What a path answers. `body` at a time; `headers` at a time; `status` at a time (None: 200 or 304)."""

    body: Body
    headers: Callable[[datetime], dict[str, str]] = lambda _now: {}
    status: Callable[[datetime], int | None] = lambda _now: None
    validators: bool = True


@dataclass
class Scorer:
    """Paths of one site, and the log of who asked for them."""

    site: Site
    now: datetime
    paths: dict[str, Manners] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    open: int = 0
    most_open: int = 0

    def serve(self, path: str, manners: Manners) -> str:
        """Let `path` answer so; its address."""
        self.paths[path] = manners
        self.site.on(path, self._answer)
        return self.site.url(path)

    def asked(self, path: str) -> list[Asked]:
        """The requests for a path, in order."""
        return [one for one in self.log if one.path == path]

    async def _answer(self, writer: asyncio.StreamWriter, request: Request) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        manners = self.paths[request.path]
        body = manners.body(self.now)
        etag = f'W/"{hash(body) & 0xFFFFFFFF:x}"' if manners.validators else None
        modified = format_datetime(self.now.replace(hour=0, minute=0, second=0), usegmt=True) if etag else None
        same = etag is not None and request.headers.get("if-none-match") == etag
        status = manners.status(self.now) or (304 if same else 200)
        headers = {"Date": format_datetime(self.now, usegmt=True), **manners.headers(self.now)}
        headers |= {"ETag": etag or "", "Last-Modified": modified or ""} if etag and status in (200, 304) else {}
        sent = body if status == 200 else b""
        self.log.append(
            Asked(self.now, request.path, request.headers, status, etag if status < 400 else None, modified)
        )
        writer.write(make_head(status, headers | {"Content-Length": str(len(sent))}) + sent)
        await writer.drain()
        self.open -= 1

    # ---------------------------------------------------------------- the score

    def score(self, path: str, *, least: timedelta, agent: str) -> dict[str, int]:
        """How many requests for `path` broke each manner; a perfect reader has zeroes only."""
        asked = self.asked(path)
        pairs = list(itertools.pairwise(asked))
        return {
            "unconditional more than once a week": count_unconditional(asked),
            "validators not echoed exactly": sum(not echoes(before, after) for before, after in pairs),
            "asked again too early": sum(after.at - before.at < least for before, after in pairs),
            "query or cache-busting": sum("?" in one.path or busts(one) for one in asked),
            "cookies or referrer": sum("cookie" in one.headers or "referer" in one.headers for one in asked),
            "user agent not honest": sum(agent not in one.headers.get("user-agent", "") for one in asked),
            "no compression accepted": sum("gzip" not in one.headers.get("accept-encoding", "") for one in asked),
        }


def count_unconditional(asked: list[Asked]) -> int:
    """Requests without a validator that followed a full answer less than a week before."""
    broken, full = 0, None
    for one in asked:
        bare = "if-none-match" not in one.headers and "if-modified-since" not in one.headers
        if bare and full is not None and one.at - full < timedelta(days=7):
            broken += 1
        if one.status == 200 and bare:
            full = one.at
    return broken


def echoes(before: Asked, after: Asked) -> bool:
    """True when a validator that is sent is the one that was given last, byte for byte."""
    sent = after.headers.get("if-none-match")
    return sent is None or before.etag is None or sent == before.etag


def busts(one: Asked) -> bool:
    """True for headers that force a cache to ask the origin."""
    return "no-cache" in one.headers.get("cache-control", "") + one.headers.get("pragma", "")
