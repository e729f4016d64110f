"""Who a private post is about: full names, nicknames beside role words, class + name, dorm rooms, English names.

Only used for private voices; a name in a headline of the public press stays.
"""

import re
from collections.abc import Iterator, Sequence

from pipeline.names import HIDDEN, ROLES, find_names, name_book
from pipeline.numbers import Span

NAME, ROOM, GROUP = "〔姓名〕", "〔房间〕", "〔班级〕"

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金贾韦夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺毛郝顾龚邵覃武钱戴严莫孔汤常温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷申耿关兰焦俞左柳甘祝包宁尚符舒阮纪梅童凌毕季裴霍赖洪欧傅詹骆涂游丘阎"
_ROLE_SHORT = "哥|姐|导|总|工|处|队|老"
# Behind one surname and a role word the person is known to everybody in the building: 张老师, 王导, 李阿姨.
_SURNAME_ROLE = re.compile(f"[{_SURNAMES}](?=(?:{ROLES})|(?:哥|姐|导|总)(?![\u4e00-\u9fff]|出|结|弹|航|师|演))")
_NICK = re.compile(
    f"(?:小|阿|老|大)[{_SURNAMES}](?=(?:{ROLES}))|阿[\u4e00-\u9fff](?=(?:{ROLES}))|小[\u4e00-\u9fff](?=同学|学姐|学长|老师|学弟|学妹)"
)
_NICK_BEHIND = re.compile(
    "(?:室友|舍友|同桌|辅导员|导员|班长|班主任|导师|闺蜜|学长|学姐|学弟|学妹|同学)(?:叫)?((?:小|阿)[\u4e00-\u9fff]|([\u4e00-\u9fff])\\2)(?![\u4e00-\u9fff]*(?:时|吃|心))"
)
_MINORITY = re.compile("[\u4e00-\u9fff]{2,8}[\u00b7•][\u4e00-\u9fff]{2,10}")
_ROOM = re.compile(
    r"(?:[0-9A-Za-z一二三四五六七八九十]{1,3}(?:栋|号楼|幢|舍|号公寓|公寓)|(?:宿舍|寝室|公寓)楼?[A-Za-z]?)"
    r"[ \-—]{0,2}(?:[一二三四1-9]单元)?[ \-—]{0,2}[A-Za-z]?\d{3,4}(?!\d|元|人|年|块|分|教室|会议|办公|实验|机房|窗口|[ ]?教室)(?:室|房间?|寝室?|宿舍|号)?"
    r"|(?<![\d.\-])[A-Za-z]?\d{1,2}[\-—#]\d{3,4}(?=宿舍|寝室|寝|室友|房间|室的|的宿舍)|(?<![\d.])\d{3,4}(?=宿舍|寝室|寝的|室友)"
)
_ROOM_HINT = re.compile("[栋幢舍寝]|号楼|公寓")
_CLASS = re.compile(
    r"[\u4e00-\u9fff]{0,6}?(?:[12]\d{1,3}级?[\u4e00-\u9fff]{0,4})?[（(]?[0-9一二三四五六七八九十]{1,4}[)）]?班(?=[的]?[ ]?$|[的]?[ ]?〔|[的 ]{0,2})"
)
_TITLE = re.compile(
    r"\b(?:Prof(?:essor)?|Dr|Mr|Mrs|Ms|Miss|Teacher|Dean|Counsell?or|Coach|Auntie?|Uncle)\.? ((?:[A-Z][a-z'’\-]+)(?: [A-Z][a-z'’\-]+){0,2})"
)
_ENGLISH_ROLE = re.compile(
    r"\b(?:[Mm]y|[Oo]ur|[Tt]he|[Hh]is|[Hh]er|[Aa]) (?:roommate|classmate|flatmate|dorm ?mate|teacher|professor|supervisor|tutor|counsell?or|friend|boyfriend|girlfriend|lecturer|TA|monitor)"
    r",? (?:named |called )?((?:[A-Z][a-z'’\-]+)(?: [A-Z][a-z'’\-]+){0,2})\b"
)
_NAMED = re.compile(r"\b(?:named|called|name is|I am|I'm|this is) ((?:[A-Z][a-z'’\-]+)(?: [A-Z][a-z'’\-]+){1,2})\b")
_PINYIN_SURNAME = (
    "Wang|Li|Zhang|Liu|Chen|Yang|Huang|Zhao|Wu|Zhou|Xu|Sun|Ma|Zhu|Hu|Guo|He|Lin|Gao|Luo|Zheng|Liang|Xie|Song|Tang|Han|Deng|Feng|Cao|Peng|"
    "Zeng|Xiao|Tian|Dong|Pan|Yuan|Cai|Jiang|Yu|Du|Ye|Cheng|Wei|Su|Lu|Lv|Ding|Ren|Yao|Shen|Zhong|Cui|Tan|Fan|Liao|Shi|Jin|Jia|Xia|Fu|Fang|Zou|"
    "Xiong|Bai|Meng|Qin|Qiu|Hou|Yin|Xue|Yan|Duan|Lei|Long|Tao|Mao|Hao|Gu|Gong|Shao|Wan|Qian|Dai|Mo|Kong|Xiang|Ouyang|Zhuge|Situ"
)
_SYLLABLE = "(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:[aeiouv]{1,3}(?:ng|n)?|er)"
_PINYIN = re.compile(rf"\b(?:{_PINYIN_SURNAME}) (?=[A-Z])(?i:{_SYLLABLE}(?:[- ]?{_SYLLABLE})?)(?![A-Za-z])")


def person_spans(text: str, keep: Sequence[str] = ()) -> Iterator[Span]:
    """Everything in a private post that says who somebody is. `keep` are names of the school and of outlets."""
    if not text.isascii():
        yield from _chinese_spans(text, keep)
    if _ENGLISH_HINT.search(text):
        yield from _english_spans(text)


_ENGLISH_HINT = re.compile("[A-Z][a-z]")


def _chinese_spans(text: str, keep: Sequence[str]) -> Iterator[Span]:
    text = _hide(text, keep)
    for start, end in find_names(text):
        yield Span(start, end, NAME)
    for found in _SURNAME_ROLE.finditer(text):
        if not _word_before(text, found.start()):
            yield Span(found.start(), found.end(), NAME)
    for found in _NICK.finditer(text):
        if found.group() not in name_book().words:
            yield Span(found.start(), found.end(), NAME)
    for found in _NICK_BEHIND.finditer(text):
        if found.group(1) not in name_book().words:
            yield Span(found.start(1), found.end(1), NAME)
    if "·" in text or "•" in text:
        for found in _MINORITY.finditer(text):
            yield Span(found.start(), found.end(), NAME)
    if _ROOM_HINT.search(text):
        for found in _ROOM.finditer(text):
            yield Span(found.start(), found.end(), ROOM)


def _english_spans(text: str) -> Iterator[Span]:
    for pattern in (_TITLE, _ENGLISH_ROLE, _NAMED):
        for found in pattern.finditer(text):
            yield Span(found.start(1), found.end(1), NAME)
    for found in _PINYIN.finditer(text):
        yield Span(found.start(), found.end(), NAME)


def _word_before(text: str, start: int) -> bool:
    """True when the character is the end of a word: 对于老师, 提高老师待遇."""
    return start > 0 and text[start - 1 : start + 1] in name_book().words


def _hide(text: str, keep: Sequence[str]) -> str:
    """Configured names cannot be, or touch, a person's name."""
    for name in keep:
        if name in text:
            text = text.replace(name, HIDDEN * len(name))
    return text
