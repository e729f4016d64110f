"""The made-up school of the dashboard's tests: its sources, rules, ordinary talk and six matters."""
# ruff: noqa: E501 - the texts of the stories stay on one line

from dataclasses import dataclass

from alerts.settings import RuleSpec
from crawlers.settings import SourceSpec
from pipeline.model import Severity
from pipeline.school import Ambiguous, School

SPECS = (
    SourceSpec("own-news", "https://news.qinghe.example/rss", "official", name="清河学院新闻网", reach="local"),
    SourceSpec("city-paper", "https://paper.example/sitemap.xml", "news", "sitemap", name="江州晚报", reach="regional"),
    SourceSpec("national", "https://national.example/feed", "news", name="全国教育在线报", reach="national"),
    SourceSpec("campus-forum", "https://bbs.qinghe.example/", "forum", "forum", name="清河校园论坛"),
    SourceSpec("city-forum", "https://forum.example/", "forum", "listing", name="江州社区"),
    SourceSpec("mailbox", "https://mail.example/feed", "complaint", name="市长信箱公开件"),
    SourceSpec("micro", "https://micro.example/school", "social", name="本地微博客热榜"),
    SourceSpec("bureau", "https://edu.example/notices", "official", "listing", name="市教育局公告"),
)
SCHOOL = School(
    "清河理工学院", "Qinghe Institute of Technology", aliases=["清河理工", "清河学院"],
    ambiguous=[Ambiguous("清理工", ["食堂", "宿舍"])], other_schools=["清河大学"], own_sources=["own-news", "campus-forum"],
)  # fmt: skip
RULES = (
    RuleSpec(
        "safety-first", "watchword", Severity.NOTICE, phrases=["中毒", "火灾", "坠落"], topics=["safety", "health"]
    ),
    RuleSpec("growing", "threshold", Severity.SERIOUS, stories=5, voices=4, negative_share=0.5),
    RuleSpec("spike", "spike", Severity.NOTICE, window="1h", floor=6),
    RuleSpec("press", "reach", Severity.SERIOUS, sources=1, source_kinds=["news"]),
)

CHATTER = {
    "canteen": [
        "二食堂的麻辣香锅又涨了一块钱，份量还少了",
        "三楼新开的窗口牛肉面不错，就是排队太久",
        "食堂晚上八点以后只剩凉菜了",
    ],
    "dorms": ["五号楼热水又停了，说是下周才修好", "宿舍空调遥控器押金能不能退", "七号楼走廊的灯坏了三天没人管"],
    "teaching": ["选修课名额太少，系统一开就满了", "这学期的实验课安排到晚上九点", "新开的人工智能通识课听说很好"],
    "exams": ["期末考试安排什么时候出", "四级准考证打印系统打不开", "补考时间和实习冲突怎么办"],
    "facilities": ["图书馆三楼插座坏了一排", "操场改造要到明年三月", "校门口新装的闸机刷脸很慢"],
    "employment": ["双选会来了一百二十家企业", "就业协议盖章要等几天", "今年的实习补贴标准公布了吗"],
    "awards": ["学校代表队获全国机器人竞赛一等奖", "材料学院论文入选年度优秀成果", "青年志愿者团队受到市里表彰"],
    "notices": ["关于冬季作息时间调整的通知", "停水通知：周六上午北区停水", "校园网升级维护公告"],
    "fees": ["住宿费缴纳通道今天截止吗", "教材费比去年多了八十", "停车月卡又要涨价了"],
}
TONE = {"canteen": 0.55, "dorms": 0.7, "fees": 0.75, "exams": 0.4, "facilities": 0.4, "awards": 0.02, "notices": 0.05}
PRIVATE = ("campus-forum", "city-forum", "mailbox", "micro")
PUBLIC = ("own-news", "city-paper", "bureau", "national")


@dataclass(frozen=True, slots=True)
class Matter:
    """An event to be made: its stories are (hours ago, source, tone, title, text, copies)."""

    id: str
    title: str
    topic: str
    place: str | None
    severity: Severity | None
    stories: tuple[tuple[float, str, str, str | None, str, int], ...]
    status: str = "open"
    voices: int = 1


MATTERS = (
    Matter("e-canteen", "二食堂 疑似食物中毒", "health", "二食堂", Severity.SERIOUS, (
        (9.1, "campus-forum", "negative", None, "中午在二食堂吃了凉面，下午我们寝室四个人都拉肚子，有没有一样的？", 0),
        (8.7, "campus-forum", "negative", None, "我也是，二食堂一楼凉菜窗口，现在在校医院排队", 1),
        (7.9, "city-forum", "negative", "清河学院二食堂是不是出事了", "听说好几个学生去了校医院，校方还没说法", 0),
        (5.2, "city-paper", "negative", "清河理工学院多名学生用餐后不适", "江州晚报讯，今天下午清河理工学院有学生在二食堂用餐后出现腹泻症状，校医院已接诊。市场监管部门介入调查。", 2),
        (3.4, "own-news", "neutral", "关于二食堂有关情况的说明", "学校第一时间关闭相关窗口并留样送检，学生情况稳定，检测结果将及时公布。", 1),
        (1.3, "micro", "negative", None, "希望尽快公布检测结果，别又不了了之", 0),
        (0.6, "campus-forum", "negative", None, "校医院说没大事，但是凉菜窗口早就有人投诉过", 0),
    ), voices=6),
    Matter("e-scam", "冒充教务处的退费短信", "scams", None, Severity.NOTICE, (
        (4.5, "campus-forum", "negative", None, "收到短信说重修费退费，点进去要填银行卡，号码是138****8000，大家别信", 0),
        (3.0, "campus-forum", "negative", None, "同收到，假的教务处链接", 0),
        (2.2, "micro", "negative", None, "清河理工的同学注意，退费短信是骗子", 3),
    ), voices=4),
    Matter("e-water", "五号楼停热水", "dorms", "五号楼", Severity.INFO, (
        (50, "campus-forum", "negative", None, "五号楼已经第三天没热水了，报修没人理", 0),
        (30, "mailbox", "negative", "反映学生宿舍热水问题", "清河理工学院五号楼热水连续多日中断，希望有关部门督促。", 0),
        (20, "campus-forum", "neutral", None, "后勤回复周五换水泵", 0),
    ), voices=3),
    Matter("e-robot", "机器人竞赛获奖", "awards", None, None, (
        (40, "own-news", "positive", "我校代表队获全国机器人竞赛一等奖", "经过三天角逐，我校代表队获得一等奖。", 6),
        (36, "city-paper", "positive", "清河理工学院学子全国夺冠", "江州晚报讯，该校代表队在全国机器人竞赛中夺冠。", 0),
        (30, "national", "positive", "机器人竞赛落幕", "清河理工学院等十校获一等奖。", 0),
    ), voices=2),
    Matter("e-gate", "校门口闸机拥堵", "facilities", "北门", None, (
        (26, "campus-forum", "negative", None, "早八北门闸机排到马路上了，太危险", 0),
        (25, "campus-forum", "neutral", None, "可以走东门", 0),
    ), voices=2),
    Matter("e-fees", "停车月卡涨价争议", "fees", None, Severity.NOTICE, (
        (400, "campus-forum", "negative", None, "停车月卡从60涨到120，没有任何通知", 0),
        (390, "city-forum", "negative", "清河学院停车收费翻倍", "外来车辆和教职工一个价", 0),
    ), status="closed", voices=5),
)  # fmt: skip
