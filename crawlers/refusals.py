"""What went wrong with a request, as one sentence for a person, a grade and a stable code. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from crawlers.base import FetchFailed, Grade

GONE = 410
STOPPED = FetchFailed(
    "hard", "It is gone (410) and the operator has stopped it; it is not asked.", None, GONE, "stopped"
)
RETRY_CAP = timedelta(days=1)  # Media Cloud saw "Retry-After: 317100"; nobody means four days
_TEMPORARY = frozenset({408, 425, 429, 502, 503, 504})
_SOFT = frozenset({404})


def grade_status(status: int) -> Grade:
    """How bad an HTTP status is. 404 is soft: live feeds do answer it and come back."""
    if status in _TEMPORARY:
        return "temporary"
    return "hard" if 400 <= status < 500 and status not in _SOFT else "soft"


def explain_status(status: int, headers: Mapping[str, str], now: datetime) -> FetchFailed:
    """The failure that a status means, with its Retry-After."""
    try:
        phrase = f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        phrase = ""
    sentence = f"The server answers {status}{phrase}."
    if status == HTTPStatus.GONE:
        sentence = "The server says that this address is gone for good (410)."
    return FetchFailed(grade_status(status), sentence, read_retry_after(headers, now), status, "http_status")


def read_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date, at most a day. None when absent, past or not understood.

    A date is read against the server's own `Date` where it sends one: its clock may differ from ours.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=min(int(value[:12]), 10**9)), RETRY_CAP) or None
    until = read_http_date(value)
    if until is None:
        return None
    wait = until - (read_http_date(headers.get("date", "")) or now)
    return min(wait, RETRY_CAP) if wait > timedelta(0) else None


def read_http_date(value: str) -> datetime | None:
    """The moment of an HTTP date, None for anything else."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def explain_error(error: httpx.HTTPError) -> FetchFailed:
    """The failure that a network error means. The text of the error itself is for logs only."""
    text = str(error)
    if isinstance(error, httpx.TimeoutException):
        return FetchFailed("temporary", "The source does not answer in time.", code="timeout")
    if "CERTIFICATE" in text or "certificate" in text:
        return FetchFailed("soft", "The certificate of the site could not be verified.", code="certificate")
    if isinstance(error, httpx.ConnectError):
        if "host name" in text:
            return FetchFailed("temporary", "The host name of the source is not known.", code="unknown_host")
        if "SSL" in text:
            return FetchFailed("soft", "No secure connection to the site could be made.", code="tls")
        return FetchFailed("temporary", "The server does not accept connections.", code="unreachable")
    if isinstance(error, httpx.ProtocolError):
        return FetchFailed("soft", "The server does not answer in proper HTTP.", code="protocol")
    return FetchFailed("temporary", "The connection broke off before the answer was complete.", code="broken_off")


def refuse_target(why: str) -> FetchFailed:
    """The failure of an address that must not be read."""
    return FetchFailed("hard", f"The address is not read: {why}.", code="unsafe_address")


def refuse_redirects(sentence: str) -> FetchFailed:
    """The failure of a redirect that leads nowhere."""
    return FetchFailed("soft", sentence, code="redirects")
