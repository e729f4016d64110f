"""Addresses without persons in them, and the form by which two addresses are the same page.

`person_free` is what may be stored: no user id, no sharer, no tracking; where a site offers an address of the
same post without its author, that one. `canonical` is only compared and hashed. Neither fetches anything.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pipeline.data import load_words
from pipeline.link_shapes import ANY_HOST, SHAPES

MAX_URL = 4_000

# Who shared, who is asked for, whose session: lower-case names of query parameters.
_PERSON = load_words("link_persons.txt")
_TRACKING = load_words("link_trackers.txt")
_TRACKING_PREFIXES = (
    "utm_",
    "hm_",
    "pk_",
    "piwik_",
    "mtm_",
    "at_",
    "share_from_",
    "sharer_",
    "__twitter",
    "wt_",
    "s_cid",
)
_ARTICLE_PATH = re.compile(r"/(?:news|article|content|detail|info|show|notice|post)s?\b", re.IGNORECASE)
_ID_LIKE = re.compile(
    r"^(?:[a-z]{0,12}id|p|t|a|v|s|n|no|num|tid|pid|aid|cid|nid|sn|code|number|thread|topic|story_fbid)$"
)
_HAS_DIGIT = re.compile(r"\d")

# WeChat needs these four to find an article; everything else in the address is about the reader.
_KEPT_BY_HOST = {"mp.weixin.qq.com": frozenset({"__biz", "mid", "idx", "sn"})}


def person_free(url: str) -> str:
    """`url` without persons and trackers. A person's own page becomes the site's front page.

    An address that cannot be read becomes the empty string.
    """
    parts = _split(url)
    if parts is None:
        return ""
    path, query, fragment = _free_path(parts), _free_query(parts), _free_fragment(parts)
    if path is None:
        path, query, fragment = "/", "", ""
    return urlunsplit((parts.scheme.lower(), _host(parts), path, query, fragment))


def canonical(url: str) -> str:
    """The identity of a page: host without `www.` and default port, path without trailing slash, sorted query.

    Scheme, trackers, sharers and plain fragments do not matter. A parameter that may be a person's id stays
    when nothing else names the page, so that two pages are never taken for one.
    """
    parts = _split(url)
    if parts is None:
        return url.strip()
    path = _free_path(parts)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if path is None:
        path, pairs = parts.path, [pair for pair in query if not _is_tracking(pair[0].lower())]
    else:
        pairs = _free_pairs(parts) or [pair for pair in query if not _is_tracking(pair[0].lower()) and not _named(path)]
    host = _host(parts).removeprefix("www.")
    fragment = _free_fragment(parts)
    tail = f"?{urlencode(sorted(pairs))}" if pairs else ""
    return f"{host}{path.rstrip('/')}{tail}{'#' + fragment if fragment else ''}"


def is_profile(url: str) -> bool:
    """True when an address is a person's own page on a known site or known software."""
    parts = _split(url)
    return parts is not None and _free_path(parts) is None


def host_of(url: str) -> str:
    """Lower-case host without `www.`, empty when there is none."""
    parts = _split(url)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _split(url: str) -> SplitResult | None:
    """Parts of an http(s) address, None for anything else."""
    try:
        parts = urlsplit(url.strip()[:MAX_URL])
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or port == 0:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    """Lower-case host, with the port when it is not the default one; never a user name or password."""
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return host if parts.port in (None, default) else f"{host}:{parts.port}"


def _free_path(parts: SplitResult) -> str | None:
    """The path without a person, None when the page is a person's own."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    bare = path.rstrip("/") or "/"
    for pattern, form in (*_shapes_of(parts.hostname or ""), *ANY_HOST):
        found = pattern.fullmatch(bare)
        if found:
            return form.format(found.group(0), *found.groups()) if form else None
    return path


def _shapes_of(host: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Shapes of a host: its own entry, or that of the domain it belongs to."""
    labels = host.lower().split(".")
    for start in range(len(labels) - 1):
        found = SHAPES.get(".".join(labels[start:]))
        if found:
            return found
    return ()


def _free_query(parts: SplitResult) -> str:
    """The query without persons and trackers; untouched when there is nothing to drop."""
    if not parts.query:
        return ""
    before = parse_qsl(parts.query, keep_blank_values=True)
    after = _free_pairs(parts)
    return parts.query if before == after else urlencode(after)


def _free_pairs(parts: SplitResult) -> list[tuple[str, str]]:
    """Query pairs that may stay."""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept_here = _KEPT_BY_HOST.get(parts.hostname or "")
    if kept_here is not None:
        return [pair for pair in pairs if pair[0] in kept_here]
    kept = [pair for pair in pairs if not _is_tracking(pair[0].lower()) and pair[0].lower() not in _PERSON]
    # Some content systems call their message id `mid`; dropping it would turn every article into one page.
    if _ARTICLE_PATH.search(parts.path) and not any(_ID_LIKE.match(name.lower()) for name, _ in kept):
        return kept + [pair for pair in pairs if pair[0].lower() == "mid" and not _named(parts.path)]
    return kept


def _is_tracking(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _named(path: str) -> bool:
    """True when the last part of a path names a page by itself (it holds a digit)."""
    return _HAS_DIGIT.search(path.rsplit("/", 1)[-1]) is not None


def _free_fragment(parts: SplitResult) -> str:
    """Only fragments that are routes of a one-page site stay."""
    fragment = parts.fragment
    if not fragment.startswith(("/", "!")):
        return ""
    return "" if re.search(r"/(?:u|user|profile|people)/", fragment) else fragment.split("?", 1)[0]
