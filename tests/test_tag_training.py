"""What of the training can be tested without the training environment: reading the wheel's format, rows, heads, blending."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import TOPICS
from pipeline.tag.blend import tone_from_heads
from pipeline.tag.grams import count_grams, weigh_grams
from pipeline.tag.judge import load_heads
from training.calibrate import Sample, choose_gate, fit_mix
from training.embedded import PUBLIC_ROWS, fit_embedded_tone, sample_public
from training.heads import fit_tone, fit_topic, save_heads
from training.rows import LABELS, Row, is_trusted, read_own
from training.vocabulary import choose_pieces, seen_ids, write_tokenizer
from training.wheel import BLOCK_BYTES, UnreadableWheelError, read_encoder, unpack_blocks


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-8, 7), min_size=32, max_size=32), st.floats(0.015625, 2, width=16))
def test_a_block_of_32_values_reads_back(values: list[int], scale: float) -> None:
    """Sixteen bytes hold 32 values between -8 and 7, low halves first, times one half-precision scale."""
    packed = bytes((low + 8) | ((high + 8) << 4) for low, high in zip(values[:16], values[16:], strict=True))
    raw = struct.pack("<e", scale) + packed
    assert len(raw) == BLOCK_BYTES
    found = unpack_blocks(raw, 0, (1, 32))
    assert found[0] == pytest.approx(np.array(values) * np.float32(np.float16(scale)))


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    """A file that is not in the wheel's format is a clear error, not garbage weights."""
    wrong = tmp_path / "weights.bin"
    wrong.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(UnreadableWheelError, match=r"weights\.bin"):
        read_encoder(wrong)


def test_pruning_keeps_what_the_texts_need() -> None:
    """Special pieces, seen ones, Chinese and single characters stay; other scripts go."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "食堂", "プリント", "▁canteen", "▁Straßenbahn", "a", "▁an"]
    scores = np.array([-1.0] * 4 + [-2.0] * 7, np.float32)
    tokenizer = write_tokenizer(pieces, scores)
    kept = choose_pieces(pieces, seen_ids(tokenizer, ["食堂 canteen"]))
    assert [pieces[n] for n in kept] == ["<s>", "<pad>", "</s>", "<unk>", "▁", "食堂", "▁canteen", "a", "▁an"]


def test_own_sentences_are_complete_and_different() -> None:
    """Several hundred own sentences, each with a tone, none twice; chatter and phenomena apart they have topics, all in use."""
    rows = read_own()
    about = [row for row in rows if row.source == "own"]
    assert len(about) > 700
    assert len({row.text for row in rows}) == len(rows)
    assert all(row.label is not None for row in rows)
    assert all(row.topics and set(row.topics) <= set(TOPICS) for row in about)
    assert {row.topics[0] for row in about} == set(TOPICS)


def test_chatter_holds_complaints_that_ask() -> None:
    """Questions stand on both sides, so that a question mark alone says nothing; both languages take part."""
    asked = [row for row in read_own() if row.source == "chatter" and row.text.rstrip().endswith(("吗", "？", "?"))]
    found = {label: sum(row.label == LABELS.index(label) for row in asked) for label in ("negative", "neutral")}
    assert min(found.values()) >= 20
    assert {row.text.isascii() for row in asked} == {True, False}


@pytest.mark.parametrize(
    ("text", "trusted"), [("咨询小学入学条件", True), ("请求解决学校门口没有路灯的问题", False), ("请问几点开门", True)]
)
def test_only_questions_are_weakly_neutral(text: str, trusted: bool) -> None:
    """A weak label "neutral" is believed of a question, not of a request that tells of a problem."""
    assert is_trusted(Row(text, "weak", LABELS.index("neutral"))) is trusted
    assert is_trusted(Row(text, "weak", LABELS.index("negative")))


def test_heads_learn_and_survive_the_disk(tmp_path: Path) -> None:
    """Fitted heads tell the classes apart, and the stored ones score as the fitted ones do."""
    texts = ["难吃极了", "太难吃", "真难吃啊", "好吃极了", "太好吃", "真好吃啊", "七点开门", "八点开门", "九点关门"]
    labels = np.array([0, 0, 0, 2, 2, 2, 1, 1, 1], np.int32)
    heads = fit_tone(texts, labels, np.ones(9, bool), np.ones(9, np.float32))
    save_heads(tmp_path / "tone.npz", heads)
    grams = count_grams(["难吃", "好吃", "开门"])
    scores = heads.score(grams, weigh_grams(grams, heads.idf))
    stored = load_heads(tmp_path / "tone.npz").score(grams, weigh_grams(grams, heads.idf))
    assert scores[0, 1] < scores[1, 1]
    assert scores[2, 0] == max(scores[:, 0])
    assert stored == pytest.approx(scores, abs=0.02)


def test_a_topic_without_rows_is_never_named() -> None:
    """Topics that training did not show get a score far below the others."""
    heads = fit_topic(["食堂难吃", "食堂好吃", "宿舍停电", "宿舍漏水", "考试"], np.array([4, 4, 3, 3, 2]), len(TOPICS))
    grams = count_grams(["食堂"])
    scores = heads.score(grams, weigh_grams(grams, heads.idf))[0]
    assert int(scores.argmax()) == 4
    assert scores[0] < -10


def make_sample(seed: int = 0) -> Sample:
    """Two parts over two classes: the first knows, the second guesses."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 400)
    knows = np.where(np.arange(2) == truth[:, None], 0.8, 0.2).astype(np.float32)
    guesses = rng.dirichlet([1, 1], 400).astype(np.float32)
    right = np.eye(2, dtype=np.float32)[truth]
    return Sample([knows, guesses], right, np.ones_like(right), np.ones(400, np.float32))


def test_the_better_part_gets_the_weight() -> None:
    """Blend weights follow who is right on held-out texts."""
    weights, bias = fit_mix(make_sample(), [0, 1], with_bias=False)
    assert weights[0] > 5 * max(weights[1], 0.01)
    assert bias == [0.0, 0.0]


def test_the_gate_is_as_low_as_accuracy_allows() -> None:
    """When the cheap part is as good, the lowest gate is chosen; when it guesses, only certainty passes."""
    sample = make_sample()
    knows, guesses = sample.parts
    assert choose_gate(sample, knows, knows, 0.0, 0.6)[0] == 0.6
    gate, share = choose_gate(sample, guesses, knows, 0.0, 0.6)
    assert gate > 0.95
    assert share < 0.1


def test_hard_phenomena_are_taught_in_all_tones_and_both_languages() -> None:
    """At least twenty own sentences of every tone a language, so that no language learns one tone only."""
    rows = [row for row in read_own() if row.source == "phenomena"]
    for ascii_only in (True, False):
        labels = [row.label for row in rows if row.text.isascii() is ascii_only]
        assert min(labels.count(label) for label in range(3)) >= 20


def test_heads_on_embeddings_tell_tones_apart() -> None:
    """Three clouds of embeddings are told apart; a source without neutral does not teach "never neutral"."""
    rng = np.random.default_rng(0)
    rows = [Row("x", source, label) for source, label in (("own", 0), ("own", 1), ("own", 2), ("os10", 0), ("os10", 2))]
    rows = [row for row in rows for _ in range(20)]
    clouds = np.array([[3 * (row.label == label) for label in range(3)] for row in rows])
    head = fit_embedded_tone((clouds + rng.normal(0, 0.3, clouds.shape)).astype(np.float32), rows)
    said = tone_from_heads(head.decide(np.eye(3, dtype=np.float32) * 3)).argmax(axis=1)
    assert said.tolist() == [0, 1, 2]


def test_the_same_public_rows_are_embedded_every_time() -> None:
    """The sample is a function of the rows: no source more often than foreseen, none twice, no chance between two builds."""
    rows = [Row(f"{source} {n}", source, 0) for source in PUBLIC_ROWS for n in range(600)]
    chosen = sample_public(rows)
    assert chosen == sample_public(list(rows))
    assert len({row.text for row in chosen}) == len(chosen)
    assert sum(row.source == "weak" for row in chosen) == PUBLIC_ROWS["weak"]
