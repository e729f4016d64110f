"""`tocsin tag` and `tocsin replay`: given items through the pipeline, nothing stored."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.simulate import replay_stream, tag_stream
from tocsin.wiring import build_chain, replay_screen


def say(sentence: str) -> None:
    """A sentence on standard error."""
    click.echo(sentence, err=True)


@click.command()
@CONFIG
def tag(config_path: Path) -> None:
    """Mask, match and tag each item of standard input (JSON Lines), one line out for each."""
    config = load_config(config_path).config
    zone = ZoneInfo(config.school.timezone)
    tag_stream(sys.stdin.buffer, sys.stdout.buffer, replay_screen(config), build_chain(config), zone, say)
    sys.stdout.buffer.flush()


@click.command()
@click.argument("stream", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CONFIG
@click.option("--items", "items_path", type=click.Path(path_type=Path), required=True, help="Where items go.")
@click.option("--alerts", "alerts_path", type=click.Path(path_type=Path), required=True, help="Where alerts go.")
def replay(stream: Path, config_path: Path, items_path: Path, alerts_path: Path) -> None:
    """Run STREAM through the whole pipeline on simulated time, from an empty state."""
    config = load_config(config_path).config
    chain = build_chain(config, tag_all=True)
    zone = ZoneInfo(config.school.timezone)
    with stream.open("rb") as source, items_path.open("wb") as items, alerts_path.open("wb") as alerts:
        count, told = replay_stream(source, items, alerts, replay_screen(config), chain, zone, say)
    click.echo(f"{count} items, {told} alerts", err=True)
