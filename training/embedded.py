"""The third part of tone: two logistic heads on the untuned embedding, which know English from few sentences."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from pipeline.tag.judge import LinearHead
from training.rows import Row
from training.wheel import Floats

STRENGTH = 0.001
SEED = 5
PUBLIC_ROWS: Mapping[str, int] = {
    "smp_usual": 3000, "smp_virus": 1800, "weibo2018": 1800, "os10": 1500, "htl": 500, "weak": 400,
}  # fmt: skip
WEIGHT: Mapping[str, float] = {"own": 6.0, "campus": 3.0, "chatter": 8.0, "phenomena": 16.0}


def sample_public(learn: Sequence[Row]) -> list[Row]:
    """Some public rows of every source: the heads have 769 numbers, and the encoder is slow."""
    rng = random.Random(SEED)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in learn:
        found[row.source].append(row)
    return [row for name, count in PUBLIC_ROWS.items() for row in rng.sample(found[name], min(count, len(found[name])))]


def fit_embedded_tone(embeddings: Floats, rows: Sequence[Row]) -> LinearHead:
    """Two heads: "neutral or not" where a source has neutral that can be believed, "positive" on every polar row."""
    labels = np.array([row.label for row in rows])
    weight = np.array([WEIGHT.get(row.source, 1.0) for row in rows])
    ternary = np.array([row.ternary and row.source != "weak" for row in rows])
    mean, spread = embeddings.mean(0), embeddings.std(0) + 1e-6
    scaled = (embeddings - mean) / spread
    heads = [
        fit_one(scaled[kept], labels[kept] == wanted, weight[kept]) for kept, wanted in ((ternary, 1), (labels != 1, 2))
    ]
    weights = np.stack([head / spread for head, _ in heads], axis=1).astype(np.float32)
    bias = np.array([bias - head @ (mean / spread) for head, bias in heads], np.float32)
    return LinearHead(weights, bias)


def fit_one(x: Floats, y: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[Floats, float]:
    """One logistic head: coefficients and intercept."""
    model = LogisticRegression(C=STRENGTH, max_iter=400).fit(x, y, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])
