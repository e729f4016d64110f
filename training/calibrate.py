"""Fits how parts are blended, on texts the parts have not seen: weights per part, a bias per class, and the gate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from pipeline.tag.blend import log_blend
from training.wheel import Floats

GATES = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 1.01)
STEP = 1e-3


@dataclass(frozen=True)
class Sample:
    """Texts to fit on. `right` (n, classes) marks acceptable classes, `asked` those that count, `weight` per text."""

    parts: Sequence[Floats]
    right: Floats
    asked: Floats
    weight: Floats


def mix_loss(sample: Sample, parts: Sequence[Floats], values: Floats, with_bias: bool) -> float:
    """Mean negative log-probability of the acceptable classes among the asked ones."""
    bias = values[len(parts) :] if with_bias else 0.0
    blended = log_blend(parts, list(values[: len(parts)]), bias) * sample.asked
    hit = (blended * sample.right).sum(1) / np.maximum(blended.sum(1), 1e-9)
    return float((-np.log(np.maximum(hit, 1e-9)) * sample.weight).sum() / sample.weight.sum())


def fit_mix(sample: Sample, chosen: Sequence[int], with_bias: bool) -> tuple[list[float], list[float]]:
    """Weights of the chosen parts and a bias per class (zeros when not fitted)."""
    parts = [sample.parts[n] for n in chosen]
    classes = sample.right.shape[1]
    start = np.concatenate([np.full(len(parts), 1 / len(parts)), np.zeros(classes if with_bias else 0)])

    def loss(values: Floats) -> float:
        return mix_loss(sample, parts, values, with_bias) + 0.002 * float((values[len(parts) :] ** 2).sum())

    bounds = [(0.0, 3.0)] * len(parts) + [(-1.5, 1.5)] * (len(start) - len(parts))
    # Probabilities are single precision: a smaller step would measure nothing.
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"eps": STEP}).x
    bias = found[len(parts) :] if with_bias else np.zeros(classes)
    return [float(v) for v in found[: len(parts)]], [float(v) for v in bias]


def choose_gate(sample: Sample, alone: Floats, both: Floats, allowed: float, lowest: float) -> tuple[float, float]:
    """The lowest gate that costs at most `allowed` accuracy, and the share of texts it settles."""
    full = accuracy(sample, both)
    for gate in (g for g in GATES if g >= lowest):
        settled = alone.max(1) >= gate
        if full - accuracy(sample, np.where(settled[:, None], alone, both)) <= allowed:
            return gate, float(settled.mean())
    return GATES[-1], 0.0


def accuracy(sample: Sample, rated: Floats) -> float:
    """Weighted share of texts whose best asked class is acceptable."""
    best = (rated * sample.asked).argmax(1)
    hits: NDArray[np.bool_] = sample.right[np.arange(len(best)), best] > 0
    return float((hits * sample.weight).sum() / sample.weight.sum())
