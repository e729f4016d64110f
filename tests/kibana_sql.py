"""The same figures by SQL over the state of record: each alias as a query of its own, grouped as a panel asks.

Nothing of the projection is used here: fields are written out again from the tables.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kibana_panels import Column, Panel, resolve

LOCAL = "'+8 hours'"  # Asia/Shanghai has no summer time
CUTS = {
    "1h": f"strftime('%Y-%m-%dT%H', {{0}}, {LOCAL})",
    "1d": f"date({{0}}, {LOCAL})",
    "1w": f"date({{0}}, {LOCAL}, 'weekday 0', '-6 days')",
}
PRIVATE = "(d.source_kind in ('forum', 'social', 'complaint', 'other'))"
CHARTED = f"(case when {PRIVATE} then substr(d.charted, 1, 13) || ':00:00.000000Z' else d.charted end)"


def calendar(moment: str) -> str:
    """Hour, weekday and quarter at school."""
    return f"""
      cast(strftime('%H', {moment}, {LOCAL}) as integer) as "tocsin.hour",
      (cast(strftime('%w', {moment}, {LOCAL}) as integer) + 6) % 7 + 1 as "tocsin.weekday",
      strftime('%Y', {moment}, {LOCAL}) || 'Q' || ((cast(strftime('%m', {moment}, {LOCAL}) as integer) + 2) / 3)
        as "tocsin.quarter" """


ITEMS = f"""
  select d.id as "event.id", {CHARTED} as "@timestamp", d.label as "tocsin.label", {PRIVATE} as "tocsin.private",
    d.source_kind as "tocsin.source_kind", d.source as "tocsin.source", d.topic as "tocsin.topic", lower(d.lang) as "tocsin.lang",
    d.event as "tocsin.event", d.negative as "tocsin.negative", {calendar("d.charted")}
  from documents d where coalesce(json_extract(d.reason, '$.code'), '') <> 'office_not_ours'"""
VIEWS: Mapping[str, str] = {
    "tocsin-items": ITEMS,
    "tocsin-outlets": f"{ITEMS} and d.source_kind in ('news', 'official')",
    "tocsin-events": f"""
      select e.last_seen as "@timestamp", e.first_seen as "event.start", e.id as "tocsin.event", e.topic as "tocsin.topic",
        e.stories as "tocsin.stories", e.items as "tocsin.items", e.negative as "tocsin.negative", e.outlets as "tocsin.outlets",
        e.sources as "tocsin.sources", 1.0 * e.negative / nullif(e.stories, 0) as "tocsin.negative_share",
        (julianday(e.last_seen) - julianday(e.first_seen)) * 24 as "tocsin.lasted_hours", e.severity as "tocsin.severity",
        case e.severity when 'info' then 1 when 'notice' then 2 when 'serious' then 3 when 'critical' then 4 end as "event.severity",
        e.severity is not null as "tocsin.told", e.status as "tocsin.status", e.reach as "tocsin.reach",
        lower(e.place) as "tocsin.place", {calendar("e.first_seen")}
      from events e where e.merged_into is null""",
    "tocsin-alerts": f"""
      select b.at as "@timestamp", b.taken as "tocsin.taken", b.severity as "tocsin.severity", b.kind as "event.action",
        b.state as "tocsin.state", b.rule as "rule.id", b.event as "tocsin.event", b.dead as "tocsin.dead", b.act as "tocsin.outcome",
        (julianday(b.sent) - julianday(b.at)) * 86400 as "tocsin.sent_after_s",
        (julianday(b.taken) - julianday(coalesce(b.sent, b.at))) * 86400 as "tocsin.taken_after_s", {calendar("b.at")}
      from (select a.*,
          (select min(n.sent) from notifications n where n.alert = a.id and n.state = 'sent') as sent,
          (select count(*) from notifications n where n.alert = a.id and n.state = 'dead') as dead,
          (select k.at from acks k where k.event = a.event and k.at >= a.made order by k.n limit 1) as taken,
          (select k.what from acks k where k.event = a.event and k.at >= a.made order by k.n limit 1) as act
        from alerts a where not a.drill) b""",
    "tocsin-cases": f"""
      select c.opened as "@timestamp", lower(c.department) as "tocsin.department", c.status as "tocsin.status",
        case when c.closed is not null then c.closed > c.due end as "tocsin.late",
        (julianday(c.closed) - julianday(c.opened)) * 24 as "tocsin.took_hours",
        coalesce(c.allowed_s / 3600.0, (julianday(c.due) - julianday(c.opened)) * 24) as "tocsin.allowed_hours",
        {calendar("c.opened")}
      from cases c""",
    "tocsin-sources": """
      select s.id as "tocsin.source", s.health as "tocsin.health", s.failures as "tocsin.failures", k.kind as "tocsin.source_kind",
        s.last_ok as "tocsin.last_ok", s.last_new as "tocsin.last_new", s.next_due as "tocsin.next_due",
        s.interval_s as "tocsin.interval_s"
      from sources s left join temp.kinds k on k.id = s.id""",
}


class Listed:
    """An SQL aggregate: the sorted values as JSON, for medians and percentiles."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> str:
        return json.dumps(sorted(self.values))


class Ledger:
    """The database file, read only; `kinds` are id and kind of the configured sources."""

    def __init__(self, path: Path, kinds: Iterable[tuple[str, str]]) -> None:
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.db.create_aggregate("listed", 1, Listed)  # type: ignore[arg-type]
        self.db.execute("create temp table kinds (id text, kind text)")
        self.db.executemany("insert into temp.kinds values (?, ?)", list(kinds))

    def close(self) -> None:
        self.db.close()

    def groups(self, panel: Panel, now: datetime) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every group of a panel with its metrics; one group with no keys for a panel without buckets."""
        keys = [cut(bucket) for bucket in panel.buckets]
        where, values = condition(panel, now)
        sql = f"select {', '.join([*keys, *map(measure, panel.metrics)])} from ({VIEWS[panel.view]}) where {where}"
        if keys:
            sql += " and " + " and ".join(f"{key} is not null" for key in keys) + " group by " + ", ".join(keys)
        depth, ids = len(keys), [metric.id for metric in panel.metrics]
        return {row[:depth]: dict(zip(ids, row[depth:], strict=True)) for row in self.db.execute(sql, values)}

    def count(self, view: str) -> int:
        """How many rows an alias must show."""
        return int(self.db.execute(f"select count(*) from ({VIEWS[view]})").fetchone()[0])


def cut(bucket: Column) -> str:
    """A dimension as an expression."""
    named = f'"{bucket.field}"'
    return named if bucket.operation == "terms" else CUTS[bucket.params["interval"]].format(named)


def measure(metric: Column) -> str:
    """A metric as an expression."""
    if metric.field == "___records___":
        return "count(*)"
    named = f'"{metric.field}"'
    if metric.quantile is not None:
        return f"listed({named})"
    plain = {
        "sum": "sum({})",
        "average": "avg({})",
        "max": "max({})",
        "min": "min({})",
        "unique_count": "count(distinct {})",
    }
    return plain[metric.operation].format(named)


def condition(panel: Panel, now: datetime) -> tuple[str, list[Any]]:
    """The filters of a panel and the time of its board."""
    parts, values = ["1"], []
    for one in panel.filters:
        sql, more = clause(one["meta"])
        parts.append(f"not ({sql})" if one["meta"]["negate"] else sql)
        values += more
    if panel.time:
        parts.append(f'"{panel.time}" between ? and ?')
        values += [text_of(resolve(panel.begin, now)), text_of(resolve(panel.end, now))]
    return " and ".join(parts), values


def clause(meta: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """One filter, from what Kibana shows of it."""
    named = f'"{meta["key"]}"'
    if meta["type"] == "exists":
        return f"{named} is not null", []
    if meta["type"] == "phrase":
        return f"{named} is not null and {named} = ?", [meta["params"]["query"]]
    if meta["type"] == "phrases":
        return f"{named} in ({', '.join('?' * len(meta['params']))})", list(meta["params"])
    assert meta["type"] == "range", meta["type"]
    assert set(meta["params"]) == {"gte"}
    return f"{named} >= ?", [meta["params"]["gte"]]


def text_of(moment: datetime) -> str:
    """A moment as the tables have it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
