"""Data views and saved searches: what the boards stand on, with the words of our catalogs in both languages.

    python -m dashboards.kibana.views > dashboards/kibana/compiled/views.ndjson

Kibana then shows `宿舍 Dorms` for `dorms`, and the number of a matter is a link to its page.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.cases import OUTCOMES
from dashboards.i18n import load_words
from pipeline.model import REACHES, SOURCE_KINDS, TOPICS, Severity

LINK = "https://tocsin.invalid"  # stands for [server] public_url until the files are exported or installed
PREFIX = "tocsin"  # of the aliases; ids of saved objects keep it whatever [elastic] prefix is
WEEKDAYS = ("周一 Mon", "周二 Tue", "周三 Wed", "周四 Thu", "周五 Fri", "周六 Sat", "周日 Sun")
LABELS: Mapping[str, str] = {
    "tocsin.event": "事件 Matter", "tocsin.topic": "话题 Topic", "tocsin.label": "情绪 Tone", "tocsin.title": "标题 Title",
    "tocsin.source": "来源 Source", "tocsin.source_kind": "类别 Kind", "tocsin.severity": "级别 Severity",
    "tocsin.health": "状态 Health", "tocsin.department": "部门 Department", "tocsin.quarter": "季度 Quarter",
    "tocsin.reach": "范围 Reach", "url.full": "链接 Link", "@timestamp": "时间 Time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DataView:
    """One alias as Kibana sees it. `time`: its time field, None for how things stand now. `named`: the fields whose
    values have words, with the context in our catalogs and the values there can be."""

    name: str
    title: str
    time: str | None
    named: Mapping[str, tuple[str, tuple[str, ...]]]


TOPIC = {"tocsin.topic": ("topic", TOPICS)}
SEVERITY = {"tocsin.severity": ("severity", tuple(Severity))}
KIND: dict[str, tuple[str, tuple[str, ...]]] = {"tocsin.source_kind": ("kind", SOURCE_KINDS)}
REACH: dict[str, tuple[str, tuple[str, ...]]] = {"tocsin.reach": ("reach", REACHES)}
TONE = {"tocsin.label": ("tone", ("negative", "neutral", "positive", "unknown"))}
ACTION = ("first", "severity", "reach", "threshold", "reopened", "closed", "digest")
VIEWS: tuple[DataView, ...] = (
    DataView("items", "条目 Items (counts)", "@timestamp", TOPIC | KIND | REACH | TONE),
    DataView("outlets", "媒体与官方 News and official", "@timestamp", TOPIC | KIND | REACH | TONE),
    DataView("events", "事件 Matters", "@timestamp", TOPIC | SEVERITY | REACH | {"tocsin.status": ("status", ("open", "closed"))}),
    DataView("alerts", "提醒 Alerts", "@timestamp", TOPIC | SEVERITY | {"event.action": ("alert", ACTION)}),
    DataView("cases", "个案 Cases", "@timestamp", TOPIC | {"tocsin.outcome": ("outcome", OUTCOMES)}),
    DataView("sources", "来源 Sources", None, KIND | {"tocsin.health": ("health", ("new", "healthy", "silent", "refused"))}),
)  # fmt: skip
LISTED = ("tocsin.title", "tocsin.source", "tocsin.topic", "tocsin.label", "tocsin.event", "url.full")
PUBLIC = {"tocsin.private": False}


def saved_objects() -> list[dict[str, Any]]:
    """Every data view and saved search, as Kibana's export writes them."""
    return [*(make_view(view) for view in VIEWS), make_search()]


def make_view(view: DataView) -> dict[str, Any]:
    """A data view over an alias. It may be there before the alias is."""
    attributes = {
        "title": f"{PREFIX}-{view.name}", "name": f"Tocsin {view.title}", "allowNoIndex": True,
        "fieldFormatMap": _json(dict(_formats(view))),
        "fieldAttrs": _json({field: {"customLabel": label} for field, label in LABELS.items()}),
        "fields": "[]", "runtimeFieldMap": "{}", "sourceFilters": "[]", "typeMeta": "{}",
    }  # fmt: skip
    if view.time:
        attributes["timeFieldName"] = view.time
    return _saved("index-pattern", f"{PREFIX}-{view.name}", "8.0.0", attributes, [])


def make_search() -> dict[str, Any]:
    """The list of news and official items: the alias shows nothing else, and a filter says it once more."""
    reference = "kibanaSavedObjectMeta.searchSourceJSON.index"
    filters = [
        {
            "meta": {"alias": None, "disabled": False, "negate": False, "type": "phrase", "key": field, "field": field,
                     "params": {"query": value}, "indexRefName": reference},
            "query": {"match_phrase": {field: value}}, "$state": {"store": "appState"},
        }
        for field, value in PUBLIC.items()
    ]  # fmt: skip
    source = {"query": {"query": "", "language": "kuery"}, "filter": filters, "indexRefName": reference}
    attributes = {
        "title": "媒体与官方条目 News and official items", "description": "只有新闻和官方来源。News and official sources only.",
        "columns": list(LISTED), "sort": [["@timestamp", "desc"]], "grid": {}, "hideChart": True,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(source)},
    }  # fmt: skip
    of = {"type": "index-pattern", "id": f"{PREFIX}-outlets", "name": reference}
    return _saved("search", f"{PREFIX}-outlets-list", "7.9.3", attributes, [of])


def _formats(view: DataView) -> Iterator[tuple[str, dict[str, Any]]]:
    """How values are shown: words for codes, links for numbers of matters."""
    for field, (context, keys) in view.named.items():
        yield field, {"id": "static_lookup", "params": {"lookupEntries": list(_words(context, keys))}}
    days = [{"key": str(number), "value": day} for number, day in enumerate(WEEKDAYS, 1)]
    yield "tocsin.weekday", {"id": "static_lookup", "params": {"lookupEntries": days}}
    link = {"urlTemplate": f"{LINK}/events/{{{{value}}}}", "labelTemplate": "{{value}}", "openLinkInCurrentTab": False}
    yield "tocsin.event", {"id": "url", "params": {"type": "a", **link}}
    if view.name == "outlets":
        yield "url.full", {"id": "url", "params": {"type": "a", "openLinkInCurrentTab": False}}
    yield "tocsin.negative_share", {"id": "percent", "params": {"pattern": "0 %"}}


def _words(context: str, keys: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Chinese, then English, for each value."""
    words = load_words()
    for key in keys:
        yield {"key": key, "value": f"{words['zh'].name(context, key)} {words['en'].name(context, key)}"}


def _saved(
    kind: str, key: str, since: str, attributes: dict[str, Any], references: list[dict[str, str]]
) -> dict[str, Any]:
    return {
        "type": kind, "id": key, "attributes": attributes, "references": references,
        "coreMigrationVersion": "8.8.0", "typeMigrationVersion": since,
    }  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write the import file to standard output."""
    for saved in saved_objects():
        sys.stdout.write(json.dumps(saved, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
