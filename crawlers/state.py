"""What is known of a source between two runs: the table `sources` as a value, and what one run found.

`Memory` is the JSON column; a field that an older version did not write has its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from crawlers.base import FetchFailed
from crawlers.drift import Quality
from crawlers.settings import SourceSpec

Health = Literal["new", "healthy", "failing", "silent", "refused"]


class Memory(msgspec.Struct, frozen=True):
    """The small things a source is judged by.

    `asked` is the configured URL that this state belongs to. `moved_to` was answered `moved_times` times in a row by
    a permanent redirect. `gaps_s` are the last pauses between two runs that brought something new, in seconds;
    `counts` the last numbers of items in an answer. `position` is where the next reading goes on (the last post of
    a timeline, the next mail of a mailbox). `hub` and `topic` are its WebSub hub and its name there, `ttl_s` and
    `quiet` the pause and the hours of the week that it asks for; `quality`, `weeks`
    (new items by Monday) and `empties` (empty answers in a row) are its own past. `code` and `status` are those of the last failure.
    """

    asked: str = ""
    moved_to: str | None = None
    moved_times: int = 0
    gaps_s: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    code: str = ""
    status: int | None = None
    hub: str | None = None
    why_due: str = ""
    topic: str | None = None
    quiet: tuple[int, ...] = ()
    ttl_s: int = 0
    quality: tuple[Quality, ...] = ()
    weeks: dict[str, int] = {}
    empties: int = 0
    position: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One row of `sources`. `said` is why the source is as `health` says, for a person."""

    id: str
    next_due: datetime
    interval_s: int
    url_now: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    last_run: datetime | None = None
    last_ok: datetime | None = None
    last_new: datetime | None = None
    last_full: datetime | None = None
    failures: int = 0
    health: Health = "new"
    said: str = ""
    memory: Memory = field(default_factory=Memory)

    @property
    def interval(self) -> timedelta:
        """The pause that led to `next_due`."""
        return timedelta(seconds=self.interval_s)

    def to_row(self) -> dict[str, Any]:
        """The row as the store writes it."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return row | {"memory": msgspec.to_builtins(self.memory)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "SourceState":
        """The state in a row of the table; unknown columns are ignored, an unreadable memory is begun anew."""
        known = {name: row[name] for name in cls.__slots__ if name in row}
        return cls(**(known | {"memory": _read_memory(row.get("memory"))}))


def _read_memory(stored: object) -> Memory:
    try:
        return msgspec.convert(stored or {}, Memory)
    except msgspec.ValidationError:
        return Memory()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one run of a source found.

    `items` were in the answer, `new` of them were new or changed; `unchanged` means 304 or the same bytes.
    `full` means that it was asked without validators, `partial` that only what is new was asked for. The validators
    are those to send next time. `hub_live`: its hub tells us of news, and polling is only the safety net.
    """

    items: int = 0
    new: int = 0
    unchanged: bool = False
    failure: FetchFailed | None = None
    ttl: timedelta | None = None
    max_age: timedelta | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    full: bool = True
    moved_to: str | None = None
    hub: str | None = None
    topic: str | None = None
    hub_live: bool = False
    quiet: tuple[int, ...] | None = None
    quality: Quality | None = None
    position: str | None = None
    partial: bool = False


def begin_state(spec: SourceSpec, floor: timedelta, now: datetime) -> SourceState:
    """A source that was never run: due at once."""
    return SourceState(spec.id, now, max(1, round(floor.total_seconds())), memory=Memory(asked=spec.url))


def fit_state(state: SourceState, spec: SourceSpec, now: datetime) -> SourceState:
    """`state`, or one begun anew where the configured URL is another than the state belongs to.

    What was seen of the old address stays (`last_ok`), so that moved items are not taken for a first fetch.
    """
    if state.memory.asked in ("", spec.url):
        return replace(state, memory=msgspec.structs.replace(state.memory, asked=spec.url))
    return SourceState(
        spec.id,
        now,
        state.interval_s,
        last_ok=state.last_ok,
        last_new=state.last_new,
        memory=Memory(asked=spec.url),
    )
