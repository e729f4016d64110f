"""Own models, lessons and a made-up office for the tests of learning. The encoder here is a small made-up one."""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from store_kit import a_document

from pipeline.model import Document, Sentiment, Tags, TopicScore
from pipeline.tag.fit import Correction
from pipeline.tag.lessons import Lesson
from pipeline.tag.own import OwnHeads

Floats = NDArray[np.float32]
Opinion = Callable[[Document], str]
NOTICE = "关于开展安全检查的通知"
MATTERS = ("食堂饭菜", "宿舍热水", "选课系统", "图书馆座位", "校车时间", "奖学金评定", "操场灯光", "自习教室")
TURNS = ("涨价", "很差", "不错", "更新", "排队", "停了", "开放", "太慢", "公布", "改了")
WIDTH = 64


def some_heads(base: str, width: int = 384, seed: int = 3) -> OwnHeads:
    """Made-up weights, large enough to change answers."""
    chance = np.random.default_rng(seed)

    def head(classes: int) -> Correction:
        weights = chance.normal(0, 0.3, (width + classes, classes)).astype(np.float32)
        return Correction(weights, chance.normal(0, 0.1, classes).astype(np.float32))

    return OwnHeads(base, np.zeros(width, np.float32), head(3), head(16), {})


def embed_words(texts: Sequence[str]) -> Floats:
    """Pairs of characters hashed into 64 numbers, rows of length 1."""
    found = np.zeros((len(texts), WIDTH), np.float32)
    for row, text in enumerate(texts):
        for pair in pairwise(text):
            digest = hashlib.sha256("".join(pair).encode()).digest()
            found[row, digest[0] % WIDTH] += 1 if digest[1] % 2 else -1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


class PlainTagger:
    """Calls notices positive and everything else what its hash says; never in doubt about topics."""

    version = "plain-1"

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One answer a document."""
        return [Tags(self._tone(one), (TopicScore("notices" if NOTICE in one.text else "other", 0.8),), self.version)
                for one in documents]  # fmt: skip

    def _tone(self, document: Document) -> Sentiment:
        if NOTICE in document.text:
            return Sentiment("positive", 0.1, 0.2, 0.7)
        if "差" in document.text or "停" in document.text:
            return Sentiment("negative", 0.7, 0.2, 0.1)
        return Sentiment("neutral", 0.15, 0.7, 0.15)


def posts(count: int, notices: int, seed: int = 1) -> list[Document]:
    """`count` made-up posts, of which `notices` are announcements."""
    chance = np.random.default_rng(seed)
    found = []
    for n in range(count):
        text = f"{MATTERS[chance.integers(8)]}{TURNS[chance.integers(10)]}，第{n}次，{TURNS[chance.integers(10)]}"
        found.append(a_document(f"post-{seed}-{n}", f"{NOTICE}：{text}" if n < notices else text))
    return found


class Turned(PlainTagger):
    """The next version: whatever it was, it is positive and about awards; remembers how many texts it has read."""

    version = "plain-2"

    def __init__(self) -> None:
        self.read = 0

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One answer a document."""
        self.read += len(documents)
        tone = Sentiment("positive", 0.1, 0.1, 0.8)
        return [Tags(tone, (TopicScore("awards", 0.7),), self.version) for _ in documents]


def machine(document: Document) -> str:
    """What the plain tagger says of the tone."""
    return PlainTagger().tag([document])[0].sentiment.label


def reads_notices_differently(document: Document) -> str:
    """An office for which an announcement is never praise."""
    return "neutral" if NOTICE in document.text else machine(document)


def lessons_of(documents: Sequence[Document], opinion: Opinion, standing: Sequence[Document] = ()) -> list[Lesson]:
    """The office speaks of `documents` and lets `standing` be."""
    spoken = [Lesson(one, opinion(one), one.id) for one in documents]
    return spoken + [Lesson(one, None, one.id) for one in standing]
