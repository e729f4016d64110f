"""Fitting a correction on top of a tagger's answer, and saying honestly whether it helps.

    log-odds of the office = log-probabilities of the tagger + features x weights + bias

The weights are pulled towards zero, and zero is the tagger as it is; so a few labels move little. How strong the pull
is, is chosen on folds inside the training rows only, so the figures of the outer folds were chosen by nobody.
Rows of one matter stay in one fold.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from pipeline.tag.blend import SMALL, softmax

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
PULLS = (0.1, 0.5, 2.0, 10.0)
OUTER, INNER = 5, 3
MOST_DIRECTIONS = 400
STEPS = 60
CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows to learn from. `said` (rows, classes) are the tagger's probabilities, `features` (rows, width), `wanted` (rows,
    classes) a distribution to reach (all in one class where the office spoke), `weight` (rows,), `group` (rows,) names
    what must stay together."""

    said: Floats
    features: Floats
    wanted: Floats
    weight: Floats
    group: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """`weights` (width, classes) and `bias` (classes,)."""

    weights: Floats
    bias: Floats

    def apply(self, said: Floats, features: Floats) -> Floats:
        """Corrected probabilities, same shape as `said`."""
        return softmax(np.log(np.maximum(said, SMALL)) + features @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class Scores:
    """`accuracy` and `macro_f1` against the labels of the rows; `right` (rows,) says which were met."""

    accuracy: float
    macro_f1: float
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trial:
    """Cross-validated figures without and with the correction, how many rows it fixed and broke, and the pull."""

    before: Scores
    after: Scores
    fixed: int
    broken: int
    pull: float

    @property
    def chance(self) -> float:
        """The probability of so many more fixed than broken rows if the correction were worth nothing (sign test)."""
        total = self.fixed + self.broken
        return sum(comb(total, k) for k in range(self.fixed, total + 1)) / int(2**total)

    @property
    def helps(self) -> bool:
        """Better in both figures, and not by luck."""
        better = self.after.accuracy > self.before.accuracy and self.after.macro_f1 > self.before.macro_f1
        return better and self.chance < CHANCE


def try_correction(sample: Sample) -> Trial:
    """Cross-validate: every row is judged by a correction that saw neither it nor another row of its matter."""
    with threadpool_limits(1):  # small matrices: more threads only wait for each other
        after, pull = _judge_outside(sample)
    truth = sample.wanted.argmax(axis=1)
    before, then = score(sample.said, truth), score(after, truth)
    fixed, broken = int((then.right & ~before.right).sum()), int((before.right & ~then.right).sum())
    return Trial(before, then, fixed, broken, pull)


def _judge_outside(sample: Sample) -> tuple[Floats, float]:
    """Corrected probabilities of every row from the folds it is not in, and the pull that all rows together choose."""
    rotated = sample.features @ find_basis(sample.features)
    folds = fold_groups(sample.group, OUTER)
    after = np.array(sample.said)
    for fold in range(OUTER):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        pull = choose_pull(sample, rotated, inside)
        after[outside] = fit_rows(sample, rotated, inside, pull).apply(sample.said[outside], rotated[outside])
    return after, choose_pull(sample, rotated, np.arange(len(folds)))


def fit_correction(sample: Sample, pull: float) -> Correction:
    """The correction from all rows."""
    with threadpool_limits(1):
        basis = find_basis(sample.features)
        found = fit_rows(sample, sample.features @ basis, np.arange(len(sample.wanted)), pull)
        return Correction(np.asarray(basis @ found.weights, np.float32), found.bias)


def find_basis(features: Floats) -> Floats:
    """(width, directions): orthonormal directions that the rows span, the strongest first, at most 400.

    The pull is the same in every direction, so fitting along these is fitting the whole, at a fraction of the cost.
    """
    values, vectors = np.linalg.eigh(features.astype(np.float64) @ features.T.astype(np.float64))
    keep = np.flatnonzero(values > 1e-6 * max(values.max(), SMALL))[::-1][:MOST_DIRECTIONS]
    return np.asarray(features.T @ (vectors[:, keep] / np.sqrt(values[keep])), np.float32)


def choose_pull(sample: Sample, rotated: Floats, rows: Ints) -> float:
    """The pull with the smallest log-loss on folds inside `rows`."""
    folds = fold_groups([sample.group[n] for n in rows], INNER)
    losses = [sum(_loss_outside(sample, rotated, rows, folds == fold, pull) for fold in range(INNER)) for pull in PULLS]
    return PULLS[int(np.argmin(losses))]


def _loss_outside(sample: Sample, rotated: Floats, rows: Ints, out: NDArray[np.bool_], pull: float) -> float:
    inside, outside = rows[~out], rows[out]
    given = fit_rows(sample, rotated, inside, pull).apply(sample.said[outside], rotated[outside])
    losses = -(sample.wanted[outside] * np.log(np.maximum(given, SMALL))).sum(axis=1)
    return float((losses * sample.weight[outside]).sum())


def fit_rows(sample: Sample, rotated: Floats, rows: Ints, pull: float) -> Correction:
    """Smallest weighted cross-entropy plus pull/2 times the squared weights, from zero on."""
    x = np.concatenate([rotated[rows], np.ones((len(rows), 1), np.float32)], axis=1).astype(np.float64)
    offset = np.log(np.maximum(sample.said[rows], SMALL)).astype(np.float64)
    wanted, weight = sample.wanted[rows].astype(np.float64), sample.weight[rows, None].astype(np.float64)
    shape = (x.shape[1], wanted.shape[1])

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        held = flat.reshape(shape)
        scores = offset + x @ held
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slope = x.T @ (weight * (np.exp(logs) - wanted)) + pull * held
        return float(-(weight * wanted * logs).sum() + pull / 2 * (held**2).sum()), slope.ravel()

    from scipy.optimize import minimize  # two seconds to import, and only training needs it

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    held = found.x.reshape(shape).astype(np.float32)
    return Correction(held[:-1], held[-1])


def fold_groups(group: Sequence[str], folds: int) -> Ints:
    """(rows,) a fold for every row, the same for all rows of a group; large groups first, folds of like size."""
    members: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(group):
        members[name].append(row)
    order = sorted(members, key=lambda name: (-len(members[name]), hashlib.sha256(name.encode()).digest()))
    sizes, found = [0] * folds, np.zeros(len(group), np.int64)
    for name in order:
        fold = sizes.index(min(sizes))
        sizes[fold] += len(members[name])
        found[members[name]] = fold
    return found


def score(given: Floats, truth: Ints) -> Scores:
    """Accuracy, and the mean F1 of the classes that occur in `truth`."""
    chosen = given.argmax(axis=1)
    f1 = []
    for one in np.unique(truth):
        hits = int(((chosen == one) & (truth == one)).sum())
        f1.append(2 * hits / max(1, int((chosen == one).sum() + (truth == one).sum())))
    right = chosen == truth
    return Scores(float(right.mean()), float(np.mean(f1)), right)
