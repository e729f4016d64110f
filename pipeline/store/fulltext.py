"""The full-text index of SQLite (FTS5) and the one way in which text becomes words.

Every Han character is a word of its own and a query is a phrase, so 食堂 and 堂 are found and 食价 is not; Latin
words and numbers are whole words without case. That is what Elasticsearch's `standard` analyser does, too.
(The trigram tokenizer finds nothing under three characters, and a dictionary decides wrongly what a word is.)

The table is contentless: the text is stored once, in `documents`. SQLite before 3.43 cannot delete from such
a table, it has to be told the old text again, so `remove` takes exactly what `add` was given.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

TABLE = "search"
CREATE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, text, content='', columnsize=0, "
    "tokenize='unicode61 remove_diacritics 0')"
)
# Radicals, 々〆〇, numerals, the unified blocks A to H and the compatibility blocks.
HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN = re.compile(f"[{HAN}]")
_WORD = re.compile(f"[{HAN}]|[^\\W_{HAN}]+")

_ADD = f"INSERT INTO {TABLE}(rowid, title, text) VALUES (?, ?, ?)"  # noqa: S608 - a constant
_REMOVE = f"INSERT INTO {TABLE}({TABLE}, rowid, title, text) VALUES ('delete', ?, ?, ?)"  # noqa: S608 - a constant


class Entry(NamedTuple):
    """What the index knows of a document: `n` is its ingest sequence."""

    n: int
    title: str | None
    text: str


class Word(NamedTuple):
    """A word as the index sees it, and where it stands in the text."""

    text: str
    start: int
    end: int


class _Spaced(dict[int, str]):
    """What `str.translate` puts for each character, learnt as characters come (five times faster than a pattern)."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = spaced = f" {character} " if _HAN.match(character) else character
        return spaced


_SPACED = _Spaced()


def space_han(text: str) -> str:
    """`text` with a space on both sides of every Han character."""
    return text.translate(_SPACED)


def split_words(text: str) -> list[Word]:
    """The words of `text`, lower-cased, in order. Punctuation, underscores and symbols are no words."""
    return [Word(found.group().lower(), found.start(), found.end()) for found in _WORD.finditer(text)]


def write_words(text: str) -> str:
    """The words of `text` with a space between them: what `split_words` finds, ten times faster than one by one."""
    return " ".join(_WORD.findall(text)).lower()


def is_search_table(name: str) -> bool:
    """True for the index and the tables in which FTS5 keeps it."""
    return name == TABLE or name.startswith(f"{TABLE}_")


def has_index(connection: Connection) -> bool:
    """Whether this database has the SQLite index (another database needs another index)."""
    return connection.dialect.name == "sqlite"


def add_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Make texts findable, in the caller's transaction."""
    if entries and has_index(connection):
        connection.exec_driver_sql(_ADD, _as_rows(entries))


def remove_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Make texts unfindable; `entries` must be word for word what was added."""
    if entries and has_index(connection):
        connection.exec_driver_sql(_REMOVE, _as_rows(entries))


def optimize_index(connection: Connection) -> None:
    """Rewrite the index into one segment, which drops the bytes of removed texts."""
    if has_index(connection):
        connection.exec_driver_sql(f"INSERT INTO {TABLE}({TABLE}) VALUES ('optimize')")  # noqa: S608 - a constant


def _as_rows(entries: Iterable[Entry]) -> list[tuple[object, ...]]:
    return [(one.n, space_han(one.title or ""), space_han(one.text)) for one in entries]
