"""What travels inside `crawlers/`: one frozen type a stage, and the seams between network, parsing and crawl.

    spec --fetch--> Fetched | FetchFailed --parse--> Parsed | ParseFailed          (via feed, wordpress)
    jobs --crawl_batch--> CrawlItem … CrawlDone                                    (via listing, forum, sitemap)

Nothing here does any I/O. Expected failures are values with one English sentence for a person;
a sentence never holds item text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from crawlers.settings import CrawlPolicy, SourceSpec
from pipeline.model import RawItem

Grade = Literal["hard", "soft", "temporary"]

POLLED: frozenset[str] = frozenset({"feed", "wordpress", "json", "ghost", "mastodon", "rsshub", "mailbox"})
CRAWLED: frozenset[str] = frozenset({"listing", "forum", "sitemap"})
PAGED: frozenset[str] = frozenset({"json", "ghost"})  # a crawl when more than one page is wanted
PUSHED: frozenset[str] = frozenset({"inbox"})  # never asked: others bring


def is_crawled(spec: SourceSpec) -> bool:
    """True when a source is read by the crawl child: lists, pages behind a feed, further pages of an API."""
    followed = spec.follow and spec.via != "mailbox"
    return spec.via in CRAWLED or followed or (spec.via in PAGED and spec.pages > 1)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that was read whole.

    `url` was asked, `final_url` answered after redirects. `headers` have lower-case names. `body` is decompressed,
    and empty for a 304. `permanent_redirect` is the target when every hop to it was a 301 or 308.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float
    permanent_redirect: str | None = None


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """No usable answer, and why, in one sentence.

    `hard`: the address is wrong or refused (410, forbidden by robots.txt, unsafe address); `soft`: the server answers
    but not with it (404, 5xx, garbage); `temporary`: asked to wait or not reachable just now (429, time-out).
    `code` is stable and names the cause for translation (`timeout`, `http_status`, `robots` …).
    """

    grade: Grade
    sentence: str
    retry_after: timedelta | None = None
    status: int | None = None
    code: str = "failed"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The items of one answer, newest or document order, never more than the parser's cap.

    `ttl` is what the source asks for between two polls, `hub` its WebSub hub and `topic` its name there, `quiet` are
    the hours of a week (0 is Monday 00:00 UTC) in which it asks not to be read, `notes` are oddities for the operator.
    `position` is where the next reading goes on; `partial` says that only what is new was asked for, so that nothing
    is an ordinary answer.
    """

    items: tuple[RawItem, ...]
    ttl: timedelta | None = None
    hub: str | None = None
    topic: str | None = None
    quiet: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    position: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ParseFailed:
    """The bytes are not what the source should serve, and why, in one sentence."""

    sentence: str


class Source(Protocol):
    """Reads one kind of source (`via`). Never raises for any bytes, does no I/O, is safe to call from any thread."""

    def parse(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Parsed | ParseFailed:
        """The items in `fetched` (status 200). `RawItem.first_fetch` is left False: the collector knows."""


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One crawl-source whose turn it is.

    `start_url` is where to begin (after a remembered redirect). `known` are item ids that were read before: their own
    pages need not be fetched again, but list entries may still be given out. `robots` maps an origin
    (`https://host[:port]`) to the robots.txt text that holds for it (everything disallowed is written as such a text);
    for another origin the child asks by itself with `crawlers.robots`. `given` is the first list where it was read
    already (conditionally: a list that has not changed starts no crawl). `delay_s` is the pause between two
    requests to the host of `start_url`, crawl-delay included.
    """

    spec: SourceSpec
    start_url: str
    known: frozenset[str] = frozenset()
    robots: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 1.0
    given: Fetched | None = None


@dataclass(frozen=True, slots=True)
class CrawlItem:
    """One item found by a running crawl."""

    source_id: str
    item: RawItem


@dataclass(frozen=True, slots=True)
class CrawlDone:
    """The end of one job, exactly once per job. `pages` were read, `failed` could not be.

    `ok` False means that the source gave nothing usable, and `sentence` says why; `grade` as in `FetchFailed`.
    `found` is how many entries its lists held, known ones included: it tells a list that is quiet from one that has
    lost its shape. None means: as many as there were items.
    `left` are unknown entries whose page was not tried: the list is read again even if it does not change.
    """

    source_id: str
    ok: bool
    sentence: str
    pages: int
    failed: int
    grade: Grade = "soft"
    retry_after: timedelta | None = None
    found: int | None = None
    left: int = 0


CrawlEvent = CrawlItem | CrawlDone


class CrawlBatch(Protocol):
    """Runs jobs in a child process and streams what it finds; blocks between two events.

    Ends by itself (the child has a time limit) and, when the generator is closed early, kills the child.
    """

    def __call__(self, jobs: Sequence[CrawlJob], policy: CrawlPolicy, now: datetime) -> Iterator[CrawlEvent]:
        """Events in the order in which they happen; never raises for what a site does."""
