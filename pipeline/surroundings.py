"""What stands directly before or behind a school's name and makes it another school, a town or a company.

All texts here are in the one spelling of `pipeline.normal`. Every function answers with the words that decided,
or the empty string; none knows which school is ours.
"""

import re

from pipeline.data import load_sections
from pipeline.names import name_book

_WORDS = load_sections("surroundings.txt")
_DIRECTIONS = "东南西北新"
# Two-character words that end in one of them: there the name is whole (湖北江城…, 最新海川…).
_HARMLESS_BEFORE = frozenset(_WORDS["harmless_before"])
# Words too, but the name of a region in front of a school's makes another school: 华东江城大学.
_COMPASS = frozenset(_WORDS["compass"])
_LEVELS = "|".join(_WORDS["levels"])
_OTHER_SCHOOL_BEHIND = re.compile(f"(?:{_LEVELS}){{0,5}}(?:{'|'.join(_WORDS['school_behind'])})")
_NEVER_OURS_BEHIND = re.compile(
    "城(?![市乡建内外里东西南北区关管])|城市学院|城建学院|大学城|附中|附小|附幼|附高|"
    "附属(?!.{0,6}(?:医院|口腔|肿瘤|诊所|妇产|妇幼))|第[一二三四五六七八九十]附属(?!.{0,4}医院)|"
    "幼儿园|实验(?:中学|小学|学校)|中学|小学|中专|技校|股份(?!制)|"
    "(?:科技|信息|软件|实业|生物|医药|电子|环保|材料|建设|教育)?(?:有限|集团(?!军)|控股|置业|地产)"
)
_TOWN_BEHIND = re.compile(
    f"市(?!场)|区(?!别|分)|路(?!演)|站(?!在|出)|门(?!口|卫|禁|前|外|内)|{'|'.join(_WORDS['town_behind'])}|(?:{_LEVELS}){{1,5}}(?:大学|学院|学校)"
)
# School-like endings: a name with one is never read as a town.
_SCHOOL_ENDING = re.compile("(?:大学|学院|学校|专科|校区|校园|分校|本部|大|院|校|专|师|高专)$")
# 江科|大学, 江科|大厦: what follows a short name in 大 and shows that it was none.
_LONGER_BEHIND = re.compile(
    "学(?![生子长姐弟妹习期报风籍费霸号])|厦|巴|门(?![口前外内])|桥(?!梁)|街(?![舞拍头])|酒店|药房|剧院|市场|饭店"
)
_BARE_SCHOOLS = frozenset(_WORDS["bare_schools"])
_REGIONS = frozenset(
    "京津沪渝冀豫辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳台华武哈沈杭广深福厦昆兰郑太成重电北南东西湖河山江安中长"
)
_WORD_BEFORE = frozenset(_WORDS["word_before"])
# A word that reaches into a short name from outside is believed when it is at least this common.
_COMMON_WORD = 14.0

_LATIN_DIRECTION = re.compile(r"\b(?:(?:north|south|east|west)(?:ern|east|west|eastern|western)?|upper|lower)[ -]$")
_LATIN_SCHOOL_BEHIND = re.compile(
    r"[ -](?:(?!(?:and|or|to|vs|versus|with|at|in|by|for|on|from|the|a) )(?:\w+ ){0,3}(?:university|polytechnic|seminary|academy)|"
    rf"(?:{'|'.join(_WORDS['latin_kinds'])}|no\.? ?\d+|science and technology|foreign language)? ?"
    r"(?:college|institute|school|high school|middle school|primary school|grammar school))\b"
)
_LATIN_NEVER_BEHIND = re.compile(
    r"(?:'s )?(?:[ -]town\b|[ -]affiliated (?!hospital)|[ -]kindergarten|[ -]co\.|"
    r"[ -](?:attached )?(?:middle|high|primary|elementary|secondary|preparatory|prep) school|"
    r"[ -](?:ltd|inc|corp|corporation|holdings?|llc|plc|gmbh)\b)|"
    rf" (?:of|for) (?:the )?(?:{'|'.join(_WORDS['latin_studies'])})\b"
)
_LATIN_TOWN_BEHIND = re.compile(
    rf"[ -](?:{'|'.join(_WORDS['latin_towns'])})\b|(?: \w{{1,20}}){{1,3}},? (?:co\.|ltd|inc|corp|llc|plc)"
)
_LATIN_SCHOOL_WORD = re.compile(
    r"\b(?:university|college|institute|school|academy|polytechnic|campus|conservatory|seminary)\b"
)


def other_before(body: str, start: int) -> str:
    """A direction or 新 directly before a Chinese name."""
    if start == 0 or body[start - 1] not in _DIRECTIONS:
        return ""
    pair = body[max(0, start - 2) : start]
    if pair in _HARMLESS_BEFORE or (_is_word(pair) and pair not in _COMPASS):
        return ""
    return body[start - 1]


def region_before(body: str, start: int, name: str) -> str:
    """For bare names such as 科大: a character before them that makes 中科大, 电科大, 华科大."""
    if start == 0 or name not in _BARE_SCHOOLS or body[start - 1] not in _REGIONS:
        return ""
    return "" if body[max(0, start - 2) : start] in _WORD_BEFORE else body[start - 1]


def other_behind(body: str, end: int, name: str) -> str:
    """What follows a Chinese name and makes it a town, a company or another school."""
    found = _NEVER_OURS_BEHIND.match(body, end)
    if found is None and not _SCHOOL_ENDING.search(name):
        found = _OTHER_SCHOOL_BEHIND.match(body, end) or _TOWN_BEHIND.match(body, end)
    elif found is None and name.endswith("大"):
        found = _LONGER_BEHIND.match(body, end)
    return found.group(0) if found else ""


def word_across(body: str, start: int, end: int) -> str:
    """An everyday word that reaches into a short name: 上海|院线, 沿海|院校, 浙江|科大. Longer names are safe."""
    if end - start > 3:
        return ""
    before, outer = body[max(0, start - 1) : start + 1], body[max(0, start - 2) : start]
    if start and _is_word(before) and not (len(outer) == 2 and _is_word(outer)):
        return before
    behind, outer = body[end - 1 : end + 1], body[end : end + 2]
    if (
        end - start == 2
        and behind[1:] not in _DIRECTIONS
        and _is_word(behind)
        and not (len(outer) == 2 and _is_word(outer))
    ):
        return behind
    return ""


def _is_word(pair: str) -> bool:
    return len(pair) == 2 and name_book().words.get(pair, 99.0) < _COMMON_WORD


def stands_apart(body: str, start: int) -> bool:
    """True when the first character at `start` belongs to the word before it: 其中|科大."""
    return body[max(0, start - 1) : start + 1] in _WORD_BEFORE


def inside_word(body: str, start: int, end: int) -> bool:
    """True when a Latin name is a part of a longer word."""
    before = body[start - 1] if start else " "
    after = body[end] if end < len(body) else " "
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def latin_before(body: str, start: int) -> str:
    """A direction directly before an English name."""
    found = _LATIN_DIRECTION.search(body[max(0, start - 14) : start])
    return found.group(0).strip() if found else ""


def latin_behind(body: str, end: int, name: str) -> str:
    """What follows an English name and makes it something else."""
    found = _LATIN_NEVER_BEHIND.match(body, end)
    if found is None and not _LATIN_SCHOOL_WORD.search(name):
        found = _LATIN_SCHOOL_BEHIND.match(body, end)
        if found is None and (" " in name or len(name) > 5):
            found = _LATIN_TOWN_BEHIND.match(body, end)
    return found.group(0).strip() if found else ""
