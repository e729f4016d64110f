"""What a text says, as the grouper sees it: weighted terms, hashtags, places and kinds of matter.

The school's own name weighs nothing, and neither do the stock phrases of posts (爆料, 坐等通报, "anyone else?"):
they say how people talk, not what has happened. What is left may be nothing at all: then it is a bare reaction.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from pipeline.matters import find_matters
from pipeline.model import Document
from pipeline.particulars import find_particulars
from pipeline.places import Place, find_places
from pipeline.shingles import LINK, REPOST

LEAD = 400  # letters of the text that are read; the title always is
TITLE_WEIGHT = 2.0
PLENTY = 9
FEW = 16  # terms of a text that may turn out to say nothing
HASHTAG = re.compile(r"[#＃]([^#＃\n]{2,30})[#＃]|[#＃]([A-Za-z0-9_]{3,30})\b")
MASK = re.compile(r"\[[^\[\]]{1,8}\]|@\S{1,30}|<[^<>]{1,20}>")
MARKS = re.compile(r"[\[@<]")
STOCK = re.compile(
    r"[(（][^()（）]{0,4}校区[)）]|家人们|谁懂啊|救命|求扩散|扩散|转发|爆料|投稿|"
    r"吐槽一下|吐槽|有没有人知道|有没有人管管|有人知道|听说|刚看到|刚刚|真服了|我们学校|本校|"
    r"学校|求助|求回复|理性讨论|已经反映了|同学都在传|这都第几次了|太难受了|太棒了|开心|期待|"
    r"离谱|附图|图源网络|坐等|蹲一?个?后续|蹲|官方|回应|通报|希望|给个说法|说法|说句话|"
    r"能不能|出来|支持|维权|又?上热搜了?|热搜|什么情况|怎么回事|咋回事|看不懂|这次|真的|"
    r"操作|这事|吃瓜|围观|真相|马一下|校友|表示|失望|无语|服了|学长|学姐|同学们?|大家|"
    r"关注|曝光|热议|评论区|记者|从有关方面获悉|据报道|据悉|本报讯|快讯|近日|目前|相关工作|"
    r"正在进行中|后续进展|本报将?|持续关注|来源|采编中心|新闻网|晚报|冷知识|想问下|问一下|"
    r"请问|日常|今天|昨天|哈{2,}|啊这|哎|"
    r"\b(?:hope the school responds|anyone else|what(?:'s| is) (?:going on|happening)|"
    r"what happened|does anyone know|breaking|update|shame|seriously|omg|wtf|lol|please|someone|"
    r"anyone|our|the|a|an|of|at|to|is|are|was|were|has|have|had|in|on|for|and|or|with|from|by|"
    r"this|that|it|its|be|been|after|before|as|about|not|no|we|they|you|my|their|new|now|school|"
    r"college|university|student|students|campus)\b",
    re.IGNORECASE,
)
RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]{2,}|\d+[a-z\u4e00-\u9fff%]?")


@dataclass(frozen=True, slots=True)
class Wording:
    """The marks of a text, kept as long as its story is remembered.

    `own` counts the terms beside hashtags and places: at most two, and the text says nothing of its own.
    """

    tags: tuple[str, ...] = ()
    places: frozenset[Place] = frozenset()
    matters: tuple[str, ...] = ()
    particulars: frozenset[str] = frozenset()
    own: int = PLENTY


UNMARKED = Wording()  # shared by all that have none


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the marks; term number -> how often it stands there; and term number -> the term as text."""

    wording: Wording
    terms: dict[int, float]
    names: dict[int, str]


class Reader:
    """Reads documents of one school. `names` are all the school is called by."""

    def __init__(self, names: Sequence[str]) -> None:
        known = sorted({normalize(name) for name in names if name}, key=lambda name: (-len(name), name))
        self._names = re.compile("|".join(map(re.escape, known)) if known else r"(?!)")

    def read(self, document: Document) -> Reading:
        """The wording of a document: title (doubled) and beginning of the text."""
        terms: dict[int, float] = {}
        names: dict[int, str] = {}
        title = self._names.sub(" ", normalize(document.title or ""))
        text = normalize(document.text[:LEAD])
        text = self._names.sub(" ", REPOST.sub("", LINK.sub(" ", text) if "http" in text else text))
        for part, weight in ((title, TITLE_WEIGHT), (text, 1.0)):
            spelled = spell_terms(strip(part)) if part else []
            count_terms(spelled, weight, terms)
            names.update(spelled)
        whole = f"{title}\n{text}" if title else text
        tags = find_tags(whole)
        places = find_places(whole)
        own = self._count_own(whole, places) if len(terms) <= FEW else len(terms)
        marks = Wording(tags, places, find_matters(whole), find_particulars(whole), min(own, PLENTY))
        marks = UNMARKED if marks == UNMARKED else marks
        return Reading(marks, terms, names)

    def _count_own(self, whole: str, places: frozenset[Place]) -> int:
        """Different terms left when hashtags and places are taken away."""
        rest = HASHTAG.sub(" ", whole)
        for place in places:
            rest = rest.replace(place.said, " ")
        return len({number for number, _ in spell_terms(strip(rest))})


def strip(text: str) -> str:
    """`text` (lower case, without the school's names) without masks, mood marks and stock phrases."""
    return STOCK.sub(" ", MASK.sub(" ", text) if MARKS.search(text) else text)


def find_tags(text: str) -> tuple[str, ...]:
    """Hashtags in the order of first naming, without what is no letter or digit; none for the school's name alone."""
    if "#" not in text and "＃" not in text:
        return ()
    bare = ("".join(RUN.findall(hit[1] or hit[2])) for hit in HASHTAG.finditer(text))
    return tuple(dict.fromkeys(tag for tag in bare if len(tag) > 1))


def normalize(text: str) -> str:
    """NFKC, lower case."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).lower()


def spell_terms(text: str) -> list[tuple[int, str]]:
    """Character pairs of Chinese, words of Latin script (bare of a plural s), numbers with what they count.

    Each with its number, a CRC-32.
    """
    found = []
    for run in RUN.findall(text):
        if run[0] >= "\u3400":
            letters = run.encode("utf-32-le")  # four bytes a letter, so a pair is a slice
            found += [(crc32(letters[4 * at : 4 * at + 8]), run[at : at + 2]) for at in range(len(run) - 1)]
        else:
            word = run[:-1] if len(run) > 4 and run[-1] == "s" else run
            found.append((crc32(word.encode()), word))
    return found


def count_terms(spelled: Sequence[tuple[int, str]], weight: float, counts: dict[int, float]) -> None:
    """Add `weight` to each term's count, as often as it stands there."""
    for number, _ in spelled:
        counts[number] = counts.get(number, 0.0) + weight
