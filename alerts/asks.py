"""What an office must not ask for, in its own free text: to find who spoke, to have it taken down, to press people, to
watch them, to make noise. Slips and cases are for answering; a text that asks for such a thing is refused. Pure.

It reads words, not intentions: what is meant and not said passes. A sentence that forbids the thing ("do not look for
the poster") passes too.
"""

import re
import unicodedata
from typing import NamedTuple

FIND = "Finding out who wrote it is refused here: answer the matter, not the person."
REMOVE = "Having it taken down or hidden is refused here: it can be answered, clarified or corrected."
PRESS = "Pressing or punishing those who speak is refused here: say what will be repaired or explained."
WATCH = "Watching people, their accounts or their chats is refused here."
FLOOD = "Steering or flooding a discussion is refused here: speak once, in the school's own name."
REASONS = (FIND, REMOVE, PRESS, WATCH, FLOOD)

# Who spoke, in Chinese. 反映人 and 投诉人 may be answered; they may not be looked for.
WHO = (
    r"(?:发[帖贴布文视]\w{0,2}(?:人|者|学生|同学|账号|帐号|用户|网友)|发出?的?帖子?的(?:人|学生|同学)|楼主|贴主|博主|up主|爆料(?:人|者|学生|同学)?|原作者|发声者|"
    r"(?:投诉|举报|反映|曝光|吐槽|造谣|传谣|转发|转帖|评论|拍摄视频的?)(?:人|者|的人|学生|同学|的学生|的同学)|网友(?:的)?(?:真实)?身份|匿名(?:用户|学生|者|账号)|"
    r"(?:泄密|泄露|外传|传播|发布|造谣)者|(?:带头|闹事|挑头).{0,4}?(?:学生|同学|的?人)|(?:哪|什么)(?:间|个|栋)?(?:宿舍|寝室|班级?)的?.{0,4}?(?:拍|发|传|写|爆)|(?:这|该|此|其)个?(?:账号|帐号|网友|用户)|账号(?:主人|实名|背后)|谁(?:发|写|传|拍|爆|说|泄|转|评|点赞|投诉|举报)(?:的|出|了)?|谁(?:向|给|在|把).{0,8}?(?:发|写|传|拍|爆|泄|投诉|举报)|谁在.{0,6}(?:发|投稿|爆)|(?:哪|什么)(?:个|位|名|些)?(?:班的?)?(?:人|学生|同学|老师)(?:发|写|拍|爆|投诉|举报))"
)
SEEK = r"(?:落实|找出|找到|查找|查下|看看|看下|问问|查出|查到|查清|查明|查一?查|追查|倒查|排查|摸排|摸清|核查|核实|确认|锁定|定位|识别|揪出|挖出|人肉|搜出|弄清|搞清|打听|认出|追踪|溯源|比对出)"
SAID = r"(?:帖子?|贴子?|视频|评论区?|微博|笔记|抖音|小红书|热搜|话题|报道|负面(?:信息|内容|舆情|消息)?|网文|言论|稿件|动态|推文|舆情|截图|爆料|热度|投诉(?:信息|内容)?|链接|吐槽)"
HIDE = r"(?:删除|删掉|删了|删去|撤下|撤掉|撤回|撤除|下架|屏蔽|清除|清理|处理掉|压下|压住|封掉|封禁|隐藏|沉下去|抹掉|消除|拿下|下掉)"
PUNISH = r"(?:约谈|谈话|训诫|处分|追责|问责|严肃处理|惩罚|警告|批评教育|通报批评|写检查|写检讨|停课|取消评优|扣(?:综测|德育|学)?分|叫来|请来|喝茶|施压|做工作|劝退|开除)"


class Ask(NamedTuple):
    """One way of asking and why it is refused."""

    pattern: re.Pattern[str]
    why: str


def _zh(pattern: str, why: str) -> Ask:
    return Ask(re.compile(pattern, re.IGNORECASE), why)


def _en(pattern: str, why: str) -> Ask:
    return Ask(re.compile(rf"\b(?:{pattern})", re.IGNORECASE), why)


SPEAKER = (
    r"(?:(?:original |anonymous )?(?:poster|author|blogger|uploader|commenter|complainant|whistle-?blower|op)s?\b|who (?:posted|wrote|filmed|shared|leaked|said|complained|commented|started)\b"
    r"|(?:student|person|people|one|account|user|teacher|staff member)s? (?:who|that|which|behind) (?:posted|wrote|filmed|shared|leaked|complained|commented|reported|spoke|it|this|the (?:post|video|thread|rumou?r|account))"
    r"|(?:account|user)(?:'s)? (?:owner|holder|name|identity)|person behind|who(?: is|'s) behind (?:this|the|that) (?:account|post|thread|video|rumou?r)|identity of the|their (?:identity|ip)\b)"
)
POSTED = r"(?:posts?|threads?|videos?|comments?|tweets?|articles?|story|stories|reviews?|hashtags?|coverage|negative (?:content|items?|press)|complaints?|discussion|clip|recording of the incident|topic)\b"
GAP = r"(?:\W+[\w'’-]+){0,5}?\W+"

ASKS: tuple[Ask, ...] = (
    _zh(rf"{SEEK}.{{0,10}}?{WHO}", FIND),
    _zh(rf"{WHO}.{{0,8}}?(?:找出来|查出来|揪出来|挖出来|找到|(?:的)?(?:真实)?(?:身份|姓名|学号|班级|宿舍|联系方式|手机号|IP|地址|信息|资料)(?:报|查|给|发|核|提供|告))", FIND),
    _zh(r"人肉(?!汤|饭|包)|(?:查|调取|索要|提供|获取|要).{0,12}?(?:IP|注册信息|实名信息|真实身份|登录记录|账号信息|帐号信息)", FIND),
    _zh(rf"(?:提供|报送|上报|列出|统计|汇总).{{0,10}}?{WHO}.{{0,6}}?(?:名单|姓名|信息|学号|身份|情况)?", FIND),
    _zh(r"(?<!不)删[帖贴稿评]|撤[帖贴稿]|撤热搜|压热搜|降热搜|降热度|压热度|(?:降低|压低|减少).{0,12}?(?:热度|曝光|传播量)|关(?:闭)?评论|限流|封号|禁言|封帖|沉帖|锁帖|屏蔽关键词|(?:把|将).{0,8}?[账帐]号.{0,4}?(?:封|禁|注销)|捂(?:住|盖子)|灭火式", REMOVE),
    _zh(rf"{HIDE}.{{0,10}}?{SAID}", REMOVE),
    _zh(rf"(?:把|将|让|对).{{0,14}}?{SAID}.{{0,12}}?(?:删|撤|下架|屏蔽|清掉|清除|处理掉|压|封|拿掉|沉|下了|下掉|消失)", REMOVE),
    _zh(r"(?:联系|要求|协调|请|找|让).{0,8}?(?:平台|网站|贴吧|媒体|记者|吧主|管理员|小编|编辑部|网信办).{0,12}?(?:删|撤|下架|屏蔽|不(?:要|得)?报道|封)", REMOVE),
    _zh(rf"{PUNISH}.{{0,8}}?{WHO}|(?:对|把|让).{{0,4}}?{WHO}.{{0,10}}?{PUNISH}|(?:叫|喊|请|找|让){WHO}.{{0,6}}?(?:来|到|删|道歉|写)", PRESS),
    _zh(r"封口|闭嘴|(?:不许|不准|禁止|不得|严禁)(?:任何)?(?:学生|同学|师生|家长|教师|老师).{0,8}?(?:发帖|发声|发布|投诉|举报|评论|议论|讨论|谈论|转发|接受采访)", PRESS),
    _zh(r"(?:签|写).{0,6}?(?:保密|承诺|保证)书?.{0,10}?(?:发帖|发布|外传|投诉|发声|网上)", PRESS),
    _zh(r"(?:查|翻|看|检查|收缴|监控).{0,6}?(?:手机|聊天记录|朋友圈|微信群|QQ群|班级群|私信)", WATCH),
    _zh(r"(?:卧底|潜伏|潜入|混进).{0,8}?(?:群|论坛|社区)|(?:监视|盯紧|盯住|盯着|监控|重点关注).{0,8}?(?:账号|帐号|发帖|网友|个别学生|该生|言论)", WATCH),
    _zh(r"水军|控评|刷(?:评论|好评|赞|帖|屏|正面)|带节奏|跟帖引导|引导(?:评论|跟帖)|网评员|(?:组织|安排|动员|发动|号召).{0,10}?(?:发帖|评论|点赞|转发|跟帖|举报(?!人)|投诉(?!人))|集体举报|(?:集中|批量)举报", FLOOD),
    _en(rf"(?:find(?: out)?|identify|track(?: down)?|trace|unmask|expose|locate|name|discover|determine|reveal|figure out|hunt(?: down)?|dox){GAP}?{SPEAKER}", FIND),
    _en(rf"(?:find(?: out)?|identify|track(?: down)?|trace|discover|determine|figure out|tell (?:us|me)|know|ask) {SPEAKER}", FIND),
    _en(r"who(?: is|'s) behind (?:this|the|that) (?:account|post|thread|video|rumou?r)", FIND),
    _en(r"(?:get|obtain|request|provide|pull|ask).{0,40}\b(?:ip address(?:es)?|registration data|real name|login records?|account details)\b.{0,30}", FIND),
    _en(rf"(?:list|names?) of (?:the )?(?:students?|people|staff|accounts?|users?) (?:who|that) (?:posted|wrote|shared|liked|commented|complained)|{SPEAKER}.{{0,20}}\b(?:must|should|needs? to) be (?:found|identified|named)", FIND),
    _en(rf"(?:delet(?:e|ed|ing)|remov(?:e|ed|ing|al of)|tak(?:e|en|ing) down|get rid of|suppress|bury|hid(?:e|den)|censor|scrub|erase|wipe|shut down|kill|pull|withdraw|flag|block|lock){GAP}?(?<!own ){POSTED}", REMOVE),
    _en(rf"(?:{POSTED}|it|this|them) (?:is |are |be |to be |gets? |must be |should be |needs to be )?(?:deleted|removed|taken down|suppressed|buried|censored|hidden|pulled|scrubbed)", REMOVE),
    _en(r"(?:take|taken|taking) (?:it|this|that|them) down|(?:make|have|get) (?:it|this|that) (?:disappear|go away|removed|deleted|pulled)|(?:ban|suspend|close|block|shut down)\W+(?:\w+\W+){0,3}?accounts?\b|close the comments|(?:make|have|get|tell|ask)\W+(?:\w+\W+){0,3}?(?:students?|posters?|authors?|users?)\W+(?:to )?(?:delete|remove|take)|delet(?:e|ing) it from (?:weibo|wechat|douyin|the (?:forum|wall|web|internet))|(?:stop|prevent|keep)\W+(?:\w+\W+){0,4}?(?:from )?(?:reporting on|publishing|covering)", REMOVE),
    _en(rf"(?:punish|disciplin(?:e|ary)|warn|expel|suspend|interrogate|question|reprimand|call in|summon|sanction|threaten|pressure|sue){GAP}?{SPEAKER}", PRESS),
    _en(r"(?:forbid|ban|stop|prohibit|keep)\W+(?:\w+\W+){0,3}?(?:students?|parents?|staff|teachers?)\W+(?:\w+\W+){0,3}?(?:posting|talking|speaking|complaining|commenting|sharing)|keep .{0,20}quiet about|gag order|sign .{0,30}(?:not to|never to) (?:post|speak|complain)", PRESS),
    _en(r"(?:check|read|search|go through|monitor|inspect)\W+(?:\w+\W+){0,4}?(?:phones?|private (?:chats?|messages?|groups?)|chat (?:logs?|histories|history)|group chats?)\b|(?:monitor|watch|follow|keep an eye on|spy on)\W+(?:\w+\W+){0,4}?(?:accounts?|profiles?|posters?)\b|infiltrate|join .{0,20}group.{0,20}undercover", WATCH),
    _en(r"(?:mass|bulk)[- ]report|report (?:the|this|that|his|her|their) (?:account|post|video|thread)|astroturf|(?:flood|drown out|drown)\W|(?:organi[sz]e|ask|get|mobili[sz]e|have|tell)\W+(?:\w+\W+){0,4}?(?:students?|staff|volunteers?|people)\W+(?:\w+\W+){0,4}?(?:(?:post|comment|write|upvote|share|like)(?:ing)?\W+(?:\w+\W+){0,2}?(?:positive|good|nice|on (?:the|this) (?:post|thread|video)|under|it\b|the (?:post|article|video))|report (?:it|the post|the account))|fake (?:reviews|accounts)|positive comments", FLOOD),
    _zh(r"(?:查|核对|对应|比对).{0,8}?[账帐]号.{0,6}?(?:学生|同学|本人|身份|是谁)", FIND),
    _zh(r"(?:联系|协调|找|请).{0,8}?(?:平台|网站|贴吧|吧主|版主|管理员|博主).{0,10}?(?:处理|解决)(?:掉|一下|下)?.{0,6}?(?:帖|贴|视频|评论|内容)", REMOVE),
    _zh(r"(?:不要|别|不许|不准|禁止)让?(?:他|她|该生|他们|学生).{0,4}?再?(?:发|说|传|拍)(?!烧)", PRESS),
    _zh(r"(?:盯|留意|关注|统计|记录|看看).{0,6}?谁.{0,14}?(?:说|发|转|议论|讨论|传)", WATCH),
    _zh(r"多发.{0,4}?正面|盖(?:过去|楼)|刷正能量|举报(?:这|该|那)个?(?:博主|[账帐]号|帖|贴|视频|网友|用户|人)", FLOOD),
    _en(r"(?:find|identify|trace|track down|name) (?:the|that|this) (?:student|person|individual|culprit|leaker|account|user)\b(?!\W+(?:responsible|in charge|on duty|who (?:can|will|is|was) |affected|injured|concerned|card|council|cent|union|affairs|hall|manual|services?))", FIND),
    _en(r"who (?:posted|leaked|filmed|wrote|uploaded) (?:it|this|that)\b", FIND),
    _en(r"(?:find out|determine|establish)\b.{0,50}\b(?:filmed|posted|leaked|wrote|uploaded)\b|name of the (?:person|student|one|individual) (?:who|that|behind)", FIND),
    _en(r"(?:ask|tell|get|have|urge|pressure)\W+(?:\w+\W+){0,3}?(?:journalists?|reporters?|editors?|papers?|media|outlets?)\W+(?:\w+\W+){0,2}?(?:not to|to stop|to drop|to withdraw|to kill)", REMOVE),
    _en(r"(?:post|write|add|publish|leave)\W+(?:\w+\W+){0,3}?(?:good|positive|favou?rable|nice) (?:reviews?|posts?|comments?|ratings?)", FLOOD),
)  # fmt: skip

NEGATED = re.compile(
    r"(?:不|勿|不得|不要|(?<!能)不能|不应|不可|不会|不再|不去|请勿|切勿|禁止|严禁|避免|无需|无须|不必|绝不|拒绝|没有|do not|don['’]t|must not|never|no need to|"
    r"without|avoid|refuse to|not to|nobody may|will not|should not|shall not|cannot)\W{0,2}(?:要求|去|再|对|试图|any|try to|ask to|have|(?:[a-z]+ )?(?:for )?or)?\W{0,2}$",
    re.IGNORECASE,
)


def refuse_ask(text: str) -> str | None:
    """The sentence that says why `text` is refused, None when it asks for nothing that is refused. Full width, case
    and blanks between Chinese characters do not matter."""
    plain = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", unicodedata.normalize("NFKC", text))
    for ask in ASKS:
        for found in ask.pattern.finditer(plain):
            if not _is_negated(plain, found.start(), ask.why):
                return ask.why
    return None


def _is_negated(text: str, begin: int, why: str) -> bool:
    """True when the words just before forbid it. What presses people is itself a prohibition, so it cannot be undone
    in this way."""
    return why != PRESS and NEGATED.search(text[max(0, begin - 24) : begin]) is not None
