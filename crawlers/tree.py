"""HTML trees: made safely, asked by CSS, turned into the text that a reader would see."""

from functools import lru_cache

import lxml.html
from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.html import HtmlElement

from crawlers.base import ParseFailed
from crawlers.guard import refuse_page

MAX_PAGE_CHARS = 2_000_000
_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "head"})
_BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote", "dd", "dt"}
)


def parse_tree(text: str) -> HtmlElement | ParseFailed:
    """The tree of a page (its first 2,000,000 characters)."""
    text = text[:MAX_PAGE_CHARS]
    refusal = refuse_page(text)
    if refusal:
        return ParseFailed(refusal)
    # The declaration has been obeyed already; lxml refuses text that still carries one.
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ParseFailed("The page is empty or broken beyond reading.")
    return tree


def select(node: HtmlElement, css: str) -> list[HtmlElement]:
    """The elements below `node` that `css` names, in document order; none for a selector that is no CSS."""
    xpath = _to_xpath(css.strip())
    if not xpath:
        return []
    found = node.xpath(xpath)
    return [element for element in found if isinstance(element, HtmlElement)]


def is_selector(css: str) -> bool:
    """True when `css` can be used."""
    return bool(_to_xpath(css.strip()))


def text_of(node: HtmlElement) -> str:
    """The visible text of an element, blocks on lines of their own."""
    pieces: list[str] = []
    _collect(node, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def line_of(node: HtmlElement) -> str:
    """The visible text of an element on one line."""
    return " ".join(text_of(node).split())


def name_of(node: HtmlElement) -> str:
    """The tag name, empty for anything that is no element."""
    return node.tag if isinstance(node.tag, str) else ""


@lru_cache(maxsize=512)
def _to_xpath(css: str) -> str:
    if not css:
        return ""
    try:
        return HTMLTranslator().css_to_xpath(css, prefix="descendant-or-self::")
    except SelectorError:
        return ""


def _collect(root: HtmlElement, pieces: list[str]) -> None:
    # Not recursive: a page may nest as deep as the guard allows, and the stack is shared with the caller.
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        name = name_of(node)
        pieces.append("\n" if name in _BLOCKS else "")
        if event == "end":
            pieces.append((node.tail or "") if node is not root else "")
        elif name in _SKIPPED:
            walk.skip_subtree()
        else:
            pieces.append(node.text or "")
