"""Keeps the tokenizer pieces that Chinese and English texts need; the other four fifths only cost memory."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

CHINESE = re.compile(r"[一-鿿]")
KANA_HANGUL = re.compile(r"[぀-ヿ가-힯]")
SHORT_LATIN = re.compile(r"^▁?[\x20-\x7e]{1,3}$")
ASCII_WORD = re.compile(r"^▁?[A-Za-z'’-]+$")
SPECIAL = 4
UNKNOWN = 3


def write_tokenizer(pieces: Sequence[str], scores: NDArray[np.float32]) -> Tokenizer:
    """A unigram tokenizer that cuts as the original does (NFKC, spaces as ▁), `<s>` and `</s>` around."""
    vocabulary = list(zip(pieces, scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=UNKNOWN, byte_fallback=False))
    spaces = normalizers.Replace(Regex(r"\s+"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    ends = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return tokenizer


def choose_pieces(pieces: Sequence[str], seen: Iterable[int]) -> list[int]:
    """Ids to keep: special ones, everything seen in `seen`, Chinese, single characters, short Latin."""
    wanted = set(seen)
    return [n for n, piece in enumerate(pieces) if n < SPECIAL or n in wanted or is_useful(piece)]


def is_useful(piece: str) -> bool:
    """Whether a piece can occur in Chinese or short Latin text."""
    if len(piece) == 1 or SHORT_LATIN.match(piece):
        return True
    return bool(CHINESE.search(piece)) and not KANA_HANGUL.search(piece)


def seen_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> set[int]:
    """Every id that occurs when `texts` are cut, in portions so that memory stays flat."""
    found: set[int] = set()
    for start in range(0, len(texts), 10_000):
        for encoding in tokenizer.encode_batch(list(texts[start : start + 10_000])):
            found.update(encoding.ids)
    return found


def save_tokenizer(tokenizer: Tokenizer, path: Path) -> None:
    """As `tokenizer.json`, which the runtime loads."""
    tokenizer.save(str(path))
