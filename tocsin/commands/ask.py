"""`tocsin why` and `tocsin doctor`: what happened, and is the house in order."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection, func, select, text

from alerts.buttons.standing import read_standings
from alerts.fenced import LEASE
from alerts.why import explain_event
from pipeline.store.audit import verify_audit
from pipeline.store.elastic.standing import read_standing
from pipeline.store.engine import reading
from pipeline.store.migrate import current, head
from pipeline.store.schema import alerts, documents, intake, leases, notifications, sources
from pipeline.store.store import WORKER
from tocsin.buttons import wired
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.house import House, open_house

LEAST_FREE_MB = 500


@click.command()
@CONFIG
@click.argument("event")
def why(config_path: Path, event: str) -> None:
    """Why EVENT was told, or was not: every decision with its reason, in order."""
    house = open_house(load_config(config_path), migrate=False)
    with reading(house.engine) as connection:
        lines = explain_event(connection, event, house.config.alerting.language)
    if lines is None:
        raise click.UsageError(f"there is no event '{event}'")
    for line in lines:
        click.echo(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.what:8} {line.text}")


@click.command()
@CONFIG
def doctor(config_path: Path) -> None:
    """Look the house over: database, disk, queue, sources, messages, audit chain."""
    house = open_house(load_config(config_path), migrate=False)
    findings = [*examine(house)]
    for good, sentence in findings:
        click.echo(f"{'ok ' if good else '!! '} {sentence}")
    if not all(good for good, _ in findings):
        raise click.exceptions.Exit(1)


def examine(house: House) -> Iterator[tuple[bool, str]]:
    """(is it well, one sentence) for each thing looked at."""
    free = shutil.disk_usage(house.loaded.folder).free // 2**20
    yield free >= LEAST_FREE_MB, f"{free} MB free on the disk of the data folder"
    yield current(house.engine) == head(), f"schema {current(house.engine)}, this version knows {head()}"
    with reading(house.engine) as connection:
        if house.engine.dialect.name == "sqlite":
            answer = connection.scalar(text("PRAGMA quick_check"))
            yield answer == "ok", f"database check: {answer}"
        waiting = connection.scalar(select(func.count()).select_from(intake)) or 0
        parked = connection.scalar(select(func.count()).select_from(intake).where(intake.c.parked.is_not(None))) or 0
        yield parked == 0, f"{parked} items are parked because deciding about them failed"
        stored = connection.scalar(select(func.count()).select_from(documents)) or 0
        yield waiting < 10_000, f"{stored} items stored, {waiting} waiting"
        blind = connection.execute(select(sources.c.id, sources.c.said).where(sources.c.health != "healthy")).all()
        yield not blind, "all sources healthy" if not blind else "; ".join(f"{one.id}: {one.said}" for one in blind)
        dead = select(func.count()).select_from(notifications).where(notifications.c.state == "dead")
        undelivered = connection.scalar(dead) or 0
        yield undelivered == 0, f"{undelivered} messages could not be delivered"
        yield from examine_parts(connection, house.clock(), waiting - parked)
        if house.config.elastic.urls:
            standing = read_standing(connection)
            yield not standing.said and not standing.parked, standing.sentence()
        now = house.clock()
        for line in read_standings(connection, [one.id for one in wired(house.config)]):
            yield line.stands(now), line.sentence(now)
        broken = verify_audit(connection)
        yield broken is None, "audit chain is whole" if broken is None else f"audit chain is broken at row {broken}"


def examine_parts(connection: Connection, now: datetime, waiting: int) -> Iterator[tuple[bool, str]]:
    """Whether somebody decides and somebody sends at this moment; nobody is a fault only while there is work."""
    owed = select(func.count()).select_from(notifications).where(notifications.c.state.in_(("queued", "sending")))
    pending = select(func.count()).select_from(alerts).where(alerts.c.state == "pending")
    work = {WORKER: waiting, LEASE: (connection.scalar(owed) or 0) + (connection.scalar(pending) or 0)}
    who = {WORKER: ("decides about what is read", "work"), LEASE: ("sends", "alert")}
    held = {name: until for name, until in connection.execute(select(leases.c.name, leases.c.until))}  # noqa: C416 - rows are no pairs to mypy
    for name, (does, command) in who.items():
        until = held.get(name)
        if until is not None and until > now:
            yield True, f"a process {does}"
        else:
            yield (
                not work[name],
                f"no process {does} at this moment (`tocsin run` or `tocsin {command}`), {work[name]} wait for it",
            )
