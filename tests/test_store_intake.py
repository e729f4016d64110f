"""From the fetch to the queue: known items are only sighted, edits are worked on, forgotten ones stay away."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert
from store_kit import a_document, a_store, at, dropped, kept, rows_of, screened, source_row

from pipeline.model import VoiceToken
from pipeline.store.engine import writing
from pipeline.store.schema import intake, tombstones


def work(store, *outcomes):
    """Save `outcomes` and empty the queue."""
    store.save(list(outcomes), [one.n for one in store.waiting(100)])


def test_what_a_fetch_brings_waits_in_order_with_its_sealed_link():
    """The queue gives back exactly the documents that were put in, in their order."""
    store = a_store()
    one = a_document("a", seen=at(1), published=None)
    two = a_document("b", source_kind="news", title="标题", given_topics=("fees",), given_label="neutral")
    assert store.enqueue(source_row(), [screened(one, link=b"sealed"), screened(two)], at(1)) == 2
    waiting = store.waiting(10)
    assert [row.document for row in waiting] == [one, two]
    assert [row.sealed_link for row in waiting] == [b"sealed", None]
    assert [row.document for row in store.waiting(1)] == [one]


def test_the_state_of_the_source_is_stored_with_its_items():
    """The new validators and due time are there, and columns that were not given keep what they were."""
    store = a_store()
    store.put_source(source_row(etag='"1"', memory={"gaps": [1]}))
    store.enqueue(source_row(next_due=at(5), etag='"2"'), [], at())
    (row,) = store.source_rows()
    assert (row["etag"], row["next_due"], row["memory"]) == ('"2"', at(5), {"gaps": [1]})


def test_a_fetch_that_cannot_be_stored_leaves_the_source_as_it_was():
    """State and items are one transaction: if an item cannot be written, the old validators stay."""
    store = a_store()
    store.put_source(source_row(etag='"1"'))
    with pytest.raises(ValueError, match="without a zone"):
        store.enqueue(source_row(etag='"2"'), [screened(a_document())], at().replace(tzinfo=None))
    assert store.source_rows()[0]["etag"] == '"1"'
    assert store.waiting(10) == []


def test_an_item_that_is_seen_again_unchanged_is_not_worked_on_again():
    """Waiting, stored or dropped: the same text from the same source comes once."""
    store = a_store()
    item, other = a_document("a"), a_document("b", "天气很好")
    assert store.enqueue(source_row(), [screened(item), screened(item), screened(other)], at()) == 2
    assert store.enqueue(source_row(), [screened(item)], at(1)) == 0
    work(store, kept(item), dropped(other))
    assert store.enqueue(source_row(), [screened(item), screened(other)], at(2)) == 0


def test_an_edit_by_the_same_source_is_worked_on():
    """Another text from the source that it came from is an edit, also while the first one still waits."""
    store = a_store()
    store.enqueue(source_row(), [screened(a_document("a"))], at())
    assert store.enqueue(source_row(), [screened(a_document("a", "食堂道歉了"))], at(1)) == 1
    work(store, kept(a_document("a")), kept(a_document("a", "食堂道歉了")))
    assert store.enqueue(source_row(), [screened(a_document("a", "食堂停业了"))], at(2)) == 1
    assert {row["seen"] for row in rows_of(store.engine, "sightings")} == {"2026-09-01T12:00:00.000000Z"}


def test_another_source_with_the_same_item_is_only_a_sighting():
    """The same post by RSS and by sitemap is one document, however much of its text each of them has."""
    store = a_store()
    store.enqueue(source_row("rss"), [screened(a_document("a", "摘要", source="rss"))], at())
    full = screened(a_document("a", "全文很长", source="map"))
    assert store.enqueue(source_row("map"), [full], at(1)) == 0
    work(store, kept(a_document("a", "摘要", source="rss")))
    longer = screened(a_document("a", "全文更长", source="map"))
    assert store.enqueue(source_row("map"), [longer], at(2)) == 0
    assert {(row["source"]) for row in rows_of(store.engine, "sightings")} == {"rss", "map"}


def post(text, source, kind="news"):
    """The same post as `source` reads it."""
    return a_document("a", text, source=source, source_kind=kind)


def test_an_edit_is_found_by_whichever_source_looks_first_and_is_one_edit():
    """Three sources that read the same text of a post: the first to see it changed brings the edit, the others none."""
    store = a_store()
    for name, new in (("map", 1), ("rss", 0), ("rest", 0)):
        assert store.enqueue(source_row(name), [screened(post("通报", name))], at()) == new
    work(store, kept(post("通报", "map")))
    for name, new in (("rss", 1), ("rest", 0), ("map", 0), ("rss", 0)):
        assert store.enqueue(source_row(name), [screened(post("通报二", name))], at(1)) == new
    work(store, kept(post("通报二", "rss")))
    for name, new in (("rest", 0), ("map", 0), ("map", 0)):
        assert store.enqueue(source_row(name), [screened(post("通报二", name))], at(2)) == new
    (row,) = rows_of(store.engine, "documents")
    assert (row["source"], row["text"], row["version"]) == ("map", "通报二", 2)


@pytest.mark.parametrize(("owner", "other"), [("news", "forum"), ("forum", "news"), ("forum", "forum")])
def test_a_private_voice_neither_edits_nor_is_edited_by_another_source(owner, other):
    """No link joins what is private, nothing private replaces an article, and no voice is counted twice."""
    store = a_store()
    store.enqueue(source_row("one"), [screened(post("通报", "one", owner))], at())
    store.enqueue(source_row("two"), [screened(post("通报", "two", other))], at())
    assert store.enqueue(source_row("two"), [screened(post("通报，改", "two", other))], at(1)) == 0


def test_a_dropped_item_is_looked_at_again_when_another_source_has_more_text():
    """A feed entry that did not name the school does not hide the full article from us."""
    store = a_store()
    short, full = a_document("a", "食品安全", source="rss"), a_document("a", "学院食堂的食品安全", source="map")
    store.enqueue(source_row("rss"), [screened(short)], at())
    work(store, dropped(short))
    assert store.enqueue(source_row("map"), [screened(a_document("a", "食品安全", source="map"))], at(1)) == 0
    assert store.enqueue(source_row("map"), [screened(full)], at(2)) == 1


def test_a_forgotten_item_does_not_come_back():
    """Neither under its id nor, from elsewhere, with the same text."""
    store = a_store()
    one, same_text = a_document("a"), a_document("b")
    with writing(store.engine) as connection:
        rows = [{"item": mark, "at": at(), "receipt": "r"} for mark in (one.id, one.fingerprint)]
        connection.execute(insert(tombstones), rows)
    assert store.enqueue(source_row(), [screened(one), screened(same_text)], at()) == 0
    assert rows_of(store.engine, "sightings") == []
    store.save([kept(one), kept(same_text)], [])
    assert rows_of(store.engine, "documents") == []


def test_voice_tokens_are_kept_apart_and_the_queue_has_none():
    """Tokens are read by one function and lie in one table."""
    store = a_store()
    tokens = (VoiceToken(date(2026, 9, 1), "aaaa"), VoiceToken(date(2026, 8, 31), "bbbb"))
    document = a_document()
    store.enqueue(source_row(), [screened(document, tokens)], at())
    assert set(store.voices_of([document.id, "none"])[document.id]) == set(tokens)
    assert b"aaaa" not in rows_of(store.engine, "intake")[0]["body"]


def test_a_sealed_link_expires_after_its_life():
    """The expiry stands beside the link: 14 days after it was seen."""
    store = a_store()
    store.enqueue(source_row(), [screened(a_document(), link=b"sealed")], at())
    assert rows_of(store.engine, "private_links")[0]["expires"] == "2026-09-15T12:00:00.000000Z"


def test_a_queue_row_that_nobody_can_read_does_not_stop_the_others():
    """It is logged and taken out."""
    store = a_store()
    with writing(store.engine) as connection:
        connection.execute(insert(intake).values(item="x", body=b"{broken"))
    store.enqueue(source_row(), [screened(a_document())], at())
    assert [row.document for row in store.waiting(10)] == [a_document()]
    assert len(rows_of(store.engine, "intake")) == 1


def test_a_thousand_items_of_a_first_fetch_go_in_at_once():
    """Lists longer than one SQL statement takes are cut by the store."""
    store = a_store()
    batch = [screened(a_document(f"n{n}", f"第{n}条")) for n in range(1300)]
    assert store.enqueue(source_row(), batch, at()) == 1300
    assert store.enqueue(source_row(), batch, at() + timedelta(minutes=1)) == 0


def test_robots_and_day_keys_are_remembered():
    """What was stored comes back; of two processes that make a day's key the first one wins."""
    store = a_store()
    store.put_robots({"origin": "https://a.example", "fetched": at(), "status": 200, "body": "User-agent: *"})
    row = store.robots_row("https://a.example")
    assert row is not None
    assert (row["status"], row["fetched"]) == (200, at())
    assert store.robots_row("https://b.example") is None
    assert store.voice_key("2026-09-01", b"first") == store.voice_key("2026-09-01", b"second") == b"first"
