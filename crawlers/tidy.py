"""What stands around the main text of a page: found by the names that systems give it, and taken away.

One walk over the page reads class and id of every element. A name is believed only as far as the element looks like
it: a byline is short, an aside holds the smaller part of the page.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lxml import etree
from lxml.html import HtmlElement

from crawlers.tree import line_of, text_of

MAX_BYLINE = 60
ASIDE_SHARE = 0.3
PROSE_LINE = 40
Role = Literal["told", "body", "byline", "aside", ""]

# Names that one system has for its main text and that nobody else uses: 博达, 苏迪, TRS, government sites, public accounts, news.cn.
_TOLD = frozenset(
    {"v_news_content", "vsb_content", "wp_articlecontent", "TRS_Editor", "trs_editor_view", "UCAP-CONTENT", "js_content",
     "rich_media_content", "detailContent", "wp-block-post-content", "gh-content"}
)  # fmt: skip
# Names that many give it. Of a short notice trafilatura takes what stands around it as well.
_BODIES = frozenset({"entry-content", "article-content", "article-body", "post-content", "post-body"})
_RE_BYLINE = re.compile(r"author|byline|\bvcard\b")
_RE_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:recommend|relat|comment-?list|comments?$|share|sharedaddy|qr_?code|read-?more|next-?page|hot-?(?:list|news)|rank|subscribe"
    r"|bread-?crumbs?|copyright|post-navigation)",
    re.IGNORECASE,
)
_RE_EDGE = re.compile(
    r"[-|\s【\[(（]*(?:(?:上|下)一?(?:条|篇|页|则)|阅读下一篇|关闭(?:窗口|本页)?|打印(?:此文|本页|正文)?|纠错|责任编辑|扫一扫|分享到|返回(?:列表|首页|顶部)"
    r"|编辑推荐|相关(?:阅读|稿件|推荐|新闻)|免责声明|作者[:：].{0,20}(?:点击|发布)|附件【.{1,80}】已下载)"
)
EDGE_LINES = 8
EDGE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class TidyPage:
    """`page` is a copy without bylines and asides. `told` is the text at a name that says for certain that it is the main
    text, `body` that at a common name; either may be empty."""

    page: HtmlElement
    told: str
    body: str


def tidy_page(tree: HtmlElement) -> TidyPage:
    """`tree`, which stays as it is, read and tidied."""
    page = deepcopy(tree)
    found: dict[Role, list[HtmlElement]] = {"told": [], "body": [], "byline": [], "aside": []}
    for node in page.iter(etree.Element):
        role = _role_of(node.get("class", ""), node.get("id", "")) or _said_role(node)
        if role:
            found[role].append(node)
    _drop_asides(page, found["aside"])
    for node in found["byline"]:
        if node.getparent() is not None and len(text_of(node)) < MAX_BYLINE:
            node.drop_tree()
    told = next((text for node in found["told"] if (text := text_of(node))), "")
    return TidyPage(page, told, next((text for node in found["body"] if (text := text_of(node))), ""))


@lru_cache(maxsize=8192)
def _role_of(classes: str, name: str) -> Role:
    if not (classes or name) or len(classes) > 400:
        return ""
    names = {*classes.split(), name}
    if names & _TOLD:
        return "told"
    if names & _BODIES:
        return "body"
    if _RE_BYLINE.search(classes):
        return "byline"
    return "aside" if any(_RE_ASIDE.search(each) for each in names) else ""


def _said_role(node: HtmlElement) -> Role:
    """By `rel` and `itemprop`."""
    if node.get("itemprop") == "articleBody":
        return "body"
    return "byline" if "author" in (node.get("rel"), node.get("itemprop")) else ""


def _drop_asides(page: HtmlElement, asides: list[HtmlElement]) -> None:
    if not asides:
        return
    limit = ASIDE_SHARE * len(page.text_content())
    for node in asides:
        if (
            node.getparent() is not None
            and node.tag not in ("body", "html", "article", "main")
            and len(node.text_content()) < limit
        ):
            node.drop_tree()


def trim_text(text: str) -> str:
    """`text` without the lines of a page's tools before and after it: the next story, print, close, share."""
    lines = text.split("\n")
    edges = [*range(min(EDGE_LINES, len(lines))), *range(max(0, len(lines) - EDGE_LINES), len(lines))]
    tools = {place for place in edges if len(lines[place]) < EDGE_LENGTH and _RE_EDGE.match(lines[place])}
    return "\n".join(line for place, line in enumerate(lines) if place not in tools).strip() or text


def share_of_links(page: HtmlElement, text: str) -> float:
    """The share of the characters of `text` in lines that are the words of a link of `page`."""
    links = {line_of(node) for node in page.iter("a")}
    lines = [line.strip("-| ").strip() for line in text.split("\n")]
    linked = sum(len(line) for line in lines if line in links)
    return linked / max(1, sum(map(len, lines)))


def is_prose(text: str) -> bool:
    """True when most of `text` stands in long lines."""
    return 2 * sum(len(line) for line in text.split("\n") if len(line) >= PROSE_LINE) > len(text)
