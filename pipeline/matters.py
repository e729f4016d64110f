"""What campus matters are called: words in Chinese and English that mean one kind of matter.

It lets a post in English join a matter told in Chinese, and "the registration site shows 502" join "the campus network
is down". It says what kind a matter is, never which one: `pipeline.group` believes it only when two posts of a kind so
near in time would be a strange coincidence. Words are substrings for Chinese and whole words for English.
"""

import re

MATTERS: dict[str, str] = {
    "food_object": "吃出 异物 头发丝 虫子 塑料片 钢丝球 玻璃渣 鼠头 蛆 变质 发霉 有头发 饭里 菜里 发馊 foreign object|found in the food|hair in|bug in|worm|maggot|mouldy|moldy|in the dish|in my food",
    "food_poison": "中毒 拉肚子 腹泻 呕吐 上吐下泻 肠胃炎 诺如 肚子疼 食源性 集体就医 poisoning|diarrhea|diarrhoea|vomiting|food poisoned|stomach|norovirus|fell ill|got sick",
    "food_price": "涨价 太贵 分量 价格 贵了 阿姨手抖 预制菜 overpriced|prices|prepackaged",
    "canteen": "食堂 餐厅 饭菜 窗口阿姨 伙食 档口 canteen|cafeteria|dining hall|dining",
    "power": "停电 断电 变压器 跳闸 一片漆黑 没电 来电 限电 供电 恢复供电 power outage|no power|blackout|transformer|electricity|without power|power cut|power",
    "water": "停水 没水 断水 水质 自来水 发黄 热水 水有味 water outage|no water|tap water|hot water|water supply",
    "network": "校园网 断网 网速 选课 教务系统 服务器 抢课 崩了 登录不上 登不上 系统崩 连不上 network|wifi|502|registration system|course registration|crashed|server|internet|website is down|course selection",
    "leak": "漏水 水管 爆裂 积水 天花板 坍塌 塌了 掉落 墙皮 渗水 倒灌 leak|leaking|flooded|ceiling|burst pipe|collapsed|collapse",
    "lift": "电梯 困在 被困 elevator|lift",
    "fire": "火灾 起火 着火 冒烟 消防车 爆炸 浓烟 烧焦 明火 fire|smoke|explosion|blaze|exploded",
    "traffic": "车祸 校车 相撞 撞了 货车 撞人 急刹 追尾 班车 电动车 bus crash|crash|traffic accident|school bus|shuttle|truck|hit by",
    "injury": "送医 受伤 救护车 磕到 骨折 伤者 住院 injured|ambulance|hospitalized|hospitalised|hurt",
    "fee": "收费 乱收费 实训费 资料费 教材费 收据 退费 补交 自愿缴 代收 押金 每人再交 费用 服装费 extra fee|fees|overcharged|surcharge|refund|fee|pay extra|charge",
    "tuition": "学费 助学金 贫困生 助学贷款 奖助 tuition|bursary|student loan",
    "scholarship": "奖学金 国奖 综测 评奖 评优 评分细则 绩点 scholarship|scholarships|gpa|scoring rules",
    "selection": "保研 推免 预备党员 评选 名额 黑幕 内定 暗箱 不公平 不公 recommendation|quota|rigged|unfair",
    "award": "获奖 一等奖 特等奖 金奖 冠军 夺冠 恭喜 点赞 救人 表彰 好样的 见义勇为 一流专业 国家级名单 志愿者 帮老人 prize|award|awards|proud|congratulations|champion|hero|first prize|won|medal",
    "arrival": "开学 新生 报到 迎新 拉箱子 新同学 freshmen|freshman|first day|new students|orientation|welcome",
    "training": "军训 教官 中暑 military training|heatstroke|heat stroke|drill instructor",
    "seats": "占座 座位 闭馆 开馆 图书馆 自习室 座位费 library|seats|study room|closes at",
    "exam": "泄题 作弊 替考 挂科 补考 监考 漏题 考卷 成绩 期末考 考场 统考 cheating|exam|exams|leaked paper|grades|midterm|finals",
    "admission": "招生 录取 调档 分数线 调剂 退档 高考 投档 单招 虚假宣传 admission|admissions|enrolment|enrollment|applicants",
    "harassment": "性骚扰 猥亵 骚扰 师德 不当言论 辱骂 体罚 咸猪手 偷拍 harassment|harassed|misconduct|groping|abuse|abusive|assault",
    "advisor": "导师 压榨 辅导员 院长 停职 免职 处分 举报 实名举报 supervisor|advisor|counselor|counsellor|suspended|whistleblower",
    "academic": "抄袭 学术不端 造假 撤稿 论文 代写 查重 plagiarism|retracted|fabricated|paper mill|academic fraud",
    "death": "坠楼 跳楼 轻生 自杀 去世 猝死 身亡 溺水 遇难 死亡 suicide|died|death|drowned|fell from|passed away|dead",
    "fight": "打架 斗殴 欺凌 霸凌 打人 殴打 冲突 持刀 砍 fight|bullying|beaten|bullied|brawl|knife|stabbed",
    "theft": "被盗 小偷 失窃 偷东西 被偷 偷外卖 theft|stolen|thief|burglary",
    "scam": "诈骗 刷单 校园贷 假冒 骗子 被骗 冒充 骗局 钓鱼 培训贷 scam|fraud|phishing|swindle|scammed",
    "job": "实习 顶岗 流水线 就业率 三方协议 招聘会 双选会 就业 签约率 工厂 internship|employment|job fair|factory|interns|employers",
    "moving": "搬宿舍 换宿舍 混寝 换寝 搬校区 搬迁 六人间 八人间 上下铺 扩招 relocation|relocate|move out|moving campus|overcrowded",
    "vermin": "臭虫 蟑螂 老鼠 床虱 跳蚤 虫害 蝙蝠 bedbug|bedbugs|cockroach|cockroaches|rats|mice|pest",
    "air": "甲醛 异味 刺鼻 装修味 发臭 污水 臭味 formaldehyde|smell|stench|fumes|sewage",
    "climate": "空调 暖气 供暖 高温 没暖气 风扇 air conditioning|air conditioner|heating|heatwave|too hot",
    "epidemic": "流感 肺结核 结核 水痘 发烧 感染 隔离 疫情 甲流 传染 疫苗 flu|influenza|tuberculosis|chickenpox|outbreak|quarantine|infected|fever|vaccine",
    "degree": "毕业证 学位证 毕业典礼 延毕 论文答辩 毕业照 毕业季 diploma|graduation|graduate|degree|commencement",
    "calendar": "放假 调休 校历 延迟开学 提前放假 返校 寒假 暑假 holiday|vacation|semester|term dates",
    "access": "封校 门禁 刷脸 出校 查寝 晚自习 早操 跑步打卡 宵禁 请假 lockdown|curfew|face recognition|closed campus|roll call",
    "parcels": "快递 外卖 驿站 取件 外卖柜 parcel|parcels|delivery|takeaway|takeout",
    "animals": "流浪猫 流浪狗 虐猫 咬伤 被狗咬 虐待动物 stray|cat abuse|bitten|dog bite|strays",
    "sports": "运动会 球赛 马拉松 体测 篮球赛 足球赛 跑操 sports meet|marathon|match|tournament|fitness test",
    "culture": "晚会 校庆 演出 歌手 音乐节 文化节 anniversary|concert|festival|gala|performance",
    "status": "停招 撤销专业 转设 更名 合并 升格 升本 取消专业 rename|renamed|merger|discontinued|upgraded",
    "building_site": "施工 噪音 工地 修路 打桩 挖断 noise|construction|drilling|renovation",
    "weather": "台风 暴雨 内涝 大雪 地震 洪水 冰雹 被淹 typhoon|rainstorm|flood|earthquake|snowstorm|flooding",
    "privacy": "信息泄露 隐私 个人信息 泄露 data leak|data breach|leaked data|personal information|privacy",
    "rumour": "谣言 辟谣 不实 造谣 网传 rumor|rumour|false claim|debunked|misinformation",
    "teaching": "停课 调课 网课 水课 教学质量 上课 课表 换老师 课程 lecture|lectures|online class|timetable|course",
    "medical": "校医院 医务室 误诊 挂号 医保 clinic|misdiagnosed|infirmary|health insurance",
    "laboratory": "实验室 试剂 化学品 危化品 laboratory|chemical|reagent|spill",
    "bathing": "澡堂 浴室 洗澡 bathhouse|shower|showers",
    "goods": "打印店 超市 校内商户 商铺 supermarket|print shop|vendors",
    "uniform": "校服 班服 床上用品 被褥 uniform|uniforms|bedding",
    "labour": "劳动课 义务劳动 志愿时长 强制参加 强制献血 签到 volunteering hours|forced|mandatory|compulsory",
    "research": "科研 突破 顶刊 国家自然科学 院士 发表 成果 breakthrough|research|published in|nature|science",
    "ranking": "排名 双一流 双高 评估 审核评估 ranking|rankings|accreditation",
    "charity": "捐赠 捐款 校友捐 公益 donation|donated|donates|charity|alumni",
    "vehicles": "共享单车 停车 违停 充电桩 parking|bike|e-bike|bicycle",
    "security": "保安 门卫 安保 校外人员 security guard|guards|outsiders|intruder",
    "contest_online": "直播 主播 网红 摆拍 livestream|influencer|streamer",
    "foreign": "留学生 外籍 international students|foreign students|visa",
    "union": "学生会 社团 团委 官僚 student union|student council",
}  # fmt: skip


def split_words(words: str) -> tuple[list[str], list[str]]:
    """Chinese words and English phrases of one entry."""
    parts = words.split(" ")
    chinese = [part for part in parts if part and "|" not in part and not part.isascii()]
    latin = " ".join(part for part in parts if part not in chinese).split("|")
    return chinese, [phrase.strip() for phrase in latin if phrase.strip()]


def build_lookup() -> tuple[dict[str, str], "re.Pattern[str]", "re.Pattern[str]"]:
    """Word -> matter, and one pattern for each script, longest word first."""
    lookup: dict[str, str] = {}
    scripts: tuple[list[str], list[str]] = ([], [])
    for matter, words in MATTERS.items():
        for script, found in zip(scripts, split_words(words), strict=True):
            for word in found:
                lookup.setdefault(word, matter)
                script.append(word)
    chinese, latin = (sorted(set(script), key=lambda word: (-len(word), word)) for script in scripts)
    return (
        lookup,
        re.compile("|".join(map(re.escape, chinese))),
        re.compile(rf"\b(?:{'|'.join(map(re.escape, latin))})\b"),
    )


LOOKUP, CHINESE, LATIN = build_lookup()


def find_matters(text: str) -> dict[str, int]:
    """How often each kind of matter is named in `text` (lower case), in the order of first naming."""
    found: dict[str, int] = {}
    for pattern in (CHINESE, LATIN):
        for word in pattern.findall(text):
            matter = LOOKUP[word]
            found[matter] = found.get(matter, 0) + 1
    return found
