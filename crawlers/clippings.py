"""Headlines with links out of a press-clipping mail: HTML (a linked headline and what stands beside it) or plain text."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lxml.html import HtmlElement

from crawlers.base import ParseFailed
from crawlers.identity import absolute
from crawlers.markup import title_text
from crawlers.tree import line_of, parse_tree, text_of

MAX_CLIPS = 200
MIN_TITLE = 6
MAX_EXCERPT = 500
_CLIMB = 6
_RE_CHORE = re.compile(
    r"退订|取消订阅|订阅管理|管理订阅|查看更多|查看全部|在浏览器中|标记为|举报|隐私|帮助中心|unsubscribe|view in browser|see more|"
    r"manage (?:your )?(?:alerts|subscription)|flag as|privacy|preferences",
    re.IGNORECASE,
)
_RE_LINK = re.compile(r"https?://[^\s<>\"'，。；）】」]+")
# Services that wrap a link in one of their own: the host, and the parameter that holds the real one.
_WRAPPED = {"google.com": "url", "safelinks.protection.outlook.com": "url", "facebook.com": "u", "mail.qq.com": "gourl"}


@dataclass(frozen=True, slots=True)
class Clip:
    """One headline; `excerpt` may be empty."""

    title: str
    link: str
    excerpt: str


def clip_html(html: str) -> tuple[Clip, ...]:
    """The linked headlines of an HTML mail, each address once."""
    tree = parse_tree(html) if html.strip() else ParseFailed("")
    if isinstance(tree, ParseFailed):
        return ()
    links = [(node, title) for node in tree.iter("a") if (title := _headline(node))][:MAX_CLIPS]
    nodes = {id(node) for node, _ in links}
    found: dict[str, Clip] = {}
    for node, title in links:
        address = unwrap(absolute(str(node.get("href") or ""), ""))
        if address:
            found.setdefault(address, Clip(title, address, _beside(node, nodes, title)))
    return tuple(found.values())


def clip_text(text: str) -> tuple[Clip, ...]:
    """The headlines of a plain mail: the words before an address, and the lines after it."""
    found: dict[str, Clip] = {}
    lines = [line.strip() for line in text.splitlines()]
    places = [n for n, line in enumerate(lines) if _RE_LINK.search(line)][:MAX_CLIPS]
    for order, n in enumerate(places):
        match = _RE_LINK.search(lines[n])
        title, at = _title_before(lines, n, match.start() if match else 0)
        end = places[order + 1] if order + 1 < len(places) else len(lines)
        address = unwrap(match.group().rstrip(".,;)")) if match else ""
        if title and address and not _RE_CHORE.search(title) and at < n + 1:
            found.setdefault(address, Clip(title, address, _lines_after(lines, n + 1, end)))
    return tuple(found.values())


def unwrap(link: str) -> str:
    """The address inside an address of a mail service or search engine; others as they are."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    name = next((param for known, param in _WRAPPED.items() if host == known or host.endswith(f".{known}")), "")
    inner = parse_qs(parts.query).get(name, [""])[0] if name else ""
    return inner if inner.startswith(("http://", "https://")) else link


def _headline(node: HtmlElement) -> str:
    title = title_text(line_of(node)) or ""
    return title if len(title) >= MIN_TITLE and not _RE_CHORE.search(title) and not _RE_LINK.match(title) else ""


def _beside(node: HtmlElement, others: set[int], title: str) -> str:
    """The text around a headline, up to where another headline stands."""
    row = node
    for _, parent in zip(range(_CLIMB), node.iterancestors(), strict=False):
        if parent.tag in ("body", "html") or any(id(one) in others and one is not node for one in parent.iter("a")):
            break
        row = parent
    lines = [line for line in text_of(row).splitlines() if title not in line and not _RE_CHORE.search(line)]
    return " ".join(lines)[:MAX_EXCERPT].strip()


def _title_before(lines: list[str], n: int, start: int) -> tuple[str, int]:
    """The words before the address on its line, or the line above."""
    same = re.sub(r"^[\d\s.、)）*·•-]+|[\s:：<(（\[-]+$", "", lines[n][:start])
    if len(same) >= MIN_TITLE:
        return title_text(same) or "", n
    for back in range(n - 1, max(-1, n - 3), -1):
        if len(lines[back]) >= MIN_TITLE and not _RE_LINK.search(lines[back]):
            return title_text(re.sub(r"^[\d\s.、)）*·•-]+", "", lines[back])) or "", back
    return "", n


def _lines_after(lines: list[str], begin: int, end: int) -> str:
    """What stands between this address and the next headline, which is the last line before the next address."""
    after = [line for line in lines[begin:end] if line and not _RE_CHORE.search(line)]
    return " ".join(after[:-1] if end < len(lines) and after else after)[:MAX_EXCERPT].strip()
