"""robots.txt by RFC 9309: what a fetch of it means, how long that holds, and whether a URL may be read.

Pure but for `RobotsKeeper`, which fetches and caches. Protego does the matching of paths; which group is ours is
decided here, because Protego takes `User-agent: to` for Tocsin and closes a group at a line that it does not know.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from urllib.parse import quote

import httpx
from protego import Protego

from crawlers.base import Fetched, FetchFailed
from crawlers.bounded import call_bounded

PRODUCT = "tocsin"
FRESH = timedelta(hours=24)  # RFC 9309 §2.4
RETRY_UNREACHABLE = timedelta(minutes=1)  # the back-off of the sources keeps this rare
GIVE_UP = timedelta(days=30)  # §2.3.1.4: then an unreachable file MAY be taken for an absent one
MAX_BYTES = 512 * 1024  # §2.5 asks for at least 500 KiB
MAX_DELAY = 60.0
SHELF_SECONDS = 30.0
MAX_HELD = 4096

State = Literal["rules", "absent", "unreachable"]


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What an origin last said: a row of the table `robots`.

    `status` is None when nobody answered. `body` is the text last read (kept while the file is unreachable).
    """

    origin: str
    fetched: datetime
    status: int | None
    body: str = ""
    unreachable_since: datetime | None = None

    @property
    def state(self) -> State:
        """2xx: rules; 4xx but 429: absent; anything else, and no answer: unreachable."""
        if self.status is not None and 200 <= self.status < 300:
            return "rules"
        if self.status is not None and 400 <= self.status < 500 and self.status != 429:
            return "absent"
        return "unreachable"

    def is_fresh(self, now: datetime) -> bool:
        """False when it must be asked again; also when the clock has been set back."""
        life = RETRY_UNREACHABLE if self.state == "unreachable" else FRESH
        return timedelta(0) <= now - self.fetched < life


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold for us at one origin. `delay_s` is the Crawl-delay, 0 when none is asked."""

    text: str
    delay_s: float = 0.0

    def allows(self, url: str) -> bool:
        """True when `url` may be read. Nothing is said of other origins."""
        return bool(Protego.parse(self.text).can_fetch(url, PRODUCT))


OPEN = Rules("")
CLOSED = Rules("User-agent: *\nDisallow: /")

_FIELD = re.compile(r"(user-?\s?agent|(?:dis){0,1}allow|crawl-?\s?delay)\s*(?::|\s)\s*(.*)", re.IGNORECASE)
_MISSPELT = re.compile(r"(?:dissallow|dissalow|disalow|diasllow|disallaw)\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_ODD_END = re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # line ends to Protego, not to RFC 9309
_LINE_END = re.compile(r"\r\n|\r|\n")


def rules_of(answer: RobotsAnswer, now: datetime) -> Rules:
    """What `answer` means at `now`: its rules, everything (4xx) or nothing (5xx, 429, no answer, RFC 9309 §2.3.1)."""
    if answer.state == "absent":
        return OPEN
    if answer.state == "unreachable" and now - (answer.unreachable_since or answer.fetched) < GIVE_UP:
        return CLOSED
    return read_rules(answer.body)


def read_rules(text: str) -> Rules:
    """The group for Tocsin, or else for `*`; groups of the same name are one. No group means no rule."""
    ours: list[tuple[str, str]] = []
    everyone: list[tuple[str, str]] = []
    named = False
    open_to: set[str] = set()
    in_head = False
    for field, value in _read_lines(text):
        if field == "user-agent":
            open_to = (open_to if in_head else set()) | {_agent_of(value)}
            named = named or PRODUCT in open_to
            in_head = True
            continue
        # Only Allow and Disallow end the list of agents: RFC 9309 §2.2.4, other records do not.
        in_head = in_head and field == "crawl-delay"
        if PRODUCT in open_to:
            ours.append((field, value))
        if "*" in open_to:
            everyone.append((field, value))
    return _make_rules(ours if named else everyone)


def _read_lines(text: str) -> list[tuple[str, str]]:
    found = []
    for line in _LINE_END.split(text.removeprefix("\ufeff")):
        bare = _MISSPELT.sub("disallow", line.partition("#")[0].strip(), count=1)
        if match := _FIELD.fullmatch(bare):
            field = match[1].lower().replace(" ", "-")
            field = {"useragent": "user-agent", "crawldelay": "crawl-delay"}.get(field, field)
            found.append((field, match[2].strip()))
    return found


def _agent_of(value: str) -> str:
    """The product token of a User-agent line: `Tocsin/1.0 (x)` is `tocsin`; `*` stands for everyone."""
    if value.startswith("*"):
        return "*"
    token = _TOKEN.match(value)
    return token[0].lower() if token else ""


def _make_rules(group: list[tuple[str, str]]) -> Rules:
    paths = [f"{field}: {_escape_ends(value)}" for field, value in group if field != "crawl-delay" and value]
    delays = [_read_delay(value) for field, value in group if field == "crawl-delay"]
    return Rules("\n".join(["User-agent: *", *paths]), max(delays, default=0.0))


def _escape_ends(value: str) -> str:
    return _ODD_END.sub(lambda odd: quote(odd[0]), value)


def _read_delay(value: str) -> float:
    try:
        seconds = float(value.replace(",", "."))
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), MAX_DELAY) if seconds == seconds else 0.0  # NaN is not equal to itself


def origin_of(url: str) -> str:
    """`scheme://host[:port]` of a URL that `crawlers.address` has let through."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}".lower()


def read_answer(
    origin: str, fetched: Fetched | FetchFailed, before: RobotsAnswer | None, now: datetime
) -> RobotsAnswer:
    """What to remember of a fetch of robots.txt.

    More than five redirects count as absent (§2.3.1.2); an unsafe address, a broken answer or none as unreachable.
    """
    if isinstance(fetched, Fetched):
        return RobotsAnswer(origin, now, 200, _decode(fetched.body))
    status = _status_of(fetched)
    answer = RobotsAnswer(origin, now, status)
    if answer.state != "unreachable":
        return answer
    since = (before.unreachable_since if before else None) or now
    return RobotsAnswer(origin, now, status, before.body if before else "", since)


def _status_of(failed: FetchFailed) -> int | None:
    if failed.code == "redirects":
        return 404
    partial = failed.status is not None and 200 <= failed.status < 300 and failed.status != 204
    return None if partial else failed.status


def _decode(body: bytes) -> str:
    """UTF-8 without its mark or NULs (no database text); a line cut off at the size limit is dropped."""
    if len(body) >= MAX_BYTES:
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r"), 0)]
    return body.decode("utf-8-sig", "replace").replace("\x00", "")


class RobotsShelf(Protocol):
    """Where answers are kept between runs, as rows of the table `robots`."""

    def robots_row(self, origin: str) -> Mapping[str, Any] | None:
        """The stored row of an origin, or None."""

    def put_robots(self, values: Mapping[str, Any]) -> None:
        """Store the row of an origin."""


Ask = Callable[[str, datetime], Awaitable[Fetched | FetchFailed]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a URL may be read: `refusal` is None or why not. `rules` hold for its whole `origin`."""

    origin: str
    rules: Rules
    refusal: FetchFailed | None = None


class RobotsKeeper:
    """Fetches, keeps and applies robots.txt. `ask` fetches a URL politely; the shelf is used off the event loop.

    Of a fresh answer only the rules for us are held in memory: files of half a megabyte are not rare.
    """

    def __init__(self, shelf: RobotsShelf, ask: Ask) -> None:
        self._shelf = shelf
        self._ask = ask
        self._held: dict[str, tuple[RobotsAnswer, Rules]] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def judge(self, url: str, now: datetime) -> Verdict:
        """The verdict on `url`, fetching robots.txt of its origin when what is known is too old."""
        origin = origin_of(url)
        async with self._asking[origin]:  # sources of one host that begin together ask once
            held = self._held.get(origin)
            if held is not None and held[0].is_fresh(now):
                return _judge(*held, url, None)
            return await self._find_out(origin, url, now)

    async def _find_out(self, origin: str, url: str, now: datetime) -> Verdict:
        row = await call_bounded(lambda: self._shelf.robots_row(origin), SHELF_SECONDS)
        before = RobotsAnswer(**row) if row else None
        if before is not None and before.is_fresh(now):
            return _judge(before, self._hold(before, now), url, None)
        fetched = await self._ask(f"{origin}/robots.txt", now)
        answer = read_answer(origin, fetched, before, now)
        await call_bounded(lambda: self._shelf.put_robots(asdict(answer)), SHELF_SECONDS)
        return _judge(answer, self._hold(answer, now), url, fetched if isinstance(fetched, FetchFailed) else None)

    def _hold(self, answer: RobotsAnswer, now: datetime) -> Rules:
        if len(self._held) >= MAX_HELD:
            self._held.clear()
            self._asking = defaultdict(asyncio.Lock, {key: lock for key, lock in self._asking.items() if lock.locked()})
        rules = rules_of(answer, now)
        self._held[answer.origin] = (replace(answer, body=""), rules)
        return rules


def _judge(answer: RobotsAnswer, rules: Rules, url: str, failed: FetchFailed | None) -> Verdict:
    if rules.allows(url):
        return Verdict(answer.origin, rules)
    if answer.state != "unreachable":
        return Verdict(
            answer.origin,
            rules,
            FetchFailed("hard", "The site asks in its robots.txt not to read this.", code="robots"),
        )
    return Verdict(answer.origin, rules, _explain_closed(answer, failed))


def _explain_closed(answer: RobotsAnswer, failed: FetchFailed | None) -> FetchFailed:
    """A site that is down is told as such; robots.txt is named where it alone stands in the way."""
    if failed is not None and failed.status is None:
        return failed
    says = f"answers {answer.status}" if answer.status else "cannot be reached"
    sentence = f"robots.txt of the site {says}, so nothing may be read until it works again."
    wait = failed.retry_after if failed else None
    return FetchFailed("temporary", sentence, wait, answer.status, "robots_down")
