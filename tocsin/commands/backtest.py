"""`tocsin backtest`: what rules would have told on the stored history, and how two files of rules differ."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Connection

from alerts.backtest import Backtest, Setting, run_backtest
from alerts.backtest_form import as_json, difference_json
from alerts.backtest_score import Score, Truth, compare, read_labels, read_truth, score
from pipeline.store.engine import reading
from tocsin.backtest_text import Column, describe, describe_difference
from tocsin.commands.options import CONFIG
from tocsin.config import Config, ConfigError, load_config
from tocsin.house import House, open_house
from tocsin.rules_file import load_rules
from tocsin.wiring import build_seasons

BAR = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
MOST_DAYS = 730
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@CONFIG
@click.option("--rules", "rules_path", type=FILE, help="A file with [[rules]]; the configuration's own otherwise.")
@click.option("--against", "against_path", type=FILE, help="A second file of rules, shown beside the first.")
@click.option("--days", type=click.FloatRange(0, MOST_DAYS, min_open=True), default=90, show_default=True)
@click.option("--truth", "truth_path", type=FILE, help='Labels, one a line: {"event": "…", "alert": true}.')
@click.option("--json", "as_data", is_flag=True, help="Everything as one JSON object.")
def backtest(
    config_path: Path, rules_path: Path | None, against_path: Path | None, days: float, truth_path: Path | None,
    as_data: bool,
) -> None:  # fmt: skip
    """What the rules would have told in the last days, judged on the stored history. Nothing is sent or stored."""
    config = load_config(config_path).config
    tried = [(path or config_path, config if path is None else load_rules(path, config)) for path in (rules_path,)]
    tried += [(path, load_rules(path, config)) for path in (against_path,) if path is not None]
    house = open_house(load_config(config_path), migrate=False)
    with reading(house.engine) as connection:
        columns = [run_one(house, connection, path, one, days) for path, one in tried]
        truth = find_truth(connection, truth_path, columns[0].result)
    columns = [Column(one.name, one.result, rate(one.result, truth)) for one in columns]
    zone = build_seasons(config).zone
    if as_data:
        click.echo(msgspec.json.format(msgspec.json.encode(to_data(columns, house)), indent=2).decode())
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    for line in describe(columns, zone, "office" if truth_path is None else truth_path.name):
        console.print(line)
    if len(columns) > 1:
        for sentence in describe_difference(columns[0], columns[1], zone):
            console.print(sentence)


def run_one(house: House, connection: Connection, path: Path, config: Config, days: float) -> Column:
    """One file of rules over the history, with a bar."""
    setting = Setting(config.alerting, build_seasons(config), tuple(config.school.names))
    with show_progress(path.name) as note:
        found = run_backtest(connection, config.rules, setting, house.clock(), days, note)
    return Column(path.name, found, None)


@contextmanager
def show_progress(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error; nothing without a terminal."""
    with Progress(*BAR, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def find_truth(connection: Connection, path: Path | None, found: Backtest) -> Truth:
    """The labels of the file, or what the office said. Raises ConfigError naming file and line."""
    if path is None:
        return read_labels(connection, found.begin, found.end)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8 text (byte {error.start})") from None
    truth = read_truth(lines, connection)
    if isinstance(truth, str):
        raise ConfigError(f"{path.name} {truth}")
    return truth


def rate(found: Backtest, truth: Truth) -> Score | None:
    """The score; None when nothing has a label."""
    return score(found, truth) if truth.worth else None


def to_data(columns: list[Column], house: House) -> dict[str, object]:
    """The JSON form: one entry a file of rules, and what only one of two tells."""
    zone = build_seasons(house.config).zone
    data: dict[str, object] = {
        "backtests": [{"rules_file": one.name, **as_json(one.result, zone, one.score)} for one in columns]
    }
    if len(columns) > 1:
        data["difference"] = difference_json(compare(columns[0].result, columns[1].result), zone)
    return data
