"""What campus matters are called: words in Chinese and English that mean one kind of matter.

It lets a post in English join a matter told in Chinese, and "the registration site shows 502" join "the campus network
is down". It says what kind a matter is, never which one: `pipeline.evidence` believes it only when two posts of a kind
so near in time would be a strange coincidence. The words stand in `pipeline/data/matters.toml`.
"""

import tomllib
from pathlib import Path

import ahocorasick_rs

WORDS_FILE = Path(__file__).parent / "data" / "matters.toml"


def read_words(text: str) -> dict[str, str]:
    """Word -> kind of matter, in the order of the file; the first kind keeps a word that two name."""
    found: dict[str, str] = {}
    for matter, scripts in tomllib.loads(text).items():
        for word in (*scripts["zh"].split(), *scripts["en"].split("|")):
            found.setdefault(word, matter)
    return found


WORDS = read_words(WORDS_FILE.read_text(encoding="utf-8"))
LIST = list(WORDS)
LATIN = [word.isascii() for word in LIST]
KINDS = list(WORDS.values())
FINDER = ahocorasick_rs.AhoCorasick(LIST, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def find_matters(text: str) -> tuple[str, ...]:
    """Each kind of matter named in `text` (lower case), in the order of first naming."""
    found: dict[str, None] = {}
    for number, start, end in FINDER.find_matches_as_indexes(text):
        if LATIN[number] and not stands_alone(text, start, end):
            continue
        found[KINDS[number]] = None
    return tuple(found)


def stands_alone(text: str, start: int, end: int) -> bool:
    """True when no Latin letter or digit touches the word on either side."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())
