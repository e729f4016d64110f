"""A deletion on request reaches the frozen data of briefings, signed ones included: the item's words, link and id go.

The figures stay, because they count and quote nobody; the checksum stays that of the day of signing, and the edition
says how many citations were taken out since.
"""

import zlib
from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from pipeline.store.schema_briefing import briefing_checks, briefings
from pipeline.store.statements import in_chunks

GONE = "deleted"


def redact_briefings(connection: Connection, ids: Collection[str]) -> None:
    """Take the items `ids` out of every edition, in the caller's transaction."""
    gone = set(ids)
    for chunk in in_chunks(gone):
        connection.execute(briefing_checks.delete().where(briefing_checks.c.document.in_(chunk)))
    wanted = select(briefings.c.id, briefings.c.data, briefings.c.redacted, briefings.c.sentences)
    for row in connection.execute(wanted).all():
        data = msgspec.json.decode(zlib.decompress(row.data))
        count = redact_data(data, gone)
        if count:
            sentences = _without_quotes(row.sentences, gone)
            values = {
                "data": zlib.compress(msgspec.json.encode(data)),
                "redacted": row.redacted + count,
                "sentences": sentences,
            }
            connection.execute(update(briefings).where(briefings.c.id == row.id).values(values))


def redact_data(data: dict[str, Any], gone: Collection[str]) -> int:
    """Take items out of frozen data, in place; returns in how many places words or links went."""
    titles = {one["title"] for one in data["cited"] if one["id"] in gone and one["title"]}
    count = sum(one["id"] in gone for one in data["cited"])
    data["cited"] = [one for one in data["cited"] if one["id"] not in gone]
    for event in data["events"]:
        titles |= {one["text"] for one in event["quotes"] if one["id"] in gone}
        left = [one for one in event["quotes"] if one["id"] not in gone]
        count += len(event["quotes"]) - len(left)
        event["quotes"] = left
    count += _redact_titles(data, gone, titles)
    for name in ("rows", "before", "year_ago"):
        data["trace"][name] = [[GONE if row[0] in gone else row[0], *row[1:]] for row in data["trace"][name]]
    data["trace"]["lists"] = {
        name: [GONE if one in gone else one for one in found] for name, found in data["trace"]["lists"].items()
    }
    return count


def _redact_titles(data: dict[str, Any], gone: Collection[str], titles: set[str]) -> int:
    """Statements that were deleted, and matters that were known by a deleted headline."""
    left = [one for one in data["carried"] if one["id"] not in gone]
    count, data["carried"] = len(data["carried"]) - len(left), left
    matters = [matter for season in data["seasons"] for matter in season["matters"]]
    for event in (*data["events"], *matters):
        if any(title and title[:80] == event["title"][:80] for title in titles):
            event["title"], count = "—", count + 1
    return count


def _without_quotes(sentences: dict[str, str] | None, gone: Collection[str]) -> dict[str, str] | None:
    """Signed words: a quotation goes; a finding that named a deleted headline is made anew from the data."""
    if sentences is None:
        return None
    return {key: text for key, text in sentences.items() if key.removeprefix("quote.") not in gone and key != "f_event"}
