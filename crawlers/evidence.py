"""Evidence copies: what a page said, as a WARC 1.1 `conversion` record in gzip, with the hash of the answer and its time.

The page itself is not kept: it has by-lines, readers' comments and telephone numbers in it. Kept are headline and main
text as they were screened, masked like everything else, and the SHA-256 of the whole answer, by which a full copy that
somebody else holds is proved to be what we saw. Of a private voice hash and time are all that is kept.
"""

import hashlib
import io
from datetime import UTC, datetime

from crawlers.base import Fetched
from pipeline.links import person_free
from pipeline.model import Document
from pipeline.recheck import EvidenceCopy


def copy_answer(fetched: Fetched, said: Document | None, now: datetime) -> EvidenceCopy:
    """The evidence of an answer with a body. `said` is the screened article, None for a page without one (a note that
    it was deleted) and for every private voice."""
    digest = hashlib.sha256(fetched.body).hexdigest()
    warc = write_warc(fetched, said, now) if said is not None and not said.private else None
    return EvidenceCopy(fetched.status, digest, len(fetched.body), warc)


def copy_status(status: int) -> EvidenceCopy:
    """The evidence of an answer of which only the status matters (404, 410)."""
    return EvidenceCopy(status, hashlib.sha256(b"").hexdigest(), 0)


def write_warc(fetched: Fetched, said: Document, now: datetime) -> bytes:
    """One conversion record: the words without persons, and of the answer its status, size and hash."""
    from warcio.warcwriter import WARCWriter  # loaded with the first copy, not with the service

    body = f"{said.title or ''}\n\n{said.text}\n".encode()
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    headers = {
        "WARC-Date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Tocsin-Answer-Status": str(fetched.status), "Tocsin-Answer-Length": str(len(fetched.body)),
        "Tocsin-Answer-SHA256": hashlib.sha256(fetched.body).hexdigest(),
    }  # fmt: skip
    record = writer.create_warc_record(
        person_free(fetched.final_url), "conversion", payload=io.BytesIO(body), length=len(body),
        warc_content_type="text/plain; charset=utf-8", warc_headers_dict=headers,
    )  # fmt: skip
    writer.write_record(record)
    return out.getvalue()
