"""The link through which a department answers a slip: signed, bound to the slip, expiring, good for one answer.

Opening it only shows, because chat clients fetch links to preview them; an answer spends it. The signing key lies
outside the database, so a copy of the database makes no link.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection, delete, insert, select, update

from alerts.response.slips import Slip, read_slip
from alerts.taps import Refused
from pipeline.store.schema_response import slip_links

GRACE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReplyLinks:
    """Makes and reads the tokens of answers. `key` is the house's secret."""

    key: bytes
    public_url: str = ""

    def renew(self, conn: Connection, slip: Slip, now: datetime) -> str:
        """A fresh token for `slip`, good until a week after its deadline; earlier ones end at once."""
        conn.execute(delete(slip_links).where(slip_links.c.slip == slip.id, slip_links.c.used.is_(None)))
        nonce, expires = secrets.token_hex(16), max(slip.due, now) + GRACE
        conn.execute(insert(slip_links).values(nonce=nonce, slip=slip.id, expires=expires))
        return self.sign(nonce)

    def sign(self, nonce: str) -> str:
        """The token of a stored nonce."""
        token = URLSafeSerializer(self.key, salt="tocsin.slip-link").dumps(nonce)
        return token if isinstance(token, str) else token.decode()

    def address(self, conn: Connection, slip: str, now: datetime) -> str | None:
        """The whole link of a slip that can still be answered through it, else None."""
        alive = (slip_links.c.used.is_(None)) & (slip_links.c.expires > now)
        nonce = conn.scalar(select(slip_links.c.nonce).where(slip_links.c.slip == slip, alive))
        return f"{self.public_url.rstrip('/')}/r/{self.sign(nonce)}" if nonce else None

    def read(self, conn: Connection, token: str, now: datetime) -> tuple[Slip, str] | Refused:
        """The slip of a token and its nonce. Never raises for bad input."""
        try:
            nonce = str(URLSafeSerializer(self.key, salt="tocsin.slip-link").loads(token))
        except (BadData, ValueError, TypeError):
            return Refused("this link is not one of ours")
        row = conn.execute(select(slip_links).where(slip_links.c.nonce == nonce)).mappings().first()
        if row is None:
            return Refused("this link was replaced by a newer one")
        if row["used"] is not None:
            return Refused("this link was used already")
        slip = read_slip(conn, row["slip"])
        if now >= row["expires"] or slip is None:
            return Refused("this link has expired")
        return slip, nonce

    def spend(self, conn: Connection, nonce: str, now: datetime) -> bool:
        """Use a nonce up; False when somebody else was first."""
        fresh = (slip_links.c.nonce == nonce) & slip_links.c.used.is_(None)
        return conn.execute(update(slip_links).where(fresh).values(used=now)).rowcount == 1
