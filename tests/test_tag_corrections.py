"""The office's word on an item: written down, shown at once, counted at once, and never overwritten."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from store_kit import a_document, a_store, an_event, at, kept, rows_of, screened, source_row, tags_of

from pipeline.model import Document
from pipeline.store.audit import verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.erase import erase_documents
from pipeline.store.office import read_words
from pipeline.store.store import SqlStore
from pipeline.tag.corrections import record_correction, undo_correction


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    """Two posts of one matter about the canteen, both negative."""
    store = a_store(tmp_path)
    event = an_event(items=2, stories=2, negative=2)
    save(store, [a_document("a"), a_document("b", "三食堂也有")], event=event)
    return store


def save(store: SqlStore, documents: Sequence[Document], **given: object) -> None:
    """Through the queue, as the worker does."""
    store.enqueue(source_row(), [screened(one) for one in documents], at(0))
    waiting = store.waiting(100)
    snapshot = given.get("event") or an_event(items=2, stories=2, negative=2)
    store.save([kept(one.document, snapshot=snapshot) for one in waiting], [one.n for one in waiting])  # type: ignore[arg-type]


def correct(store: SqlStore, name: str, field: str, value: str) -> str | None:
    """An officer's click on the item called `name`."""
    with writing(store.engine) as connection:
        return record_correction(connection, "officer", a_document(name).id, field, value, at(1))


def counts(store: SqlStore) -> Counter[tuple[str, str]]:
    """Items by topic and label, as the charts show them."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(store.engine, "hourly"):
        found[row["topic"], row["label"]] += row["items"]
        assert row["items"] == row["stories"] >= 0
    return +found


def shown(store: SqlStore, name: str) -> dict[str, object]:
    """The row of an item."""
    return next(row for row in rows_of(store.engine, "documents") if row["id"] == a_document(name).id)


def event(store: SqlStore) -> dict[str, object]:
    """The only event."""
    return rows_of(store.engine, "events")[0]


def test_a_corrected_tone_is_shown_and_counted(store: SqlStore) -> None:
    """The label, the hourly counts and the event's negative stories change in one transaction, with an audit row."""
    assert correct(store, "a", "label", "neutral") is None
    row = shown(store, "a")
    assert (row["label"], row["neutral"], row["negative"]) == ("neutral", 1.0, 0.0)
    assert counts(store) == {("canteen", "negative"): 1, ("canteen", "neutral"): 1}
    assert event(store)["negative"] == 1
    (said,) = rows_of(store.engine, "corrections")
    assert (said["machine"], said["office"], said["who"], said["event"]) == ("negative", "neutral", "officer", "e1")
    with reading(store.engine) as connection:
        assert verify_audit(connection) is None
    assert rows_of(store.engine, "audit")[-1]["detail"] == "label: negative -> neutral"


def test_a_corrected_topic_is_the_only_one(store: SqlStore) -> None:
    """The office's topic replaces the machine's list; the event takes the topic of most stories."""
    for name in ("a", "b"):
        assert correct(store, name, "topic", "health") is None
    assert shown(store, "a")["topics"] == '[["health",1.0]]'
    assert counts(store) == {("health", "negative"): 2}
    assert event(store)["topic"] == "health"


def test_the_machine_value_is_the_first_one(store: SqlStore) -> None:
    """After a second word the row still says what the machine had said, and the last word holds."""
    correct(store, "a", "label", "neutral")
    correct(store, "a", "label", "positive")
    rows = rows_of(store.engine, "corrections")
    assert [(row["machine"], row["office"]) for row in rows] == [("negative", "neutral"), ("negative", "positive")]
    assert shown(store, "a")["label"] == "positive"
    assert counts(store) == {("canteen", "negative"): 1, ("canteen", "positive"): 1}


def test_agreeing_is_a_word_too(store: SqlStore) -> None:
    """A confirmation is stored (training learns from it) and changes no count."""
    assert correct(store, "a", "label", "negative") is None
    assert counts(store) == {("canteen", "negative"): 2}
    assert rows_of(store.engine, "corrections")[0]["office"] == "negative"


def test_not_about_us_leaves_counts_and_event(store: SqlStore) -> None:
    """It is counted nowhere and in no event, the projection is told it is gone; `yes` brings all of it back."""
    before = event(store)
    correct(store, "a", "school", "no")
    assert counts(store) == {("canteen", "negative"): 1}
    assert shown(store, "a")["event"] is None
    assert (event(store)["items"], event(store)["stories"], event(store)["negative"]) == (1, 1, 1)
    told = [row for row in rows_of(store.engine, "changes") if row["kind"] == "document"]
    assert (told[-1]["id"], told[-1]["gone"]) == (a_document("a").id, 1)
    correct(store, "a", "school", "yes")
    assert counts(store) == {("canteen", "negative"): 2}
    assert shown(store, "a")["event"] == "e1"
    assert event(store) == before


def test_a_word_on_what_is_not_ours_counts_nothing(store: SqlStore) -> None:
    """Its tone can still be corrected; it comes back with that tone."""
    correct(store, "a", "school", "no")
    correct(store, "a", "label", "neutral")
    assert counts(store) == {("canteen", "negative"): 1}
    correct(store, "a", "school", "yes")
    assert counts(store) == {("canteen", "negative"): 1, ("canteen", "neutral"): 1}


@pytest.mark.parametrize(
    ("name", "field", "value", "said"),
    [
        ("a", "label", "unknown", "is no value of label"),
        ("a", "topic", "religion", "is no value of topic"),
        ("a", "school", "perhaps", "is no value of school"),
        ("a", "author", "x", "cannot be corrected"),
        ("nobody", "label", "neutral", "there is no item"),
    ],
)
def test_what_cannot_be_corrected_is_said(store: SqlStore, name: str, field: str, value: str, said: str) -> None:
    """One sentence, and nothing is written."""
    assert said in (correct(store, name, field, value) or "")
    assert rows_of(store.engine, "corrections") == rows_of(store.engine, "audit") == []


def test_an_edit_does_not_take_the_word_away(store: SqlStore) -> None:
    """The item comes again with another text and other tags: the office's tone stays, the topic is the machine's."""
    correct(store, "a", "label", "neutral")
    store.save([kept(a_document("a", "二食堂换了供应商"), tags=tags_of("positive", "notices"))], [])
    row = shown(store, "a")
    assert (row["label"], row["topic"], row["text"]) == ("neutral", "notices", "二食堂换了供应商")
    assert counts(store) == {("canteen", "negative"): 1, ("notices", "neutral"): 1}


def test_an_edit_does_not_bring_back_what_is_not_ours(store: SqlStore) -> None:
    """An item that the office took out stays out of counts and events when it is edited."""
    correct(store, "a", "school", "no")
    store.save([kept(a_document("a", "二食堂换了供应商"), tags=tags_of("positive", "notices"))], [])
    assert shown(store, "a")["event"] is None
    assert counts(store) == {("canteen", "negative"): 1}


def test_words_go_with_their_item(store: SqlStore) -> None:
    """Deleting an item deletes what was said of it."""
    correct(store, "a", "label", "neutral")
    with writing(store.engine) as connection:
        erase_documents(connection, [a_document("a").id])
    assert rows_of(store.engine, "corrections") == []
    with reading(store.engine) as connection:
        assert read_words(connection, [a_document("a").id]) == {}


def last_word(store: SqlStore) -> int:
    """The number of the newest word."""
    return max(int(str(row["n"])) for row in rows_of(store.engine, "corrections"))


def undo(store: SqlStore, number: int, minutes: float = 2) -> str | None:
    """Take a word back, so long after it."""
    with writing(store.engine) as connection:
        return undo_correction(connection, "officer", number, at(1 + minutes / 60))


@pytest.mark.parametrize(("field", "value"), [("label", "neutral"), ("topic", "dorms"), ("school", "no")])
def test_an_undone_word_was_never_said(store: SqlStore, field: str, value: str) -> None:
    """Item, event and counts are what they were to the last column, nothing is left to learn from, and it is audited."""
    before = shown(store, "a"), event(store), counts(store)
    assert correct(store, "a", field, value) is None
    assert (shown(store, "a"), counts(store)) != (before[0], before[2])
    assert undo(store, last_word(store)) is None
    assert (shown(store, "a"), event(store), counts(store)) == before
    with reading(store.engine) as connection:
        assert read_words(connection, [a_document("a").id]) == {}
        assert verify_audit(connection) is None
    assert rows_of(store.engine, "former_tags") == []
    assert [row["what"] for row in rows_of(store.engine, "audit")][-2:] == ["correct", "undo"]


def test_an_undo_gives_the_word_before_back(store: SqlStore) -> None:
    """Of two words on one field only the last can go, then the first; words on other fields stay."""
    correct(store, "a", "label", "neutral")
    first = last_word(store)
    correct(store, "a", "label", "positive")
    second = last_word(store)
    correct(store, "a", "topic", "dorms")
    assert undo(store, first) == "later"
    assert undo(store, second) is None
    assert (shown(store, "a")["label"], shown(store, "a")["topic"]) == ("neutral", "dorms")
    assert undo(store, first) is None
    assert (shown(store, "a")["label"], shown(store, "a")["topic"]) == ("negative", "dorms")
    assert undo(store, first) == "late"


def test_after_ten_minutes_a_word_is_not_undone(store: SqlStore) -> None:
    """It can only be answered by another word."""
    correct(store, "a", "label", "neutral")
    assert undo(store, last_word(store), 11) == "late"
    assert shown(store, "a")["label"] == "neutral"


def test_a_word_on_what_left_the_event_is_undone_without_counting_it(store: SqlStore) -> None:
    """The item stays out of the counts until it is said to be ours again."""
    correct(store, "a", "school", "no")
    out = counts(store)
    correct(store, "a", "topic", "dorms")
    assert undo(store, last_word(store)) is None
    assert counts(store) == out
