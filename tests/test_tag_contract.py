"""What every tagger promises: the shipped one, the keyword one, larger models by setting, and the office's own."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from own_kit import some_heads
from tone_kit import FakePipeline

from pipeline.ingest import Tagger
from pipeline.model import TOPICS, Document, Label, Mention
from pipeline.tag import KeywordTagger, default_tagger
from pipeline.tag.folder import load_folder
from pipeline.tag.hub import load_hub
from pipeline.tag.larger import LargerTagger
from pipeline.tag.own import OwnTagger

SEEN = datetime(2026, 9, 1, 8, tzinfo=UTC)
NAUGHTY = [
    "", " ", "\n\n\n", "\x00", "a\x00b", "\ud800", "食堂\udfff", "😡😡😡", "👨‍👩‍👧‍👦", "....",
    "!!!???", "ﷺ", "\u202e食堂", "\ufeff", "\u200b", "Ω≈ç√∫˜µ≤≥÷", "１２３４５６", "-1", "NaN", "null",
    "<script>alert(1)</script>", "'; DROP TABLE documents;--", "%s%s%n", "{{7*7}}", "社會科學院語學研究所",
    "パーティーへ行かないか", "찦차를 타고 온", "الكل في المجمو عة",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "a" * 5000, "食" * 5000, "http://x.cn/" + "a" * 3000,
]  # fmt: skip


def document(text: str, title: str | None = None, label: Label | None = None, topics: tuple[str, ...] = ()) -> Document:
    """A made-up post as the front half of the pipeline would hand it over."""
    mention = Mention(True, ("江城科技大学",), "name")
    return Document(
        "0", "forum", "forum", None, None, title, text, "zh", None, SEEN, mention, "f", False, label, topics or None
    )


FOLDER = Path(__file__).parent / "data" / "tagger"


def own_tagger() -> Tagger:
    """The shipped tagger under weights that change answers."""
    shipped = default_tagger()
    return OwnTagger(shipped, shipped.judgement.network.embed, some_heads(shipped.version))


TAGGERS: dict[str, Callable[[], Tagger]] = {
    "shipped": default_tagger,
    "keywords": KeywordTagger,
    "onnx": lambda: LargerTagger(load_folder(FOLDER), default_tagger()),
    "transformers": lambda: LargerTagger(load_hub(FOLDER, make=FakePipeline.make), default_tagger()),
    "own": own_tagger,
}


@pytest.fixture(params=list(TAGGERS), scope="module")
def tagger(request: pytest.FixtureRequest) -> Tagger:
    """Every tagger behind the same seam."""
    return TAGGERS[request.param]()


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_any_text_gets_an_answer(tagger: Tagger, text: str) -> None:
    """No text raises, and every answer has a label, probabilities and at least one topic."""
    for tags in tagger.tag([document(text), document(text, title=text)]):
        tone = tags.sentiment
        total = tone.negative + tone.neutral + tone.positive
        assert tone.label in ("negative", "neutral", "positive", "unknown")
        assert total == pytest.approx(0 if tone.label == "unknown" else 1, abs=1e-6)
        assert tags.topics
        assert all(0 <= t.score <= 1 and t.topic in TOPICS for t in tags.topics)
        assert [t.score for t in tags.topics] == sorted((t.score for t in tags.topics), reverse=True)


@pytest.mark.parametrize("text", ["", "  \n", "😡😡😡", "！！！", "2026-09-01 08:00"])
def test_nothing_to_judge_is_unknown(tagger: Tagger, text: str) -> None:
    """A text without any letter has the tone `unknown`, all probabilities 0, and the topic `other`."""
    (tags,) = tagger.tag([document(text)])
    assert tags.sentiment.label == "unknown"
    assert (tags.sentiment.negative, tags.sentiment.neutral, tags.sentiment.positive) == (0, 0, 0)
    assert tags.topics[0].topic == "other"


@pytest.mark.parametrize("text", ["a" * 1_000_000, "食堂" * 500_000, "\u202e" * 1_000_000, "😡" * 250_000])
def test_a_megabyte_on_one_line_is_answered_at_once(tagger: Tagger, text: str) -> None:
    """An endless line is data, not prose: `unknown`, in less than 50 ms of work, however busy the machine is."""
    tagger.tag([document("热身")])
    began = time.process_time()
    (tags,) = tagger.tag([document(text)])
    assert time.process_time() - began < 0.05
    assert tags.sentiment.label == "unknown"


def test_given_tags_are_used_as_they_are(tagger: Tagger) -> None:
    """What an upstream or a person said stands, with probability 1, even where there is no text."""
    (tags,) = tagger.tag([document("", label="positive", topics=("dorms", "fees"))])
    assert (tags.sentiment.label, tags.sentiment.positive, tags.sentiment.negative) == ("positive", 1.0, 0.0)
    assert [(t.topic, t.score) for t in tags.topics] == [("dorms", 1.0), ("fees", 1.0)]


def test_a_given_label_leaves_topics_to_the_tagger(tagger: Tagger) -> None:
    """Half of the answer may be given; the other half is found."""
    (tags,) = tagger.tag([document("宿舍又停热水了，室友都没法洗澡", label="neutral")])
    assert tags.sentiment.label == "neutral"
    assert tags.topics[0].topic == "dorms"


def test_order_and_number_are_kept(tagger: Tagger) -> None:
    """One answer per document in the same order, the empty list included."""
    texts = ["食堂的饭太难吃了", "", "招生简章公布，录取分数线上调", "😡"]
    answers = [tags.topics[0].topic for tags in tagger.tag([document(t) for t in texts])]
    assert answers == ["canteen", "other", "admissions", "other"]
    assert tagger.tag([]) == []


def test_neighbours_do_not_change_an_answer(tagger: Tagger) -> None:
    """A text gets the same answer alone and in any batch, so a replayed prefix is a prefix of the replay."""
    texts = [
        "食堂的饭太难吃了，价格还涨",
        "今天的讲座真好",
        "学校回应网传消息：不属实",
        "图书馆闭馆通知",
        "a",
        "食" * 300,
    ]
    alone = [tagger.tag([document(t)])[0] for t in texts]
    assert tagger.tag([document(t) for t in texts]) == alone
    assert tagger.tag([document(t) for t in reversed(texts)]) == alone[::-1]


def test_the_version_says_what_answered(tagger: Tagger) -> None:
    """Every answer carries the version of the tagger."""
    (tags,) = tagger.tag([document("食堂")])
    assert tags.version == tagger.version != ""
