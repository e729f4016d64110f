"""The parts of the tagger: preparing a text, n-grams, rules, blending, the encoder, naming the answer."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import TOPICS, Document, Mention
from pipeline.tag import default_tagger
from pipeline.tag.answer import name_tone, name_topics
from pipeline.tag.blend import log_blend, softmax, tone_from_heads
from pipeline.tag.grams import TABLE, count_grams, weigh_grams
from pipeline.tag.judge import LinearHead, hash_files, is_latin
from pipeline.tag.network import Wanted
from pipeline.tag.prepare import clean_head, tagging_text
from pipeline.tag.rules import Word, read_words, shipped_rules


def article(title: str | None, text: str) -> Document:
    """A made-up article."""
    mention = Mention(True, (), "")
    return Document(
        "0", "s", "news", None, None, title, text, "zh", None, datetime(2026, 9, 1, tzinfo=UTC), mention, "f"
    )


def test_an_article_is_judged_by_title_and_first_200_characters() -> None:
    """What stands behind the first 200 characters of an article is not read."""
    head = "学校召开座谈会。" * 25
    assert tagging_text(article("标题", head + "尾巴")) == "标题 " + head
    assert len(tagging_text(article(None, head * 5))) == 260


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_cleaning_leaves_nothing_that_breaks_a_tokenizer(text: str) -> None:
    """A cleaned head encodes as UTF-8, holds no control character and no link, and is empty or has a letter."""
    head = clean_head(text)
    head.encode("utf8")
    assert all(ord(c) >= 32 for c in head)
    assert not head or any(map(str.isalpha, head))


def test_links_are_not_read() -> None:
    """An address says nothing about tone, whatever words it holds."""
    assert clean_head("食堂 https://example.org/worst-food 不错") == "食堂 不错"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=6))
def test_grams_of_a_text_do_not_depend_on_the_batch(texts: list[str]) -> None:
    """Buckets and counts of each text are the same alone and beside others."""
    together = count_grams(texts)
    for n, text in enumerate(texts):
        alone = count_grams([text])
        rows = together.row == n
        assert together.bucket[rows].tolist() == alone.bucket.tolist()
        assert together.count[rows].tolist() == alone.count.tolist()


def test_gram_rows_have_length_one_and_digits_are_alike() -> None:
    """TF-IDF rows are normalised, and 2025 and 2026 are the same word."""
    grams = count_grams(["食堂2025", "食堂2026"])
    values = weigh_grams(grams, np.ones(TABLE, np.float32))
    assert np.bincount(grams.row, values**2) == pytest.approx([1, 1])
    assert grams.bucket[grams.row == 0].tolist() == grams.bucket[grams.row == 1].tolist()


def test_rule_words_name_known_topics_and_every_topic_has_some() -> None:
    """`topics.toml` covers all sixteen topics with non-empty words, and says no word twice for one topic."""
    words = read_words()
    assert {word.topic for word in words} == set(range(len(TOPICS)))
    assert all(word.word.strip() for word in words)
    pairs = [(word.word, word.topic) for word in words]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(
    ("text", "stands"), [("the lift is broken", True), ("lifts", True), ("lifted", False), ("a facelift", False)]
)
def test_latin_words_need_their_boundaries(text: str, stands: bool) -> None:
    """A Latin rule word counts as a whole word or with a plural s, not inside another word."""
    start = text.index("lift")
    assert Word("lift", 0, 1.0).stands_in(text, start, start + 4) is stands


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("宿舍断电，室友的电脑没保存", "dorms"),
        ("食堂吃出虫子", "canteen"),
        ("今年招生简章公布，录取分数线上调", "admissions"),
        ("学费又涨了，乱收费", "fees"),
        ("警方通报：一名学生坠楼身亡", "safety"),
        ("诺如病毒感染，多人腹泻呕吐", "health"),
        ("网传谣言，诈骗短信冒充老师", "scams"),
        ("The scholarship and tuition fees", "fees"),
        ("Job fair with 120 employers", "employment"),
        ("哈哈今天天气不错", "other"),
    ],
)
def test_rules_alone_know_the_plain_cases(text: str, topic: str) -> None:
    """Unmistakable words decide a topic without any model."""
    assert TOPICS[int(shipped_rules().score([text])[0].argmax())] == topic


def test_two_heads_make_three_probabilities() -> None:
    """ "Neutral or not" and "positive rather than negative" give a distribution over three tones."""
    tone = tone_from_heads(np.array([[-20, 20], [20, 0], [-20, -20]], np.float32))
    assert tone.sum(1) == pytest.approx([1, 1, 1])
    assert tone.argmax(1).tolist() == [2, 1, 0]


def test_a_part_without_weight_has_no_say() -> None:
    """Blending with weight 0 leaves the other part as it is."""
    one, other = softmax(np.array([[1, 2, 3]], np.float32)), softmax(np.array([[9, 0, 0]], np.float32))
    assert log_blend([one, other], [1.0, 0.0]) == pytest.approx(one, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-15, 15), min_size=3, max_size=3))
def test_named_tone_sums_to_one_and_is_the_likeliest(scores: list[float]) -> None:
    """Rounded probabilities still sum to 1 and the label is the largest of them."""
    row = softmax(np.array([scores], np.float32))[0]
    tone = name_tone(row)
    values = {"negative": tone.negative, "neutral": tone.neutral, "positive": tone.positive}
    assert sum(values.values()) == pytest.approx(1, abs=1e-9)
    assert values[tone.label] >= max(values.values()) - 2e-4


def test_topics_are_best_first_and_weak_ones_left_out() -> None:
    """The best topic always stands; others need 0.15."""
    row = np.full(16, 0.01, np.float32)
    row[[3, 5]] = 0.5, 0.36
    assert [t.topic for t in name_topics(row)] == ["dorms", "fees"]
    assert len(name_topics(np.full(16, 1 / 16, np.float32))) == 1


def test_embeddings_put_like_beside_like() -> None:
    """The untuned branch says that two complaints about food are closer than food and an exam, across languages too."""
    texts = ["食堂的饭菜太难吃了", "饭堂的菜很难吃", "The canteen food is terrible", "期末考试成绩公布"]
    vectors = default_tagger().judgement.network.embed(texts)
    near = vectors @ vectors.T
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-4)
    assert near[0, 1] > near[0, 3]
    assert near[0, 2] > near[0, 3]


def test_readings_keep_their_order_and_only_hold_what_was_wanted() -> None:
    """Texts are read in threads, longest first, and come back in the order they were given."""
    network = default_tagger().judgement.network
    wanted = [Wanted("好" * n, tone=n % 2 == 0, topic=n % 2 == 1) for n in (3, 40, 8, 1)]
    found = network.read(wanted)
    for one, reading in zip(wanted, found, strict=True):
        (alone,) = network.read([one])
        assert (reading.logits is None) is not one.tone
        assert (reading.embedding is None) is not one.topic
        for a, b in ((reading.logits, alone.logits), (reading.embedding, alone.embedding)):
            assert (a is None and b is None) or np.array_equal(np.asarray(a), np.asarray(b))


def test_any_changed_model_file_changes_the_version(tmp_path: Path) -> None:
    """The version covers every file of the model folder, the graphs too."""
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "tone.onnx").write_bytes(b"one")
    first = hash_files(tmp_path)
    assert hash_files(tmp_path) == first
    (tmp_path / "tone.onnx").write_bytes(b"two")
    assert hash_files(tmp_path) != first


@pytest.mark.parametrize(
    ("text", "latin"), [("The canteen is closed", True), ("食堂 WIFI", False), ("GPA和TOEFL成绩单怎么寄", False)]
)
def test_mostly_latin_texts_are_recognised(text: str, latin: bool) -> None:
    """A few Latin words in a Chinese text do not make it Latin."""
    assert is_latin(text) is latin


def test_a_latin_text_is_judged_by_the_embedding_too() -> None:
    """The third part of tone speaks for English, and is silent where n-grams settle a Chinese text alone."""
    judgement = default_tagger().judgement
    cheerful = LinearHead(np.zeros((384, 2), np.float32), np.array([-9, 9], np.float32))
    texts = ["The meeting is in room five.", "食堂太难吃了，气死我了，投诉也没人管"]
    before, _ = judgement.judge(texts)
    after, _ = replace(judgement, embedded_tone=cheerful).judge(texts)
    assert after[0, 2] > before[0, 2] + 0.1
    assert after[1] == pytest.approx(before[1])
