"""The link by which staff without a login report what they saw: one at a time, replaced by an operator's click."""

import hashlib
import hmac
import secrets

from sqlalchemy import Connection, delete, insert, select

from pipeline.store.schema import keep

KEY = "report_link"


def link_token(conn: Connection, secret: bytes) -> str:
    """The token of the link that is good now."""
    return _token(secret, conn.scalar(select(keep.c.value).where(keep.c.key == KEY)) or "1")


def is_link_token(conn: Connection, secret: bytes, given: str) -> bool:
    """True for the token of the link that is good now."""
    return secrets.compare_digest(link_token(conn, secret).encode(), given.encode("utf-8", "replace"))


def renew_link(conn: Connection) -> None:
    """Make the old link worthless. `conn` is a writing transaction."""
    number = int(conn.scalar(select(keep.c.value).where(keep.c.key == KEY)) or "1")
    conn.execute(delete(keep).where(keep.c.key == KEY))
    conn.execute(insert(keep).values(key=KEY, value=str(number + 1)))


def _token(secret: bytes, number: str) -> str:
    return hmac.new(secret, f"report link {number}".encode(), hashlib.sha256).hexdigest()[:40]
