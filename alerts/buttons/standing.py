"""Whether the connections that bring presses stand, as the doctor, healthz and the operator see it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from alerts.rounds import notify_operator
from pipeline.model import Reason, Severity
from pipeline.store.schema import keep
from pipeline.store.statements import insert_or_update

SILENT = timedelta(minutes=3)  # a living connection says so every minute
TELL_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """One connection: `said` is why it does not stand, "" when it does; `since` when that began; `seen` the last word."""

    channel: str
    said: str
    since: datetime | None = None
    seen: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """True while it is connected and somebody keeps it."""
        return not self.said and self.seen is not None and now - self.seen < SILENT

    def sentence(self, now: datetime) -> str:
        """One line for a person."""
        if self.stands(now):
            return f"buttons of channel {self.channel} are connected"
        since = f" since {self.since:%Y-%m-%d %H:%M} UTC" if self.said and self.since else ""
        return (
            f"buttons of channel {self.channel} are not connected{since}: {self.said or 'nobody keeps the connection'}"
        )


def note_standing(conn: Connection, channel: str, said: str, now: datetime) -> None:
    """Write down how it stands; after ten minutes without a connection the operator hears of it, once a day."""
    before = _read(conn, channel)
    since = before.since if before and before.said == said and before.since else now
    value = json.dumps({"said": said, "since": since.isoformat(), "seen": now.isoformat()})
    insert_or_update(conn, keep, [{"key": _key(channel), "value": value}])
    if said and now - since >= TELL_AFTER:
        text = f"presses on channel {channel} do not reach us: {said}"
        reason = Reason("line_down", text, {"channel": channel, "said": said})
        notify_operator(conn, f"line_down {channel} {now.date().isoformat()}", reason, Severity.NOTICE, now)


def read_standings(conn: Connection, channels: Iterable[str]) -> list[Standing]:
    """How the connections of `channels` stand; one that never was says so."""
    return [_read(conn, channel) or Standing(channel, "never connected") for channel in channels]


def _read(conn: Connection, channel: str) -> Standing | None:
    value = conn.scalar(select(keep.c.value).where(keep.c.key == _key(channel)))
    if value is None:
        return None
    found = json.loads(value)
    since, seen = (datetime.fromisoformat(found[name]) for name in ("since", "seen"))
    return Standing(channel, found["said"], since, seen)


def _key(channel: str) -> str:
    return f"line:{channel}"
