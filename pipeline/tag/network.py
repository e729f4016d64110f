"""The encoder: tokenizer, a word table in numpy, and three ONNX graphs that share their lower layers.

    text -> ids -> words + places -> bottom (4 layers) -> tone (4 tuned layers) -> logits
                                                       -> plain (8 untuned layers) -> embedding

Texts are read one at a time, several at once in threads: without padding nothing depends on the neighbours.
`onnxruntime` is imported when the first text arrives, so a process that never tags does not pay for it.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
MOST_TOKENS = 128
EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read from a text."""

    text: str
    tone: bool
    topic: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """Tone logits (3,) and embedding (384,) of length 1; None where not wanted."""

    logits: Floats | None
    embedding: Floats | None


class Network:
    """The encoder of a model folder. Safe to use from several threads."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads

    def read(self, wanted: Sequence[Wanted]) -> list[Reading]:
        """One reading per text, same order."""
        if len(wanted) < 2 or self._threads < 2:
            return [self._read_one(one) for one in wanted]
        self._warm_up()
        order = sorted(range(len(wanted)), key=lambda n: -len(wanted[n].text))
        found = dict(zip(order, self._pool.map(self._read_one, [wanted[n] for n in order]), strict=True))
        return [found[n] for n in range(len(wanted))]

    def embed(self, texts: Sequence[str]) -> Floats:
        """(texts, 384) embeddings of length 1, for similarity and search."""
        readings = self.read([Wanted(text, tone=False, topic=True) for text in texts])
        return np.stack([r.embedding for r in readings if r.embedding is not None])

    def _read_one(self, wanted: Wanted) -> Reading:
        start = self._bottom.run(None, {"x": self._look_up(wanted.text)})[0]
        logits = self._tone.run(None, {"x": start})[0][0] if wanted.tone else None
        embedding = self._plain.run(None, {"x": start})[0][0] if wanted.topic else None
        return Reading(logits, embedding)

    def _look_up(self, text: str) -> Floats:
        """(1, tokens, 384): words plus places, normalised. Shouting is read as if it were said: pieces know case."""
        ids = self._tokenizer.encode(text.lower() if text.isupper() else text).ids
        words = self._table["words"][ids] * self._table["scale"][ids] + self._table["places"][: len(ids)]
        centred = words - words.mean(1, keepdims=True)
        spread = np.sqrt((centred**2).mean(1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * self._table["gain"] + self._table["shift"], np.float32)[None]

    def _warm_up(self) -> None:
        """Load everything before threads could do it twice."""
        _ = (self._pool, self._tokenizer, self._table, self._bottom, self._tone, self._plain)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, thread_name_prefix="tag")

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.enable_truncation(MOST_TOKENS)
        return tokenizer

    @cached_property
    def _table(self) -> dict[str, NDArray[Any]]:
        with np.load(self._folder / "words.npz", allow_pickle=False) as held:
            return {name: held[name] for name in held.files}

    @cached_property
    def _bottom(self) -> Any:
        return self._open("bottom.onnx")

    @cached_property
    def _tone(self) -> Any:
        return self._open("tone.onnx")

    @cached_property
    def _plain(self) -> Any:
        return self._open("plain.onnx")

    def _open(self, name: str) -> Any:
        """One thread a graph: texts run beside each other instead. The graphs are fused as far as it helps."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.enable_cpu_mem_arena = True
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(self._folder / name), options, providers=["CPUExecutionProvider"])
