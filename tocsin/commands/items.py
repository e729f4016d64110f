"""`tocsin import` and `tocsin export`: items from files, items out."""

import contextlib
import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec
from sqlalchemy import select

from pipeline.model import Screened
from pipeline.store.engine import reading
from pipeline.store.rows import read_stored
from pipeline.store.schema import documents
from tocsin.commands.options import CONFIG
from tocsin.config import load_config
from tocsin.jsonl import BadLine, read_items
from tocsin.wiring import House, live_screen, open_house

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
NEVER = timedelta(days=36500)
FIELDS = ("id", "source", "source_kind", "url", "title", "text", "published", "seen", "label", "topic", "event")


@click.command("import")
@CONFIG
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_items(config_path: Path, file: Path) -> None:
    """Items from a .jsonl or .csv file (columns as in the item contract) into the queue, masked like all others."""
    house = open_house(load_config(config_path))
    stream = file.open("rb") if file.suffix == ".jsonl" else io.BytesIO(csv_as_lines(file, house.clock()))
    screen = live_screen(house)
    taken: dict[str, list[Screened]] = {}
    refused = 0
    for item in read_items(stream, ZoneInfo(house.config.school.timezone)):
        answer = item if isinstance(item, BadLine) else screen.screen(item)
        if isinstance(answer, Screened):
            taken.setdefault(answer.document.source, []).append(answer)
        else:
            refused += 1
            reason = answer.sentence if isinstance(answer, BadLine) else answer.reason.text
            click.echo(f"{file.name}: {reason}", err=True)
    new = sum(put(house, source, batch) for source, batch in taken.items())
    click.echo(f"{sum(map(len, taken.values()))} items read, {new} new, {refused} refused")
    if refused:
        raise click.exceptions.Exit(1)


def put(house: House, source: str, batch: list[Screened]) -> int:
    """One source's items into the queue."""
    now = house.clock()
    row = {
        "id": source,
        "next_due": now + timedelta(days=3650),
        "interval_s": 0,
        "health": "healthy",
        "said": "imported",
    }
    return house.store.enqueue(row, batch, now)


def csv_as_lines(file: Path, now: datetime) -> bytes:
    """A CSV with a header row as JSON Lines; empty cells are left out, a missing `seen` is now."""
    rows = csv.DictReader(io.StringIO(read_table(file)))
    lines = []
    for row in rows:
        item: dict[str, Any] = {key: value for key, value in row.items() if key and value}
        item.setdefault("seen", now.isoformat())
        if "sentiment" in item:
            item["sentiment"] = {"label": item["sentiment"]}
        lines.append(msgspec.json.encode(item))
    return b"\n".join(lines)


def read_table(file: Path) -> str:
    """The text of a CSV: UTF-8, or GB 18030 as Excel on a Chinese Windows writes it. Raises UsageError."""
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise click.UsageError(f"{file.name} is neither UTF-8 nor GB 18030 text")


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
        table = csv.DictWriter(out, FIELDS)
        if target.suffix == ".csv":
            table.writeheader()
        for row in read_rows(house, begin):
            if target.suffix == ".csv":
                table.writerow({key: harmless(value) for key, value in row.items()})
            else:
                out.write(msgspec.json.encode(row).decode() + "\n")
            count += 1
    click.echo(f"{count} items")


def read_rows(house: House, begin: datetime) -> Iterator[dict[str, Any]]:
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
