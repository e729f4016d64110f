"""Small numeric steps between raw scores and calibrated probabilities. All arrays are (texts, classes)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SMALL = 1e-6


def sigmoid(x: Floats) -> Floats:
    """Logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)


def softmax(x: Floats) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def tone_from_heads(heads: Floats) -> Floats:
    """(n, 3) negative, neutral, positive from two heads: "neutral or not" and "positive rather than negative"."""
    neutral, positive = sigmoid(heads[:, 0]), sigmoid(heads[:, 1])
    return np.stack([(1 - neutral) * (1 - positive), neutral, (1 - neutral) * positive], axis=1)


def log_blend(parts: Sequence[Floats], weights: Sequence[float], bias: Floats | float = 0.0) -> Floats:
    """Weighted sum of log-probabilities plus a bias per class, back to probabilities.

    Weights need not sum to 1: their sum is the inverse temperature.
    """
    logs = [w * np.log(np.maximum(p, SMALL)) for p, w in zip(parts, weights, strict=True)]
    return softmax(np.asarray(np.sum(logs, axis=0) + bias, np.float32))
