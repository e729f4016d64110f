"""Reading HTTP answers of other people's services: what is success, what may be tried again, and how long to wait."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from alerts.notify.base import Failed
from alerts.plain import plain

MAX_WAIT_S = 3600.0
RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
DOUBTFUL_STATUS = frozenset({502, 504})  # a gateway lost the answer of what stands behind it, which may have taken it


def read_wait(headers: Mapping[str, str]) -> timedelta | None:
    """`Retry-After` in seconds, at most an hour; None when absent or a date."""
    text = headers.get("retry-after", headers.get("Retry-After", "")).strip()
    try:
        seconds = float(text)
    except ValueError:
        return None
    return timedelta(seconds=min(max(seconds, 1.0), MAX_WAIT_S)) if seconds == seconds else None


def read_status(response: httpx.Response) -> Failed | None:
    """None for 2xx; otherwise the failure. A redirect is a wrong address, not a success."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    said = f"the service answered {status}"
    if 300 <= status < 400:
        return Failed(f"{said}: the address is redirected elsewhere", permanent=True)
    passing, unknown = status in RETRY_STATUS, status in DOUBTFUL_STATUS
    return Failed(said, permanent=not passing, after=read_wait(response.headers), unknown=unknown)


def read_refusal(body: Any) -> str:
    """What a body says when the service refuses with status 200 (as chat services do); "" when it does not."""
    if not isinstance(body, dict):
        return ""
    for key in ("errcode", "code", "StatusCode"):
        if isinstance(body.get(key), int) and body[key] not in (0, 200):
            return plain(f"refused with {key} {body[key]} {body.get('errmsg') or body.get('msg') or ''}", 200)
    if body.get("ok") is False or body.get("success") is False:
        return plain(f"refused: {body.get('error') or body.get('message') or 'no reason given'}", 200)
    return ""


def read_error(error: httpx.HTTPError) -> Failed:
    """A failed exchange. Only what broke before the request was out is known not to have been accepted."""
    early = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return Failed(f"the service could not be reached ({type(error).__name__})", unknown=not early)
