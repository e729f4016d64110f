"""Fits the topic parts: a TF-IDF head, a head on the embedding, and out-of-fold figures to blend them by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from pipeline.model import TOPICS
from pipeline.tag.blend import softmax
from pipeline.tag.grams import GramHeads, count_grams, weigh_grams
from pipeline.tag.judge import LinearHead
from pipeline.tag.rules import shipped_rules
from training.calibrate import Sample
from training.heads import fit_topic
from training.rows import Row
from training.wheel import Floats

FOLDS = 5
EMBEDDED_STRENGTH = 0.03
NEVER = -12.0


@dataclass(frozen=True)
class TopicRows:
    """Cleaned texts, their embeddings (n, 384), the first topic of each and all acceptable ones (n, 16)."""

    texts: Sequence[str]
    embeddings: Floats
    first: NDArray[np.int64]
    right: Floats
    weight: Floats


def topic_rows(rows: Sequence[Row], texts: Sequence[str], embeddings: Floats) -> TopicRows:
    """Rows that carry topics; those of real sources count double against our own short sentences."""
    first = np.array([TOPICS.index(row.topics[0]) for row in rows])
    right = np.array([[topic in row.topics for topic in TOPICS] for row in rows], np.float32)
    weight = np.array([1.0 if row.source == "own" else 2.0 for row in rows], np.float32)
    return TopicRows(texts, embeddings, first, right, weight)


def fit_embedded(embeddings: Floats, first: NDArray[np.int64]) -> LinearHead:
    """Multinomial head with the standardisation folded in."""
    mean, spread = embeddings.mean(0), embeddings.std(0) + 1e-6
    model = LogisticRegression(C=EMBEDDED_STRENGTH, max_iter=300).fit((embeddings - mean) / spread, first)
    weights = np.zeros((embeddings.shape[1], len(TOPICS)), np.float32)
    bias = np.full(len(TOPICS), NEVER, np.float32)
    weights[:, model.classes_] = (model.coef_ / spread).T
    bias[model.classes_] = model.intercept_ - model.coef_ @ (mean / spread)
    return LinearHead(weights, bias)


def rate_grams(heads: GramHeads, texts: Sequence[str]) -> Floats:
    """(n, 16) probabilities of the TF-IDF head."""
    grams = count_grams(texts)
    return softmax(heads.score(grams, weigh_grams(grams, heads.idf)))


def unseen_parts(rows: TopicRows) -> Sample:
    """Out-of-fold probabilities of TF-IDF, rules and embedding head."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(rows.texts))
    grams = np.zeros((len(rows.texts), len(TOPICS)), np.float32)
    embedded = np.zeros_like(grams)
    for fold in range(FOLDS):
        learn: list[int] = np.flatnonzero(folds != fold).tolist()
        test: list[int] = np.flatnonzero(folds == fold).tolist()
        heads = fit_topic([rows.texts[n] for n in learn], rows.first[learn], len(TOPICS))
        grams[test] = rate_grams(heads, [rows.texts[n] for n in test])
        embedded[test] = fit_embedded(rows.embeddings[learn], rows.first[learn]).score(rows.embeddings[test])
    rules = softmax(shipped_rules().score(rows.texts))
    one_hot = np.eye(len(TOPICS), dtype=np.float32)[rows.first]
    right = 0.5 * one_hot + 0.5 * rows.right
    return Sample([grams, rules, embedded], right, np.ones_like(right), rows.weight)
