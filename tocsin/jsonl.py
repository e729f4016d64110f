"""JSON Lines in and out: the item and alert contracts that people script against.

Unknown fields are ignored, missing optional ones are null, times are ISO 8601 with offset.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, BinaryIO

import msgspec

from pipeline.model import Alert, Label, Outcome, RawItem, Reach, SourceKind


class GivenSentiment(msgspec.Struct, frozen=True):
    """What an upstream tagger or a person said."""

    label: Label


class ItemIn(msgspec.Struct, frozen=True):
    """One line of input."""

    source: str
    source_kind: SourceKind
    url: str
    seen: datetime
    id: str | None = None
    reach: Reach | None = None
    title: str | None = None
    text: str | None = None
    html: str | None = None
    published: datetime | None = None
    lang: str | None = None
    voice: str | int | None = None
    sentiment: GivenSentiment | None = None
    topics: list[str] | None = None


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no item; `sentence` names its number and what is wrong."""

    sentence: str


def read_items(stream: BinaryIO, zone: tzinfo = UTC) -> Iterator[RawItem | BadLine]:
    """Items of a JSON Lines stream, a BadLine for each line that is none; empty lines are passed over."""
    decoder = msgspec.json.Decoder(ItemIn)
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            yield to_raw(decoder.decode(line.removeprefix(b"\xef\xbb\xbf")), zone)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield BadLine(f"line {number}: this is not an item: {error}")


def to_raw(item: ItemIn, zone: tzinfo) -> RawItem:
    """The item as the pipeline takes it. A time without an offset is taken in `zone`."""
    topics = tuple(item.topics) if item.topics else None
    return RawItem(
        id=item.id or missing_id(item.source, item.url), source=item.source, source_kind=item.source_kind,
        url=item.url, seen=_aware(item.seen, zone), title=item.title, text=item.text, html=item.html,
        published=_aware(item.published, zone) if item.published else None, reach=item.reach, lang=item.lang,
        voice=None if item.voice is None else str(item.voice),
        sentiment=item.sentiment.label if item.sentiment else None, topics=topics,
    )  # fmt: skip


def missing_id(source: str, url: str) -> str:
    """The first 16 hex digits of sha256 over source and link."""
    return hashlib.sha256(f"{source}\n{url}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def item_line(outcome: Outcome, *, stored: bool) -> bytes:
    """One line of output for an item. Without `stored` (`tag`) copies and events are null."""
    document, tags = outcome.document, outcome.tags
    placement = outcome.placement if stored else None
    reason = outcome.disposition.reason
    if stored and outcome.decision:
        reason = outcome.decision.reason
    line: dict[str, Any] = {
        "id": document.id,
        "url": document.url,
        "mention": document.mention.is_ours,
        "matched": list(document.mention.matched),
        "mention_reason": document.mention.reason,
        "lang": document.lang,
        "text_masked": document.text or document.title or "",
        "sentiment": {
            "label": tags.sentiment.label, "negative": round(tags.sentiment.negative, 4),
            "neutral": round(tags.sentiment.neutral, 4), "positive": round(tags.sentiment.positive, 4),
        },
        "topics": [{"topic": one.topic, "score": round(one.score, 4)} for one in tags.topics],
        "duplicate_of": outcome.copy.root if stored else None,
        "event": placement.event if placement else None,
        "decision": outcome.disposition.action,
        "reason": reason.as_json(),
    }  # fmt: skip
    return msgspec.json.encode(line) + b"\n"


def alert_line(alert: Alert, zone: tzinfo) -> bytes:
    """One line of output for an alert."""
    line = {
        "at": alert.at.astimezone(zone).isoformat(), "kind": alert.kind, "event": alert.event, "rule": alert.rule,
        "severity": alert.severity.value, "items": list(alert.items), "to": list(alert.to),
        "reason": alert.reason.as_json(),
    }  # fmt: skip
    return msgspec.json.encode(line) + b"\n"
