"""Bytes to text before any parser sees them, because the parsers' own guesses lose Chinese text.

    bytes, Content-Type -> Decoded(text, encoding, replaced)

Order of trust: byte order mark; UTF-16 by its zero bytes; UTF-8 when the bytes are (nearly) UTF-8; what HTTP, the XML
declaration or `<meta>` says, when the bytes agree with it; otherwise whichever of GB18030, Big5 and Windows-1252 reads
best. One bad byte never changes how the rest is read. NUL and the other C0 controls are dropped (not tab, CR, LF).
Never raises. Does not parse XML or HTML and does not resolve entities.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_ALIASES: dict[str, str] = {
    # A page that says gb2312 nearly always uses characters that only GBK or GB18030 has; GB18030 contains both.
    **dict.fromkeys(
        ("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "ms936", "gb18030", "euc-cn", "chinese"), "gb18030"
    ),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "cn-big5", "cp950", "big5hkscs"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "cp1252", "windows-1252"), "cp1252"),
    **dict.fromkeys(("utf8", "utf-8", "unicode-1-1-utf-8"), "utf-8"),
}
# Encodings that hide markup from a scanner or are no text at all are not taken at their word.
_REFUSED = (
    "utf-16",
    "utf-32",
    "utf-7",
    "utf7",
    "hz",
    "iso-2022",
    "iso2022",
    "base64",
    "hex",
    "zip",
    "zlib",
    "bz2",
    "uu",
    "rot",
    "idna",
)
_HEAD_BYTES = 4096
_RE_HTTP = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_RE_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_RE_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_RE_C0 = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_C0_BYTES = bytes([*range(9), 11, 12, *range(14, 32), 127])
_RE_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_RE_GB_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x80-\xff]")
_RE_BIG5_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]|[\x80-\xff]")
_CJK = frozenset({"gb18030", "big5hkscs"})
_MUCH_BETTER = 0.25
_SCORED_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """`replaced` counts the bytes that could not be read and became U+FFFD."""

    text: str
    encoding: str
    replaced: int = 0


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read `body` as text; `content_type` is the HTTP header as received, or empty."""
    marked = _by_mark(body)
    if marked:
        return _finish(*marked)
    declared = declared_encodings(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _finish(*_not_clean_utf8(body, declared))
    if declared and declared[0] in _CJK and not body.isascii() and not _has_wide(text):
        # A few GBK characters can happen to be valid two-byte UTF-8; then the declaration knows better.
        return _finish(body, declared[0])
    # The common way must be quick: a look at the bytes is ten times cheaper than one at the characters.
    clean = (
        len(body.translate(None, _C0_BYTES)) == len(body)
        and b"\xef\xbf\xbe" not in body
        and b"\xef\xbf\xbf" not in body
    )
    return Decoded(text if clean else strip_controls(text), "utf-8")


def declared_encodings(body: bytes, content_type: str = "") -> tuple[str, ...]:
    """What HTTP, XML declaration and `<meta>` say, in that order, as Python codec names; unknown ones left out."""
    head = body[:_HEAD_BYTES]
    found = [m.group(1) for m in (_RE_HTTP.search(content_type),) if m]
    found += [m.group(1).decode("ascii") for m in (_RE_XML.search(head), _RE_META.search(head)) if m]
    names = (codec_name(name) for name in found)
    return tuple(dict.fromkeys(name for name in names if name))


def codec_name(label: str) -> str | None:
    """The Python codec for an encoding label of the web, None when there is none to trust."""
    label = label.strip().lower()
    if label in _ALIASES:
        return _ALIASES[label]
    if label.startswith(_REFUSED):
        return None
    try:
        name = codecs.lookup(label).name
        "".encode(name)
    except (LookupError, ValueError, TypeError):
        return None
    return name


def strip_controls(text: str) -> str:
    """`text` without C0 controls, DEL, non-characters and lone surrogates; tab, CR and LF stay."""
    return _RE_C0.sub("", text) if _RE_C0.search(text) else text


def _by_mark(body: bytes) -> tuple[bytes, str] | None:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :], name
    head = body[:400]
    if head.count(0) * 3 < len(head):
        return None
    # UTF-16 without a mark: in markup at least the first characters are ASCII, so every other byte is zero.
    if head[1:2] == b"\0" and head[:1] != b"\0":
        return body, "utf-16-le"
    if head[:1] == b"\0" and head[1:2] != b"\0":
        return body, "utf-16-be"
    return None


def _finish(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, errors="replace")
    return Decoded(strip_controls(text), encoding, text.count("�"))


def _not_clean_utf8(body: bytes, declared: tuple[str, ...]) -> tuple[bytes, str]:
    if _mostly_utf8(body, declared):
        return body, "utf-8"
    wanted = [name for name in declared if name != "utf-8"]
    scores = {name: _score(body, name) for name in (*wanted, "gb18030", "big5hkscs", "cp1252")}
    best = max(scores, key=lambda name: scores[name])
    for name in wanted:
        if scores[best] - scores[name] <= _MUCH_BETTER:
            return body, name
    return body, best


def _mostly_utf8(body: bytes, declared: tuple[str, ...]) -> bool:
    """True when the unreadable places are few against the characters that UTF-8 explains."""
    text = body.decode("utf-8", errors="replace")
    bad = text.count("�")
    floor = "ࠀ" if declared and declared[0] != "utf-8" else "\x80"
    good = sum(1 for char in text if char >= floor) - bad
    return good > 4 * bad


def _has_wide(text: str) -> bool:
    return any(char >= "ࠀ" for char in text)


def _score(body: bytes, encoding: str) -> float:
    """0 to 1: the share of the non-ASCII bytes that read as common characters in `encoding`."""
    if encoding == "gb18030":
        return _share(body, _RE_GB_PAIR, _gb_common)
    if encoding == "big5hkscs":
        return _share(body, _RE_BIG5_PAIR, _big5_common)
    if encoding == "cp1252":
        return _latin_score(body)
    text = body.decode(encoding, errors="replace")
    wide = sum(1 for char in text if char >= "\x80")
    return 0.8 * (1 - text.count("�") / wide) if wide else 0.0


def _share(body: bytes, pairs: re.Pattern[bytes], common: Callable[[bytes], bool]) -> float:
    found = pairs.findall(body, 0, _SCORED_BYTES)
    return sum(map(common, found)) / len(found) if found else 0.0


def _gb_common(pair: bytes) -> bool:
    """GB 2312 level 1 (the 3,755 most used characters), its punctuation and full-width letters."""
    return len(pair) == 2 and pair[1] >= 0xA1 and (0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA3))


def _big5_common(pair: bytes) -> bool:
    """Big5 level 1 (the 5,401 most used characters) and punctuation."""
    return len(pair) == 2 and 0xA1 <= pair[0] <= 0xC6


def _latin_score(body: bytes) -> float:
    """Western text has single accented letters; Chinese text has long runs of high bytes."""
    runs = [len(run) for run in _RE_HIGH_RUN.findall(body, 0, _SCORED_BYTES)]
    return 0.9 * sum(1 for n in runs if n == 1) / sum(runs) if runs else 0.0
