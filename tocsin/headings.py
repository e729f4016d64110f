"""Which column is what: the headings that monitoring services and spreadsheets use, and what their values mean.

A column that names a person is never read, whatever it is called; a column that nobody knows is named and left out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from crawlers.dates import parse_date
from crawlers.json_api import names_person
from pipeline.model import SOURCE_KINDS
from pipeline.person import person_check
from pipeline.school import School
from tocsin.sheets import Cell, Row

FIELDS = (
    "id", "source", "source_kind", "url", "title", "text", "html", "published", "seen", "reach", "lang", "voice",
    "sentiment", "topics",
)  # fmt: skip
KNOWN: Mapping[str, str] = {
    name: field
    for field, names in {
        "id": "编号 序号id 文章id 数据id",
        "title": "标题 题目 文章标题 新闻标题 主题 headline subject",
        "text": "正文 内容 全文 摘要 文章内容 正文内容 原文内容 信息内容 content body summary description excerpt",
        "url": "链接 网址 原文链接 文章链接 地址 原文地址 url地址 来源链接 link address href",
        "published": "发布时间 发布日期 时间 日期 发表时间 发文时间 刊发时间 date time publishedat pubdate publishtime",
        "seen": "采集时间 抓取时间 入库时间 监测时间",
        "source": "来源 媒体 媒体名称 网站 网站名称 来源网站 站点 平台 来源媒体 渠道 media site outlet platform",
        "source_kind": "来源类型 媒体类型 平台类型 信息类型 载体类型 类型 sourcetype mediatype kind",
        "sentiment": "情感 情感倾向 倾向 倾向性 情感属性 调性 情绪 tone",
        "topics": "话题 分类 类别 topic",
        "reach": "媒体级别 级别",
        "lang": "语言 language",
    }.items()
    for name in names.split()
}
KINDS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "news": "新闻 报刊 报纸 媒体 网媒 电子报 客户端 新闻网站 新闻客户端 纸媒 电视 广播",
        "official": "官方 政务 政府 官网 公告",
        "forum": "论坛 贴吧 bbs 社区 问答 博客",
        "social": "社交 社交媒体 微博 微信 短视频 视频 小红书 抖音 快手 自媒体 公众号",
        "complaint": "投诉 信访 留言 热线 12345 领导留言板",
        "other": "其他 其它",
    }.items()
    for word in words.split()
}
TONES: Mapping[str, str] = {
    "正面": "positive", "积极": "positive", "正": "positive", "负面": "negative", "消极": "negative", "敏感": "negative",
    "负": "negative", "中性": "neutral", "中立": "neutral", "中": "neutral",
}  # fmt: skip
REACHES: Mapping[str, str] = {
    "中央": "national",
    "全国": "national",
    "省级": "regional",
    "地方": "local",
    "市级": "local",
}
_RE_NOISE = re.compile(r"[\s_\-—:：()（）*]+")
_RE_PERSON = re.compile(r"作者|用户|昵称|账号|博主|发布人|发帖人|楼主|粉丝|手机|电话|邮箱|姓名|ip")


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column is. `columns` maps headings to fields; `persons` name people and `unknown` nothing that is known: both stay out."""

    columns: Mapping[str, str]
    persons: tuple[str, ...]
    unknown: tuple[str, ...]


def map_headings(headings: Iterable[str], wanted: Mapping[str, str]) -> Columns:
    """Which heading is which field: as `wanted` says, else as it is usually called; each field once, first wins."""
    columns: dict[str, str] = {}
    persons, unknown = [], []
    for heading in headings:
        field = wanted.get(heading) or _field_of(heading)
        if field and field not in columns.values():
            columns[heading] = field
        elif field is None and is_person(heading):
            persons.append(heading)
        else:
            unknown.append(heading)
    return Columns(columns, tuple(persons), tuple(unknown))


def is_person(heading: str) -> bool:
    """True for a column that names people."""
    return bool(_RE_PERSON.search(heading.lower())) or names_person(heading)


def _field_of(heading: str) -> str | None:
    plain = heading.strip().lower()
    if plain in FIELDS:
        return plain
    return KNOWN.get(_RE_NOISE.sub("", plain))


def item_of(
    row: Row, columns: Columns, given: Mapping[str, str], school: School, zone: tzinfo, now: datetime
) -> dict[str, Any] | str:
    """The item of a row in the shape of the item contract, or what is wrong with it. `given` fills what is missing."""
    found: dict[str, Cell] = {field: row.cells[name] for name, field in columns.columns.items() if name in row.cells}
    item: dict[str, Any] = {**given, **{name: str(value) for name, value in found.items()}}
    for name in ("published", "seen"):
        if name in found:
            moment = read_moment(found[name], zone, now)
            if moment is None:
                return f"{name} '{str(found[name])[:40]}' is not a time"
            item[name] = moment.isoformat()
    item.setdefault("seen", now.isoformat())
    return refuse_label(str(item.get("source", "")), school) or _read_words(item)


def refuse_label(label: str, school: School) -> str:
    """Why a source may not be called so; empty when it may."""
    if not label:
        return "no column is the source; give one with --source NAME"
    check = person_check(label, school)
    return "" if check.ok else f"the source '{label[:40]}' is refused: it reads as a person, a handle or a number"


def read_moment(value: Cell, zone: tzinfo, now: datetime) -> datetime | None:
    """A cell as a moment; a time without a zone is in the school's."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return parse_date(value, now, zone)


def _read_words(item: dict[str, Any]) -> dict[str, Any] | str:
    """Kinds, tones and reaches in Chinese become the words of the contract."""
    kind = str(item.get("source_kind", "")).strip()
    item["source_kind"] = KINDS.get(kind.lower(), kind)
    if item["source_kind"] not in SOURCE_KINDS:
        if not kind:
            return "no column is the kind of source; give one with --kind"
        return f"'{kind}' is no kind of source; there are {', '.join(SOURCE_KINDS)}"
    item["url"] = item.get("url", "")
    tone = str(item.pop("sentiment", "")).strip()
    if tone:
        item["sentiment"] = {"label": TONES.get(tone, tone.lower())}
    if "topics" in item:
        item["topics"] = [part for part in re.split(r"[,，;；、|\s]+", item["topics"]) if part]
    if "reach" in item:
        item["reach"] = REACHES.get(item["reach"], item["reach"])
    return item
