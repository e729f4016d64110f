# ruff: noqa: E501 - tables of words
"""A second set of matters and places for made-up streams, written at one go without a look at any word list of the product,
and not looked at again when the product was changed: what they show is nearer to what an unknown campus would show."""

from stream_words import Kind

PLACES = (
    "西区八栋", "研究生公寓", "东苑", "篮球场", "逸夫楼", "第一教学楼", "三食堂", "小北门", "老图书馆", "南区12栋", "综合楼", "星湖", "游泳馆", "后街", "二号学生公寓",
)  # fmt: skip
EN_PLACES = (
    "Dorm 8",
    "the old library",
    "the north gate",
    "Canteen 3",
    "the swimming pool",
    "Building 12",
    "the lakeside",
)
KINDS = (
    Kind("ebike", "negative", (
        "电动车从下周起一律不让进校，{p}已经设了路障", "{s}禁电动车，住{p}的人上课走二十五分钟", "刚买三个月的小电驴现在进不了{p}", "为什么{s}不建停车棚，只会一禁了之", "{p}门口扣了几十辆电动车，取车还要写检讨",
        "禁电动车的通知周五晚上十一点发，{s}真会挑时间", "{p}那边的电动车被保安贴条拖走了", "支持安全，但{s}禁电动车能不能先把路修好",
    ), ("{s}校园禁行电动车引热议", "{s}：将增设{p}停车区"), (
        "E-bikes are banned on campus from Monday, barriers at {e}", "They towed my e-bike at {e}, Lanchuan gave us two days notice",
    )),
    Kind("inspection", "negative", (
        "{p}突击查寝，柜子都被翻了，人还不在", "{s}宿管趁上课进{p}收走了吹风机和小锅", "查违禁电器可以，翻{p}女生抽屉过分了吧", "{p}查寝拍照发群里，床上的东西全露出来了", "被收走的电煮锅{s}说要毕业才还",
        "{p}今天又查寝，这周第三次", "翻柜子查寝合法吗，{s}学生手册哪条写了", "隔着门都听见{p}在砸锁，说是安全检查",
    ), ("{s}宿舍检查方式引争议", "{s}回应查寝翻柜：将规范流程"), (
        "Staff went through our drawers at {e} while we were in class", "Room searches at {e} again, Lanchuan took my kettle",
    )),
    Kind("fitness", "negative", (
        "体测不及格不给毕业证，{s}大四的都傻了", "{p}补测一千米当场倒了两个", "{s}把体测和毕业挂钩，去年怎么没说", "大四体测补考只有一次机会，{p}集合", "体重超标就算不及格，{s}这规定谁定的",
        "在{p}跑完一千米吐了，老师说不算要重跑", "体测替跑被抓，{s}全校通报", "{s}体测仪器不准，我弟弟坐着测都比我高",
    ), ("{s}体测成绩与毕业挂钩引关注", "{s}解释体测新规"), (
        "No diploma without passing the 1000 m run, says Lanchuan", "Two people fainted at the fitness re-test at {e}",
    )),
    Kind("simcard", "negative", (
        "不办指定手机卡就不能连宿舍网，{s}真敢", "{p}开学办卡点排长队，说是自愿", "{s}宿舍宽带绑定手机号套餐，每月五十九", "{p}的人说不办卡选不了床位", "强制办手机卡这事{s}年年被举报年年有",
        "办了那张卡{p}信号还只有一格", "新生群里说{s}录取通知书夹着一张手机卡，激活了才能报到", "退卡要去{p}写申请，还得辅导员签字",
    ), ("{s}被指强制新生办理手机卡", "通信管理局：已约谈{s}"), (
        "You must buy their SIM card to get online at {e}", "Lanchuan forces freshmen to take a phone contract",
    )),
    Kind("labblast", "negative", (
        "{p}实验室刚才爆了一声，玻璃全碎", "{s}{p}做实验出事了，有人被抬出来", "听到{p}一声巨响，整层楼的人往外跑", "{p}实验室炸了，味道飘到操场", "研究生群说是反应釜超压，{s}{p}三楼",
        "{p}现在拉着警戒线，楼上的窗户没了", "{s}实验室安全培训就是签个字，这不就出事了", "希望{p}受伤的同学没事",
    ), ("{s}{p}实验室发生爆燃，两人轻伤送医", "应急部门通报{s}实验室事故"), (
        "Loud bang from the lab in {e}, windows are gone", "Lab accident at Lanchuan, people carried out of {e}",
    )),
    Kind("campuscat", "negative", (
        "{p}的三花猫不见了，有人看见被装进麻袋", "{s}后勤把校猫都抓走了，说影响卫生", "{p}喂猫点被拆，猫粮倒了一地", "养了六年的学长猫昨天在{p}被抓", "{s}抓猫不通知救助社，猫去哪了",
        "去后勤问{p}的猫，说已经处理了", "求{s}给个话，绝育过的猫也抓", "{p}的小黑今天没来吃饭，心里难受",
    ), ("{s}清理流浪猫引学生不满", "{s}：猫只已送往救助机构"), (
        "They took the cats from {e} in sacks", "What happened to the campus cats at Lanchuan?",
    )),
    Kind("forcedtalk", "negative", (
        "周末讲座强制去，{p}点名，不去扣综测", "{s}一个月第五场凑人数讲座了", "在{p}坐了三小时听卖保险的", "讲座签到码十分钟换一次，{s}把这心思用在教学上多好", "{p}门口有人五块钱代听讲座",
        "不去{p}听讲座辅导员打电话到家里", "说好自愿，{s}群里接龙谁不去谁写说明", "讲座凑不够人从{p}自习室往外赶人",
    ), ("{s}讲座强制参加被吐槽形式主义", "{s}团委：取消讲座扣分"), (
        "Forced to sit three hours in a talk at {e}", "Lanchuan takes points if you skip the Saturday talk",
    )),
    Kind("pool", "negative", (
        "{p}的水绿得看不见底，游完浑身痒", "{s}泳池游完眼睛红了三天", "{p}游泳课上完全班起疹子", "问{s}泳池多久换一次水，答按规定", "{p}更衣室的地上全是青苔，摔了两个",
        "水质公示牌停在三月份，{p}管理员说忘了换", "{s}游泳课必修，水这样谁敢下去", "检测余氯了吗{p}，鼻子都闻不到消毒水",
    ), ("{s}泳池水质被质疑，疾控采样", "{s}：游泳课暂停一周"), (
        "The pool water at {e} is green and everybody itches", "Swimming class at Lanchuan gave half of us red eyes",
    )),
    Kind("rescue", "positive", (
        "{s}大三男生跳进{p}救起落水小孩，没留名就走了", "{p}救人的是我们班的，低调得很", "看到视频了，{s}小伙子在{p}救人真勇", "救起孩子的家长在{p}找恩人送锦旗", "为{s}救人的同学骄傲",
        "{p}水那么冷，他连鞋都没脱就跳了", "{s}会不会给救人的同学加分，应该的", "锦旗今天送到{s}了，敲锣打鼓",
    ), ("{s}学子勇救落水儿童", "{s}表彰救人学生"), (
        "A Lanchuan student jumped in at {e} and saved a child", "So proud: our classmate rescued a kid near {e}",
    )),
    Kind("timetable", "negative", (
        "早八连上四节中间不休息，{s}排课的人自己上吗", "{p}晚上九点半才下课，食堂都关了", "专业课排在周六，{s}说教室不够", "同一门课一半人在{p}一半人在老校区，赶车赶疯", "{s}课表改了四版，老师自己都走错",
        "{p}教室坐八十来了一百二，站着听", "实验课排到中午十二点到两点，{s}什么意思", "课表冲突选不了课，去{p}排队两小时没人理",
    ), ("{s}排课不合理引学生反映", "{s}教务处：将调整课表"), (
        "Four versions of the timetable and classes on Saturday, Lanchuan", "120 people in a room for 80 at {e}",
    )),
)  # fmt: skip
