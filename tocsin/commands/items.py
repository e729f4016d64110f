"""`tocsin import` and `tocsin export`: items from files, items out."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from crawlers.identity import item_id, local_id
from pipeline.model import SOURCE_KINDS, TOPICS, RawItem, Screened
from pipeline.school import School
from pipeline.screen import Screen
from pipeline.store.audit import append_audit
from pipeline.store.engine import reading, writing
from pipeline.store.rows import read_stored
from pipeline.store.schema import documents
from tocsin.clock import wall_clock
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.headings import FIELDS, Columns, is_person, item_of, map_headings, refuse_label
from tocsin.house import House, open_house
from tocsin.jsonl import BadLine, ItemIn, missing_id, read_items, to_raw
from tocsin.sheets import read_rows
from tocsin.wiring import live_screen, replay_screen

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_OWN_ID = re.compile(r"[0-9a-f]{16}")
NEVER = timedelta(days=3650)
BATCH = 500
MOST_SAID = 20
BAR = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
COLUMNS = ("id", "source", "source_kind", "url", "title", "text", "published", "seen", "label", "topic", "event")


@click.command("import")
@CONFIG
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "pairs", multiple=True, metavar="HEADING=FIELD", help="What a column is, when it is not guessed."
)
@click.option("--source", default="", help="The source of items whose table names none.")
@click.option("--kind", type=click.Choice(SOURCE_KINDS), help="The kind of that source.")
@click.option("--sheet", default="", help="The sheet of an .xlsx file; the first one otherwise.")
@click.option("--dry-run", is_flag=True, help="Say what would be read; store nothing.")
def import_items(
    config_path: Path, file: Path, pairs: tuple[str, ...], source: str, kind: str | None, sheet: str, dry_run: bool
) -> None:
    """Items from a .jsonl, .csv or .xlsx file into the queue, masked like all others."""
    loaded = load_config(config_path)
    given = {name: value for name, value in (("source", source), ("source_kind", kind)) if value}
    table = Table(file, sheet, read_pairs(pairs), given, loaded.config.school, wall_clock())
    if dry_run:
        report = read_into(table.items(), replay_screen(loaded.config), None, file)
    else:
        house = open_house(loaded)
        report = read_into(table.items(), live_screen(house), house, file)
        with writing(house.engine) as connection:
            note = f"{report.taken} items, {report.new} new, {report.refused} refused"
            append_audit(connection, house.clock(), "command line", "import", file.name, note)
    for sentence in table.sentences():
        click.echo(sentence, err=True)
    words = ("would be read", "") if dry_run else ("read", f", {report.new} new")
    click.echo(f"{report.taken} items {words[0]}{words[1]}, {report.refused} refused, {report.ours} about the school")
    if report.refused:
        raise click.exceptions.Exit(1)


@dataclass(slots=True)
class Report:
    """What an import did. `ours` name the school."""

    taken: int = 0
    new: int = 0
    refused: int = 0
    ours: int = 0


def read_into(items: Iterator[RawItem | BadLine], screen: Screen, house: House | None, file: Path) -> Report:
    """Screen every item and put it into the queue of `house` (nowhere without one), with a progress bar."""
    report = Report()
    waiting: dict[str, list[Screened]] = {}
    with Progress(*BAR, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(file.name, total=None)
        for item in items:
            progress.advance(task)
            answer = item if isinstance(item, BadLine) else screen.screen(item)
            if not isinstance(answer, Screened):
                note_refusal(report, file, answer.sentence if isinstance(answer, BadLine) else answer.reason.text)
                continue
            report.taken += 1
            report.ours += answer.document.mention.is_ours
            batch = waiting.setdefault(answer.document.source, [])
            batch.append(answer)
            if len(batch) >= BATCH:
                report.new += put(house, answer.document.source, waiting.pop(answer.document.source))
    report.new += sum(put(house, source, batch) for source, batch in waiting.items())
    if report.refused > MOST_SAID:
        click.echo(f"{file.name}: and {report.refused - MOST_SAID} more", err=True)
    return report


def note_refusal(report: Report, file: Path, sentence: str) -> None:
    """Count what is not taken in; the first twenty are said."""
    report.refused += 1
    if report.refused <= MOST_SAID:
        click.echo(f"{file.name}: {sentence}", err=True)


def put(house: House | None, source: str, batch: list[Screened]) -> int:
    """One source's items into the queue; how many are new. A configured source keeps its state."""
    if house is None:
        return 0
    now = house.clock()
    configured = any(spec.id == source for spec in house.config.sources)
    row: dict[str, Any] = {"id": source}
    if not configured:
        row |= {"next_due": now + NEVER, "interval_s": 0, "health": "healthy", "said": "imported"}
    return sum(house.store.push(row, "", batch, now) or ())


def read_pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    """`HEADING=FIELD` as a mapping. Raises click.UsageError."""
    wanted = {}
    for pair in pairs:
        heading, _, field = pair.rpartition("=")
        if field not in FIELDS or not heading:
            raise click.UsageError(f"--map {pair}: give HEADING=FIELD, with a field of {', '.join(FIELDS)}")
        if field != "voice" and is_person(heading):
            raise click.UsageError(f"--map {pair}: '{heading}' names people, and no author or account is ever read")
        wanted[heading] = field
    return wanted


class Table:
    """A file as items. What its columns were taken for is known once it has been read."""

    def __init__(
        self, file: Path, sheet: str, wanted: dict[str, str], given: dict[str, str], school: School, now: datetime
    ) -> None:
        self._file, self._sheet, self._wanted, self._given = file, sheet, wanted, given
        self._school, self._now, self._zone = school, now, ZoneInfo(school.timezone)
        self._columns: Columns | None = None

    def items(self) -> Iterator[RawItem | BadLine]:
        """Every item, or what is wrong with its line."""
        if self._file.suffix.lower() in (".jsonl", ".ndjson"):
            yield from self._lines()
            return
        for row in read_rows(self._file, self._sheet):
            self._columns = self._columns or map_headings(row.headings, self._wanted)
            item = item_of(row, self._columns, self._given, self._school, self._zone, self._now)
            yield BadLine(f"line {row.line}: {item}") if isinstance(item, str) else self._to_raw(row.line, item)

    def sentences(self) -> Iterator[str]:
        """What the columns were taken for."""
        if self._columns is None:
            return
        taken = ", ".join(f"{name} = {field}" for name, field in self._columns.columns.items())
        yield f"columns: {taken or 'none is known; name them with --map HEADING=FIELD'}"
        if self._columns.persons:
            yield f"never read, because they name people: {', '.join(self._columns.persons)}"
        if self._columns.unknown:
            yield f"left out: {', '.join(self._columns.unknown)}"

    def _to_raw(self, line: int, item: dict[str, Any]) -> RawItem | BadLine:
        try:
            return name_item(to_raw(msgspec.convert(item, ItemIn), self._zone))
        except msgspec.ValidationError as error:
            return BadLine(f"line {line}: this is not an item: {error}")

    def _lines(self) -> Iterator[RawItem | BadLine]:
        with self._file.open("rb") as stream:
            for number, item in enumerate(read_items(stream, self._zone), 1):
                refusal = "" if isinstance(item, BadLine) else refuse_label(item.source, self._school)
                named = item if isinstance(item, BadLine) else name_item(item)
                yield BadLine(f"item {number}: {refusal}") if refusal else named


def name_item(raw: RawItem) -> RawItem:
    """The item under a name of ours, with topics of ours: a foreign id or label may be somebody's account.

    An address gives the same id as when the page is read, so that a deletion by address finds what was imported;
    an id of our own exports stays.
    """
    plain = f"{raw.title or ''}\n{(raw.text or raw.html or '')[:500]}"
    if raw.url:
        name = item_id(raw.url)
    elif _OWN_ID.fullmatch(raw.id) and raw.id != missing_id(raw.source, raw.url):
        name = raw.id
    else:
        name = local_id(raw.source, plain)
    topics = tuple(topic for topic in raw.topics or () if topic in TOPICS) or None
    return replace(raw, id=name, topics=topics)


@click.command("export")
@CONFIG
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="A .jsonl or .csv file.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only items seen since that day.")
def export_items(config_path: Path, target: Path, since: datetime | None) -> None:
    """Stored items, masked as they are; private voices without link."""
    house = open_house(load_config(config_path), migrate=False)
    zone = ZoneInfo(house.config.school.timezone)
    begin = (since or datetime(2000, 1, 1)).replace(tzinfo=zone)  # noqa: DTZ001 - the zone is set in the same line
    count = 0
    with target.open("w", encoding="utf-8-sig" if target.suffix == ".csv" else "utf-8", newline="") as out:
        table = csv.DictWriter(out, COLUMNS)
        if target.suffix == ".csv":
            table.writeheader()
        for row in stored_rows(house, begin):
            if target.suffix == ".csv":
                table.writerow({key: harmless(value) for key, value in row.items()})
            else:
                out.write(msgspec.json.encode(row).decode() + "\n")
            count += 1
    click.echo(f"{count} items")


def stored_rows(house: House, begin: datetime) -> Iterator[dict[str, Any]]:
    """Stored items since `begin` as plain rows."""
    with reading(house.engine) as connection:
        query = select(documents).where(documents.c.seen >= begin).order_by(documents.c.n)
        for found in connection.execute(query.execution_options(yield_per=500)).mappings():
            stored = read_stored(found)
            one, label = stored.document, stored.tags.sentiment.label
            yield {
                "id": one.id, "source": one.source, "source_kind": one.source_kind, "url": one.url, "title": one.title,
                "text": one.text, "published": one.published and one.published.isoformat(),
                "seen": one.seen.isoformat(),
                "label": label, "topic": stored.tags.topics[0].topic, "event": stored.event,
            }  # fmt: skip


def harmless(value: object) -> object:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
