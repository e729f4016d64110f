"""The frozen data set of a briefing, read from the state of record in one consistent view.

Counts come from `hourly` (kept for good, by the hour of publishing, capped at the hour of arrival), so that a
briefing comes out the same after texts have expired; the trace names the items that are still stored.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from dashboards.briefing.imports import imported_topics, imported_total
from dashboards.briefing.matters import read_events, read_repeated, read_reporters
from dashboards.briefing.period import Period
from dashboards.briefing.proposals import read_proposals
from dashboards.briefing.pull import read_carried
from dashboards.briefing.quoting import read_cited
from dashboards.briefing.response import read_response
from dashboards.briefing.scope import read_scope
from dashboards.briefing.seasons import read_seasons
from dashboards.briefing.tracing import read_trace
from dashboards.briefing.values import BriefData, Count
from dashboards.briefing.voice_share import share_of_voice
from dashboards.briefing.volume import by_day, grouped, total

STEPS = ("counts", "matters", "response", "trace")
Progress = Callable[[str], None]


def freeze(
    connection: Connection, period: Period, school: str, names: list[str], now: datetime,
    peers: Sequence[str] = (), labels: Mapping[str, str] | None = None, progress: Progress = lambda _step: None,
    unseen: Sequence[str] = (),
) -> BriefData:  # fmt: skip
    """The data set of `period`; days after `now` are left out. `labels` are names of sources, `peers` the schools to
    compare with, `unseen` the places that cannot be read; `progress` is told each of STEPS as it begins."""
    progress("counts")
    previous, year_ago = period.before(), period.year_ago()
    totals = total(connection, period)
    kinds = grouped(connection, period, "source_kind", previous)
    outlets = grouped(connection, period, "source", previous)
    progress("matters")
    top = read_events(connection, period)
    progress("response")
    response = read_response(connection, period)
    progress("trace")
    pulled = read_carried(connection, period, labels or {})
    trace, expired = read_trace(connection, period, totals.items)
    data = BriefData(
        school=school, period=period.name, kind=period.kind, zone=str(period.begin.tzinfo), begin=period.begin.date().isoformat(),
        end=(period.end - timedelta(days=1)).date().isoformat(),
        totals=totals, before=_compared(connection, previous), before_name=previous.name,
        year_ago=_compared(connection, year_ago), days=by_day(connection, period, now),
        topics=_with_imported(connection, grouped(connection, period, "topic", previous), previous),
        kinds=kinds, outlets=outlets, events=top, response=response,
        scope=read_scope(connection, period, names, outlets, now, expired, unseen),
        cited=read_cited(connection, period, [event.id for event in top]),
        reporters=read_reporters(connection, period), carried=pulled.best, statements=pulled.statements,
        statements_carried=pulled.carried,
        repeated=read_repeated(connection, period), seasons=read_seasons(connection, period),
        voice=share_of_voice(connection, period, school, list(peers), outlets),
        proposals=read_proposals(connection, period.name), followed=read_proposals(connection, previous.name),
        trace=trace, labels=dict(sorted((labels or {}).items())), until=_until(period, now),
    )  # fmt: skip
    return msgspec.structs.replace(data, hash=hash_of(data))


def _until(period: Period, now: datetime) -> str | None:
    """Today, while the period is not over."""
    return now.astimezone(period.begin.tzinfo).date().isoformat() if now < period.end else None


def hash_of(data: BriefData) -> str:
    """sha256 over everything but the hash itself, as canonical JSON."""
    plain = msgspec.structs.replace(data, hash="")
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _compared(connection: Connection, period: Period) -> Count:
    """Counts of an earlier period: ours, else those of an old spreadsheet."""
    counted = total(connection, period)
    return counted if counted.items else imported_total(connection, period.name) or counted


def _with_imported(connection: Connection, topics: list[Count], previous: Period) -> list[Count]:
    """Topics beside an earlier period that only an old spreadsheet knows."""
    if any(one.before for one in topics):
        return topics
    old = imported_topics(connection, previous.name)
    return [msgspec.structs.replace(one, before=old.get(one.name, 0), imported=bool(old)) for one in topics]
