"""`tocsin merge` and `tocsin split`: an officer's word on what belongs together."""

import os
from pathlib import Path

import click

from pipeline.model import Reason
from pipeline.regroup import request_merge, request_split
from pipeline.store.engine import writing
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.house import open_house

WHO = click.option("--as", "who", default=lambda: os.environ.get("USER", "operator"), help="Who says so.")


@click.command()
@CONFIG
@WHO
@click.argument("kept")
@click.argument("gone")
def merge(config_path: Path, who: str, kept: str, gone: str) -> None:
    """Event GONE is the same matter as event KEPT. Nobody is told by it."""
    house = open_house(load_config(config_path), migrate=False)
    with writing(house.engine) as connection:
        answer = request_merge(connection, who, kept, gone, house.clock())
    tell(answer)


@click.command()
@CONFIG
@WHO
@click.argument("event")
@click.argument("items", nargs=-1, required=True)
def split(config_path: Path, who: str, event: str, items: tuple[str, ...]) -> None:
    """ITEMS of EVENT, with their copies, are another matter. Nobody is told by it."""
    house = open_house(load_config(config_path), migrate=False)
    with writing(house.engine) as connection:
        answer = request_split(connection, who, event, items, house.clock())
    tell(answer)


def tell(answer: Reason) -> None:
    """Say the answer; a wish that cannot be is a usage error."""
    if answer.code != "asked":
        raise click.UsageError(answer.text)
    click.echo(answer.text)
