"""What is watched, and honestly what is not: the places students talk in that no public page shows. Pure.

`coverage_line` is one sentence for every digest and briefing. A place counts as seen only when a configured source
really reads it: by its host, by its kind, or because somebody brings it (inbox, mailbox, form). What is closed stays
named as unseen even then, with the lawful ways in: nothing here is a way around a login.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from crawlers.settings import SourceSpec

Lang = Literal["zh", "en"]
Way = Literal["public_page", "own_account", "vendor", "form", "mailbox"]
Why = Literal["chat", "circle", "app", "login", "no_source"]
ORDER: tuple[Why, ...] = ("chat", "circle", "app", "login", "no_source")


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere students talk. `why` is why it cannot be read (`no_source`: it could be, nobody configured it);
    `hosts` and `kinds` are by what a source of it is known; `ways` are the lawful ways in."""

    zh: str
    en: str
    why: Why
    ways: tuple[Way, ...]
    hosts: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


PLACES: Mapping[str, Place] = {
    "wechat_groups": Place("微信群", "WeChat groups", "chat", ("form",)),
    "qq_groups": Place("QQ群", "QQ groups", "chat", ("form",)),
    "moments": Place("朋友圈", "WeChat Moments", "circle", ("form",)),
    "qzone": Place("QQ空间", "Qzone", "circle", ("form",)),
    "xiaohongshu": Place("小红书", "Xiaohongshu", "app", ("own_account", "vendor", "form"), ("xiaohongshu.com",)),
    "douyin": Place("抖音", "Douyin", "app", ("own_account", "vendor", "form"), ("douyin.com",)),
    "kuaishou": Place("快手", "Kuaishou", "app", ("own_account", "vendor", "form"), ("kuaishou.com",)),
    "channels": Place("微信视频号", "WeChat Channels", "app", ("own_account", "vendor", "form")),
    "weibo": Place("微博", "Weibo", "login", ("own_account", "vendor", "form"), ("weibo.com", "weibo.cn")),
    "zhihu": Place("知乎", "Zhihu", "login", ("vendor", "form"), ("zhihu.com",)),
    "tieba": Place("百度贴吧", "Baidu Tieba", "login", ("vendor", "form"), ("tieba.baidu.com",)),
    "bilibili": Place("哔哩哔哩", "Bilibili", "login", ("own_account", "vendor", "form"), ("bilibili.com",)),
    "douban": Place("豆瓣小组", "Douban groups", "login", ("vendor", "form"), ("douban.com",)),
    "campus_wall": Place("校园墙账号", "campus walls", "app", ("vendor", "form")),
    "wechat_accounts": Place("微信公众号", "WeChat official accounts", "app", ("own_account", "vendor", "form"),
                             ("mp.weixin.qq.com",)),
    "campus_forum": Place("校园论坛", "campus forum", "no_source", ("public_page",), kinds=("forum",)),
    "local_news": Place("本地报纸和新闻网", "local press", "no_source", ("public_page",), kinds=("news",)),
    "complaint_box": Place("投诉邮箱", "complaint mailbox", "no_source", ("mailbox",), kinds=("complaint",)),
    "school_site": Place("学校官网", "the school's own site", "no_source", ("public_page",), kinds=("official",)),
}  # fmt: skip
ALWAYS: tuple[str, ...] = ("wechat_groups", "qq_groups", "moments")  # named even when nobody said that they are used
WAYS: Mapping[Way, tuple[str, str]] = {
    "public_page": ("配置一个公开页面作为来源", "configure a public page as a source"),
    "own_account": (
        "学校自有账号的评论，经平台官方接口，不带作者",
        "comments of the school's own accounts by the platform's API, without authors",
    ),
    "vendor": ("持牌舆情服务商推送到收件口（inbox）", "a licensed vendor's feed pushed to the inbox"),
    "form": ("值守人员把公开网址填进“我看到了”表单", "staff give a public address in the report form"),
    "mailbox": ("转发到投诉邮箱来源（mailbox）", "forward to a mailbox source"),
}
WHYS: Mapping[Why, tuple[str, str]] = {
    "chat": ("群聊，不公开，不采集", "private chats: not public, never collected"),
    "circle": ("好友圈子，不公开，不采集", "circles of friends: not public, never collected"),
    "app": ("只在应用内可见，没有可以采集的公开页面", "visible inside the app only, without public pages to read"),
    "login": ("要登录才能看，不绕过登录", "needs a login, which is never circumvented"),
    "no_source": ("可以采集，但还没有配置来源", "could be read, but no source is configured"),
}


class CoverageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[coverage]`. `used` is what students really use, by the ids in `crawlers.coverage.PLACES`."""

    used: list[str] = []


@dataclass(frozen=True, slots=True)
class Unseen:
    """A place that is used and not seen, with the reason and the lawful ways in, by id."""

    id: str
    why: Why
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of the used places is seen (id and the sources that read it) and what is not. `asked`: somebody said."""

    seen: tuple[tuple[str, tuple[str, ...]], ...]
    unseen: tuple[Unseen, ...]
    asked: bool


def find_coverage(settings: CoverageSettings, specs: Sequence[SourceSpec]) -> Coverage:
    """The used places, sorted into seen and unseen, the closed ones first."""
    ids = [one for one in PLACES if one in {*settings.used, *ALWAYS}]
    seen, unseen = [], []
    for one in ids:
        place = PLACES[one]
        readers = tuple(spec.id for spec in specs if _reads(spec, place))
        if readers:
            seen.append((one, readers))
        else:
            unseen.append(Unseen(one, place.why, place.ways))
    unseen.sort(key=lambda gap: ORDER.index(gap.why))
    return Coverage(tuple(seen), tuple(unseen), bool(settings.used))


def _reads(spec: SourceSpec, place: Place) -> bool:
    host = (urlsplit(spec.url).hostname or "").lower() if "://" in spec.url else ""
    by_host = any(host == one or host.endswith(f".{one}") for one in place.hosts)
    return by_host or spec.kind in place.kinds


def coverage_line(coverage: Coverage, language: Lang, blind: Sequence[str] = ()) -> str:
    """One line for digests and briefings: what is not in the numbers. `blind` are names of sources that cannot be
    read just now."""
    names = list_unseen(coverage, language)
    if language == "zh":
        line = f"未覆盖：{names}；这些地方的说法不在数字里。"
        gone = f"另有 {len(blind)} 个来源目前读不到：{'、'.join(blind[:5])}。" if blind else ""
        return line + gone
    line = f"Not seen: {names}; what is said there is not in the numbers."
    gone = f" {len(blind)} sources cannot be read just now: {', '.join(blind[:5])}." if blind else ""
    return line + gone


def list_unseen(coverage: Coverage, language: Lang) -> str:
    """The names of what is not seen, for a sentence that somebody else begins."""
    return ("、" if language == "zh" else ", ").join(name_of(gap.id, language) for gap in coverage.unseen)


def name_of(place: str, language: Lang) -> str:
    """The name of a place."""
    known = PLACES[place]
    return known.zh if language == "zh" else known.en


def say_why(why: Why, language: Lang) -> str:
    """Why a place is not seen."""
    return WHYS[why][language == "en"]


def say_way(way: Way, language: Lang) -> str:
    """A lawful way in."""
    return WAYS[way][language == "en"]


def read_used(text: str) -> list[str]:
    """Ids out of what somebody typed: ids or names in either language, with any separators. Raises ValueError."""
    for mark in "，、；;,/":
        text = text.replace(mark, "\n")
    by_name = {name.lower(): one for one, place in PLACES.items() for name in (one, place.zh, place.en)}
    found: list[str] = []
    for word in (part.strip() for part in text.splitlines()):
        if word and word.lower() not in by_name:
            raise ValueError(f"'{word}' is not known; known are: {', '.join(PLACES)}")
        if word:
            found.append(by_name[word.lower()])
    return list(dict.fromkeys(found))
