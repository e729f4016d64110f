"""One scene decides: a Saturday night in the canteen, from the first post to Monday morning.

The real chain with the shipped tagger and the default rules; nothing about tone or topic is given.
"""

import re
import sqlite3
import tomllib
from pathlib import Path

import msgspec
import pytest
from timeline import Act, Push, own, paper, play, post, want

from alerts.pack import default_pack
from alerts.settings import Alerting, RuleSpec
from pipeline.tag import default_tagger

FIRST = "海川学院二食堂今晚的麻辣烫吃完上吐下泻，我们寝室三个人都食物中毒了，@食堂小王 电话13812345678 有没有人管"
SECOND = "我也是！海院二食堂吃完麻辣烫拉肚子，食物中毒的感觉，校医院排了好多人"
REPORT = "本报讯 多名市民反映，海川学院二食堂有学生就餐后出现呕吐、腹泻，疑似食物中毒，市场监管部门已介入调查。"
STATEMENT = (
    "海川学院就二食堂有学生就餐后身体不适一事说明如下：学校已暂停该窗口，学生已就医，情况稳定，正配合调查食物中毒原因。"
)
NAMED = {"label": None, "topics": None}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The whole weekend, played once."""
    rules = msgspec.convert(tomllib.loads(default_pack())["rules"], list[RuleSpec])
    return play(
        tmp_path_factory.mktemp("scene"),
        Push("23:40", post(FIRST, voice="a", url="https://forum.example/u/wang_xiaoming/post/881", **NAMED)),
        want("23:41", "23:43", "【黄】二食堂 疑似", "未证实：目前只有一个声音", "此前未通知任何人", address="U0LI"),
        Push("23:44", post(SECOND, voice="b", **NAMED)),
        want("23:45", "23:48", "【橙】二食堂 疑似", "级别升高", "已通知：值班员", address="U0LI"),
        Act("23:49", "taken"),
        want("23:49", "23:50", "li 23:49 已接手"),
        Push("23:52", post(SECOND, voice="c", source="wall", **NAMED)),
        Push("+1 00:15", paper("海川学院二食堂多名学生就餐后不适 疑似食物中毒", REPORT, **NAMED)),
        want("+1 00:16", "+1 00:18", "首家省级或全国媒体介入", "https://city-paper.example", "li 09-05 23:49 已接手"),
        Push("+1 00:40", own("关于二食堂有关情况的说明", STATEMENT, label=None, topics=None)),
        Push("+1 02:00", post("海院二食堂那个窗口关了，食物中毒的同学好多了", voice="d", label=None, topics=None)),
        want("+1 07:00", "+1 07:10", "请重新接手", address="U0LI"),
        Act("+1 07:12", "taken"),
        want("+1 07:12", "+1 07:13", "li 07:12 已接手"),
        want("+2 07:00", "+2 07:11", "【结】", "处理：li"),
        rules=rules, tagger=default_tagger(1), alerting=Alerting(close_after="24h"), end="+2 09:00",
    )  # fmt: skip


def told(scene) -> list[str]:
    return [one.message.kind for _, one in scene.read if one.message.kind != "update"]


def test_one_first_alert_and_at_most_two_raises(scene):
    """One first alert, two raises, nothing repeated: what is read again in the morning is a hold that ended."""
    alerts = {one.message.alert: one.message.kind for _, one in scene.read if one.message.kind != "update"}
    assert list(alerts.values()) == ["first", "severity", "reach", "closed"]
    assert len(told(scene)) == len(alerts) + 1


def test_it_is_closed_and_the_same_people_are_told(scene):
    """On Monday or after it is over, once."""
    assert told(scene)[-1] == "closed"
    assert scene.statuses() == ["closed"]


def test_no_private_link_or_name_left_the_house(scene):
    """Not in a message, and not in the bytes of the store or its log."""
    scene.engine.dispose()
    words = ["wang_xiaoming", "13812345678", "小王", "/post/881"]
    messages = "\n".join(one.message.text + one.message.link for _, one in scene.read)
    files = b"".join(path.read_bytes() for path in Path(scene.folder).iterdir() if path.is_file())
    assert [word for word in words if word in messages or word.encode() in files] == []
    assert "拉肚子" not in re.sub("出现必看词：.*", "", messages)
    assert sqlite3.connect(scene.folder / "tocsin.db").execute("SELECT count(*) FROM documents").fetchone() == (6,)
