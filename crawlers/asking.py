"""The address that is really asked for a source, which for some kinds is not the one that was written down."""

from crawlers.ghost import content_url, without_key
from crawlers.mastodon import timeline_url
from crawlers.settings import SourceSpec
from crawlers.wordpress import posts_url


def ask_url(spec: SourceSpec, url: str, position: str = "") -> str:
    """`url` (the configured one, or where it has moved) as its kind is asked; `position` is where the last one ended."""
    if spec.via == "wordpress":
        return posts_url(url)
    if spec.via == "ghost":
        return content_url(url, reveal_key(spec))
    if spec.via == "mastodon":
        return timeline_url(url, position)
    return url


def kept_url(spec: SourceSpec, url: str | None) -> str | None:
    """An address as it may be remembered: without a key."""
    return without_key(url) if url and spec.via == "ghost" else url


def reveal_key(spec: SourceSpec) -> str:
    """The key of a source, empty where it is not set (the server then says so)."""
    try:
        return spec.key.reveal() if spec.key else ""
    except LookupError:
        return ""
