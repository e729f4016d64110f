"""Markdown of the office to HTML that can do nothing: no raw HTML, no pictures, only http(s), mailto and tel links."""

from functools import cache
from typing import Any

from markupsafe import Markup

TAGS = {"h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "blockquote", "a", "br", "hr", "code", "table", "thead",
        "tbody", "tr", "th", "td"}  # fmt: skip


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt  # loaded with the first playbook, not with the service

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def render_markdown(text: str) -> Markup:
    """Safe HTML of `text`; headings are one level lower, because a page has its own first one."""
    import nh3

    html: str = _reader().render(text)
    for level in (3, 2, 1):
        html = html.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"},
                      link_rel="noopener noreferrer")  # fmt: skip
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it
