"""What a matter is called. A headline when an outlet carries it; otherwise place and matter, never a private voice's words."""

TOPIC_NAMES: dict[str, str] = {
    "admissions": "招生", "teaching": "教学", "exams": "考试", "dorms": "宿舍", "canteen": "食堂", "fees": "收费",
    "safety": "安全", "health": "健康", "wellbeing": "关怀", "conduct": "师德师风", "employment": "就业",
    "scams": "诈骗与谣言", "facilities": "设施", "awards": "成果荣誉", "notices": "通知公告", "other": "其他",
}  # fmt: skip


def make_title(headline: str | None, place: str | None, phrase: str | None, topic: str) -> str:
    """The title of an event.

    `headline` is the first outlet's (public text, masked). `phrase` is a configured watchword that its stories
    contain; `place` a place of the school. `wellbeing` matters always carry a neutral title.
    """
    if topic == "wellbeing":
        return TOPIC_NAMES["wellbeing"]
    if headline:
        return headline[:80]
    matter = phrase or TOPIC_NAMES.get(topic, topic)
    return f"{place} {matter}" if place and place != matter else matter
