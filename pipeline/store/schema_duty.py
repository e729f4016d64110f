"""Tables: the duty roster, the working calendar and the case clock. The way and the words of `schema.py`."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from pipeline.store.schema import Moment, metadata

rotations = Table(                                   # a rule of duty; turns are reckoned from it, never stored
    "rotations", metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("members", JSON, nullable=False),         # officers in order; "" is a turn of nobody
    Column("starts", String(10), nullable=False),    # local date of the first handover
    Column("ends", String(10)),                      # local date of the last one
    Column("weekday", Integer, nullable=False),      # of the handover, Monday is 0; for turns of a week
    Column("clock", String(5), nullable=False),      # of the handover, by the wall: 08:30
    Column("days", Integer, nullable=False),         # a turn begins every 1 or 7 days
    Column("span_min", Integer, nullable=False),     # and lasts so long by the wall clock
    Column("zone", String, nullable=False),          # the school's zone when it was made
    Column("made", Moment, nullable=False),
)  # fmt: skip

swaps = Table(                                       # two turns of a rotation that changed hands
    "swaps", metadata,
    Column("id", String, primary_key=True),
    Column("rotation", String, nullable=False, index=True),
    Column("first", String(10), nullable=False),     # local dates on which the two turns begin
    Column("second", String(10), nullable=False),
    Column("why", Text, nullable=False, default=""),  # masked
    Column("made", Moment, nullable=False),
)  # fmt: skip

calendar_days = Table(                               # days that the office itself opens or closes
    "calendar_days", metadata,
    Column("day", String(10), primary_key=True),     # local date
    Column("worked", Boolean, nullable=False),
    Column("why", Text, nullable=False, default=""),  # masked
    Column("made", Moment, nullable=False),
)  # fmt: skip

case_steps = Table(                                  # what happened in a case, by people and by its clock
    "case_steps", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("case", String, nullable=False),
    Column("round", Integer, nullable=False),        # 1, and one more each time it was reopened
    Column("at", Moment, nullable=False),
    Column("who", String, nullable=False, default=""),   # role or user of the office, "" is the clock
    Column("what", String, nullable=False),
    Column("note", Text, nullable=False, default=""),    # masked
    Column("once", String, unique=True),             # a reminder's key: what was said is never said again
    Index("ix_case_steps_case", "case", "n"),
    sqlite_autoincrement=True,
)  # fmt: skip
