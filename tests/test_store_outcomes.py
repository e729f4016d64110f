"""What the worker found out is stored whole, counted once, and can be read back into memory."""

from datetime import UTC, date, datetime

import pytest
from store_kit import (
    NOON,
    a_document,
    a_store,
    an_alert,
    an_event,
    at,
    dropped,
    kept,
    rows_of,
    screened,
    source_row,
    tags_of,
)  # fmt: skip

from pipeline.ingest import Known
from pipeline.model import VoiceToken
from pipeline.store.lease import LeaseLost
from pipeline.store.search import Query, SqliteSearch


def found(store, text):
    return [hit.id for hit in SqliteSearch(store.engine).search(Query(text)).hits]


def test_a_kept_item_is_stored_findable_and_out_of_the_queue():
    """One save: the document, its index entry, its counts, and its place in the queue free again."""
    store = a_store()
    document = a_document("a", title="投诉", published=at(-3))
    store.enqueue(source_row(), [screened(document)], at())
    store.save([kept(document)], [one.n for one in store.waiting(10)])
    (stored,) = store.resume(at(-1))
    assert (stored.document, stored.tags, stored.event, stored.copy.root) == (document, tags_of(), "e1", None)
    assert found(store, "食堂") == [document.id]
    assert store.waiting(10) == []
    (hour,) = rows_of(store.engine, "hourly")
    assert (hour["hour"], hour["items"], hour["stories"]) == ("2026-09-01T09:00:00.000000Z", 1, 1)


def test_a_chart_never_shows_an_item_after_it_was_seen():
    """A publish time in the future is capped at the time of sight."""
    store = a_store()
    store.save([kept(a_document(published=at(5)))], [])
    assert rows_of(store.engine, "documents")[0]["charted"] == "2026-09-01T12:00:00.000000Z"


def test_a_dropped_item_leaves_only_its_sighting():
    """No text, no link, no token of what is not about the school."""
    store = a_store()
    document = a_document("a", "与我们无关")
    store.enqueue(source_row(), [screened(document, (VoiceToken(date(2026, 9, 1), "aaaa"),), b"sealed")], at())
    store.save([dropped(document)], [one.n for one in store.waiting(10)])
    for table in ("documents", "intake", "private_links", "voice_tokens", "hourly", "arrivals"):
        assert rows_of(store.engine, table) == []
    assert len(rows_of(store.engine, "sightings")) == 1


def test_copies_do_not_count_as_arrivals_and_history_counts_in_its_own_hour():
    """The spike rule counts stories by the hour of sight, without copies; what a first fetch brought is part of the
    baseline at the hour of its publishing, and not at all when its age is unknown."""
    store = a_store()
    root = a_document("a")
    store.save(
        [
            kept(root), kept(a_document("b"), root=root.id), kept(a_document("c", "旧闻", history=True, published=at(-20))),
            kept(a_document("e", "不知何时的旧闻", history=True, published=None)),
            kept(a_document("d", "宿舍", seen=at(1.5))),
        ],
        [],
    )  # fmt: skip
    assert store.arrival_hours(at(-24)) == {at(-20): 1, NOON: 1, at(1): 1}
    assert sum(row["items"] for row in rows_of(store.engine, "hourly")) == 5
    assert sum(row["stories"] for row in rows_of(store.engine, "hourly")) == 4


def test_an_edited_article_keeps_its_earlier_text_as_a_version():
    """News: the new text is found, the old one is not, and stands among the versions."""
    store = a_store()
    first = a_document("a", "食堂停业", source_kind="news", title="旧题")
    edit = a_document("a", "食堂恢复营业", source_kind="news", title="新题", seen=at(2))
    store.save([kept(first)], [])
    store.save([kept(edit, tags=tags_of("positive"))], [])
    (row,) = rows_of(store.engine, "documents")
    assert (row["text"], row["title"], row["version"], row["label"]) == ("食堂恢复营业", "新题", 2, "positive")
    (version,) = rows_of(store.engine, "versions")
    assert (version["text"], version["title"], version["version"]) == ("食堂停业", "旧题", 1)
    assert found(store, "停业") == []
    assert found(store, "恢复") == [first.id]
    assert row["seen"] == "2026-09-01T12:00:00.000000Z"


def test_an_edited_private_post_is_replaced_without_a_trace():
    """No version of a private voice is kept."""
    store = a_store()
    store.save([kept(a_document("a", "后悔说的话")), kept(a_document("a", "改过的话"))], [])
    assert rows_of(store.engine, "versions") == []
    assert found(store, "后悔") == []
    assert found(store, "改过") == [a_document("a").id]


def test_an_edit_moves_the_count_and_does_not_add_one():
    """An item whose tone changed is counted under the new one only."""
    store = a_store()
    store.save([kept(a_document("a"), tags=tags_of("negative"))], [])
    store.save([kept(a_document("a", "都解决了"), tags=tags_of("positive"))], [])
    counts = {row["label"]: (row["items"], row["stories"]) for row in rows_of(store.engine, "hourly")}
    assert counts == {"negative": (0, 0), "positive": (1, 1)}


def test_an_alert_is_owed_from_the_transaction_that_stored_its_item():
    """It is pending and due at its time; the same alert saved twice is one alert."""
    store = a_store()
    outcome = kept(a_document("a"), alert=an_alert())
    store.save([outcome], [], now=at(0.5))
    store.save([kept(a_document("b"), alert=an_alert())], [])
    (row,) = rows_of(store.engine, "alerts")
    assert (row["state"], row["due"], row["made"]) == (
        "pending", "2026-09-01T12:01:30.000000Z", "2026-09-01T12:30:00.000000Z",
    )  # fmt: skip
    assert store.told(at()) == {"e1": (an_alert(),)}


def test_merged_events_hand_everything_over():
    """Documents, alerts and tokens of an absorbed event belong to the kept one; its row says where it went."""
    store = a_store()
    token = (VoiceToken(date(2026, 9, 1), "aaaa"),)
    store.save([kept(a_document("a"), "e1", alert=an_alert("x", "e1"), voices=token)], [])
    store.save([kept(a_document("b"), "e2", absorbed=("e1",)), kept(a_document("c"), "e3", absorbed=("e2",))], [])
    assert {row["event"] for row in rows_of(store.engine, "documents")} == {"e3"}
    assert {row["event"] for row in rows_of(store.engine, "alerts")} == {"e3"}
    assert {row["event"] for row in rows_of(store.engine, "voice_tokens")} == {"e3"}
    merged = {row["id"]: row["merged_into"] for row in rows_of(store.engine, "events")}
    assert merged == {"e1": "e3", "e2": "e3", "e3": None}
    assert [event.id for event in store.events(at())] == ["e3"]


def test_the_last_snapshot_of_an_event_wins_and_says_why():
    """Two items of one batch: the event is stored as it was after the second."""
    store = a_store()
    store.save([kept(a_document("a")), kept(a_document("b"), snapshot=an_event(items=2, title="二食堂"))], [])
    (event,) = store.events(at())
    assert (event.items, event.title) == (2, "二食堂")
    assert '"code":"quiet"' in rows_of(store.engine, "events")[0]["said"]


def test_a_closed_event_is_stored_without_an_item():
    """An event that went quiet, with the last word about it."""
    store = a_store()
    store.save([kept(a_document("a"))], [])
    closing = kept(a_document("b"), alert=an_alert("end", kind="closed", rule=None)).decision
    store.save_closed([(an_event(status="closed"), closing)], at(72))
    assert store.events(at(-1))[0].status == "closed"
    assert store.events(at(1)) == []
    assert [row["kind"] for row in rows_of(store.engine, "alerts")] == ["closed"]


def test_projections_are_told_of_every_change():
    """The change table names each stored document, event and alert in order, under numbers that only grow."""
    store = a_store()
    store.save([kept(a_document("a"), alert=an_alert())], [])
    store.save([kept(a_document("a", "改了"))], [])
    rows = rows_of(store.engine, "changes")
    assert [row["kind"] for row in rows] == ["document", "event", "alert", "document", "event"]
    assert [row["n"] for row in rows] == sorted({row["n"] for row in rows})


def test_a_worker_that_lost_its_lease_writes_nothing():
    """A fence lower than the one given since: the save is refused as a whole."""
    from datetime import timedelta

    from pipeline.store.lease import Lease

    store = a_store()
    old = Lease(store.engine, "worker", "one").acquire(at(), timedelta(minutes=1))
    new = Lease(store.engine, "worker", "two").acquire(at(1), timedelta(minutes=1))
    with pytest.raises(LeaseLost):
        store.save([kept(a_document())], [], fence=old)
    assert rows_of(store.engine, "documents") == []
    store.save([kept(a_document())], [], fence=new)
    assert len(rows_of(store.engine, "documents")) == 1


def test_numbers_of_deleted_documents_are_not_given_again():
    """The ingest sequence only grows, even after its end was deleted."""
    store = a_store()
    store.save([kept(a_document("a")), kept(a_document("b"))], [])
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM documents")
    store.save([kept(a_document("c"))], [])
    assert [row["n"] for row in rows_of(store.engine, "documents")] == [3]


def test_memory_can_be_rebuilt_in_ingest_order():
    """Documents since a time in their order, where each item was put, and who carries an event."""
    store = a_store()
    old = a_document("old", seen=datetime(2026, 1, 1, tzinfo=UTC), published=None)
    news = a_document("n", source_kind="news", source="paper", seen=at(1))
    copy = a_document("c", seen=at(2))
    store.save([kept(old), kept(news), kept(copy, root=news.id)], [])
    assert [one.document.id for one in store.resume(at())] == [news.id, copy.id]
    assert store.known([copy.id, "none"]) == {copy.id: Known("e1", news.id)}
    assert set(store.event_sources("e1")) == {("bbs", "forum"), ("paper", "news")}


def test_more_documents_than_a_page_are_read_back_once_each():
    """Reading goes on where the page before ended."""
    store = a_store()
    store.save([kept(a_document(f"n{n}", f"第{n}条")) for n in range(2100)], [])
    assert [one.n for one in store.resume(at())] == list(range(1, 2101))


def test_the_tokens_of_an_edited_post_belong_to_its_event():
    """A token that the second fetch brought (a new day's key) is given the event of the item, too."""
    store = a_store()
    monday, tuesday = VoiceToken(date(2026, 9, 1), "aaaa"), VoiceToken(date(2026, 9, 2), "bbbb")
    first, edit = a_document("a"), a_document("a", "改了")
    store.enqueue(source_row(), [screened(first, (monday,))], at())
    store.save([kept(first)], [one.n for one in store.waiting(9)])
    store.enqueue(source_row(), [screened(edit, (tuesday,))], at(24))
    store.save([kept(edit)], [one.n for one in store.waiting(9)])
    assert [(row["token"], row["event"]) for row in rows_of(store.engine, "voice_tokens")] == [
        ("aaaa", "e1"), ("bbbb", "e1"),
    ]  # fmt: skip
