"""Elasticsearch joined with the rest: who follows, who searches, what the calendar drops."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Engine

from pipeline.store.elastic.connection import Address, ElasticUnavailable, telling
from pipeline.store.elastic.documents import Lens
from pipeline.store.elastic.names import Names
from pipeline.store.elastic.search import ElasticSearchIndex, StandingIn
from pipeline.store.elastic.standing import read_standing
from pipeline.store.elastic.sync import Follower, Target, follow
from pipeline.store.engine import reading
from pipeline.store.search import SearchIndex, SqliteSearch
from tocsin.config import Config, ConfigError
from tocsin.login import reveal_login
from tocsin.service import Part

if TYPE_CHECKING:
    from tocsin.house import House

log = structlog.get_logger()


def read_address(config: Config) -> Address:
    """Where it is and how we log in. Raises ConfigError when nothing is configured or a secret is not set."""
    elastic = config.elastic
    if not elastic.urls:
        raise ConfigError("there is no Elasticsearch in the configuration: write urls under [elastic]")
    password, key = reveal_login("elastic", elastic.password, elastic.api_key)
    return Address(tuple(elastic.urls), elastic.ca, elastic.user, password, key, elastic.timeout)


def read_lens(config: Config) -> Lens:
    """What documents show besides their rows."""
    sources = {source.id: (source.name or source.id, source.kind) for source in config.sources}
    return Lens(ZoneInfo(config.school.timezone), sources)


def build_follower(house: "House") -> Follower:
    """Follows the change table of an opened house. Raises ConfigError."""
    elastic = house.config.elastic
    target = Target(read_address(house.config), Names(elastic.prefix), elastic.analyzer, elastic.retention_days)
    return Follower(house.engine, target, read_lens(house.config), house.name)


def elastic_part(house: "House") -> Part | None:
    """A part that follows; None when there is no Elasticsearch. Raises ConfigError."""
    if not house.config.elastic.urls:
        return None
    follower = build_follower(house)
    return lambda stop: follow(follower, house.clock, stop)


def build_search(engine: Engine, config: Config) -> SearchIndex:
    """Elasticsearch when it is configured, with SQLite standing in; SQLite otherwise."""
    own = SqliteSearch(engine)
    if not config.elastic.urls:
        return own
    return StandingIn(ElasticSearchIndex(engine, read_address(config), Names(config.elastic.prefix)), own, engine)


def tidy_elastic(house: "House") -> None:
    """Every night: months older than `retention_days` go (where the server has ILM it does so itself, and none is found),
    and the bytes of deleted documents leave the segments. Nothing when there is no Elasticsearch."""
    if not house.config.elastic.urls:
        return
    follower = build_follower(house)
    try:
        generation = _generation(house)
        drop_months(follower, generation, house.clock())
        with telling(follower.target.address.hosts):
            follower.indices.expunge(generation)
    except ElasticUnavailable as error:
        log.warning("elasticsearch is not tidied now", said=str(error))
    finally:
        follower.close()


def _generation(house: "House") -> int:
    with reading(house.engine) as connection:
        return read_standing(connection).generation


def drop_months(follower: Follower, generation: int, now: datetime) -> list[str]:
    """Drop old months; returns their names. Raises ElasticUnavailable."""
    with telling(follower.target.address.hosts):
        dropped = follower.indices.drop_old(generation, now)
    if dropped:
        log.info("old months dropped", indices=dropped)
    return dropped


def send_now(house: "House") -> str:
    """Send what has changed at once (a deletion, say); a sentence on how it stands, "" without Elasticsearch."""
    if not house.config.elastic.urls:
        return ""
    follower = build_follower(house)
    try:
        follower.step(house.clock())
        with reading(house.engine) as connection:
            standing = read_standing(connection)
        more = "; it goes there as soon as it can be" if standing.behind else ""
        return f"{standing.sentence()}{more}"
    finally:
        follower.close()
