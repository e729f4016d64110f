"""Numbers that lead to a person: phones, identity, student, bank and messenger numbers, plates.

A run of digits (any width, Chinese digits, separators between) is found once and then judged by its digits, its
grouping and the words around it. Everything is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.data import load_sections

PHONE, IDENTITY, STUDENT, BANK, MESSENGER, PLATE, NUMBER = (
    "〔电话〕", "〔证件〕", "〔学号〕", "〔卡号〕", "〔账号〕", "〔车牌〕", "〔号码〕",
)  # fmt: skip

_WORDS = load_sections("persons.txt")
_FROM = "０１２３４５６７８９零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨⓪"
_TO = "012345678900012345678911234567891234567890"
_DIGITS = str.maketrans(_FROM, _TO)
_DIGIT = f"0-9{_FROM}"
_ARABIC = re.compile("[0-9０-９]")
_GAP = r" \t()（）\-_.\u00b7\u2022~*/|\u2010-\u2015\u2212\uff0d\uff0e\u3000\u20e3\u00a0\uff5e"
_SCORES = ((3, 3, 3, 2), (2, 3, 3, 3), (3, 2, 3, 3), (3, 3, 2, 3))
# At least five digits, with at most two separators between each.
RUN = re.compile(f"[{_DIGIT}](?:[{_GAP}]{{0,2}}[{_DIGIT}]){{4,}}[xXＸｘ]?")
# Nobody writes a table as one line of a thousand figures; whoever hides a number in one gets all of it masked.
_MAX_RUN = 1_000
_GROUPS = re.compile(f"[{_DIGIT}xXＸｘ]+")

_MOBILE = re.compile(r"(?:0086|86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")


def _words_before(section: str, gap: str = r"[^\n]{0,8}") -> re.Pattern[str]:
    """A word of `section` shortly before the end of a text."""
    return re.compile(f"(?:{'|'.join(map(re.escape, _WORDS[section]))}){gap}$", re.IGNORECASE)


_SPOKEN = _words_before("phone_words")
_STUDENT_BEFORE = _words_before("student_words")
_BANK_BEFORE = _words_before("bank_words", r"[^\n]{0,12}")
_IDENTITY_BEFORE = _words_before("identity_words")
_MESSENGER_BEFORE = re.compile(
    f"(?:{'|'.join(map(re.escape, _WORDS['messenger_words']))}|"
    r"[+＋][vq]|(?<![a-z])[vq](?=[^a-z])|(?<![a-z])u?id(?=[:：号 ]))"
    r"[号id群]{0,3}[:：是为\s]{0,4}(?:号码?|id)?[:：是为\s]{0,3}$",
    re.IGNORECASE,
)
_MINE_BEFORE = re.compile("[我他她是叫]$")
# A student number may look like a minute; only what goes on like a log line is read as one.
_MOMENT_BEHIND = re.compile(r"\s|$|更新|发布|起|至|前|-")
_STUDENT_BEHIND = re.compile("[^\n]{0,4}学号")
# What is counted, priced or dated; papers, parcels and goods have long numbers too.
_UNIT_BEHIND = re.compile(rf"[\s,]{{0,2}}(?:[%％‰℃°+＋]|{'|'.join(_WORDS['units'])})", re.IGNORECASE)
_PAPER_BEFORE = _words_before("paper_words")
_MONEY_BEFORE = re.compile(
    r"(?:[¥￥$€£#＃]|rmb|cny|isbn|issn|doi|单号|编号|序号|版本|代码|邮编|№|no\.?)[:：\s]{0,2}$", re.IGNORECASE
)
_LETTER_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,3}(?:19|20)\d{6,10}(?![A-Za-z0-9])")
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EGDSP]\d{8}|E[A-HJ-NP-Z]\d{7}|[HMC]\d{8,10})(?![A-Za-z0-9])")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"
    r"[A-HJ-NP-Za-hj-np-z][ \u00b7•.\-]{0,2}(?=[A-Za-z]{0,4}\d)"
    r"[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳领]"
    r"(?![A-Za-z0-9])"
)
# 138****8000 and 138，0013，8000: half hidden, or cut by marks that otherwise part the figures of a list.
_HALF_HIDDEN = re.compile(r"(?<!\d)1[3-9]\d(?:[*＊xX]{4}\d{4}|([，、,/])\d{4}\1\d{4})(?!\d)")
_TEN_DIGITS = re.compile("[0-9０-９]{6}")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text to be replaced, and what by."""

    start: int
    end: int
    label: str


def number_spans(text: str) -> Iterator[Span]:
    """Parts of `text` that are somebody's number."""
    for run in RUN.finditer(text):
        yield from _run_spans(text, run.start(), run.end())
    for found in _HALF_HIDDEN.finditer(text):
        yield Span(found.start(), found.end(), PHONE)
    if _TEN_DIGITS.search(text):
        for pattern, label in ((_LETTER_ID, STUDENT), (_PASSPORT, IDENTITY)):
            for found in pattern.finditer(text):
                yield Span(found.start(), found.end(), label)
    for found in _PLATE.finditer(text):
        yield Span(found.start(), found.end(), PLATE)


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits written together."""

    start: int
    end: int
    digits: str


def _run_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Judge one run: the longest sequence of its groups that is somebody's number, then the rest."""
    if end - start > _MAX_RUN:
        yield Span(start, end, NUMBER)
        return
    groups = [
        _Group(start + found.start(), start + found.end(), found.group().translate(_DIGITS).upper())
        for found in _GROUPS.finditer(text[start:end])
    ]
    whole = "".join(group.digits for group in groups)
    if (
        len(whole) == 10
        and whole.startswith(("400", "800"))
        and not _MESSENGER_BEFORE.search(text[max(0, start - 24) : start])
    ):
        return  # a company's hotline
    first = 0
    while first < len(groups):
        label, last = _best_number(text, groups, first)
        if label:
            yield Span(groups[first].start, groups[last].end, label)
            first = last + 1
        else:
            first += 1


def _best_number(text: str, groups: list[_Group], first: int) -> tuple[str, int]:
    """Label and last group of the longest number that begins with group `first`; no label when there is none."""
    digits, best = "", ("", first)
    begin = groups[first].start
    # Words say something about the number directly behind them only.
    before = text[max(0, begin - 24) : begin] if first == 0 else ""
    for last in range(first, len(groups)):
        digits += groups[last].digits
        if len(digits) > 24 and last > first:
            break
        behind = text[groups[last].end : groups[last].end + 12]
        label = _judge(digits, groups[first : last + 1], before, behind)
        if label:
            best = (label, last)
    return best


def _judge(digits: str, groups: list[_Group], before: str, behind: str) -> str:
    """What the joined `digits` are."""
    body = digits.rstrip("X")
    if len(body) < 5 or "X" in body:
        return ""
    if len(digits) >= 10:
        strong = _by_shape(digits, tuple(len(group.digits) for group in groups))
        if strong:
            return strong
    if not before and (len(groups) > 1 or len(body) < 9):
        return ""
    return _by_words(body, len(groups), before, behind)


def _by_shape(digits: str, shape: tuple[int, ...]) -> str:
    """Numbers that are known by their digits alone."""
    if _MOBILE.fullmatch(digits) and _phone_shape(shape):
        return PHONE
    if len(digits) == 18 and _is_birthday(digits[6:14]) and digits[0] != "0":
        return IDENTITY
    if len(digits) == 15 and _is_birthday("19" + digits[6:12]) and digits[0] != "0" and len(shape) <= 4:
        return IDENTITY
    if _LANDLINE.fullmatch(digits) and len(shape) in (1, 2, 3) and shape[0] in (3, 4, len(digits)):
        return PHONE
    if 16 <= len(digits) <= 19 and digits[0] in "34569" and _card_shape(shape) and digits.isdigit():
        return BANK
    return ""


def _phone_shape(shape: tuple[int, ...]) -> bool:
    """Ways to write eleven digits; a row of three-digit scores is none of them."""
    return (
        len(shape) == 1
        or len(shape) >= 10
        or (len(shape) <= 7 and shape not in ((3, 3, 3, 2), (2, 3, 3, 3), (3, 2, 3, 3)))
    )


def _card_shape(shape: tuple[int, ...]) -> bool:
    """Together, by fours, or 6 + rest."""
    return len(shape) == 1 or set(shape[:-1]) == {4} or len(shape) >= 12 or (len(shape) == 2 and shape[0] == 6)


def _is_birthday(eight: str) -> bool:
    """True when eight digits are a day between 1900 and 2030."""
    try:
        return 1900 <= date(int(eight[:4]), int(eight[4:6]), int(eight[6:])).year <= 2030
    except ValueError:
        return False


def _by_words(digits: str, parts: int, before: str, behind: str) -> str:
    """Numbers that are known by the words before them, or by being long and nothing else."""
    size = len(digits)
    if _PAPER_BEFORE.search(before):
        return ""
    for pattern, label, low, high in (
        (_STUDENT_BEFORE, STUDENT, 5, 20),
        (_IDENTITY_BEFORE, IDENTITY, 6, 20),
        (_BANK_BEFORE, BANK, 12, 24),
        (_MESSENGER_BEFORE, MESSENGER, 5, 12),
        (_SPOKEN, PHONE, 7, 15),
    ):
        if low <= size <= high and pattern.search(before) and not _UNIT_BEHIND.match(behind):
            return label
    if parts > 1 or size < 9 or _MONEY_BEFORE.search(before) or _UNIT_BEHIND.match(behind):
        return ""
    return STUDENT if _STUDENT_BEHIND.match(behind) or _MINE_BEFORE.search(before) else _bare(digits, behind)


def _bare(digits: str, behind: str) -> str:
    """A long number without any word: not a time, not an ISBN."""
    if digits[:2] in ("19", "20") and len(digits) in (9, 10, 11, 12, 13, 14):
        return "" if len(digits) in (12, 14) and _is_moment(digits) and _MOMENT_BEHIND.match(behind) else STUDENT
    if len(digits) == 13 and digits[:3] in ("978", "979"):
        return ""
    return NUMBER


def _is_moment(digits: str) -> bool:
    """YYYYMMDDhhmm(ss)."""
    return _is_birthday(digits[:8]) and int(digits[8:10]) < 24 and int(digits[10:12]) < 60
