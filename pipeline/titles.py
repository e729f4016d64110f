"""What a matter is called. A headline when an outlet carries it; otherwise place and matter, never a private voice's words."""

from collections.abc import Sequence

from pipeline.names import find_names, name_book

TOPIC_NAMES: dict[str, str] = {
    "admissions": "招生", "teaching": "教学", "exams": "考试", "dorms": "宿舍", "canteen": "食堂", "fees": "收费",
    "safety": "安全", "health": "健康", "wellbeing": "关怀", "conduct": "师德师风", "employment": "就业",
    "scams": "诈骗与谣言", "facilities": "设施", "awards": "成果荣誉", "notices": "通知公告", "other": "其他",
}  # fmt: skip


REMARKS = "相关反映"  # a word alone is no matter and claims too much: 退费相关反映, not 退费; 食物中毒相关反映


def topic_only(title: str) -> str | None:
    """The topic's name when a title says no more than the topic (also as titles were stored before), else None."""
    name = title.removesuffix(REMARKS)
    return name if name in TOPIC_NAMES.values() else None


def showable_terms(terms: Sequence[str], voices: int, outlets: int) -> tuple[str, ...]:
    """Those of an event's shared terms that may be shown: words a reader knows, no names, and only once five voices or
    two outlets have used them, so that no single person can be recognised by their words."""
    if voices < 5 and outlets < 2:
        return ()
    words = name_book().words
    return tuple(
        term for term in terms if (term in words or (term.isascii() and len(term) > 2)) and not any(find_names(term))
    )


def make_title(headline: str | None, place: str | None, phrase: str | None, topic: str) -> str:
    """The title of an event.

    `headline` is the first outlet's (public text, masked). `phrase` is a configured watchword that its stories
    contain; `place` a place of the school. `wellbeing` matters always carry a neutral title.
    """
    if topic == "wellbeing":
        return TOPIC_NAMES["wellbeing"]
    if headline:
        return headline[:80]
    about = phrase or TOPIC_NAMES.get(topic, topic)
    return about + REMARKS if not place or place in {about, TOPIC_NAMES.get(topic)} else f"{place} {about}{REMARKS}"
