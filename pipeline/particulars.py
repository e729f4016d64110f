"""What tells two matters of one kind apart besides the place: the study programme and the sum of money."""

import re

MAJORS = ["土木工程", "土木", "英语", "物流管理", "物流", "动画", "会计学", "会计", "软件工程", "学前教育", "护理学", "护理", "机械工程", "机械", "法学", "金融学", "金融", "计算机科学", "计算机", "人工智能", "数据科学", "大数据", "网络安全", "信息安全", "电子信息", "通信工程", "通信", "自动化", "电气工程", "电气", "测控", "车辆工程", "车辆", "航空航天", "飞行器", "船舶", "材料科学", "材料", "高分子", "化学工程", "化工", "应用化学", "生物工程", "生物技术", "生物科学", "食品科学", "食品工程", "环境工程", "环境科学", "给排水", "建筑学", "建筑系", "城乡规划", "风景园林", "园林", "园艺", "农学", "植物保护", "动物医学", "动物科学", "兽医", "林学", "水产", "临床医学", "临床", "口腔医学", "口腔", "中医学", "中医", "针灸", "药学", "中药", "医学检验", "医学影像", "公共卫生", "预防医学", "康复", "麻醉", "助产", "经济学", "国际贸易", "国贸", "财政学", "税务", "税收学", "保险学", "工商管理", "市场营销", "人力资源", "旅游管理", "酒店管理", "电子商务", "审计学", "审计", "财务管理", "财管", "行政管理", "公共管理", "社会工作", "社会学", "政治学", "国际政治", "马克思主义", "思政", "汉语言", "中文系", "新闻学", "新闻传播", "广告学", "传播学", "编导", "播音主持", "播音", "表演", "戏剧", "音乐学", "音乐表演", "舞蹈", "美术学", "美术", "视觉传达", "环境设计", "产品设计", "服装设计", "工业设计", "书法", "历史学", "考古", "哲学系", "心理学", "教育学", "小学教育", "特殊教育", "体育教育", "体育学", "运动训练", "数学系", "应用数学", "统计学", "物理学", "应用物理", "地理科学", "地质", "采矿", "石油工程", "测绘", "遥感", "气象", "海洋科学", "核工程", "能源动力", "日语", "法语", "德语", "俄语", "韩语", "朝鲜语", "西班牙语", "阿拉伯语", "翻译", "商务英语", "空乘", "轨道交通", "铁道", "交通运输", "交通工程", "无人机", "数控", "模具", "汽修", "幼师"]  # fmt: skip
COMMON = frozenset(  # words of everyday that are a programme only beside 专业, 班, 系…
    ["英语", "物流", "会计", "机械", "金融", "自动化", "通信", "电气", "车辆", "材料", "化工", "船舶", "飞行器", "园艺", "临床", "口腔", "中药", "药学", "康复", "麻醉", "助产", "审计", "税务", "传播学", "播音", "表演", "戏剧", "美术", "书法", "历史学", "考古", "心理学", "数学系", "采矿", "测绘", "遥感", "气象", "翻译", "空乘", "数控", "模具", "汽修", "幼师", "大数据", "人工智能", "网络安全", "信息安全", "环境科学", "思政", "社会工作", "计算机", "针灸", "水产", "地质", "日语", "法语", "德语", "俄语", "韩语", "预防医学", "公共卫生", "交通运输", "海洋科学", "统计学", "哲学系", "国贸", "编导"]
)  # fmt: skip
BESIDE = "(?=专业|系|班|学院|队|同学|学生|群|方阵|国奖|奖学金|实训|代表队|获批|获|的课|大[一二三四]|本科|研究生|毕业生|教研室|老师)"
FIND_MAJOR = re.compile(
    "|".join(
        re.escape(word) + (BESIDE if word in COMMON else "")
        for word in sorted(MAJORS, key=lambda word: (-len(word), word))
    )
)
FIND_SUM = re.compile(r"(\d{2,6}(?:\.\d+)?)\s*(?:元|块|万元|yuan|rmb)|[¥￥]\s*(\d{2,6})", re.IGNORECASE)
CONTEXT = re.compile(r"四六级|四级|六级|考研英语|期末|食品安全|生物钟|书法比赛|材料费|资料费|交通事故|通信录")


def find_particulars(text: str) -> frozenset[str]:
    """`major:…` and `sum:…` of each programme and sum of money named in `text` (lower case)."""
    bare = CONTEXT.sub(" ", text)
    found = {f"major:{short_major(hit)}" for hit in FIND_MAJOR.findall(bare)}
    found.update(f"sum:{hit[0] or hit[1]}" for hit in FIND_SUM.findall(text))
    return frozenset(found)


def short_major(major: str) -> str:
    """`会计学` and `会计`, `土木工程` and `土木` are one."""
    for tail in ("工程", "管理", "科学", "医学", "学"):
        if major.endswith(tail) and len(major) - len(tail) >= 2:
            return major[: -len(tail)]
    return major


def particulars_clash(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """True when both name some of one sort and share none of that sort."""
    for sort in ("major:", "sum:"):
        mine, others = ({name for name in side if name.startswith(sort)} for side in (ours, theirs))
        if mine and others and not mine & others:
            return True
    return False
