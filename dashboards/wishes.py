"""Requests to delete, from the public page until somebody of the office has decided.

A request keeps what it means (ids and hashes), never the address or the text that was given. Anyone may ask, so a
person confirms: a stranger could otherwise wipe what the office has to answer.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import Connection, Engine, delete, insert, select

from crawlers.identity import item_id
from pipeline.links import person_free
from pipeline.mask import Masker
from pipeline.store.forget import Target, TextTooShort, find_items
from pipeline.store.schema import keep

PREFIX = "forget/"
MOST = 500


class Wish(msgspec.Struct, frozen=True):
    """One request: `items` are buried even when nothing of them is stored; `found` is how many were stored then."""

    number: str
    at: datetime
    by: Literal["address", "text"]
    items: tuple[str, ...]
    fingerprints: tuple[str, ...]
    sources: tuple[str, ...]
    found: int


def make_wish(engine: Engine, url: str, text: str, names: Sequence[str], now: datetime) -> Wish | str:
    """The request for an address (first choice) or a text; a sentence when it cannot be understood.

    `names` are the names that masking leaves alone.
    """
    number = f"D-{now:%Y%m%d}-{secrets.token_hex(4)}"
    if url:
        item = item_id(url)
        return describe(number, now, "address", find_items(engine, item=item, url=person_free(url)), (item,))
    if not text:
        return "Give an address or a text."
    try:
        found = {t.item: t for t in find_items(engine, text=Masker(names).mask(text, private=True))}
        found |= {t.item: t for t in find_items(engine, text=Masker(names).mask(text, private=False))}
    except TextTooShort:
        return "Give at least six words of the text, or its address."
    return describe(number, now, "text", list(found.values()), ())


def describe(
    number: str, now: datetime, by: Literal["address", "text"], found: Sequence[Target], items: tuple[str, ...]
) -> Wish:
    """What a request means, as it is kept."""
    ids = tuple(dict.fromkeys((*items, *(target.item for target in found))))
    marks = tuple(dict.fromkeys(target.fingerprint for target in found))
    return Wish(number, now, by, ids, marks, tuple(sorted({target.source for target in found})), len(found))


def put_wish(conn: Connection, wish: Wish) -> None:
    """Keep a request until somebody decides."""
    conn.execute(insert(keep).values(key=PREFIX + wish.number, value=msgspec.json.encode(wish).decode()))


def list_wishes(conn: Connection) -> list[Wish]:
    """Every open request, oldest first."""
    query = select(keep.c.value).where(keep.c.key >= PREFIX, keep.c.key < PREFIX + "~").limit(MOST)
    found = [msgspec.json.decode(value, type=Wish) for value in conn.scalars(query)]
    return sorted(found, key=lambda wish: wish.at)


def find_wish(conn: Connection, number: str) -> Wish | None:
    """One open request."""
    value = conn.scalar(select(keep.c.value).where(keep.c.key == PREFIX + number))
    return None if value is None else msgspec.json.decode(value, type=Wish)


def drop_wish(conn: Connection, number: str) -> None:
    """The request has been decided."""
    conn.execute(delete(keep).where(keep.c.key == PREFIX + number))
