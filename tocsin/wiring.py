"""Where objects are built and joined. A plug-in is one file of its own and one line here."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine

from alerts.judge import RuleJudge
from alerts.settings import parse_span
from pipeline.chain import Chain
from pipeline.dedupe import NearCopies
from pipeline.group import EventGrouper
from pipeline.ingest import Tagger
from pipeline.mask import Masker
from pipeline.match import Matcher
from pipeline.screen import Screen
from pipeline.seal import LinkSeal
from pipeline.store.engine import open_engine
from pipeline.store.migrate import check_schema, upgrade
from pipeline.store.store import SqlStore
from pipeline.tag import KeywordTagger, default_tagger
from pipeline.voices import SeededSecrets, VoiceKeys
from pipeline.worker import Worker
from tocsin.clock import Clock, wall_clock
from tocsin.config import Config, Loaded, TaggerSettings

REPLAY_SEED = b"tocsin replay: the same input gives the same output"


# ---------------------------------------------------------------- deciding


def build_tagger(settings: TaggerSettings) -> Tagger:
    """The tagger that the configuration names."""
    return KeywordTagger() if settings.kind == "rules" else default_tagger(settings.threads)


def build_chain(config: Config, tagger: Tagger | None = None, *, tag_all: bool = False) -> Chain:
    """An empty chain of decisions."""
    names = school_names(config)
    return Chain(
        NearCopies(), tagger or build_tagger(config.tagger), EventGrouper(names=names),
        RuleJudge(config.rules, config.alerting, config.school.timezone),
        phrases=[phrase for rule in config.rules for phrase in rule.phrases],
        close_after=parse_span(config.alerting.close_after), tag_all=tag_all,
    )  # fmt: skip


def school_names(config: Config) -> list[str]:
    """All names of the school, as configured."""
    school = config.school
    names = [school.name, school.english, *school.aliases, *(one.name for one in school.ambiguous)]
    return [name for name in names if name]


def build_screen(config: Config, keys: VoiceKeys, seal: LinkSeal) -> Screen:
    """The door. Handles that contain the school's or an outlet's name stay."""
    outlets = [source.name for source in config.sources if source.name]
    keep = [*school_names(config), *config.school.campuses, *outlets]
    return Screen(config.school, Masker(keep), Matcher(config.school), keys, seal)


def replay_screen(config: Config) -> Screen:
    """The door for given items: keys follow from a fixed seed, links are sealed with a key nobody keeps."""
    return build_screen(config, VoiceKeys(SeededSecrets(REPLAY_SEED)), LinkSeal(LinkSeal.new_key()))


# ---------------------------------------------------------------- keeping


@dataclass(frozen=True, slots=True)
class House:
    """An opened state of record with everything that belongs to it."""

    loaded: Loaded
    engine: Engine
    store: SqlStore
    secret: bytes
    seal: LinkSeal
    clock: Clock

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.loaded.config

    @property
    def name(self) -> str:
        """Who holds a lease: this machine and process."""
        return f"{socket.gethostname()}:{os.getpid()}"


def open_house(loaded: Loaded, clock: Clock = wall_clock, *, migrate: bool = True) -> House:
    """Open the store (backed up, then migrated) and the keys. Raises SchemaTooNew and StoreUnavailable."""
    loaded.folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine(loaded.database)
    if migrate:
        upgrade(engine)
    else:
        check_schema(engine)
    store = SqlStore(engine, link_life=timedelta(days=loaded.config.retention.link_days))
    seal = LinkSeal(read_key(loaded.folder / "link.key", LinkSeal.new_key))
    return House(loaded, engine, store, read_key(loaded.folder / "secret.key", new_secret), seal, clock)


def new_secret() -> bytes:
    """32 random bytes as hex: signs the links in messages."""
    return secrets.token_hex(32).encode()


def read_key(path: Path, make: Callable[[], bytes]) -> bytes:
    """The key in `path`; a new one is written, readable by its owner only, when there is none."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
    return path.read_bytes().strip()


def live_screen(house: House) -> Screen:
    """The door of a running service: voice keys live in the store's transient table for 48 hours."""

    def key_of(day: date) -> bytes:
        return house.store.voice_key(day.isoformat(), secrets.token_bytes(32))

    return build_screen(house.config, VoiceKeys(key_of), house.seal)


def build_worker(house: House, tagger: Tagger | None = None) -> Worker:
    """The worker of a running service."""
    shared = tagger or build_tagger(house.config.tagger)
    return Worker(house.store, lambda: build_chain(house.config, shared), house.clock, house.name)
