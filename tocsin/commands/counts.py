"""`tocsin counts`: counts from old spreadsheets, so that the first briefing has something to be compared with."""

from pathlib import Path

import click

from dashboards.briefing.imports import SheetUnusable, read_counts, store_counts
from pipeline.store.audit import append_audit
from pipeline.store.engine import writing
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.house import open_house


@click.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path))
def counts(config_path: Path, file: Path) -> None:
    """Take the counts of FILE (.csv or .xlsx with year, quarter, topic, count) into the briefing, marked as imported."""
    house = open_house(load_config(config_path), migrate=False)
    try:
        rows = read_counts(file)
    except SheetUnusable as error:
        raise click.UsageError(str(error)) from None
    with writing(house.engine) as connection:
        kept = store_counts(connection, rows, file.name, house.clock())
        append_audit(connection, house.clock(), "command line", "briefing_counts", file.name, f"{kept} cells")
    click.echo(f"{file.name}: {kept} counts of {len({row.period for row in rows})} periods")
