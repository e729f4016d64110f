"""The article on a page: title, main text, time of publication.

    html -> tree -> override selector | the system's own place for it | trafilatura fast | standard | visible text -> Page

The fast mode is the default (F1 .962 at 80 pages/s against .960 at 42 on the public benchmark). The thresholds of
trafilatura count characters and suit Western text; a Chinese notice of 60 characters is a whole notice. Where the system
of a page says by a name of its own where the text is, that is taken: nothing can be found better than by being told.
Comments below an article are never taken: they are other people's words.
"""

import re
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import htmldate
import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import use_config

from crawlers.base import Fetched, ParseFailed
from crawlers.dates import parse_date, zone_named
from crawlers.decode import decode
from crawlers.markup import title_text
from crawlers.settings import SourceSpec
from crawlers.tidy import TidyPage, is_prose, share_of_links, tidy_page, trim_text
from crawlers.tree import line_of, parse_tree, select, text_of

ENOUGH = 40
SHORT = 200
LONGER = 5
MANY_LINKS = 0.1
MAX_TEXT = 20_000
_RE_STATED = re.compile(
    r"(?:发布时间|发布日期|發佈時間|发表时间|更新时间|时间|日期|发布于|发表于|Published|Posted)\s*[:：]?\s*(?:on\s)?"
    r"(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?)",
    re.IGNORECASE,
)
_RE_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_RE_SITE_PART = re.compile(r"\s*(?:[|_－—–·]|\s-\s|-(?=[^-]*(?:网|大学|学院|报|论坛|社区)[^-]*$))\s*")
_META_DATES = (
    "article:published_time", "pubdate", "publishdate", "publish_date", "og:published_time", "datepublished", "date",
    "dc.date", "dcterms.date", "og:release_date", "weibo:article:create_at", "apub:time",
)  # fmt: skip
_TITLES = "h1"


def _chinese_config() -> ConfigParser:
    config = use_config()
    for name, value in {"MIN_EXTRACTED_SIZE": "60", "MIN_OUTPUT_SIZE": "10", "EXTRACTION_TIMEOUT": "0"}.items():
        config.set("DEFAULT", name, value)
    return config


WESTERN = use_config()
CHINESE = _chinese_config()


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. `text` is never empty; `closed` pages ask not to be indexed and are not to be kept."""

    title: str | None
    text: str
    published: datetime | None


def extract_page(spec: SourceSpec, fetched: Fetched, seen: datetime) -> Page | ParseFailed:
    """The article at `fetched`, or why there is none."""
    kind = fetched.headers.get("content-type", "")
    if not is_text(kind):
        return ParseFailed("The page is a file and not a web page.")
    tree = parse_tree(decode(fetched.body, kind).text)
    if isinstance(tree, ParseFailed):
        return tree
    if is_closed(tree, fetched.headers.get("x-robots-tag", "")):
        return ParseFailed("The page asks not to be indexed.")
    text = main_text(tree, spec.selectors.text)
    if not text:
        return ParseFailed("The page holds no text.")
    return Page(find_title(tree), text, find_date(tree, spec, fetched.final_url, seen))


def is_text(content_type: str) -> bool:
    """False for pictures, documents and the like; an absent type is given the benefit of the doubt."""
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or kind.startswith("text/") or kind.endswith(("xml", "html", "json"))


def is_closed(tree: HtmlElement, header: str = "") -> bool:
    """True when the page or its header says `noindex`."""
    said = [header, *tree.xpath("//meta[translate(@name,'ROBTS','robts')='robots']/@content")]
    return any(word in value.lower() for value in said for word in ("noindex", "none"))


def main_text(tree: HtmlElement, selector: str = "") -> str:
    """The main text, by `selector` when it finds something, otherwise found automatically; empty when there is none."""
    if selector:
        chosen = "\n".join(text_of(node) for node in select(tree, selector))
        if chosen.strip():
            return chosen[:MAX_TEXT]
    tidy = tidy_page(tree)
    if tidy.told:
        return trim_text(tidy.told)[:MAX_TEXT]
    if 0 < len(tidy.body) < SHORT:
        return tidy.body
    return _find_text(tidy)[:MAX_TEXT]


def _find_text(tidy: TidyPage) -> str:
    """What trafilatura finds: fast, or standard where the fast mode took menus or nearly nothing; else what is visible."""
    page = tidy.page
    text = _ask_trafilatura(page, True, CHINESE)
    if len(text) < SHORT:
        whole = _ask_trafilatura(page, True, WESTERN)
        text = whole if is_prose(whole) and len(whole) > LONGER * len(text) else text
    if len(text) < ENOUGH or share_of_links(page, text) > MANY_LINKS:
        text = min(
            filter(None, (text, _ask_trafilatura(page, False, CHINESE))), key=partial(share_of_links, page), default=""
        )
    if len(text) >= ENOUGH:
        return trim_text(text)
    return max(text, _visible_text(page), key=len)


def find_title(tree: HtmlElement) -> str | None:
    """The title: `og:title`, the only `<h1>`, or `<title>` without the name of the site."""
    for said in tree.xpath("//meta[@property='og:title' or @name='ArticleTitle']/@content"):
        title = title_text(str(said))
        if title:
            return title
    heads = [line for line in (line_of(node) for node in select(tree, _TITLES)) if line]
    whole = title_text(" ".join(line_of_title(tree)))
    if len(heads) == 1 and (not whole or heads[0] in whole or len(heads[0]) > 8):
        return title_text(heads[0])
    return _without_site(whole)


def line_of_title(tree: HtmlElement) -> list[str]:
    """The words of `<title>`."""
    return " ".join(str(text) for text in tree.xpath("(//head/title)[1]/text()")).split()


def find_date(tree: HtmlElement, spec: SourceSpec, url: str, seen: datetime) -> datetime | None:
    """When it was published: what meta data says, what stands beside the title, what htmldate finds (a day only)."""
    zone = zone_named(spec.timezone)
    for value in _dates_said(tree):
        moment = parse_date(value, seen, zone)
        if moment:
            return moment
    return _ask_htmldate(tree, spec, url, seen)


def _dates_said(tree: HtmlElement) -> list[str]:
    metas = {
        str(node.get("property") or node.get("name") or node.get("itemprop") or "").lower(): str(node.get("content"))
        for node in tree.xpath("//meta[@content]")
    }
    said = [metas[name] for name in _META_DATES if name in metas]
    said += _RE_JSON_DATE.findall(" ".join(tree.xpath("//script[@type='application/ld+json']/text()")))[:2]
    said += [str(value) for value in tree.xpath("(//time/@datetime)[1] | (//*[@itemprop='datePublished']/@content)[1]")]
    return said + _RE_STATED.findall(text_of(tree)[:5000])[:1]


def _ask_htmldate(tree: HtmlElement, spec: SourceSpec, url: str, seen: datetime) -> datetime | None:
    try:
        day = htmldate.find_date(
            deepcopy(tree), extensive_search=False, original_date=True, url=url, max_date=seen.strftime("%Y-%m-%d")
        )
    except Exception:  # a guess that fails is no date
        return None
    return parse_date(day, seen, zone_named(spec.timezone))


def _ask_trafilatura(tree: HtmlElement, fast: bool, config: ConfigParser) -> str:
    try:
        text = trafilatura.extract(
            deepcopy(tree), fast=fast, include_comments=False, include_tables=True, config=config
        )
    except Exception:  # whatever a page does to it, the next way is tried
        return ""
    return text or ""


def _visible_text(tree: HtmlElement) -> str:
    body = deepcopy(tree)
    for node in body.xpath("//nav|//header|//footer|//aside|//form|//select|//button"):
        node.drop_tree()
    return text_of(body)


def _without_site(title: str | None) -> str | None:
    if not title:
        return None
    first = _RE_SITE_PART.split(title)[0].strip()
    return first if len(first) >= 4 else title
