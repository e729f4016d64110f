"""Numbers that lead to a person: phones, identity, student, bank and messenger numbers, plates.

A run of digits (any width, Chinese digits, separators between) is found once and then judged by its digits, its
grouping and the words around it. Everything is linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

PHONE, IDENTITY, STUDENT, BANK, MESSENGER, PLATE, NUMBER = (
    "〔电话〕", "〔证件〕", "〔学号〕", "〔卡号〕", "〔账号〕", "〔车牌〕", "〔号码〕",
)  # fmt: skip

_FROM = "０１２３４５６７８９零〇○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨⓪"
_TO = "012345678900012345678911234567891234567890"
_DIGITS = str.maketrans(_FROM, _TO)
_DIGIT = f"0-9{_FROM}"
_ARABIC = re.compile("[0-9０-９]")
_GAP = r" \t\-_.\u00b7\u2022~*/|\u2010-\u2015\u2212\uff0d\uff0e\u3000\u20e3\u00a0\uff5e"
# At least five digits, with at most two separators between each.
RUN = re.compile(f"[{_DIGIT}](?:[{_GAP}]{{0,2}}[{_DIGIT}]){{4,}}[xXＸｘ]?")
_GROUPS = re.compile(f"[{_DIGIT}xXＸｘ]+")

_MOBILE = re.compile(r"(?:0086|86)?1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
_SPOKEN = re.compile(
    r"(?:电话|手机|热线|号码|联系|致电|拨打|座机|来电|短信|tel|phone|mobile|call|text|whatsapp|☎|📞|📱)[^\n]{0,8}$",
    re.IGNORECASE,
)
_MESSENGER_BEFORE = re.compile(
    r"(?:qq|扣扣|抠抠|蔻蔻|企鹅|球球|丘丘|秋秋|口口|微信|微❤|威信|薇信|wechat|weixin|vx|wx|v信|＋?\+?[vq](?=[^a-z])|群号|群|抖音|快手|小红书|微博|账号|帐号|加我|加)"
    r"[号id群]{0,3}[:：是为\s]{0,4}(?:号码?|id)?[:：是为\s]{0,3}$",
    re.IGNORECASE,
)
_STUDENT_BEFORE = re.compile(
    r"(?:学号|学工号|工号|考号|准考证号?|考生号|报名号|一卡通|校园卡|学籍号|职工号|student (?:id|no\.?|number)|id number|staff (?:id|no))[^\n]{0,6}$",
    re.IGNORECASE,
)
_BANK_BEFORE = re.compile(r"(?:卡号|账户|帐户|银行|储蓄|收款|转账|打款|汇款|card|account)[^\n]{0,12}$", re.IGNORECASE)
_IDENTITY_BEFORE = re.compile(r"(?:身份证|证件|护照|社保|passport|identity|id card)[^\n]{0,8}$", re.IGNORECASE)
# What is counted, priced or dated; also document numbers, which lead to a paper and not to a person.
_UNIT_BEHIND = re.compile(
    r"[\s,]{0,2}(?:[%％‰℃°]|元|块|万|亿|千|百|人|名|位|次|个|件|条|份|张|篇|册|本|套|台|辆|米|公里|千米|平|亩|吨|克|斤|升|度|分|秒|天|年|月|日|时|点|岁|届|级|期|倍|字|步|票|赞|"
    r"条|字节|公顷|立方|兆|瓦|赫|usd|rmb|cny|yuan|km|kg|mb|gb|people|students|votes|views)",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(
    r"(?:[¥￥$€£#＃]|rmb|cny|isbn|issn|doi|合同编号|发文|文号|订单号?|单号|快递|编号|序号|版本|代码|课程|邮编|№|no\.?)[:：\s]{0,2}$",
    re.IGNORECASE,
)
_LETTER_ID = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,3}(?:19|20)\d{6,10}(?![A-Za-z0-9])")
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EGDSP]\d{8}|E[A-HJ-NP-Z]\d{7}|[HMC]\d{8,10})(?![A-Za-z0-9])")
_PLATE = re.compile(
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"
    r"[A-HJ-NP-Za-hj-np-z][ \u00b7•.\-]{0,2}(?=[A-Za-z]{0,4}\d)[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳领]"
    r"(?![A-Za-z0-9])"
)
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
    groups = [
        _Group(start + found.start(), start + found.end(), found.group().translate(_DIGITS).upper())
        for found in _GROUPS.finditer(text[start:end])
    ]
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
    digits = ""
    best = ("", first)
    spoken = text[max(0, groups[first].start - 24) : groups[first].start]
    for last in range(first, min(len(groups), first + 24)):
        digits += groups[last].digits
        if len(digits) > 40 and last > first:
            break
        label = _judge(digits, groups[first : last + 1], spoken, text[groups[last].end : groups[last].end + 12])
        if label:
            best = (label, last)
    return best


def _judge(digits: str, groups: list[_Group], before: str, behind: str) -> str:
    """What the joined `digits` are."""
    body = digits.rstrip("X")
    if len(body) < 5 or "X" in body:
        return ""
    shape = tuple(len(group.digits) for group in groups)
    strong = _by_shape(digits, shape)
    if strong:
        return strong
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
    return _bare(digits)


def _bare(digits: str) -> str:
    """A long number without any word: not a time, not an ISBN."""
    if digits[:2] in ("19", "20") and len(digits) in (9, 10, 11, 12, 13, 14):
        return "" if len(digits) in (12, 14) and _is_moment(digits) else STUDENT
    if len(digits) == 13 and digits[:3] in ("978", "979"):
        return ""
    return NUMBER


def _is_moment(digits: str) -> bool:
    """YYYYMMDDhhmm(ss)."""
    return _is_birthday(digits[:8]) and int(digits[8:10]) < 24 and int(digits[10:12]) < 60
