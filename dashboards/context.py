"""What the dashboard is given to work with, and the small seams through which it acts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine

from alerts.settings import Alerting, ChannelSpec, RuleSpec
from crawlers.settings import SourceSpec
from dashboards.settings import ServerSettings
from pipeline.school import School
from pipeline.store.search import SearchIndex

Act = Literal["taken", "handed_over", "false_alarm", "released"]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, in days, as the public page states it."""

    text_days: int = 180
    headline_days: int = 730
    link_days: int = 14


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration that is in force, as parsed at start."""

    school: School
    server: ServerSettings = field(default_factory=ServerSettings)
    alerting: Alerting = field(default_factory=Alerting)
    rules: tuple[RuleSpec, ...] = ()
    sources: tuple[SourceSpec, ...] = ()
    channels: tuple[ChannelSpec, ...] = ()
    retention: Retention = field(default_factory=Retention)
    file: str = ""
    tagger: str = ""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a valid link from a message says: the event it opens and for whom (an officer's role or name)."""

    event: str
    who: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that was not done, and why in one sentence."""

    why: str


class AckDesk(Protocol):
    """Takes, hands over and releases events; reads the signed links of messages. Never raises for bad input."""

    def read_link(self, token: str, now: datetime) -> SignedLink | Refused:
        """The event a link opens; Refused when it is forged or has expired."""

    def act(self, conn: Connection, event: str, act: Act, who: str, note: str, now: datetime) -> Refused | None:
        """Record `act` on `event` by `who`; None when done."""


class LinkOpener(Protocol):
    """Opens the sealed link of a private voice; None when it was never kept or is gone."""

    def open(self, sealed: bytes) -> str | None:
        """The original address. Never logs it."""


@dataclass(frozen=True, slots=True)
class DashContext:
    """Everything the pages need. `secret` signs forms; `now` is the only clock."""

    engine: Engine
    loaded: Loaded
    now: Callable[[], datetime]
    secret: bytes
    version: str
    acks: AckDesk
    opener: LinkOpener
    search: SearchIndex
    briefing_dir: Path | None = None
