"""The name of an item: the same page has the same id, whichever source gave it."""

import hashlib
import re
from urllib.parse import urljoin, urlsplit

from pipeline.links import canonical


def item_id(url: str) -> str:
    """First 16 hex digits of sha256(canonical URL)."""
    return hashlib.sha256(canonical(url).encode("utf-8", "replace")).hexdigest()[:16]


def local_id(source: str, name: str) -> str:
    """The id of an item that has no address of its own: named by its source and its guid or title."""
    return hashlib.sha256(f"{source}\n{name}".encode("utf-8", "replace")).hexdigest()[:16]


_RE_PLAIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?(?:[/?#]\S*)?\Z")


def absolute(link: str, base: str) -> str:
    """`link` as an http(s) address, resolved against `base`; empty for anything else (`javascript:`, `mailto:`, …)."""
    if _RE_PLAIN.match(link):
        return link
    link = "".join(link.split()) if any(char.isspace() for char in link) else link
    if not link.startswith(("http://", "https://")):
        link = _join(link, base)
    return link if link.startswith(("http://", "https://")) and _has_host(link) else ""


def _join(link: str, base: str) -> str:
    if not link or not base:
        return ""
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _has_host(link: str) -> bool:
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:
        return False
