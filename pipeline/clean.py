"""Bytes of the world have become strings; here the strings become plain text a person would read.

HTML goes to plain text (blocks become line breaks, scripts vanish), characters that hide or reorder text are
removed, white space is folded, length is capped. Nothing here decides what the text means.
"""

import html as entities
import re
from typing import NamedTuple

import nh3

MAX_CHARS = 20_000
# Mark-up beyond this is not read: a page whose first 200,000 characters hold no text is not a post.
MAX_HTML = 200_000

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffc\ud800-\udfff\U000e0000-\U000e007f]"
)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|tr|table|h[1-6]|section|article|blockquote|header|footer|dd|dt|hr|pre|figcaption|title)"
    r"\b[^<>]*>",
    re.IGNORECASE,
)
_CELL = re.compile(r"</t[dh]\s{0,8}>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:p|div|br|span|a|img|b|strong|em|i|ul|li|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")
_KANA_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z]+")
_OTHER_LETTER = re.compile("[\u00c0-\u024f\u0370-\u1fff]")


class Clean(NamedTuple):
    """Plain title (one line, None when empty), plain text (may be empty) and `zh`, `en` or `other`."""

    title: str | None
    text: str
    lang: str


def clean_text(title: str | None, text: str | None, html: str | None, lang: str | None) -> Clean:
    """Plain text of an item; `text` wins over `html`. Never raises, whatever the strings hold.

    Titles are cut at 500 characters, texts at 20,000. A given `lang` is reduced to zh, en or other.
    """
    body = plain_text(text) if text and text.strip() else html_to_text(html or "")
    head = plain_text(title or "").replace("\n", " ")[:500] or None
    return Clean(head, body, _given_lang(lang) or guess_lang(f"{head or ''} {body[:500]}"))


def plain_text(text: str) -> str:
    """Fold white space, drop invisible characters, and mark-up where a source put it into plain text."""
    text = text[:MAX_HTML]
    if "<" in text and _TAG.search(text):
        return html_to_text(text)
    if "&" in text and _ENTITY.search(text):
        text = entities.unescape(text)
    return _fold(text)


def html_to_text(html: str) -> str:
    """Readable text of an HTML fragment or page."""
    if not html:
        return ""
    marked = _CELL.sub(" ", _BLOCK.sub("\n", html[:MAX_HTML]))
    return _fold(entities.unescape(nh3.clean(marked, tags=set(), attributes={})))


def guess_lang(text: str) -> str:
    """`zh`, `en` or `other`, from the scripts in the first 600 characters."""
    text = text[:600]
    if text.isascii():
        return "en" if _LATIN.search(text) else "other"
    if _KANA_HANGUL.search(text):
        return "other"
    han = sum(map(len, _HAN.findall(text)))
    latin = sum(map(len, _LATIN.findall(text)))
    # A Han character carries about as much as four letters, so a mixed post with a Chinese core is Chinese.
    if han * 4 > latin:
        return "zh"
    return "other" if len(_OTHER_LETTER.findall(text)) * 25 > latin or not latin else "en"


def _given_lang(lang: str | None) -> str | None:
    """The part of a given language tag that we tell apart."""
    if not lang:
        return None
    first = lang.replace("_", "-").split("-", 1)[0].lower()
    return first if first in ("zh", "en") else "other"


def _fold(text: str) -> str:
    """One space, one line break, nothing invisible, at most `MAX_CHARS`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", text)
    text = _BLANKS.sub(" ", text.replace("\u2028", "\n").replace("\u2029", "\n"))
    if "\n" in text:
        text = _BREAKS.sub("\n", text)
    return text.strip()[:MAX_CHARS].rstrip()
