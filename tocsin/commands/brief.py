"""`tocsin brief`: the briefing of a period, from stored data."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from dashboards.briefing.figures import freeze
from dashboards.briefing.paper import write_briefing
from dashboards.briefing.period import parse_period
from pipeline.store.engine import reading
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.wiring import open_house, school_names


@click.command()
@CONFIG
@click.option("--period", "wanted", required=True, help="2026Q3, 2026, 2026-11 or week")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of [alerting].")
def brief(config_path: Path, wanted: str, folder: Path, language: str | None) -> None:
    """Write the briefing of a period: .html, .docx, and its data as .json and .xlsx."""
    house = open_house(load_config(config_path), migrate=False)
    school = house.config.school
    try:
        period = parse_period(wanted, ZoneInfo(school.timezone), house.clock())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    with reading(house.engine) as connection:
        data = freeze(connection, period, school.name, school_names(house.config), house.clock())
    for path in write_briefing(data, folder, language or house.config.alerting.language):
        click.echo(path)
