"""One spelling for comparing: NFKC, simplified characters, lower case, no spaces inside Chinese words.

For comparing only; what is shown and stored keeps its own spelling.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_INNER_SPACE = re.compile(f"(?<=[{_HAN}])[ \t\u00b7\u2022\u30fb]+(?=[{_HAN}])")
_SPACES = re.compile(r"[ \t]{2,}")
# Full-width letters, radicals, circled digits: what NFKC changes and a name may hold. Punctuation is left alone,
# because nearly every Chinese post has some and the full normalisation costs more than everything else here.
_COMPATIBLE = re.compile(
    "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000\u2000-\u200a\u00a0\u2460-\u24ff\u2e80-\u2fdf\uf900-\ufaff\U0001d400-\U0001d7ff]"
)
# Compared by meaning, not by sound or look: these pairs are one character in two national standards.
_EXTRA = {"臺": "台", "妳": "你", "裏": "里", "牀": "床", "羣": "群", "峯": "峰", "綫": "线"}


@cache
def _simplified() -> dict[int, str]:
    """Traditional -> simplified, one character each (OpenCC's TSCharacters, Apache-2.0)."""
    table: dict[int, str] = {ord(old): new for old, new in _EXTRA.items()}
    text = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        old, _, new = line.partition("\t")
        choices = new.split(" ")
        first = choices[0]
        if old in choices:  # 乾, 著: written in simplified text too, in names among others
            continue
        # Only the basic plane: wider sets make the pattern below a hundred times slower, and nobody posts in them.
        if len(old) == 1 and len(first) == 1 and old != first and old < "\uffff":
            table[ord(old)] = first
    return table


@cache
def _traditional() -> re.Pattern[str]:
    """Any traditional character: searching is ten times cheaper than translating, and most texts have none."""
    characters = [re.escape(chr(code)) for code in _simplified()]
    return re.compile(f"[{''.join(characters)}]")


def simplify(text: str) -> str:
    """Traditional characters replaced one for one."""
    if text.isascii() or not _traditional().search(text):
        return text
    return text.translate(_simplified())


def normalise(text: str) -> str:
    """`text` in the one spelling. Length may change."""
    if text.isascii():
        text = text.lower()
    else:
        if _COMPATIBLE.search(text):
            text = unicodedata.normalize("NFKC", text)
        elif "（" in text:
            text = text.replace("（", "(").replace("）", ")")
        text = simplify(text).lower()
        if " " in text or "·" in text or "\u30fb" in text:
            text = _INNER_SPACE.sub("", text)
    return _SPACES.sub(" ", text) if "  " in text else text


def is_han(character: str) -> bool:
    """True for one Chinese character."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"


def has_han(text: str) -> bool:
    """True when any character is Chinese."""
    return not text.isascii() and any(map(is_han, text))
