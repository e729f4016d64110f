"""Small readings of markup that every parser here needs: a title as text, and whether a body is a web page."""

import html
import re

from crawlers.decode import strip_controls

MAX_TITLE = 500
_RE_TAG = re.compile(
    r"<!--.*?-->|<!\[CDATA\[|\]\]>|</?[A-Za-z!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_RE_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_RE_OPEN = re.compile(r"<[A-Za-z/!?][^<>]*\Z")
_RE_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_RE_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|div|table|script)[\s>/]", re.IGNORECASE)
_RE_FEED = re.compile(r"<(?:[\w-]+:)?(?:rss|feed|rdf|channel|urlset|sitemapindex)[\s>/]", re.IGNORECASE)
_RE_BAD_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|127|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3])"
    r"|x0*(?:[0-8bcef]|1[0-9a-f]|7f|d[89a-f][0-9a-f]{2}|fff[ef]));",
    re.IGNORECASE,
)
_UNKNOWN = r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][\da-fA-F]{1,6});)(?:[A-Za-z][A-Za-z\d]{1,30};)?"
_RE_UNKNOWN = re.compile(_UNKNOWN)
_RE_UNKNOWN_OR_CDATA = re.compile(rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|{_UNKNOWN}", re.DOTALL)
# Invisible direction marks can make a title read as something else in a chat message.
_RE_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def title_text(markup: str | None) -> str | None:
    """A title as plain text: entities resolved, no tag left even if it was escaped twice, one line; None when empty."""
    if not markup:
        return None
    text = _RE_SCRIPT.sub("", markup[: 4 * MAX_TITLE])
    for _ in range(3):
        if "<" not in text and "&" not in text:
            break
        text = html.unescape(_without_tags(text))
    text = _without_tags(text) if "<" in text else text
    text = _RE_INVISIBLE.sub("", strip_controls(_RE_TAG_START.sub("", text)))
    return " ".join(text.split())[:MAX_TITLE] or None


def is_web_page(text: str) -> bool:
    """True when `text` begins like HTML and not like a feed or a sitemap."""
    head = text[:4000]
    page = _RE_HTML.search(head)
    feed = _RE_FEED.search(head)
    return page is not None and (feed is None or page.start() < feed.start())


def is_feed_like(text: str) -> bool:
    """True when the first element is that of a feed or a sitemap."""
    return _RE_FEED.search(text[:4000]) is not None and not is_web_page(text)


def mend_references(text: str) -> str:
    """XML whose references can all be resolved, because parsers stop or lose text at one that cannot.

    Characters that XML has not (`&#0;`) go, entities of HTML (`&nbsp;`) become their characters, a bare `&` is escaped.
    CDATA sections stay as they are, but for the first.
    """
    if "&#" in text:
        text = _RE_BAD_REFERENCE.sub("", text)
    return _RE_UNKNOWN_OR_CDATA.sub(_mend, text) if _RE_UNKNOWN.search(text) else text


def _mend(match: re.Match[str]) -> str:
    found = match.group(0)
    if found.startswith("<"):
        return found
    char = html.unescape(found)
    return char if len(found) > 1 and char != found and char not in "<>&" else "&amp;" + found[1:]


def _without_tags(text: str) -> str:
    return _RE_OPEN.sub("", _RE_TAG.sub("", text))
