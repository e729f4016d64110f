"""Fits the TF-IDF heads and stores them as the runtime reads them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from pipeline.tag.grams import TABLE, GramHeads, GramRows, count_grams, weigh_grams
from training.wheel import Floats

LEAST = 1e-4
NEVER = -12.0
STRENGTH = 30.0


def learn_idf(grams: GramRows, least_texts: int) -> Floats:
    """Smoothed inverse document frequency; 0 for buckets in fewer than `least_texts` texts."""
    seen = np.bincount(grams.bucket, minlength=TABLE)
    idf = np.log((1 + grams.texts) / (1 + seen)) + 1
    return np.where(seen >= least_texts, idf, 0).astype(np.float32)


def matrix(grams: GramRows, idf: Floats) -> csr_matrix:
    """Sparse rows for scikit-learn."""
    return csr_matrix((weigh_grams(grams, idf), (grams.row, grams.bucket)), shape=(grams.texts, TABLE))


def fit_head(x: csr_matrix, y: NDArray[np.bool_], weight: Floats, strength: float) -> tuple[Floats, float]:
    """One logistic head: coefficients (TABLE,) and intercept."""
    # Stopped early on purpose: run to the end (tol 1e-5), held-out sets gain a point and everyday posts lose seven. Where an
    # early stop lands depends on the rows, so look at the figures whenever those change.
    model = LogisticRegression(C=strength, max_iter=200, tol=1e-3)
    model.fit(x, y, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def pack_heads(idf: Floats, heads: Sequence[tuple[Floats, float]]) -> GramHeads:
    """Drop buckets that say nothing in any head."""
    table = np.stack([weights for weights, _ in heads], axis=1)
    used = np.flatnonzero(np.abs(table).max(1) > LEAST)
    slot = np.zeros(TABLE, np.int32)
    slot[used] = np.arange(1, len(used) + 1)
    rows = np.concatenate([np.zeros((1, len(heads)), np.float32), table[used]])
    return GramHeads(idf, slot, rows, np.array([bias for _, bias in heads], np.float32))


def fit_tone(texts: Sequence[str], labels: NDArray[np.int32], ternary: NDArray[np.bool_], weight: Floats) -> GramHeads:
    """Two heads: "neutral or not" learnt where a source has neutral, "positive" on every polar row."""
    grams = count_grams(texts)
    idf = learn_idf(grams, 2)
    x, polar = matrix(grams, idf), labels != 1
    neutral = fit_head(x[ternary], labels[ternary] == 1, weight[ternary], STRENGTH)
    positive = fit_head(x[polar], labels[polar] == 2, weight[polar], STRENGTH)
    return pack_heads(idf, [neutral, positive])


def fit_topic(texts: Sequence[str], topics: NDArray[np.int64], count: int, strength: float = 30.0) -> GramHeads:
    """One multinomial head of `count` topics, of which at least three occur; buckets that do not occur stay empty."""
    grams = count_grams(texts)
    idf = learn_idf(grams, 1)
    used = np.unique(grams.bucket)
    model = LogisticRegression(C=strength, max_iter=150, tol=3e-3).fit(matrix(grams, idf)[:, used], topics)
    table = np.zeros((count, TABLE), np.float32)
    bias = np.full(count, NEVER)
    table[np.ix_(model.classes_, used)] = model.coef_
    bias[model.classes_] = model.intercept_
    return pack_heads(idf, list(zip(table, bias.tolist(), strict=True)))


def save_heads(path: Path, heads: GramHeads) -> None:
    """In half precision, compressed, without pickle."""
    idf, weights, bias = (value.astype(np.float16) for value in (heads.idf, heads.weights, heads.bias))
    np.savez_compressed(path, slot=heads.slot, idf=idf, weights=weights, bias=bias)
