"""Every panel of every board is asked of the real Elasticsearch with the demo's 90 days; the answers are those of SQL."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from elastic_kit import a_prefix
from elastic_rig import Cluster
from kibana_panels import Column, Panel, all_panels, leaves, raw_panels, saved
from kibana_sql import Ledger
from service_kit import free_port
from sqlalchemy import insert, select, update

from pipeline.store.changes import note_changes
from pipeline.store.engine import reading, writing
from pipeline.store.schema import acks, alerts, cases, events, notifications, sources
from tocsin.clock import FastClock
from tocsin.commands.demo import local_site, write_config
from tocsin.commands.elastic import sync_once
from tocsin.config import load_config
from tocsin.elastic import build_follower
from tocsin.house import House, open_house
from tocsin.wiring import build_collector, build_worker

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(600)]
START = datetime(2026, 11, 24, 4, tzinfo=UTC)  # noon at school
NOW = START + timedelta(minutes=66)  # after the last collecting: Elasticsearch counts milliseconds, SQL microseconds
PANELS = all_panels()
NAMES = [f"{panel.board}/{panel.id}" for panel in PANELS]
TYPES = {
    "sum": {"integer", "long", "float"},
    "average": {"float"},
    "unique_count": {"keyword"},
    "date_histogram": {"date"},
}


class HandClock(FastClock):
    """The demo's clock, moved by hand."""

    def __init__(self) -> None:
        super().__init__(START, 1.0)
        self.moved = timedelta(0)

    def __call__(self) -> datetime:
        return self.start + self.moved


@dataclass(frozen=True)
class Scene:
    """The projection, the database, and the prefix of the aliases."""

    client: "Elasticsearch"
    ledger: Ledger
    prefix: str

    def alias(self, view: str) -> str:
        """The alias behind a data view."""
        return self.prefix + view.removeprefix("tocsin")


@pytest.fixture(scope="module")
def scene(elastic: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The demo collected over HTTP up to the end of its hour, what the office did about it, and all of it projected."""
    clock, folder, prefix = HandClock(), tmp_path_factory.mktemp("demo"), a_prefix()
    with local_site(clock) as port:
        path = write_config(folder, port, free_port(), "zh").path
        text = path.read_text(encoding="utf-8")
        path.write_text(f'{text}\n[elastic]\nurls = ["{elastic.url}"]\nprefix = "{prefix}"\n', encoding="utf-8")
        house = open_house(load_config(path), clock)
        for minutes in (0, 32, 64):
            clock.moved = timedelta(minutes=minutes)
            collect(house)
    answer_for(house)
    follower = build_follower(house)
    sync_once(house, follower)
    follower.client.indices.refresh(index=f"{prefix}-*")
    ledger = Ledger(house.loaded.folder / "tocsin.db", [(source.id, source.kind) for source in house.config.sources])
    yield Scene(follower.client, ledger, prefix)
    ledger.close()
    follower.close()
    house.engine.dispose()


def collect(house: House) -> None:
    build_collector(house).collect_once(house.clock())
    worker = build_worker(house)
    worker.learn_history()
    while worker.work_once():
        pass
    worker.release()


def answer_for(house: House) -> None:
    """What an office would have done: messages that arrived or did not, matters taken, cases opened and closed,
    and a source that fails."""
    with reading(house.engine) as connection:
        told = connection.execute(select(alerts).order_by(alerts.c.n)).mappings().all()
        matters = connection.execute(select(events.c.id).order_by(events.c.id).limit(7)).scalars().all()
    assert told
    day = timedelta(days=1)
    with writing(house.engine) as connection:
        for n, alert in enumerate(told):
            for receiver, state in (("duty", "sent"), ("leader", "sent" if n % 2 else "dead")):
                connection.execute(insert(notifications).values(
                    id=f"m{n}-{receiver}", alert=alert["id"], receiver=receiver, channel="terminal", step=0, state=state,
                    due=alert["at"], attempts=1, sent=alert["at"] + timedelta(seconds=3 + 11 * n) if state == "sent" else None,
                    said="", maybe_repeat=False,
                ))  # fmt: skip
        for n, matter in enumerate(dict.fromkeys(alert["event"] for alert in told)):
            if n % 2 == 0 and matter != told[-1]["event"]:  # what is newest waits for somebody
                at = max(alert["made"] for alert in told if alert["event"] == matter) + timedelta(minutes=4 + 9 * n)
                what = "false_alarm" if n else "taken"
                connection.execute(
                    insert(acks).values(event=matter, alert=None, at=at, who="officer", what=what, note="")
                )
        for n, matter in enumerate(matters):
            opened = NOW - (3 + 20 * n % 70) * day
            connection.execute(insert(cases).values(
                id=f"c{n}", event=matter, opened=opened, department=("后勤处", "学生处", "Library")[n % 3], owner_role="officer",
                due=opened + 2 * day, status="open" if n == 1 else "closed", outcome=None if n == 1 else "answered", note="",
                closed=None if n == 1 else opened + (1 + n) * day,
            ))  # fmt: skip
        blind = connection.scalar(select(sources.c.id).order_by(sources.c.id).limit(1))
        connection.execute(update(sources).where(sources.c.id == blind).values(health="failing", failures=3))
        note_changes(connection, "source", [str(blind)])
        note_changes(connection, "alert", [alert["id"] for alert in told])
        note_changes(connection, "case", [f"c{n}" for n in range(len(matters))])


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize("panel", PANELS, ids=NAMES)
def test_every_field_is_there_and_can_be_counted(scene: Scene, panel: Panel) -> None:
    """Each field that a panel groups, measures or filters by is mapped in every index behind the alias, and aggregatable."""
    asked = {column.field for column in panel.asks if column.field != "___records___"}
    asked |= {one["meta"]["key"] for one in panel.filters} | ({panel.time} if panel.time else set())
    caps = scene.client.field_caps(index=scene.alias(panel.view), fields=sorted(asked) or ["event.dataset"])["fields"]
    assert asked <= set(caps)
    for name in asked:
        (found,) = caps[name].values()
        assert found["aggregatable"], name
        assert found["searchable"], name
    for column in panel.asks:
        if column.operation in TYPES:
            assert set(caps[column.field]) <= TYPES[column.operation], column.field


def test_every_field_with_a_word_or_a_link_is_there(scene: Scene) -> None:
    """Fields that a data view formats or names exist in its alias, or in no alias under another name."""
    everywhere = set(scene.client.field_caps(index=f"{scene.prefix}-*", fields=["*"])["fields"])
    for view in saved("index-pattern").values():
        there = set(scene.client.field_caps(index=scene.alias(view["id"]), fields=["*"])["fields"])
        formats = set(json.loads(view["attributes"]["fieldFormatMap"]))
        assert formats | set(json.loads(view["attributes"]["fieldAttrs"])) <= everywhere
        assert formats & there
        assert view["attributes"].get("timeFieldName", "@timestamp") in there


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize("panel", PANELS, ids=NAMES)
def test_a_panel_shows_the_numbers_of_sql(scene: Scene, panel: Panel) -> None:
    """Asked as Kibana asks, each bucket of a panel has the value that SQL gives, and no larger bucket is left out."""
    answer = scene.client.search(index=scene.alias(panel.view), **panel.body(NOW)).body
    wanted = scene.ledger.groups(panel, NOW)
    found = list(leaves(panel, answer.get("aggregations", {}) | {"doc_count": answer["hits"]["total"]["value"]}))
    assert any(any(metrics.values()) for _, metrics in found), "a panel that shows nothing proves nothing"
    for keys, metrics in found:
        for metric in panel.metrics:
            assert agrees(metric, metrics[metric.id], wanted[keys][metric.id]), (keys, metric.operation, metric.field)
    check_cut(panel, [keys for keys, _ in found], wanted)


def agrees(metric: Column, found: Any, wanted: Any) -> bool:
    """Equal up to what is rounded: floats, milliseconds, and where between two neighbours a percentile lies."""
    if metric.quantile is not None:
        return within(metric.quantile / 100, found, json.loads(wanted))
    if isinstance(wanted, str):
        wanted = datetime.fromisoformat(wanted).timestamp() * 1000
    if not found and not wanted:
        return True
    return (
        found is not None
        and wanted is not None
        and math.isclose(found, wanted, rel_tol=1e-4, abs_tol=1.0 if wanted > 1e12 else 1e-4)
    )


def within(share: float, found: float | None, values: list[float]) -> bool:
    """True when `found` lies at `share` of the sorted values, give or take one of them."""
    if not values:
        return found is None
    place = share * (len(values) - 1)
    low, high = values[max(0, math.floor(place) - 1)], values[min(len(values) - 1, math.ceil(place) + 1)]
    return found is not None and low - 0.01 <= found <= high + 0.01


def check_cut(panel: Panel, found: list[tuple[Any, ...]], wanted: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """At the innermost level: as many buckets as fit, in order, and none that was left out is larger."""
    if not panel.buckets or panel.buckets[-1].operation == "date_histogram":
        assert sorted(found) == sorted(wanted)
        return
    size, order = panel.buckets[-1].params["size"], panel.buckets[-1].params["orderBy"]
    for above, group in groupby(found, key=lambda keys: keys[:-1]):
        shown = list(group)
        all_of = {keys: value for keys, value in wanted.items() if keys[:-1] == above}
        assert len(shown) == min(size, len(all_of))
        if order["type"] == "alphabetical":
            assert shown == sorted(all_of)[:size]
        elif panel.metric(order["columnId"]).quantile is None:
            sizes = [all_of[keys][order["columnId"]] or 0 for keys in shown]
            left = [value[order["columnId"]] or 0 for keys, value in all_of.items() if keys not in set(shown)]
            assert sizes == sorted(sizes, reverse=True)
            assert not left or max(left) <= min(sizes)


@pytest.mark.parametrize("view", sorted(saved("index-pattern")))
def test_an_alias_shows_what_sql_has(scene: Scene, view: str) -> None:
    """Behind each data view are as many documents as rows."""
    assert scene.client.count(index=scene.alias(view))["count"] == scene.ledger.count(view) > 0


# ---------------------------------------------------------------- rows


def test_rows_are_news_and_official_items_only(scene: Scene) -> None:
    """What the panels with rows list on the real server: every outlet's item and no private voice, by alias and by filter."""
    searches = saved("search")
    listed = [panel["embeddableConfig"]["savedObjectId"] for _, panel in raw_panels() if panel["type"] == "search"]
    assert set(listed) == set(searches)
    for search in searches.values():
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        (view,) = [ref["id"] for ref in search["references"]]
        query = {"bool": {"filter": [one["query"] for one in source["filter"]]}}
        columns = search["attributes"]["columns"]
        answer = scene.client.search(
            index=scene.alias(view), query=query, size=1000, source=[*columns, "tocsin.private", "tocsin.source_kind"]
        )
        rows = [hit["_source"]["tocsin"] for hit in answer["hits"]["hits"]]
        assert len(rows) == scene.ledger.count("tocsin-outlets") > 10
        assert {row["source_kind"] for row in rows} == {"news", "official"}
        assert not any(row["private"] for row in rows)
        caps = scene.client.field_caps(index=scene.alias(view), fields=columns)["fields"]
        assert set(columns) <= set(caps)
    private = scene.client.count(index=scene.alias("tocsin-items"), query={"term": {"tocsin.private": True}})["count"]
    assert private > 100
