"""`tocsin brief`: the briefing of a period, from stored data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from crawlers.coverage import find_coverage
from dashboards.briefing.figures import STEPS, Progress
from dashboards.briefing.names import freezing
from dashboards.briefing.paper import ENDINGS, LAYOUTS, Style, write_briefing
from dashboards.briefing.period import Period, parse_period
from dashboards.briefing.values import BriefData
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.house import House, open_house


@click.command()
@CONFIG
@click.option("--period", "wanted", required=True, help="2026Q3, 2026, 2026-11 or week")
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of [alerting].")
@click.option(
    "--layout", type=click.Choice(LAYOUTS), default="plain", show_default=True, help="official: like GB/T 9704."
)
@click.option("--leader", is_flag=True, help="The one-page version, too.")
def brief(config_path: Path, wanted: str, folder: Path, language: str | None, layout: str, leader: bool) -> None:
    """Write the briefing of a period: .html, .docx and .pdf, and its data as .json and .xlsx."""
    house = open_house(load_config(config_path), migrate=False)
    period = read_period(house, wanted)
    style = Style(language or house.config.alerting.language, layout)
    with progress_bar(len(STEPS) + len(ENDINGS)) as progress:
        data = read_data(house, period, progress)
        written = write_briefing(data, folder, style, progress=progress)
    short = write_briefing(data, folder, Style(style.language, layout, leader=True)) if leader else None
    for path in (*written.files, *(short.files if short else ()), *fill_own(house, data, folder, style)):
        click.echo(path)
    if written.refused:
        raise click.ClickException(written.refused[0])


def fill_own(house: House, data: BriefData, folder: Path, style: Style) -> list[Path]:
    """The school's own document, when `[briefing] template` names one. Raises ClickException when it cannot be used."""
    if not house.config.briefing.template:
        return []
    from dashboards.briefing.own_template import TemplateProblem, fill_template

    filled = fill_template(house.loaded.path.parent / house.config.briefing.template, data, style.language)
    if isinstance(filled, TemplateProblem):
        raise click.ClickException(filled.sentence)
    path = folder / f"briefing-{data.period}-own.docx"
    path.write_bytes(filled)
    return [path]


def read_period(house: House, wanted: str) -> Period:
    """The period that was asked for. Raises BadParameter with one sentence."""
    try:
        return parse_period(wanted, ZoneInfo(house.config.school.timezone), house.clock())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def read_data(house: House, period: Period, progress: Progress) -> BriefData:
    """The frozen data set, in one view of the store."""
    config = house.config
    coverage = find_coverage(config.coverage, config.sources)
    read = freezing(house.engine, period, config.school, config.briefing, coverage, labels_of(house), house.clock())
    return read(progress)


def labels_of(house: House) -> dict[str, str]:
    """Names of sources by id."""
    return {one.id: one.name or one.id for one in house.config.sources}


@contextmanager
def progress_bar(total: int) -> Iterator[Progress]:
    """A bar on standard error where that is a terminal; nothing otherwise."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda step: bar.update(task, advance=1, description=step)
