"""Decompression that cannot be made to explode: gzip and deflate, a size limit, a ratio limit, nothing else.

httpx decodes whole chunks (64 KiB of gzip can be 64 MB of text), so bodies are read raw and inflated here,
never asking zlib for more than is still allowed.
"""

import zlib
from typing import Literal

MAX_RATIO = 100
RATIO_FREE = 1024 * 1024  # a small, very regular feed may compress better than MAX_RATIO
STEP = 256 * 1024

Coding = Literal["identity", "gzip", "deflate"]

_NAMES: dict[str, Coding] = {
    "": "identity", "identity": "identity", "none": "identity", "utf-8": "identity", "binary": "identity",
    "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate",
}  # fmt: skip


class BodyRefused(Exception):  # noqa: N818 - a refusal, not a fault
    """A body that is too large, broken or in an unknown coding; its text is a sentence for a person."""


def read_coding(header: str) -> Coding:
    """The `Content-Encoding` of an answer. Raises BodyRefused for what was not asked for, or for two in a row."""
    names = [part.strip().lower() for part in header.split(",") if part.strip()]
    codings = [_NAMES.get(name) for name in names]
    if None in codings:
        raise BodyRefused("the answer is compressed in a way that was not asked for")
    real = [coding for coding in codings if coding and coding != "identity"]
    if len(real) > 1:
        raise BodyRefused("the answer is compressed more than once")
    return real[0] if real else "identity"


class Inflater:
    """Takes the raw pieces of one body and keeps what they say, up to `limit` bytes.

    With `cut=True` it keeps the first `limit` bytes and drops the rest instead of refusing (robots.txt).
    """

    def __init__(self, coding: Coding, limit: int, cut: bool = False) -> None:
        self._coding = coding
        self._limit = limit
        self._cut = cut
        self._engine = self._start(b"") if coding == "gzip" else None
        self._ended = False
        self._raw = 0
        self._out = bytearray()

    @property
    def full(self) -> bool:
        """True when a cut body has all it may hold, and reading can stop."""
        return self._cut and len(self._out) >= self._limit

    def feed(self, piece: bytes) -> None:
        """Add a raw piece. Raises BodyRefused when the body grows too large or is not what it says."""
        self._raw += len(piece)
        if self._coding == "identity":
            self._keep(piece)
            return
        try:
            self._inflate(piece)
        except zlib.error as broken:
            raise BodyRefused("the compressed answer is broken") from broken

    def finish(self) -> bytes:
        """The whole body. Raises BodyRefused when the compressed stream stopped short."""
        if self._engine is not None and not self._ended and self._raw and not self.full:
            raise BodyRefused("the compressed answer was cut off")
        return bytes(self._out)

    def _inflate(self, piece: bytes) -> None:
        if self._engine is None:
            self._engine = self._start(piece)
        more = True  # zlib can hold finished output back although it has taken all input
        while (piece or more) and not self.full:
            if self._ended:  # another gzip member may follow; anything else behind the end is ignored
                if not (self._coding == "gzip" and piece.startswith(b"\x1f\x8b")):
                    return
                self._engine, self._ended = self._start(piece), False
            data = self._engine.decompress(piece, STEP)
            self._keep(data)
            self._ended = self._engine.eof
            more = len(data) == STEP and not self._ended
            piece = self._engine.unused_data if self._ended else self._engine.unconsumed_tail

    def _start(self, piece: bytes) -> "zlib._Decompress":
        if self._coding == "gzip":
            return zlib.decompressobj(16 + zlib.MAX_WBITS)
        # "deflate" means zlib by the standard, and raw deflate in what some servers send.
        zlib_header = len(piece) >= 2 and piece[0] & 0x0F == 8 and (piece[0] << 8 | piece[1]) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if zlib_header or len(piece) < 2 else -zlib.MAX_WBITS)

    def _keep(self, data: bytes) -> None:
        room = self._limit - len(self._out)
        if len(data) > room and not self._cut:
            raise BodyRefused(f"the answer is larger than {self._limit // 1024} KiB")
        self._out += data[:room]
        if len(self._out) > max(RATIO_FREE, self._raw * MAX_RATIO):
            raise BodyRefused(f"the compressed answer grows more than {MAX_RATIO} times")
