"""What the server refuses, a fresh set of indices, and the comparison of both sides."""

from collections.abc import Iterator

import pytest
from elastic_kit import LATER, Pair, same, two_items
from elastic_rig import Cluster
from sqlalchemy import insert, update
from store_kit import NOON, a_document, a_store, an_alert, at, kept, tags_of

from pipeline.store.backup import make_backup, restore_backup
from pipeline.store.elastic.names import month_of
from pipeline.store.elastic.rebuild import rebuild
from pipeline.store.elastic.standing import retry_parked
from pipeline.store.elastic.verify import compare
from pipeline.store.engine import open_engine, reading, writing
from pipeline.store.forget import forget_items
from pipeline.store.schema import changes, documents
from pipeline.store.schema_projection import parked
from pipeline.store.store import SqlStore
from pipeline.tag.corrections import record_correction

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]


@pytest.fixture
def pair(elastic: Cluster) -> Iterator[Pair]:
    """An empty store and its projection."""
    made = Pair(elastic)
    yield made
    made.drop()


def test_a_document_that_the_server_refuses_is_parked_and_blocks_nobody(pair: Pair) -> None:
    """A mapping conflict: one document is set aside with the field's name and without its value; the others arrive. It
    arrives itself when the conflict is gone."""
    two_items(pair)
    pair.sync()
    with writing(pair.store.engine) as connection:
        connection.execute(update(documents).where(documents.c.id == a_document("post").id).values(version="poison"))
        connection.execute(insert(changes).values(kind="document", id=a_document("post").id))
        connection.execute(update(documents).where(documents.c.id == a_document("post").id).values(source_kind="news"))
    pair.store.save([kept(a_document("next", "后面的一条", seen=at(2)))], [])
    pair.sync()
    assert pair.count() == 3
    assert pair.standing.parked == 1
    with reading(pair.store.engine) as connection:
        row = connection.execute(parked.select()).mappings().one()
    assert (row["kind"], row["id"]) == ("document", a_document("post").id)
    assert "tocsin.version" in row["reason"]
    assert "poison" not in row["reason"]
    with writing(pair.store.engine) as connection:
        connection.execute(update(documents).where(documents.c.id == a_document("post").id).values(version=2))
        assert retry_parked(connection) == 1
    same(pair)
    assert pair.standing.parked == 0


def test_a_rebuild_moves_readers_at_once_and_misses_nothing(pair: Pair) -> None:
    """While a new set is filled, items come, change and go and the old set goes on being followed; every count that a
    reader sees meanwhile is right, and the new set has everything."""
    pair.store.save([kept(a_document(str(n), "食堂")) for n in range(50)], [])
    pair.sync()
    other, seen, rounds = pair.another("test:2"), [], iter(range(1000))
    pages = other.indices.ensure

    class Busy:
        """Between two documents of the rebuild, the world goes on."""

        def __call__(self, part: str, generation: int, month: str | None, *, live: bool) -> str:
            if part == "items" and next(rounds) in (5, 20, 40):
                step = len(seen)
                pair.store.save([kept(a_document(f"new{step}", "食堂", seen=at(1)))], [])
                forget_items(pair.store.engine, [a_document(str(step * 3)).id], [], at(2))
                pair.sync()
                seen.append(pair.count())
            return pages(part, generation, month, live=live)  # type: ignore[arg-type]

    other.indices.ensure = Busy()  # type: ignore[method-assign]
    rebuild(other, lambda: LATER, lambda _s: None)
    assert seen == [50, 50, 50]
    assert pair.count() == 50
    assert pair.standing.generation == 2
    pair.store.save([kept(a_document("after", "食堂", seen=at(3)))], [])
    forget_items(pair.store.engine, [a_document("30").id], [], at(4))
    same(pair)
    pair.follower.indices.forget()
    assert pair.follower.indices.generations() == {2}
    other.close()


def test_verify_names_what_differs(pair: Pair) -> None:
    """A document that was removed, one that was left, one that was changed by another hand: each is found and named."""
    pair.store.save([kept(a_document(str(n), seen=at(days=31 * n))) for n in range(3)], [])
    pair.sync()
    client, indices = pair.follower.client, pair.follower.indices.of("items", 1)
    client.delete(index=indices[0], id=a_document("0").id)
    client.index(index=indices[1], id="left-over", document={"message": "x", "tocsin": {"checksum": 1}})
    body = client.get(index=indices[2], id=a_document("2").id)["_source"]
    client.index(index=indices[2], id=a_document("2").id, document={**body, "message": "changed"})
    found = {month.month: month for month in compare(pair.follower, LATER).months if not month.same}
    assert found[month_of(NOON)].missing == (a_document("0").id,)
    assert found[month_of(at(days=31))].left == ("left-over",)
    deep = {month.month: month for month in compare(pair.follower, LATER, deep=True).months if not month.same}
    assert deep[month_of(at(days=62))].different == (a_document("2").id,)
    rebuild(pair.follower, lambda: LATER, lambda _s: None)
    same(pair)


def test_another_database_does_not_write_into_these_indices(pair: Pair, elastic: Cluster) -> None:
    """A second store with the same prefix is refused in a sentence, and nothing of the first is lost."""
    two_items(pair)
    pair.sync()
    stranger = Pair(elastic, names=pair.names)
    stranger.store.save([kept(a_document("z"))], [])
    said = stranger.follower.step(LATER).said
    assert "filled from another database" in said
    assert "rebuild" in said
    assert pair.count() == 2
    stranger.follower.close()


def test_a_restored_backup_fills_a_fresh_set(pair: Pair, elastic: Cluster, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Its position stays out of the backup: what was sent after the backup does not stay behind in Elasticsearch."""
    made = Pair(elastic, a_store(tmp_path / "old"), names=pair.names)
    made.store.save([kept(a_document("kept"))], [])
    made.sync()
    make_backup(made.store.engine, "", tmp_path / "b.zip", at(1))
    made.store.save([kept(a_document("later", seen=at(2)))], [])
    made.sync()
    assert made.count() == 2
    restore_backup(tmp_path / "b.zip", tmp_path / "new.db")
    again = Pair(elastic, SqlStore(open_engine(f"sqlite:///{tmp_path / 'new.db'}")), names=pair.names)
    again.sync()
    assert set(again.sources()) == {a_document("kept").id}
    same(again)
    made.follower.close()
    again.follower.close()


def test_a_server_that_lost_everything_is_filled_again(pair: Pair) -> None:
    """All indices removed behind our back: at the next start they are filled from SQL."""
    two_items(pair)
    pair.sync()
    client = pair.follower.client
    client.indices.delete(index=[*pair.follower.indices.there(), pair.names.control])
    fresh = pair.another("test:3")
    pair.store.save([kept(a_document("new", seen=at(2)))], [])
    assert not fresh.step(LATER).said
    fresh.indices.refresh(pair.standing.generation)
    assert pair.count() == 3
    fresh.close()


def test_topics_of_alerts_follow_their_event(pair: Pair) -> None:
    """A correction that moves an event to another topic moves its alerts and cases."""
    pair.store.save([kept(a_document("a"), tags=tags_of(), alert=an_alert())], [])
    pair.sync()
    with writing(pair.store.engine) as connection:
        record_correction(connection, "editor", a_document("a").id, "topic", "dorms", at(1))
    pair.sync()
    assert pair.sources("alerts")["alert-1"]["tocsin"]["topic"] == "dorms"
