"""A text as a set of hashed character 3-grams: what copies are compared by.

Only letters and digits of any script count, so punctuation, emoji, repost marks and source tails do not make a
repost look new. Hashes are CRC-32, the same on every machine and in every run.
"""

import re
import unicodedata
from array import array
from collections.abc import Collection
from zlib import crc32

REPOST = re.compile(
    r"^(?:\s*(?:转发微博|转发|转|repost|rt|fwd)\s*[:：]\s*"
    r"|\s*(?:求助[!！]|(?:哈{2,}|啊这|呵呵|lol)[ ,，!！~～]+)\s*"
    r"|\s*/{1,2}\s*(?:@[^\s:：]{1,30}|〔[^〕]{1,6}〕)\s*[:：]\s*|\s*(?:转发微博|快转微博)\s*$)+",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://\S+")
NOT_WORD = re.compile(r"[\W_]+")
NUMBER = re.compile(r"\d+[年月日号时元栋楼届%]?")
CUT = re.compile(r"\d*(?:…|\.{3})\s*$")
WIDTH = 3


def squeeze(text: str) -> str:
    """`text` as its letters and digits alone: NFKC, lower case, without repost marks, links and source tails."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    bare = REPOST.sub("", text)
    if "http" in bare:
        bare = LINK.sub(" ", bare)
    return NOT_WORD.sub("", bare.lower())


def hash_shingles(bare: str) -> set[int]:
    """CRC-32 of each distinct 3-gram of `bare`; one of the whole when it is shorter; empty for empty text."""
    if len(bare) < WIDTH:
        return {crc32(bare.encode("utf-32-le"))} if bare else set()
    letters = bare.encode("utf-32-le")  # four bytes a letter, so a gram is a slice
    return {crc32(letters[at : at + 4 * WIDTH]) for at in range(0, len(letters) - 4 * (WIDTH - 1), 4)}


def pack(shingles: Collection[int]) -> "array[int]":
    """The set as sorted 4-byte numbers: 4 bytes a shingle, where a Python set takes 60."""
    return array("I", sorted(shingles))


def find_numbers(text: str) -> frozenset[str]:
    """Numbers written in `text`, each with its unit (`3日` is not `3号`), without one that a truncation cut in two."""
    return frozenset(NUMBER.findall(CUT.sub("", unicodedata.normalize("NFKC", text))))
