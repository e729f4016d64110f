"""Rows of the state of record as documents of the projection. Pure: the same row gives the same document.

What is left out is left out here: links and exact times of private voices, receivers of messages, what officers wrote.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from pipeline.counts import floor_hour
from pipeline.model import Severity
from pipeline.store.elastic.names import MONTHLY, Part, month_of
from pipeline.store.fulltext import write_words
from pipeline.store.rows import is_private
from pipeline.store.schema import write_moment
from pipeline.store.shown import CARE, title_of

FEW = 5
NOT_OURS = "office_not_ours"
Row = Mapping[Any, Any]
Body = dict[str, Any]
_in_order = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Lens:
    """What the rows do not know: the school's time zone, and name and kind of each configured source."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    sources: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Projected:
    """A document, the part it belongs to, and its month when the part is cut into months."""

    part: Part
    id: str
    month: str | None
    body: Body

    @property
    def checksum(self) -> int:
        """The number in the document: 32 bits, so that the sum of a month is exact in a double."""
        return int(self.body["tocsin"]["checksum"])


def make_item(row: Row, lens: Lens) -> Projected:
    """A row of `documents`. A private voice comes without link, and by the hour."""
    private = is_private(row["source_kind"])
    when = floor_hour if private else _same
    url = None if private else row["url"]
    body = {
        "@timestamp": when(row["charted"]),
        "event": {"id": row["id"], "dataset": "tocsin.items", "kind": "event", "ingested": when(row["seen"]),
                  "created": when(row["published"]) if row["published"] else None},
        "message": row["text"], "url": {"full": url, "domain": _domain(url)},
        "tocsin": {
            **_item_facts(row, private), **_item_tags(row), **calendar_of(when(row["charted"]), lens.zone),
        },
    }  # fmt: skip
    return _seal("items", row["id"], row["seen"], body, words=_words(row["title"], row["text"]))


def _item_facts(row: Row, private: bool) -> Body:
    return {
        "n": row["n"], "order": order_of(row["charted"]), "title": row["title"], "source": row["source"],
        "source_kind": row["source_kind"], "private": private, "ours": row["reason"].get("code") != NOT_OURS,
        "reach": row["reach"], "lang": row["lang"], "history": row["history"], "matched": list(row["matched"]),
        "event": row["event"], "story": row["duplicate_of"] is None, "copy_of": row["duplicate_of"],
        "withdrawn": None if private else row["withdrawn"], "version": None if private else row["version"],
    }  # fmt: skip


def _item_tags(row: Row) -> Body:
    return {
        "label": row["label"], "negative": _short(row["negative"]), "neutral": _short(row["neutral"]),
        "positive": _short(row["positive"]), "topic": row["topic"], "topics": [topic for topic, _ in row["topics"]],
        "tagger": row["tagger"],
    }  # fmt: skip


def _words(title: str | None, text: str) -> list[str]:
    """Title and text in the words of SQLite's index; two values, between which no phrase can reach."""
    return [words for words in (write_words(title or ""), write_words(text)) if words]


def make_event(row: Row, lens: Lens) -> Projected:
    """A row of `events`. Fewer than five voices are not counted out."""
    stories, closed = row["stories"], row["status"] == "closed"
    body = {
        "@timestamp": row["last_seen"],
        "event": {"dataset": "tocsin.events", "kind": "event", "ingested": row["last_seen"], "start": row["first_seen"],
                  "end": row["last_seen"] if closed else None, "severity": rank_of(row["severity"])},
        "tocsin": {
            "event": row["id"], "topic": row["topic"], "title": title_of(row["topic"], row["title"]), "status": row["status"],
            "items": row["items"], "stories": stories, "outlets": row["outlets"], "sources": row["sources"],
            "voices": row["voices_met"] if row["voices_met"] >= FEW else None, "few_voices": row["voices_met"] < FEW,
            "negative": row["negative"], "negative_share": _short(row["negative"] / stories) if stories else None,
            "reach": row["reach"], "place": None if row["topic"] == CARE else row["place"],
            "terms": [] if row["topic"] == CARE else list(row["terms"]), "severity": row["severity"],
            "merged_into": row["merged_into"], "told": row["severity"] is not None, "said": row["said"].get("code"),
            "lasted_hours": _hours(row["last_seen"] - row["first_seen"]),
            **calendar_of(row["first_seen"], lens.zone),
        },
    }  # fmt: skip
    return _seal("events", row["id"], row["first_seen"], body)


@dataclass(frozen=True, slots=True)
class Telling:
    """What became of an alert: messages that arrived and that could not, the first arrival, the first act after it was
    made, and the topic of its matter."""

    arrived: int = 0
    dead: int = 0
    sent: datetime | None = None
    taken: datetime | None = None
    outcome: str | None = None
    topic: str | None = None


def make_alert(row: Row, told: Telling, lens: Lens) -> Projected:
    """A row of `alerts` and what became of it. Who was told is left out."""
    reason = row["reason"]
    begun = told.sent or row["at"]
    body = {
        "@timestamp": row["at"],
        "event": {"id": row["id"], "dataset": "tocsin.alerts", "kind": "alert", "ingested": row["made"],
                  "action": row["kind"], "severity": rank_of(row["severity"]), "reason": reason.get("text")},
        "rule": {"id": row["rule"]},
        "tocsin": {
            "event": row["event"], "topic": told.topic, "n": row["n"], "made": row["made"], "severity": row["severity"],
            "state": row["state"], "note": row["note"].get("code"), "code": reason.get("code"),
            "items": len(row["items"]), "messages": told.arrived + told.dead, "dead": told.dead, "sent": told.sent,
            "sent_after_s": _seconds(told.sent, row["at"]), "taken": told.taken,
            "taken_after_s": _seconds(told.taken, begun), "outcome": told.outcome, **calendar_of(row["at"], lens.zone),
        },
    }  # fmt: skip
    return _seal("alerts", row["id"], row["at"], body)


def make_case(row: Row, topic: str | None, lens: Lens) -> Projected:
    """A row of `cases`. Notes, statements and who carried them are left out."""
    closed = row["closed"]
    allowed = row["allowed_s"] / 3600 if row["allowed_s"] is not None else _hours(row["due"] - row["opened"])
    body = {
        "@timestamp": row["opened"],
        "event": {"dataset": "tocsin.cases", "kind": "event", "ingested": row["opened"], "start": row["opened"],
                  "end": closed},
        "tocsin": {
            "event": row["event"], "topic": topic, "case": row["id"], "department": row["department"],
            "owner_role": row["owner_role"], "severity": row["severity"], "round": row["round"], "due": row["due"],
            "status": row["status"], "outcome": row["outcome"], "late": closed > row["due"] if closed else None,
            "allowed_hours": _short(allowed), "took_hours": _hours(closed - row["opened"]) if closed else None,
            **calendar_of(row["opened"], lens.zone),
        },
    }  # fmt: skip
    return _seal("cases", row["id"], row["opened"], body)


def make_source(row: Row, lens: Lens) -> Projected:
    """A row of `sources`: how it stands now."""
    name, kind = lens.sources.get(row["id"], (row["id"], None))
    read = row["last_run"] or row["next_due"]
    body = {
        "@timestamp": read,
        "event": {"dataset": "tocsin.sources", "kind": "state", "ingested": read},
        "tocsin": {
            "source": row["id"], "source_name": name, "source_kind": kind, "health": row["health"],
            "failures": row["failures"], "interval_s": row["interval_s"], "last_run": row["last_run"],
            "last_ok": row["last_ok"], "last_new": row["last_new"], "next_due": row["next_due"],
        },
    }  # fmt: skip
    return _seal("sources", row["id"], read, body)


def calendar_of(moment: datetime, zone: ZoneInfo) -> Body:
    """Hour, weekday (1 Monday) and quarter at school."""
    local = moment.astimezone(zone)
    return {"hour": local.hour, "weekday": local.isoweekday(), "quarter": f"{local.year}Q{(local.month + 2) // 3}"}


def order_of(moment: datetime) -> int:
    """A moment as whole microseconds, to sort and compare by."""
    return (moment - EPOCH) // timedelta(microseconds=1)


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def rank_of(severity: str | None) -> int | None:
    """1 (info) to 4 (critical)."""
    return Severity(severity).rank + 1 if severity else None


def checksum_of(body: Body) -> int:
    """32 bits over everything in a document but the checksum itself and what is not kept in the source."""
    own = {name: value for name, value in body["tocsin"].items() if name not in ("checksum", "words")}
    data = _in_order.encode({**body, "tocsin": own})
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big")


def _seal(part: Part, key: str, moment: datetime, body: Body, words: list[str] | None = None) -> Projected:
    written = _written(body)
    written["tocsin"]["checksum"] = checksum_of(written)
    if words:
        written["tocsin"]["words"] = words
    return Projected(part, key, month_of(moment) if part in MONTHLY else None, written)


def _written(body: Body) -> Body:
    """As JSON has it: times as text, nothing where nothing is known. Plain loops: this is half of a document's cost."""
    found: Body = {}
    for name, value in body.items():
        kind = type(value)
        if kind is datetime:
            found[name] = write_moment(value)
        elif kind is dict:
            inner = _written(value)
            if inner:
                found[name] = inner
        elif value is not None and value != []:
            found[name] = value
    return found


def _domain(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def _same(moment: datetime) -> datetime:
    return moment


def _short(number: float) -> float:
    return round(float(number), 4)


def _hours(span: timedelta) -> float:
    return _short(span / timedelta(hours=1))


def _seconds(end: datetime | None, begin: datetime) -> float | None:
    return None if end is None else _short((end - begin).total_seconds())
