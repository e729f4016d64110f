"""Officers merge and split events, and the machine respects it afterwards.

A page or command puts the wish on record (`request_merge`, `request_split`); the worker follows it before its next
items, in its memory and in the store at once (`follow_orders`). Nobody is told anything by a merge or a split: what
comes next is judged as always. After a restart memory follows from where the documents are, and `part_events`
repeats which events must never be joined by machine.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from pipeline.book import Matter, revive, snapshot, wider
from pipeline.chain import KIN_DAYS, Chain
from pipeline.model import Event, Reason
from pipeline.store import regrouping
from pipeline.store.audit import append_audit
from pipeline.store.merging import merge_events
from pipeline.store.regrouping import Order, Tally
from pipeline.store.resume import read_event_sources, read_told

log = structlog.get_logger()
LEDGER = timedelta(days=28)  # alerts an event is given back when it left memory


def request_merge(connection: Connection, who: str, kept: str, gone: str, now: datetime) -> Reason:
    """Ask that `gone` become part of `kept`. The answer's code is `asked`, or says why it cannot be:
    `unknown_event`, `same_event`. `connection` is a writing transaction."""
    one, other = regrouping.find_event(connection, kept), regrouping.find_event(connection, gone)
    if one is None or other is None:
        return Reason("unknown_event", "There is no such event.", {"event": kept if one is None else gone})
    if one.id == other.id:
        return Reason("same_event", "The two are one event already.", {"event": one.id})
    regrouping.write_order(connection, who, "merge", one.id, other.id, one.id, now)
    append_audit(connection, now, who, "merge", one.id, other.id)
    return Reason("asked", "The two become one event before the next items are read.", {"event": one.id})


def request_split(connection: Connection, who: str, event: str, items: Sequence[str], now: datetime) -> Reason:
    """Ask that `items`, each with its original and all copies, be an event of their own. The answer's code is `asked`,
    or says why it cannot be: `unknown_event`, `no_items`, `whole_event`. `connection` is a writing transaction."""
    found = regrouping.find_event(connection, event)
    if found is None:
        return Reason("unknown_event", "There is no such event.", {"event": event})
    chosen = regrouping.find_stories(connection, found.id, items)
    if not chosen:
        return Reason("no_items", "None of the items is in this event.", {"event": found.id})
    if len(chosen) == regrouping.count_items(connection, found.id):
        return Reason("whole_event", "With their copies these are all items of the event.", {"event": found.id})
    packed = regrouping.pack_items(chosen)
    regrouping.write_order(connection, who, "split", found.id, found.id, packed, now)
    append_audit(connection, now, who, "split", found.id, str(len(chosen)))
    numbers = {"event": found.id, "items": len(chosen)}
    return Reason("asked", "The items become an event of their own before the next items are read.", numbers)


def follow_orders(chain: Chain, connection: Connection, now: datetime) -> bool:
    """Do what officers asked for since the last time. Returns False when memory has to be built anew, because an
    event had left it. When it raises, memory and store differ: both must be given up."""
    whole = True
    orders = regrouping.read_orders(connection)
    for order in orders:
        follow = _merge if order.gone else _split
        whole = follow(chain, connection, order, now) and whole
    if orders:
        regrouping.write_mark(connection, orders[-1].n)
    return whole


def part_events(chain: Chain, connection: Connection) -> None:
    """Tell a rebuilt memory which events officers took apart."""
    for one, other in regrouping.read_splits(connection):
        chain.grouper.keep_apart(one, other)


def _merge(chain: Chain, connection: Connection, order: Order, now: datetime) -> bool:
    kept = regrouping.find_event(connection, order.event)
    gone = regrouping.find_event(connection, order.gone or "")
    if kept is None or gone is None or kept.id == gone.id:
        log.info("merge needless", correction=order.n)
        return True
    for event in (kept, gone):
        _recall(chain, connection, event, now)
    matter = chain.merge(kept.id, gone.id)
    merge_events(connection, kept.id, [gone.id])
    reason = Reason("merged_by_office", "An officer said that two events are one matter.", {"gone": gone.id})
    regrouping.put_event(connection, snapshot(matter), reason.as_json())
    log.info("events merged", kept=kept.id, gone=gone.id, correction=order.n)
    return min(kept.last_seen, gone.last_seen) >= now - KIN_DAYS


def _split(chain: Chain, connection: Connection, order: Order, now: datetime) -> bool:
    old = regrouping.find_event(connection, order.event)
    chosen = regrouping.find_stories(connection, old.id, order.items) if old else []
    if old is None or not chosen or len(chosen) == regrouping.count_items(connection, old.id):
        regrouping.settle_split(connection, order.n, "")
        log.info("split needless", correction=order.n)
        return True
    _recall(chain, connection, old, now)
    before = regrouping.tally_event(connection, old.id)
    fresh = chain.split(old.id, chosen)
    regrouping.move_items(connection, chosen, fresh)
    regrouping.settle_split(connection, order.n, fresh)
    for matter in (_recount(chain, connection, old, before), _found(chain, connection, fresh, old)):
        _fill(chain, connection, matter, now)
        told = {"from": old.id, "into": fresh, "items": len(chosen)}
        reason = Reason("split_by_office", "An officer said that these are two matters.", told)
        regrouping.put_event(connection, snapshot(matter), reason.as_json())
    log.info("event split", old=old.id, fresh=fresh, items=len(chosen), correction=order.n)
    return old.last_seen >= now - KIN_DAYS


def _recall(chain: Chain, connection: Connection, event: Event, now: datetime) -> None:
    """An event that left memory comes back with its ledger (its items do not: see `follow_orders`)."""
    if event.id not in chain.book:
        matter = revive(event, list(read_event_sources(connection, event.id)))
        matter.told.extend(read_told(connection, now - LEDGER).get(event.id, ()))
        chain.book.restore(matter)


def _found(chain: Chain, connection: Connection, fresh: str, old: Event) -> Matter:
    """The new matter: nobody was told of it."""
    tally = regrouping.tally_event(connection, fresh)
    matter = Matter(
        id=fresh, first_seen=tally.first, last_seen=tally.last, status=old.status, items=tally.items,
        story_count=tally.stories, negative=tally.negative, voices_met=chain.voices.peak(fresh),
    )  # fmt: skip
    return _describe(matter, tally)


def _recount(chain: Chain, connection: Connection, old: Event, before: Tally) -> Matter:
    """What is left of the old matter; it keeps what was told, and what it had of items whose text expired."""
    tally, held = regrouping.tally_event(connection, old.id), chain.book.get(old.id)
    expired = old.items - before.items
    matter = Matter(
        id=old.id, first_seen=old.first_seen if expired > 0 else tally.first, last_seen=tally.last, status=old.status,
        items=max(0, expired) + tally.items, story_count=max(0, old.stories - before.stories) + tally.stories,
        negative=max(0, old.negative - before.negative) + tally.negative, voices_met=chain.voices.peak(old.id),
        place=old.place, terms=old.terms, told=held.told,
    )  # fmt: skip
    return _describe(matter, tally)


def _describe(matter: Matter, tally: Tally) -> Matter:
    for reach in tally.reaches:
        matter.reach = wider(matter.reach, reach)
    matter.headline, matter.sources, matter.outlets = tally.headline, set(tally.sources), set(tally.outlets)
    matter.topics.update(dict.fromkeys(tally.topics, 0))  # their counts come with the items of the last days
    return matter


def _fill(chain: Chain, connection: Connection, matter: Matter, now: datetime) -> None:
    """Put the matter into the book with the items of the last 14 days."""
    chain.book.restore(matter)
    for one in regrouping.read_members(connection, matter.id, now - KIN_DAYS):
        chain.book.remember(matter.id, one.document, one.tags, one.copy)
