"""A database that came out of a backup does not know what was told since: for a while nothing is told without looking."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from pipeline.store.schema import keep
from pipeline.store.statements import insert_or_update

KEY = "restored"
DOUBT = timedelta(hours=6)  # sources have been read again, and what they bring has been told, long before


def note_restored(connection: Connection) -> None:
    """This database has just been unpacked; the doubt begins when it is first used."""
    insert_or_update(connection, keep, [{"key": KEY, "value": ""}])


def may_repeat(connection: Connection, now: datetime) -> bool:
    """True in the hours after a restore: what is told now may have been told by the database that was lost. The first
    call sets the time, so `connection` writes."""
    value = connection.scalar(select(keep.c.value).where(keep.c.key == KEY))
    if value is None:
        return False
    if not value:
        insert_or_update(connection, keep, [{"key": KEY, "value": (now + DOUBT).isoformat()}])
        return True
    return now < datetime.fromisoformat(value)
