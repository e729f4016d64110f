"""The tagger that ships: character TF-IDF, topic rules, and a small encoder where they are unsure.

    documents -> head of the text -> grams -> rules -> (encoder) -> blended, calibrated -> Tags

The answer for a text depends on that text alone, never on its neighbours in a batch.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Document, Tags
from pipeline.tag.answer import NOTHING, UNKNOWN, is_settled, name_tone, name_topics, use_given
from pipeline.tag.judge import Judgement, load_judgement
from pipeline.tag.prepare import tagging_text

Floats = NDArray[np.float32]
MODEL = Path(__file__).parent / "model"
CHUNK = 256


class DefaultTagger:
    """Implements `pipeline.ingest.Tagger`. Never raises for any text."""

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement

    @property
    def version(self) -> str:
        """Changes whenever the model or the rules do."""
        return self.judgement.version

    def tag(self, documents: Sequence[Document]) -> list[Tags]:
        """One `Tags` per document, same order."""
        found: list[Tags] = []
        for start in range(0, len(documents), CHUNK):
            found += self._tag_chunk(documents[start : start + CHUNK])
        return found

    def _tag_chunk(self, documents: Sequence[Document]) -> list[Tags]:
        texts = ["" if is_settled(document) else tagging_text(document) for document in documents]
        asked = [text for text in texts if text]
        tones, topics = self.judgement.judge(asked)
        answers = iter(zip(tones, topics, strict=True))
        nothing = Tags(UNKNOWN, NOTHING, self.version)
        return [
            use_given(document, self._name(*next(answers)) if text else nothing)
            for document, text in zip(documents, texts, strict=True)
        ]

    def _name(self, tone: Floats, topics: Floats) -> Tags:
        return Tags(name_tone(tone), name_topics(topics), self.version)


@lru_cache(maxsize=2)
def default_tagger(threads: int = 2) -> DefaultTagger:
    """The shipped tagger, loaded once a process; `threads` is how many texts the encoder reads at a time."""
    return DefaultTagger(load_judgement(MODEL, threads))
