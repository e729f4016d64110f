"""A POST is believed when it comes from our own page: the Origin is ours and the form carries a token
bound to the browser's cookie. Links in chat only open pages with a button, because previewers fetch links."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit


def make_token(secret: bytes, cookie: str) -> str:
    """The form token of a browser that holds `cookie`."""
    return hmac.new(secret, b"form " + cookie.encode(), hashlib.sha256).hexdigest()


def fits_token(secret: bytes, cookie: str, given: str) -> bool:
    """True when `given` is the token of `cookie`."""
    return bool(cookie) and secrets.compare_digest(make_token(secret, cookie).encode(), given.encode())


def is_own_origin(origin: str | None, referer: str | None, host: str, public_url: str) -> bool:
    """True when Origin (or, where a browser sends none, Referer) names our own host.

    Without both headers the token alone decides: some privacy settings strip them.
    """
    claim = origin if origin is not None else referer
    if claim is None:
        return True
    if claim == "null":
        return False
    return urlsplit(claim).netloc in {host, urlsplit(public_url).netloc} - {""}


def safe_next(target: str) -> str:
    """`target` when it is a plain path on this host, else `/`. Refuses `//evil`, `/\\evil`, encoded forms."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    clean = all(32 < ord(c) < 127 and c != "\\" for c in target)
    return target if plain and clean and "%2f" not in target.lower() and "%5c" not in target.lower() else "/"
