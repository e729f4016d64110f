# ruff: noqa: E501 - tables of words
"""A third set of matters, places, chatter and ways of speaking for made-up streams. It was written before the grouping was
worked on for the last time and looked at once, afterwards: no word list, weight or pattern was chosen by it."""

from stream_words import Kind

PLACES = (
    "听涛阁", "七公寓", "C区连廊", "知味轩", "大学生活动中心", "阶梯教室402", "东操", "行远湖", "研究生院小楼", "二期宿舍", "艺体馆", "13舍", "工程训练中心", "留学生楼", "西侧门",
)  # fmt: skip
EN_PLACES = (
    "Block C",
    "the seaside dorms",
    "Hall 13",
    "the lake",
    "the training workshop",
    "the west entrance",
    "Tingtao House",
)
OPENERS = (
    "", "", "", "", "吐个槽：", "有同款遭遇的吗，", "不吐不快，", "匿名说一下，", "rt，", "帮朋友发，", "实名反对，", "只想问，", "刚从现场回来，", "想知道", "本人在场，", "替学妹发声，",
)  # fmt: skip
TAILS = (
    "", "", "", "。", "……", "！！！", "，气死", "，谁来给个解释", "，麻烦尽快处理", "，心累", "，求曝光", "，没人出面", "，先留个记录", "，笑不活了", "，太魔幻了",
)  # fmt: skip
EN_TAILS = (
    "",
    ".",
    "!!",
    ", is this normal?",
    ", still waiting for an answer",
    ", a friend was there",
    ", unbelievable",
)
NODS = (
    "+1", "一样一样", "我这边也这样", "谁懂", "求个后续", "绷不住了", "这也太那个了", "me too", "真的不是个例", "等官方说法",
)  # fmt: skip
ASIDES = (
    "打客服永远占线", "对门寝室气得睡不着", "聊天截图我都存了", "去年入学手册里根本没写", "班长去问了没结果", "学院说归后勤，后勤说归学院", "有图", "我爸说要请假过来一趟", "十几个人一起去的", "贴吧帖子被沉了",
    "投诉电话转了四次", "当时在场的有二十来人", "学生会装没看见", "越想越来气", "快毕业了还碰上这种", "别的系好像也有", "已读不回", "我录了音", "物业和学校各说各的", "求各位帮忙顶一下",
    "整个年级都炸了锅", "外地同学更惨", "好话说尽都不行", "忍到现在才说", "连个通知都没有", "说是下周开会研究",
)  # fmt: skip
CHATTER = (
    "{s}门口的烤红薯几点出摊", "求一份{s}往年的线代卷子", "{s}周边租房多少钱一个月", "{p}有没有插座多的位置", "转让九成新吉他，{p}当面交易", "拍到{s}的落日，调色没怎么动",
    "{s}大二转系容易吗", "有会修电脑的同学吗，在{p}等", "{s}英语四级报名到哪天", "{p}今天有人在拍毕业短片", "想参加{s}辩论队，要面试吗", "{s}的床是上床下桌吗",
    "孩子考了五百一，想报{s}", "{p}新换的咖啡机还行", "{s}第一场雪，大家都出来了", "{s}哪个老师的近代史给分高", "在{p}捡到一只耳机", "晨跑搭子，{p}见",
    "从机场到{s}坐几号线", "明天谁去{p}帮忙占个座", "{s}乒乓球台在哪", "{s}能用校友卡进图书馆吗", "下午{p}有场分享会，讲得不错", "{s}快递几点关门",
    "Where do people swim near {e}?", "Lanchuan is lovely when it rains", "Need a ride to the station from {e}", "Language exchange this Friday at {e}?",
    "{s}召开本学期教学工作例会", "{s}承办全市青年歌手赛", "{s}与邻校图书互借开通", "{s}志愿者赴敬老院慰问", "{s}举行升旗仪式",
)  # fmt: skip
KINDS = (
    Kind("laundry", "negative", (
        "{p}的洗衣机转出来一股鞋臭味，内衣洗完过敏", "{s}洗衣房又坏了九台，排到半夜", "扫码付了钱机器不转，{p}洗衣房没人退", "谁把球鞋扔进{p}洗衣机，滚筒里全是泥", "{s}洗一次衣服从三块涨到五块五",
        "烘干机烫坏我一件羽绒服，{p}那边说概不负责", "洗衣机外包给哪家公司了，{s}敢公布吗", "宁愿手洗也不敢用{p}那几台机器",
    ), ("{s}自助洗衣涨价遭吐槽", "{s}更换洗衣服务商"), (
        "The washing machines in {e} stink and eat your money", "Laundry at Lanchuan now costs double and the dryer burned my jacket",
    )),
    Kind("balcony", "negative", (
        "{p}阳台护栏一推就晃，谁敢晾衣服", "{s}有人靠着栏杆拍照差点掉下去", "报修栏杆报了一个学期，{p}用铁丝绑的", "{p}三楼那截护栏断了，底下就是走路的人", "铁丝绑护栏，{s}修得真有创意",
        "焊点全锈穿了，手一碰掉渣，{p}", "{s}说护栏符合标准，哪年的标准", "看见{p}护栏那样，腿都软了",
    ), ("{s}宿舍护栏松动，校方连夜加固", "{s}{p}护栏存隐患被责令整改"), (
        "The railing on the balcony of {e} is tied with wire", "Someone nearly fell when the railing gave way, Lanchuan",
    )),
    Kind("cardmoney", "negative", (
        "一卡通里少了两百多，{s}信息中心说是系统补扣", "{p}刷卡机重复扣款，一顿饭扣三次", "半夜三点我在睡觉，卡却在{p}消费了四十六", "{s}补扣上学期的水费，凭什么一次扣光", "卡里余额变负数，{p}圈存机也查不到明细",
        "说三个工作日退回重复扣的钱，{s}都三周了", "去{p}改密码排了一小时，人说跟密码没关系", "我们班十一个人卡里的钱对不上，{s}出来对账",
    ), ("{s}校园卡多扣款，校方致歉并退款", "{s}：一卡通异常系系统升级所致"), (
        "My campus card was charged three times for one meal at {e}", "Money missing from student cards at Lanchuan overnight",
    )),
    Kind("rehearsal", "negative", (
        "{s}运动会让播音班的站六小时没水喝", "彩排从早七点到晚九点，{p}有女生低血糖倒了", "开幕式方阵服要自己掏一百六，{s}穿一次就扔", "{p}彩排下雨也不让散，领导还没到", "不参加方阵就取消评优资格，{s}真行",
        "排练占了两周的课，{p}补课放在周日", "领导讲话四十分钟，{p}底下晒趴一片", "方阵服起球掉色，{s}谁定的厂家",
    ), ("{s}开幕式彩排强度引争议", "{s}就彩排安排向学生致歉"), (
        "Rehearsal from 7 to 9 at {e}, girls fainting and no water", "Lanchuan makes us buy the parade outfit for one day",
    )),
    Kind("glasswall", "negative", (
        "{p}外墙玻璃掉下来一整块，砸在自行车上", "{s}楼外立面又掉瓷砖了，擦着我肩膀", "刚才砰的一下，{p}门前碎了一地玻璃碴", "{p}那面墙鼓包一年了没人理", "差半米，差半米我就没了，{s}管不管",
        "现在{p}拉了根绳子，写着小心坠物就完事", "瓷砖掉了三次才围挡，{s}在等什么", "被划伤的女生缝了四针，{p}",
    ), ("{s}{p}外墙脱落致一人受伤", "住建部门要求{s}排查外墙"), (
        "A glass panel fell from {e} and hit the bikes", "Tiles coming off the wall at {e}, a girl needed stitches",
    )),
    Kind("credits", "negative", (
        "{s}大创项目署名全是老师的亲戚", "我们熬了半年，{p}答辩时组长换成了没见过的人", "项目经费四万，{p}买了台谁也没见过的打印机", "参赛名单里多出两个名字，{s}谁加的", "答辩评委就是指导老师的爱人，{p}现场都笑了",
        "把干活的删了，挂名的拿奖，{s}", "去{p}找科研处要说法，让我们自己协商", "国创结题{s}只看关系",
    ), ("{s}学生竞赛署名被质疑", "{s}成立工作组核查大创项目"), (
        "Names of strangers on our student project, {e} panel laughed", "Who added two people to the contest list, Lanchuan?",
    )),
    Kind("bees", "negative", (
        "{p}窗外一个脸盆大的马蜂窝，不敢开窗", "{s}昨天又蛰了两个，一个进了医院", "报了后勤，{p}的马蜂窝说要等园林公司", "被蛰的地方肿成馒头，{p}那棵树下", "捅马蜂窝找消防，{s}消防说要学校出函",
        "马蜂都飞进{p}走廊了，打着伞上课", "{s}能不能先把那棵树围起来", "室友过敏体质，{p}住着提心吊胆",
    ), ("{s}校内马蜂蛰人，消防摘除蜂巢", "{s}提醒学生避开蜂巢"), (
        "Huge hornet nest outside {e}, two people stung", "Stung by a hornet near {e}, the office at Lanchuan does nothing",
    )),
    Kind("photo", "negative", (
        "{s}毕业照改期改到考研复试那天", "拍集体照通知早上发中午拍，{p}人都没到齐", "外地实习的赶不回来，{s}说不来就P上去", "{p}摆了四十把椅子给领导，毕业班站后面", "毕业相册收一百八还不能不要，{s}",
        "学士帽少了一半，{p}轮着戴", "改期第三回了，票都退不掉，{s}", "就在{p}随便拍一张打发我们",
    ), ("{s}毕业照安排引不满，校方重新协调", "{s}为实习学生补拍毕业照"), (
        "Graduation photo moved for the third time at {e}", "Lanchuan will photoshop us into the class picture",
    )),
    Kind("robot", "positive", (
        "{s}机械狗队在国赛把老牌强校干翻了", "{p}在放决赛回放，喊得嗓子都哑了", "咱的机器人翻越最后一道坎的时候{p}全站起来了", "{s}这波真长脸，三战全胜", "给熬夜调参的{s}兄弟们敬礼",
        "队员回来了，{p}摆满了花", "看{s}夺魁的视频循环了十遍", "没想到{p}那间破屋子里出了全国第一",
    ), ("{s}机器人战队首夺全国总冠军", "{s}表彰机器人战队"), (
        "Lanchuan's robot team beat everyone in the national final!", "Flowers for the robot team at {e}, so proud",
    )),
    Kind("counsellor", "negative", (
        "辅导员借我们班费三千不还，{s}查不查", "班会上让我们每人捐五十给他过生日，{p}", "朋友圈晒新车，{s}的助学名额给了他表弟", "{p}值班表让学生替他填，自己不来", "谁提意见谁的请假条就批不下来，{s}这位老师",
        "转账记录都在，{p}有三个人愿意作证", "{s}信访回复说双方已和解，谁和解了", "因为没送礼，{p}评议那栏给我写了不合格",
    ), ("{s}一辅导员被指向学生借钱，学院回应", "{s}暂停涉事辅导员工作"), (
        "Our counsellor borrowed the class money and never paid back, {e}", "Gifts or no leave slip, that is how it works at Lanchuan",
    )),
)  # fmt: skip
