"""The office's own model as a file: it comes back as it was, holds no texts, is left aside when it does not fit, and undone."""

import json
from pathlib import Path

import numpy as np
import pytest
import structlog
from own_kit import NOTICE, PlainTagger, embed_words, lessons_of, posts, reads_notices_differently, some_heads
from store_kit import NOON, a_document, at

from pipeline.model import TOPICS
from pipeline.tag.learn import learn
from pipeline.tag.own import OwnTagger, list_heads, read_heads, save_heads, topic_row, undo_heads, with_own


def test_an_artifact_comes_back_as_it_was(tmp_path: Path) -> None:
    """Weights, base version and figures survive the file; answers are the same bit for bit."""
    heads = some_heads("plain-1", width=64)
    path = save_heads(tmp_path, heads, NOON)
    again = read_heads(path)
    assert path.name == "own-20260901T120000.npz"
    assert (again.mark, again.base) == (heads.mark, "plain-1")
    documents = posts(20, 5)
    one, other = (OwnTagger(PlainTagger(), embed_words, held).tag(documents) for held in (heads, again))
    assert one == other
    assert path.stat().st_mode & 0o077 == 0


def test_an_artifact_holds_no_texts_and_no_pickle(tmp_path: Path) -> None:
    """No word, id or source of a lesson can be found in the file; numpy reads it with pickles forbidden."""
    documents = posts(120, 60)
    heads, _ = learn({"label": lessons_of(documents, reads_notices_differently)}, PlainTagger(), embed_words)
    assert heads is not None
    path = save_heads(tmp_path, heads, NOON)
    with np.load(path, allow_pickle=False) as held:
        assert all(held[name].dtype.kind in "fu" for name in held.files)
        raw = b"".join(held[name].tobytes() for name in held.files)
        about = json.loads(held["about"].tobytes())
    assert set(about) == {"format", "base", "made", "rows"}
    for one in documents:
        assert one.id.encode() not in raw
        assert one.text[:6].encode() not in raw


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_a_damaged_artifact_is_left_aside(tmp_path: Path, damage: bytes) -> None:
    """The service starts with the tagger as shipped, and the log says why."""
    save_heads(tmp_path, some_heads("plain-1", width=64), NOON).write_bytes(damage)
    with structlog.testing.capture_logs() as logs:
        assert isinstance(with_own(PlainTagger(), embed_words, tmp_path), PlainTagger)
    assert [one["event"] for one in logs] == ["own model left aside"]


def test_weights_of_another_tagger_version_are_left_aside(tmp_path: Path) -> None:
    """After an upgrade the old weights mean nothing; the log asks for a new training."""
    save_heads(tmp_path, some_heads("plain-0", width=64), NOON)
    with structlog.testing.capture_logs() as logs:
        assert isinstance(with_own(PlainTagger(), embed_words, tmp_path), PlainTagger)
    assert "tocsin train" in logs[0]["said"]


def test_the_newest_is_used_and_can_be_undone(tmp_path: Path) -> None:
    """Undo goes back one version at a time, to the tagger as shipped in the end; the five latest are kept."""
    for hour in range(7):
        save_heads(tmp_path, some_heads("plain-1", width=64, seed=hour), at(hour))
    assert len(list_heads(tmp_path)) == 5
    newest = with_own(PlainTagger(), embed_words, tmp_path).version
    undone = undo_heads(tmp_path)
    assert undone is not None
    assert undone[1] == list_heads(tmp_path)[-1]
    assert with_own(PlainTagger(), embed_words, tmp_path).version not in (newest, "plain-1")
    for _ in range(4):
        undo_heads(tmp_path)
    assert with_own(PlainTagger(), embed_words, tmp_path).version == "plain-1"
    assert undo_heads(tmp_path) is None


def test_named_topics_and_the_rest_sum_to_one() -> None:
    """What the tagger did not name shares what is left."""
    row = topic_row(PlainTagger().tag([a_document(text=NOTICE)])[0])
    assert row.sum() == pytest.approx(1)
    assert row[TOPICS.index("notices")] == pytest.approx(0.8)
