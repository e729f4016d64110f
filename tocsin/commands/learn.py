"""`tocsin train` and `tocsin retag`: learning from the office, and today's tags for stored items."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from pipeline.retag import Retagging, Tally
from pipeline.store.audit import append_audit
from pipeline.store.engine import reading, writing
from pipeline.tag.learn import Field, learn
from pipeline.tag.lessons import count_names, read_lessons
from pipeline.tag.own import save_heads, undo_heads
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.house import House, open_house
from tocsin.wiring import build_tagger, own_folder, read_meaning

FIELDS: tuple[Field, ...] = ("label", "topic")
LINES = 20


@click.command()
@CONFIG
@click.option(
    "--apply", "apply_it", is_flag=True, help="Keep what was learned; a service uses it from its next start on."
)
@click.option("--undo", is_flag=True, help="Set the newest own model aside and go back to the one before.")
def train(config_path: Path, apply_it: bool, undo: bool) -> None:
    """Learn tone and topics from the office's corrections, if that makes them better."""
    if apply_it and undo:
        raise click.UsageError("give either --apply or --undo")
    house = open_house(load_config(config_path), migrate=False)
    if undo:
        go_back(house)
        return
    settings = house.config.tagger
    if settings.kind == "rules":
        raise click.UsageError("the keyword tagger cannot learn; set [tagger] kind to another one")
    with reading(house.engine) as connection:
        lessons = {field: read_lessons(connection, field) for field in FIELDS}
    with Console(stderr=True).status(f"learning from {sum(map(len, lessons.values()))} items"):
        heads, report = learn(lessons, build_tagger(settings), read_meaning(settings))
    for one in report:
        click.echo(one.sentence)
    say_names(house)
    if heads is None:
        click.echo("nothing was learned; the tagger stays as it is", err=True)
        raise click.exceptions.Exit(1)
    if not apply_it:
        click.echo("nothing was stored; --apply keeps it")
        return
    target = save_heads(own_folder(house.loaded.folder), heads, house.clock())
    note(house, "train", target.name)
    click.echo(f"{target.name} is used from the next start on; `tocsin retag` shows what it would say of stored items")


def go_back(house: House) -> None:
    """Undo the newest own model."""
    undone = undo_heads(own_folder(house.loaded.folder))
    if undone is None:
        raise click.UsageError("there is no own model to undo")
    aside, now = undone
    note(house, "untrain", aside.name)
    click.echo(
        f"set aside as {aside.name}; from the next start on {now.name if now else 'the tagger as shipped'} is used"
    )


def say_names(house: House) -> None:
    """Names that led to items which are not about the school: this is learned by the configuration, not by weights."""
    with reading(house.engine) as connection:
        wrong, right = count_names(connection)
    for name, count in wrong.most_common():
        click.echo(
            f"school: '{name}' led to {count} items that are not about the school (and to {right[name]} that are, as "
            "the office says); consider it under [school] ambiguous, with context words"
        )


def note(house: House, what: str, target: str) -> None:
    """One row of the trail."""
    with writing(house.engine) as connection:
        append_audit(connection, house.clock(), "operator", what, target)


@click.command()
@CONFIG
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only items seen since that day.")
@click.option("--apply", "apply_it", is_flag=True, help="Store the new tags; without it they are only shown.")
def retag(config_path: Path, since: datetime | None, apply_it: bool) -> None:
    """Give stored items the tags of today's tagger, and show what changes. What the office corrected stays."""
    house = open_house(load_config(config_path), migrate=False)
    begin = since.replace(tzinfo=ZoneInfo(house.config.school.timezone)) if since else None
    work = Retagging(house.engine, build_tagger(house.config.tagger, house.loaded.folder), begin)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("reading again", total=work.count_left(from_mark=apply_it))
        for count in work.apply() if apply_it else work.preview():
            progress.advance(task, count)
    if apply_it:
        note(house, "retag", f"{work.tally.items} items")
    show_tally(work.tally, apply_it)


def show_tally(tally: Tally, done: bool) -> None:
    """Transitions, most frequent first."""
    table = Table("field", "before", "after", "items")
    for name, pairs in (("tone", tally.labels), ("topic", tally.topics)):
        for (before, after), count in (+pairs).most_common(LINES):
            table.add_row(name, before, after, str(count))
    if table.row_count:
        Console().print(table)
    changed = f"{tally.labels.total()} tones and {tally.topics.total()} topics"
    click.echo(
        f"{tally.items} items read again, {changed} {'changed' if done else 'would change; --apply stores them'}"
    )
