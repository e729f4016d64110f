"""Which output of a foreign model means what: the names in its config.json, in the spellings that are in use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.tag.answer import TONES

Floats = NDArray[np.float32]
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "negative": ("negative", "neg", "very negative", "消极", "负面", "负向", "负", "差评", "消极的"),
    "neutral": ("neutral", "neu", "中性", "中立", "中", "客观", "中性的"),
    "positive": ("positive", "pos", "very positive", "积极", "正面", "正向", "正", "好评", "积极的"),
}
MEANING = {spelling: tone for tone, spellings in SPELLINGS.items() for spelling in spellings}
STARS: Mapping[str, str] = {"1": "negative", "2": "negative", "3": "neutral", "4": "positive", "5": "positive"}
STAR = re.compile(r"^([1-5])\s*(?:stars?|星)$")
NUMBERED = re.compile(r"^label[ _]?\d+$")


class ModelUnusable(Exception):  # noqa: N818 - says what is the matter
    """A model folder cannot serve as tagger; the message is one sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class LabelMap:
    """`columns[k]` is the tone (0 negative, 1 neutral, 2 positive) of output k of the model."""

    columns: tuple[int, ...]

    @property
    def has_neutral(self) -> bool:
        """False for a model that knows praise and complaint only."""
        return 1 in self.columns

    def fold(self, outputs: Floats) -> Floats:
        """(texts, outputs) probabilities to (texts, 3); outputs with the same meaning are added up."""
        tones = np.zeros((len(outputs), len(TONES)), np.float32)
        for at, column in enumerate(self.columns):
            tones[:, column] += outputs[:, at]
        return np.asarray(tones / np.maximum(tones.sum(axis=1, keepdims=True), 1e-9), np.float32)


def read_labels(names: Sequence[str]) -> LabelMap:
    """The meaning of output names, in the order of the outputs. Raises ModelUnusable."""
    found = [meaning_of(name) for name in names]
    numbered = [name for name in names if NUMBERED.match(name.strip().lower())]
    if numbered:
        raise ModelUnusable(
            f"its outputs are only numbered ({', '.join(numbered)}); write negative, neutral or positive into id2label "
            "of its config.json"
        )
    strange = [name for name, meaning in zip(names, found, strict=True) if meaning is None]
    if strange:
        raise ModelUnusable(f"its output '{strange[0]}' is none of negative, neutral and positive")
    columns = tuple(TONES.index(meaning) for meaning in found if meaning in TONES)
    if not {0, 2} <= set(columns):
        raise ModelUnusable("it needs an output for negative and one for positive")
    return LabelMap(columns)


def meaning_of(name: str) -> str | None:
    """The tone that a name stands for, or None."""
    plain = re.sub(r"\(.*?\)|（.*?）", "", name.lower()).replace("_", " ").replace("-", " ").strip()
    star = STAR.match(plain)
    return STARS[star[1]] if star else MEANING.get(plain)


def names_of(config: Mapping[str, object]) -> list[str]:
    """The names in `id2label` of a config.json, by number. Raises ModelUnusable."""
    held = config.get("id2label")
    if not isinstance(held, dict) or not held:
        raise ModelUnusable("its config.json has no id2label")
    try:
        numbered = {int(number): str(name) for number, name in held.items()}
    except ValueError:
        raise ModelUnusable("id2label of its config.json must have whole numbers as keys") from None
    if sorted(numbered) != list(range(len(numbered))):
        raise ModelUnusable("id2label of its config.json must number its names from 0 on")
    return [numbered[number] for number in range(len(numbered))]
