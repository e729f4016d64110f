"""What tells two matters of one kind apart besides the place: the study programme and the sum of money."""

import re
import tomllib
from pathlib import Path

import ahocorasick_rs

BESIDE = re.compile(
    "专业|系|班|学院|队|同学|学生|群|方阵|国奖|奖学金|实训|代表队|获批|获|的课|大[一二三四]|本科|研究生|毕业生|教研室"
    "|老师"
)
FIND_SUM = re.compile(r"(\d{2,6}(?:\.\d+)?)\s*(?:元|块|万元|yuan|rmb)|[¥￥]\s*(\d{2,6})", re.IGNORECASE)
DIGIT = re.compile(r"\d")
NONE: frozenset[str] = frozenset()
TAILS = ("工程", "管理", "科学", "医学", "学")


def read_programmes(text: str) -> dict[str, bool]:
    """Programme -> whether it is a word of everyday too."""
    lists = tomllib.loads(text)
    return dict.fromkeys(lists["plain"].split(), False) | dict.fromkeys(lists["common"].split(), True)


PROGRAMMES = read_programmes((Path(__file__).parent / "data" / "programmes.toml").read_text(encoding="utf-8"))
WORDS = list(PROGRAMMES)
FINDER = ahocorasick_rs.AhoCorasick(WORDS, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def find_particulars(text: str) -> frozenset[str]:
    """`major:…` and `sum:…` of each programme and sum of money named in `text` (lower case)."""
    found = {f"sum:{hit[0] or hit[1]}" for hit in FIND_SUM.findall(text)} if DIGIT.search(text) else set()
    for number, _, end in FINDER.find_matches_as_indexes(text):
        word = WORDS[number]
        if not PROGRAMMES[word] or BESIDE.match(text, end):
            found.add(f"major:{shorten(word)}")
    return frozenset(found) if found else NONE


def shorten(programme: str) -> str:
    """`会计学` and `会计`, `土木工程` and `土木` are one."""
    for tail in TAILS:
        if programme.endswith(tail) and len(programme) - len(tail) >= 2:
            return programme[: -len(tail)]
    return programme


def particulars_clash(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """True when both name some of one sort and share none of that sort."""
    for sort in ("major:", "sum:"):
        mine, others = ({name for name in side if name.startswith(sort)} for side in (ours, theirs))
        if mine and others and not mine & others:
            return True
    return False
