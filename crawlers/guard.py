"""Documents built to exhaust a parser are refused before a parser sees them.

Measured on one core: 200,000 attributes on one element keep fastfeedparser busy for 48 s and feedparser for more than
60 s, 200,000 nested elements feedparser for 5 s. So what always runs is cheap (three searches), and the count of
every tag's depth runs only when there are suspiciously many tags, or before the slow parser. The scan is ours and not
expat's, because expat stops at the first error and the recovering parsers behind it do not.
Every check takes time linear in the length of the text. Nothing here parses.
"""

import re

MAX_DEPTH = 256
MAX_ATTRIBUTES = 200
MAX_ITEMS = 2_000
MAX_CHARS = 12_000_000
_TAGS_PER_ITEM = 200

_RE_SUBSET = re.compile(r"<!DOCTYPE[^>]{0,500}\[")
_RE_LONG_TAG = re.compile(r"<[A-Za-z_:][^\s<>]*\s[^<]{800}")
_ATTRIBUTE = r"""[\s/]++[^\s<>"'=/]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s<>"']++))?+"""
_RE_MANY_ATTRIBUTES = re.compile(rf"<[A-Za-z_:][^\s<>/]*+(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES + 1}}}")
_RE_TAG = re.compile(r"<(/?)([A-Za-z_:][^\s<>/]*+)[^<>]*+>|<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_RE_ITEM_END = re.compile(r"</(?:[\w-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
# Elements of HTML that need no end tag and therefore do not nest.
_UNNESTED = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
    | {"p", "li", "dt", "dd", "option", "td", "tr", "th"}
)


def refuse_feed(text: str) -> str | None:
    """Why a feed or sitemap must not be parsed, in one sentence, or None."""
    if len(text) > MAX_CHARS:
        return "The document is too large."
    if "<!ENTITY" in text or ("<!DOCTYPE" in text and _RE_SUBSET.search(text)):
        return "The document defines entities of its own, which feeds have no need of."
    if _has_attribute_bomb(text):
        return f"An element of the document has more than {MAX_ATTRIBUTES} attributes."
    if text.count("<") > _TAGS_PER_ITEM * (_count_plain_ends(text) + 5):
        return refuse_depth(text)
    return None


def refuse_depth(text: str, unnested: frozenset[str] = frozenset()) -> str | None:
    """Why the nesting of `text` must not be parsed, or None. Counts every tag but those named in `unnested`."""
    depth = 0
    for match in _RE_TAG.finditer(text):
        name = match.group(2)
        if name is None or text[match.end() - 2] == "/" or name.lower() in unnested:
            continue
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        if depth > MAX_DEPTH:
            return f"The elements of the document are nested more than {MAX_DEPTH} deep."
    return None


def refuse_page(text: str) -> str | None:
    """Why a web page must not be parsed, in one sentence, or None."""
    if _RE_MANY_ATTRIBUTES.search(text):
        return f"An element of the page has more than {MAX_ATTRIBUTES} attributes."
    refusal = refuse_depth(text, _UNNESTED) if text.count("<") > 2 * MAX_DEPTH else None
    return refusal and refusal.replace("document", "page")


def cut_items(text: str, limit: int = MAX_ITEMS) -> tuple[str, int]:
    """`text` with the first `limit` items only, and how many there were. What closes the document is kept."""
    plain = _count_plain_ends(text)
    if 0 < plain <= limit:
        return text, plain
    ends = [match.end() for match in _RE_ITEM_END.finditer(text)]
    if len(ends) <= limit:
        return text, len(ends)
    return text[: ends[limit - 1]] + text[ends[-1] :], len(ends)


def _has_attribute_bomb(text: str) -> bool:
    # 201 attributes need some 800 characters, and most documents have no tag that long: a cheap look comes first.
    return any(_RE_MANY_ATTRIBUTES.match(text, match.start()) for match in _RE_LONG_TAG.finditer(text))


def _count_plain_ends(text: str) -> int:
    return text.count("</item>") + text.count("</entry>")
