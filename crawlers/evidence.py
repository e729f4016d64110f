"""Evidence copies: one HTTP answer as a WARC 1.1 record in gzip, with its hash and time.

Only of news and official sources; of a private voice the hash and the time are all that is kept. Cookies are never
written. A body beyond `MOST_BODY` is cut, and the record says so (`WARC-Truncated`).
"""

import hashlib
import io
from datetime import UTC, datetime

from crawlers.base import Fetched
from pipeline.links import person_free
from pipeline.recheck import EvidenceCopy

MOST_BODY = 2 * 1024 * 1024
_KEPT_HEADERS = ("content-type", "date", "last-modified", "etag", "server", "content-language", "x-robots-tag")


def copy_answer(fetched: Fetched, now: datetime, *, private: bool) -> EvidenceCopy:
    """The evidence of an answer with a body."""
    digest = hashlib.sha256(fetched.body).hexdigest()
    warc = None if private else write_warc(fetched, now)
    return EvidenceCopy(fetched.status, digest, len(fetched.body), warc)


def copy_status(status: int) -> EvidenceCopy:
    """The evidence of an answer of which only the status matters (404, 410)."""
    return EvidenceCopy(status, hashlib.sha256(b"").hexdigest(), 0)


def write_warc(fetched: Fetched, now: datetime) -> bytes:
    """One response record. The body is as it was after Content-Encoding; its SHA-1 and SHA-256 are in the record."""
    from warcio.statusandheaders import StatusAndHeaders  # loaded with the first copy, not with the service
    from warcio.warcwriter import WARCWriter

    body = fetched.body[:MOST_BODY]
    lines = [(name, fetched.headers[name]) for name in _KEPT_HEADERS if fetched.headers.get(name)]
    lines.append(("Content-Length", str(len(body))))
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    extra = {
        "WARC-Date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "WARC-Block-SHA256": hashlib.sha256(fetched.body).hexdigest(),
    }
    if len(body) < len(fetched.body):
        extra["WARC-Truncated"] = "length"
    head = StatusAndHeaders(f"{fetched.status} Fetched", lines, protocol="HTTP/1.1")
    record = writer.create_warc_record(
        person_free(fetched.final_url), "response", payload=io.BytesIO(body), length=len(body), http_headers=head,
        warc_headers_dict=extra,
    )  # fmt: skip
    writer.write_record(record)
    return out.getvalue()
