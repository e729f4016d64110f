# ruff: noqa: E501 - tables of words
"""The words of the made-up streams: ten kinds of matters at a school that does not exist, what people say otherwise, and
what they say when they only nod. Everything was written for this file."""

from dataclasses import dataclass

PLACES = (
    "竹苑",
    "松苑",
    "荷苑",
    "枫苑",
    "理工楼",
    "博文楼",
    "实训楼",
    "体育馆",
    "图书馆",
    "东门",
    "西门",
    "校医室",
    "一号楼",
    "六号楼",
    "九号楼",
)
EN_PLACES = ("Bamboo Hall", "Pine Hall", "the library", "the gym", "East Gate", "Building 9", "Building 6")
SCHOOL = ("澜川学院", "澜川", "澜院")
OPENERS = (
    "", "", "", "有没有人知道，", "唉，", "求扩散！", "同学们注意，", "刚刚得知，", "室友说", "说个事，", "路过看到，", "家长来问问，", "真的会谢，", "弱弱问一句，",
    "都来看看，", "据在场的人讲，",
)  # fmt: skip
TAILS = (
    "", "", "。", "！", "？？", "，有人管吗", "，等一个说法", "，什么时候能好", "，已经打了电话", "，大家怎么看", "，蹲后续", "，太不像话了", "，说好的服务呢", "，求解决",
    "，无语", "，离谱他妈给离谱开门",
)  # fmt: skip
EN_TAILS = (
    "",
    "!",
    "..",
    "?!",
    ", any news?",
    ", and nobody answers the phone",
    ", my roommate filmed it",
    ", been like this all week",
    ", please share",
)
NODS = (
    "我们也是",
    "同问，到底怎么回事",
    "真的离谱",
    "蹲一个结果",
    "这也行？",
    "又是这样，服了",
    "same here",
    "不敢相信",
    "有一说一确实过分",
    "顶上去",
)
ASIDES = (
    "隔壁班也遇到了", "视频我发在评论里", "问了好几个部门互相推", "本来想忍忍算了", "上学期就有人讲过", "我妈听完直接打电话到学校", "表白墙上已经刷屏", "旁边的人全在拍照", "写邮件给书记信箱也没回音", "值班的师傅摆摆手就走了",
    "群里吵到半夜", "希望别又是临时工背锅", "朋友圈全是这个", "大三的说年年如此", "现在评论都被删了", "我把时间地点都记下来了", "明明交了那么多钱", "换谁谁不生气", "咨询过律师朋友", "准备写联名信", "楼下围了一大圈人", "排在我前面的女生也一样",
    "先把经过放在这里", "辅导员让我们不要外传", "同城号都转了", "等了整整一个星期", "听说隔壁学校就不这样", "从头到尾没人道歉", "照片太糊大家将就看", "晚上回去继续更新",
)  # fmt: skip
CHATTER = (
    "{s}的银杏叶黄了，周末去拍照", "想借一本高数笔记，{s}的同学看我", "{s}附近哪家剪头发靠谱", "{p}二楼自习位置好坐吗", "出闲置台灯一个，{p}自取", "{s}的流浪橘猫今天晒太阳",
    "在{s}读了三年，还是会迷路", "{s}考编的学长学姐有经验分享吗", "今晚{p}门口弹吉他的是谁，好听", "{s}社团招新去哪里报名", "{s}的宿舍床多长，要买床帘", "{s}校历有人存图吗",
    "准高三，{s}的护理专业怎么样", "{p}旁边的奶茶店上新了", "{s}今天的晚霞绝了", "{s}选修课推荐哪门，好过的那种", "捡到一张饭卡，放在{p}值班室了", "跑步搭子找一个，{p}集合",
    "{s}离高铁站多远，打车多少钱", "有没有一起拼单打印的，{p}附近", "{s}羽毛球场怎么预约", "{s}的图书可以借几本", "今天在{p}听了一场讲座，收获不小", "{s}新生被子自己带还是买",
    "Is the pool at {e} open on Sundays?", "Lanchuan campus in autumn is so pretty", "Looking for a flatmate near Lanchuan College", "Anyone selling a bike at {e}?",
    "{s}举办秋季田径运动会，{p}看台坐满了", "{s}教师节活动顺利举行", "{s}与本地企业签署合作协议", "{s}图书馆新增一批外文期刊", "{s}开展消防演练，师生有序参与",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of matter. `tone` is how most speak of it, `heads` are headlines, `english` what guests write."""

    name: str
    tone: str
    cores: tuple[str, ...]
    heads: tuple[str, ...]
    english: tuple[str, ...]


KINDS = (
    Kind("canteen", "negative", (
        "{p}餐厅的盖浇饭里有钢丝球碎屑", "{s}{p}餐厅打饭打出一截钢丝", "{p}餐厅盖浇饭吃到金属丝，差点划破嘴", "在{p}餐厅的饭里发现钢丝，窗口阿姨说换一份就行",
        "{p}那家盖浇饭窗口又有钢丝了", "钢丝饭！{p}餐厅今天中午的", "{p}餐厅饭里的钢丝有图有真相", "{s}的{p}餐厅吃出钢丝，卫生谁来查",
    ), ("{s}回应餐厅饭菜中出现钢丝", "{s}{p}餐厅涉事窗口停业整改"), (
        "Found a piece of steel wool in my rice at the canteen of {e}", "Steel wire in the rice again, {e} canteen, Lanchuan",
    )),
    Kind("water", "negative", (
        "{p}连着三天没有热水", "{s}{p}热水器全坏，洗澡只能用冷水", "{p}的热水卡充了钱却没热水", "十月了{p}还没热水，洗冷水澡感冒了", "{p}热水时断时续，报修没人来",
        "{p}水房热水又没了，维修说等通知", "{p}整栋没热水，楼管一问三不知", "想在{p}洗个热水澡就这么难吗，没热水第三天",
    ), ("{s}{p}热水供应中断，后勤称正抢修", "{s}就热水停供致歉"), (
        "No hot water in {e} for three days", "Cold showers again at {e}, the hot water is still broken",
    )),
    Kind("fees", "negative", (
        "{s}要收每人三百八的实习管理费，{p}贴了通知", "实习管理费三百八是什么名目，{s}没有解释", "不交实习管理费就不给盖章，{p}那边这么说", "{s}的实习管理费三百八，去实习还要倒贴",
        "实习管理费三百八十元，{p}办公室只收现金", "问了{p}老师，三百八的实习管理费必须交", "别的学校没有的实习管理费，{s}收三百八", "{s}实习管理费有没有物价局批文",
    ), ("{s}收取实习管理费被质疑，教育局介入了解", "{s}称实习管理费将退还"), (
        "Lanchuan charges 380 yuan to manage our internship, what for?", "A 380 yuan internship fee, pay in cash at {e}",
    )),
    Kind("exam", "negative", (
        "{s}期末会计题跟补习班押的一模一样，{p}考场的都懂", "会计期末原题提前流出，{p}有人拿着答案进去", "这次会计考试漏题了吧，{s}给个交代", "{p}考场会计卷子考前一晚群里就有",
        "会计漏题，认真复习的人成了笑话，{s}", "听说{p}那场会计要重考，因为漏题", "会计考题泄露，{s}教务还在装睡", "漏题的会计卷传得{s}都知道",
    ), ("{s}就会计课程试题外泄展开核查", "{s}：会计课程将重新组织考试"), (
        "The accounting exam at Lanchuan was leaked the night before", "Leaked accounting paper, people walked into {e} with answers",
    )),
    Kind("blaze", "negative", (
        "{p}楼道里电动车电池爆燃，烟特别大", "{s}{p}冒黑烟了，是充电的电池烧起来", "{p}电瓶起火，大家披着被子跑下来", "消防车开进{s}了，{p}电池爆燃", "{p}那边电动车电池烧了，楼道全黑",
        "刚从{p}跑出来，电瓶爆燃的声音好吓人", "{p}电池起火，灭火器居然是过期的", "{s}{p}楼道充电起火，以前就反映过",
    ), ("{s}{p}发生电池起火，无人员伤亡", "消防部门通报{s}电池起火情况"), (
        "Battery fire in {e} at Lanchuan, the whole corridor is black", "Smoke everywhere at {e}, an e-bike battery caught fire",
    )),
    Kind("scam", "negative", (
        "有人在{p}扫楼推销英语网课贷，{s}新生小心", "{s}新生被忽悠签了网课贷，每月还款六百", "{p}那个网课贷的人自称学姐，签了字才知道是贷款", "网课贷退不了，{p}好多人中招", "{s}管管扫楼的吧，网课贷骗到{p}了",
        "室友签了网课贷，{p}一层楼十几个", "所谓英语课其实是网课贷，{s}同学别签", "网课贷推销又进{p}了，门禁形同虚设",
    ), ("{s}提醒新生警惕网课贷推销", "多名{s}新生称遭网课贷诱导"), (
        "Freshmen at {e} were tricked into a loan for an English course", "Course loan scam going door to door in {e}, Lanchuan",
    )),
    Kind("teacher", "negative", (
        "{s}有老师上课骂学生是废物，{p}整层都听见", "{p}那节课老师当众骂人废物，有录音", "骂学生废物的老师还在{p}上课，{s}不处理吗", "听录音，{s}老师说你们就是一群废物", "{p}骂人那位老师居然评了优秀",
        "被老师骂废物的同学哭着走出{p}", "老师骂废物这事，{s}学院说在了解", "教书的人张口就是废物，{s}师德呢",
    ), ("{s}教师课堂辱骂学生，校方：已停课调查", "{s}通报教师课堂言行不当"), (
        "A lecturer in {e} called students trash, there is a recording", "Lanchuan lecturer shouting 'you are trash' at the class in {e}",
    )),
    Kind("shuttle", "negative", (
        "{s}接驳车改成一小时一班，{p}排队排到马路上", "{p}等接驳车等了五十分钟", "接驳车减班，早八全员迟到，{p}站人山人海", "{s}把接驳车砍了一半，住{p}那边的怎么办", "接驳车又没来，{p}站的屏幕也是坏的",
        "从{p}坐接驳车要挤三趟才上得去", "接驳车减班没有征求意见，{s}就贴张纸", "{p}的接驳车站，等车的人比上课的多",
    ), ("{s}接驳车减班引学生不满", "{s}：接驳车将恢复原班次"), (
        "The shuttle at {e} now runs once an hour, everybody is late", "Lanchuan cut the shuttle buses, endless queue at {e}",
    )),
    Kind("mould", "negative", (
        "{p}墙上全是霉斑，衣柜一股味", "{s}{p}宿舍发霉，被子摸着是湿的", "{p}又返潮发霉了，起了一身疹子", "搬进{p}第一周，床板背面长霉", "{p}天花板霉得像地图", "问过{p}宿管，说发霉自己买除湿袋",
        "{s}{p}发霉好几年了，每年都有人反映", "霉味重到不敢开柜子，{p}",
    ), ("{s}{p}宿舍发霉，校方安排粉刷", "{s}：霉变房间学生可申请调换"), (
        "Mould all over the walls in {e}", "My room in {e} at Lanchuan smells of mould, the wardrobe is wet",
    )),
    Kind("prize", "positive", (
        "恭喜{s}龙舟队拿了全省第一，{p}挂横幅了", "{s}龙舟队夺冠啦，太争气了", "龙舟队冠军回校，{p}门口好热闹", "{s}龙舟队最后五十米反超，看哭了", "给{s}龙舟队点赞，全省第一不容易", "龙舟夺冠的学长在{p}合影，好帅",
        "{s}龙舟队首次夺冠，教练辛苦了", "龙舟赛冠军！{s}牛",
    ), ("{s}龙舟队夺得全省大学生龙舟赛冠军", "{s}龙舟队凯旋"), (
        "Lanchuan's dragon boat team won the provincial race!", "So proud of the dragon boat team, celebration at {e}",
    )),
)  # fmt: skip
