"""Where objects are built and joined. A plug-in is one file of its own and one line here."""

import secrets
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import structlog
from starlette.applications import Starlette

from alerts.acks import AckDesk, Links
from alerts.dispatch import Dispatcher, Office
from alerts.judge import RuleJudge
from alerts.notify.opening import open_channels
from alerts.policy import DigestSettings, Policy
from alerts.season import Seasons
from alerts.settings import ChannelSpec, parse_span
from alerts.special_watch import watched_sources
from crawlers.base import PUSHED, Source
from crawlers.collector import Collector
from crawlers.coverage import find_coverage, list_unseen
from crawlers.door import Door
from crawlers.inbox import Inbox
from crawlers.kinds import SOURCES
from crawlers.preview import Previewer
from crawlers.reported import ReportDesk, ReportReader
from crawlers.settings import SourceSpec, WatchedSource
from crawlers.spider import crawl_batch
from crawlers.websub import HubDesk, Hubs
from crawlers.withdrawal import Again
from dashboards.app import build_app
from dashboards.briefing.saved import drop_saved
from dashboards.context import DashContext
from dashboards.context import Loaded as Shown
from dashboards.context import Retention as ShownRetention
from pipeline.chain import Chain
from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.ingest import Tagger
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.engine import StoreUnavailable, reading
from pipeline.store.hubs import SqlHubs
from pipeline.store.rechecks import SqlRechecks
from pipeline.store.scrub import scrub
from pipeline.store.tombs import read_tombstones, save_tombstones
from pipeline.tag import KeywordTagger, default_tagger
from pipeline.tag.folder import load_folder
from pipeline.tag.hub import load_hub
from pipeline.tag.labels import ModelUnusable
from pipeline.tag.larger import LargerTagger, ToneModel
from pipeline.tag.own import Embed, with_own
from pipeline.voices import SeededSecrets, VoiceKeys
from pipeline.worker import Worker
from tocsin import __version__
from tocsin.buttons import build_slack_requests
from tocsin.channel_desk import FileChannelDesk
from tocsin.config import Config, ConfigError, TaggerSettings
from tocsin.editing import FileSettingsDesk
from tocsin.elastic import build_search
from tocsin.house import House
from tocsin.reload import SourceWatch
from tocsin.sourcing import FileSourceDesk

WATCH_MINUTES = 15.0
REPLAY_SEED = b"tocsin replay: the same input gives the same output"


# ---------------------------------------------------------------- deciding


def build_tagger(settings: TaggerSettings, folder: Path | None = None) -> Tagger:
    """The tagger that the configuration names; with a data `folder`, corrected by what the office taught it.

    Raises ConfigError when the folder of a larger model cannot be used.
    """
    if settings.kind == "rules":
        return KeywordTagger()
    shipped = default_tagger(settings.threads)
    base: Tagger = shipped
    if settings.kind != "model":
        try:
            base = LargerTagger(TONE_MODELS[settings.kind](Path(settings.path), settings.threads), shipped)
        except ModelUnusable as error:
            raise ConfigError(f"the model in {settings.path} cannot be used: {error}") from None
    return base if folder is None else with_own(base, read_meaning(settings), own_folder(folder))


TONE_MODELS: dict[str, Callable[[Path, int], ToneModel]] = {"onnx": load_folder, "transformers": load_hub}


def read_meaning(settings: TaggerSettings) -> Embed:
    """Embeddings of texts by the shipped encoder, whatever gives the tone."""
    return default_tagger(settings.threads).judgement.network.embed


def own_folder(folder: Path) -> Path:
    """Where the office's own models lie in a data folder."""
    return folder / "models"


def build_chain(config: Config, tagger: Tagger | None = None, *, tag_all: bool = False) -> Chain:
    """An empty chain of decisions."""
    names = config.school.names
    return Chain(
        NearCopies(), tagger or build_tagger(config.tagger), EventGrouper(names=names),
        RuleJudge(config.rules, config.alerting, seasons=build_seasons(config)),
        phrases=[phrase for rule in config.rules for phrase in rule.phrases],
        close_after=parse_span(config.alerting.close_after), tag_all=tag_all,
    )  # fmt: skip


def build_seasons(config: Config) -> Seasons:
    """The school's year in its own time zone."""
    return Seasons(tuple(config.calendar.windows), ZoneInfo(config.school.timezone))


def build_masker(config: Config) -> Masker:
    """Masks persons. Handles that contain the school's or an outlet's name stay."""
    outlets = [source.name for source in config.sources if source.name]
    return Masker([*config.school.names, *config.school.campuses, *outlets])


def build_screen(config: Config, keys: VoiceKeys, seal: LinkSeal) -> Screen:
    """The door."""
    return Screen(config.school, build_masker(config), Matcher(config.school), keys, seal)


def replay_screen(config: Config) -> Screen:
    """The door for given items: keys follow from a fixed seed, links are sealed with a key nobody keeps."""
    return build_screen(config, VoiceKeys(SeededSecrets(REPLAY_SEED)), LinkSeal(LinkSeal.new_key()))


# ---------------------------------------------------------------- keeping


def live_screen(house: House) -> Screen:
    """The door of a running service: voice keys live in the store's transient table for 48 hours."""

    def key_of(day: date) -> bytes:
        return house.store.voice_key(day.isoformat(), secrets.token_bytes(32))

    return build_screen(house.config, VoiceKeys(key_of), house.seal)


def build_worker(house: House, tagger: Tagger | None = None, watch: SourceWatch | None = None) -> Worker:
    """The worker of a running service; with a `watch` it goes by the rules of the moment."""
    shared = tagger or build_tagger(house.config.tagger, house.loaded.folder)
    if watch is None:
        return Worker(house.store, lambda: build_chain(house.config, shared), house.clock, house.name)
    return Worker(house.store, lambda: build_chain(watch.house.config, shared), house.clock, house.name, watch.look)


def readers() -> dict[str, Source]:
    """The ways of reading, by `via`."""
    return {str(via): source for via, source in SOURCES.items()}


def asked_sources(config: Config) -> list[SourceSpec]:
    """The sources that are read; what others push is not."""
    return [source for source in config.sources if source.via not in PUSHED]


def watched_now(house: House) -> frozenset[str]:
    """Sources that a special watch has read more often. A store that cannot be read just now names none."""
    try:
        with reading(house.engine) as connection:
            return watched_sources(connection, house.clock())
    except StoreUnavailable:
        return frozenset()


def hasten(specs: list[SourceSpec], watched: frozenset[str]) -> list[SourceSpec]:
    """`specs`, those under a special watch read at their floor; of a consenting host that agreed on no pause, 15 minutes."""
    found: list[SourceSpec] = []
    for spec in specs:
        plain = {name: getattr(spec, name) for name in spec.__struct_fields__}
        if spec.consent and spec.minutes is None:
            plain["minutes"] = WATCH_MINUTES
        found.append(WatchedSource(**plain) if spec.id in watched else spec)
    return found


def build_collector(house: House, monotonic: Callable[[], float] = time.monotonic) -> Collector:
    """The collector of a running service. `monotonic` must run as fast as the house's clock."""
    config = house.config
    return Collector(
        hasten(asked_sources(config), watched_now(house)), config.crawl, house.store, live_screen(house), house.clock, crawl_batch, readers(),
        monotonic=monotonic, again=Again(SqlRechecks(house.engine), house.seal.open), hubs=build_hubs(house),
        order_of=SqlHubs(house.engine).source_order,
    )  # fmt: skip


def build_hubs(house: House) -> Hubs | None:
    """WebSub subscriptions; None without a public address, because a hub could not reach us."""
    public = house.config.server.public_url
    return Hubs(SqlHubs(house.engine), public) if public else None


def build_hub_desk(house: House) -> HubDesk:
    """The callback of the hubs. Its door is made with the first delivery."""
    specs = {spec.id: spec for spec in house.config.sources}
    return HubDesk(
        SqlHubs(house.engine), specs, readers(), lambda: Door(house.store, live_screen(house), house.config.crawl)
    )


def build_source_desk(house: House) -> FileSourceDesk:
    """Tries sources and writes them into the configuration file."""
    previewer = Previewer(house.store, replay_screen(house.config), house.config.crawl, house.clock)
    return FileSourceDesk(house.loaded.path, previewer)


def build_report_reader(house: House) -> ReportReader:
    """Reads the addresses that staff reported."""
    config = house.config
    return ReportReader(house.store, live_screen(house), house.seal, config.crawl, config.sources, house.clock)


# ---------------------------------------------------------------- telling and showing


def public_url(config: Config) -> str:
    """Where the links in messages lead: `public_url`, else this machine itself."""
    server = config.server
    if server.public_url:
        return server.public_url
    return f"http://127.0.0.1:{server.port}" if server.on_loopback else ""


def say_unseen(config: Config) -> DigestSettings:
    """`[digest]`, which says what is not seen: in the office's own words, else by what students are said to use."""
    if config.digest.not_seen or not config.coverage.used:
        return config.digest
    unseen = list_unseen(find_coverage(config.coverage, config.sources), config.alerting.language)
    return msgspec.structs.replace(config.digest, not_seen=unseen)


def build_policy(config: Config) -> Policy:
    """Routes, departments, inhibitions, digest and help card as the sender is given them."""
    return Policy(
        tuple(config.routes), tuple(config.departments), tuple(config.inhibit), say_unseen(config), config.care,
        tuple(config.school.campuses),
    )  # fmt: skip


def build_dispatcher(house: House) -> Dispatcher:
    """The sender of a running service. Without a channel, alerts go to the terminal."""
    config = house.config
    specs = config.channels or [ChannelSpec(id="terminal", kind="terminal")]
    office = Office(
        config.alerting, open_channels(specs), config.school.timezone, public_url(config), house.secret,
        tuple(config.rules), build_policy(config), config.cases, config.calendar,
        config.server.public_url,
    )  # fmt: skip
    return Dispatcher(house.engine, office, house.name)


def build_dashboard(house: House) -> Starlette:
    """The dashboard over an opened house."""
    config, folder = house.config, house.loaded.folder
    shown = Shown(
        school=config.school, server=config.server, alerting=config.alerting, rules=tuple(config.rules),
        sources=tuple(config.sources), channels=tuple(config.channels),
        retention=ShownRetention(**msgspec.to_builtins(config.retention)), file=house.loaded.path.name,
        tagger=config.tagger.kind, briefing=config.briefing, coverage=config.coverage, care=config.care,
        calendar=config.calendar, cases=config.cases, duty=config.duty,
    )  # fmt: skip
    desk = AckDesk(Links(house.secret, public_url(config)), config.alerting.ack_hours)
    return build_app(DashContext(
        engine=house.engine, loaded=shown, now=house.clock, secret=house.secret, version=__version__, acks=desk,
        opener=house.seal, search=build_search(house.engine, config), briefing_dir=folder / "briefings",
        on_forget=lambda: after_forgetting(house), mirrored=bool(config.elastic.urls), hubs=build_hub_desk(house),
        inbox=Inbox(config.sources, house.store, live_screen(house)),
        reports=ReportDesk(house.store, live_screen(house), house.seal, config.crawl), sourcing=build_source_desk(house),
        editing=FileSettingsDesk(house.loaded.path), channels=FileChannelDesk(house.loaded.path),
        slack=build_slack_requests(house),
    ))  # fmt: skip


def after_forgetting(house: House) -> None:
    """The bytes leave the file and the saved briefings, and the tombstones are written outside the backup."""
    scrub(house.engine)
    stones = house.loaded.folder / "tombstones.json"
    save_tombstones(house.engine, stones)
    gone = {stone.item for stone in read_tombstones(stones)}
    dropped = drop_saved(house.loaded.folder / "briefings", gone)
    if dropped:
        structlog.get_logger().info("saved_briefings_dropped", files=dropped)
