"""Signed links in messages, and what people do with an event: take, hand over, false alarm, release, silence.

A link is bound to one officer and one event and expires. Opening it shows; only a POST acts, because chat clients
fetch links to preview them. The audit line is written by whoever calls, in the same transaction.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Connection, insert, select, update

from alerts.message import Holding
from alerts.plain import plain
from alerts.taps import UNDO, Refused, record_tap, undo_tap
from pipeline.store.changes import note_changes
from pipeline.store.schema import acks, alerts, events, silences

Act = Literal["taken", "handed_over", "false_alarm", "released"]
LINK_LIFE = timedelta(hours=72)
SILENCE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a valid link says: the event it opens and for whom."""

    event: str
    who: str
    expires: datetime
    alert: str = ""


class Links:
    """Makes and reads tokens. `key` is the house's secret; the time is inside the token, no clock is read."""

    def __init__(self, key: bytes, public_url: str = "") -> None:
        self.signer = URLSafeSerializer(key, salt="tocsin.event-link")
        self.public_url = public_url.rstrip("/")

    def make(self, event: str, who: str, alert: str, now: datetime) -> str:
        """The token for `who` on `event`, good for three days."""
        expires = int((now + LINK_LIFE).timestamp())
        token = self.signer.dumps([event, who, alert, expires])
        return token if isinstance(token, str) else token.decode()

    def address(self, event: str | None, who: str, alert: str, now: datetime) -> str:
        """The whole link, "" when there is no public address or no event."""
        if not self.public_url or not event:
            return ""
        return f"{self.public_url}/a/{self.make(event, who, alert, now)}"

    def read(self, token: str, now: datetime) -> SignedLink | Refused:
        """What a token says. Never raises for bad input."""
        try:
            event, who, alert, expires = self.signer.loads(token)
            link = SignedLink(str(event), str(who), datetime.fromtimestamp(expires, UTC), str(alert))
        except (BadData, ValueError, TypeError, OverflowError, OSError):
            return Refused("this link is not one of ours")
        if now >= link.expires:
            return Refused("this link has expired")
        return link


class AckDesk:
    """What the pages and the links call. `hours` is how long an acknowledgement holds."""

    def __init__(self, links: Links, hours: float) -> None:
        self.links, self.hold = links, timedelta(hours=hours)

    def read_link(self, token: str, now: datetime) -> SignedLink | Refused:
        """The event a link opens; Refused when it is forged or has expired."""
        return self.links.read(token, now)

    def act(self, conn: Connection, event: str, act: Act, who: str, note: str, now: datetime) -> Refused | None:
        """Record `act` on `event` by (for `handed_over`: to) `who`; None when done. A second tap changes nothing."""
        kept = follow_merger(conn, event)
        if kept is None:
            return Refused("this event is not kept any more")
        before = read_holding(conn, kept)
        if before is not None and before.holds(now) and (before.what, before.who) == (act, who):
            return None
        expires = now + self.hold if act in ("taken", "handed_over") else None
        row = {"event": kept, "alert": _last_alert(conn, kept), "at": now, "who": plain(who, 80), "what": act}
        made = conn.execute(insert(acks).values(**row, expires=expires, note=plain(note, 500)))
        number = made.inserted_primary_key[0] if made.inserted_primary_key else None
        record_tap(conn, event=kept, what=act, who=plain(who, 80), now=now, until=expires, act=number)
        note_changes(conn, "event", [kept])
        return None

    def silence(self, conn: Connection, event: str, who: str, why: str, now: datetime) -> str | Refused:
        """Two hours without messages about `event`, except a rise in severity; returns the silence's id."""
        kept = follow_merger(conn, event)
        if kept is None:
            return Refused("this event is not kept any more")
        reason, end = why or "silenced from the message", now + SILENCE
        made = add_silence(conn, event=kept, topic=None, begins=now, ends=end, who=who, why=reason)
        record_tap(conn, event=kept, what="silence", who=plain(who, 80), now=now, until=end, target=made)
        return made

    def undo(self, conn: Connection, event: str, tap: str, by: str, now: datetime) -> Refused | None:
        """Take a tap on `event` back within ten minutes; None when everything is as it was before. The audit line is
        the caller's."""
        kept = follow_merger(conn, event) or event
        refused = undo_tap(conn, kept, tap, plain(by, 80), now)
        if refused is None:
            note_changes(conn, "event", [kept])
        return refused

    def undo_silence(self, conn: Connection, silence: str, now: datetime) -> Refused | None:
        """End a silence within ten minutes of its beginning; later it can only be ended on the desk."""
        row = conn.execute(select(silences).where(silences.c.id == silence)).mappings().first()
        if row is None or row["ends"] <= now:
            return Refused("this silence has ended already")
        if now - row["begins"] > UNDO:
            return Refused("ten minutes have passed: end the silence on the dashboard")
        conn.execute(update(silences).where(silences.c.id == silence).values(ends=now))
        return None


def add_silence(
    conn: Connection, *, event: str | None, topic: str | None, begins: datetime, ends: datetime, who: str, why: str
) -> str:
    """A silence with an end and a reason; returns its id. Raises ValueError without a reason or an end after begin."""
    if not why.strip() or ends <= begins:
        raise ValueError("a silence needs a reason and an end after its beginning")
    key = secrets.token_hex(8)
    row = {"event": event, "topic": topic, "begins": begins, "ends": ends, "who": plain(who, 80)}
    conn.execute(insert(silences).values(id=key, why=plain(why, 200), **row))
    return key


def read_holding(conn: Connection, event: str) -> Holding | None:
    """The last act on an event that was not taken back."""
    query = select(acks).where(acks.c.event == event, acks.c.undone.is_(None)).order_by(acks.c.n.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    return Holding(row["what"], row["who"], row["at"], row["expires"]) if row else None


def follow_merger(conn: Connection, event: str) -> str | None:
    """The event that `event` is now part of; None when it is unknown. One that is part of itself is a drill's: it can
    be acted on and is in no list or count."""
    seen: set[str] = set()
    while event not in seen:
        seen.add(event)
        row = conn.execute(select(events.c.id, events.c.merged_into).where(events.c.id == event)).first()
        if row is None:
            return None
        if row.merged_into in (None, event):
            return event
        event = row.merged_into
    return None


def _last_alert(conn: Connection, event: str) -> str | None:
    query = select(alerts.c.id).where(alerts.c.event == event).order_by(alerts.c.n.desc()).limit(1)
    found: str | None = conn.scalar(query)
    return found
