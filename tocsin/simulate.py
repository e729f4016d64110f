"""`tocsin tag` and `tocsin replay`: the pipeline on given items and simulated time, without a store."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import tzinfo
from typing import BinaryIO

from pipeline.chain import Chain
from pipeline.model import Document, Mention, RawItem, Screened
from pipeline.screen import Refused, Screen
from tocsin.jsonl import BadLine, alert_line, item_line, read_items

BATCH = 64
Say = Callable[[str], None]


def tag_stream(source: BinaryIO, sink: BinaryIO, screen: Screen, chain: Chain, zone: tzinfo, say: Say) -> int:
    """Mask, match and tag each item; returns how many were written. A bad line is said and passed over."""
    written = 0
    items = screen_all(source, screen, zone, say)
    while batch := list(itertools.islice(items, BATCH)):
        documents = [one.document for one in batch]
        sink.writelines(
            item_line(chain.untouched(document, tags), stored=False)
            for document, tags in zip(documents, chain.tagger.tag(documents), strict=True)
        )
        written += len(batch)
    return written


def replay_stream(
    source: BinaryIO, items_out: BinaryIO, alerts_out: BinaryIO, screen: Screen, chain: Chain, zone: tzinfo, say: Say,
) -> tuple[int, int]:  # fmt: skip
    """The whole pipeline, one item at a time, from an empty state. Returns (items, alerts) written.

    Events that have gone quiet are closed just before the first item that comes after that moment, so the
    output for a prefix of a stream is a prefix of the output.
    """
    items = alerts = 0
    for screened in screen_all(source, screen, zone, say):
        for closing in chain.close_quiet(screened.document.seen):
            if closing.decision.alert:
                alerts_out.write(alert_line(closing.decision.alert, zone))
                alerts += 1
        (outcome,) = chain.process([screened])
        items_out.write(item_line(outcome, stored=True))
        items += 1
        if outcome.decision and outcome.decision.alert:
            alerts_out.write(alert_line(outcome.decision.alert, zone))
            alerts += 1
    return items, alerts


def screen_all(source: BinaryIO, screen: Screen, zone: tzinfo, say: Say) -> Iterator[Screened]:
    """Screened items of a stream, one for each item; what the door would refuse comes as an empty document."""
    for item in read_items(source, zone):
        if isinstance(item, BadLine):
            say(item.sentence)
            continue
        yield screen_one(item, screen)


def screen_one(item: RawItem, screen: Screen) -> Screened:
    """The screened item. A given item needs no working link, and may be empty: it is answered all the same."""
    screened = screen.screen(item)
    if isinstance(screened, Refused) and screened.reason.code == "bad_url":
        screened = screen.screen(replace(item, url="https://unknown.invalid/"))
        if isinstance(screened, Screened):
            return replace(screened, document=replace(screened.document, url=None))
    if isinstance(screened, Refused):
        return Screened(blank(item, screened.reason.text))
    return screened


def blank(item: RawItem, reason: str) -> Document:
    """A document without text, about nobody."""
    return Document(
        id=item.id, source=item.source, source_kind=item.source_kind, reach=item.reach, url=None, title=None, text="",
        lang=item.lang or "und", published=item.published, seen=item.seen, mention=Mention(False, (), reason),
        fingerprint="0" * 16, given_label=item.sentiment, given_topics=item.topics,
    )  # fmt: skip
