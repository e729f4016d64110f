"""The frames of Feishu's long connection: one small protobuf message (`pbbp2.Frame`), read and written by hand, because
the vendor's library brings thousands of files with it. Pure.

    1 SeqID  2 LogID  3 service  4 method (0 control, 1 data)  5 headers {1 key, 2 value}…  8 payload
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

CONTROL, DATA = 0, 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
WHOLE = {1: "seq", 2: "log", 3: "service", 4: "method"}
MAX_FRAME = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeishuFrame:
    """One frame. `headers` name its type (`ping`, `pong`, `event`, `card`), message and part."""

    service: int
    method: int
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = b""
    seq: int = 0
    log: int = 0


def read_frame(raw: bytes) -> FeishuFrame:
    """A frame from its bytes. Raises ValueError for what is none; unknown fields are passed over."""
    if len(raw) > MAX_FRAME:
        raise ValueError("the frame is too large")
    numbers: dict[str, int] = {}
    headers: dict[str, str] = {}
    payload = b""
    for number, value in _fields(raw):
        if isinstance(value, int):
            if number in WHOLE:
                numbers[WHOLE[number]] = value
        elif number == 5:
            pair = {key: text.decode() for key, text in _fields(value) if isinstance(text, bytes)}
            headers[pair.get(1, "")] = pair.get(2, "")
        elif number == 8:
            payload = value
    return FeishuFrame(
        numbers.get("service", 0), numbers.get("method", -1), headers, payload, numbers.get("seq", 0), numbers.get("log", 0)
    )  # fmt: skip


def write_frame(frame: FeishuFrame) -> bytes:
    """The bytes of a frame. The four numbers are required, so they are written also when they are 0."""
    numbers = (frame.seq, frame.log, frame.service, frame.method)
    parts = [_tag(place, VARINT) + _varint(value) for place, value in enumerate(numbers, 1)]
    for key, value in frame.headers.items():
        pair = _block(1, key.encode()) + _block(2, value.encode())
        parts.append(_block(5, pair))
    return b"".join([*parts, _block(8, frame.payload)])


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field; fixed-width values are passed over."""
    place = 0
    while place < len(raw):
        tag, place = _read_varint(raw, place)
        kind = tag & 7
        if kind == VARINT:
            value, place = _read_varint(raw, place)
            yield tag >> 3, value
        elif kind in (FIXED64, FIXED32):
            place += 8 if kind == FIXED64 else 4
        elif kind == BYTES:
            size, begin = _read_varint(raw, place)
            place = begin + size
            if place > len(raw):
                raise ValueError("a field ends behind the frame")
            yield tag >> 3, raw[begin:place]
        else:
            raise ValueError("this is not a frame")


def _read_varint(raw: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(raw):
            raise ValueError("the frame is cut off")
        byte = raw[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
    raise ValueError("a number has no end")


def _varint(value: int) -> bytes:
    value &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _block(number: int, value: bytes) -> bytes:
    return _tag(number, BYTES) + _varint(len(value)) + value
