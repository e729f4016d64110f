"""A tagger without a model: topic words and a short list of tone words. For fakes, and to measure the rest of the
pipeline without the cost of understanding. It is weak on purpose; it does not calibrate its probabilities."""

from collections.abc import Sequence

import numpy as np

from pipeline.model import Document, Sentiment, Tags
from pipeline.tag.answer import UNKNOWN, name_topics, use_given
from pipeline.tag.blend import softmax
from pipeline.tag.prepare import tagging_text
from pipeline.tag.rules import shipped_rules

NEGATIVE = (
    "投诉", "举报", "差", "垃圾", "乱收费", "骗", "受伤", "身亡", "恶心", "难吃", "失望", "生气", "强制", "霸凌",
    "骚扰", "停电", "崩溃", "complain", "terrible", "awful", "broken", "injured", "unfair", "scam", "worst",
)  # fmt: skip
POSITIVE = ("点赞", "感谢", "开心", "喜欢", "获奖", "一等奖", "优秀", "好吃", "thank", "great", "love", "won", "award")
SURE = 0.8
VERSION = "keywords-1"


class KeywordTagger:
    """Implements `pipeline.ingest.Tagger` by word lists alone."""

    @property
    def version(self) -> str:
        """Fixed: changes with the word lists."""
        return VERSION

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One `Tags` per document, same order."""
        texts = [tagging_text(document) for document in documents]
        scores = softmax(shipped_rules().score(texts))
        return [
            use_given(document, Tags(guess_tone(text), name_topics(row), VERSION))
            for document, text, row in zip(documents, texts, np.asarray(scores), strict=True)
        ]


def guess_tone(text: str) -> Sentiment:
    """Negative when a bad word stands in the text, else positive for a good one, else neutral."""
    if not text:
        return UNKNOWN
    low, rest = text.lower(), (1 - SURE) / 2
    if any(word in low for word in NEGATIVE):
        return Sentiment("negative", SURE, rest, rest)
    if any(word in low for word in POSITIVE):
        return Sentiment("positive", rest, rest, SURE)
    return Sentiment("neutral", rest, SURE, rest)
