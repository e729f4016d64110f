"""Who a private post is about: full names, nicknames beside role words, class + name, dorm rooms, English names.

Only used for private voices; a name in a headline of the public press stays.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.data import load_sections, load_words
from pipeline.digits import Span
from pipeline.names import HIDDEN, ROLES, find_names, name_book, surnames_up_to
from pipeline.normal import simplify

NAME, ROOM = "〔姓名〕", "〔房间〕"

_WORDS = load_sections("persons.txt")
# Surnames that are mostly prepositions or numbers are not believed beside a role word: 向老师, 万同学.
_SURNAMES = "".join(sorted(surnames_up_to("b") - set("万向代时年候")))
# Behind one surname and a role word the person is known to everybody in the building: 张老师, 王导, 李阿姨.
_SURNAME_ROLE = re.compile(
    f"[{_SURNAMES}](?=(?:{ROLES})|哥(?![伦白特本斯])|姐(?!妹)|导(?![师员致演弹航出入游学论读火体])|"
    "总(?![是会在能算要不结数共体分得])|工(?=[，。！,!说]))"
)
_NICK = re.compile(
    f"(?:小|阿|老|大)[{_SURNAMES}](?=(?:{ROLES}))|阿[\u4e00-\u9fff](?=(?:{ROLES}))|"
    "小[\u4e00-\u9fff](?=同学(?!们)|学姐|学长|老师|学弟|学妹)"
)
_NICK_BEHIND = re.compile(
    f"(?:{'|'.join(_WORDS['close_roles'])})叫?([小老阿][{_SURNAMES}]|[小阿][\u4e00-\u9fff]|([\u4e00-\u9fff])\\2)"
)
# 小学同学, 小组同学, 同学小心: a small thing and not a small person.
_SMALL_THINGS = frozenset(_WORDS["small_things"])
# Names of the north-west and of Tibet in Chinese characters; the sound characters tell them from 常州·钟楼.
_SOUNDS = "阿克尔买提古丽艾热木力合依孜努拉斯德卓玛扎洛桑仁吾肯巴叶娜丹"
_MINORITY = re.compile(
    f"(?=[\u4e00-\u9fff]{{0,6}}[{_SOUNDS}])[\u4e00-\u9fff]{{2,8}}[\u00b7•][\u4e00-\u9fff]{{2,8}}?(?={ROLES}|[^\u4e00-\u9fff]|$)"
)
_ROOM = re.compile(
    r"(?:[0-9A-Za-z一二三四五六七八九十]{1,3}(?:栋|号楼|幢|舍|号公寓|公寓)|(?:宿舍|寝室|公寓)楼?[A-Za-z]?)"
    r"[ \-—]{0,2}(?:[一二三四1-9]单元)?[ \-—]{0,2}[A-Za-z]?\d{3,4}"
    r"(?!\d|元|人|年|块|分|教室|会议|办公|实验|机房|窗口|[ ]?教室)(?:室|房间?|寝室?|宿舍|号)?"
    r"|(?<![\d.\-])[A-Za-z]?\d{1,2}[\-—#]\d{3,4}(?=宿舍|寝|室友|房间|室的|的宿舍)|(?<![\d.])\d{3,4}(?=宿舍|寝室|寝的|室友)"
)
_ROOM_HINT = re.compile("[栋幢舍寝]|号楼|公寓")
_ENGLISH_HINT = re.compile("[A-Za-z.,] [A-Z][a-z]")
_GIVEN_TWICE = r"((?:[A-Z][a-z'’\-]+)(?: [A-Z][a-z'’\-]+){0,2})"
_ENGLISH = (
    re.compile(rf"\b(?:{'|'.join(_WORDS['titles'])})\.? {_GIVEN_TWICE}"),
    re.compile(
        rf"\b(?:[Mm]y|[Oo]ur|[Tt]he|[Hh]is|[Hh]er|[Aa]) (?:{'|'.join(_WORDS['english_roles'])}),? "
        rf"(?:named |called )?{_GIVEN_TWICE}\b"
    ),
    re.compile(r"\b(?:named|called|name is) ((?:[A-Z][a-z'’\-]+)(?: [A-Z][a-z'’\-]+){1,2})\b"),
)
_SYLLABLE = "(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:[aeiouv]{1,3}(?:ng|n)?|er)"
_PINYIN = re.compile(
    rf"\b(?:{'|'.join(_WORDS['pinyin_surnames'])}) (?=[A-Z])(?i:{_SYLLABLE}(?:[- ]?{_SYLLABLE})?)(?![A-Za-z])"
)
_PINYIN_LAST = re.compile(
    rf"(?<![A-Za-z])(?=[A-Z])(?i:{_SYLLABLE}[-]?{_SYLLABLE}) (?:{'|'.join(_WORDS['pinyin_surnames'])})(?![A-Za-z])"
)
_TWO_CAPITALS = re.compile("(?<![A-Za-z])([A-Z][a-z]{1,12}) ([A-Z][a-z'’\\-]{1,20})(?![A-Za-z])")


def person_spans(text: str, keep: Sequence[str] = ()) -> Iterator[Span]:
    """Everything in a private post that says who somebody is. `keep` are names of the school and of outlets."""
    if not text.isascii():
        yield from _chinese_spans(text, keep)
    if _ENGLISH_HINT.search(text):
        yield from _english_spans(text)


def _chinese_spans(text: str, keep: Sequence[str]) -> Iterator[Span]:
    text = simplify(_hide(text, keep))
    for start, end in find_names(text):
        yield Span(start, end, NAME)
    yield from _nickname_spans(text)
    if "·" in text or "•" in text:
        yield from (Span(found.start(), found.end(), NAME) for found in _MINORITY.finditer(text))
    if _ROOM_HINT.search(text):
        yield from (Span(found.start(), found.end(), ROOM) for found in _ROOM.finditer(text))


def _nickname_spans(text: str) -> Iterator[Span]:
    """小王同学, 张老师, 室友阿强."""
    for found in _SURNAME_ROLE.finditer(text):
        if not _word_before(text, found.start()):
            yield Span(found.start(), found.end(), NAME)
    for found in _NICK.finditer(text):
        if found.group() not in _SMALL_THINGS:
            yield Span(found.start(), found.end(), NAME)
    for found in _NICK_BEHIND.finditer(text):
        if _reads_as_nickname(found.group(1)):
            yield Span(found.start(1), found.end(1), NAME)


def _english_spans(text: str) -> Iterator[Span]:
    """Names behind titles and roles, and names in pinyin."""
    for pattern in _ENGLISH:
        for found in pattern.finditer(text):
            if found.group(1).split(" ", 1)[0].lower() not in load_words("english_words.txt"):
                yield Span(found.start(1), found.end(1), NAME)
    for pattern in (_PINYIN, _PINYIN_LAST):
        yield from (Span(found.start(), found.end(), NAME) for found in pattern.finditer(text))
    for found in _TWO_CAPITALS.finditer(text):
        if is_english_name(found.group(1), found.group(2)):
            yield Span(found.start(), found.end(), NAME)


def is_english_name(first: str, second: str) -> bool:
    """A common given name, and behind it a word that is none of everyday."""
    return first.lower() in load_words("english_names.txt") and second.lower() not in load_words("english_words.txt")


def _reads_as_nickname(word: str) -> bool:
    """小美, 阿强, 婷婷, 老李; not 小说, 常常."""
    second = word[-1]
    return word not in _SMALL_THINGS and (second in _SURNAMES or name_book().given.get(second, 99.0) < 7.0)


def _word_before(text: str, start: int) -> bool:
    """True when the character is the end of a word: 对于老师, 提高老师待遇."""
    return start > 0 and text[start - 1 : start + 1] in name_book().words


def _hide(text: str, keep: Sequence[str]) -> str:
    """Configured names cannot be, or touch, a person's name."""
    for name in keep:
        if name in text:
            text = text.replace(name, HIDDEN * len(name))
    return text
