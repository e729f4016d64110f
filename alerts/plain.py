"""Crawled words as words: what is put into a message can hide nothing, jump nowhere and address nobody."""

import re
import unicodedata

_BLANK = re.compile(r"\s+")


def plain(text: str, limit: int = 0) -> str:
    """`text` on one line, without control, zero-width or direction-changing characters, cut to `limit` characters.

    Format characters (Unicode category Cf) are what bidi tricks and zero-width marks are made of.
    """
    kept = "".join(" " if char in "\t\r\n\x0b\x0c\u2028\u2029" else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    kept = _BLANK.sub(" ", kept).strip()
    return cut(kept, limit) if limit else kept


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` characters; what is cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"
