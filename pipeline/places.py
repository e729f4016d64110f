"""Places of a campus as people write them: 二食堂, 第二食堂, canteen 2; 梅园5栋, Dorm 5; 新工科大楼; 北门; 博文楼, 竹苑.

A place is a kind, a number and a name. Two places of one kind are the same when nothing they both say differs
(`Dorm 5` and `梅园5栋`), and clash when something does (`一食堂` and `二食堂`). It knows no map: a nickname without
one of the kind words is not found, and of named buildings and quarters only such as many campuses have.
"""

import re
from typing import NamedTuple

from pipeline.data import load_sections

KIND_WORDS: dict[str, str] = {
    "食堂": "canteen", "餐厅": "canteen", "饭堂": "canteen", "canteen": "canteen", "cafeteria": "canteen",
    "dining hall": "canteen", "宿舍楼": "building", "宿舍": "building", "公寓": "building", "教学楼": "building",
    "实验楼": "building", "行政楼": "building", "办公楼": "building", "教师楼": "building", "大楼": "building",
    "号楼": "building", "栋": "building", "幢": "building", "座": "building", "楼": "building",
    "dormitory": "building", "dorm": "building", "building": "building", "图书馆": "library", "library": "library",
    "体育馆": "gym", "体育场": "gym", "操场": "gym", "田径场": "gym", "球场": "gym", "健身房": "gym", "gym": "gym",
    "stadium": "gym", "playground": "gym", "游泳馆": "pool", "游泳池": "pool", "swimming pool": "pool",
    "校医院": "clinic", "医务室": "clinic", "clinic": "clinic", "超市": "shop", "supermarket": "shop",
    "快递站": "parcels", "驿站": "parcels", "快递点": "parcels", "parcel station": "parcels", "澡堂": "bath",
    "浴室": "bath", "bathhouse": "bath", "shower room": "bath", "校车站": "station", "地铁站": "station",
    "实验室": "lab", "laboratory": "lab", "机房": "lab", "礼堂": "hall", "报告厅": "hall", "auditorium": "hall",
    "艺术中心": "arts", "活动中心": "centre", "广场": "square", "主干道": "road", "停车场": "parking",
    "parking lot": "parking", "门": "gate", "gate": "gate",
}  # fmt: skip
UNNAMED = frozenset({"library", "clinic", "arts", "gym", "pool"})  # usually one of each: the kind alone is a place
ENGLISH_NAMES = {
    "staff": "教工", "teacher": "教工", "teachers": "教工", "halal": "清真", "muslim": "清真", "student": "学生",
    "north": "北", "south": "南", "east": "东", "west": "西", "main": "正", "new": "新", "old": "老", "first": "1",
    "second": "2", "third": "3", "fourth": "4", "teaching": "教学", "lab": "实验", "girls": "女生", "boys": "男生",
}  # fmt: skip
DIGITS = {c: str(n) for n, c in enumerate("〇一二三四五六七八九")}
AREA = (
    r"[东南西北中新老前后正侧]{1,2}(?:校区|区|苑|院)?|[\u4e00-\u9fff](?:园|苑)|清真|教工|教师|民族|风味|研究生|学生|男生"
    r"|女生|留学生|新?工科|新?理科|新?文科|新?医科|综合"
)
NUMBER = "第?(?:[A-Za-z]?\\d{1,2}|[A-Za-z]|[一二三四五六七八九十]{1,3})(?:号|#)?"
CHINESE = sorted((w for w in KIND_WORDS if not w.isascii()), key=len, reverse=True)
LATIN = sorted((w for w in KIND_WORDS if w.isascii()), key=len, reverse=True)
FIND_CHINESE = re.compile(
    f"(?P<area>{AREA})?(?P<number>{NUMBER})?(?P<inner>男生|女生|教工|学生)?(?P<kind>{'|'.join(CHINESE)})"
)
FIND_LATIN = re.compile(
    rf"\b(?:(?P<before>{'|'.join(ENGLISH_NAMES)}|no\.? ?\d{{1,2}}|\d{{1,2}}(?:st|nd|rd|th)?)\s+)?"
    rf"(?P<kind>{'|'.join(LATIN)})s?(?:\s+(?:no\.? ?)?(?P<after>[a-z]?\d{{1,2}}|[a-z]\b))?\b",
    re.IGNORECASE,
)
_NAMES = load_sections("buildings.txt")
PLANTS = "".join(_NAMES["plants"])
FIND_NAMED = re.compile(
    f"(?P<house>{'|'.join(_NAMES['mottoes'])})(?:教学|实验|综合)?(?P<house_kind>楼|馆|堂)|(?P<quarter>[{PLANTS}]{{1,2}}|[东南西北中学])(?P<quarter_kind>苑|园)(?![区林丁])"
)
ANY_CHINESE = re.compile("|".join(CHINESE))  # most posts name no place: this is the quick no
ANY_LATIN = re.compile("|".join(LATIN), re.IGNORECASE)
NAMED_KINDS = {"教学楼": "教学", "实验楼": "实验", "行政楼": "行政", "办公楼": "行政", "教师楼": "教工"}
NEED_NUMBER = frozenset({"栋", "幢", "座", "楼", "号楼"})
NEED_AREA = frozenset({"门", "广场", "大楼"})
NOT_GATES = re.compile(r"[部专热冷窍]门")


class Place(NamedTuple):
    """`number` and `name` are empty when not said; `said` is how it was written and takes no part in matching."""

    kind: str
    number: str
    name: str
    said: str


NOWHERE: frozenset[Place] = frozenset()  # shared: an empty one for each story would cost more than its text


def find_places(text: str) -> frozenset[Place]:
    """The places named in `text`. A kind alone (食堂) is one only where a campus has one of it (图书馆)."""
    found = [read_chinese(hit) for hit in FIND_CHINESE.finditer(text)] if ANY_CHINESE.search(text) else []
    found += [read_named(hit) for hit in FIND_NAMED.finditer(text)]
    if ANY_LATIN.search(text):
        found += [read_latin(hit) for hit in FIND_LATIN.finditer(text)]
    places = frozenset(place for place in found if place is not None)
    return places or NOWHERE


def read_chinese(hit: "re.Match[str]") -> Place | None:
    """The place of a match, None when too little is said to tell it from others."""
    kind, number = hit["kind"], read_number(hit["number"] or "")
    name = hit["area"] or hit["inner"] or NAMED_KINDS.get(kind, "")
    if (kind in NEED_NUMBER and not number) or (kind in NEED_AREA and not name):
        return None
    if kind == "门" and name.endswith(("苑", "园")):  # 枫苑门口 is in front of 枫苑, no gate of a campus
        return None
    place = KIND_WORDS[kind]
    if not number and not name and place not in UNNAMED:
        return None
    return Place(place, number, name, hit[0])


def read_named(hit: "re.Match[str]") -> Place:
    """A building or a quarter that is known by its name: 博文楼, 竹苑."""
    if hit["house"]:
        return Place("house", "", hit["house"], hit[0])
    return Place("quarter", "", hit["quarter"], hit[0])


def read_latin(hit: "re.Match[str]") -> Place | None:
    """As `read_chinese`, for English."""
    kind, before = KIND_WORDS[hit["kind"].lower()], (hit["before"] or "").lower()
    said = ENGLISH_NAMES.get(before, "")
    number = (hit["after"] or "").upper() or (said if said.isdigit() else "") or re.sub(r"\D", "", before)
    name = "" if said.isdigit() else said
    if not number and not name and kind not in UNNAMED:
        return None
    return Place(kind, number, name, hit[0])


def read_number(said: str) -> str:
    """`第十二`, `12号` and `A3` as `12`, `12` and `A3`."""
    bare = said.strip("第号#").upper()
    if not bare or bare.isascii():
        return bare
    tens, found, ones = bare.partition("十")
    digits = [DIGITS.get(c, "") for c in (tens or "一" if found else tens)]
    return "".join(digits) + ((DIGITS.get(ones, "0") if ones else "0") if found else "")


def same_place(a: Place, b: Place) -> bool:
    """True when they are of one kind, say something in common, and nothing that both say differs."""
    if a.kind != b.kind or (a.number and b.number and a.number != b.number) or names_differ(a.name, b.name):
        return False
    return bool((a.number and b.number) or (a.name and b.name)) or (vague(a) and vague(b))


def names_differ(a: str, b: str) -> bool:
    """True when both are said and neither is a shorter form of the other."""
    return bool(a and b) and a not in b and b not in a


def places_clash(a: frozenset[Place], b: frozenset[Place]) -> bool:
    """True when for some kind both name places, none only vaguely, and none of the one is one of the other."""
    for kind in {place.kind for place in a} & {place.kind for place in b}:
        ours, theirs = ([place for place in side if place.kind == kind] for side in (a, b))
        if not any(same_place(mine, other) or vague(mine) or vague(other) for mine in ours for other in theirs):
            return True
    return False


def vague(place: Place) -> bool:
    """True when only the kind is said."""
    return not (place.number or place.name)
