"""How long what the office wrote is kept: its words as long as headlines (`[retention] headline_days`), its times, states
and counts for good. Called with `expire_papers` every night.

A signed briefing stays; what it cites and quotes of others goes with the headlines that it took them from.
"""

import zlib
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, select, update

from pipeline.store.redact import redact_data
from pipeline.store.schema import acks, cases, silences
from pipeline.store.schema_briefing import briefing_edits, briefing_jobs, briefings
from pipeline.store.schema_desk import former_tags, regroupings, special_watches
from pipeline.store.schema_duty import case_steps
from pipeline.store.schema_telling import taps

JOB_LIFE = timedelta(days=30)
UNDO_LIFE = timedelta(days=30)


def expire_words(connection: Connection, end: datetime, now: datetime) -> int:
    """Drop the words of what is older than `end`; returns how many rows lost theirs."""
    closed = (cases.c.status == "closed") & (cases.c.closed < end)
    old = select(cases.c.id).where(closed)
    blank = {"note": "", "statement": "", "statement_url": None, "carried": ""}
    count = connection.execute(
        update(cases).where(closed, cases.c.note + cases.c.statement != "").values(blank)
    ).rowcount
    said = (case_steps.c.case.in_(old)) & (case_steps.c.note != "")
    count += connection.execute(update(case_steps).where(said).values(note="")).rowcount
    count += connection.execute(update(acks).where(acks.c.at < end, acks.c.note != "").values(note="")).rowcount
    count += connection.execute(delete(silences).where(silences.c.ends < end)).rowcount
    count += connection.execute(delete(special_watches).where(special_watches.c.ends < end)).rowcount
    connection.execute(delete(taps).where(taps.c.ends < now - UNDO_LIFE))
    connection.execute(delete(regroupings).where(regroupings.c.at < now - UNDO_LIFE))
    connection.execute(delete(former_tags).where(former_tags.c.at < now - UNDO_LIFE))
    connection.execute(delete(briefing_jobs).where(briefing_jobs.c.touched < now - JOB_LIFE))
    return count + _expire_briefings(connection, end)


def _expire_briefings(connection: Connection, end: datetime) -> int:
    """Citations and quotations leave editions that are older than `end`; figures and sentences stay."""
    rows = connection.execute(select(briefings.c.id, briefings.c.data).where(briefings.c.made < end)).all()
    count = 0
    for name, packed in rows:
        data = msgspec.json.decode(zlib.decompress(packed))
        ids = {one["id"] for one in data["cited"]} | {one["id"] for event in data["events"] for one in event["quotes"]}
        if not ids:
            continue
        redact_data(data, ids)
        values = {"data": zlib.compress(msgspec.json.encode(data)), "drafted": None}
        connection.execute(update(briefings).where(briefings.c.id == name).values(values))
        quoted = briefing_edits.c.sentence.startswith("quote.")
        connection.execute(delete(briefing_edits).where(briefing_edits.c.briefing == name, quoted))
        count += 1
    return count
