"""A deletion reaches what people wrote: papers, cases, silences, acknowledgements, briefings, whatever the matter, and
again after an older backup is restored."""

import gzip
import sqlite3
import zlib
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from response_kit import HEADLINE, LINK, NOW, POST, a_store
from sqlalchemy import JSON, Connection, Engine, Table, Text, insert, select, update

from pipeline.store.backup import make_backup, restore_backup
from pipeline.store.changes import note_changes
from pipeline.store.engine import reading, writing
from pipeline.store.forget import forget_items
from pipeline.store.schema import changes
from pipeline.store.schema_briefing import briefings
from pipeline.store.schema_collecting import evidence
from pipeline.store.scrub import scrub
from pipeline.store.tables import metadata
from pipeline.store.tombs import save_tombstones
from pipeline.store.words_erase import GONE, WORDS

PASSAGE = POST[2:30]
SAID = f"有人说“{PASSAGE}”，报道题为《{HEADLINE}》，请核实。"
# Columns of text that hold no words of an item: keys, names of ours, addresses, codes, and what is deleted with its item.
OURS = {
    "sources": "state of a source: codes, validators and sentences of ours",
    "robots": "another site's robots.txt",
    "documents": "deleted with the item", "versions": "deleted with the item", "corrections": "values of ours",
    "events": "terms are repaired by erase.py; the rest is in WORDS", "notifications": "receipts and sentences of ours",
    "alerts": "who is told and which items", "officers": "addresses of the office", "users": "hashes of passwords",
    "audit": "codes and ids; no free text but masked reasons of the roster", "keep": "small facts of ours",
    "rotations": "ids of officers", "hubs": "addresses of sources", "source_orders": "an address of a source",
    "staff_reports": "codes; the address is sealed", "rechecks": "validators", "projection": "sentences of ours",
    "parked": "names of fields", "briefings": "`first` has figures only", "briefing_edits": "`unsupported`: numbers",
    "briefing_jobs": "sentences of ours", "slips": "`figures` has counts", "cases": "an address of the school",
    "intake": "codes", "regroupings": "ids", "former_tags": "codes and numbers", "special_watches": "`sources`: ids",
}  # fmt: skip


def test_every_column_of_text_is_thought_of() -> None:
    """A new column of text or JSON is either searched on a deletion or named here with the reason why not."""
    searched = {(table.name, name) for table, _, names, _ in WORDS for name in names}
    unknown = sorted(
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text | JSON) and (table.name, column.name) not in searched and table.name not in OURS
    )
    assert unknown == []


@pytest.mark.parametrize(("table", "names"), [(t, n) for t, _, n, _ in WORDS], ids=[t.name for t, *_ in WORDS])
def test_words_leave_every_table(tmp_path: Path, table: Table, names: tuple[str, ...]) -> None:
    """The headline and a passage of the post go, wherever they stand; the rest of the sentence stays."""
    engine = a_store(tmp_path)
    with writing(engine) as conn:
        put_parents(conn, table)
        conn.execute(insert(table).values(**a_row(table, names)))
    forget_items(engine, {"p1", "n1"}, {"fp1", "fn1"}, NOW)
    with reading(engine) as conn:
        rows = conn.execute(select(*(table.c[name] for name in names))).mappings().all()
    said = msgspec.json.encode([dict(row) for row in rows]).decode()
    assert PASSAGE not in said
    assert HEADLINE not in said
    assert GONE in said
    assert "请核实" in said


def a_row(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    """A row of any table with SAID in its columns of words."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.name in names:
            row[column.name] = {"a": [SAID]} if isinstance(column.type, JSON) else SAID
        elif not column.nullable or column.primary_key:
            row[column.name] = a_value(column)
    if "data" in table.c:
        row["data"] = zlib.compress(msgspec.json.encode(frozen()))
    return row


def put_parents(conn: Connection, table: Table) -> None:
    """The slip that an answer belongs to, the officer of a shift."""
    if table.name == "shifts":
        conn.execute(insert(metadata.tables["officers"]).values(id="x", name="x", role="officer", addresses={}))
    if table.name == "slip_answers":
        slips = metadata.tables["slips"]
        conn.execute(insert(slips).values(**a_row(slips, ("matter", "words"))))


def a_value(column: Any) -> Any:
    """Something of the column's type."""
    kind = column.type.python_type if type(column.type).__name__ != "Moment" else None
    return {int: 1, str: "x", bool: False, dict: {}, float: 0.0, bytes: b""}.get(kind, NOW) if kind else NOW


def frozen() -> dict[str, Any]:
    """Frozen data as far as a deletion looks at it, with words in places that have no id."""
    return {
        "cited": [], "events": [], "carried": [], "seasons": [], "proposals": [SAID],
        "trace": {"rows": [], "before": [], "year_ago": [], "lists": {}},
    }  # fmt: skip


def test_not_a_byte_is_left_and_a_restore_brings_nothing_back(tmp_path: Path) -> None:
    """Cited in every table and copied as evidence: after deletion no file has the words, packed ones included; an older
    backup that still has them has none of them once it is restored."""
    engine = fill(tmp_path)
    archive = tmp_path / "old.zip"
    make_backup(engine, "", archive, NOW)
    forget_items(engine, {"p1", "n1"}, {"fp1", "fn1"}, NOW)
    assert scrub(engine)
    save_tombstones(engine, tmp_path / "tombstones.json")
    assert leftovers(tmp_path / "papers.db") == []
    with reading(engine) as conn:
        kinds = set(conn.execute(select(changes.c.kind)).scalars())
    assert {"case", "alert", "event", "document"} <= kinds
    target = tmp_path / "new" / "tocsin.db"
    restore_backup(archive, target, None)
    assert leftovers(target) != []
    target.unlink()
    restore_backup(archive, target, tmp_path / "tombstones.json")
    assert leftovers(target) == []


def fill(folder: Path) -> Engine:
    """A store whose every table of words repeats a post and a headline."""
    engine = a_store(folder)
    with writing(engine) as conn:
        for table, _, names, _ in WORDS:
            if table.name != "events":
                if table.name == "shifts":
                    put_parents(conn, table)
                conn.execute(insert(table).values(**a_row(table, names)))
        conn.execute(insert(evidence).values(
            id="e", document="n1", at=NOW, why="first", status=200, sha256="0" * 64, size=9,
            warc=gzip.compress(HEADLINE.encode()),
        ))  # fmt: skip
        conn.execute(update(briefings).values(made=NOW + timedelta(0)))
        note_changes(conn, "document", ["p1"])
    return engine


def leftovers(file: Path) -> list[str]:
    """Which of the planted words any value or byte of a database has."""
    with closing(sqlite3.connect(file)) as database:
        wanted = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        tables = [row[0] for row in database.execute(wanted)]
        values = [value for table in tables for row in database.execute(f'SELECT * FROM "{table}"') for value in row]
    data = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    data += b"\n".join(one.encode() if isinstance(one, str) else unpacked(one) for one in values if one is not None)
    return [word for word in (PASSAGE, HEADLINE, LINK) if word.encode() in data]


def unpacked(value: object) -> bytes:
    """A packed value as it was before packing."""
    if not isinstance(value, bytes):
        return b""
    for unpack in (zlib.decompress, gzip.decompress):
        try:
            return unpack(value)
        except (zlib.error, OSError):
            continue
    return value
