"""Topic rules: words that speak for a topic, read from `topics.toml`. Fast, explainable, weak on its own."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from pipeline.model import TOPICS

Floats = NDArray[np.float32]
RULES = Path(__file__).parent / "topics.toml"
STRENGTH = {"strong": 2.0, "plain": 1.0, "hint": 0.4}
EARLY_CHARS = 40
EARLY = 1.4
OTHER = 0.7


@dataclass(frozen=True, slots=True)
class Word:
    """One rule: `word` speaks for topic number `topic` with `weight`; Latin words need their boundaries."""

    word: str
    topic: int
    weight: float

    def stands_in(self, text: str, start: int, end: int) -> bool:
        """False for a Latin word inside a longer one."""
        if not self.word.isascii():
            return True
        before, after = text[start - 1 : start], text[end : end + 1]
        inside = before.isascii() and before.isalnum()
        longer = after.isascii() and after.isalpha() and after != "s"
        return not (inside or longer)


def read_words(path: Path = RULES) -> tuple[Word, ...]:
    """All words of the file; an unknown topic or strength is a mistake in the file and raises KeyError."""
    numbers = {topic: n for n, topic in enumerate(TOPICS)}
    found = tomllib.loads(path.read_text("utf8"))
    return tuple(
        Word(word.lower(), numbers[topic], STRENGTH[strength])
        for topic, groups in found.items()
        for strength, words in groups.items()
        for word in words
    )


class TopicRules:
    """Scores texts by words, all of them in one walk through the text."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = tuple(words)
        self._automaton = AhoCorasick([w.word for w in self._words])

    def score(self, texts: Sequence[str]) -> Floats:
        """(texts, topics): summed weights, each word once, early ones count more; `other` is the constant 0.7."""
        found = np.zeros((len(texts), len(TOPICS)), np.float32)
        found[:, -1] = OTHER
        for at, text in enumerate(texts):
            self._add_words(text.lower(), found[at])
        return found

    def _add_words(self, text: str, scores: Floats) -> None:
        seen: set[int] = set()
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word = self._words[number]
            if number not in seen and word.stands_in(text, start, end):
                seen.add(number)
                scores[word.topic] += word.weight * (EARLY if start < EARLY_CHARS else 1.0)


@cache
def shipped_rules() -> TopicRules:
    """The rules that come with the product."""
    return TopicRules(read_words())
