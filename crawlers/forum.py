"""Forum boards by their public lists: Discuz!, phpBB, NodeBB and generic HTML; Discourse, Flarum and NodeBB by JSON.

What is taken of a thread: title, first post's text, time, and the account that opened it as `RawItem.voice` (it becomes
a voice token at the door). Replies, avatars, signatures and profiles are not read.
"""

from dataclasses import replace
from datetime import datetime

from lxml.html import HtmlElement

from crawlers.base import Fetched, ParseFailed
from crawlers.dates import zone_named
from crawlers.decode import decode
from crawlers.extract import is_closed, is_text, main_text
from crawlers.feed_json import read_json
from crawlers.forum_json import list_threads, read_thread
from crawlers.list_dates import date_in, read_list_date
from crawlers.listing import base_of, merge, more_exact, next_pages, read_rows
from crawlers.lists import Lead, Listed
from crawlers.proposal import propose_for
from crawlers.settings import Selectors, SourceSpec
from crawlers.tree import line_of, parse_tree, select, text_of
from crawlers.walls import SENTENCE, is_wall
from pipeline.model import RawItem

# Board lists in the shape that the software writes without themes; the first that finds rows is used.
BOARDS: tuple[tuple[str, Selectors], ...] = (
    (
        "Discuz!",
        Selectors(
            item="tbody[id^=normalthread_], tbody[id^=stickthread_]",
            link="a.xst, th a.s",
            date="td.by em",
            voice="td.by cite a",
        ),
    ),
    (
        "Discuz! mobile",
        Selectors(item=".threadlist li, .threadlist_box li.list", date=".by, .dateline", voice=".by a, .muser a"),
    ),
    (
        "phpBB",
        Selectors(item="ul.topics li.row", link="a.topictitle", date="time", voice="a.username, a.username-coloured"),
    ),
    (
        "NodeBB",
        Selectors(
            item="[component='category/topic']",
            link="[component='topic/header'] a, h3 a",
            date=".timeago",
            voice="a[data-uid], a[href*='/user/'], a[href*='/uid/']",
        ),
    ),
    ("Discourse", Selectors(item="tr.topic-list-item", link="a.title", date="td.age, time", voice="td.posters a")),
)  # fmt: skip
FIRST_POSTS = (
    "td[id^=postmessage_]",
    ".postmessage, .message[id^=postmessage]",
    "[component='post'] [component='post/content']",
    ".topic-body .cooked, #post_1 .post, .crawler-post .post",
    ".postbody .content",
    ".Post-body",
)
POST_DATES = ("em[id^=authorposton]", ".postbody time", "[component='post'] .timeago", "#post_1 time", "time")


class ForumReader:
    """`via = "forum"`."""

    def read_list(self, spec: SourceSpec, fetched: Fetched, seen: datetime) -> Listed | ParseFailed:
        """The threads of the board, as the software lists them; account ids as `voice` only."""
        text = decode(fetched.body, fetched.headers.get("content-type", "")).text
        if text.lstrip()[:1] in ("{", "["):
            return list_threads(spec, read_json(text), fetched.final_url, seen)
        tree = parse_tree(text)
        if isinstance(tree, ParseFailed):
            return tree
        base = base_of(tree, fetched.final_url)
        for selectors in _ways(spec.selectors, tree, base, seen):
            leads = read_rows(tree, spec, selectors, base, seen)
            if leads:
                return Listed(leads, next_pages(tree, selectors, base, fetched.final_url))
        wall = is_wall(tree, fetched.final_url)
        return ParseFailed(SENTENCE if wall else "No list of threads was found on the page.")

    def read_page(self, spec: SourceSpec, lead: Lead, fetched: Fetched, seen: datetime) -> RawItem | ParseFailed:
        """The thread with the text of its first post."""
        kind = fetched.headers.get("content-type", "")
        text = decode(fetched.body, kind).text
        if text.lstrip()[:1] == "{":
            return read_thread(spec, lead.item, read_json(text), seen)
        if not is_text(kind):
            return ParseFailed("The page is a file and not a web page.")
        tree = parse_tree(text)
        if isinstance(tree, ParseFailed):
            return tree
        if is_closed(tree, fetched.headers.get("x-robots-tag", "")):
            return ParseFailed("The page asks not to be indexed.")
        return _first_post(spec, lead.item, tree, seen)


def _ways(given: Selectors, tree: HtmlElement, base: str, seen: datetime) -> list[Selectors]:
    if given.item:
        return [given]
    known = [merge(given, board) for _, board in BOARDS if select(tree, board.item)]
    proposed = None if known else propose_for(tree, base, seen)
    return known + ([merge(given, proposed)] if proposed else [])


def _first_post(spec: SourceSpec, item: RawItem, tree: HtmlElement, seen: datetime) -> RawItem | ParseFailed:
    text = _post_text(tree, spec.selectors.text)
    if not text:
        return ParseFailed("The thread shows no post; it may be gone or for members only.")
    return replace(item, text=text, published=more_exact(item.published, _post_date(spec, tree, seen)))


def _post_text(tree: HtmlElement, selector: str) -> str:
    for way in (selector, *FIRST_POSTS):
        found = select(tree, way) if way else []
        if found:
            return text_of(_without_noise(found[0]))
    return main_text(tree)


def _without_noise(post: HtmlElement) -> HtmlElement:
    """A post without what the software puts into it: edit notes, quotations of others, signatures, anti-copy text."""
    for node in select(post, ".pstatus, .quote, blockquote, .signature, .jammer, .aimg_tip, .attach_nopermission"):
        if node is not post:
            node.drop_tree()
    return post


def _post_date(spec: SourceSpec, tree: HtmlElement, seen: datetime) -> datetime | None:
    zone = zone_named(spec.timezone)
    for selector in POST_DATES:
        for node in select(tree, selector)[:1]:
            shown = [str(child.get("title") or "") for child in node.iter()]
            for text in (str(node.get("datetime") or ""), *shown, line_of(node)):
                moment = read_list_date(text, seen, zone) or date_in(text, seen, zone)
                if moment:
                    return moment
    return None
