"""Elasticsearch is too busy, too small, full: what is refused is sent again, and nothing else waits for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from busy_proxy import BusyProxy
from elastic_kit import LATER, Pair, is_whole, save
from elastic_rig import Cluster
from service_kit import wait_for
from store_kit import a_document, a_store, kept

from pipeline.store.elastic.connection import Address

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]


@pytest.fixture
def pair(elastic: Cluster, tmp_path: Path) -> Iterator[Pair]:
    """A store in a file and its projection."""
    made = Pair(elastic, a_store(tmp_path))
    yield made
    made.drop()


def test_a_storm_of_429_is_weathered_item_by_item(elastic: Cluster) -> None:
    """Half of the items of each bulk are refused as too many: they are sent again after a pause, the others are not, and
    every document arrives."""
    with BusyProxy(elastic.url) as proxy:
        pair = Pair(elastic, address=Address((proxy.url,)))
        save(pair, 0, 10)
        pair.sync()
        save(pair, 10, 40)
        proxy.refuse_items(3)
        pair.sync()
        assert proxy.refused >= 30
        assert is_whole(pair)
        pair.drop()


def test_a_storm_that_lasts_stops_nothing_else(elastic: Cluster) -> None:
    """Longer than one round retries: the round ends with a sentence, the position stays where the first refused change
    is, and the next rounds bring everything."""
    with BusyProxy(elastic.url) as proxy:
        pair = Pair(elastic, address=Address((proxy.url,)))
        save(pair, 0, 5)
        pair.sync()
        save(pair, 5, 20)
        proxy.refuse_items(10**6)
        progress = pair.follower.step(LATER)
        assert "429" in progress.said
        assert pair.standing.said == progress.said
        assert pair.standing.since == LATER
        assert progress.behind > 0
        proxy.refuse_items(0)
        proxy.refuse_requests(1)
        wait_for("the round succeeds", lambda: not pair.follower.step(LATER).said, 60)
        assert is_whole(pair)
        pair.drop()


def test_a_bulk_that_is_too_large_as_a_whole_is_taken_apart(elastic: Cluster) -> None:
    """A web server in between that refuses large requests parks only the document that is too large by itself."""
    with BusyProxy(elastic.url) as proxy:
        pair = Pair(elastic, address=Address((proxy.url,)))
        save(pair, 0, 3)
        pair.sync()
        proxy.limit_bytes(6000)
        save(pair, 3, 10)
        pair.store.save([kept(a_document("huge", "食堂" * 4000))], [])
        pair.sync()
        assert pair.count() == 13
        assert pair.standing.parked == 1
        pair.drop()


def test_a_full_disk_at_the_server_stops_writes_until_it_is_freed(pair: Pair) -> None:
    """The flood-stage block: said in a sentence, deletions and writes come through when it is lifted."""
    save(pair, 0, 10)
    pair.sync()
    (index,) = pair.follower.indices.of("items", 1)
    pair.follower.client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": True})
    save(pair, 10, 5)
    progress = pair.follower.step(LATER)
    assert "takes nothing" in progress.said or "does not take writes" in progress.said
    assert pair.standing.behind > 0
    pair.follower.client.indices.put_settings(index=index, settings={"index.blocks.read_only_allow_delete": None})
    wait_for("it goes on", lambda: not pair.follower.step(LATER).said, 60)
    assert is_whole(pair)
