"""Deletion on request reaches every copy, the bytes included, and what was forgotten does not come back."""

from datetime import date

import pytest
from store_kit import a_document, a_store, an_event, at, bytes_on_disk, kept, rows_of, screened, source_row

from pipeline.model import VoiceToken
from pipeline.store.engine import reading
from pipeline.store.forget import TextTooShort, find_items, forget_items
from pipeline.store.migrate import keep_old
from pipeline.store.scrub import scrub
from pipeline.store.search import Query, SqliteSearch
from pipeline.store.tombs import read_tombstones, replay_tombstones, save_tombstones

SECRET = "鲶鱼须子在汤里游泳"
TOKEN = VoiceToken(date(2026, 9, 1), "f00dfeedf00dfeed")


def forget(store, targets):
    """What the command does after a person confirmed."""
    return forget_items(store.engine, {one.item for one in targets}, {one.fingerprint for one in targets}, at(1))


def leftovers(folder, *words):
    """Which of `words` are still in the bytes of any file, as text or as the index spells them."""
    data = bytes_on_disk(folder)
    return [word for word in words if word.encode() in data]


def test_not_a_byte_is_left_of_a_forgotten_post(tmp_path):
    """Text, link, token, versions, index and queue: after deletion and scrub no file of the folder contains them."""
    store = a_store(tmp_path)
    post = a_document("a", SECRET + " Quetzalcoatl", title="渔夫标题奇谈")
    store.enqueue(source_row(), [screened(post, (TOKEN,), b"SEALED-LINK-OF-A")], at())
    store.save([kept(post)], [one.n for one in store.waiting(9)])
    store.save([kept(a_document(f"n{n}", f"平常的第{n}条")) for n in range(50)], [])
    waiting = a_document("a", SECRET + "又改了", title="渔夫标题奇谈")
    store.enqueue(source_row(), [screened(waiting)], at())
    keep_old(store.engine, "0001")
    assert leftovers(tmp_path, SECRET, "渔夫标题奇谈", "SEALED-LINK-OF-A", TOKEN.token)
    receipt = forget(store, find_items(store.engine, item=post.id))
    assert receipt.items == 1
    assert scrub(store.engine)
    assert leftovers(tmp_path, SECRET, "渔夫标题奇谈", "SEALED-LINK-OF-A", TOKEN.token, post.text[:5]) == []
    assert b"uetzalcoatl" not in bytes_on_disk(tmp_path)  # so the index would spell it (it cuts common beginnings)
    assert len(rows_of(store.engine, "documents")) == 50


def test_a_forgotten_item_is_not_brought_back_by_the_next_polls():
    """Neither with the same nor with an edited text, nor under another address with the same text."""
    store = a_store()
    post = a_document("a", SECRET)
    store.save([kept(post)], [])
    forget(store, find_items(store.engine, item=post.id))
    edited, elsewhere = a_document("a", "完全改了"), a_document("b", SECRET)
    for hour in range(3):
        batch = [screened(one) for one in (post, edited, elsewhere)]
        assert store.enqueue(source_row(), batch, at(hour)) == 0
    store.save([kept(post), kept(elsewhere)], [])
    assert rows_of(store.engine, "documents") == []


def test_an_item_can_be_named_by_address_text_or_id():
    """An article by its stored link, a post by a passage, both with all items of the very same text."""
    store = a_store()
    article = a_document("n", "食堂通报全文在此", source_kind="news", source="paper")
    twin = a_document("t", "食堂通报全文在此", source="other")
    old = a_document("v", "旧版本里的一句话", source_kind="news")
    post = a_document("p", "开头。" + SECRET + "。结尾")
    new = a_document("v", "换了", source_kind="news")
    store.save([kept(article), kept(twin, root=article.id), kept(post), kept(old), kept(new)], [])
    queued = a_document("q", SECRET + "还在排队")
    store.enqueue(source_row(), [screened(queued)], at())

    def items(**target):
        return {one.item for one in find_items(store.engine, **target)}

    assert items(url=article.url) == {article.id, twin.id}
    assert items(item=twin.id) == {article.id, twin.id}
    assert items(text=SECRET) == {post.id, queued.id}
    assert items(text="旧版本里的一句话") == {old.id}
    assert items(text="没有人写过的一句话") == set()
    assert items(item="0" * 16) == set()


def test_a_text_of_a_few_characters_deletes_nothing():
    """食堂 would delete half of the store."""
    with pytest.raises(TextTooShort, match="at least 6"):
        find_items(a_store().engine, text="食堂！食堂")


def test_an_address_that_was_never_stored_is_buried_too():
    """The receipt says 0 items, and the item will not be taken in later."""
    store = a_store()
    post = a_document("later")
    receipt = forget_items(store.engine, [post.id], [], at())
    assert receipt.items == 0
    assert receipt.number.startswith("F-20260901-")
    assert store.enqueue(source_row(), [screened(post)], at()) == 0


def test_counts_stay_and_the_event_loses_the_words():
    """Hourly counts are for good; title and terms of the event no longer come from the forgotten article."""
    store = a_store()
    gone = a_document("g", "鲶鱼汤里的虫", source_kind="news", title="鲶鱼丑闻")
    stays = a_document("s", "食堂的虫", source_kind="news", title="食堂整改", source="b")
    snapshot = an_event(title="鲶鱼丑闻", terms=("鲶鱼", "虫"), items=2, stories=2)
    store.save([kept(gone, snapshot=snapshot), kept(stays, snapshot=snapshot)], [])
    forget(store, find_items(store.engine, item=gone.id))
    (event,) = store.events(at())
    assert (event.title, event.terms, event.items) == ("食堂整改", ("虫",), 2)
    assert sum(row["items"] for row in rows_of(store.engine, "hourly")) == 2
    assert {"kind": "document", "id": gone.id, "gone": 1} in [
        {key: row[key] for key in ("kind", "id", "gone")} for row in rows_of(store.engine, "changes")
    ]


def test_the_copies_of_a_forgotten_story_keep_one_story():
    """When the first post is deleted, the earliest near copy stands for the story."""
    store = a_store()
    root, first, second = a_document("r", "一模"), a_document("x", "一模一"), a_document("y", "一模一样")
    store.save([kept(root), kept(first, root=root.id), kept(second, root=root.id)], [])
    forget_items(store.engine, [root.id], [root.fingerprint], at())
    roots = {row["id"]: row["duplicate_of"] for row in rows_of(store.engine, "documents")}
    assert roots == {first.id: None, second.id: first.id}


def test_search_finds_the_others_and_not_the_forgotten():
    """Before the bytes are scrubbed, too."""
    store = a_store()
    store.save([kept(a_document("a", "汤里有鱼")), kept(a_document("b", "汤里有肉"))], [])
    forget(store, find_items(store.engine, item=a_document("a").id))
    found = SqliteSearch(store.engine).search(Query("汤里 OR 鱼"))
    assert [hit.id for hit in found.hits] == [a_document("b").id]


def test_tombstones_outside_the_database_bury_what_a_backup_brings_back(tmp_path):
    """An old database with the post in it, and the file of tombstones: the post is gone again."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
    post, twin = a_document("a", SECRET), a_document("b", SECRET)
    before, after = a_store(old), a_store(new)
    for store in (before, after):
        store.enqueue(source_row(), [screened(post)], at())
        store.save([kept(post), kept(twin, root=post.id)], [one.n for one in store.waiting(9)])
    forget(after, find_items(after.engine, item=post.id))
    assert save_tombstones(after.engine, tmp_path / "stones") == 3
    assert save_tombstones(after.engine, tmp_path / "stones") == 3
    assert SECRET not in (tmp_path / "stones").read_text()
    assert len(read_tombstones(tmp_path / "stones")) == 3
    assert replay_tombstones(before.engine, tmp_path / "stones") == 2
    assert rows_of(before.engine, "documents") == []
    assert replay_tombstones(before.engine, tmp_path / "stones") == 0
    assert save_tombstones(before.engine, tmp_path / "stones") == 3


def test_scrubbing_waits_for_readers_and_says_so(tmp_path):
    """While a page is being read the log cannot be emptied: the answer is no, and later yes."""
    store = a_store(tmp_path)
    store.save([kept(a_document("a", SECRET))], [])
    with reading(store.engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM documents").scalar()
        assert scrub(store.engine) is False
    assert scrub(store.engine) is True
