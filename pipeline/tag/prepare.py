"""The text that is tagged: the head of a document, free of what would break a tokenizer."""

import re
import unicodedata

from pipeline.model import Document

HEAD_CHARS = 200
BARE_CHARS = 260
TITLE_CHARS = 120
LONGEST_LINE = 100_000
BROKEN = re.compile(r"[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2060\ufeff\ufff9-\uffff]")
LINK = re.compile(r"(?:https?://|www\.)[\x21-\x7e]+")
SPACES = re.compile(r"\s+")
REPEATED = re.compile(r"(.)\1{3,}")


def tagging_text(document: Document) -> str:
    """Title and the first 200 characters, or the first 260 of a text without title; cleaned.

    Empty when there is nothing to judge: no letter at all, or an endless single line (data, not prose).
    """
    if is_endless(document.text):
        return clean_head((document.title or "")[:TITLE_CHARS])
    if document.title:
        return clean_head(f"{document.title[:TITLE_CHARS]}\n{document.text[:HEAD_CHARS]}")
    return clean_head(document.text[:BARE_CHARS])


def is_endless(text: str) -> bool:
    """A line break is missing where every prose text of that size has one."""
    return len(text) > LONGEST_LINE and "\n" not in text[:LONGEST_LINE]


def clean_head(text: str) -> str:
    """NFKC without control characters, lone surrogates and links; empty if no letter or ideograph remains."""
    plain = unicodedata.normalize("NFKC", BROKEN.sub("", text))
    plain = SPACES.sub(" ", LINK.sub(" ", plain)).strip()
    plain = REPEATED.sub(r"\1\1\1", plain)
    return plain if any(map(str.isalpha, plain)) else ""
