"""Compiled panels as what they ask: the alias, the filters, the dimensions and the metrics, and the search that Kibana sends.

Only what our boards use is understood; anything else is an AssertionError, so that no panel goes unasked.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.kibana.files import read_files

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = {"1h": "hour", "1d": "day", "1w": "week"}
PLAIN = {"sum": "sum", "average": "avg", "max": "max", "min": "min", "unique_count": "cardinality"}


@dataclass(frozen=True)
class Column:
    """One column of a Lens layer."""

    id: str
    operation: str
    field: str
    params: Mapping[str, Any]

    @property
    def is_bucket(self) -> bool:
        return self.operation in ("terms", "date_histogram")

    @property
    def quantile(self) -> float | None:
        """The share that a median or percentile asks for."""
        return {"median": 50.0, "percentile": float(self.params.get("percentile", 0))}.get(self.operation)


@dataclass(frozen=True)
class Panel:
    """One panel that asks for figures. `asks` has its buckets, outermost first, then its metrics."""

    board: str
    id: str
    kind: str
    view: str
    begin: str
    end: str
    filters: tuple[Mapping[str, Any], ...]
    asks: tuple[Column, ...]
    time: str | None = field(default=None)

    @property
    def buckets(self) -> list[Column]:
        return [column for column in self.asks if column.is_bucket]

    @property
    def metrics(self) -> list[Column]:
        return [column for column in self.asks if not column.is_bucket]

    def metric(self, key: str) -> Column:
        return next(column for column in self.metrics if column.id == key)

    def query(self, now: datetime) -> dict[str, Any]:
        """The query: the panel's filters, and the board's time when the data view has one."""
        asked: dict[str, Any] = {"filter": [], "must_not": []}
        for one in self.filters:
            assert not one["meta"]["disabled"]
            asked["must_not" if one["meta"]["negate"] else "filter"].append(one["query"])
        if self.time:
            begin, end = resolve(self.begin, now), resolve(self.end, now)
            span = {"gte": begin.isoformat(), "lte": end.isoformat(), "format": "strict_date_optional_time"}
            asked["filter"].append({"range": {self.time: span}})
        return {"bool": asked}

    def body(self, now: datetime) -> dict[str, Any]:
        """The search that Kibana sends."""
        return {"size": 0, "track_total_hits": True, "query": self.query(now), "aggs": self._level(0)}

    def _level(self, depth: int) -> dict[str, Any]:
        metrics = {one.id: aggregate(one) for one in self.metrics if one.field != "___records___"}
        if depth == len(self.buckets):
            return metrics
        bucket = self.buckets[depth]
        return {**metrics, bucket.id: {**self._cut(bucket), "aggs": self._level(depth + 1)}}

    def _cut(self, bucket: Column) -> dict[str, Any]:
        if bucket.operation == "date_histogram":
            every = CALENDAR[bucket.params["interval"]]
            return {
                "date_histogram": {
                    "field": bucket.field,
                    "calendar_interval": every,
                    "time_zone": str(ZONE),
                    "min_doc_count": 1,
                }
            }
        assert not bucket.params["include"] + bucket.params["exclude"]
        assert not bucket.params["missingBucket"]
        order = {self._order(bucket): bucket.params["orderDirection"]}
        return {"terms": {"field": bucket.field, "size": bucket.params["size"], "order": order, "shard_size": 1000}}

    def _order(self, bucket: Column) -> str:
        by = bucket.params["orderBy"]
        if by["type"] == "alphabetical":
            return "_key"
        metric = self.metric(by["columnId"])
        if metric.field == "___records___":
            return "_count"
        return f"{metric.id}.{metric.quantile:g}" if metric.quantile is not None else metric.id


def aggregate(metric: Column) -> dict[str, Any]:
    """A metric as an aggregation."""
    if metric.quantile is not None:
        return {"percentiles": {"field": metric.field, "percents": [metric.quantile]}}
    return {PLAIN[metric.operation]: {"field": metric.field}}


def resolve(expression: str, now: datetime) -> datetime:
    """Kibana's date math, as far as our boards use it: `now`, `now/d`, `now-90d/d`, `now-15M/M`; rounded down at school."""
    moved, _, unit = expression.removeprefix("now").partition("/")
    moment = now.astimezone(ZONE)
    if moved.endswith("d"):
        moment -= timedelta(days=int(moved[1:-1]))
    elif moved.endswith("M"):
        months = moment.year * 12 + moment.month - 1 - int(moved[1:-1])
        moment = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    else:
        assert moved == ""
    if unit:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.replace(day=1) if unit == "M" else moment


def saved(kind: str) -> dict[str, dict[str, Any]]:
    """Saved objects of a kind by id, as compiled."""
    return {one["id"]: one for file in read_files() for one in file.saved if one["type"] == kind}


def raw_panels() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every panel with its board."""
    for board in saved("dashboard").values():
        for panel in json.loads(board["attributes"]["panelsJSON"]):
            yield board, panel


def all_panels() -> list[Panel]:
    """Every panel that asks for figures; the others are links and the saved search."""
    views = saved("index-pattern")
    found = []
    for board, panel in raw_panels():
        if panel["type"] in ("links", "search"):
            continue
        assert panel["type"] == "lens", panel["type"]
        found.append(read_panel(board, panel, views))
    return found


def read_panel(board: dict[str, Any], panel: dict[str, Any], views: Mapping[str, dict[str, Any]]) -> Panel:
    """One Lens panel."""
    attributes = panel["embeddableConfig"]["attributes"]
    state = attributes["state"]
    assert not state["query"]["query"]
    ((layer, content),) = state["datasourceStates"]["formBased"]["layers"].items()
    (view,) = [ref["id"] for ref in attributes["references"] if ref["name"].endswith(layer)]
    columns = []
    for key in content["columnOrder"]:
        column = content["columns"][key]
        assert not column.get("filter")
        columns.append(Column(key, column["operationType"], column["sourceField"], column["params"]))
    times = board["attributes"]["timeFrom"], board["attributes"]["timeTo"]
    return Panel(
        board["id"], panel["panelIndex"], attributes["visualizationType"], view, *times, tuple(state["filters"]),
        tuple(columns), views[view]["attributes"].get("timeFieldName"),
    )  # fmt: skip


Leaf = tuple[tuple[Any, ...], dict[str, Any]]


def leaves(panel: Panel, answer: Mapping[str, Any], depth: int = 0, path: tuple[Any, ...] = ()) -> Iterator[Leaf]:
    """(keys, metrics by column) of each innermost bucket; one leaf with no keys for a panel without buckets."""
    if depth == len(panel.buckets):
        yield path, {one.id: read_metric(one, answer) for one in panel.metrics}
        return
    bucket = panel.buckets[depth]
    for one in answer[bucket.id]["buckets"]:
        yield from leaves(panel, one, depth + 1, (*path, key_of(bucket, one)))


def key_of(bucket: Column, found: Mapping[str, Any]) -> Any:
    """A bucket's key; that of a date histogram as the local hour or day, in text."""
    if bucket.operation == "terms":
        return found["key"]
    local = datetime.fromtimestamp(found["key"] / 1000, ZONE)
    return local.strftime("%Y-%m-%dT%H" if bucket.params["interval"] == "1h" else "%Y-%m-%d")


def read_metric(metric: Column, found: Mapping[str, Any]) -> Any:
    """A metric's value in a bucket, None when there is nothing to measure."""
    if metric.field == "___records___":
        return found["doc_count"]
    if metric.quantile is not None:
        (value,) = found[metric.id]["values"].values()
        return value
    return found[metric.id]["value"]
