"""`tocsin elastic setup | sync | rebuild | verify`: the projection into Elasticsearch."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pipeline.store.elastic.connection import ElasticRefuses, ElasticUnavailable, telling
from pipeline.store.elastic.rebuild import rebuild as rebuild_indices
from pipeline.store.elastic.standing import Standing, read_standing, retry_parked
from pipeline.store.elastic.sync import Follower, follow
from pipeline.store.elastic.verify import Month, compare
from pipeline.store.engine import reading, writing
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.elastic import build_follower, drop_months
from tocsin.house import House, open_house
from tocsin.logs import secrets_of, set_up_logs
from tocsin.service import stop_on_signals

LONGEST_WAIT_S = 3600.0


@click.group()
def elastic() -> None:
    """The projection into Elasticsearch: setup, sync, rebuild, verify."""


@elastic.command()
@CONFIG
def setup(config_path: Path) -> None:
    """Put templates, indices and aliases; can be repeated."""
    with opened(config_path) as (house, follower):
        with telling(follower.target.address.hosts):
            follower.indices.put_templates()
            with reading(house.engine) as connection:
                generation = read_standing(connection).generation
            refusal = "" if generation else follower.find_stranger(read_now(house))
            if refusal:
                raise ElasticRefuses(refusal)
            if generation:
                follower.make_ready()
            lifecycle = follower.indices.has_lifecycle()
        kept = "index lifecycle management" if lifecycle else "`tocsin run` or `tocsin elastic sync`"
        click.echo(f"templates are in place at {follower.target.address.hosts}; old months are dropped by {kept}")
        if not generation:
            click.echo("nothing was sent yet: `tocsin elastic sync` (or `tocsin run`) fills the first indices")


@elastic.command()
@CONFIG
@click.option("--follow", "stay", is_flag=True, help="Stay and follow.")
@click.option("--parked", is_flag=True, help="Try again what the server refused before.")
def sync(config_path: Path, stay: bool, parked: bool) -> None:
    """Send what has changed since the last time."""
    with opened(config_path, logs=stay) as (house, follower):
        if parked:
            with writing(house.engine) as connection:
                click.echo(f"{retry_parked(connection)} parked documents are tried again")
        if stay:
            stop = threading.Event()
            stop_on_signals(stop)
            follow(follower, house.clock, stop)
            return
        sent = sync_once(house, follower)
        drop_months(follower, read_now(house).generation, house.clock())
        standing = read_now(house)
        click.echo(f"{sent} sent; {standing.sentence()}")
        if standing.parked:
            raise click.exceptions.Exit(1)


def sync_once(house: House, follower: Follower) -> int:
    """Follow until nothing is left; returns what was sent. Raises ElasticUnavailable, also when another process follows
    for so long that waiting for it has no point."""
    sent, end = 0, time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        progress = follower.step(house.clock())
        sent += progress.sent
        if progress.said:
            raise ElasticUnavailable(progress.said)
        if progress.busy:
            time.sleep(0.5)
        elif not progress.behind:
            return sent
    raise ElasticUnavailable("changes are still on their way; `tocsin doctor` says how many")


@elastic.command()
@CONFIG
def rebuild(config_path: Path) -> None:
    """Fill a new set of indices and switch to it; searching goes on meanwhile."""
    with opened(config_path) as (house, follower):
        sent = rebuild_indices(follower, house.clock, time.sleep)
        standing = read_now(house)
        click.echo(f"{sent} documents in generation {standing.generation}; {standing.sentence()}")
        if standing.parked:
            raise click.exceptions.Exit(1)


@elastic.command()
@CONFIG
@click.option("--deep", is_flag=True, help="Read every document instead of adding up checksums.")
def verify(config_path: Path, deep: bool) -> None:
    """Compare counts and checksums by month with SQL; status 1 when anything differs."""
    with opened(config_path) as (house, follower):
        found = compare(follower, house.clock(), deep=deep)
        if found.behind:
            click.echo(f"{found.behind} changes have not been sent yet")
        for month in found.months:
            click.echo(line_of(month))
        if found.parked:
            click.echo(f"{found.parked} documents are parked: the server refused them (`tocsin elastic sync --parked`)")
        if not found.same:
            raise click.exceptions.Exit(1)
        click.echo("everything is the same")


def line_of(month: Month) -> str:
    """One month as a line."""
    where = f"{month.part} {month.month}" if month.month else month.part
    return f"ok  {where}: {month.here.count}" if month.same else f"!!  {where}: {month.sentence()}"


def read_now(house: House) -> Standing:
    """How it stands."""
    with reading(house.engine) as connection:
        return read_standing(connection)


@contextmanager
def opened(config_path: Path, *, logs: bool = False) -> Iterator[tuple[House, Follower]]:
    """The house and a follower of it. What Elasticsearch says against it becomes one sentence and status 1."""
    loaded = load_config(config_path)
    set_up_logs(loaded.folder / "logs", secrets_of(loaded.config), quiet=not logs)
    house = open_house(loaded, migrate=False)
    follower = build_follower(house)
    try:
        yield house, follower
    except ElasticUnavailable as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from None
    finally:
        follower.close()
        house.engine.dispose()
