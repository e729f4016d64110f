"""What goes over the pipe between the service and the crawl child: one JSON line a message.

    service -> child   one Batch, then the pipe stays open; its end means that the service is gone
    child -> service   a Line for every item and for the end of every job, as they happen

Account ids (`RawItem.voice`) exist on this pipe and in memory, nowhere else.
"""

from datetime import datetime

import msgspec

from crawlers.base import CrawlDone, CrawlEvent, CrawlItem, CrawlJob
from crawlers.settings import CrawlPolicy

MAX_LINE = 4 * 1024 * 1024


class Batch(msgspec.Struct, frozen=True):
    """The work of one child."""

    jobs: tuple[CrawlJob, ...]
    policy: CrawlPolicy
    now: datetime


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event; exactly one of the two is set."""

    item: CrawlItem | None = None
    done: CrawlDone | None = None


_LINES = msgspec.json.Decoder(Line)
_BATCHES = msgspec.json.Decoder(Batch)


def write_batch(batch: Batch) -> bytes:
    """The line that starts a child."""
    return msgspec.json.encode(batch) + b"\n"


def read_batch(line: bytes) -> Batch:
    """The work of this child. Raises msgspec.DecodeError for anything else."""
    return _BATCHES.decode(line)


def write_event(event: CrawlEvent) -> bytes:
    """The line of an event."""
    line = Line(item=event) if isinstance(event, CrawlItem) else Line(done=event)
    return msgspec.json.encode(line) + b"\n"


def read_event(line: bytes) -> CrawlEvent | None:
    """The event of a line, None for a line that is none (a child that broke in the middle of writing)."""
    try:
        read = _LINES.decode(line)
    except (msgspec.DecodeError, ValueError):
        return None
    return read.item or read.done
