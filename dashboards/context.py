"""What the dashboard is given to work with; it acts only through `acks`, `opener` and the store's own verbs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from alerts.acks import AckDesk
from alerts.buttons.slack import SlackRequests
from alerts.case_settings import CaseSettings
from alerts.duty.settings import DutySettings
from alerts.policy import CareSettings
from alerts.settings import Alerting, ChannelSpec, RuleSpec
from alerts.workdays import WorkSettings
from crawlers.coverage import CoverageSettings
from crawlers.inbox import Inbox
from crawlers.reported import ReportDesk
from crawlers.settings import SourceSpec
from crawlers.websub import HubDesk
from dashboards.briefing.settings import BriefingSettings
from dashboards.editing import SettingsDesk
from dashboards.editing_channels import ChannelDesk
from dashboards.queries.volume import DayCubes
from dashboards.settings import ServerSettings
from dashboards.sourcing import SourceDesk
from pipeline.school import School
from pipeline.store.search import SearchIndex


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept, in days, as the public page states it."""

    text_days: int = 180
    headline_days: int = 730
    link_days: int = 14
    evidence_mb: int = 500


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
    briefing: BriefingSettings = field(default_factory=BriefingSettings)
    file: str = ""
    tagger: str = ""
    coverage: CoverageSettings = field(default_factory=CoverageSettings)
    calendar: WorkSettings = field(default_factory=WorkSettings)
    cases: CaseSettings = field(default_factory=CaseSettings)
    duty: DutySettings = field(default_factory=DutySettings)
    care: CareSettings = field(default_factory=CareSettings)


class LinkOpener(Protocol):
    """Opens the sealed link of a private voice; None when it was never kept or is gone."""

    def open(self, sealed: bytes) -> str | None:
        """The original address. Never logs it."""


@dataclass(frozen=True, slots=True)
class DashContext:
    """Everything the pages need. `secret` signs forms; `now` is the only clock; `on_forget` is
    called after a deletion (scrub the file, write the tombstones outside the backup); `cubes` keeps added-up days; `inbox` and
    `reports` take what others bring, where they are wired; `mirrored`: Elasticsearch is followed."""

    engine: Engine
    loaded: Loaded
    now: Callable[[], datetime]
    secret: bytes
    version: str
    acks: AckDesk
    opener: LinkOpener
    search: SearchIndex
    briefing_dir: Path | None = None
    cubes: DayCubes = field(default_factory=DayCubes)
    on_forget: Callable[[], None] = lambda: None
    mirrored: bool = False
    inbox: Inbox | None = None
    reports: ReportDesk | None = None
    sourcing: SourceDesk | None = None
    editing: SettingsDesk | None = None
    channels: ChannelDesk | None = None
    hubs: HubDesk | None = None
    slack: SlackRequests | None = None
