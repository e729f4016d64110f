"""Writes the encoder as one ONNX graph with int8 weights and per-text dynamic activations.

The graph takes one text at a time: without padding there is no mask, the scale of the activations depends on
that text alone (so the answer never depends on its neighbours), and everything stays in the second-level cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.network import EPSILON, Tree, layer_tree
from training.wheel import Encoder, Floats

OPSET = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
IR_VERSION = 9
LEVELS = 127
MICROSOFT = "com.microsoft"
MOST_TOKENS = 256


@dataclass
class Builder:
    """Nodes and constants of a graph in the making. A constant of a name already there is not added again."""

    hidden: int
    heads: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Add an array under `name`."""
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **settings: Any) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], domain=domain, **settings))
        return output

    def linear(self, x: str, weight: Floats, name: str, bias: Floats | None = None) -> str:
        """x @ weight (+ bias) in int8: a scale per column, the zero point is 0."""
        scale = np.maximum(np.abs(weight).max(0) / LEVELS, 1e-12).astype(np.float32)
        whole = np.clip(np.rint(weight / scale), -LEVELS, LEVELS).astype(np.int8)
        zero = self.constant(f"zero{weight.shape[1]}", np.zeros(weight.shape[1], np.int8))
        inputs = [x, self.constant(f"{name}_w", whole), self.constant(f"{name}_s", scale), zero]
        if bias is not None:
            inputs.append(self.constant(f"{name}_b", bias))
        return self.node("DynamicQuantizeMatMul", inputs, name, MICROSOFT)

    def add_normalised(self, x: str, skip: str, gain: Floats, shift: Floats, name: str) -> str:
        """Layer norm of x + skip, as two plain nodes: the fused one is several times slower on a CPU."""
        self.node("Add", [x, skip], f"{name}_sum")
        names = [self.constant(f"{name}_g", gain), self.constant(f"{name}_n", shift)]
        return self.node("LayerNormalization", [f"{name}_sum", *names], name, epsilon=EPSILON)


def add_layer(build: Builder, x: str, w: Tree, name: str) -> str:
    """One transformer layer; `w` as in `network.layer_tree`."""
    build.linear(x, w["qkv"], f"{name}qkv", w["qkv_b"])
    parts = [f"{name}{part}" for part in "qkv"]
    build.nodes.append(
        helper.make_node("Split", [f"{name}qkv", build.constant("thirds", np.full(3, build.hidden))], parts, axis=2)
    )
    build.node("MultiHeadAttention", parts, f"{name}seen", MICROSOFT, num_heads=build.heads)
    build.linear(f"{name}seen", w["out"], f"{name}mixed", w["out_b"])
    y = build.add_normalised(f"{name}mixed", x, w["norm"], w["norm_b"], f"{name}y")
    build.linear(y, w["up"], f"{name}up")
    build.node("BiasGelu", [f"{name}up", build.constant(f"{name}up_b", w["up_b"])], f"{name}act", MICROSOFT)
    build.linear(f"{name}act", w["down"], f"{name}down", w["down_b"])
    return build.add_normalised(f"{name}down", y, w["end"], w["end_b"], f"{name}z")


def add_sentiment(build: Builder, x: str, head: Tree, scale: float) -> None:
    """Mean over tokens and a linear head: output `logits` (1, 3)."""
    build.node("ReduceMean", [x], "pooled", axes=[1], keepdims=0)
    build.constant("head_w", (np.asarray(head["w"]) * scale).astype(np.float32))
    build.constant("head_b", np.asarray(head["b"], np.float32))
    build.node("MatMul", ["pooled", "head_w"], "head")
    build.node("Add", ["head", "head_b"], "logits")


def add_embedding(build: Builder, x: str) -> None:
    """Mean over tokens scaled to length 1: output `embedding` (1, hidden)."""
    build.node("ReduceMean", [x], "mean", axes=[1], keepdims=0)
    build.node("LpNormalization", ["mean"], "embedding", axis=1, p=2)


def finish(build: Builder, output: str, shape: Sequence[int | str]) -> onnx.ModelProto:
    """A model from `x` (1, length, hidden) to one output."""
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "length", build.hidden])
    made = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
    graph = helper.make_graph(build.nodes, "tagger", [given], [made], list(build.constants.values()))
    model = helper.make_model(graph, opset_imports=OPSET, producer_name="tocsin")
    model.ir_version = IR_VERSION
    return model


def write_layers(encoder: Encoder, numbers: range) -> onnx.ModelProto:
    """Some untuned layers: output `y` (1, length, hidden)."""
    build = Builder(encoder.hidden, encoder.heads)
    x = "x"
    for number in numbers:
        x = add_layer(build, x, layer_tree(encoder, number), f"l{number}")
    build.node("Identity", [x], "y")
    return finish(build, "y", [1, "length", encoder.hidden])


def write_tone(encoder: Encoder, tuned: Tree, scale: float) -> onnx.ModelProto:
    """The tuned layers and their head: output `logits` (1, 3)."""
    build = Builder(encoder.hidden, encoder.heads)
    x = "x"
    for at, weights in enumerate(tuned["layers"]):
        x = add_layer(build, x, {k: np.asarray(v) for k, v in weights.items()}, f"t{at}")
    add_sentiment(build, x, tuned["head"], scale)
    return finish(build, "logits", [1, 3])


def write_plain(encoder: Encoder, numbers: range) -> onnx.ModelProto:
    """The untuned upper layers: output `embedding` (1, hidden) of length 1."""
    build = Builder(encoder.hidden, encoder.heads)
    x = "x"
    for number in numbers:
        x = add_layer(build, x, layer_tree(encoder, number), f"l{number}")
    add_embedding(build, x)
    return finish(build, "embedding", [1, encoder.hidden])


def write_words(encoder: Encoder, keep: Sequence[int]) -> dict[str, NDArray[np.generic]]:
    """What is looked up before the first layer: words (int8, one scale a word), places, gain and shift."""
    words = encoder.weights["emb.word"][np.asarray(keep)]
    scale = np.maximum(np.abs(words).max(1, keepdims=True) / LEVELS, 1e-12).astype(np.float32)
    places = encoder.weights["emb.pos"].reshape(-1, encoder.hidden) + encoder.weights["emb.type"][: encoder.hidden]
    return {
        "words": np.rint(words / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "places": places[:MOST_TOKENS].astype(np.float32),
        "gain": encoder.weights["emb.ln.w"],
        "shift": encoder.weights["emb.ln.b"],
    }
