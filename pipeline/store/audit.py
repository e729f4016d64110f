"""The trail of what people did here. Each row carries the hash of the one before, so that no row can be
changed, taken out or put in between without breaking the chain from there on.

Taking rows off the end is not visible in the chain itself: whoever wants to notice it keeps `last_link`
somewhere else (backups have it in their manifest).
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, insert, select

from pipeline.store.schema import audit, write_moment


def append_audit(
    connection: Connection, now: datetime, who: str, what: str, target: str = "", detail: str = ""
) -> None:
    """Add one row; `connection` is a writing transaction, so that the act and its trace are stored together."""
    chain = _link(last_link(connection), now, who, what, target, detail)
    row = {"at": now, "who": who, "what": what, "target": target, "detail": detail, "chain": chain}
    connection.execute(insert(audit), row)


def last_link(connection: Connection) -> str:
    """The hash of the last row, empty when there is none."""
    return connection.scalar(select(audit.c.chain).order_by(audit.c.n.desc()).limit(1)) or ""


def verify_audit(connection: Connection) -> int | None:
    """The number `n` of the first row that does not follow from the one before; None when the chain is whole."""
    before = ""
    for row in connection.execute(select(audit).order_by(audit.c.n)).mappings():
        if row["chain"] != _link(before, row["at"], row["who"], row["what"], row["target"], row["detail"]):
            n: int = row["n"]
            return n
        before = row["chain"]
    return None


def _link(before: str, now: datetime, who: str, what: str, target: str, detail: str) -> str:
    return hashlib.sha256("\n".join((before, write_moment(now), who, what, target, detail)).encode()).hexdigest()
