"""Silences: which there are, until when and why; ending one early."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from starlette.responses import RedirectResponse, Response

from dashboards.call import Call, missing
from pipeline.store.audit import append_audit
from pipeline.store.changes import note_changes
from pipeline.store.engine import writing
from pipeline.store.schema import events, silences
from pipeline.store.shown import title_of


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence that holds: of an event (its title beside it) or of a topic."""

    id: str
    event: str | None
    title: str
    topic: str | None
    begins: datetime
    ends: datetime
    who: str
    why: str


def standing_silences(conn: Connection, now: datetime) -> list[SilenceRow]:
    """Silences that have not ended, the one that ends first on top."""
    s = silences.c
    query = select(silences, events.c.title, events.c.topic.label("matter")).outerjoin(events, events.c.id == s.event)
    rows = conn.execute(query.where(s.ends > now).order_by(s.ends)).all()
    return [
        SilenceRow(
            r.id, r.event, title_of(r.matter, r.title) if r.title else "", r.topic, r.begins, r.ends, r.who, r.why
        )
        for r in rows
    ]


def end_silence(call: Call) -> Response:
    """End a silence now: what it kept back is decided anew from here on. Audited."""
    with writing(call.context.engine) as conn:
        mine = silences.c.id == call.path("id")
        row = conn.execute(select(silences.c.event, silences.c.topic).where(mine, silences.c.ends > call.now)).first()
        if row is None:
            missing("this silence has ended already")
        conn.execute(update(silences).where(mine).values(ends=call.now))
        append_audit(conn, call.now, call.who, "end_silence", row.event or row.topic or "", call.path("id"))
        if row.event:
            note_changes(conn, "event", [row.event])
    return RedirectResponse("/rules?done=silence_ended", 303)
