"""What the parts say about a text, weighed together. Reads the model folder: numpy archives and JSON, no pickle."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.model import TOPICS
from pipeline.tag.blend import log_blend, softmax, tone_from_heads
from pipeline.tag.grams import GramHeads, count_grams, weigh_grams
from pipeline.tag.rules import RULES, TopicRules, shipped_rules

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The parts and their weights. `judge` gives (texts, 3) tone and (texts, 16) topic probabilities."""

    version: str
    tone: GramHeads
    topic: GramHeads
    rules: TopicRules
    topic_weights: tuple[float, float]

    def judge(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Probabilities of every text; both empty for no texts."""
        if not texts:
            return np.zeros((0, 3), np.float32), np.zeros((0, len(TOPICS)), np.float32)
        grams = count_grams(texts)
        tone = tone_from_heads(self.tone.score(grams, weigh_grams(grams, self.tone.idf)))
        topic = softmax(self.topic.score(grams, weigh_grams(grams, self.topic.idf)))
        topic = log_blend([topic, softmax(self.rules.score(texts))], self.topic_weights)
        return tone, topic


def load_heads(path: Path) -> GramHeads:
    """Heads from a numpy archive; half precision on disk, single in memory."""
    with np.load(path, allow_pickle=False) as held:
        parts = [held[name].astype(np.float32) for name in ("idf", "weights", "bias")]
        return GramHeads(parts[0], held["slot"].astype(np.int32), parts[1], parts[2])


def load_judgement(folder: Path, threads: int = 2) -> Judgement:
    """The shipped model."""
    settings = json.loads((folder / "settings.json").read_text("utf8"))
    version = f"{settings['version']}+{hash_files(folder)}"
    weights = settings["topic_weights"]
    heads = load_heads(folder / "tone.npz"), load_heads(folder / "topic.npz")
    return Judgement(version, *heads, shipped_rules(), (weights[0], weights[1]))


def hash_files(folder: Path) -> str:
    """Eight hex digits over the model's files and the topic rules: the part of the version nobody can forget."""
    digest = hashlib.sha256(RULES.read_bytes())
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
