"""Values of the pipeline as rows, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from pipeline.model import (
    PRIVATE_KINDS,
    Alert,
    Copy,
    Document,
    Event,
    Mention,
    Outcome,
    Reason,
    Sentiment,
    Severity,
    Tags,
    TopicScore,
)  # fmt: skip

LONGEST_GROUP_WAIT = timedelta(hours=1)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Document)


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as the store has it: `n` is its ingest sequence, `event` is None for one outside any event."""

    n: int
    document: Document
    tags: Tags
    copy: Copy
    event: str | None


def pack_document(document: Document) -> bytes:
    """A document as it waits in the queue."""
    return _encoder.encode(document)


def unpack_document(body: bytes) -> Document:
    """A waiting document. Raises msgspec.DecodeError (a ValueError) for bytes that are none."""
    return _decoder.decode(body)


def charted(document: Document) -> datetime:
    """When a chart shows the item: at `published`, but never after it was seen."""
    return document.seen if document.published is None else min(document.published, document.seen)


def text_values(document: Document) -> dict[str, Any]:
    """The columns that follow the text of an item, also when it is edited."""
    return {
        "url": document.url, "title": document.title, "text": document.text, "lang": document.lang,
        "matched": list(document.mention.matched), "mention_reason": document.mention.reason,
        "fingerprint": document.fingerprint,
    }  # fmt: skip


def tag_values(tags: Tags) -> dict[str, Any]:
    """The columns that say tone and topic."""
    tone = tags.sentiment
    return {
        "label": tone.label, "negative": tone.negative, "neutral": tone.neutral, "positive": tone.positive,
        "topic": tags.topics[0].topic, "topics": [[one.topic, one.score] for one in tags.topics],
        "tagger": tags.version,
    }  # fmt: skip


def document_row(n: int, outcome: Outcome) -> dict[str, Any]:
    """A new row of `documents`."""
    document = outcome.document
    return {
        "n": n, "id": document.id, "source": document.source, "source_kind": document.source_kind,
        "reach": document.reach, "published": document.published, "seen": document.seen,
        "charted": charted(document), "history": document.history, "duplicate_of": outcome.copy.root,
        "event": outcome.placement.event if outcome.placement else None,
        "reason": outcome.disposition.reason.as_json(), "withdrawn": None, "version": 1,
        **text_values(document), **tag_values(outcome.tags),
    }  # fmt: skip


def read_document(row: RowMapping) -> Document:
    """The document in a row of `documents`."""
    return Document(
        id=row["id"], source=row["source"], source_kind=row["source_kind"], reach=row["reach"], url=row["url"],
        title=row["title"], text=row["text"], lang=row["lang"], published=row["published"], seen=row["seen"],
        mention=Mention(True, tuple(row["matched"]), row["mention_reason"]), fingerprint=row["fingerprint"],
        history=row["history"],
    )  # fmt: skip


def read_tags(row: RowMapping | Mapping[str, Any]) -> Tags:
    """What the tagger had said of a row of `documents`."""
    tone = Sentiment(row["label"], row["negative"], row["neutral"], row["positive"])
    return Tags(tone, tuple(TopicScore(topic, score) for topic, score in row["topics"]), row["tagger"])


def read_stored(row: RowMapping) -> Stored:
    """A row of `documents` as the pipeline had it."""
    root = row["duplicate_of"]
    copy = Copy(root, Reason("stored", "It was decided before."))
    return Stored(row["n"], read_document(row), read_tags(row), copy, row["event"])


def event_row(event: Event) -> dict[str, Any]:
    """The columns of a snapshot."""
    return {
        "id": event.id, "title": event.title, "status": event.status, "first_seen": event.first_seen,
        "last_seen": event.last_seen, "items": event.items, "stories": event.stories, "outlets": event.outlets,
        "sources": event.sources, "voices_met": event.voices_met, "negative": event.negative, "topic": event.topic,
        "reach": event.reach, "place": event.place, "terms": list(event.terms),
        "severity": event.severity.value if event.severity else None,
    }  # fmt: skip


def read_event(row: RowMapping) -> Event:
    """The snapshot in a row of `events`."""
    return Event(
        id=row["id"], title=row["title"], status=row["status"], first_seen=row["first_seen"],
        last_seen=row["last_seen"], items=row["items"], stories=row["stories"], outlets=row["outlets"],
        sources=row["sources"], voices_met=row["voices_met"], negative=row["negative"], topic=row["topic"],
        reach=row["reach"], place=row["place"], terms=tuple(row["terms"]),
        severity=Severity(row["severity"]) if row["severity"] else None,
    )  # fmt: skip


def alert_row(alert: Alert, made: datetime) -> dict[str, Any]:
    """A new row of `alerts`: a message owed from `due` on. One whose item was seen by a clock that has been set back since
    does not wait until that time comes again."""
    due = alert.at if alert.at <= made + LONGEST_GROUP_WAIT else made
    return {
        "id": alert.id, "at": alert.at, "made": made, "kind": alert.kind, "event": alert.event, "rule": alert.rule,
        "severity": alert.severity.value, "items": list(alert.items), "reason": alert.reason.as_json(),
        "to": list(alert.to), "state": "pending", "due": due, "note": {}, "drill": False,
    }  # fmt: skip


def read_alert(row: RowMapping) -> Alert:
    """The alert in a row of `alerts`."""
    said = dict(row["reason"])
    reason = Reason(said.pop("code", ""), said.pop("text", ""), said)
    return Alert(
        id=row["id"], at=row["at"], kind=row["kind"], event=row["event"], rule=row["rule"],
        severity=Severity(row["severity"]), items=tuple(row["items"]), reason=reason, to=tuple(row["to"]),
    )  # fmt: skip


def is_private(source_kind: str) -> bool:
    """True for the kinds whose items are private voices."""
    return source_kind in PRIVATE_KINDS
