"""Did the media carry the school's own statement? A later news item that links to it, or that repeats its headline.

What a machine cannot see (a broadcast, a paraphrase) is said by hand (`cases.mark_carried`). Only outlets are looked
at, never private voices.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from alerts.cases import Case
from pipeline.store.schema import documents

LEAST, SHARE, NEWEST = 8, 0.7, 500
_SIGNS = re.compile(r"[\W_]+")
_HEAD = re.compile(r"[\n。！？!?；;]")


@dataclass(frozen=True, slots=True)
class Carrier:
    """An outlet's item that carries the statement: `by` is link or words."""

    source: str
    url: str | None
    title: str
    seen: datetime
    by: str


def find_carriers(conn: Connection, case: Case) -> list[Carrier]:
    """Later news items that carry the case's statement, first ones first; none without a statement."""
    if not case.statement or case.statement_at is None:
        return []
    d = documents.c
    columns = select(d.source, d.url, d.title, d.text, d.seen, d.event)
    later = columns.where(d.source_kind == "news", d.seen >= case.statement_at).order_by(d.n.desc()).limit(NEWEST)
    found: list[Carrier] = []
    for row in conn.execute(later):
        by = how_carried(case.statement, case.statement_url or "", f"{row.title or ''}\n{row.text}")
        if by:
            found.append(Carrier(row.source, row.url, row.title or "", row.seen, by))
    return sorted(found, key=lambda one: one.seen)


def how_carried(statement: str, url: str, text: str) -> str:
    """`link` when `text` links to the statement, `words` when it repeats most of its headline, else ""."""
    return compare(headline_of(statement), url, text, plain_of(text))


def headline_of(statement: str) -> frozenset[str]:
    """The pairs of the statement's first line or sentence."""
    return pairs_of(_HEAD.split(statement.strip(), maxsplit=1)[0])


def compare(headline: frozenset[str], url: str, text: str, plain: str) -> str:
    """What `how_carried` says, for a headline that is compared with many texts; `plain` is `plain_of(text)`."""
    if url and url.rstrip("/") in text:
        return "link"
    if len(headline) < LEAST:
        return ""
    return "words" if sum(pair in plain for pair in headline) / len(headline) >= SHARE else ""


def plain_of(text: str) -> str:
    """`text` without signs and blanks, in lower case."""
    return _SIGNS.sub("", text.lower())


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of the plain text."""
    plain = plain_of(text)
    return frozenset(plain[k : k + 2] for k in range(len(plain) - 1))
