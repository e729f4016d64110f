"""Re-tagging stored items: a look first, batches that hold together, the office's word above all, and kills."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from own_kit import Turned, posts
from store_kit import a_document, a_store, an_event, at, kept, rows_of, tags_of

from pipeline.model import Document, Tags
from pipeline.retag import Retagging
from pipeline.store.engine import writing
from pipeline.store.store import SqlStore
from pipeline.tag.corrections import record_correction
from tocsin.commands.learn import retag

HERE = Path(__file__).parent
COUNT = 1000


def fill(store: SqlStore, documents: Sequence[Document]) -> SqlStore:
    """Stored as negative and about the canteen by an old version."""
    snapshot = an_event(items=len(documents), stories=len(documents), negative=len(documents))
    store.save([kept(one, snapshot=snapshot) for one in documents], [])
    return store


def counts(store: SqlStore) -> Counter[tuple[str, str]]:
    """Items by topic and label in the hourly counts."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(store.engine, "hourly"):
        found[row["topic"], row["label"]] += row["items"]
    return +found


def shown(store: SqlStore) -> Counter[tuple[str, str, str]]:
    """Items by topic, label and version in the documents."""
    return Counter((row["topic"], row["label"], row["tagger"]) for row in rows_of(store.engine, "documents"))


def unsure(label: str = "negative", topic: str = "canteen") -> Tags:
    """A guess, not a certainty."""
    tags = tags_of(label, topic)
    return Tags(type(tags.sentiment)(tags.sentiment.label, 0.8, 0.1, 0.1), tags.topics, "plain-1")


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    """Three posts, guessed negative and canteen."""
    store = a_store(tmp_path)
    snapshot = an_event(items=3, stories=3, negative=3)
    documents = [a_document(name, f"食堂{name}") for name in "abc"]
    store.save([kept(one, tags=unsure(), snapshot=snapshot) for one in documents], [])
    return store


def test_a_look_changes_nothing(store: SqlStore) -> None:
    """Without applying, transitions are counted and not a byte of the tables is written."""
    before = {name: rows_of(store.engine, name) for name in ("documents", "hourly", "changes", "keep", "events")}
    work = Retagging(store.engine, Turned())
    assert sum(work.preview()) == 3
    assert +work.tally.labels == {("negative", "positive"): 3}
    assert +work.tally.topics == {("canteen", "awards"): 3}
    assert before == {name: rows_of(store.engine, name) for name in before}


def test_applying_moves_everything_that_is_counted(store: SqlStore) -> None:
    """Columns, hourly counts, the event and the changes table agree afterwards; a second run has nothing to do."""
    work = Retagging(store.engine, Turned())
    assert sum(work.apply()) == 3
    assert shown(store) == {("awards", "positive", "plain-2"): 3}
    assert counts(store) == {("awards", "positive"): 3}
    assert (rows_of(store.engine, "events")[0]["negative"], rows_of(store.engine, "events")[0]["topic"]) == (
        0,
        "awards",
    )
    assert {row["id"] for row in rows_of(store.engine, "changes")[-4:]} >= {a_document(name).id for name in "abc"}
    again = Retagging(store.engine, Turned())
    assert again.count_left(from_mark=True) == sum(again.apply()) == 0
    assert [row for row in rows_of(store.engine, "keep") if row["key"] == "retag"] == []


def test_the_word_of_the_office_stays(store: SqlStore) -> None:
    """A corrected tone, a corrected topic and an item that is not ours are not touched; their other half is."""
    with writing(store.engine) as connection:
        for name, field, value in (("a", "label", "neutral"), ("b", "topic", "health"), ("c", "school", "no")):
            assert record_correction(connection, "officer", a_document(name).id, field, value, at(1)) is None
    list(Retagging(store.engine, Turned()).apply())
    assert {(topic, label) for topic, label, _ in shown(store)} == {
        ("awards", "neutral"), ("health", "positive"), ("canteen", "negative"),
    }  # fmt: skip
    assert counts(store) == {("awards", "neutral"): 1, ("health", "positive"): 1}


def test_what_was_given_stays(tmp_path: Path) -> None:
    """A tone or topic with probability 1 was given by an upstream or a person, not guessed."""
    store = a_store(tmp_path)
    fill(store, [a_document("a")])  # certain in its tone, not in its topic
    list(Retagging(store.engine, Turned()).apply())
    assert shown(store) == {("awards", "negative", "plain-2"): 1}


def test_only_what_was_seen_since(tmp_path: Path) -> None:
    """`--since` leaves older items as they are."""
    store = a_store(tmp_path)
    store.save([kept(a_document(str(n), f"第{n}条", seen=at(days=n)), tags=unsure()) for n in range(4)], [])
    work = Retagging(store.engine, Turned(), at(days=2))
    assert work.count_left(from_mark=True) == sum(work.apply()) == 2
    assert counts(store) == {("canteen", "negative"): 2, ("awards", "positive"): 2}


def test_an_item_that_is_edited_meanwhile_is_left_to_the_worker(store: SqlStore) -> None:
    """Between reading and writing the worker stores an edit with its own tags: these stay."""

    class Meanwhile(Turned):
        def tag(self, documents: Sequence[Document]) -> list[Tags]:
            store.save([kept(a_document("b", "食堂重新开了"), tags=unsure("neutral", "notices"))], [])
            return super().tag(documents)

    list(Retagging(store.engine, Meanwhile()).apply())
    assert counts(store) == {("awards", "positive"): 2, ("notices", "neutral"): 1}


def test_a_correction_meanwhile_holds(store: SqlStore) -> None:
    """Between reading and writing an officer corrects an item: that word is what is stored."""

    class Meanwhile(Turned):
        def tag(self, documents: Sequence[Document]) -> list[Tags]:
            with writing(store.engine) as connection:
                record_correction(connection, "officer", a_document("b").id, "label", "neutral", at(1))
            return super().tag(documents)

    list(Retagging(store.engine, Meanwhile()).apply())
    assert counts(store) == {("awards", "positive"): 2, ("awards", "neutral"): 1}


def test_another_version_begins_anew(store: SqlStore) -> None:
    """A mark of an older tagger's run does not hide items from a newer one."""
    begun = Retagging(store.engine, Turned()).apply()
    next(begun)

    class Newer(Turned):
        version = "plain-3"

    assert Retagging(store.engine, Newer()).count_left(from_mark=True) == 3


def test_a_kill_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed with -9 after some batches, the counts agree with the documents, and the next run reads only the rest."""
    store = a_store(tmp_path)
    documents = posts(COUNT, 100)
    store.save([kept(one, tags=unsure()) for one in documents], [])
    command = [sys.executable, str(HERE / "retag_child.py"), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline(), child.stdout.readline()]
        child.send_signal(signal.SIGKILL)
    assert lines == ["200\n", "200\n"]
    done = sum(count for (topic, _, _), count in shown(store).items() if topic == "awards")
    assert 400 <= done < COUNT
    assert counts(store)["awards", "positive"] == done
    rest = Turned()
    list(Retagging(store.engine, rest).apply())
    assert rest.read == COUNT - done
    assert counts(store) == {("awards", "positive"): COUNT}
    assert shown(store) == {("awards", "positive", "plain-2"): COUNT}


def test_the_command_shows_then_stores(tmp_path: Path) -> None:
    """`tocsin retag` prints transitions with the shipped keyword tagger; with --apply the same is stored."""
    (tmp_path / "tocsin.toml").write_text(
        '[school]\nname = "澜川学院"\n[store]\nfolder = "."\n[tagger]\nkind = "rules"\n', encoding="utf-8"
    )
    store = a_store(tmp_path)
    store.save([kept(a_document("a", "宿舍又停电了，投诉"), tags=unsure("neutral", "notices"))], [])
    arguments = ["--config", str(tmp_path / "tocsin.toml")]
    looked = CliRunner().invoke(retag, arguments)
    assert "1 items read again, 1 tones and 1 topics would change" in looked.output
    assert counts(store) == {("notices", "neutral"): 1}
    done = CliRunner().invoke(retag, [*arguments, "--apply"])
    assert "1 tones and 1 topics changed" in done.output
    assert counts(store) == {("dorms", "negative"): 1}
