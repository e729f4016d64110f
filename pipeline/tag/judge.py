"""What the parts say about a text, weighed together. Reads the model folder: numpy archives and JSON, no pickle.

Tone: TF-IDF heads, and the tuned encoder unless they are sure. Topics: TF-IDF, rules, and the encoder's embedding
unless those two are sure. Where the embedding is read anyway, and for every Latin text, tone has a head on it as third part.
"Sure" is a probability in `settings.json`, chosen on held-out texts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.model import TOPICS
from pipeline.tag.blend import log_blend, softmax, tone_from_heads
from pipeline.tag.grams import GramHeads, count_grams, weigh_grams
from pipeline.tag.network import Network, Reading, Wanted
from pipeline.tag.rules import RULES, TopicRules, shipped_rules

Floats = NDArray[np.float32]
LATIN_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Mix:
    """How parts are blended: a weight per part, a bias per class, and the probability that needs no second opinion.

    `three` weighs the head on the embedding as well; only tone has it."""

    alone: tuple[float, ...]
    alone_bias: Floats
    both: tuple[float, ...]
    both_bias: Floats
    sure: float
    three: tuple[float, ...] = ()

    @classmethod
    def read(cls, held: Mapping[str, list[float]]) -> "Mix":
        """From the settings file."""
        biases = [np.asarray(held[name], np.float32) for name in ("alone_bias", "both_bias")]
        three = tuple(held.get("three", ()))
        return cls(tuple(held["alone"]), biases[0], tuple(held["both"]), biases[1], float(held["sure"][0]), three)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found without the encoder: (texts, 3), (texts, 16) and (texts, 16) probabilities."""

    tone: Floats
    topic: Floats
    rules: Floats


@dataclass(frozen=True, slots=True)
class LinearHead:
    """Classes from an embedding: `weights` (384, classes), `bias` (classes,); two for tone as in `tone_from_heads`."""

    weights: Floats
    bias: Floats

    def decide(self, embeddings: Floats) -> Floats:
        """(texts, classes) decision values."""
        return np.asarray(embeddings @ self.weights + self.bias, np.float32)

    def score(self, embeddings: Floats) -> Floats:
        """(texts, classes) probabilities."""
        return softmax(self.decide(embeddings))


def is_latin(text: str) -> bool:
    """Mostly Latin letters: the character heads know little of such a text, so the encoder is always asked."""
    letters = [c for c in text if c.isalpha()]
    return sum(map(str.isascii, letters)) > LATIN_SHARE * len(letters)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The parts and their weights. `judge` gives (texts, 3) tone and (texts, 16) topic probabilities."""

    version: str
    tone: GramHeads
    topic: GramHeads
    rules: TopicRules
    embedded: LinearHead
    embedded_tone: LinearHead
    network: Network
    tone_mix: Mix
    latin_mix: Mix
    topic_mix: Mix

    def judge(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Probabilities of every text; both empty for no texts."""
        if not texts:
            return np.zeros((0, 3), np.float32), np.zeros((0, len(TOPICS)), np.float32)
        evidence = self.look(texts)
        tone = log_blend([evidence.tone], self.tone_mix.alone, self.tone_mix.alone_bias)
        topic = log_blend([evidence.topic, evidence.rules], self.topic_mix.alone, self.topic_mix.alone_bias)
        latin = np.array([is_latin(text) for text in texts])
        ask_tone = (tone.max(axis=1) < self.tone_mix.sure) | latin
        ask_topic = (topic.max(axis=1) < self.topic_mix.sure) | latin
        asked: list[int] = np.flatnonzero(ask_tone | ask_topic).tolist()
        readings = self.network.read([Wanted(texts[n], bool(ask_tone[n]), bool(ask_topic[n])) for n in asked])
        for n, reading in zip(asked, readings, strict=True):
            mix = self.latin_mix if latin[n] else self.tone_mix
            self._correct(tone, topic, evidence, n, reading, mix)
        return tone, topic

    def look(self, texts: Sequence[str]) -> Evidence:
        """Everything that is cheap."""
        grams = count_grams(texts)
        tone = tone_from_heads(self.tone.score(grams, weigh_grams(grams, self.tone.idf)))
        topic = softmax(self.topic.score(grams, weigh_grams(grams, self.topic.idf)))
        return Evidence(tone, topic, softmax(self.rules.score(texts)))

    def _correct(self, tone: Floats, topic: Floats, evidence: Evidence, n: int, reading: Reading, mix: Mix) -> None:
        one = slice(n, n + 1)
        if reading.logits is not None:
            parts, weights = [evidence.tone[one], softmax(reading.logits[None])], mix.both
            if reading.embedding is not None:
                parts, weights = (
                    [*parts, tone_from_heads(self.embedded_tone.decide(reading.embedding[None]))],
                    mix.three,
                )
            tone[one] = log_blend(parts, weights, mix.both_bias)
        if reading.embedding is not None:
            parts = [evidence.topic[one], evidence.rules[one], self.embedded.score(reading.embedding[None])]
            topic[one] = log_blend(parts, self.topic_mix.both, self.topic_mix.both_bias)


def load_heads(path: Path) -> GramHeads:
    """Heads from a numpy archive; half precision on disk, single in memory."""
    with np.load(path, allow_pickle=False) as held:
        parts = [held[name].astype(np.float32) for name in ("idf", "weights", "bias")]
        return GramHeads(parts[0], held["slot"].astype(np.int32), parts[1], parts[2])


def load_embedded(path: Path) -> LinearHead:
    """A head on the embedding."""
    with np.load(path, allow_pickle=False) as held:
        return LinearHead(held["weights"], held["bias"])


def load_judgement(folder: Path, threads: int = 2) -> Judgement:
    """The model of `folder`; the encoder itself is opened when the first text needs it."""
    settings = json.loads((folder / "settings.json").read_text("utf8"))
    return Judgement(
        version=f"{settings['version']}+{hash_files(folder)}",
        tone=load_heads(folder / "tone.npz"),
        topic=load_heads(folder / "topic.npz"),
        rules=shipped_rules(),
        embedded=load_embedded(folder / "embedded.npz"),
        embedded_tone=load_embedded(folder / "embedded_tone.npz"),
        network=Network(folder, threads),
        tone_mix=Mix.read(settings["tone"]),
        latin_mix=Mix.read(settings["tone_latin"]),
        topic_mix=Mix.read(settings["topics"]),
    )


def hash_files(folder: Path) -> str:
    """Eight hex digits over every file of the model and the topic rules: the part of the version nobody can forget."""
    digest = hashlib.sha256(RULES.read_bytes())
    for path in sorted(folder.iterdir()):
        with path.open("rb") as held:
            digest.update(hashlib.file_digest(held, "sha256").digest())
    return digest.hexdigest()[:8]
