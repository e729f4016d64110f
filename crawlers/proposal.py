"""Selectors for a list page nobody has described: find the repeating links, and beside them title and date.

    links -> grouped by the shape of their surroundings -> best group -> item, link and date selectors, tried out

A list of articles is the largest group of links with long texts, best with dates beside them, outside navigation.
Classes are used only when all members share them (rows are often marked odd, even, first, last).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from lxml.html import HtmlElement

from crawlers.base import ParseFailed
from crawlers.identity import absolute
from crawlers.list_dates import date_in, read_list_date
from crawlers.settings import Selectors
from crawlers.tree import line_of, name_of, parse_tree, select

MIN_LINKS = 3
MIN_TITLE = 5
_CLIMB = 6
_RE_CHROME = re.compile(
    r"(?:main|top|site)?[-_]?(?:nav|menu|foot(?:er)?|header|(?:bread)?crumbs?|side(?:bar)?|pagination|pager|friend|links|"
    r"copyright|login|tool(?:bar)?|banner|tags?)(?:\Z|[-_\s\d])",
    re.IGNORECASE,
)
_RE_CLASS = re.compile(r"[A-Za-z_][\w-]*\Z")
_STOPS = frozenset({"ul", "ol", "dl", "table", "tbody", "main", "body", "html"})
# Marks of rows differ from row to row (odd, first, number); those of what holds the rows do not.
_ROWS = frozenset({"a", "li", "tr", "td", "dd", "dt", "article", "p", "span", "h1", "h2", "h3", "h4", "h5", "h6"})
_RE_ROW_MARK = re.compile(r"odd|even|first|last|active|current|on|alt|bg\d|\d")


def propose(html: str, base_url: str, seen: datetime) -> Selectors | None:
    """Selectors for the list on this page, None when nothing on it repeats."""
    tree = parse_tree(html)
    return None if isinstance(tree, ParseFailed) else propose_for(tree, base_url, seen)


def propose_for(tree: HtmlElement, base_url: str, seen: datetime) -> Selectors | None:
    """The same for a tree."""
    groups: dict[str, list[HtmlElement]] = defaultdict(list)
    for link in tree.iter("a"):
        if len(_title_of(link)) >= MIN_TITLE and absolute(str(link.get("href") or ""), base_url):
            groups[_shape(link)].append(link)
    ranked = sorted(groups.values(), key=lambda links: _worth(links, seen), reverse=True)
    for links in ranked:
        if len(links) >= MIN_LINKS and _worth(links, seen) > 0:
            return _describe(tree, links, seen)
    return None


def _title_of(link: HtmlElement) -> str:
    return max(line_of(link), str(link.get("title") or ""), key=len)


def _shape(link: HtmlElement) -> str:
    """The tags above a link, those that hold rows with their marks: the same for all links of one list."""
    return ">".join(_mark(node) for node in [link, *list(link.iterancestors())[:_CLIMB]])


def _mark(node: HtmlElement) -> str:
    name = name_of(node)
    if name in _ROWS:
        return name
    said = f"{node.get('class') or ''} {node.get('id') or ''}".split()
    return ".".join([name, *(word for word in said if not _RE_ROW_MARK.search(word))])


def _worth(links: Sequence[HtmlElement], seen: datetime) -> float:
    titles = {_title_of(link) for link in links}
    length = sum(min(len(title), 30) for title in titles)
    dated = sum(1 for link in links if date_in(line_of(_row(link, links)), seen))
    chrome = any(_is_chrome(node) for node in links[0].iterancestors())
    return length * (1 + 2 * dated / len(links)) * (0.1 if chrome else 1.0)


def _is_chrome(node: HtmlElement) -> bool:
    if name_of(node) in ("nav", "footer", "aside"):
        return True
    if name_of(node) in ("body", "html", "main", "article"):
        return False
    return bool(_RE_CHROME.match(str(node.get("id") or "")) or _RE_CHROME.match(str(node.get("class") or "")))


def _row(link: HtmlElement, links: Sequence[HtmlElement]) -> HtmlElement:
    """The largest element around `link` that holds no other link of the group."""
    others = {id(other) for other in links if other is not link}
    row = link
    for node in link.iterancestors():
        if name_of(node) in _STOPS or any(id(inner) in others for inner in node.iter("a")):
            break
        row = node
    return row


def _describe(tree: HtmlElement, links: Sequence[HtmlElement], seen: datetime) -> Selectors | None:
    rows = [_row(link, links) for link in links]
    item = f"{_container(rows[0])} {_common(rows)}".strip()
    link = "a" if rows[0] is not links[0] else ""
    inside = _link_selector(rows, links) if link else ""
    found = select(tree, item)
    if len(found) < MIN_LINKS:
        return None
    return Selectors(item=item, link=inside, date=_date_selector(rows, seen))


def _container(row: HtmlElement) -> str:
    for node in row.iterancestors():
        if node.get("id") and _RE_CLASS.match(str(node.get("id"))):
            return f"#{node.get('id')}"
        classes = [name for name in str(node.get("class") or "").split() if _RE_CLASS.match(name)]
        if classes and name_of(node) != "body":
            return f"{name_of(node)}.{classes[0]}"
    return ""


def _common(nodes: Sequence[HtmlElement]) -> str:
    """Tag and the classes that all of `nodes` share."""
    tags = Counter(name_of(node) for node in nodes).most_common(1)[0][0]
    shared = set.intersection(*(set(str(node.get("class") or "").split()) for node in nodes))
    return tags + "".join(f".{name}" for name in sorted(shared) if _RE_CLASS.match(name))


def _link_selector(rows: Sequence[HtmlElement], links: Sequence[HtmlElement]) -> str:
    """How to tell the title's link from other links of a row (board, author, picture)."""
    if all(len(list(row.iter("a"))) == 1 for row in rows):
        return "a"
    own = _common(links)
    if own != "a":
        return own
    parents = _common([link.getparent() for link in links])
    return f"{parents} a"


def _date_selector(rows: Sequence[HtmlElement], seen: datetime) -> str:
    """The smallest element of most rows that reads as a date."""
    votes: Counter[str] = Counter()
    for row in rows:
        for node in row.iter():
            text = str(node.get("datetime") or "") or line_of(node)
            if name_of(node) and node is not row and 2 <= len(text) <= 40 and read_list_date(text, seen):
                votes[_common([node])] += 1
                break
    best = votes.most_common(1)
    return best[0][0] if best and best[0][1] * 2 >= len(rows) else ""
