"""Grouping: what belongs together, what must stay apart, and why."""

from datetime import timedelta

import pytest

from pipeline.group import EventGrouper
from tests.matters_told import BEGIN, NAMES, Town

POISONED = (
    "江科二食堂吃完好多人上吐下泻，校医院挤满了",
    "我们宿舍四个人昨晚都拉肚子，都是在二食堂吃的",
    "Several students at JCT fell ill after eating at Canteen 2, vomiting all night",
    "二食堂食物中毒到底怎么回事，学校给个说法",
    "又有同学去挂水了，二食堂的凉菜真的不能吃",
    "Food poisoning at the second canteen, more than twenty in hospital",
    "市场监管部门已封存江城科技学院二食堂食品样本，呕吐腹泻学生病情稳定",
)
OUTAGE = (
    "江科西区5栋停电一晚上了，冰箱里东西全坏了",
    "西区5栋还没来电，电脑没电作业交不了",
    "Dorm 5 has had no power since last night",
    "整栋5栋一片漆黑说是变压器烧了",
)


def test_one_poisoning_in_two_languages_is_one_event() -> None:
    """Outlets and students, Chinese and English, different words: one matter."""
    assert len(set(Town().tell_all(POISONED))) == 1


def test_an_outage_told_in_turns_is_one_event() -> None:
    """`西区5栋` and `Dorm 5` are one building."""
    assert len(set(Town().tell_all(OUTAGE))) == 1


def test_two_canteens_on_one_day_stay_apart() -> None:
    """The same complaint about another canteen is another matter, mixed in time as they come."""
    town = Town()
    one = (
        "一食堂的黄焖鸡吃出虫子，恶心",
        "江科一食堂又吃出虫子了窗口阿姨不认",
        "一食堂饭里有虫，拍照了",
        "一食堂虫子事件，食堂经理道歉",
    )
    two = (
        "三食堂的面条里吃出头发",
        "江科三食堂又吃出异物，是头发",
        "三食堂面里有头发丝，没人管",
        "三食堂异物，窗口说换一碗",
    )
    first, second = [], []
    for at, (a, b) in enumerate(zip(one, two, strict=True)):
        first.append(town.tell(a, at * 0.6).event)
        second.append(town.tell(b, at * 0.6 + 0.3).event)
    first, second = ({town.groups.resolve(event) for event in events} for events in (first, second))
    assert len(first) == len(second) == 1
    assert first != second


def test_different_matters_at_once_stay_apart() -> None:
    """A poisoning and an outage in the same hours are two events."""
    town = Town()
    poisoned, outage = [], []
    for at in range(4):
        poisoned.append(town.tell(POISONED[at], at).event)
        outage.append(town.tell(OUTAGE[at], at + 0.4).event)
    resolve = town.groups.resolve
    assert {resolve(event) for event in poisoned}.isdisjoint({resolve(event) for event in outage})


def test_two_programmes_two_matters() -> None:
    """A fee of 350 yuan in one programme is not the fee of 1,200 in another."""
    town = Town()
    one = town.tell_all(
        [
            "江科护理专业让每人再交350元实训费",
            "护理班群里通知交350元资料费，不交不发证",
            "护理专业350元收费连收据都没有",
        ]
    )
    two = town.tell_all(["江科物流专业被要求补交1200元教材费", "物流班群里催1200元，说是自愿"], hour=3)
    assert len(set(one)) == 1
    assert set(one).isdisjoint(two)


def test_last_years_notice_is_another_matter() -> None:
    """What comes back every year opens a new event."""
    town = Town()
    before = town.tell("江城科技学院关于国庆节放假调休的通知", 0, "neutral", kind="official").event
    town.groups.forget(BEGIN + timedelta(days=300))
    after = town.tell("江城科技学院关于国庆节放假调休的通知", 365 * 24, "neutral", kind="official").event
    assert before != after


def test_syndicated_good_news_is_one_event_of_copies() -> None:
    """A story that ten outlets print is one story, and the talk about it joins it."""
    town = Town()
    story = "江城科技学院学生张同学跳入江中勇救落水儿童，事迹感动全城，学校将给予表彰"
    events = [
        town.tell(f"{head}{story}", at * 0.3, "positive", kind="news").event
        for at, head in enumerate(("", "本报讯 ", "【快讯】", "转："))
    ]
    roots = [copy.root for *_, copy, _ in town.told[-4:]]
    assert len(set(events)) == 1
    assert roots[0] is None
    assert all(root is not None for root in roots[1:])
    assert town.tell("为跳江救落水儿童的江科同学点赞，好样的", 2, "positive").event == events[0]


def test_a_bare_reaction_joins_what_is_talked_about() -> None:
    """`学校能不能出来说句话` says nothing by itself; in a burst it is about the burst."""
    town = Town()
    events = set(town.tell_all(POISONED[:5]))
    assert {town.tell("学校能不能出来说句话", 2.7).event} == events
    assert {town.tell("坐等江科官方回应", 2.8).event} == events


def test_a_bare_reaction_alone_opens_its_own() -> None:
    """Out of the blue it joins nothing."""
    town = Town()
    town.tell_all(POISONED[:3])
    assert town.tell("学校能不能出来说句话", 100).created


def test_chatter_stays_out_of_a_hot_event() -> None:
    """What a campus always says does not join because something is going on."""
    town = Town()
    hot = set(town.tell_all(POISONED))
    for at, text in enumerate(("江科早八起不来啊", "求江科数学往年资料", "出一辆江科二手自行车", "江科的猫又胖了")):
        assert town.tell(text, 3.6 + at / 10, "neutral").event not in hot


def test_a_hashtag_binds_other_words() -> None:
    """Two posts with one rare hashtag are one matter."""
    town = Town()
    first = town.tell("#江科奖学金内定# 名单出来全是学生干部").event
    assert town.tell("#江科奖学金内定# 综测加分凭什么比绩点高", 1).event == first


def test_fragments_are_merged_and_the_older_name_stays() -> None:
    """Two views of one happening become one event when a story ties them; the younger is named as absorbed."""
    town = Town()
    first = town.tell("江科实验楼那边好大的爆炸声，什么情况", 0).event
    second = town.tell("看到三辆红色大车鸣着笛进了江科东门", 1.5, "neutral").event
    tied = town.tell("江科实验楼爆炸声以后，三辆红色大车鸣着笛从东门进去了", 1.7)
    assert first != second
    assert tied.event == first
    assert tied.absorbed == (second,)
    assert town.groups.resolve(second) == first


def test_every_join_says_why() -> None:
    """The reason has a code, numbers, and the shared terms are shown."""
    town = Town()
    town.tell(OUTAGE[0])
    joined = town.tell(OUTAGE[1], 1)
    assert joined.reason.code.startswith("joined_by_")
    assert joined.reason.numbers["odds"] > 0
    assert "停电" in joined.terms or "5栋" in joined.terms
    assert joined.place is not None
    assert "5栋" in joined.place


def test_a_copy_goes_where_its_original_is() -> None:
    """Even when another event is hot."""
    town = Town()
    first = town.tell(OUTAGE[0]).event
    town.tell_all(POISONED, hour=1)
    assert town.tell("转发微博：" + OUTAGE[0], 5).event == first


def test_event_ids_come_from_the_first_story() -> None:
    """The id says which story opened it."""
    assert Town().tell("江科一号门的门禁坏了", item="abc").event == "eabc"


@pytest.mark.parametrize("text", ["", "😡😡", "x" * 1_000_000, "\x00\ufffd"])
def test_any_text_is_placed(text: str) -> None:
    """Empty, emoji-only or a megabyte: an event, never an exception."""
    assert Town(chatter=False).tell(text).event


def test_long_articles_join_by_what_they_report() -> None:
    """A long report on the outage joins the posts about it."""
    town = Town()
    event = set(town.tell_all(OUTAGE))
    report = (
        "近日江城科技学院西区5栋学生宿舍因变压器故障停电。" + "记者从学校后勤部门了解到，抢修人员连夜更换设备。" * 30
    )
    assert {
        town.tell(report, 6, "neutral", title="江城科技学院一宿舍楼停电 校方：正在抢修", kind="news").event
    } == event


def test_the_past_alone_decides() -> None:
    """Placing a prefix of the posts gives a prefix of the placements."""
    texts = [*POISONED, *OUTAGE]
    whole, part = Town(), Town()
    whole.tell_all(texts)
    part.tell_all(texts[:6])
    placed = [(placement.event, placement.absorbed) for *_, placement in whole.told]
    assert placed[: len(part.told)] == [(placement.event, placement.absorbed) for *_, placement in part.told]


def test_restored_groups_place_the_next_story_alike() -> None:
    """After a restart the next post goes where it would have gone."""
    town = Town()
    events = town.tell_all(POISONED[:4])
    fresh = EventGrouper(NAMES)
    for document, tags, copy, placement in town.told:
        fresh.restore(document, tags, copy, town.groups.resolve(placement.event))
    last = town.tell(POISONED[5], 3)
    document, tags, copy, _ = town.told[-1]
    assert fresh.place(document, tags, copy).event == last.event == events[0]


DIVERSE = (
    "周末讲座强制去，点名，不去扣综测",
    "江科这个月第五场凑人数的活动了",
    "坐了三小时听人卖保险",
    "说好自愿，群里接龙谁不去谁写说明",
    "签到码十分钟换一次，这心思用在别处多好",
)


def test_complaints_of_one_hour_are_one_matter_where_complaints_are_rare() -> None:
    """At a quiet school five complaints within two hours belong together even where they share no word."""
    events = Town().tell_all(DIVERSE)
    assert max(events.count(event) for event in events) >= 4


def test_complaints_prove_nothing_where_they_are_common() -> None:
    """Where many complain of many things every hour, the tone and the hour join nothing."""
    town = Town(chatter=False)
    for number in range(480):
        town.tell(
            f"{chr(0x4E00 + 37 * number)}{chr(0x5E00 + 31 * number)}又{chr(0x6E00 + 29 * number)}了", -48 + number * 0.1
        )
    events = town.tell_all(DIVERSE, hour=0)
    assert max(events.count(event) for event in events) <= 3


def test_a_new_matter_at_another_place_is_not_swallowed() -> None:
    """While all talk of one building, a bang in another is an event of its own from its first post."""
    town = Town()
    ongoing = {town.groups.resolve(event) for event in town.tell_all([*OUTAGE, *OUTAGE[:2]], step=0.3)}
    bang = [
        "三号实验楼刚才一声巨响，玻璃全碎了，有人被抬出来",
        "三号实验楼拉了警戒线，楼上的窗户没了",
        "三号实验楼反应釜超压，整层的人往外跑",
    ]
    events = set(town.tell_all(bang, hour=2.0, step=0.2))
    assert len(events) == 1
    assert events.isdisjoint(ongoing)


def test_complaints_of_one_hour_about_two_things_stay_apart() -> None:
    """Where both say clearly what they are about, a complaint does not join the one before because it is a complaint."""
    town = Town()
    first = town.tell("江科这学期住宿费怎么又涨到1800了，没人解释一句", 0, topic="fees")
    second = town.tell("江科校医院挂个号等了三小时，值班的只有一位", 0.1, topic="health")
    assert first.event != second.event


def test_an_article_is_not_joined_by_its_tone() -> None:
    """Newspapers say what they are about: two of them on one morning are two matters, however quiet the school."""
    town = Town()
    first = town.tell("江城科技学院招聘会临时取消，企业代表扑空", 0, kind="news")
    second = town.tell("江城科技学院奖学金名单推迟公布，学生质疑", 0.1, kind="news")
    assert first.event != second.event
