"""The encoder in JAX, for training on the CPU: lower layers frozen and run once, upper ones tuned."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from training.wheel import Encoder, Floats

Ints = NDArray[np.int32]
Tree = Any
LENGTHS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 80)
EPSILON = 1e-12
PAD = 1


def layer_tree(encoder: Encoder, number: int) -> dict[str, Floats]:
    """Weights of one layer, linear ones as (in, out), the three attention inputs side by side."""

    def take(name: str) -> Floats:
        return encoder.weights[f"l{number}.{name}"]

    return {
        "qkv": np.concatenate([take(f"{c}.w").T for c in "qkv"], axis=1),
        "qkv_b": np.concatenate([take(f"{c}.b") for c in "qkv"]),
        "out": take("ao.w").T.copy(),
        "out_b": take("ao.b"),
        "norm": take("aln.w"),
        "norm_b": take("aln.b"),
        "up": take("fi.w").T.copy(),
        "up_b": take("fi.b"),
        "down": take("fo.w").T.copy(),
        "down_b": take("fo.b"),
        "end": take("oln.w"),
        "end_b": take("oln.b"),
    }


def normalise(x: jax.Array, gain: jax.Array, shift: jax.Array) -> jax.Array:
    """Layer norm over the last axis."""
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + EPSILON) * gain + shift


def drop(x: jax.Array, key: jax.Array | None, rate: float) -> jax.Array:
    """Dropout; the identity when `key` is None."""
    if key is None or rate == 0:
        return x
    return x * jax.random.bernoulli(key, 1 - rate, x.shape) / (1 - rate)


def run_layer(w: Tree, x: jax.Array, bias: jax.Array, heads: int, key: jax.Array | None, rate: float) -> jax.Array:
    """One transformer layer on (batch, length, hidden); `bias` is added to attention scores."""
    batch, length, hidden = x.shape
    first, second = jax.random.split(key) if key is not None else (None, None)

    def fold(t: jax.Array) -> jax.Array:
        return t.reshape(batch, length, heads, hidden // heads).transpose(0, 2, 1, 3)

    q, k, v = (fold(t) for t in jnp.split(x @ w["qkv"] + w["qkv_b"], 3, -1))
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(hidden // heads) + bias
    seen = (jax.nn.softmax(scores, -1) @ v).transpose(0, 2, 1, 3).reshape(batch, length, hidden)
    x = normalise(x + drop(seen @ w["out"] + w["out_b"], first, rate), w["norm"], w["norm_b"])
    fed = jax.nn.gelu(x @ w["up"] + w["up_b"], approximate=False) @ w["down"] + w["down_b"]
    return normalise(x + drop(fed, second, rate), w["end"], w["end_b"])


def attention_bias(mask: jax.Array) -> jax.Array:
    """(batch, 1, 1, length): nothing for tokens, a very negative number for padding."""
    return ((1 - mask) * -1e9)[:, None, None, :]


def pool(x: jax.Array, mask: jax.Array) -> jax.Array:
    """Mean over tokens."""
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)


class Bottom:
    """Embeddings and the frozen layers `0 .. layers - 1`."""

    def __init__(self, encoder: Encoder, keep: Sequence[int], layers: int) -> None:
        weights = encoder.weights
        places = weights["emb.pos"].reshape(-1, encoder.hidden)
        self._heads = encoder.heads
        self._words = jnp.asarray(weights["emb.word"][np.asarray(keep)])
        self._places = jnp.asarray(places + weights["emb.type"].reshape(-1, encoder.hidden)[0])
        self._gain, self._shift = jnp.asarray(weights["emb.ln.w"]), jnp.asarray(weights["emb.ln.b"])
        self._layers = [jax.tree.map(jnp.asarray, layer_tree(encoder, n)) for n in range(layers)]
        self.run = jax.jit(self._run)
        self.pooled = jax.jit(self._pooled)

    def _start(self, ids: jax.Array) -> jax.Array:
        return normalise(self._words[ids] + self._places[: ids.shape[1]], self._gain, self._shift)

    def _run(self, ids: jax.Array, mask: jax.Array) -> jax.Array:
        x, bias = self._start(ids), attention_bias(mask)
        for weights in self._layers:
            x = run_layer(weights, x, bias, self._heads, None, 0.0)
        return x

    def _pooled(self, ids: jax.Array, mask: jax.Array) -> jax.Array:
        """(batch, layers, hidden): the mean over tokens after every layer."""
        x, bias = self._start(ids), attention_bias(mask)
        found = []
        for weights in self._layers:
            x = run_layer(weights, x, bias, self._heads, None, 0.0)
            found.append(pool(x, mask))
        return jnp.stack(found, 1)


@dataclass(frozen=True)
class Batch:
    """Rows of one padded length; `weight` is 0 for filling."""

    rows: Ints
    ids: Ints
    mask: Floats


def cut_batches(ids: Sequence[Sequence[int]], tokens: int, rng: np.random.Generator | None) -> Iterator[Batch]:
    """Batches of similar length holding about `tokens` tokens each; shuffled when `rng` is given."""
    places = np.searchsorted(LENGTHS, [min(len(row), LENGTHS[-1]) for row in ids])
    plan: list[tuple[int, Ints]] = []
    for place, length in enumerate(LENGTHS):
        rows = np.flatnonzero(places == place).astype(np.int32)
        if rng is not None:
            rng.shuffle(rows)
        size = max(4, tokens // length)
        plan += [(length, rows[at : at + size]) for at in range(0, len(rows), size)]
    if rng is not None:
        order = rng.permutation(len(plan))
        plan = [plan[n] for n in order]
    for length, rows in plan:
        yield fill_batch(ids, rows, length, max(4, tokens // length))


def fill_batch(ids: Sequence[Sequence[int]], rows: Ints, length: int, size: int) -> Batch:
    """Pad to `length` and to `size` rows, so that few shapes are compiled."""
    padded = np.full((size, length), PAD, np.int32)
    mask = np.zeros((size, length), np.float32)
    mask[len(rows) :, 0] = 1
    for at, row in enumerate(rows):
        count = min(len(ids[row]), length)
        padded[at, :count] = ids[row][:count]
        mask[at, :count] = 1
    return Batch(rows, padded, mask)


def pooled_layers(bottom: Bottom, ids: Sequence[Sequence[int]], width: int) -> Floats:
    """(rows, layers, hidden) of every row; `width` is layers x hidden as a check on memory."""
    found = np.zeros((len(ids), width), np.float32)
    for batch in cut_batches(ids, 2048, None):
        values = np.asarray(bottom.pooled(batch.ids, batch.mask))[: len(batch.rows)]
        found[batch.rows] = values.reshape(len(batch.rows), -1)
    return found


Log = Callable[[str], None]
