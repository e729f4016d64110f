"""`tocsin drill`: does an alert reach the people it is for? A made-up one goes the whole way, marked as a drill."""

from pathlib import Path

import click

from pipeline.store.engine import StoreUnavailable
from pipeline.store.migrate import SchemaTooNew
from tocsin.commands.options import CONFIG
from tocsin.config import ConfigError, load_config
from tocsin.drill import Step, channels_of, run_drill
from tocsin.house import open_house
from tocsin.logs import secrets_of, set_up_logs


@click.command()
@CONFIG
@click.option("--to", default="", metavar="CHANNEL", help="Only by this channel instead of to those on duty.")
@click.option("--wait", default=60.0, show_default=True, metavar="SECONDS", help="How long the messages may take.")
def drill(config_path: Path, to: str, wait: float) -> None:
    """Send a made-up alert the whole way, marked as a drill, and time each step. Status 1 when one did not happen."""
    loaded = load_config(config_path)
    set_up_logs(loaded.folder / "logs", secrets_of(loaded.config), quiet=True)
    try:
        house = open_house(loaded)
    except (SchemaTooNew, StoreUnavailable) as error:
        raise ConfigError(str(error)) from None
    known = [channel.id for channel in channels_of(house)]
    if to and to not in known:
        raise click.UsageError(f"there is no channel '{to}'; there are {', '.join(known)}")
    steps = []
    for step in run_drill(house, to, wait):
        click.echo(show_step(step))
        steps.append(step)
    house.engine.dispose()
    if not all(step.done for step in steps):
        raise click.exceptions.Exit(1)
    click.echo(f"the whole way took {sum(step.seconds for step in steps if not step.name.startswith('channel')):.1f} s")


def show_step(step: Step) -> str:
    """One line for a person."""
    return f"{'ok ' if step.done else '!! '} {step.name:20} {step.seconds:6.2f} s  {step.said}"
