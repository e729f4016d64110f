"""What stands directly before or behind a school's name and makes it another school, a town or a company.

All texts here are in the one spelling of `pipeline.normal`. Every function answers with the words that decided,
or the empty string; none knows which school is ours.
"""

import re

_DIRECTIONS = "东南西北新"
# Two-character words that end in one of them: there the name is whole (湖北江城…, 最新海川…).
_HARMLESS_BEFORE = frozenset(
    [
        "最新",
        "更新",
        "全新",
        "创新",
        "重新",
        "刷新",
        "迎新",
        "翻新",
        "崭新",
        "革新",
        "招新",
        "纳新",
        "清新",
        "推新",
        "上新",
        "尝新",
        "新新",
        "山东",
        "广东",
        "江西",
        "广西",
        "陕西",
        "山西",
        "河南",
        "湖南",
        "云南",
        "海南",
        "越南",
        "河北",
        "湖北",
        "台北",
        "济南",
        "淮南",
        "渭南",
        "西南",
        "陇南",
        "定西",
        "鸡西",
        "东西",
        "以东",
        "以西",
        "以南",
        "以北",
        "向东",
        "向西",
        "向南",
        "向北",
        "往东",
        "往西",
        "往南",
        "往北",
        "房东",
        "股东",
        "指南",
        "朝南",
        "朝北",
        "东北",
        "西北",
    ]
) - {"西南", "东北", "西北"}

_LEVELS = (
    "职业|技术|师范|理工|工业|工程|科技|科学|财经|经贸|商务|医学|医科|医药|中医药|农业|林业|农林|外国语|外语|艺术|美术|音乐|体育|"
    "警察|警官|政法|交通|信息|电子|软件|建筑|城建|建设|电力|石油|化工|旅游|幼儿|卫生|护理|健康|城市|航空|航天|海洋|海事|水利|民族|传媒|"
    "广播|电视|开放|老年|应用|现代|国际|文理|高等|专科|工商|管理|机电|轻工|纺织|铁路|邮电|冶金|环境|生物|食品|服装|第[一二三四五六七八九十]|"
    "中等|高级|技师|机械|电大|女子|行政|司法"
)
_OTHER_SCHOOL_BEHIND = re.compile(
    f"(?:{_LEVELS}){{0,5}}(?:大学|学院|学校|专科学校|高专|中专|技校|职校|职高|职中|职教中心|中学|小学|幼儿园|一中|二中|三中|四中)"
)
_NEVER_OURS_BEHIND = re.compile(
    "城(?![市乡建内外里东西南北区关])|城市学院|城建学院|大学城|附中|附小|附幼|附高|附属(?!.{0,6}(?:医院|口腔|肿瘤|诊所|妇产|妇幼))|"
    "第[一二三四五六七八九十]附属(?!.{0,4}医院)|幼儿园|实验(?:中学|小学|学校)|中学|小学|中专|技校|"
    "股份(?!制)|(?:科技|信息|软件|实业|生物|医药|电子|环保|材料|建设|教育)?(?:有限|集团(?!军)|控股|置业|地产)"
)
_TOWN_BEHIND = re.compile(
    "市(?!场)|县|区(?!别|分)|镇|乡|村|路(?!演)|街|大道|大桥|河|湖|山|江|港|湾|岛|机场|火车站|高铁站|高铁|地铁|客运站|汽车站|站(?!在|出)|高速|新区|开发区|"
    "银行|日报|晚报|早报|电视台|电视|新闻网|广场|大厦|人民|政府|公安|法院|检察|消防|交警|医院|酒店|宾馆|饭店|宾馆|馆|园区|科技园|产业园|"
    "集团|股份|有限|公司|控股|地产|证券|药业|讯飞|国盾|智能|协会|局|厅|委|博物|中心医院|城投|楼盘|房价|房产|菜|话|方言|"
    f"(?:{_LEVELS}){{1,5}}(?:大学|学院|学校)"
)
# School-like endings: a name with one is never read as a town.
_SCHOOL_ENDING = re.compile("(?:大学|学院|学校|专科|校区|校园|分校|本部|大|院|校|专|师|高专)$")
_BARE_SCHOOL = frozenset(
    [
        "科大",
        "师大",
        "理工",
        "农大",
        "工大",
        "医大",
        "财大",
        "交大",
        "民大",
        "林大",
        "海大",
        "外大",
        "政法",
        "师院",
        "医学院",
        "工学院",
        "职院",
        "理工大",
        "科技大",
        "工程大",
        "中医药",
        "外国语",
        "职大",
        "电大",
        "艺院",
        "体院",
    ]
)
_REGION_BEFORE = frozenset(
    "京津沪渝冀豫辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼港澳台华武哈沈杭广深福厦昆兰郑太成重电北南东西湖河山江安中长"
)
_WORD_BEFORE = re.compile(
    "(?:其中|高中|初中|途中|手中|心中|当中|家中|集中|校中|之中|马上|晚上|早上|网上|路上|线上|楼上|身上|赶上|考上|晓得|大河|完成|变成|达成|地方|不太|真太|那太|严重|尊重|充电|手机|来电|停电|很重|增长|校长|家长|成长|班长|部长|擅长|平安|保安|公安|治安|不安)$"
)

_LATIN_DIRECTION = re.compile(r"\b(?:(?:north|south|east|west)(?:ern|east|west|eastern|western)?|upper|lower)[ -]$")
_LATIN_SCHOOL_BEHIND = re.compile(
    r"[ -](?:(?:\w+ ){0,3}(?:university|polytechnic|seminary|academy)|(?:normal|vocational|technical|medical|community|"
    r"city|first|no\.? ?\d+|teachers|agricultural|science and technology|open|foreign language)? ?(?:college|institute|school|high school|"
    r"middle school|primary school|grammar school))\b"
)
_LATIN_NEVER_BEHIND = re.compile(
    r"(?: |'s )?(?:[ -]town\b|[ -]affiliated (?!hospital)|[ -](?:attached )?(?:middle|high|primary|elementary|secondary|preparatory|prep) school|"
    r"[ -]kindergarten|[ -]co\.|[ -](?:ltd|inc|corp|corporation|holdings?|llc|plc|gmbh)\b)|"
    r"[ ](?:of|for) (?:science|technology|finance|economics|arts?|music|medicine|nursing|education|foreign|traditional|chinese|engineering|"
    r"business|law|agriculture|commerce|communications?|media|sports?|physical|political|posts|aeronautics|mining|petroleum|"
    r"transport|health|design|tourism|information|pharmacy|dentistry|theology|optometry|the arts)\b"
)
_LATIN_TOWN_BEHIND = re.compile(
    r"[ -](?:city|town|county|district|province|airport|railway|station|road|street|avenue|river|lake|bay|port|island|mountain|hospital|"
    r"bank|hotel|group|company|museum|park|daily|times|news|mall|plaza|tower|stadium|police|court|government|council|prison|fc|united)\b"
)
_LATIN_SCHOOL_WORD = re.compile(
    r"\b(?:university|college|institute|school|academy|polytechnic|campus|conservatory|seminary)\b"
)


def other_before(body: str, start: int) -> str:
    """A direction or 新 directly before a Chinese name."""
    if start == 0 or body[start - 1] not in _DIRECTIONS:
        return ""
    return "" if body[max(0, start - 2) : start] in _HARMLESS_BEFORE else body[start - 1]


def region_before(body: str, start: int, name: str) -> str:
    """For bare names such as 科大: a character before them that makes 中科大, 电科大, 华科大."""
    if start == 0 or name not in _BARE_SCHOOL or body[start - 1] not in _REGION_BEFORE:
        return ""
    return "" if _WORD_BEFORE.search(body[max(0, start - 2) : start]) else body[start - 1]


def other_behind(body: str, end: int, name: str) -> str:
    """What follows a Chinese name and makes it a town, a company or another school."""
    found = _NEVER_OURS_BEHIND.match(body, end)
    if found is None and not _SCHOOL_ENDING.search(name):
        found = _OTHER_SCHOOL_BEHIND.match(body, end) or _TOWN_BEHIND.match(body, end)
    elif found is None and name.endswith("大") and body.startswith("学", end):
        found = re.compile("学(?![生子长姐弟妹习期报风籍费姐霸院号])").match(body, end)
    return found.group(0) if found else ""


def inside_word(body: str, start: int, end: int) -> bool:
    """True when a Latin name is a part of a longer word."""
    before = body[start - 1] if start else " "
    after = body[end] if end < len(body) else " "
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def latin_before(body: str, start: int) -> str:
    """A direction directly before an English name."""
    found = _LATIN_DIRECTION.search(body[max(0, start - 14) : start])
    return found.group(0).strip() if found else ""


def latin_behind(body: str, end: int, name: str) -> str:
    """What follows an English name and makes it something else."""
    found = _LATIN_NEVER_BEHIND.match(body, end)
    if found is None and not _LATIN_SCHOOL_WORD.search(name):
        found = _LATIN_SCHOOL_BEHIND.match(body, end)
        if found is None and (" " in name or len(name) > 5):
            found = _LATIN_TOWN_BEHIND.match(body, end)
    return found.group(0).strip() if found else ""
